"""Reads for the page of the plan's money: lines, sums by department and by task, months.

Four SQL statements, however many lines there are; everything is added up over what the viewer may
read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.core.db import db
from app.core.formats import words
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.tasks.models import BudgetLine, Task
from app.tasks.queries import money_of
from app.tasks.rights import may_edit_money
from app.tasks.spending import Planned, by_month
from app.tasks.state import BudgetRow

AMOUNTS = ("planned_cents", "committed_cents", "actual_cents", "forecast_cents")


@dataclass(frozen=True)
class MoneyLine:
    """A line with its task and department; `may_edit`: whether the viewer may change it."""

    line: BudgetLine
    task: Task | None
    department: LocalText | None
    may_edit: bool


@dataclass(frozen=True)
class MoneySum:
    """What lines add up to, in cents: all of them, a department's or a task's; `url` leads to the
    task."""

    name: str
    planned_cents: int
    committed_cents: int
    actual_cents: int
    forecast_cents: int
    url: str = ""


@dataclass(frozen=True)
class MonthMoney:
    """What is planned for a month, and up to its end, in cents; `share` of all, 0–100."""

    month: date
    cents: int
    so_far_cents: int
    share: float


@dataclass(frozen=True)
class BudgetPage:
    """The page of money. `is_complete`: whether the viewer reads all money of the plan."""

    lines: tuple[MoneyLine, ...]
    total: MoneySum
    by_department: tuple[MoneySum, ...]
    by_task: tuple[MoneySum, ...]
    months: tuple[MonthMoney, ...]
    is_complete: bool


def budget_page(plan_id: int, viewer: Viewer) -> BudgetPage:
    """All money of the plan that the viewer may read."""
    lines = tuple(
        MoneyLine(line, task, department, may_edit_money(viewer, line.department_id))
        for line, task, department in money_of(plan_id, viewer) or []
    )
    return BudgetPage(
        lines=lines,
        total=_sum(_("Total"), lines),
        by_department=_sums(
            lines, lambda row: words(row.department) if row.department else _("no department")
        ),
        by_task=_sums(
            lines,
            lambda row: f"{row.task.number} {words(row.task.title)}" if row.task else _("the plan"),
            lambda row: f"/tasks/{row.task.id}#money" if row.task else "",
        ),
        months=_months(plan_id, lines),
        is_complete=sight(viewer, "task", "money") is Sight.all,
    )


def planned_by_month(
    plan_id: int, lines: Iterable[tuple[BudgetLine, Task | None]]
) -> dict[date, int]:
    """Planned cents by the first day of the month: a task's over its committed dates, the plan's
    own over the plan."""
    plan = db.session.get_one(Plan, plan_id)
    return by_month(
        (
            Planned(
                line.planned_cents,
                task.start_on if task else plan.start_on,
                task.finish_on if task else plan.finish_on,
            )
            for line, task in lines
        ),
        work_calendar(),
    )


def _months(plan_id: int, lines: tuple[MoneyLine, ...]) -> tuple[MonthMoney, ...]:
    found = planned_by_month(plan_id, ((row.line, row.task) for row in lines))
    most = max(found.values(), default=0)
    so_far, rows = 0, []
    for month, cents in found.items():
        so_far += cents
        rows.append(MonthMoney(month, cents, so_far, cents * 100 / most))
    return tuple(rows)


def _sums(
    lines: Iterable[MoneyLine],
    name_of: Callable[[MoneyLine], str],
    url_of: Callable[[MoneyLine], str] = lambda _row: "",
) -> tuple[MoneySum, ...]:
    groups: dict[tuple[str, str], list[MoneyLine]] = defaultdict(list)
    for row in lines:
        groups[name_of(row), url_of(row)].append(row)
    return tuple(_sum(name, rows, url) for (name, url), rows in groups.items())


def _sum(name: str, rows: Iterable[MoneyLine], url: str = "") -> MoneySum:
    return money_sum((row.line for row in rows), name, url)


def money_sum(
    lines: Iterable[BudgetLine | BudgetRow], name: str = "", url: str = ""
) -> MoneySum:
    """The lines added up, as rows of the table or of a state."""
    kept = list(lines)
    amounts = {field: sum(getattr(line, field) for line in kept) for field in AMOUNTS}
    return MoneySum(name=name, url=url, **amounts)
