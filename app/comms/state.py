"""Communication's part of PlanState: meetings with their decisions, and what is shared."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.comms.meeting_queries import seen_by
from app.comms.models import (
    Answer,
    Attendance,
    Decision,
    Meeting,
    MeetingState,
    Practice,
    SharedFile,
)
from app.core.db import db
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer


@dataclass(frozen=True)
class MeetingEntry:
    """One meeting. `present` and `asked` count people; decisions are as noted."""

    id: int
    title: LocalText
    starts_at: datetime
    ends_at: datetime
    place: str
    state: MeetingState
    chair_id: int | None
    asked: int
    accepted: int
    present: int
    has_minutes: bool
    decisions: tuple[str, ...]


@dataclass(frozen=True)
class CommsState:
    """Meetings in time order; next_meeting_id is the first that has not ended."""

    meetings: tuple[MeetingEntry, ...]
    next_meeting_id: int | None
    file_count: int
    practice_count: int


def comms_state(plan_id: int, as_of: datetime, viewer: Viewer) -> CommsState:
    """What stands at `as_of` in the viewer's eyes; five statements."""
    meetings = db.session.scalars(
        select(Meeting)
        .where(Meeting.plan_id == plan_id, seen_by(viewer))
        .order_by(Meeting.starts_at, Meeting.id)
    ).all()
    ids = [meeting.id for meeting in meetings]
    people: dict[int, list[tuple[Answer, bool | None]]] = {key: [] for key in ids}
    for meeting_id, answer, is_present in db.session.execute(
        select(Attendance.meeting_id, Attendance.answer, Attendance.is_present).where(
            Attendance.meeting_id.in_(ids)
        )
    ):
        people[meeting_id].append((answer, is_present))
    decided: dict[int, list[str]] = {key: [] for key in ids}
    if sight(viewer, "meeting", "minutes") is not Sight.none:
        for meeting_id, text in db.session.execute(
            select(Decision.meeting_id, Decision.text)
            .where(Decision.meeting_id.in_(ids))
            .order_by(Decision.id)
        ):
            decided[meeting_id].append(text)
    rows = tuple(
        MeetingEntry(
            id=m.id,
            title=m.title,
            starts_at=m.starts_at,
            ends_at=m.ends_at,
            place=m.place,
            state=m.state,
            chair_id=m.chair_id,
            asked=len(people[m.id]),
            accepted=sum(answer is Answer.accepted for answer, _p in people[m.id]),
            present=sum(bool(is_present) for _a, is_present in people[m.id]),
            has_minutes=bool(m.minutes),
            decisions=tuple(decided[m.id]),
        )
        for m in meetings
    )
    coming = (r.id for r in rows if r.state is MeetingState.planned and r.ends_at > as_of)
    return CommsState(
        meetings=rows,
        next_meeting_id=next(coming, None),
        file_count=_count(SharedFile, plan_id),
        practice_count=_count(Practice, plan_id),
    )


def _count(table: type[SharedFile] | type[Practice], plan_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(table)
            .where(table.plan_id == plan_id, table.removed_at.is_(None))
        )
        or 0
    )
