"""What meetings answer to the questions of others: to-dos, deadlines, where an id belongs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, select

from app.comms.models import Answer, Attendance, Meeting, MeetingState
from app.core import formats
from app.core.db import db
from app.core.permissions import Role, Viewer
from app.core.registries import Deadline, Todo
from app.plans.many import rows_of_plans


def meeting_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """Invitations without an answer, and for the manager meetings without minutes."""
    todos = []
    asked = db.session.scalars(
        select(Meeting)
        .join(Attendance, Attendance.meeting_id == Meeting.id)
        .where(
            Meeting.plan_id == plan_id,
            Meeting.state == MeetingState.planned,
            Meeting.starts_at > now,
            Attendance.person_id == viewer.person_id,
            Attendance.answer == Answer.none,
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(2)
    )
    for meeting in asked:
        if meeting.chair_id == viewer.person_id:
            continue
        todos.append(
            Todo(
                kind="meeting_answer",
                person_id=viewer.person_id,
                title=formats.words(meeting.title),
                detail=_("%(day)s %(time)s, say whether you come",
                         day=formats.day(meeting.starts_at),
                         time=formats.clock_time(meeting.starts_at)),
                url=f"/meetings/{meeting.id}",
                button=_("Answer"),
                due_on=formats.local_date(meeting.starts_at),
            )
        )  # fmt: skip
    if viewer.has(Role.manager):
        without = db.session.scalars(
            select(Meeting)
            .where(
                Meeting.plan_id == plan_id,
                Meeting.state == MeetingState.planned,
                Meeting.ends_at <= now,
            )
            .order_by(Meeting.starts_at, Meeting.id)
        )
        for meeting in without:
            todos.append(
                Todo(
                    kind="meeting_minutes",
                    person_id=viewer.person_id,
                    title=_("Minutes: %(meeting)s", meeting=formats.words(meeting.title)),
                    detail=_("held on %(day)s, not written yet",
                             day=formats.day(meeting.starts_at)),
                    url=f"/meetings/{meeting.id}",
                    button=_("Write the minutes"),
                    due_on=formats.local_date(meeting.ends_at),
                    is_overdue=True,
                )
            )  # fmt: skip
    return todos


def meeting_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Meetings of these plans that begin in [first, last], for everybody asked who has not
    declined; one that was held or cancelled is left out."""
    rows = rows_of_plans(
        select(
            Meeting.id, Meeting.plan_id, Meeting.title, Meeting.starts_at, Attendance.person_id
        )
        .join(Attendance, Attendance.meeting_id == Meeting.id)
        .where(
            Meeting.state == MeetingState.planned,
            Meeting.starts_at.between(first, last),
            Attendance.answer != Answer.declined,
        )
        .order_by(Meeting.starts_at, Meeting.id, Attendance.person_id),
        Meeting.plan_id,
        plan_ids,
    )
    people: dict[int, list[int]] = {}
    meetings: dict[int, Row[Any]] = {}
    for row in rows:
        meetings[row.id] = row
        people.setdefault(row.id, []).append(row.person_id)
    return [
        Deadline(
            plan_id=meeting.plan_id,
            kind="meeting",
            object_key=f"meeting:{meeting.id}",
            # A moved meeting is another occurrence: people are told of the new time.
            occurrence=meeting.starts_at.strftime("%Y-%m-%dT%H:%M"),
            due_at=meeting.starts_at,
            recipients=tuple(people[meeting.id]),
            escalate_to=(),
            title=meeting.title,
            url=f"/meetings/{meeting.id}",
        )
        for meeting in meetings.values()
    ]


def plan_of_meeting(meeting_id: int) -> int | None:
    return db.session.scalar(select(Meeting.plan_id).where(Meeting.id == meeting_id))
