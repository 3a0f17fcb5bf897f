"""The workbook's sheets: one declaration that export, reading, lists and preview all follow.

A column says what it holds, who may read it (an entry of the reading matrix) and when it may be
written; that a person may write this very row is the use case's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.i18n import LANGUAGES, in_language
from app.exchange.cells import Kind, fold
from app.tasks.models import (
    ActionState,
    LinkKind,
    OffDay,
    ResourceKind,
    ResourceSource,
    ResourceState,
    TaskState,
)

ID = "id"
HIDDEN_SHEET = "_yingbin"
LISTS_SHEET = "_lists"
NO_NEW_TASK = _l("A task cannot be added here, only steps and milestones under one.")
# Prefix of the hidden names that follow a sheet when somebody renames it.
NAME_PREFIX = "_yingbin_"


class Write(StrEnum):
    """When a column's cells may be written."""

    always = "always"
    new = "new"  # only in a row that is added
    never = "never"


class RowKind(StrEnum):
    """What a line of the sheet of tasks is."""

    task = "task"
    step = "step"
    milestone = "milestone"

    @property
    def label(self) -> Any:
        return {
            "task": lazy_pgettext("row", "task"), "step": lazy_pgettext("row", "step"),
            "milestone": lazy_pgettext("row", "milestone"),
        }[self.value]  # fmt: skip


class RiskRating(StrEnum):
    """1 to 5, as the plan itself writes its 高 and 中."""

    r1, r2, r3, r4, r5 = "1", "2", "3", "4", "5"

    @property
    def label(self) -> str:
        return self.value


@dataclass(frozen=True)
class Column:
    """key: of the value. width: in characters. choices: an enum with labels. refers: person,
    department, task or item (a task or a step). of: the kinds of rows that have it, empty = all.
    is_required: in every row; is_always: in every row that stands, though a new one may leave it.
    """

    key: str
    label: Any
    kind: Kind = Kind.line
    write: Write = Write.always
    width: int = 12
    is_required: bool = False
    choices: type[StrEnum] | None = None
    refers: str = ""
    of: frozenset[str] = frozenset()
    is_always: bool = False


@dataclass(frozen=True)
class SheetKind:
    """prefixes: kinds of rows that stand in it, by the words that their ids begin with; the first
    is what an added row becomes. reads: what of the reading matrix opens the sheet."""

    key: str
    title: Any
    prefixes: tuple[str, ...]
    reads: tuple[str, str]
    columns: tuple[Column, ...]
    no_removing: Any = None

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


TASKS = frozenset({"task"})
STEPS = frozenset({"step"})
_never, _new = Write.never, Write.new

SHEETS: tuple[SheetKind, ...] = (
    SheetKind(
        "tasks", _l("Tasks"), ("step", "task"), ("task", "schedule"),
        (
            Column("number", _l("No."), write=_never, width=6),
            Column("row_kind", _l("Kind"), Kind.choice, width=9, is_required=True,
                   choices=RowKind),
            Column("task", _l("Under task"), Kind.ref, _new, width=18, refers="task", of=STEPS,
                   is_required=True),
            Column("title", _l("Title"), width=34, is_required=True),
            Column("owner", _l("Owner"), Kind.ref, width=12, refers="person", of=TASKS),
            Column("department", _l("Department"), Kind.ref, width=14, refers="department",
                   of=TASKS),
            Column("start_on", _l("First day"), Kind.day, width=12, is_required=True),
            Column("finish_on", _l("Last day"), Kind.day, width=12, is_required=True),
            Column("workdays", _l("Working days"), Kind.whole, _never, width=9),
            Column("percent", _l("Progress"), Kind.percent, width=9, is_always=True),
            Column("state", _l("State"), Kind.choice, width=10, choices=TaskState, of=TASKS,
                   is_always=True),
            Column("forecast_on", _l("Expected finish"), Kind.day, width=12, of=TASKS),
            Column("done_on", _l("Finished on"), Kind.day, width=12, of=TASKS),
            Column("weight", _l("Weight"), Kind.whole, width=7, of=TASKS, is_always=True),
            Column("baseline_start_on", _l("First day in the baseline"), Kind.day, _never, 12),
            Column("baseline_finish_on", _l("Last day in the baseline"), Kind.day, _never, 12),
            Column("not_before_on", _l("Start no earlier"), Kind.day, width=12),
            Column("not_after_on", _l("Finish no later"), Kind.day, width=12),
            Column("is_fixed", _l("Fixed"), Kind.yes_no, width=8, is_always=True),
            Column("off_day", _l("On a day off"), Kind.choice, width=16, choices=OffDay,
                   is_always=True),
            Column("description", _l("Description"), Kind.text, width=40, of=TASKS),
        ),
        no_removing=_l("A task cannot be removed by leaving its row out."),
    ),
    SheetKind(
        "links", _l("Dependencies"), ("link",), ("task", "schedule"),
        (
            Column("before", lazy_pgettext("link end", "First"), Kind.ref, _new, 36, True,
                   refers="item"),
            Column("after", lazy_pgettext("link end", "Then"), Kind.ref, _new, 36, True,
                   refers="item"),
            Column("kind", _l("How it waits"), Kind.choice, width=24, is_required=True,
                   choices=LinkKind),
            Column("lag", _l("Lag in working days"), Kind.whole, width=12, is_always=True),
        ),
    ),
    SheetKind(
        "resources", _l("Resources"), ("resource",), ("resource", "row"),
        (
            Column("task", _l("Task"), Kind.ref, _new, 26, True, refers="task"),
            Column("kind", _l("Kind"), Kind.choice, width=10, is_required=True,
                   choices=ResourceKind),
            Column("title", _l("What is needed"), width=34, is_required=True),
            Column("quantity", _l("How much"), width=14),
            Column("source", _l("From where"), Kind.choice, width=12, is_required=True,
                   choices=ResourceSource),
            Column("department", _l("Lending or buying department"), Kind.ref, width=16,
                   refers="department"),
            Column("needed_on", _l("Needed from"), Kind.day, width=12),
            Column("needed_until_on", _l("Needed until"), Kind.day, width=12),
            Column("state", _l("State"), Kind.choice, _never, 12, choices=ResourceState),
            Column("promised_on", _l("Promised for"), Kind.day, _never, 12),
            Column("delivered_on", _l("Delivered on"), Kind.day, _never, 12),
            Column("note", _l("Note"), Kind.text, width=36),
            Column("answer", _l("Answer"), Kind.text, _never, 30),
        ),
    ),
    SheetKind(
        "budget", _l("Budget"), ("budget",), ("task", "money"),
        (
            Column("task", _l("Task"), Kind.ref, _new, 26, refers="task"),
            Column("title", _l("What for"), width=34, is_required=True),
            Column("department", _l("Department"), Kind.ref, width=14, refers="department"),
            Column("planned", _l("Planned, yuan"), Kind.money, width=14, is_required=True),
            Column("committed", _l("Committed, yuan"), Kind.money, width=14, is_always=True),
            Column("actual", _l("Actual, yuan"), Kind.money, width=14, is_always=True),
            Column("forecast", _l("Forecast, yuan"), Kind.money, width=14, is_always=True),
        ),
    ),
    SheetKind(
        "risks", _l("Risks"), ("risk",), ("risk", "register"),
        (
            Column("number", _l("No."), Kind.whole, _never, 6),
            Column("title", _l("Title"), width=34, is_required=True),
            Column("department", _l("Department"), Kind.ref, width=14, refers="department"),
            Column("plan_impact", _l("Impact in the plan"), Kind.choice, width=10,
                   choices=RiskRating),
            Column("probability", _l("Probability"), Kind.whole, _never, 8),
            Column("impact", _l("Impact"), Kind.whole, _never, 8),
            Column("score", _l("Score"), Kind.whole, _never, 8),
            Column("is_open", _l("Is open"), Kind.yes_no, _never, 8),
            Column("description", _l("Description"), Kind.text, width=40),
        ),
        no_removing=_l("A risk is not removed but closed, with the reason, on its page."),
    ),
    SheetKind(
        "actions", _l("Action items"), ("action",), ("action", "row"),
        (
            Column("number", _l("No."), Kind.whole, _never, 6),
            Column("title", _l("What has to be done"), Kind.line, _new, 36, True),
            Column("owner", _l("Who does it"), Kind.ref, width=12, is_required=True,
                   refers="person"),
            Column("due_on", _l("Due on"), Kind.day, width=12, is_required=True),
            Column("department", _l("Department"), Kind.ref, _new, 14, refers="department"),
            Column("task", _l("Task"), Kind.ref, _new, 26, refers="task"),
            Column("state", _l("State"), Kind.choice, width=10, choices=ActionState,
                   is_always=True),
            Column("evidence", _l("Evidence or reason"), Kind.text, width=36),
            Column("details", _l("Details"), Kind.text, _new, 36),
        ),
        no_removing=_l("An action item is not removed but closed or cancelled: set its state."),
    ),
)  # fmt: skip
BY_KEY = {sheet.key: sheet for sheet in SHEETS}
ID_LABEL = _l("ID (leave as it is)")
YES, NO = lazy_pgettext("cell", "yes"), lazy_pgettext("cell", "no")
NOTES_TITLE = _l("Notes")


def in_both(label: Any) -> list[str]:
    """A label in every language."""
    said = []
    for language in LANGUAGES:
        with in_language(language):
            said.append(str(label))
    return said


def headers_of(sheet: SheetKind) -> dict[str, str]:
    """Folded header in either language → key of the column."""
    found = {fold(text): ID for text in (*in_both(ID_LABEL), "id")}
    for column in sheet.columns:
        found |= {fold(text): column.key for text in in_both(column.label)}
    return found


def titles() -> dict[str, str]:
    """Folded title of a sheet in either language → its key."""
    return {fold(text): sheet.key for sheet in SHEETS for text in in_both(sheet.title)}


def choices_known(column: Column) -> Mapping[str, Any]:
    """The words that a choice is understood by: both languages and the kept value."""
    if column.kind is Kind.yes_no:
        return {
            **{fold(text): True for text in (*in_both(YES), "true", "1")},
            **{fold(text): False for text in (*in_both(NO), "false", "0")},
        }
    known: dict[str, Any] = {}
    for member in column.choices or ():
        known[fold(member.value)] = member.value
        known |= {fold(text): member.value for text in in_both(member.label)}
    return known


def prefix_of(row_id: str) -> str:
    """The kind of row that an id names: "step-12" → "step"."""
    return row_id.partition("-")[0]
