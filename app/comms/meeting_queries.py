"""Reading meetings: lists, agendas, and who may see which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.comms.models import (
    AgendaItem,
    Answer,
    Attendance,
    Decision,
    Meeting,
    MeetingSeries,
    MeetingState,
)
from app.core.db import db
from app.core.errors import NotFound
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.registries import agenda_points
from app.core.web import NOT_HERE

# Points that each series always has, as the plan says.
STANDING = {
    "progress": (
        LocalText(zh="各任务进度", en="Progress of the tasks"),
        LocalText(zh="遇到的问题和解决办法", en="Problems met and their solutions"),
    ),
    "coordination": (
        LocalText(zh="各部门进展", en="Progress of the departments"),
        LocalText(zh="资源分配", en="Allocation of resources"),
        LocalText(zh="需要协调解决的问题", en="Problems to be solved together"),
    ),
}
MOST_PROPOSED = 12


@dataclass(frozen=True)
class AgendaRow:
    """One numbered point of an agenda; `item_id` where a person wrote it."""

    number: int
    title: Any
    url: str
    item_id: int | None = None


@dataclass(frozen=True)
class MeetingRow:
    """A meeting in a list with its answers counted; `own_answer` is the viewer's."""

    meeting: Meeting
    asked: int
    accepted: int
    own_answer: Answer | None


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Which meetings the viewer reads: all, or those they are asked to."""
    seen = sight(viewer, "meeting", "row")
    if seen is Sight.all:
        return true()
    if seen is Sight.none:
        return false()
    return Meeting.id.in_(
        select(Attendance.meeting_id).where(Attendance.person_id == viewer.person_id)
    )


def reads_meeting(viewer: Viewer, meeting_id: int) -> bool:
    """Whether the viewer may read this meeting of the plan."""
    return (
        db.session.scalar(select(Meeting.id).where(Meeting.id == meeting_id, seen_by(viewer)))
        is not None
    )


def meeting_for(viewer: Viewer, meeting_id: int) -> Meeting:
    """The meeting, or NotFound for whoever may not read it."""
    meeting = db.session.scalar(
        select(Meeting)
        .options(joinedload(Meeting.series), joinedload(Meeting.chair))
        .where(Meeting.id == meeting_id, Meeting.plan_id == viewer.plan_id, seen_by(viewer))
    )
    if meeting is None:
        raise NotFound(NOT_HERE)
    return meeting


def meetings_of(viewer: Viewer) -> list[MeetingRow]:
    """Every meeting of the plan that the viewer reads, in time order."""
    meetings = db.session.scalars(
        select(Meeting)
        .options(joinedload(Meeting.series), joinedload(Meeting.chair))
        .where(Meeting.plan_id == viewer.plan_id, seen_by(viewer))
        .order_by(Meeting.starts_at, Meeting.id)
    ).all()
    return with_answers(meetings, viewer.person_id)


def with_answers(meetings: Sequence[Meeting], person_id: int) -> list[MeetingRow]:
    """The meetings with their answers, in one further statement."""
    rows: dict[int, list[tuple[int, Answer]]] = {meeting.id: [] for meeting in meetings}
    if rows:
        for meeting_id, who, answer in db.session.execute(
            select(Attendance.meeting_id, Attendance.person_id, Attendance.answer).where(
                Attendance.meeting_id.in_(rows)
            )
        ):
            rows[meeting_id].append((who, answer))
    return [
        MeetingRow(
            meeting=meeting,
            asked=len(rows[meeting.id]),
            accepted=sum(answer is Answer.accepted for _who, answer in rows[meeting.id]),
            own_answer=dict(rows[meeting.id]).get(person_id),
        )
        for meeting in meetings
    ]


def next_meeting(viewer: Viewer, now: datetime) -> MeetingRow | None:
    """The next planned meeting that the viewer reads and that has not ended yet."""
    meeting = db.session.scalar(
        select(Meeting)
        .options(joinedload(Meeting.series), joinedload(Meeting.chair))
        .where(
            Meeting.plan_id == viewer.plan_id,
            Meeting.state == MeetingState.planned,
            Meeting.ends_at > now,
            seen_by(viewer),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(1)
    )
    return with_answers([meeting], viewer.person_id)[0] if meeting else None


def agenda(
    meeting: Meeting, viewer: Viewer, now: datetime, *, is_proposing: bool = True
) -> list[AgendaRow]:
    """Standing points, then people's own, then what the plan's features propose by weight.

    A meeting that is over keeps only what people wrote: the plan has moved on since. A list of
    meetings does without the proposals, for which every feature is asked.
    """
    items = db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    points: list[tuple[Any, str, int | None]] = []
    if meeting.series is not None:
        points += [(title, "", None) for title in STANDING[meeting.series.kind.value]]
    points += [(item.title, item.url, item.id) for item in items]
    if is_proposing and meeting.state is MeetingState.planned:
        proposed = [p for _name, answer in agenda_points
                    for p in answer(meeting.plan_id, viewer, now)]  # fmt: skip
        proposed.sort(key=lambda p: -p.weight)
        points += [(p.title, p.url, None) for p in proposed[:MOST_PROPOSED]]
    return [AgendaRow(n, *point) for n, point in enumerate(points, start=1)]


def decisions_of(meeting_id: int) -> list[Decision]:
    """What the meeting decided, in the order noted."""
    return list(
        db.session.scalars(
            select(Decision).where(Decision.meeting_id == meeting_id).order_by(Decision.id)
        )
    )


def series_of(plan_id: int) -> list[MeetingSeries]:
    """The plan's series, progress first."""
    return list(
        db.session.scalars(
            select(MeetingSeries).where(MeetingSeries.plan_id == plan_id).order_by(MeetingSeries.id)
        )
    )


def asked_people(meeting_id: int) -> list[tuple[Attendance, Person]]:
    """Everybody asked with their answers, by name."""
    return [
        (row.Attendance, row.Person)
        for row in db.session.execute(
            select(Attendance, Person)
            .join(Person, Person.id == Attendance.person_id)
            .where(Attendance.meeting_id == meeting_id)
            .order_by(Person.sort_name, Person.name, Person.id)
        )
    ]
