"""What is due to be said, when and to whom: a pure function of deadlines, rules and the calendar.

Nothing goes out on a day off, the same message is never found twice, and what is found depends on
nothing but the arguments: so the past can be caught up on, and the future shown before it comes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol

from app.plans.workcalendar import WorkCalendar


class To(StrEnum):
    """Whom a rule speaks to: who answers for the thing, or who is told when it stays undone."""

    responsible = "responsible"
    escalation = "escalation"


@dataclass(frozen=True)
class Rule:
    """One step of reminding about one kind of deadline.

    workdays: working days after the day it falls due (negative: before it). hour and minute are
    local; 07 past the hour, for everybody's mail leaves on the hour.
    """

    key: str
    kind: str
    workdays: int
    to: To = To.responsible
    hour: int = 9
    minute: int = 7


class DeadlineLike(Protocol):
    """What this room needs of a `core.registries.Deadline`."""

    @property
    def kind(self) -> str: ...
    @property
    def object_key(self) -> str: ...
    @property
    def occurrence(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def recipients(self) -> tuple[int, ...]: ...
    @property
    def escalate_to(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class DueMessage:
    """`recipient` (a person's id) is to be told at `at` (aware UTC)."""

    at: datetime
    rule: Rule
    deadline: Any
    recipient: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes it this message and no other."""
        return (self.rule.key, self.deadline.object_key, self.deadline.occurrence, self.recipient)


def send_day(due_on: date, workdays: int, calendar: WorkCalendar) -> date:
    """The working day that lies `workdays` after `due_on` (before it when negative).

    Counted from the day itself also when that is off: one working day before a Sunday is the
    Friday, one after it the Monday. "On the day" of a day off is the next working day.
    """
    if workdays < 0 and not calendar.is_workday(due_on):
        return calendar.add_workdays(calendar.previous_workday(due_on), workdays + 1)
    if workdays > 0 and not calendar.is_workday(due_on):
        return calendar.add_workdays(due_on, workdays - 1)
    return calendar.add_workdays(due_on, workdays)


def send_at(due_at: datetime, rule: Rule, calendar: WorkCalendar, tz: tzinfo) -> datetime:
    """The instant (UTC) at which the rule speaks about something due at `due_at`."""
    day = send_day(due_at.astimezone(tz).date(), rule.workdays, calendar)
    return datetime.combine(day, time(rule.hour, rule.minute), tzinfo=tz).astimezone(UTC)


def due_messages(
    deadlines: Iterable[DeadlineLike],
    rules: Sequence[Rule],
    calendar: WorkCalendar,
    since: datetime,
    until: datetime,
    tz: tzinfo,
) -> list[DueMessage]:
    """Every message that falls into (since, until], in order of time.

    Where several steps about one thing meet at one instant for one person, the furthest step
    speaks for all of them.
    """
    found: dict[tuple[str, str, int, datetime], DueMessage] = {}
    for deadline in deadlines:
        for rule in rules:
            if rule.kind != deadline.kind:
                continue
            at = send_at(deadline.due_at, rule, calendar, tz)
            if not since < at <= until:
                continue
            is_for = deadline.recipients if rule.to is To.responsible else deadline.escalate_to
            for person in is_for:
                place = (deadline.object_key, deadline.occurrence, person, at)
                known = found.get(place)
                if known is None or known.rule.workdays < rule.workdays:
                    found[place] = DueMessage(at, rule, deadline, person)
    return sorted(
        found.values(), key=lambda m: (m.at, m.deadline.object_key, m.rule.key, m.recipient)
    )


def newest_steps(messages: Iterable[DueMessage]) -> list[DueMessage]:
    """After downtime: of the steps about one thing to one person only the newest is said."""
    newest: dict[tuple[str, int], DueMessage] = {}
    for message in messages:
        place = (message.deadline.object_key, message.recipient)
        known = newest.get(place)
        if known is None or (known.at, known.rule.workdays) <= (message.at, message.rule.workdays):
            newest[place] = message
    return sorted(
        newest.values(), key=lambda m: (m.at, m.deadline.object_key, m.rule.key, m.recipient)
    )


def due_range(
    rules: Sequence[Rule], calendar: WorkCalendar, since: datetime, until: datetime, tz: tzinfo
) -> tuple[datetime, datetime]:
    """First and last instant at which something must fall due for a rule to speak about it in
    (since, until]."""
    before = max((-rule.workdays for rule in rules), default=0)
    after = max((rule.workdays for rule in rules), default=0)
    first = calendar.add_workdays(since.astimezone(tz).date(), -max(after, 0) - 1)
    last = calendar.add_workdays(until.astimezone(tz).date(), max(before, 0) + 1)
    return (
        datetime.combine(first, time(0), tzinfo=tz).astimezone(UTC),
        datetime.combine(last, time(23, 59, 59), tzinfo=tz).astimezone(UTC),
    )


def has_slot(rules: Sequence[Rule], since: datetime, until: datetime, tz: tzinfo) -> bool:
    """Whether any rule's time of day lies in (since, until]: if not, nothing can be due and
    nobody needs to be asked."""
    if until - since >= timedelta(days=1):
        return True
    days = {since.astimezone(tz).date(), until.astimezone(tz).date()}
    return any(
        since < datetime.combine(day, time(hour, minute), tzinfo=tz) <= until
        for day in days
        for hour, minute in {(rule.hour, rule.minute) for rule in rules}
    )
