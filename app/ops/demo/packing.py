"""The status packs: the first built by hand as the manager would, the others sent each week by the
schedule that the manager then sets up."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.comms.inbox import mark_all_read
from app.core.db import db
from app.core.unit_of_work import unit_of_work
from app.ops.demo.stage import Event, Stage
from app.status.distribution.models import Audience
from app.status.distribution.schedule import Cadence
from app.status.distribution.sending import send_packs
from app.status.distribution.services import ScheduleDetails, add_schedule
from app.status.models import Pack
from app.status.packs.services import build_pack, note_download, request_pack

# How long after it was sent the newest pack is opened.
BEFORE_READING = timedelta(minutes=29)


def events(stage: Stage) -> Iterator[Event]:
    for row in stage.story["packs"]:
        yield Event(stage.times.at(row["at"]), partial(_pack, row=row), "pack", True)
    for row in stage.story["pack_schedules"]:
        added_at = stage.times.at(row["added_at"])
        yield Event(added_at, partial(_schedule, row=row), "pack schedule")
        for at in _ticks(stage, added_at, time.fromisoformat(row["time"])):
            yield Event(at, _send, "packs sent", True)
            opened_at = at + BEFORE_READING
            if opened_at < stage.times.at(row["opened_until"]):
                yield Event(opened_at, partial(_open, row=row), "pack opened", True)


def _pack(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    with unit_of_work():
        pack_id = request_pack(
            stage.plan_id,
            language=stage.story["language"],
            as_of=now,
            actor=stage.person(row["by"]),
            now=now,
        ).id
    build_pack(pack_id, now)


def _schedule(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    details = ScheduleDetails(
        audience=Audience(row["audience"]), person_ids=(), cadence=Cadence.weekly,
        weekday=row["weekday"] - 1, at=time.fromisoformat(row["time"]),
    )  # fmt: skip
    add_schedule(stage.plan_id, details, actor=stage.person(row["by"]), now=now)


def _ticks(stage: Stage, after: datetime, at: time) -> Iterator[datetime]:
    """The minute after the schedule's on each past day; the job finds something once a week."""
    day: date = after.astimezone(stage.times.zone).date()
    while day <= stage.times.today:
        tick = datetime.combine(day, at, stage.times.zone) + timedelta(minutes=1)
        if after < tick <= stage.times.now:
            yield tick
        day += timedelta(days=1)


def _send(_stage: Stage, now: datetime) -> None:
    send_packs(now)


def _open(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    """The day's message is read and its pack downloaded, if one was sent."""
    reader = stage.person(row["opened_by"])
    pack = db.session.scalars(
        select(Pack).where(
            Pack.plan_id == stage.plan_id,
            Pack.eyes_id == reader.id,
            Pack.as_of > now - 2 * BEFORE_READING,
        )
    ).first()
    if pack is None:
        return
    with unit_of_work():
        mark_all_read(actor=reader, now=now)
    note_download(pack, reader, now)
