"""Earned value: how far the plan is against its baseline, in work and in money.

PMI, The Standard for Earned Value Management (2019; before it the Practice Standard, 2nd edition
2011) and ISO 21508:2018, Earned value management in project and programme management: planned value
(PV), earned value (EV), actual cost (AC), budget at completion (BAC), SPI = EV / PV, CPI = EV / AC,
estimate at completion (EAC) = BAC / CPI.

There are two bases. Work is measured in weight: every task has one. Money is measured in cents, and
only where a task has a budget. The two are never added: `total` refuses it. What cannot be said
(nothing planned yet, no cost booked) is None and never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.plans.workcalendar import WorkCalendar
from app.tasks.progress import planned_percent

WEEK = timedelta(weeks=1)
# A curve of more points than this looks no different.
MOST_POINTS = 120


class Unit(StrEnum):
    """What a value is counted in."""

    weight = "weight"
    cents = "cents"


@dataclass(frozen=True)
class Earned:
    """Values of a task or of several in one unit. `budget` is the BAC; `actual` is None where no
    cost is booked. `costed` is the part of `earned` that has been paid for: the EV of whatever has
    a cost, so that CPI compares the same work on both sides; `estimate` is the EAC, None where
    nothing can be said."""

    unit: Unit
    budget: float
    planned: float
    earned: float
    actual: float | None = None
    costed: float = 0.0
    estimate: float | None = None

    @property
    def spi(self) -> float | None:
        """EV / PV; None while nothing is planned yet. Above 1 is ahead."""
        return self.earned / self.planned if self.planned > 0 else None

    @property
    def cpi(self) -> float | None:
        """EV / AC; None while no cost is booked. Above 1 is cheaper than planned."""
        return self.costed / self.actual if self.actual else None

    @property
    def planned_percent(self) -> float | None:
        """PV as a share (0–100) of the whole; None without weight or budget."""
        return 100 * self.planned / self.budget if self.budget else None

    @property
    def earned_percent(self) -> float | None:
        """EV as a share (0–100) of the whole; None without weight or budget."""
        return 100 * self.earned / self.budget if self.budget else None


def work_of(
    weight: int, percent: int, baseline: tuple[date, date], day: date, calendar: WorkCalendar
) -> Earned:
    """A task measured by its weight at the end of `day`."""
    return Earned(
        unit=Unit.weight,
        budget=weight,
        planned=weight * planned_percent(*baseline, day, calendar) / 100,
        earned=weight * percent / 100,
    )


def money_of(
    budget: int,
    actual: int,
    percent: int,
    baseline: tuple[date, date],
    day: date,
    calendar: WorkCalendar,
) -> Earned | None:
    """A task measured by its money at the end of `day`, all in cents; None without a budget.

    PV and EV spread the budget as the work: linear over the baseline's working days, and by the
    percentage done. An `actual` of 0 means that no cost is booked. EAC = BAC / CPI, that is, the
    rest will cost as what is done has cost; None while no cost is booked or nothing is earned.
    """
    if budget <= 0:
        return None
    earned = budget * percent / 100
    return Earned(
        unit=Unit.cents,
        budget=budget,
        planned=budget * planned_percent(*baseline, day, calendar) / 100,
        earned=earned,
        actual=actual or None,
        costed=earned if actual else 0.0,
        estimate=budget * actual / earned if actual and earned else None,
    )


def total(parts: Iterable[Earned]) -> Earned | None:
    """All parts together; None without any. Raises ValueError where weight and money would be
    added.

    CPI covers the parts with cost alone. A part of whose cost nothing can be said yet is expected
    to cost its budget (or what it has cost, when that is more); the EAC of a whole without any cost
    is None.
    """
    rows = list(parts)
    if not rows:
        return None
    units = {row.unit for row in rows}
    if len(units) > 1:
        raise ValueError("weight and money cannot be added")
    actual = [row.actual for row in rows if row.actual is not None]
    estimate = sum(
        row.estimate if row.estimate is not None else max(row.budget, row.actual or 0)
        for row in rows
    )
    return Earned(
        unit=units.pop(),
        budget=sum(row.budget for row in rows),
        planned=sum(row.planned for row in rows),
        earned=sum(row.earned for row in rows),
        actual=sum(actual) if actual else None,
        costed=sum(row.costed for row in rows),
        estimate=estimate if actual else None,
    )


@dataclass(frozen=True)
class Change:
    """A task's percentage was changed on a day: what it was before."""

    on: date
    before: int


def percent_at(day: date, now: int, changes: Sequence[Change]) -> int:
    """How far a task was at the end of `day`. `changes` in the order they were made; `now` is what
    they led to."""
    return next((change.before for change in changes if change.on > day), now)


@dataclass(frozen=True)
class Share:
    """What a curve is drawn from: a task's weight, its baseline, how far it is and was."""

    weight: int
    baseline: tuple[date, date]
    percent: int
    changes: tuple[Change, ...] = ()


def weeks_between(first: date, last: date) -> list[date]:
    """Sundays from the one before `first` to the one on or after `last`, at most MOST_POINTS or so:
    with more weeks, every second (third, …) one."""
    sunday = first - timedelta(days=first.isoweekday())
    days = [sunday]
    while days[-1] < last:
        days.append(days[-1] + WEEK)
    kept = days[:: 1 + len(days) // MOST_POINTS] if len(days) > MOST_POINTS else days
    return kept if kept[-1] == days[-1] else [*kept, days[-1]]


def planned_curve(
    shares: Sequence[Share], days: Iterable[date], calendar: WorkCalendar
) -> list[tuple[date, float]]:
    """PV at the end of each day, as a share (0–100) of all weight; [] where nothing has any."""
    whole = sum(share.weight for share in shares)
    if not whole:
        return []
    return [
        (day, sum(s.weight * planned_percent(*s.baseline, day, calendar) for s in shares) / whole)
        for day in days
    ]


def earned_curve(shares: Sequence[Share], days: Iterable[date]) -> list[tuple[date, float]]:
    """EV at the end of each day, as a share (0–100) of all weight, from what was recorded then;
    weights are today's. [] where nothing has any."""
    whole = sum(share.weight for share in shares)
    if not whole:
        return []
    return [
        (day, sum(s.weight * percent_at(day, s.percent, s.changes) for s in shares) / whole)
        for day in days
    ]
