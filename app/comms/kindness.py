"""When a mail is welcome: quiet hours, days off, leave and hand-over, many mails made one.

Pure. What a person sees in the app is there at once; these rules are for what comes to them. A
mail that has to wait is looked at again when its turn comes, and not sent if it is needless then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from app.comms.due import DueMessage
from app.plans.workcalendar import WorkCalendar

ONE_DAY = timedelta(days=1)
# When mail that waited for another day leaves: with the reminders of that morning, so that it
# joins them.
MORNING = time(9, 7)
EVERY_DAY = frozenset(range(7))

# First day, last day, who stands in.
Away = tuple[date, date, int | None]


@dataclass(frozen=True)
class Habits:
    """How one person wants mail. `days`: weekdays, 0 = Monday. Quiet hours may pass midnight; none
    where both ends are equal. `daily`: the time of the one mail a day, None for several."""

    has_mail: bool = True
    is_together: bool = True
    daily: time | None = None
    days: frozenset[int] = EVERY_DAY
    quiet_from: time = time(20)
    quiet_until: time = time(7, 30)


USUAL = Habits()


def welcome_at(
    at: datetime, habits: Habits, calendar: WorkCalendar, tz: tzinfo, away: Sequence[Away] = ()
) -> datetime:
    """The first instant (UTC), not before `at`, at which a mail may come to this person.

    A working day of the calendar that is one of the person's weekdays and none of their leave, and
    outside quiet hours; with one mail a day at that time alone. A person without any weekday gets
    none earlier than a year on, which is as good as never.
    """
    local = at.astimezone(tz)
    if _is_welcome_on(local.date(), habits, calendar, away):
        moved = _in_the_day(local.time(), habits)
        if moved is not None:
            return at if moved == local.time() else _instant(local.date(), moved, tz)
    day = local.date()
    for _day in range(366):
        day += ONE_DAY
        if _is_welcome_on(day, habits, calendar, away):
            return _instant(day, _begin_of_day(habits), tz)
    return _instant(day, _begin_of_day(habits), tz)


def bundle_of(person_id: int, at: datetime, welcome: datetime, habits: Habits) -> str | None:
    """The name under which mails of one person leave as one, None for a mail of its own.

    `at`: when it was to be said; what was held back is always gathered.
    """
    if not habits.is_together and habits.daily is None and welcome == at:
        return None
    return f"p{person_id}:{welcome.astimezone(UTC):%Y%m%dT%H%M}"


def handed_over(
    messages: Iterable[DueMessage],
    leaves: Mapping[int, Sequence[Away]],
    readers: Mapping[int, Collection[str]],
    tz: tzinfo,
) -> list[DueMessage]:
    """The messages, those of people on leave given to whoever stands in and may be told of such a
    thing; nobody is told one thing twice because of it.

    `readers`: who takes part in the plan → the kinds of things that they may be told of.
    """
    given: dict[tuple[str, str, str, int], DueMessage] = {}
    for message in messages:
        on = message.at.astimezone(tz).date()
        substitute = stand_in(leaves.get(message.recipient, ()), on)
        if substitute is not None and message.rule.kind in readers.get(substitute, ()):
            message = replace(message, recipient=substitute, stands_in_for=message.recipient)
        held = given.get(message.key)
        if held is None or (held.stands_in_for is not None and message.stands_in_for is None):
            given[message.key] = message
    return sorted(given.values(), key=lambda message: message.order)


def stand_in(leaves: Iterable[Away], on: date) -> int | None:
    """Who stands in on that day, None when the person is there or nobody does."""
    for first, last, substitute in leaves:
        if first <= on <= last:
            return substitute
    return None


def is_quiet(at: time, habits: Habits) -> bool:
    """Whether the local time lies in the person's quiet hours."""
    begin, end = habits.quiet_from, habits.quiet_until
    if begin <= end:
        return begin <= at < end
    return at >= begin or at < end


def _is_welcome_on(
    day: date, habits: Habits, calendar: WorkCalendar, away: Sequence[Away]
) -> bool:
    return (
        day.weekday() in habits.days
        and calendar.is_workday(day)
        and not any(first <= day <= last for first, last, _who in away)
    )


def _in_the_day(at: time, habits: Habits) -> time | None:
    """The first welcome time of the day that is not before `at`; None when there is none left."""
    if habits.daily is not None:
        return habits.daily if at <= habits.daily else None
    if not is_quiet(at, habits):
        return at
    end = habits.quiet_until
    return end if at < end else None


def _begin_of_day(habits: Habits) -> time:
    """When mail that waited for another day comes: in the morning, or as soon as it may."""
    # Whose quiet hours leave but the first minutes of the day gets it then.
    return _in_the_day(habits.daily or MORNING, habits) or _in_the_day(time(), habits) or MORNING


def _instant(day: date, at: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=tz).astimezone(UTC)
