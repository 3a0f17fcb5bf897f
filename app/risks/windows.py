"""Windows of responses: when something is to be done, as fixed days or hanging on the plan's dates.

A relative window ("within a month after the training") is kept as such and resolved anew whenever
it is read, so that it follows its anchor. Anchors are *committed* dates, never forecasts: what an
owner expects today must not move what somebody else has promised.

Names of anchors: plan_start, plan_finish, go_live, task_start:<n>, task_finish:<n> and
design_finish:<n>, where a task's design phase ends.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.plans.workcalendar import WorkCalendar

MOST_MONTHS = 36
MOST_WORKDAYS = 500
_ANCHOR = re.compile(r"plan_start|plan_finish|go_live|task_(?:start|finish):[1-9]\d{0,3}")


class WindowKind(StrEnum):
    """What a window hangs on."""

    absolute = "absolute"
    relative = "relative"
    during_task = "during_task"
    design_phase = "design_phase"
    whole_plan = "whole_plan"


@dataclass(frozen=True)
class Window:
    """A span of days. Which fields count depends on the kind:

    absolute: first_on, last_on. relative: from `anchor` plus `offset_workdays`, lasting `months`
    calendar months or `workdays` working days. during_task, design_phase: the task's number.
    Raises ValueError when the fields do not make a window.
    """

    kind: WindowKind
    first_on: date | None = None
    last_on: date | None = None
    anchor: str | None = None
    offset_workdays: int = 0
    months: int | None = None
    workdays: int | None = None
    task: int | None = None

    def __post_init__(self) -> None:
        if self.kind is WindowKind.absolute:
            if self.first_on is None or self.last_on is None:
                raise ValueError("a fixed window has a first and a last day")
            if self.last_on < self.first_on:
                raise ValueError("the last day lies before the first")
        elif self.kind is WindowKind.relative:
            if self.anchor is None or not _ANCHOR.fullmatch(self.anchor):
                raise ValueError(f"unknown anchor {self.anchor!r}")
            if (self.months is None) == (self.workdays is None):
                raise ValueError("a relative window lasts months or working days")
            if not 1 <= (self.months or 1) <= MOST_MONTHS or self.months == 0:
                raise ValueError(f"months are 1 to {MOST_MONTHS}")
            if not 1 <= (self.workdays or 1) <= MOST_WORKDAYS or self.workdays == 0:
                raise ValueError(f"working days are 1 to {MOST_WORKDAYS}")
            if abs(self.offset_workdays) > MOST_WORKDAYS:
                raise ValueError(f"an offset is at most {MOST_WORKDAYS} working days")
        elif self.kind is not WindowKind.whole_plan and (self.task is None or self.task < 1):
            raise ValueError("which task?")

    @property
    def task_number(self) -> int | None:
        """The task that the window hangs on, or None."""
        if self.task is not None:
            return self.task
        _name, _colon, number = (self.anchor or "").partition(":")
        return int(number) if number else None


def resolve(
    window: Window, anchors: Mapping[str, date | None], calendar: WorkCalendar
) -> tuple[date, date] | None:
    """First and last day, or None while an anchor has no date.

    "Within a month after the training" (plan, section 4) runs from the day on which task 2 ends
    to the same day of the next month, or that month's last day where it has no such day.
    """
    match window.kind:
        case WindowKind.absolute:
            first, last = window.first_on, window.last_on
        case WindowKind.whole_plan:
            first, last = anchors.get("plan_start"), anchors.get("plan_finish")
        case WindowKind.during_task:
            first = anchors.get(f"task_start:{window.task}")
            last = anchors.get(f"task_finish:{window.task}")
        case WindowKind.design_phase:
            first = anchors.get(f"task_start:{window.task}")
            last = anchors.get(f"design_finish:{window.task}")
        case WindowKind.relative:
            first = anchors.get(window.anchor or "")
            last = None
            if first is not None:
                if window.offset_workdays:
                    first = calendar.add_workdays(first, window.offset_workdays)
                if window.months is not None:
                    last = add_months(first, window.months)
                else:
                    last = calendar.add_workdays(first, window.workdays or 0)
    if first is None or last is None:
        return None
    return first, max(first, last)


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later, clamped to that month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def to_json(window: Window) -> dict[str, Any]:
    """The window as plain values, what does not count left out."""
    plain: dict[str, Any] = {"kind": window.kind.value}
    for name in ("first_on", "last_on"):
        day = getattr(window, name)
        if day is not None:
            plain[name] = day.isoformat()
    for name in ("anchor", "months", "workdays", "task"):
        value = getattr(window, name)
        if value is not None:
            plain[name] = value
    if window.offset_workdays:
        plain["offset_workdays"] = window.offset_workdays
    return plain


def from_json(plain: Mapping[str, Any] | None) -> Window | None:
    """The window written by `to_json` or by a plan's template; None stays None.

    Raises ValueError on anything else.
    """
    if not plain:
        return None
    known = {"kind", "first_on", "last_on", "anchor", "offset_workdays", "months", "workdays",
             "task"}  # fmt: skip
    if not known.issuperset(plain):
        raise ValueError(f"unknown part of a window: {sorted(set(plain) - known)}")
    for name in ("offset_workdays", "months", "workdays", "task"):
        value = plain.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError(f"{name} is a whole number")
    try:
        days = {
            name: date.fromisoformat(plain[name])
            for name in ("first_on", "last_on")
            if plain.get(name)
        }
    except TypeError:
        raise ValueError("a day is written like 2026-03-31") from None
    return Window(
        kind=WindowKind(plain.get("kind", "relative")),
        first_on=days.get("first_on"),
        last_on=days.get("last_on"),
        anchor=plain.get("anchor"),
        offset_workdays=plain.get("offset_workdays") or 0,
        months=plain.get("months"),
        workdays=plain.get("workdays"),
        task=plain.get("task"),
    )
