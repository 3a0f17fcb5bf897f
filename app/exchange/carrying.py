"""What carrying out one row's changes needs: who acts, the rows at hand, what was refused.

The cells' plain values become ids, days and numbers again here.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.exchange.cells import Value
from app.exchange.matching import RowChange
from app.plans.models import Plan
from app.risks.models import Risk
from app.tasks.models import ActionItem, BudgetLine, Link, Resource, Step, Task

Values = Mapping[str, Value]
T = TypeVar("T")

# A use case's field → the column that it comes from.
COLUMNS = {
    "percent": "percent", "start_on": "start_on", "finish_on": "finish_on",
    "forecast_finish_on": "forecast_on", "done_on": "done_on", "owner_id": "owner",
    "department_id": "department", "weight": "weight", "title": "title", "task_id": "task",
    "before": "before", "after": "after", "lag_workdays": "lag", "due_on": "due_on",
    "needed_on": "needed_on", "needed_until_on": "needed_until_on", "evidence": "evidence",
    "not_after_on": "not_after_on", "plan_impact": "plan_impact", "row_kind": "row_kind",
    "state": "state", "quantity": "quantity",
}  # fmt: skip
NO_TASK = _l("This task does not exist in the plan.")


@dataclass(frozen=True)
class Refusal:
    """What a use case would not do: the row, its columns (None: all) and the sentence."""

    key: tuple[str, str]
    reason: Any
    columns: frozenset[str] | None = None


@dataclass
class Hand:
    """Carries rows out for one person. reason: kept with what needs one. language: the
    workbook's, in which an unchanged text is recognised."""

    plan_id: int
    actor: Person
    now: datetime
    reason: str
    language: str
    refusals: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.who: dict[str, Any] = {"actor": self.actor, "now": self.now}
        self.plan = db.session.get_one(Plan, self.plan_id)
        # Held here, so that one statement a table is enough however many rows change.
        self._tables: dict[type[Any], dict[int, Any]] = {}
        self.row: RowChange | None = None

    @contextmanager
    def noting(self, values: Values, *columns: str) -> Iterator[None]:
        """Notes what is refused at the cell it belongs to, else at those of these columns."""
        assert self.row is not None
        try:
            yield
        except DomainError as error:
            column = COLUMNS.get(error.field or "")
            if column in values:
                found = frozenset({str(column)})
            else:
                found = frozenset(columns).intersection(values) if columns else frozenset(values)
            key = (self.row.sheet, self.row.key)
            self.refusals.append(Refusal(key, error.message, found or None))

    def words(self, before: LocalText, values: Values) -> LocalText:
        if "title" not in values:
            return before
        return before.edited(str(values["title"] or ""), self.language)

    def task_of(self, values: Values) -> Task:
        task = self.rows_of(Task).get(id_of(values, "task", None) or 0)
        if task is None:
            raise DomainError(NO_TASK, "task_id")
        return task

    def found(self, row_id: str) -> Any:
        prefix, _dash, number = row_id.partition("-")
        table: type[Any] = {
            "task": Task, "step": Step, "link": Link, "resource": Resource, "budget": BudgetLine,
            "risk": Risk, "action": ActionItem,
        }[prefix]  # fmt: skip
        # A step's task is asked for with it.
        self.rows_of(Task)
        return self.rows_of(table)[int(number)]

    def rows_of(self, table: type[T]) -> dict[int, T]:
        if table not in self._tables:
            rows: Iterable[Any] = db.session.scalars(
                select(table).where(table.plan_id == self.plan_id)  # type: ignore[attr-defined]
            )
            self._tables[table] = {row.id: row for row in rows}
        return self._tables[table]



def id_of(values: Values, column: str, before: int | None) -> int | None:
    """The id that a reference such as "person:3" names."""
    if column not in values:
        return before
    value = values[column]
    return None if value is None else int(str(value).partition(":")[2])


def day_of(values: Values, column: str, before: date | None) -> date | None:
    if column not in values:
        return before
    value = values[column]
    return None if value is None else date.fromisoformat(str(value))


def number_of(values: Values, column: str, before: int) -> int:
    value = values.get(column, before)
    return 0 if value is None else int(value)


def text_of(values: Values, column: str, before: str) -> str:
    return str(values[column] or "") if column in values else before


def rating_of(values: Values, before: int | None) -> int | None:
    if "plan_impact" not in values:
        return before
    value = values["plan_impact"]
    return None if value is None else int(value)
