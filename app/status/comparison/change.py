"""One difference between two states of a plan, as a plain fact, and how facts are ordered.

Rows are matched by id, so that what was renumbered or renamed is still the same. Every difference
has an exact opposite: with the states exchanged, old and new are exchanged too.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from app.core.lights import Light
from app.core.localtext import LocalText


class State(Protocol):
    """The parts of `status.state.PlanState` that are compared; named here, for this room knows no
    database."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def plan(self) -> Any: ...
    @property
    def tasks(self) -> Any: ...
    @property
    def risks(self) -> Any: ...
    @property
    def reports(self) -> Any: ...
    @property
    def monitoring(self) -> Any: ...
    @property
    def comms(self) -> Any: ...
    @property
    def light(self) -> Light: ...
    @property
    def findings(self) -> tuple[Any, ...]: ...
    @property
    def left_out(self) -> tuple[str, ...]: ...


class About(StrEnum):
    """What a change is about, in the order of the plan's sections."""

    plan = "plan"
    task = "task"
    milestone = "milestone"
    money = "money"
    action = "action"
    risk = "risk"
    response = "response"
    signature = "signature"
    report = "report"
    promise = "promise"
    problem = "problem"
    indicator = "indicator"
    meeting = "meeting"


class Kind(StrEnum):
    """An object came, went, or has another value in a field."""

    new = "new"
    gone = "gone"
    changed = "changed"


class Weight(IntEnum):
    """How much a change matters to the whole; lower comes first. From `detail` on it matters to
    whoever does the work, not to the plan."""

    plan_light = 0
    plan = 1
    red = 2
    amber = 3
    better = 4
    date = 5
    finished = 6
    expected = 7
    risk = 8
    measured = 9
    money = 10
    decided = 11
    rate = 12
    kept_back = 13
    detail = 20
    progress = 21
    words = 22


@dataclass(frozen=True)
class Change:
    """One difference.

    field: the name of what differs, empty where the object itself came or went. part: what of the
    field, such as a week. old and new: plain values, None for nothing. path: the page of the app
    that shows it. at: when it happened, where the states know. facts: what the sentence needs
    besides, by name; pairs are (before, after).
    """

    kind: Kind
    about: About
    object_id: int | None
    number: int | str | None
    title: LocalText | str
    field: str
    old: Any
    new: Any
    weight: Weight
    path: str
    at: datetime | None = None
    part: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> tuple[About, int | None, str, str]:
        """What the change is of: two changes with one key tell of the same thing."""
        return self.about, self.object_id, self.field, self.part


@dataclass(frozen=True)
class Thing:
    """What changes are of; makes them."""

    about: About
    id: int | None
    number: int | str | None
    title: LocalText | str
    path: str

    def change(
        self, name: str, old: Any, new: Any, weight: Weight, *,
        at: datetime | None = None, part: str = "", **facts: Any,
    ) -> Iterator[Change]:  # fmt: skip
        """The change of a field; nothing where it is the same."""
        if old != new:
            yield Change(Kind.changed, self.about, self.id, self.number, self.title, name, old, new,
                         weight, self.path, at, part, facts)  # fmt: skip

    def came_or_went(
        self, is_new: bool, weight: Weight, at: datetime | None = None, **facts: Any
    ) -> Iterator[Change]:
        """The change of an object that stands on one side only; `at`: when it came."""
        old, new = (None, self.title) if is_new else (self.title, None)
        yield Change(Kind.new if is_new else Kind.gone, self.about, self.id, self.number,
                     self.title, "", old, new, weight, self.path, at if is_new else None,
                     facts=facts)  # fmt: skip


def most_important(changes: Iterable[Change], most: int) -> tuple[Change, ...]:
    """The first `most` of the changes by weight; among equals in the order of the sections."""
    order = list(About)
    return tuple(sorted(changes, key=lambda c: (c.weight, order.index(c.about)))[:most])


def pairs(before: Iterable[Any], after: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """(was, is) by id, None for the side on which there is none; in the order of `after`, then
    what is gone."""
    old = {row.id: row for row in before}
    new = {row.id: row for row in after}
    for key, row in new.items():
        yield old.get(key), row
    for key, row in old.items():
        if key not in new:
            yield row, None


def _turned(new: Light | None) -> Weight:
    return {Light.red: Weight.red, Light.amber: Weight.amber}.get(new or Light.grey, Weight.better)


def findings_about(state: State, kind: str) -> dict[int, Any]:
    """The findings about objects of one kind, by the object's id."""
    return {f.object_id: f for f in state.findings if f.kind == kind}


def light_changes(thing: Thing, was: Any, now: Any) -> Iterator[Change]:
    """A light that turned, or that has another reason than before while it is red or amber."""
    old, new = (None if f is None else f.light for f in (was, now))
    before, after = (None if f is None else f.rule_key for f in (was, now))
    rules = (before, after)
    yield from thing.change("light", old, new, _turned(new), rules=rules)
    if old == new and old in (Light.red, Light.amber):
        yield from thing.change("reason", before, after, _turned(new), light=new)
