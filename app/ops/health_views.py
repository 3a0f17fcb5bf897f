"""Addresses for machines that watch this one: /healthz, /readyz, /metrics."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import case, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.comms.models import Channel, Message, MessageState
from app.core.db import db
from app.core.jobs import is_ticking, jobs, last_tick, runs_by_name
from app.core.permissions import PUBLIC, requires
from app.core.web import request_now
from app.ops.migrations import is_migrated

bp = Blueprint("health", __name__)

WAITING_LIMIT = timedelta(minutes=15)


@bp.get("/healthz")
@requires(PUBLIC)
def healthz() -> Any:
    """The process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@requires(PUBLIC)
def readyz() -> Any:
    """Database reachable, migrated, and a tick within five minutes; else 503 and which is not.

    Messages that do not get away are said and no more: pages are served without a mail server.
    """
    checks = {"database": "ok", "migrations": "ok", "tick": "ok"}
    oldest_waiting = "unknown"
    try:
        db.session.execute(text("SELECT 1"))
        if not is_migrated():
            checks["migrations"] = "not at this program's version"
        beat, now = last_tick(), request_now()
        if not is_ticking(beat, now):
            checks["tick"] = f"last at {beat.isoformat()}" if beat else "never"
        if checks["migrations"] == "ok":
            since = waiting_since(now)
            is_long = since is not None and now - since > WAITING_LIMIT
            oldest_waiting = f"since {since.isoformat()}" if since and is_long else "ok"
    except SQLAlchemyError as problem:
        db.session.rollback()
        known = "migrations" if "no such table" in str(problem) else "database"
        checks[known] = type(problem).__name__
    is_ready = set(checks.values()) == {"ok"}
    answer = jsonify(
        status="ok" if is_ready else "not ready", **checks, oldest_waiting=oldest_waiting
    )
    return answer, 200 if is_ready else 503


def waiting_since(now: datetime, *channels: Channel) -> datetime | None:
    """Since when the oldest message waits that should be gone, on these channels or on any.

    One that was tried and put off waits since it was written; one that was never tried since its
    time came, for until then it waits because its reader wants it so.
    """
    since = case((Message.attempts > 0, Message.created_at), else_=Message.next_try_at)
    waiting = select(func.min(since)).where(
        Message.state == MessageState.pending,
        or_(Message.attempts > 0, Message.next_try_at <= now),
    )
    if channels:
        waiting = waiting.where(Message.channel.in_(channels))
    return db.session.scalar(waiting)


@bp.get("/metrics")
@requires(PUBLIC)
def metrics() -> Any:
    """Counts in Prometheus' text format; nothing that names a person or a plan."""
    now = request_now()
    counts = dict(
        db.session.execute(
            select(Message.state, func.count())
            .where(Message.channel == Channel.mail)
            .group_by(Message.state)
        ).all()
    )
    lines = ["# TYPE yingbin_mails gauge"]
    lines += [f'yingbin_mails{{state="{s.value}"}} {counts.get(s, 0)}' for s in MessageState]
    oldest, beat = waiting_since(now, Channel.mail), last_tick()
    runs = [(name, run) for name, run in runs_by_name().items() if jobs.get(name)]
    for name, value in (
        ("yingbin_oldest_waiting_mail_seconds", (now - oldest).total_seconds() if oldest else 0),
        ("yingbin_seconds_since_tick", (now - beat).total_seconds() if beat else "NaN"),
        ("yingbin_jobs_failed", sum(run.is_ok is False for _name, run in runs)),
    ):
        lines += [f"# TYPE {name} gauge", f"{name} {value}"]
    for name, values in (
        ("yingbin_job_ok", [(job, int(run.is_ok)) for job, run in runs if run.is_ok is not None]),
        ("yingbin_job_duration_seconds",
         [(job, run.duration_ms / 1000) for job, run in runs if run.duration_ms is not None]),
    ):  # fmt: skip
        lines += [f"# TYPE {name} gauge", *(f'{name}{{job="{job}"}} {v}' for job, v in values)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")
