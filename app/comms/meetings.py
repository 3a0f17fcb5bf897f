"""Meetings: planned from their series, answered, held, and what they decided.

The series' occurrences are made ahead of time, one a month, off holidays. Whoever has to come is
asked by role, not by list: a new head of a department is asked to what is still to come.
"""

from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from app.accounts.models import Person
from app.comms.events import MeetingCancelled, MeetingHeld, MeetingMoved
from app.comms.meeting_dates import meeting_day, month_name, months_from
from app.comms.models import (
    AgendaItem,
    Answer,
    Attendance,
    Decision,
    Meeting,
    MeetingSeries,
    MeetingState,
)
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import local_date, zone
from app.core.localtext import LocalText
from app.core.locks import check_unchanged
from app.core.permissions import Role
from app.plans.access import manager_ids, people_with
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.tasks.rights import must_manage, someone_of_plan

AHEAD = timedelta(days=62)
LONGEST = timedelta(hours=12)


def instant(day: date, hour: int, minute: int) -> datetime:
    """A time of day in the plan's zone as an instant."""
    return datetime.combine(day, time(hour, minute), tzinfo=zone())


def generate_meetings(plan: Plan, *, until: date, now: datetime) -> list[Meeting]:
    """Make what is missing of the plan's series from now to `until` and ask the people to it.

    Safe to call again: a month has one meeting of a series, also when it was moved or cancelled.
    """
    made = []
    calendar = work_calendar()
    series_rows = db.session.scalars(
        select(MeetingSeries).where(MeetingSeries.plan_id == plan.id, MeetingSeries.is_active)
    ).all()
    first, last = max(plan.start_on, local_date(now)), min(until, plan.finish_on)
    for series in series_rows:
        kept = set(db.session.scalars(select(Meeting.month).where(Meeting.series_id == series.id)))
        for year, month in months_from(first, last):
            day = meeting_day(year, month, series.nth, series.weekday, calendar)
            if month_name(day) in kept or not first <= day <= last:
                continue
            starts_at = instant(day, series.hour, series.minute)
            if starts_at <= now:
                continue
            meeting = Meeting(
                plan_id=plan.id,
                series_id=series.id,
                month=month_name(day),
                title=series.title,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=series.minutes_long),
                place=series.place,
                chair_id=next(iter(manager_ids(plan.id)), None),
            )
            db.session.add(meeting)
            audit.record("created", meeting, actor_id=None, now=now)
            _ask_the_series_people(meeting)
            made.append(meeting)
    return made


def generate_all(now: datetime) -> int:
    """The daily job's work: every active plan, two months ahead; answers how many were made."""
    plans = db.session.scalars(select(Plan).where(Plan.state == PlanPhase.active)).all()
    return sum(
        len(generate_meetings(plan, until=local_date(now) + AHEAD, now=now)) for plan in plans
    )


def _ask_the_series_people(meeting: Meeting) -> None:
    """The project manager and all department heads: both series of the plan have the same."""
    db.session.flush()
    for person in people_with(meeting.plan_id, Role.manager, Role.head):
        db.session.add(Attendance(meeting_id=meeting.id, person_id=person.id))


def change_series(
    series: MeetingSeries,
    *,
    nth: int,
    weekday: int,
    hour: int,
    minute: int,
    minutes_long: int,
    place: str,
    is_active: bool,
    actor: Person,
    now: datetime,
) -> int:
    """Set when the series meets. Meetings to come that nobody moved follow; answers how many."""
    must_manage(actor, series.plan_id)
    if not 15 <= minutes_long <= 720:
        raise DomainError(_l("A meeting lasts 15 minutes to 12 hours."), "minutes_long")
    old_day, old_time, old_place = (
        (series.nth, series.weekday), (series.hour, series.minute), series.place,
    )  # fmt: skip
    changes = audit.change(
        series, nth=nth, weekday=weekday, hour=hour, minute=minute, minutes_long=minutes_long,
        place=place, is_active=is_active,
    )  # fmt: skip
    if not changes:
        return 0
    audit.record("changed", series, actor_id=actor.id, now=now, changes=changes)
    calendar = work_calendar()
    moved = 0
    coming = db.session.scalars(
        select(Meeting).where(
            Meeting.series_id == series.id,
            Meeting.state == MeetingState.planned,
            Meeting.starts_at > now,
        )
    ).all()
    for meeting in coming:
        year, month = (int(part) for part in (meeting.month or "").split("-"))
        was = instant(meeting_day(year, month, *old_day, calendar), *old_time)
        if meeting.starts_at != was or meeting.place != old_place:
            continue
        starts_at = instant(meeting_day(year, month, nth, weekday, calendar), hour, minute)
        if starts_at <= now:
            continue
        _move(meeting, starts_at, starts_at + timedelta(minutes=minutes_long), place, actor, now)
        moved += 1
    return moved


def add_meeting(
    plan_id: int,
    *,
    title: LocalText | str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    person_ids: list[int],
    series: MeetingSeries | None = None,
    actor: Person,
    now: datetime,
) -> Meeting:
    """A meeting called by hand: one of its own, or this month's of a series, ahead of its rule.

    Whoever calls it chairs it. Raises DomainError.
    """
    must_manage(actor, plan_id)
    _check_times(starts_at, ends_at, now)
    month = None
    if series is not None:
        name = month_name(local_date(starts_at))
        is_taken = db.session.scalar(
            select(Meeting.id).where(Meeting.series_id == series.id, Meeting.month == name)
        )
        month = None if is_taken else name
    meeting = Meeting(
        plan_id=plan_id, title=LocalText.of(title), starts_at=starts_at, ends_at=ends_at,
        place=place, chair_id=actor.id, series_id=series.id if series else None, month=month,
    )  # fmt: skip
    db.session.add(meeting)
    audit.record("created", meeting, actor_id=actor.id, now=now)
    for person_id in dict.fromkeys([actor.id, *person_ids]):
        someone_of_plan(plan_id, person_id, "person_ids")
        db.session.add(Attendance(meeting_id=meeting.id, person_id=person_id))
    db.session.flush()
    return meeting


def move_meeting(
    meeting: Meeting,
    *,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    actor: Person,
    now: datetime,
) -> None:
    """Another time or place; everybody asked is told, and answers to the old time are dropped."""
    must_manage(actor, meeting.plan_id)
    _must_be_planned(meeting)
    _check_times(starts_at, ends_at, now)
    _move(meeting, starts_at, ends_at, place, actor, now)


def _move(
    meeting: Meeting, starts_at: datetime, ends_at: datetime, place: str, actor: Person,
    now: datetime,
) -> None:  # fmt: skip
    is_new_time = meeting.starts_at != starts_at
    changes = audit.change(meeting, starts_at=starts_at, ends_at=ends_at, place=place)
    if not changes:
        return
    audit.record("moved", meeting, actor_id=actor.id, now=now, changes=changes)
    if is_new_time:
        for row in attendances(meeting.id):
            row.answer = Answer.none
    announce(MeetingMoved(meeting.id, meeting.plan_id, actor.id, now))


def cancel_meeting(meeting: Meeting, *, reason: str, actor: Person, now: datetime) -> None:
    """It will not be held; everybody asked is told why."""
    must_manage(actor, meeting.plan_id)
    _must_be_planned(meeting)
    if not reason:
        raise DomainError(_l("Please say why; everybody who was asked will read it."), "reason")
    changes = audit.change(meeting, state=MeetingState.cancelled, cancel_reason=reason)
    audit.record("cancelled", meeting, actor_id=actor.id, now=now, changes=changes)
    announce(MeetingCancelled(meeting.id, meeting.plan_id, reason, actor.id, now))


def restore_meeting(meeting: Meeting, *, actor: Person, now: datetime) -> None:
    """Take a cancellation back while the meeting is still to come."""
    must_manage(actor, meeting.plan_id)
    if meeting.state is not MeetingState.cancelled or meeting.starts_at <= now:
        raise DomainError(_l("This meeting cannot be taken back any more."))
    changes = audit.change(meeting, state=MeetingState.planned, cancel_reason="")
    audit.record("restored", meeting, actor_id=actor.id, now=now, changes=changes)
    announce(MeetingMoved(meeting.id, meeting.plan_id, actor.id, now))


def answer_invitation(meeting: Meeting, *, answer: Answer, actor: Person, now: datetime) -> None:
    """Come or not come. Raises Forbidden for whoever was not asked."""
    _must_be_planned(meeting)
    row = _attendance(meeting.id, actor.id)
    if row is None:
        raise Forbidden(_l("You were not asked to this meeting."))
    changes = audit.change(row, answer=answer)
    if changes:
        audit.record("answered", row, actor_id=actor.id, now=now, plan_id=meeting.plan_id,
                     changes=changes)  # fmt: skip


def invite(meeting: Meeting, *, person_id: int, actor: Person, now: datetime) -> None:
    """Ask one more person of the plan."""
    must_manage(actor, meeting.plan_id)
    someone_of_plan(meeting.plan_id, person_id, "person_id")
    if _attendance(meeting.id, person_id) is not None:
        raise DomainError(_l("This person has been asked already."), "person_id")
    row = Attendance(meeting_id=meeting.id, person_id=person_id)
    db.session.add(row)
    audit.record("invited", row, actor_id=actor.id, now=now, plan_id=meeting.plan_id)


def uninvite(meeting: Meeting, *, person_id: int, actor: Person, now: datetime) -> None:
    """Ask somebody no longer."""
    must_manage(actor, meeting.plan_id)
    row = _attendance(meeting.id, person_id)
    if row is None or person_id == meeting.chair_id:
        raise DomainError(_l("Whoever chairs the meeting stays on the list."), "person_id")
    audit.record("uninvited", row, actor_id=actor.id, now=now, plan_id=meeting.plan_id)
    db.session.delete(row)


def write_minutes(
    meeting: Meeting,
    *,
    minutes: str,
    present_ids: set[int],
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Who came and what was said; the meeting counts as held from here on.

    Raises Conflict, carrying the other text, when somebody saved since `version`.
    """
    must_manage(actor, meeting.plan_id)
    if meeting.state is MeetingState.cancelled:
        raise DomainError(_l("This meeting was cancelled. Take that back first."))
    if meeting.starts_at > now:
        raise DomainError(_l("This meeting has not begun yet."), "minutes")
    check_unchanged(version, meeting.version, {"minutes": meeting.minutes})
    for row in attendances(meeting.id):
        row.is_present = row.person_id in present_ids
    was_held = meeting.state is MeetingState.held
    changes = audit.change(meeting, minutes=minutes, minutes_at=now, state=MeetingState.held)
    audit.record("minuted", meeting, actor_id=actor.id, now=now, changes=changes)
    if not was_held:
        announce(MeetingHeld(meeting.id, meeting.plan_id, actor.id, now))


def record_decision(
    meeting: Meeting, *, text: str, problem_id: int | None = None, actor: Person, now: datetime
) -> Decision:
    """What was decided; a problem that it settles is named."""
    must_manage(actor, meeting.plan_id)
    if not text:
        raise DomainError(_l("Please fill this in."), "text")
    decision = Decision(
        plan_id=meeting.plan_id, meeting_id=meeting.id, text=text, problem_id=problem_id
    )
    db.session.add(decision)
    audit.record("decided", decision, actor_id=actor.id, now=now)
    return decision


def remove_decision(decision: Decision, *, actor: Person, now: datetime) -> None:
    """Strike a decision that was noted by mistake; the trail keeps its words."""
    must_manage(actor, decision.plan_id)
    audit.record("removed", decision, actor_id=actor.id, now=now,
                 changes={"text": (decision.text, None)})  # fmt: skip
    db.session.delete(decision)


def add_agenda_item(
    meeting: Meeting, *, title: str, url: str = "", actor: Person, now: datetime
) -> AgendaItem:
    """A point of a person's own; whoever is asked to the meeting may add one."""
    _must_be_planned(meeting)
    if _attendance(meeting.id, actor.id) is None:
        must_manage(actor, meeting.plan_id)
    if not title:
        raise DomainError(_l("Please fill this in."), "title")
    last = db.session.scalar(
        select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id)
    )
    item = AgendaItem(meeting_id=meeting.id, position=(last or 0) + 1, title=title, url=url)
    db.session.add(item)
    audit.record("added", item, actor_id=actor.id, now=now, plan_id=meeting.plan_id)
    return item


def remove_agenda_item(meeting: Meeting, *, item_id: int, actor: Person, now: datetime) -> None:
    """Take a person's point off; unknown ones are gone already."""
    must_manage(actor, meeting.plan_id)
    db.session.execute(
        delete(AgendaItem).where(AgendaItem.id == item_id, AgendaItem.meeting_id == meeting.id)
    )


def attendances(meeting_id: int) -> list[Attendance]:
    """Everybody asked, by name."""
    return list(
        db.session.scalars(
            select(Attendance)
            .join(Person, Person.id == Attendance.person_id)
            .where(Attendance.meeting_id == meeting_id)
            .order_by(Person.sort_name, Person.name, Person.id)
        )
    )


def _attendance(meeting_id: int, person_id: int) -> Attendance | None:
    return db.session.scalar(
        select(Attendance).where(
            Attendance.meeting_id == meeting_id, Attendance.person_id == person_id
        )
    )


def _must_be_planned(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.planned:
        raise DomainError(_l("This meeting is over or cancelled."))


def _check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise DomainError(_l("The end lies before the beginning."), "ends")
    if ends_at - starts_at > LONGEST:
        raise DomainError(_l("A meeting lasts 15 minutes to 12 hours."), "ends")
    if starts_at <= now:
        raise DomainError(_l("This time has passed already."), "on")
