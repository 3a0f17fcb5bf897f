"""What will be reminded of, what still applies, and what was sent to whom.

The future is computed from today's data and nothing is kept of it: when the data changes, so does
what comes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from flask import current_app
from sqlalchemy import Select, String, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import FINANCE, Department, Person
from app.comms.due import DueMessage, To, due_messages, due_range, has_slot, send_at
from app.comms.models import Channel, Message, MessageState
from app.comms.rules import RULES, label, may_be_told
from app.core.db import db
from app.core.jobs import Heartbeat, JobRun
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.registries import Chase, Deadline, deadlines
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanMember, PlanPhase
from app.plans.workcalendar import WorkCalendar


def zone() -> tzinfo:
    return current_app.config["SETTINGS"].zone


@dataclass(frozen=True)
class Reader:
    """A person of the plan and their eyes on it."""

    person: Person
    viewer: Viewer


def readers_of(plan_id: int) -> dict[int, Reader]:
    """Everybody enabled in the plan by id, in two statements."""
    roles: dict[int, set[Role]] = defaultdict(set)
    people: dict[int, Person] = {}
    for person, role in db.session.execute(
        select(Person, PlanMember.role)
        .join(PlanMember, PlanMember.person_id == Person.id)
        .where(PlanMember.plan_id == plan_id, Person.is_enabled)
    ):
        people[person.id] = person
        roles[person.id].add(role)
    headed: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    for department_id, key, head_id in db.session.execute(
        select(Department.id, Department.key, Department.head_id).where(
            Department.head_id.is_not(None)
        )
    ):
        headed[head_id].append((department_id, key))
    readers = {}
    for person_id, person in people.items():
        own = headed[person_id] if Role.head in roles[person_id] else []
        readers[person_id] = Reader(
            person,
            Viewer(
                person_id=person_id,
                plan_id=plan_id,
                roles=frozenset(roles[person_id]),
                department_ids=frozenset(row[0] for row in own),
                is_finance=any(row[1] == FINANCE for row in own),
            ),
        )
    return readers


def open_deadlines(plan_id: int, first: datetime, last: datetime) -> list[Deadline]:
    """What falls due in [first, last] and is not done, from every feature."""
    return [row for _name, ask in deadlines for row in ask(plan_id, first, last)]


def due_in_plan(
    plan_id: int,
    since: datetime,
    until: datetime,
    calendar: WorkCalendar,
    readers: dict[int, Reader],
) -> list[DueMessage]:
    """Every reminder of the plan that falls into (since, until], for people who may read it."""
    first, last = due_range(RULES, calendar, since, until, zone())
    reachable = [
        # Where whoever answers for it has left, those above are told from the first step on.
        replace(row, recipients=row.escalate_to)
        if row.recipients and not readers.keys() & set(row.recipients)
        else row
        for row in open_deadlines(plan_id, first, last)
    ]
    found = due_messages(reachable, RULES, calendar, since, until, zone())
    return [
        message
        for message in found
        if (reader := readers.get(message.recipient))
        and may_be_told(reader.viewer, message.rule.kind)
    ]


def chases_of(deadline: Deadline) -> list[Chase]:
    """What the rules say about it while it stays open, by time."""
    calendar = work_calendar()
    return sorted(
        (
            Chase(
                at=send_at(deadline.due_at, rule, calendar, zone()),
                person_ids=(
                    deadline.escalate_to if rule.to is To.escalation else deadline.recipients
                ),
                is_escalation=rule.to is To.escalation,
            )
            for rule in RULES
            if rule.kind == deadline.kind
        ),
        key=lambda chase: chase.at,
    )


@dataclass(frozen=True)
class PlanSlot:
    """A plan whose reminders are to be looked at, and since when."""

    plan_id: int
    since: datetime


LOOK_BACK = timedelta(days=14)
FIRST_LOOK = timedelta(days=1)
MARK = "reminders:"


def plans_to_look_at(now: datetime) -> list[PlanSlot]:
    """Active plans for which a time of sending has passed since they were last looked at."""
    marks = {
        row.name: row.at
        for row in db.session.execute(
            select(Heartbeat.name, Heartbeat.at).where(Heartbeat.name.startswith(MARK))
        )
    }
    slots = []
    for plan_id in db.session.scalars(
        select(Plan.id).where(Plan.state == PlanPhase.active).order_by(Plan.id)
    ):
        since = max(marks.get(f"{MARK}{plan_id}", now - FIRST_LOOK), now - LOOK_BACK)
        if since < now and has_slot(RULES, since, now, zone()):
            slots.append(PlanSlot(plan_id, since))
    return slots


@dataclass(frozen=True)
class Coming:
    """A reminder that will be sent at `at` to `recipients` (ids) if nothing changes."""

    plan_id: int
    at: datetime
    rule_key: str
    kind: str
    label: str
    title: LocalText
    object_key: str
    occurrence: str
    url: str
    recipients: tuple[int, ...]


def coming(
    plan_id: int,
    now: datetime,
    *,
    days: int = 14,
    person_id: int | None = None,
    readers: dict[int, Reader] | None = None,
    calendar: WorkCalendar | None = None,
) -> list[Coming]:
    """What will be sent from now to the end of the last of `days` days (today is the first), one
    row for each step of each object; only this person's where one is named."""
    readers = readers_of(plan_id) if readers is None else readers
    calendar = calendar or work_calendar()
    today = now.astimezone(zone()).date()
    until = datetime.combine(
        today + timedelta(days=days), datetime.min.time(), tzinfo=zone()
    ) - timedelta(seconds=1)
    groups: dict[tuple[datetime, str, str, str], list[DueMessage]] = {}
    for message in due_in_plan(plan_id, now, until, calendar, readers):
        if person_id is not None and message.recipient != person_id:
            continue
        place = (message.at, message.rule.key, message.deadline.object_key,
                 message.deadline.occurrence)  # fmt: skip
        groups.setdefault(place, []).append(message)
    return [
        Coming(
            plan_id=plan_id,
            at=rows[0].at,
            rule_key=rows[0].rule.key,
            kind=rows[0].rule.kind,
            label=label(rows[0].rule.key),
            title=rows[0].deadline.title,
            object_key=rows[0].deadline.object_key,
            occurrence=rows[0].deadline.occurrence,
            url=rows[0].deadline.url,
            recipients=tuple(row.recipient for row in rows),
        )
        for rows in groups.values()
    ]


@dataclass(frozen=True)
class StripDay:
    """A day of the coming fortnight and how many messages it holds."""

    on: date
    count: int
    is_rest: bool


def fortnight(
    rows: Iterable[Coming], today: date, calendar: WorkCalendar, days: int = 14
) -> list[StripDay]:
    """The next days with their counts; days off by the calendar are rest."""
    counts: dict[date, int] = defaultdict(int)
    for row in rows:
        counts[row.at.astimezone(zone()).date()] += len(row.recipients)
    return [
        StripDay(day, counts[day], not calendar.is_workday(day))
        for day in (today + timedelta(days=n) for n in range(days))
    ]


# The ledger shows a reminder once: its mail, or its row in the app where no mail was written.
# Both differ in the last part of the unique key alone.
_MAIL_TWIN = aliased(Message)
_HAS_MAIL = exists().where(
    _MAIL_TWIN.unique_key
    == func.substr(
        Message.unique_key,
        1,
        func.length(Message.unique_key) - len(Channel.inbox),
        type_=String,
    ).concat(Channel.mail.value)
)


def ledger(
    viewer: Viewer,
    *,
    person_id: int | None = None,
    channel: Channel | None = None,
    state: MessageState | None = None,
) -> Select[tuple[Message]]:
    """The plan's messages that the viewer may read, newest first; to be paged."""
    statement = (
        select(Message)
        .options(joinedload(Message.recipient))
        .where(Message.plan_id == viewer.plan_id)
        .order_by(Message.created_at.desc(), Message.id.desc())
    )
    if sight(viewer, "message") is not Sight.all:
        statement = statement.where(Message.recipient_id == viewer.person_id)
    if person_id is not None:
        statement = statement.where(Message.recipient_id == person_id)
    if channel is None:
        statement = statement.where(or_(Message.channel == Channel.mail, ~_HAS_MAIL))
    else:
        statement = statement.where(Message.channel == channel)
    if state is not None:
        statement = statement.where(Message.state == state)
    return statement


def message_for(viewer: Viewer, message_id: int) -> Message | None:
    """One message of the plan, or None when there is none for these eyes."""
    message = db.session.get(Message, message_id, options=[joinedload(Message.recipient)])
    if message is None or message.plan_id != viewer.plan_id:
        return None
    is_own = message.recipient_id == viewer.person_id
    return message if is_own or sight(viewer, "message") is Sight.all else None


def told_about(message: Message) -> list[Message]:
    """Everybody who was told about the same thing, oldest first, each step and person once."""
    rows = db.session.scalars(
        select(Message)
        .options(joinedload(Message.recipient))
        .where(
            Message.plan_id == message.plan_id,
            Message.object_key == message.object_key,
            Message.occurrence == message.occurrence,
            or_(Message.channel == Channel.mail, ~_HAS_MAIL),
        )
        .order_by(Message.created_at, Message.id)
    )
    return list(rows)


@dataclass(frozen=True)
class Delivery:
    """How sending stands: what waits since when, what was sent last, the last check."""

    has_server: bool
    waiting: int
    oldest_at: datetime | None
    last_answer: str
    last_sent_at: datetime | None
    dead: int
    checked_at: datetime | None
    is_check_ok: bool


def delivery_of(plan_id: int) -> Delivery:
    """The state of the plan's mail in three statements."""
    waiting = and_(Message.plan_id == plan_id, Message.channel == Channel.mail)
    states = {
        state: (count, oldest, newest)
        for state, count, oldest, newest in db.session.execute(
            select(
                Message.state, func.count(), func.min(Message.created_at),
                func.max(Message.sent_at),
            )
            .where(waiting)
            .group_by(Message.state)
        )
    }  # fmt: skip
    open_states = (MessageState.pending, MessageState.sending)
    count = sum(states[s][0] for s in open_states if s in states)
    run = db.session.execute(
        select(JobRun.finished_at, JobRun.is_ok).where(JobRun.name == "reminders")
    ).first()
    answer = ""
    if count:
        answer = db.session.scalar(
            select(Message.answer)
            .where(waiting, Message.state.in_(open_states), Message.answer != "")
            .order_by(Message.next_try_at.desc())
            .limit(1)
        )
    return Delivery(
        has_server=bool(current_app.config["SETTINGS"].mail_url),
        waiting=count,
        oldest_at=min((states[s][1] for s in open_states if s in states), default=None),
        last_answer=answer or "",
        last_sent_at=states[MessageState.sent][2] if MessageState.sent in states else None,
        dead=states[MessageState.dead][0] if MessageState.dead in states else 0,
        checked_at=run.finished_at if run else None,
        is_check_ok=bool(run and run.is_ok),
    )
