"""Background work: what is due is decided from the database, once per slot.

A tick (once a minute, in any number of processes) looks at every job. It claims a due one by
moving its `next_run_at` forward in one UPDATE that only one process can win; then it runs the job.
The claim reaches to the next slot, but no further than an hour: so a run that failed, or that its
process never finished, is tried again after an hour at most, and one that went well waits for its
slot. A job that fails is recorded with its error, told once, and never stops the others.
"""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import LocalTextType, OptionalInstant, UtcDateTime, db
from app.core.errors import DomainError
from app.core.events import announce
from app.core.i18n import LANGUAGES, current_language, in_language
from app.core.job_events import JobFailed, JobRecovered
from app.core.localtext import LocalText
from app.core.registries import Registry
from app.core.revisions import UNCOUNTED
from app.core.unit_of_work import own_transaction, unit_of_work

log = structlog.get_logger()

RETRY_AFTER = timedelta(hours=1)
# Without a tick for so long nobody ticks any more.
TICK_LIMIT = timedelta(minutes=5)
NOTHING_SAID = LocalText()


@dataclass(frozen=True)
class Job:
    """`run(now)` does the work in its own transactions and answers a short outcome: a text, or a
    lazy one where people are to read it in their language.

    every: distance of its slots, which lie on multiples of it since midnight UTC, moved by `at`.
    """

    run: Callable[[datetime], Any]
    every: timedelta
    label: object
    is_work_queue: bool = False
    at: timedelta = timedelta(0)

    def next_slot(self, after: datetime) -> datetime:
        return next_slot(after, self.every, self.at)

    def next_try(self, after: datetime) -> datetime:
        """When a run that began at `after` is made up for, unless it goes well."""
        return min(self.next_slot(after), after + RETRY_AFTER)


jobs: Registry[Job] = Registry()


class JobState(StrEnum):
    """How a job stands."""

    never = "never"
    under_way = "under way"
    broken_off = "broken off"
    ok = "ok"
    failed = "failed"


class JobRun(db.Model):
    """One row a job: when it runs next and how its last run went.

    failing_since: the first failure since it last went well, set in the transaction that tells it.
    """

    __tablename__ = "job_runs"
    # Written by every tick, and shown to the administrator alone.
    __table_args__ = ({"info": UNCOUNTED},)

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[OptionalInstant]
    finished_at: Mapped[OptionalInstant]
    duration_ms: Mapped[int | None]
    is_ok: Mapped[bool | None]
    failing_since: Mapped[OptionalInstant]
    said: Mapped[LocalText] = mapped_column("outcome", LocalTextType, default=NOTHING_SAID)

    @property
    def outcome(self) -> str:
        """What the last run answered, or why it failed, in the reader's language."""
        return self.said.in_language(current_language())


class Heartbeat(db.Model):
    """The instant of the newest tick; one row."""

    __tablename__ = "heartbeats"
    # Written every minute.
    __table_args__ = ({"info": UNCOUNTED},)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def next_slot(after: datetime, every: timedelta, at: timedelta = timedelta(0)) -> datetime:
    """The first slot strictly after `after`."""
    after -= at
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + every * ((after - midnight) // every + 1) + at


def state_of(run: JobRun | None, now: datetime) -> JobState:
    """How a job stands. A run that did not end is broken off when it should long have been made
    up for: its process died, and so did whoever would have tried again."""
    if run is None or run.started_at is None:
        return JobState.never
    if run.finished_at is None:
        made_up_at = min(run.next_run_at, run.started_at + RETRY_AFTER)
        return JobState.broken_off if now > made_up_at + TICK_LIMIT else JobState.under_way
    return JobState.ok if run.is_ok else JobState.failed


def runs_by_name() -> dict[str, JobRun]:
    """The rows of the jobs that have any."""
    return {run.name: run for run in db.session.scalars(select(JobRun))}


def last_tick() -> datetime | None:
    return db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "tick"))


def is_ticking(last: datetime | None, now: datetime) -> bool:
    return last is not None and now - last <= TICK_LIMIT


def tick(now: datetime) -> list[str]:
    """Run every job whose slot has come; answer the names that ran."""
    _beat(now)
    ran = []
    for name, job in jobs:
        try:
            if _claim(name, job, now):
                run_job(name, job, now)
                ran.append(name)
        except Exception:  # its row could not be written; the next one's may
            db.session.rollback()
            log.exception("job could not be run", job=name)
    return ran


def run_job(name: str, job: Job, now: datetime) -> JobRun:
    """Run one job, write down how it went, and tell when it begins or ceases to fail."""
    _write(
        name, job, now,
        started_at=now, finished_at=None, duration_ms=None, is_ok=None, said=NOTHING_SAID,
    )  # fmt: skip
    began = time.perf_counter()
    try:
        said, is_ok = _in_all_languages(job.run(now)), True
    except Exception as problem:  # one job's failure must not stop the others
        said, is_ok = _in_all_languages(_sentence(problem)), False
        log.error("job failed", job=name, error=traceback.format_exc())
    # Whatever the job left open would be in the way of what is written about it.
    db.session.rollback()
    took = timedelta(seconds=time.perf_counter() - began)
    done = _write(
        name, job, now, finished_at=now + took,
        duration_ms=round(took / timedelta(milliseconds=1)), is_ok=is_ok, said=said,
    )  # fmt: skip
    _tell(done, job)
    return done


def ask_for_run(name: str, job: Job, now: datetime) -> None:
    """Have the next tick run the job, whatever its slot. Part of the caller's transaction."""
    db.session.execute(_insert_if_absent(JobRun, {"name": name, "next_run_at": now}))  # type: ignore[call-overload]
    db.session.execute(update(JobRun).where(JobRun.name == name).values(next_run_at=now))
    log.info("job asked for", job=name)


def _sentence(problem: Exception) -> Any:
    """Why a job failed: in a domain error's own words, else the first line. What follows it may
    quote what people wrote, and is for the log."""
    if isinstance(problem, DomainError):
        return problem.message
    return ": ".join([type(problem).__name__, *str(problem).splitlines()[:1]])


def _in_all_languages(text: Any) -> LocalText:
    if isinstance(text, str):
        return LocalText(own=text[:2000])
    said = {}
    for lang in LANGUAGES:
        with in_language(lang):
            said[lang] = str(text)[:2000]
    return LocalText(**said)


def _tell(done: JobRun, job: Job) -> None:
    """Announce the turn from well to failing or back. What could not be told is told at the next
    run, for the turn is written down in the same transaction."""
    if done.finished_at is None or done.is_ok == (done.failing_since is None):
        return
    since = None if done.is_ok else done.finished_at
    try:
        with unit_of_work():
            row = db.session.get_one(JobRun, done.name, with_for_update=True)
            if row.failing_since == done.failing_since:
                row.failing_since = since
                announce(
                    JobRecovered(done.name, job.label, done.failing_since, done.finished_at)
                    if done.failing_since
                    else JobFailed(done.name, job.label, done.said, done.finished_at)
                )
        done.failing_since = since
    except Exception:
        log.exception("job's turn could not be told", job=done.name)


def _insert_if_absent(table: type, values: dict[str, object]) -> object:
    make = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}.get(
        db.engine.dialect.name, insert
    )
    return make(table).values(**values).on_conflict_do_nothing()  # type: ignore[union-attr]


def _beat(now: datetime) -> None:
    with own_transaction() as session:
        session.execute(_insert_if_absent(Heartbeat, {"name": "tick", "at": now}))  # type: ignore[call-overload]
        session.execute(update(Heartbeat).where(Heartbeat.name == "tick").values(at=now))


def _claim(name: str, job: Job, now: datetime) -> bool:
    with own_transaction() as session:
        slot = session.scalar(select(JobRun.next_run_at).where(JobRun.name == name))
        if slot is None:
            # A new job waits for no slot: its first run is now, and one process inserts the row.
            values = {"name": name, "next_run_at": job.next_try(now)}
            result = session.execute(  # type: ignore[call-overload]
                _insert_if_absent(JobRun, values),
                # PostgreSQL's driver would not count rows of an INSERT.
                execution_options={"preserve_rowcount": True},
            )
            return result.rowcount == 1
        # Further off than any slot: it was written by a clock that ran ahead.
        if now < slot <= now + job.every:
            return False
        result = session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.next_run_at == slot)
            .values(next_run_at=job.next_try(now))
        )
        return result.rowcount == 1


def _write(name: str, job: Job, now: datetime, **values: object) -> JobRun:
    with own_transaction() as session:
        # Two processes may run a job by hand at its very first time.
        first = {"name": name, "next_run_at": job.next_slot(now)}
        session.execute(_insert_if_absent(JobRun, first))  # type: ignore[call-overload]
        row = session.get_one(JobRun, name, with_for_update=True)
        for field, value in values.items():
            setattr(row, field, value)
        if row.is_ok and row.next_run_at == job.next_try(now):
            # It went well: the claim's early end is not needed. What was asked for meanwhile is.
            row.next_run_at = job.next_slot(now)
        session.flush()
        session.expunge(row)
        return row
