"""What is due to be said, when and to whom: a pure function of deadlines, rules and the calendar.

Nothing is said on a day off, the same message is never found twice, and what is found depends on
nothing but the arguments: so the past can be caught up on, and the future shown before it comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol

from app.plans.workcalendar import WorkCalendar

# Selectors of people beside "role:<role>" and "person:<id>".
RESPONSIBLE = "responsible"
ABOVE = "above"

ONE_DAY = timedelta(days=1)
DAY_ENDS = time(23, 59, 59)


class Through(StrEnum):
    """What a rule speaks through."""

    inbox = "inbox"
    mail = "mail"
    group = "group"


class Against(StrEnum):
    """Why something that a rule meant to say is not said."""

    done = "done"
    superseded = "superseded"
    passed = "passed"


@dataclass(frozen=True)
class Rule:
    """One step of reminding about one kind of deadline.

    offset: working days after the day it falls due (negative: before it), at the local hour and
    minute; or hours after the instant where `is_hours`. 07 past the hour, for everybody's mail
    leaves on the hour. to: selectors of people. through: names of `Through`. wording: (language,
    subject, text), where the company has its own words.
    """

    key: str
    kind: str
    offset: int
    to: tuple[str, ...] = (RESPONSIBLE,)
    hour: int = 9
    minute: int = 7
    is_hours: bool = False
    through: tuple[str, ...] = (Through.inbox, Through.mail)
    wording: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_escalation(self) -> bool:
        """Whether it tells others than those who answer for it that something stays undone."""
        return RESPONSIBLE not in self.to and self.reach > 0

    @property
    def reach(self) -> int:
        """How far after the deadline it speaks, to tell an earlier step from a later one."""
        return self.offset if self.is_hours else self.offset * 24


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
    @property
    def done_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class DueMessage:
    """`recipient` (a person's id) is to be told at `at` (aware UTC), for `selector` of the rule
    names them; or is not, because of `against`. `stands_in_for` is who would have been told."""

    at: datetime
    rule: Rule
    deadline: Any
    recipient: int
    selector: str = RESPONSIBLE
    against: Against | None = None
    stands_in_for: int | None = None

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes it this message and no other."""
        return (self.rule.key, self.deadline.object_key, self.deadline.occurrence, self.recipient)

    @property
    def order(self) -> tuple[datetime, str, str, int]:
        return (self.at, self.deadline.object_key, self.rule.key, self.recipient)


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
    """The instant (UTC) at which the rule speaks about something due at `due_at`.

    Hours that end on a day off are moved to the same time of the working day before when they are
    counted back, else of the next one: never nearer to the deadline than the rule says.
    """
    if rule.is_hours:
        at = (due_at + timedelta(hours=rule.offset)).astimezone(tz)
        day = at.date()
        if not calendar.is_workday(day):
            off_to = calendar.previous_workday if rule.offset < 0 else calendar.next_workday
            day = off_to(day)
        return datetime.combine(day, at.time(), tzinfo=tz).astimezone(UTC)
    day = send_day(due_at.astimezone(tz).date(), rule.offset, calendar)
    return _instant(day, time(rule.hour, rule.minute), tz)


def due_messages(
    deadlines: Iterable[DeadlineLike],
    rules: Sequence[Rule],
    calendar: WorkCalendar,
    since: datetime,
    until: datetime,
    tz: tzinfo,
    people: Mapping[str, Sequence[int]] | None = None,
) -> list[DueMessage]:
    """Every message that falls into (since, until], in order of time.

    `people`: selectors of the plan's roles and named people → ids; who answers for a deadline and
    who is above them is its own. What was done on the day of the message, or after it fell due to
    be said, is found with that against it; what was done earlier is not found at all. Where
    several steps about one thing meet at one instant for one person, the furthest step speaks for
    all of them.
    """
    by_kind: dict[str, list[Rule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.kind, []).append(rule)
    found: dict[tuple[str, str, int, datetime], DueMessage] = {}
    for deadline in deadlines:
        for rule in by_kind.get(deadline.kind, ()):
            at = send_at(deadline.due_at, rule, calendar, tz)
            if not since < at <= until:
                continue
            against = None
            if deadline.done_at is not None:
                if deadline.done_at.astimezone(tz).date() < at.astimezone(tz).date():
                    continue
                against = Against.done
            for person, selector in recipients(deadline, rule, people or {}):
                place = (deadline.object_key, deadline.occurrence, person, at)
                known = found.get(place)
                if known is None or known.rule.reach < rule.reach:
                    found[place] = DueMessage(at, rule, deadline, person, selector, against)
    return sorted(found.values(), key=lambda message: message.order)


def recipients(
    deadline: DeadlineLike, rule: Rule, people: Mapping[str, Sequence[int]]
) -> list[tuple[int, str]]:
    """Whom the rule speaks to about this deadline, each once, with the selector that named them."""
    named: dict[int, str] = {}
    for selector in rule.to:
        if selector == RESPONSIBLE:
            ids: Sequence[int] = deadline.recipients
        elif selector == ABOVE:
            ids = deadline.escalate_to
        else:
            ids = people.get(selector, ())
        for person in ids:
            named.setdefault(person, selector)
    return list(named.items())


def weighed(messages: Iterable[DueMessage], now: datetime) -> list[DueMessage]:
    """The same messages with what speaks against each, seen at `now`.

    After downtime a step before a deadline that has passed is moot, and of the other steps about
    one thing that falls due only the newest is said to a person; each of the rest says why it was
    not.
    """
    rows = [
        replace(m, against=Against.passed)
        if m.against is None and m.rule.reach < 0 and m.deadline.due_at <= now
        else m
        for m in messages
    ]
    newest: dict[tuple[str, str, str, int], DueMessage] = {}
    for row in rows:
        if row.against is None:
            known = newest.get(_thing(row))
            if known is None or (known.at, known.rule.reach) <= (row.at, row.rule.reach):
                newest[_thing(row)] = row
    return sorted(
        (
            replace(row, against=Against.superseded)
            if row.against is None and newest[_thing(row)].key != row.key
            else row
            for row in rows
        ),
        key=lambda message: message.order,
    )


def _thing(message: DueMessage) -> tuple[str, str, str, int]:
    """What falls due, and whom it is said to."""
    deadline = message.deadline
    return (deadline.kind, deadline.object_key, deadline.occurrence, message.recipient)


def due_spans(
    rules: Iterable[Rule], calendar: WorkCalendar, since: datetime, until: datetime, tz: tzinfo
) -> list[tuple[datetime, datetime]]:
    """First and last instants between which something must fall due for a rule to speak about it
    in (since, until], in order and apart; none where no rule speaks then."""
    spans = []
    for rule in rules:
        span = (
            _span_of_hours(rule, calendar, since, until, tz)
            if rule.is_hours
            else _span_of_days(rule, calendar, since, until, tz)
        )
        if span is not None:
            spans.append(span)
    return merged(spans)


def merged(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans in order, those that overlap made one."""
    apart: list[tuple[datetime, datetime]] = []
    for first, last in sorted(spans):
        if apart and first <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], last))
        else:
            apart.append((first, last))
    return apart


def _span_of_days(
    rule: Rule, calendar: WorkCalendar, since: datetime, until: datetime, tz: tzinfo
) -> tuple[datetime, datetime] | None:
    """A later deadline is never spoken of earlier, so that the days lie side by side."""
    at = time(rule.hour, rule.minute)
    first = since.astimezone(tz).date()
    if _instant(first, at, tz) <= since:
        first += ONE_DAY
    last = until.astimezone(tz).date()
    if _instant(last, at, tz) > until:
        last -= ONE_DAY
    if last < first:
        return None
    begin = calendar.add_workdays(first, -rule.offset)
    while send_day(begin - ONE_DAY, rule.offset, calendar) >= first:
        begin -= ONE_DAY
    while send_day(begin, rule.offset, calendar) < first:
        begin += ONE_DAY
    if send_day(begin, rule.offset, calendar) > last:
        return None
    end = begin
    while send_day(end + ONE_DAY, rule.offset, calendar) <= last:
        end += ONE_DAY
    return _instant(begin, time(), tz), _instant(end, DAY_ENDS, tz)


def _span_of_hours(
    rule: Rule, calendar: WorkCalendar, since: datetime, until: datetime, tz: tzinfo
) -> tuple[datetime, datetime] | None:
    """Wider by the days off on the side from which messages are moved onto working days."""
    if until <= since:
        return None
    hours = timedelta(hours=rule.offset)
    first, last = since, until
    day = (until if rule.offset < 0 else since).astimezone(tz).date()
    step = ONE_DAY if rule.offset < 0 else -ONE_DAY
    beside = day + step
    while not calendar.is_workday(beside):
        beside += step
    if beside != day + step or not calendar.is_workday(day):
        if rule.offset < 0:
            last = _instant(beside - ONE_DAY, DAY_ENDS, tz)
        else:
            first = _instant(beside + ONE_DAY, time(), tz)
    return first - hours, last - hours


def _instant(day: date, at: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=tz).astimezone(UTC)
