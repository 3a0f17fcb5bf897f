"""What was said: meetings, files, practices."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.comms import meetings as meeting_services
from app.comms.models import Answer, Meeting, MeetingSeries
from app.core.db import db
from app.ops.demo.stage import Event, Stage

CALLED_BEFORE = timedelta(days=5)


def events(stage: Stage) -> Iterator[Event]:
    story, at = stage.story, stage.times.at
    begin = at(story["plan"]["created_at"]) + timedelta(hours=1)
    for row in story["meetings"]:
        starts_at = at(row["at"])
        called_at = at(row["called_at"]) if "called_at" in row else starts_at - CALLED_BEFORE
        called_at = min(max(called_at, begin), stage.times.now - timedelta(minutes=2))
        yield Event(called_at, partial(_call, row=row), "meeting")
        answered = at(row["answered_at"]) if "answered_at" in row else called_at
        answered = min(max(answered, called_at), stage.times.now - timedelta(minutes=1))
        yield Event(answered + timedelta(minutes=1), partial(_answer, row=row), "meeting")
        if "minutes_at" in row:
            yield Event(at(row["minutes_at"]), partial(_minutes, row=row), "minutes")


def _call(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    series = db.session.scalars(
        select(MeetingSeries).where(
            MeetingSeries.plan_id == stage.plan_id, MeetingSeries.kind == row["series"]
        )
    ).one()
    starts_at = stage.times.at(row["at"])
    manager = stage.person("pm")
    meeting = meeting_services.add_meeting(
        stage.plan_id,
        title=series.title,
        series=series,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes_long),
        place=row.get("place", ""),
        person_ids=[stage.person(key).id for key in row["invited"]],
        actor=manager,
        now=now,
    )
    db.session.flush()
    stage.keep("meeting", row["key"], meeting.id)
    for title in row.get("agenda", []):
        meeting_services.add_agenda_item(meeting, title=title, actor=manager, now=now)


def _meeting(stage: Stage, row: dict[str, Any]) -> Meeting:
    return db.session.get_one(Meeting, stage.kept("meeting", row["key"]))


def _answer(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    meeting = _meeting(stage, row)
    people = [("pm", Answer.accepted), *((key, Answer.accepted) for key in row["accepted"]),
              *((key, Answer.declined) for key in row.get("absent", []))]  # fmt: skip
    for key, answer in people:
        meeting_services.answer_invitation(meeting, answer=answer, actor=stage.person(key), now=now)


def _minutes(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    meeting = _meeting(stage, row)
    manager = stage.person("pm")
    present = {stage.person(k).id for k in row["invited"] if k not in row.get("absent", [])}
    meeting_services.write_minutes(
        meeting, minutes=row["minutes"], present_ids=present | {manager.id}, actor=manager, now=now
    )
    for text in row.get("decisions", []):
        meeting_services.record_decision(meeting, text=text, actor=manager, now=now)
