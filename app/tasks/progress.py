"""How far a task should be, how far it is, and when it will be finished at this pace.

Everything is counted in working days of the one calendar (PMI, Practice Standard for Earned Value
Management: SPI = earned value / planned value).
"""

import math
from collections.abc import Iterable
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar

# Working days of about ten years.
MOST_AHEAD = 2_500


def planned_percent(start: date, finish: date, day: date, calendar: WorkCalendar) -> float:
    """The share (0–100) that the calendar says should be done by the end of `day`, linear over
    the working days from `start` to `finish`. Raises ValueError when finish < start."""
    if finish < start:
        raise ValueError("finish lies before start")
    if day < start:
        return 0.0
    if day >= finish:
        return 100.0
    whole = calendar.workdays_in(start, finish)
    return 100.0 * calendar.workdays_in(start, day) / whole if whole else 100.0


def spi(actual_percent: float, planned: float) -> float | None:
    """Schedule performance index; None while nothing is planned yet."""
    return actual_percent / planned if planned > 0 else None


def forecast_finish(
    start: date, finish: date, percent: int, today: date, calendar: WorkCalendar
) -> date:
    """The finish that follows from progress so far, never before today while work is left.

    At p percent after d working days the whole takes d·100/p. Before the start, and with nothing
    done yet, the committed length still counts, moved to begin no earlier than today.
    """
    if percent >= 100:
        return finish
    length = max(calendar.workdays_in(start, finish), 1)
    if today < start:
        return finish
    if percent <= 0:
        moved = calendar.add_workdays(max(start, today), length - 1)
        return max(finish, moved)
    spent = max(calendar.workdays_in(start, today), 1)
    left = math.ceil(round(spent * (100 - percent) / percent, 6))
    return calendar.add_workdays(calendar.previous_workday(today), left)


def pace_finish(
    start: date, finish: date, percent: int, today: date, calendar: WorkCalendar
) -> date | None:
    """The finish that follows from the pace so far; None before the start, with nothing done yet
    and with all done, and where it lies more than MOST_AHEAD away: that is no pace. As the planned
    value, the pace is that of yesterday evening: today's work is not over."""
    if not 0 < percent < 100 or start > today:
        return None
    yesterday = today - timedelta(days=1)
    if calendar.workdays_in(start, yesterday) * (100 - percent) / percent > MOST_AHEAD:
        return None
    return max(forecast_finish(start, finish, percent, yesterday, calendar), today)


def days_late(baseline_finish: date, forecast: date, calendar: WorkCalendar) -> int:
    """Working days that the forecast lies after the baseline; negative when earlier."""
    return calendar.workdays_between(baseline_finish, forecast)


def half_up(value: float, digits: int = 0) -> float:
    """`value` (not negative) rounded as people and worksheets round: a half goes up. Python's
    `round` would make 12.5 a 12, and a workbook that counts for itself comes to 13."""
    scale: int = 10**digits
    # A half as people read it must not fail by the error of a division.
    return math.floor(value * scale + 0.5 + 1e-9) / scale


def weighted_percent(parts: Iterable[tuple[float, float]]) -> float:
    """The mean of (weight, percent) pairs; 0 when nothing has weight."""
    pairs = list(parts)
    weight = sum(w for w, _p in pairs)
    return sum(w * p for w, p in pairs) / weight if weight else 0.0
