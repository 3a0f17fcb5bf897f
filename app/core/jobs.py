"""Background work: what is due is decided from the database, once per slot.

A tick (once a minute, in any number of processes) looks at every job. It claims a due one by
moving its `next_run_at` forward in one UPDATE that only one process can win; then it runs the job.
A job that fails is recorded with its error and never stops the others.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Text, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import OptionalInstant, UtcDateTime, db
from app.core.registries import Registry
from app.core.unit_of_work import own_transaction

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """`run(now)` does the work in its own transactions and answers a short outcome.

    every: distance of its slots, which lie on multiples of it since midnight UTC.
    """

    run: Callable[[datetime], str]
    every: timedelta
    label: object
    is_work_queue: bool = False


jobs: Registry[Job] = Registry()


class JobRun(db.Model):
    """One row a job: its next slot and how its last run went."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[OptionalInstant]
    finished_at: Mapped[OptionalInstant]
    is_ok: Mapped[bool | None]
    outcome: Mapped[str] = mapped_column(Text, default="")


class Heartbeat(db.Model):
    """The instant of the newest tick; one row."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def next_slot(after: datetime, every: timedelta) -> datetime:
    """The first slot strictly after `after`."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + every * ((after - midnight) // every + 1)


def tick(now: datetime) -> list[str]:
    """Run every job whose slot has come; answer the names that ran."""
    _beat(now)
    ran = []
    for name, job in jobs:
        if _claim(name, job, now):
            run_job(name, job, now)
            ran.append(name)
    return ran


def run_job(name: str, job: Job, now: datetime) -> JobRun:
    """Run one job and write down how it went."""
    _write(name, job, now, started_at=now, finished_at=None, is_ok=None, outcome="")
    try:
        outcome, is_ok = job.run(now), True
    except Exception as problem:  # one job's failure must not stop the others
        db.session.rollback()
        outcome, is_ok = f"{type(problem).__name__}: {problem}", False
        log.error("job failed", job=name, error=traceback.format_exc())
    return _write(name, job, now, finished_at=now, is_ok=is_ok, outcome=outcome[:2000])


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
            result = session.execute(  # type: ignore[call-overload]
                _insert_if_absent(
                    JobRun,
                    {"name": name, "next_run_at": next_slot(now, job.every), "outcome": ""},
                )
            )
            return result.rowcount == 1
        if slot > now:
            return False
        result = session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.next_run_at == slot)
            .values(next_run_at=next_slot(now, job.every))
        )
        return result.rowcount == 1


def _write(name: str, job: Job, now: datetime, **values: object) -> JobRun:
    with own_transaction() as session:
        row = session.get(JobRun, name)
        if row is None:
            row = JobRun(name=name, next_run_at=next_slot(now, job.every), outcome="")
            session.add(row)
        for field, value in values.items():
            setattr(row, field, value)
        session.flush()
        session.expunge(row)
        return row
