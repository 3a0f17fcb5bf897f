"""When a status pack goes out: in a rhythm on the working calendar, never on a day off.

Pure. A rhythm names days; where one of them is off, the pack goes out on the working day before.
Two named days with no working day between them are one sending.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.plans.workcalendar import WorkCalendar

ONE_DAY = timedelta(days=1)


class Cadence(StrEnum):
    """How often: once a week, or at the end of each month."""

    weekly = "weekly"
    monthly = "monthly"


@dataclass(frozen=True)
class Rhythm:
    """Weekly on `weekday` (0 = Monday … 6), or on the last working day of each month, where the
    weekday says nothing; `at` is local."""

    cadence: Cadence
    weekday: int
    at: time


@dataclass(frozen=True)
class Slot:
    """One sending. at: the instant (UTC). on: its day, a working one. meant_on: the day that the
    rhythm names, which is later where it is off."""

    at: datetime
    on: date
    meant_on: date


def next_slot(rhythm: Rhythm, calendar: WorkCalendar, tz: tzinfo, after: datetime) -> Slot:
    """The first sending after the instant."""
    day = calendar.next_workday(after.astimezone(tz).date())
    while True:
        slot = slot_on(rhythm, calendar, tz, day)
        if slot is not None and slot.at > after:
            return slot
        day = calendar.next_workday(day + ONE_DAY)


def newest_slot(rhythm: Rhythm, calendar: WorkCalendar, tz: tzinfo, until: datetime) -> Slot:
    """The last sending at or before the instant."""
    day = calendar.previous_workday(until.astimezone(tz).date())
    while True:
        slot = slot_on(rhythm, calendar, tz, day)
        if slot is not None and slot.at <= until:
            return slot
        day = calendar.previous_workday(day - ONE_DAY)


def slot_on(rhythm: Rhythm, calendar: WorkCalendar, tz: tzinfo, day: date) -> Slot | None:
    """The sending of a working day, if it has one: the day is named itself, or one of the days off
    that follow it is."""
    for named in _until_next_workday(day, calendar):
        if _is_named(rhythm, named, calendar):
            at = datetime.combine(day, rhythm.at, tzinfo=tz).astimezone(UTC)
            return Slot(at, day, named)
    return None


def _until_next_workday(day: date, calendar: WorkCalendar) -> Iterator[date]:
    """The day and the days off after it."""
    yield day
    day += ONE_DAY
    while not calendar.is_workday(day):
        yield day
        day += ONE_DAY


def _is_named(rhythm: Rhythm, day: date, calendar: WorkCalendar) -> bool:
    if rhythm.cadence is Cadence.monthly:
        return (day + ONE_DAY).day == 1
    # A week that is off as a whole has nothing to report; the next pack covers it.
    iso = day.isocalendar()
    return (
        day.weekday() == rhythm.weekday
        and calendar.last_workday_of_week(iso.year, iso.week) is not None
    )
