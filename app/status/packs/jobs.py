"""Building packs in the background: a job each minute, and a thread at once after a request.

The thread only saves the wait; the job picks up what a stopped process left behind.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.db import db
from app.core.jobs import Job
from app.status.packs.services import build_pack, build_waiting


def build_packs(now: datetime) -> Any:
    """The job; what it did is said in the language of whoever reads it."""
    return _l("%(num)d built", num=build_waiting(now))


packs_job = Job(build_packs, timedelta(minutes=1), _l("Build status packs"), is_work_queue=True)


def begin_at_once(app: Flask, pack_id: int) -> None:
    """Build the pack in a thread of this process; its row must be committed."""

    def work() -> None:
        with app.app_context():
            try:
                build_pack(pack_id, clock.now())
            finally:
                db.session.remove()

    threading.Thread(target=work, name=f"pack-{pack_id}", daemon=True).start()


def after_commit(app: Flask, pack_id: int) -> Any:
    """A hook for the end of the request, when what it did is kept."""

    def begin(response: Any) -> Any:
        if response.status_code < 400:
            begin_at_once(app, pack_id)
        return response

    return begin
