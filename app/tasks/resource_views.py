"""Pages over all tasks: what the plan needs from whom, and its money."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.queries import department_choices
from app.core.db import db
from app.core.formats import local_date, words
from app.core.localtext import LocalText
from app.core.permissions import Role, requires
from app.core.web import request_now
from app.tasks import budget_services, forms
from app.tasks.budget_queries import budget_page
from app.tasks.models import BudgetLine, Task
from app.tasks.page import attempt, budget_form, offered
from app.tasks.resource_answers import month_title
from app.tasks.resource_queries import FILTERS, request_table
from app.tasks.views import bp


@bp.route("/plans/<int:plan_id>/resources")
@requires("resource:read")
def resources(plan_id: int) -> Any:
    """What all tasks need, by the department that lends it."""
    chosen = request.args.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    today = local_date(request_now())
    return render_template(
        "tasks/resources.html",
        plan_id=plan_id,
        table=request_table(plan_id, g.viewer, today, chosen),
        chosen=chosen,
        labels=FILTERS,
    )


@bp.route("/plans/<int:plan_id>/budget", methods=["GET", "POST"])
@requires("budget:read")
def budget(plan_id: int) -> Any:
    """The plan's money; a line is added to a task or to the plan itself."""
    form = _offered(forms.PlanBudgetForm(), plan_id)
    if request.method == "GET":
        return show_budget(plan_id, request.args.get("edit", ""))
    status = attempt(
        form,
        lambda: budget_services.add_budget_line(
            plan_id,
            task_id=form.task_id.data,
            title=LocalText(own=form.title.data),
            department_id=form.department_id.data,
            planned_cents=form.planned.data,
            committed_cents=form.committed.data or 0,
            actual_cents=form.actual.data or 0,
            forecast_cents=form.forecast.data,
            actor=current_user,
            now=request_now(),
        ),
    )
    if status == 303:
        flash(_("Line of money added."))
        return redirect(url_for("tasks.budget", plan_id=plan_id), 303)
    return show_budget(plan_id, "add", form, status)


def show_budget(plan_id: int, opened: str = "", form: Any = None, status: int = 200) -> Any:
    """The page; `opened` names the form that shows ("add", "budget-3"), `form` brings it back."""
    page = budget_page(plan_id, g.viewer)

    def form_of(line: BudgetLine | None) -> Any:
        if form is not None:
            return form
        if line is None:
            return _offered(forms.PlanBudgetForm(formdata=None), plan_id)
        return budget_form(line)

    return (
        render_template(
            "tasks/budget.html",
            plan_id=plan_id,
            page=page,
            most=max(
                (max(row.line.planned_cents, row.line.forecast_cents) for row in page.lines),
                default=0,
            ),
            opened=opened,
            form_of=form_of,
            month_title=month_title,
            may_add=g.viewer.has(Role.manager) or g.viewer.is_finance or g.viewer.department_ids,
        ),
        status,
    )


def _offered(form: Any, plan_id: int) -> Any:
    tasks = db.session.scalars(db.select(Task).where(Task.plan_id == plan_id).order_by(Task.number))
    form.task_id.offer(
        [(task.id, f"{task.number} {words(task.title)}") for task in tasks], _("the plan itself")
    )
    offered(form, None)
    if not (g.viewer.has(Role.manager) or g.viewer.is_finance):
        # A head adds to the own department's money and to no other.
        form.department_id.offer(
            [row for row in department_choices() if row[0] in g.viewer.department_ids]
        )
    return form
