"""Use cases of money: lines that are planned, committed, used and expected, in integer cents.

Nothing is refused because it is too much: that more is ordered than planned is a fact, and is said
in words where the line stands.
"""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import Forbidden
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, fields_of, stamp
from app.tasks.models import BudgetLine
from app.tasks.rights import eyes, may_edit_money, task_of_plan
from app.tasks.rows import check_title, take_off
from app.tasks.services import check_department

BUDGET_FIELDS = (
    "task_id", "department_id", "title", "planned_cents", "committed_cents", "actual_cents",
    "forecast_cents",
)  # fmt: skip


def budget_stamp(line: BudgetLine) -> str:
    """What a form about this budget line carries, to see whether it changed meanwhile."""
    return stamp(fields_of(line, BUDGET_FIELDS))


def add_budget_line(
    plan_id: int,
    *,
    title: LocalText,
    planned_cents: int,
    committed_cents: int = 0,
    actual_cents: int = 0,
    forecast_cents: int | None = None,
    task_id: int | None = None,
    department_id: int | None = None,
    actor: Person,
    now: datetime,
) -> BudgetLine:
    """A line of money; the forecast is the planned amount until somebody expects another.

    Amounts in cents, none below 0. Raises DomainError, Forbidden, NotFound.
    """
    _must_edit_money(actor, plan_id, department_id)
    check_title(title)
    check_department(department_id)
    if task_id is not None:
        task_of_plan(plan_id, task_id, "task_id")
    line = BudgetLine(
        plan_id=plan_id,
        task_id=task_id,
        department_id=department_id,
        title=title,
        planned_cents=planned_cents,
        committed_cents=committed_cents,
        actual_cents=actual_cents,
        forecast_cents=planned_cents if forecast_cents is None else forecast_cents,
    )
    db.session.add(line)
    audit.record(
        "created",
        line,
        actor_id=actor.id,
        now=now,
        changes={name: (None, value) for name, value in fields_of(line, BUDGET_FIELDS).items()},
    )
    return line


def edit_budget_line(
    line: BudgetLine,
    *,
    title: LocalText,
    planned_cents: int,
    actual_cents: int,
    forecast_cents: int,
    department_id: int | None,
    committed_cents: int | None = None,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a line of money; the department's own head may, but not hand it to another.

    committed_cents: None leaves it. Raises Conflict, DomainError, Forbidden.
    """
    _must_edit_money(actor, line.plan_id, line.department_id)
    _must_edit_money(actor, line.plan_id, department_id)
    check_unchanged(seen, budget_stamp(line), fields_of(line, BUDGET_FIELDS))
    check_title(title)
    check_department(department_id)
    changes = audit.change(
        line,
        title=title,
        planned_cents=planned_cents,
        committed_cents=line.committed_cents if committed_cents is None else committed_cents,
        actual_cents=actual_cents,
        forecast_cents=forecast_cents,
        department_id=department_id,
    )
    if changes:
        audit.record("changed", line, actor_id=actor.id, now=now, changes=changes)


def remove_budget_line(line: BudgetLine, *, actor: Person, now: datetime) -> None:
    """Take a line of money off; the audit trail keeps it."""
    _must_edit_money(actor, line.plan_id, line.department_id)
    take_off(line, BUDGET_FIELDS, actor, now)


def _must_edit_money(actor: Person, plan_id: int, department_id: int | None) -> None:
    if not may_edit_money(eyes(actor, plan_id), department_id):
        raise Forbidden(_l("Only the project manager, Finance and the department’s own head may "
                           "change this money."))  # fmt: skip
