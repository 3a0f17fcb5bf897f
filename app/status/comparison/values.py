"""What a change is of and what its values are, in words: for sentences and for cells of a sheet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.comms.models import MeetingState
from app.core.formats import clock_time, day_plain, money, percent, words
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.text import shortened
from app.plans.models import PlanPhase
from app.reports.indicator_words import period_name, show_value
from app.reports.models import Direction, Outcome, ProblemState
from app.reports.promises import kept_percent
from app.risks.models import ResponseState
from app.status.comparison.change import About, Change
from app.status.sheets.report_words import standing_words
from app.tasks.models import ActionState, TaskState

# Words of people within a sentence are cut to so many characters.
LONGEST = 120

# How changes are grouped on pages, in the order of the groups.
GROUPS: tuple[tuple[Any, frozenset[About]], ...] = (
    (_l("The plan as a whole"), frozenset({About.plan})),
    (_l("Tasks"), frozenset({About.task, About.milestone})),
    (_l("Risks"), frozenset({About.risk, About.response, About.signature})),
    (_l("Indicators"), frozenset({About.indicator})),
    (_l("Money"), frozenset({About.money})),
    (_l("Weekly reports and promises"), frozenset({About.report, About.promise})),
    (_l("Problems and action items"), frozenset({About.problem, About.action})),
    (_l("Meetings and decisions"), frozenset({About.meeting})),
)


@dataclass(frozen=True)
class Names:
    """People and departments by id: what turns a change's ids into words."""

    people: Mapping[int, str]
    departments: Mapping[int, LocalText]

    def person(self, person_id: int | None) -> str:
        return self.people.get(person_id, "–") if person_id else _("nobody yet")

    def department(self, department_id: int | None) -> str:
        if department_id is None:
            return _("the project manager")
        return words(self.departments.get(department_id)) or "–"


def grouped(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """The changes by group, those without any left out."""
    rows = list(changes)
    found = [(str(label), [c for c in rows if c.about in abouts]) for label, abouts in GROUPS]
    return [(label, group) for label, group in found if group]


def group_name(change: Change) -> str:
    """The name of the group that a change stands in."""
    return next(str(label) for label, abouts in GROUPS if change.about in abouts)


def place(change: Change, names: Names) -> str:
    """Where in the plan a change is, shortly: Task 4, Risk 2, Action item A-3, Weekly reports."""
    about, number = change.about, change.number
    if about is About.signature:
        return names.department(change.object_id)
    if about in (About.risk, About.response):
        return _("Risk %(number)s", number=number)
    if about is About.milestone:
        return _("Milestone %(number)s", number=number)
    if about is About.problem:
        return _("Problem %(number)s", number=number)
    if about is About.action:
        return _("Action item %(number)s", number=number)
    if about in (About.task, About.report, About.promise) and number is not None:
        return _("Task %(number)s", number=number)
    return {About.plan: _("The plan"), About.report: _("Weekly reports"), About.money: _("Money"),
            About.indicator: _("Indicators")}.get(about, _("Meetings"))  # fmt: skip


def lead(change: Change, names: Names) -> str:
    """What the change is of, as a sentence begins: Task 4 “Training”, Money for training."""
    title = words(change.title)
    if change.about is About.response:
        return _("Response “%(title)s” to risk %(number)s", number=change.number, title=title)
    if change.about is About.promise:
        return _("Task %(number)s: “%(text)s”", number=change.number,
                 text=shortened(title, LONGEST))  # fmt: skip
    if change.about is About.money:
        return _("The whole plan") if change.object_id is None else title
    if change.about in (About.indicator, About.meeting):
        return _("“%(title)s”", title=title)
    where = place(change, names)
    if change.about in (About.plan, About.report, About.signature):
        return where
    return _("%(where)s “%(title)s”", where=where, title=title)


# Why a light is as it is, from the key of the rule that fired.
RULES: dict[str, Any] = {
    "late_red": _l("it is expected too long after its baseline"),
    "late_amber": _l("it is expected after its baseline"),
    "spi_red": _l("far less is done than was planned by now"),
    "spi_amber": _l("less is done than was planned by now"),
    "done": _l("it is finished"),
    "not_started": _l("it has not begun and need not have"),
    "on_schedule": _l("it is as planned"),
    "no_target": _l("no target is set"),
    "not_measured": _l("there is no value"),
    "not_enough_answers": _l("there are too few answers to judge"),
    "whole_population_reaches": _l("the target is reached"),
    "whole_population_misses": _l("the target is missed"),
    "value_reaches": _l("the target is reached"),
    "value_misses": _l("the target is missed"),
    "interval_reaches": _l("the target is reached"),
    "interval_misses": _l("the target is missed"),
    "interval_undecided": _l("it is not sure whether the target is reached"),
}


def shown(change: Change, value: Any, names: Names) -> str:
    """The old or new value of a change in words; a dash for nothing."""
    if value is None or value == ():
        return "–"
    write = VALUES.get((change.about, change.field)) or VALUES_OF_ANY.get(change.field)
    if write:
        return str(write(value, names))
    if isinstance(value, bool):
        return _("overdue") if value else _("not overdue")
    if isinstance(value, Light):
        return str(value.label)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day_plain(value)
    if change.field.endswith("_cents"):
        return _("%(sum)s yuan", sum=money(value))
    return words(value)


def moment(value: datetime) -> str:
    """A day with its time."""
    return f"{day_plain(value)} {clock_time(value)}"


def _rate(value: tuple[int, int], _names: Names) -> str:
    """So many of so many, with the percent; a dash while there is nothing to count."""
    share = kept_percent(*value)
    if share is None:
        return "–"
    return _("%(count)s (%(share)s)", count=f"{value[0]} / {value[1]}", share=percent(share))


def measured_value(value: tuple[Any, ...]) -> str:
    """An indicator's value: 8 / 8 where everybody was counted, else with its unit."""
    _period, number, unit, good, sample = value
    return f"{good} / {sample}" if good is not None else show_value(number, unit)


def _value(value: tuple[Any, ...], _names: Names) -> str:
    """The same with its period."""
    return _("%(period)s: %(value)s", period=period_name(value[0]), value=measured_value(value))


def target_words(value: tuple[str, float] | None, unit: str) -> str:
    """An indicator's target: ≥ 90%."""
    if value is None:
        return _("not set yet")
    sign = "≥" if value[0] == Direction.at_least else "≤"
    return f"{sign} {show_value(value[1], unit)}"


# How the values of a field are said.
VALUES: dict[tuple[About, str], Callable[[Any, Names], Any]] = {
    (About.plan, "phase"): lambda v, n: PlanPhase(v).label,
    (About.plan, "approval"): lambda v, n: {
        "none": _("not approved"), "current": _("approved"),
        "changed": _("changed since it was approved")}[v],
    (About.plan, "manager_ids"): lambda v, n: _(", ").join(n.person(key) for key in v),
    (About.task, "state"): lambda v, n: TaskState(v).label,
    (About.action, "state"): lambda v, n: ActionState(v).label,
    (About.problem, "state"): lambda v, n: ProblemState(v).label,
    (About.response, "state"): lambda v, n: ResponseState(v).label,
    (About.meeting, "state"): lambda v, n: MeetingState(v).label,
    (About.meeting, "decisions"): lambda v, n: "\n".join(v),
    (About.promise, "outcome"): lambda v, n: Outcome(v).label,
    (About.response, "is_window_passed"): lambda v, n: (
        _("window passed") if v else _("window not over")),
    (About.signature, "is_changed_since"): lambda v, n: (
        _("changed since") if v else _("as it was signed")),
    (About.report, "standing"): lambda v, n: standing_words().get(v, "–"),
    (About.report, "on_time"): _rate,
    (About.report, "kept"): _rate,
    (About.indicator, "latest"): _value,
}  # fmt: skip
VALUES_OF_ANY: dict[str, Callable[[Any, Names], Any]] = {
    "owner_id": lambda v, n: n.person(v),
    "department_id": lambda v, n: n.department(v),
    "percent": lambda v, n: percent(v),
    "reason": lambda v, n: RULES.get(v, "–"),
}
