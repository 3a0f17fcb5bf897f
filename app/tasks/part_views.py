"""Steps, resources and money: acts on the parts of a task, all of them on the task's page."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import current_language
from app.core.localtext import LocalText
from app.core.permissions import requires
from app.core.web import NOT_HERE, request_now
from app.tasks import budget_services, forms, lending, resource_services, step_services
from app.tasks.models import (
    BudgetLine,
    Resource,
    ResourceKind,
    ResourceSource,
    ResourceState,
    Step,
    Task,
)
from app.tasks.page import attempt, offered
from app.tasks.resource_views import show_budget
from app.tasks.rights import sees_line
from app.tasks.rows import resource_stamp
from app.tasks.views import answer, bp


def back(task_id: int, said: str) -> Any:
    flash(said)
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.route("/tasks/<int:task_id>/steps", methods=["POST"])
@requires("task:update")
def add_step(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.StepForm()
    status = attempt(
        form,
        lambda: step_services.add_step(
            task,
            title=LocalText(own=form.title.data),
            start_on=form.start_on.data,
            finish_on=form.finish_on.data,
            is_milestone=form.is_milestone.data,
            actor=current_user,
            now=request_now(),
        ),
    )
    return answer(task, "step", form, status, _("Step added."))


@bp.route("/steps/<int:step_id>", methods=["POST"])
@requires("task:update")
def edit_step(step_id: int) -> Any:
    step = db.session.get_one(Step, step_id)
    form = forms.StepEditForm()

    def save() -> None:
        # First what may be refused, so that nothing else is changed then.
        step_services.forecast_of(step, form.forecast_finish_on.data, request_now())
        step_services.edit_step(
            step,
            title=step.title.edited(form.title.data, current_language()),
            start_on=form.start_on.data,
            finish_on=form.finish_on.data,
            is_milestone=form.is_milestone.data,
            percent=form.percent.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        )
        step_services.expect_step(
            step, finish_on=form.forecast_finish_on.data, actor=current_user, now=request_now()
        )

    status = attempt(form, save, lock=lambda: step_services.step_stamp(step))
    return answer(step.task, f"step-{step.id}", form, status, _("Step saved."))


@bp.route("/steps/<int:step_id>/complete", methods=["POST"])
@requires("task:update")
def complete_step(step_id: int) -> Any:
    step = db.session.get_one(Step, step_id)
    step_services.complete_step(step, actor=current_user, now=request_now())
    return back(step.task_id, _("Step finished."))


@bp.route("/steps/<int:step_id>/reopen", methods=["POST"])
@requires("task:update")
def reopen_step(step_id: int) -> Any:
    step = db.session.get_one(Step, step_id)
    step_services.reopen_step(step, actor=current_user, now=request_now())
    return back(step.task_id, _("The step is open again."))


@bp.route("/steps/<int:step_id>/remove", methods=["POST"])
@requires("task:update")
def remove_step(step_id: int) -> Any:
    step = db.session.get_one(Step, step_id)
    task_id = step.task_id
    step_services.remove_step(step, actor=current_user, now=request_now())
    return back(task_id, _("Step removed."))


@bp.route("/tasks/<int:task_id>/resources", methods=["POST"])
@requires("task:update")
def add_resource(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = offered(forms.ResourceForm(), task)
    status = attempt(
        form,
        lambda: resource_services.add_resource(
            task,
            title=LocalText(own=form.title.data),
            **_resource_fields(form),
            actor=current_user,
            now=request_now(),
        ),
    )
    return answer(task, "resource", form, status, _("Resource added."))


@bp.route("/resources/<int:resource_id>", methods=["POST"])
@requires("resource:edit")
def edit_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    form = offered(forms.ResourceForm(), resource.task)
    status = attempt(
        form,
        lambda: resource_services.edit_resource(
            resource,
            title=resource.title.edited(form.title.data, current_language()),
            **_resource_fields(form),
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: resource_stamp(resource),
    )
    return answer(resource.task, f"resource-{resource.id}", form, status, _("Resource saved."))


@bp.route("/resources/<int:resource_id>/ask", methods=["POST"])
@requires("resource:edit")
def ask_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    lending.ask_resource(resource, actor=current_user, now=request_now())
    return back(resource.task_id, _("The resource is asked for."))


@bp.route("/resources/<int:resource_id>/withdraw", methods=["POST"])
@requires("resource:edit")
def withdraw_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    lending.take_request_back(resource, actor=current_user, now=request_now())
    return back(resource.task_id, _("The request is taken back."))


@bp.route("/resources/<int:resource_id>/answer", methods=["POST"])
@requires("resource:edit")
def answer_resource(resource_id: int) -> Any:
    """Promise or decline."""
    resource = db.session.get_one(Resource, resource_id)
    form = forms.AnswerForm()

    def act() -> None:
        who: dict[str, Any] = {
            "seen": form.seen.data or None, "actor": current_user, "now": request_now(),
        }  # fmt: skip
        words = form.answer.data or ""
        if form.state.data == ResourceState.declined:
            lending.decline_resource(resource, reason=words, **who)
        else:
            lending.promise_resource(
                resource, promised_on=form.promised_on.data, answer=words, **who
            )

    status = attempt(form, act, lock=lambda: resource_stamp(resource))
    return answer(resource.task, f"answer-{resource.id}", form, status, _("Answer saved."))


@bp.route("/resources/<int:resource_id>/deliver", methods=["POST"])
@requires("resource:edit")
def deliver_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    form = forms.DeliverForm()
    status = attempt(
        form,
        lambda: lending.deliver_resource(
            resource,
            delivered_on=form.delivered_on.data,
            actor=current_user,
            now=request_now(),
        ),
    )
    said = _("The resource is delivered.")
    return answer(resource.task, f"deliver-{resource.id}", form, status, said)


@bp.route("/resources/<int:resource_id>/unanswer", methods=["POST"])
@requires("resource:edit")
def unanswer_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    lending.take_answer_back(resource, actor=current_user, now=request_now())
    return back(resource.task_id, _("Resource: %(state)s.", state=resource.state.label))


@bp.route("/resources/<int:resource_id>/remove", methods=["POST"])
@requires("resource:edit")
def remove_resource(resource_id: int) -> Any:
    resource = db.session.get_one(Resource, resource_id)
    task_id = resource.task_id
    resource_services.remove_resource(resource, actor=current_user, now=request_now())
    return back(task_id, _("Resource removed."))


@bp.route("/tasks/<int:task_id>/budget", methods=["POST"])
@requires("budget:edit")
def add_budget_line(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = offered(forms.BudgetForm(), task)
    status = attempt(
        form,
        lambda: budget_services.add_budget_line(
            task.plan_id,
            task_id=task.id,
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
    return answer(task, "budget", form, status, _("Line of money added."))


@bp.route("/budget/<int:budget_id>", methods=["POST"])
@requires("budget:edit")
def edit_budget_line(budget_id: int) -> Any:
    line = _line(budget_id)
    form = offered(forms.BudgetForm(), line.task)
    status = attempt(
        form,
        lambda: budget_services.edit_budget_line(
            line,
            title=line.title.edited(form.title.data, current_language()),
            planned_cents=form.planned.data,
            committed_cents=form.committed.data or 0,
            actual_cents=form.actual.data or 0,
            forecast_cents=form.planned.data if form.forecast.data is None else form.forecast.data,
            department_id=form.department_id.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: budget_services.budget_stamp(line),
    )
    if line.task is not None:
        return answer(line.task, f"budget-{line.id}", form, status, _("Line of money saved."))
    if status == 303:
        flash(_("Line of money saved."))
        return redirect(url_for("tasks.budget", plan_id=line.plan_id), 303)
    return show_budget(line.plan_id, f"budget-{line.id}", form, status)


@bp.route("/budget/<int:budget_id>/remove", methods=["POST"])
@requires("budget:edit")
def remove_budget_line(budget_id: int) -> Any:
    line = _line(budget_id)
    plan_id, task_id = line.plan_id, line.task_id
    budget_services.remove_budget_line(line, actor=current_user, now=request_now())
    if task_id is None:
        flash(_("Line of money removed."))
        return redirect(url_for("tasks.budget", plan_id=plan_id), 303)
    return back(task_id, _("Line of money removed."))


def _line(budget_id: int) -> BudgetLine:
    """The line of money, if the viewer reads it. Raises NotFound."""
    line = db.session.get_one(BudgetLine, budget_id)
    if not sees_line(g.viewer, line, line.task):
        raise NotFound(NOT_HERE)
    return line


def _resource_fields(form: Any) -> dict[str, Any]:
    return {
        "kind": ResourceKind(form.kind.data),
        "source": ResourceSource(form.source.data),
        "department_id": form.department_id.data,
        "quantity": form.quantity.data or "",
        "needed_on": form.needed_on.data,
        "needed_until_on": form.needed_until_on.data,
        "note": form.note.data or "",
    }
