"""Proposed dates of a new plan, from durations in working days and what must be finished first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from app.plans.workcalendar import WorkCalendar


@dataclass(frozen=True)
class ProposalItem:
    """A thing to be dated: it starts `lag_workdays` after everything in `after` has finished."""

    key: str
    duration_workdays: int
    after: tuple[str, ...] = ()
    lag_workdays: int = 0


def propose_dates(
    items: Sequence[ProposalItem], start: date, calendar: WorkCalendar
) -> list[tuple[date, date]]:
    """First and last day of each item, in the order given.

    An item that waits for nothing begins at the first workday on or after `start`, plus its lag.
    Raises ValueError naming a cycle, an unknown key, or a duration below one day.
    """
    by_key = {item.key: item for item in items}
    for item in items:
        if item.duration_workdays < 1:
            raise ValueError(f"{item.key} must last at least one working day")
        for key in item.after:
            if key not in by_key:
                raise ValueError(f"{item.key} waits for {key}, which does not exist")
    try:
        order = list(TopologicalSorter({i.key: i.after for i in items}).static_order())
    except CycleError as problem:
        raise ValueError("circular: " + " → ".join(reversed(problem.args[1]))) from None
    dated: dict[str, tuple[date, date]] = {}
    for key in order:
        item = by_key[key]
        if item.after:
            ready = max(dated[name][1] for name in item.after)
            first = calendar.add_workdays(calendar.add_workdays(ready, 0), 1 + item.lag_workdays)
        else:
            first = calendar.add_workdays(start, item.lag_workdays)
        dated[key] = (first, calendar.add_workdays(first, item.duration_workdays - 1))
    return [dated[item.key] for item in items]
