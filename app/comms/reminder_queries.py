"""What will be reminded of, and what was sent to whom.

The future is computed from today's data and nothing is kept of it: when the data changes, so does
what comes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import Select, String, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload

from app.comms.due import DueMessage, Rule, Through
from app.comms.models import Channel, Message, MessageAttempt, MessageState
from app.comms.outbox import keys_of, written_keys
from app.comms.planning import Manners, PlanDue, due_in_plans
from app.comms.readers import Readers
from app.comms.rules import label_of
from app.core.db import db
from app.core.formats import zone
from app.core.jobs import JobRun
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar


@dataclass(frozen=True)
class ComingTo:
    """One person whom a coming reminder will reach, and why it is they. `mail_at`: when the mail
    may come, None where none will."""

    person_id: int
    message: DueMessage
    mail_at: datetime | None


@dataclass(frozen=True)
class Coming:
    """A reminder that will be sent at `at` to `recipients` (ids) if nothing changes."""

    plan_id: int
    at: datetime
    rule: Rule
    label: str
    title: LocalText
    object_key: str
    occurrence: str
    url: str
    to: tuple[ComingTo, ...]

    @property
    def rule_key(self) -> str:
        return self.rule.key

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def recipients(self) -> tuple[int, ...]:
        return tuple(row.person_id for row in self.to)


def coming(
    plan_id: int,
    now: datetime,
    *,
    days: int = 14,
    person_id: int | None = None,
    calendar: WorkCalendar | None = None,
) -> list[Coming]:
    """What will be sent from now to the end of the last of `days` days (today is the first), one
    row for each step of each object; only this person's where one is named."""
    return coming_with_readers(plan_id, now, days=days, person_id=person_id, calendar=calendar)[0]


def coming_with_readers(
    plan_id: int,
    now: datetime,
    *,
    days: int = 14,
    person_id: int | None = None,
    calendar: WorkCalendar | None = None,
) -> tuple[list[Coming], Readers]:
    """The same with everybody who reads along, where there is something to come."""
    found, _manners = coming_in_plans(
        [plan_id], now, days=days, person_id=person_id, calendar=calendar
    )
    return (found[0][1], found[0][0].readers) if found else ([], {})


def coming_in_plans(
    plan_ids: Sequence[int],
    now: datetime,
    *,
    days: int = 14,
    person_id: int | None = None,
    calendar: WorkCalendar | None = None,
) -> tuple[list[tuple[PlanDue, list[Coming]]], Manners]:
    """The same for many plans, in as many statements as for one; those without anything to say are
    left out."""
    today = now.astimezone(zone()).date()
    until = datetime.combine(
        today + timedelta(days=days), datetime.min.time(), tzinfo=zone()
    ) - timedelta(seconds=1)
    dues, manners = due_in_plans(dict.fromkeys(plan_ids, now), until, calendar or work_calendar())
    rows = {
        due.plan_id: [
            message
            for message in due.messages
            if message.against is None and person_id in (None, message.recipient)
        ]
        for due in dues
    }
    known = written_keys(key for some in rows.values() for m in some for key in keys_of(m))
    return [
        (due, _rows_to_come(due.plan_id, rows[due.plan_id], known, manners)) for due in dues
    ], manners


def _rows_to_come(
    plan_id: int, messages: Iterable[DueMessage], known: set[str], manners: Manners
) -> list[Coming]:
    groups: dict[tuple[datetime, str, str, str], list[DueMessage]] = {}
    for message in messages:
        if not known.isdisjoint(keys_of(message)):
            # Said already, by a rule that was moved to a later time since.
            continue
        place = (message.at, message.rule.key, message.deadline.object_key,
                 message.deadline.occurrence)  # fmt: skip
        groups.setdefault(place, []).append(message)
    return [_coming(plan_id, rows, manners) for rows in groups.values()]


def _coming(plan_id: int, rows: list[DueMessage], manners: Manners) -> Coming:
    first = rows[0]
    return Coming(
        plan_id=plan_id,
        at=first.at,
        rule=first.rule,
        label=label_of(first.rule),
        title=first.deadline.title,
        object_key=first.deadline.object_key,
        occurrence=first.deadline.occurrence,
        url=first.deadline.url,
        to=tuple(ComingTo(row.recipient, row, _mail_at(row, manners)) for row in rows),
    )


def _mail_at(row: DueMessage, manners: Manners) -> datetime | None:
    has_mail = Through.mail in row.rule.through and manners.of(row.recipient).has_mail
    return manners.mail_at(row.recipient, row.at)[0] if has_mail else None


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
        .options(joinedload(Message.recipient), joinedload(Message.robot))
        .where(Message.plan_id == viewer.plan_id)
        .order_by(Message.created_at.desc(), Message.id.desc())
    )
    if sight(viewer, "message") is not Sight.all:
        statement = statement.where(Message.recipient_id == viewer.person_id)
    if person_id is not None:
        statement = statement.where(Message.recipient_id == person_id)
    if channel is None:
        statement = statement.where(or_(Message.channel != Channel.inbox, ~_HAS_MAIL))
    else:
        statement = statement.where(Message.channel == channel)
    if state is not None:
        statement = statement.where(Message.state == state)
    return statement


def message_for(viewer: Viewer, message_id: int | None) -> Message | None:
    """One message of the plan, or None when there is none for these eyes."""
    if message_id is None:
        return None
    message = db.session.get(
        Message, message_id, options=[joinedload(Message.recipient), joinedload(Message.robot)]
    )
    if message is None or message.plan_id != viewer.plan_id:
        return None
    is_own = message.recipient_id == viewer.person_id
    return message if is_own or sight(viewer, "message") is Sight.all else None


def listed(message: Message) -> Message:
    """The row by which the ledger shows it: its mail, where one was written."""
    if message.channel is not Channel.inbox:
        return message
    key = message.unique_key.removesuffix(Channel.inbox) + Channel.mail
    mail = db.session.scalar(
        select(Message)
        .where(Message.unique_key == key)
        .options(joinedload(Message.recipient), joinedload(Message.robot))
    )
    return mail or message


def rows_before(rows: Select[tuple[Message]], message: Message) -> int:
    """How many of these rows of the ledger are newer than the message."""
    is_newer = or_(
        Message.created_at > message.created_at,
        and_(Message.created_at == message.created_at, Message.id > message.id),
    )
    newer = rows.where(is_newer).options(lazyload("*")).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(newer)) or 0


def told_about(message: Message) -> list[Message]:
    """Everybody who was told about the same thing, oldest first, each step and person once."""
    rows = db.session.scalars(
        select(Message)
        .options(joinedload(Message.recipient), joinedload(Message.robot))
        .where(
            Message.plan_id == message.plan_id,
            Message.object_key == message.object_key,
            Message.occurrence == message.occurrence,
            or_(Message.channel != Channel.inbox, ~_HAS_MAIL),
        )
        .order_by(Message.created_at, Message.id)
    )
    return list(rows)


def attempts_of(message: Message) -> list[MessageAttempt]:
    """Every try to send it, oldest first."""
    return list(
        db.session.scalars(
            select(MessageAttempt)
            .where(MessageAttempt.message_id == message.id)
            .order_by(MessageAttempt.number, MessageAttempt.id)
        )
    )


@dataclass(frozen=True)
class Delivery:
    """How sending stands: which mails wait since when and what the server said, which posts to
    groups, and the last check."""

    has_server: bool
    waiting: int
    oldest_at: datetime | None
    last_answer: str
    posts: int
    posts_since: datetime | None
    checked_at: datetime | None
    is_check_ok: bool


def delivery_of(plan_id: int, now: datetime) -> Delivery:
    """The state of the plan's mail and posts in three statements. What waits for a person's quiet
    hours to end does not count as waiting, nor does a post before its first try failed."""
    waiting = and_(
        Message.plan_id == plan_id,
        Message.channel != Channel.inbox,
        Message.state.in_((MessageState.pending, MessageState.sending)),
        or_(Message.next_try_at <= now, Message.answer != ""),
    )
    is_mail = Message.channel == Channel.mail
    is_stuck = and_(~is_mail, Message.answer != "")
    mails, oldest_at, posts, posts_since = db.session.execute(
        select(
            func.count().filter(is_mail),
            func.min(Message.created_at).filter(is_mail),
            func.count().filter(is_stuck),
            func.min(Message.created_at).filter(is_stuck),
        ).where(waiting)
    ).one()
    run = db.session.execute(
        select(JobRun.finished_at, JobRun.is_ok).where(JobRun.name == "reminders")
    ).first()
    answer = ""
    if mails:
        answer = db.session.scalar(
            select(Message.answer)
            .where(waiting, is_mail, Message.answer != "")
            .order_by(Message.next_try_at.desc())
            .limit(1)
        )
    return Delivery(
        has_server=bool(current_app.config["SETTINGS"].mail_url),
        waiting=mails,
        oldest_at=oldest_at,
        last_answer=answer or "",
        posts=posts,
        posts_since=posts_since,
        checked_at=run.finished_at if run else None,
        is_check_ok=bool(run and run.is_ok),
    )
