"""When a weekly report is due, which weeks need one, and how a report stands.

Due on the last working day of the ISO week at 17:00 in the plan's zone (both editable). A week
without a working day (2026-W08) needs none, and the next one covers both. The first submission
decides whether it was on time; a return does not make it late.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import WorkCalendar, is_away

LAST_WORKDAY = "last_workday"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ExcuseReason = Literal["no_workday", "on_leave"]


class ReportStanding(StrEnum):
    """A cell of the compliance matrix: 准 代 迟 退 缺 稿 待 –, and excused."""

    on_time = "on_time"
    substitute = "substitute"
    late = "late"
    returned = "returned"
    missing = "missing"
    draft = "draft"
    pending = "pending"
    not_due = "not_due"
    excused = "excused"

    @property
    def is_on_time(self) -> bool:
        """Counts as handed in on time: also by a substitute, also when it was sent back later."""
        return self in (
            ReportStanding.on_time,
            ReportStanding.substitute,
            ReportStanding.returned,
        )

    @property
    def is_settled(self) -> bool:
        """Counts as one of the reports that were owed by now."""
        return self.is_on_time or self in (ReportStanding.late, ReportStanding.missing)


@dataclass(frozen=True)
class ExpectedWeek:
    """A week of a task: its deadline (aware UTC), and why no report is owed, if none is."""

    week: IsoWeek
    due_at: datetime | None
    excused: ExcuseReason | None


def due_on(week: IsoWeek, calendar: WorkCalendar, weekday_rule: str = LAST_WORKDAY) -> date | None:
    """The day on which the week's report is due, or None when the week has no working day.

    `weekday_rule` is "last_workday" or an English weekday ("friday"): then the last working day
    up to it, or the first one after it when the days before are off. Raises ValueError otherwise.
    """
    if weekday_rule == LAST_WORKDAY:
        latest = 7
    elif weekday_rule in WEEKDAYS:
        latest = WEEKDAYS.index(weekday_rule) + 1
    else:
        raise ValueError(f"{weekday_rule!r} is no weekday; nor is it {LAST_WORKDAY!r}")
    workdays = [day for day in week.days if calendar.is_workday(day)]
    if not workdays:
        return None
    up_to = [day for day in workdays if day.isoweekday() <= latest]
    return up_to[-1] if up_to else workdays[0]


def due_at(
    week: IsoWeek,
    calendar: WorkCalendar,
    tz: tzinfo,
    hour: int = 17,
    minute: int = 0,
    weekday_rule: str = LAST_WORKDAY,
) -> datetime | None:
    """The deadline as an aware UTC instant; `hour` and `minute` are local to `tz`.

    None when the week has no working day.
    """
    day = due_on(week, calendar, weekday_rule)
    if day is None:
        return None
    return datetime.combine(day, time(hour, minute), tzinfo=tz).astimezone(UTC)


def covered_weeks(week: IsoWeek, calendar: WorkCalendar) -> tuple[IsoWeek, ...]:
    """The weeks that this week's report speaks for, oldest first.

    The week itself and the weeks without a working day directly before it; empty for a week
    without a working day, which needs no report.
    """
    if not _has_workday(week, calendar):
        return ()
    covered = [week]
    while not _has_workday(earlier := covered[0].previous(), calendar):
        covered.insert(0, earlier)
    return tuple(covered)


def owes_in(
    week: IsoWeek, task_start: date, ended_on: date | None, calendar: WorkCalendar
) -> bool:
    """Whether the week lies between the task's first workday and its end (`ended_on`, None while
    it is open)."""
    if ended_on is not None and (ended_on < task_start or week > IsoWeek.of(ended_on)):
        return False
    return week >= IsoWeek.of(calendar.next_workday(task_start))


def expected_week(
    week: IsoWeek,
    due_at: datetime | None,
    task_start: date,
    calendar: WorkCalendar,
    leaves: Sequence[tuple[date, date]] = (),
) -> ExpectedWeek:
    """One week of a task that owes its report in it by `due_at`. `leaves` are the owner's first
    and last days away: who is away on every working day of the task in that week is excused."""
    excused: ExcuseReason | None = None
    if due_at is None:
        excused = "no_workday"
    elif leaves:
        workdays = [d for d in week.days if d >= task_start and calendar.is_workday(d)]
        if workdays and all(is_away(leaves, day) for day in workdays):
            excused = "on_leave"
    return ExpectedWeek(week, due_at, excused)


def expected_weeks(
    task_start: date,
    ended_on: date | None,
    today: date,
    calendar: WorkCalendar,
    leaves: Iterable[tuple[date, date]] = (),
    *,
    tz: tzinfo | None = None,
    hour: int = 17,
    minute: int = 0,
    weekday_rule: str = LAST_WORKDAY,
    due: Callable[[IsoWeek], datetime | None] | None = None,
) -> list[ExpectedWeek]:
    """The weeks from the task's first workday to its end, and no further than today's week.

    `ended_on` is the day on which the task was done, or its finish where only that is asked for;
    None while it is open. `leaves` as for `expected_week`. `tz` defaults to Asia/Shanghai. `due`
    answers a week's deadline where somebody knows it already.
    """
    zone = tz or ZoneInfo("Asia/Shanghai")
    away = tuple(leaves)
    if today < task_start:
        return []
    if due is None:
        due = lambda week: due_at(week, calendar, zone, hour, minute, weekday_rule)  # noqa: E731
    return [
        expected_week(week, due(week), task_start, calendar, away)
        for week in weeks_between(IsoWeek.of(task_start), IsoWeek.of(today))
        if owes_in(week, task_start, ended_on, calendar)
    ]


def standing(
    due_at: datetime | None,
    submitted_at: datetime | None,
    state: str | None,
    now: datetime,
    *,
    opens_at: datetime | None = None,
    is_substitute: bool = False,
    was_returned: bool = False,
    is_excused: bool = False,
) -> ReportStanding:
    """How one report stands at `now`. All instants are aware.

    `submitted_at` is the *first* submission. `state` is the report's (draft, submitted, returned,
    accepted) or None without a report. `opens_at` is when the week begins; before it nothing is
    due yet. A report handed in is judged by that even where none was owed. Late weighs more than
    returned: a report is shown as returned when it was on time.
    """
    if submitted_at is not None:
        if due_at is not None and submitted_at > due_at:
            return ReportStanding.late
        if was_returned or state == "returned":
            return ReportStanding.returned
        return ReportStanding.substitute if is_substitute else ReportStanding.on_time
    if is_excused or due_at is None:
        return ReportStanding.excused
    if now > due_at:
        return ReportStanding.missing
    if state is not None:
        return ReportStanding.draft
    if opens_at is not None and now < opens_at:
        return ReportStanding.not_due
    return ReportStanding.pending


def _has_workday(week: IsoWeek, calendar: WorkCalendar) -> bool:
    return any(calendar.is_workday(day) for day in week.days)
