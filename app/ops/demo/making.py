"""Makes the demo's database: whole or not at all, and anew when the day has changed.

Dates of the story are relative to today, so yesterday's demo would be a day stale; what somebody
tried out in it is not kept over night, and the command says so.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flask_migrate import upgrade

from app.core.db import db
from app.core.settings import DEMO_DATABASE, Settings, sqlite_url
from app.ops.demo.replay import replay

MARK = "demo.json"


def demo_mark(now: datetime, lang: str, version: str, settings: Settings) -> dict[str, str]:
    """What a demo was made for; equal marks mean that it can be kept."""
    return {
        "made_on": now.astimezone(settings.zone).date().isoformat(),
        "language": lang,
        "version": version,
    }


def is_fresh(folder: Path, mark: dict[str, str]) -> bool:
    """Whether the demo in the folder was made for this day, language and version."""
    try:
        kept = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return kept == mark and (folder / DEMO_DATABASE).exists()


def make_demo(
    create_app: Callable[[Settings], object],
    settings: Settings,
    mark: dict[str, str],
    now: datetime,
    say: Callable[[str], None],
) -> None:
    """Build the demo beside the old one and put it in its place when it is complete."""
    folder = settings.instance_path
    half_made = folder / f"{DEMO_DATABASE}.making"
    _remove(half_made)
    app = create_app(replace(settings, database_url=sqlite_url(half_made), mail_url=None))
    with app.test_request_context():  # type: ignore[attr-defined]
        upgrade()
        replay(mark["language"], now, say)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.session.remove()
        db.engine.dispose()
    _remove(folder / DEMO_DATABASE)
    half_made.rename(folder / DEMO_DATABASE)
    _remove(half_made)
    (folder / MARK).write_text(json.dumps(mark), encoding="utf-8")


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
