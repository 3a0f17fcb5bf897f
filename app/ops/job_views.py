"""The administrator's page of background jobs: what runs by itself, how it went, what is next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.menus import admin_tabs
from app.core.formats import clock_time
from app.core.jobs import (
    Job,
    JobRun,
    JobState,
    ask_for_run,
    is_ticking,
    jobs,
    last_tick,
    runs_by_name,
    state_of,
)
from app.core.permissions import ADMINISTRATOR, requires
from app.core.web import request_now

bp = Blueprint("jobs", __name__, url_prefix="/admin/jobs", template_folder="templates")

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
STATES = {
    JobState.never: _l("has not run yet"),
    JobState.under_way: _l("under way"),
    JobState.broken_off: _l("broken off"),
    JobState.ok: _l("done"),
    JobState.failed: _l("failed"),
}


@dataclass(frozen=True)
class JobRow:
    """A job as the page shows it; `run` is None before its first."""

    name: str
    job: Job
    run: JobRun | None
    state: JobState
    state_label: Any
    often: str

    @property
    def is_well(self) -> bool:
        return self.state not in (JobState.failed, JobState.broken_off)


@bp.get("")
@requires(ADMINISTRATOR)
def index() -> Any:
    now, runs, beat = request_now(), runs_by_name(), last_tick()
    rows = [_row(name, job, runs.get(name), now) for name, job in jobs]
    rows.sort(key=lambda row: row.is_well)
    return render_template(
        "ops/jobs.html",
        subnav=admin_tabs("jobs"),
        rows=rows,
        failed=sum(not row.is_well for row in rows),
        beat=beat,
        is_ticking=is_ticking(beat, now),
    )


@bp.post("/<name>/run")
@requires(ADMINISTRATOR)
def run(name: str) -> Any:
    """The next tick runs it: it may take long, and needs transactions of its own."""
    job, now = jobs.get(name) or abort(404), request_now()
    ask_for_run(name, job, now)
    said = (
        _("“%(job)s” begins within a minute.", job=job.label)
        if is_ticking(last_tick(), now)
        else _("“%(job)s” begins as soon as the scheduler runs again.", job=job.label)
    )
    flash(said)
    return redirect(url_for("jobs.index"), 303)


def _row(name: str, job: Job, run: JobRun | None, now: datetime) -> JobRow:
    state = state_of(run, now)
    return JobRow(name, job, run, state, STATES[state], _often(job, now))


def _often(job: Job, now: datetime) -> str:
    if job.every == DAY:
        return _("every day at %(time)s", time=clock_time(job.next_slot(now)))
    if job.every >= HOUR:
        hours = job.every // HOUR
        return _("every hour") if hours == 1 else _("every %(num)d hours", num=hours)
    minutes = job.every // MINUTE
    return _("every minute") if minutes == 1 else _("every %(num)d minutes", num=minutes)
