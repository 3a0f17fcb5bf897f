"""Copies of the database: made while it is used, checked, and put in place whole or not at all.

Copying the live file of SQLite would lose what rests in its log; the library's own way does not.
A copy holds hashed passwords and encrypted secrets only, and is for the installation's user alone.
"""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date

FOLDER = "backups"
KEPT = 14
MAKING = ".making-"
OURS = re.compile(r"yingbin-\d{4}-\d\d-\d\d\.(db|dump)")
# What must stay free beside the copy: a full disk would stop the installation itself.
ROOM_LEFT = 64 * 1024 * 1024
DUMP_LIMIT_SECONDS = 3600
# A copy that was begun so long ago is not being made any more.
LEFT_AFTER = timedelta(hours=12)
FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


class BackupFailed(DomainError):
    """There is no new copy, and no half one; the sentence says why."""


def back_up(now: datetime) -> Any:
    """The nightly copy, in the instance's folder; the newest are kept, one a day."""
    settings = current_app.config["SETTINGS"]
    if settings.is_demo:
        return _l("The demo is not copied.")
    folder = settings.instance_path / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise _refused(folder, problem) from problem
    _sweep(folder, now)
    file = folder / f"yingbin-{local_date(now).isoformat()}.{_kind()}"
    write_copy(file)
    _thin_out(folder)
    return _l("Copied to %(file)s, %(size)s MB", file=str(file),
              size=f"{file.stat().st_size / 1e6:.1f}")  # fmt: skip


def write_copy(file: Path) -> None:
    """Write a checked copy of the connected database to `file`, in place of an older one there.

    SQLite gives a database, PostgreSQL a dump in pg_dump's own format. Raises BackupFailed.
    """
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=MAKING) as making:
            copy = Path(making) / file.name
            # Made by ourselves, so that nobody else ever reads it.
            copy.touch(mode=0o600)
            if _kind() == "db":
                _copy_sqlite(copy, file.parent)
            else:
                _dump_postgresql(copy, file.parent)
            os.replace(copy, file)
    except OSError as problem:
        raise _refused(file.parent, problem) from problem


def _kind() -> str:
    return "db" if db.engine.dialect.name == "sqlite" else "dump"


def _copy_sqlite(copy: Path, folder: Path) -> None:
    try:
        with (
            closing(db.engine.raw_connection()) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            live: Any = source.driver_connection
            pages, page_size = (
                live.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
            )
            _need_room(folder, pages * page_size)
            live.backup(target)
            # One file that stands alone, without a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
        with closing(sqlite3.connect(copy)) as written:
            found = written.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as problem:
        if getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise _full(folder) from problem
        raise _not_written(folder, str(problem)) from problem
    if found != "ok":
        raise BackupFailed(
            _l("The copy is damaged and was thrown away; the database itself may be. SQLite says: "
               "%(reason)s", reason=found)
        )  # fmt: skip


def _dump_postgresql(copy: Path, folder: Path) -> None:
    if shutil.which("pg_dump") is None:
        raise BackupFailed(
            _l("Nothing was copied: pg_dump is not on the PATH. Please install PostgreSQL’s "
               "client programs on this machine.")
        )  # fmt: skip
    _need_room(folder, 0)
    _run("pg_dump", "--format=custom", f"--file={copy}")
    if shutil.which("pg_restore"):
        # Reads the table of contents, which a dump that was cut off does not have.
        _run("pg_restore", "--list", str(copy))


def _run(*command: str) -> None:
    try:
        subprocess.run(
            command, env={**os.environ, **_connection_variables(), "LC_ALL": "C"}, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=DUMP_LIMIT_SECONDS, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.SubprocessError as problem:
        said = str(getattr(problem, "stderr", None) or problem).strip().splitlines()
        raise BackupFailed(
            _l("%(program)s could not copy the database: %(reason)s",
               program=command[0], reason=said[0] if said else "")
        ) from problem  # fmt: skip


def _connection_variables() -> dict[str, str]:
    """How PostgreSQL's programs reach the database: by their environment, for everybody on the
    machine may read the arguments of a program, and with them a password."""
    from psycopg import pq  # SQLite alone needs none of it.

    _nothing, given = db.engine.dialect.create_connect_args(db.engine.url)
    names = {o.keyword.decode(): o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
    return {names[key]: str(value) for key, value in given.items() if key in names}


def _need_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + ROOM_LEFT:
        raise _full(folder)


def _sweep(folder: Path, now: datetime) -> None:
    """Remove what a run left behind whose process died in the middle."""
    for left in folder.glob(f"{MAKING}*"):
        if now.timestamp() - left.stat().st_mtime > LEFT_AFTER.total_seconds():
            shutil.rmtree(left, ignore_errors=True)


def _thin_out(folder: Path) -> None:
    copies = sorted(file for file in folder.iterdir() if OURS.fullmatch(file.name))
    for file in copies[:-KEPT]:
        file.unlink(missing_ok=True)


def _full(folder: Path) -> BackupFailed:
    return BackupFailed(
        _l("There is not enough room in %(folder)s for a copy.", folder=str(folder))
    )


def _not_written(folder: Path, reason: str) -> BackupFailed:
    return BackupFailed(
        _l("The copy could not be written to %(folder)s: %(reason)s",
           folder=str(folder), reason=reason)
    )  # fmt: skip


def _refused(folder: Path, problem: OSError) -> BackupFailed:
    if problem.errno in FULL:
        return _full(folder)
    return _not_written(folder, problem.strerror or str(problem))
