"""Addresses for machines that watch this one: /healthz, /readyz, /metrics."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.comms.models import Channel, Message, MessageState
from app.core.db import db
from app.core.jobs import Heartbeat, JobRun
from app.core.permissions import PUBLIC, requires
from app.core.web import request_now
from app.ops.migrations import is_migrated

bp = Blueprint("health", __name__)

TICK_LIMIT = timedelta(minutes=5)


@bp.get("/healthz")
@requires(PUBLIC)
def healthz() -> Any:
    """The process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@requires(PUBLIC)
def readyz() -> Any:
    """Database reachable, migrated, and a tick within five minutes; else 503 and which is not."""
    checks = {"database": "ok", "migrations": "ok", "tick": "ok"}
    try:
        db.session.execute(text("SELECT 1"))
        if not is_migrated():
            checks["migrations"] = "not at this program's version"
        beat = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "tick"))
        if beat is None:
            checks["tick"] = "never"
        elif request_now() - beat > TICK_LIMIT:
            checks["tick"] = f"last at {beat.isoformat()}"
    except SQLAlchemyError as problem:
        db.session.rollback()
        known = "migrations" if "no such table" in str(problem) else "database"
        checks[known] = type(problem).__name__
    is_ready = set(checks.values()) == {"ok"}
    return jsonify(status="ok" if is_ready else "not ready", **checks), 200 if is_ready else 503


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
    oldest = db.session.scalar(
        select(func.min(Message.created_at)).where(
            Message.channel == Channel.mail, Message.state == MessageState.pending
        )
    )
    beat = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "tick"))
    failed = db.session.scalar(select(func.count()).where(JobRun.is_ok.is_(False)))
    for name, value in (
        ("yingbin_oldest_waiting_mail_seconds", (now - oldest).total_seconds() if oldest else 0),
        ("yingbin_seconds_since_tick", (now - beat).total_seconds() if beat else "NaN"),
        ("yingbin_jobs_failed", failed or 0),
    ):
        lines += [f"# TYPE {name} gauge", f"{name} {value}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")
