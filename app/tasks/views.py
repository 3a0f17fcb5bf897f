"""The pages of the plan's tasks."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.formats import local_date
from app.core.forms import Form
from app.core.i18n import current_language
from app.core.permissions import Role, Viewer, requires
from app.core.text import whole_number_or_none
from app.core.web import request_now
from app.tasks import forms, queries, services
from app.tasks.baseline_queries import current_baseline, shown_name
from app.tasks.models import Task
from app.tasks.page import TaskForms, attempt, offered, render_task

bp = Blueprint("tasks", __name__, template_folder="templates")

FILTERS = ("all", "late", "critical", "due")


@bp.route("/plans/<int:plan_id>/tasks")
@requires("task:read")
def index(plan_id: int) -> Any:
    """The table with bars."""
    chosen = request.args.get("show", "all")
    return table_page(plan_id, chosen if chosen in FILTERS else "all")


def table_page(plan_id: int, chosen: str = "all", **more: Any) -> Any:
    """The table with what was chosen, and what stands below it."""
    today = local_date(request_now())
    table = queries.task_table(plan_id, today, chosen)
    money = queries.money_of(plan_id, g.viewer) or []
    baseline = current_baseline(plan_id)
    return render_template(
        "tasks/index.html",
        table=table,
        baseline=baseline,
        baseline_name=shown_name(baseline.name) if baseline else "",
        strip=queries.strip_rows(table.chart),
        mine=queries.task_to_update(table, g.viewer),
        money=money,
        most=max((max(row[0].planned_cents, row[0].forecast_cents) for row in money), default=0),
        chosen=chosen,
        may_try=g.viewer.has(Role.manager),
        **more,
    )


@bp.route("/tasks/<int:task_id>")
@requires("task:read")
def show(task_id: int) -> Any:
    """One task with all that belongs to it. `?edit=step-3` opens a row's form in place."""
    task = db.session.get_one(Task, task_id)
    return page(task, TaskForms(task, opened=request.args.get("edit", "")))


@bp.route("/tasks/<int:task_id>/progress", methods=["POST"])
@requires("task:update")
def progress(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.ProgressForm()
    status = attempt(
        form,
        lambda: services.update_progress(
            task,
            percent=form.percent.data,
            forecast_finish_on=form.forecast_finish_on.data,
            done_on=form.done_on.data,
            version=version_in(form),
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: task.version,
    )
    return answer(task, "progress", form, status, _("Progress saved."))


@bp.route("/tasks/<int:task_id>/complete", methods=["POST"])
@requires("task:update")
def complete(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.CompleteForm()
    status = attempt(
        form,
        lambda: services.complete_task(
            task, done_on=form.done_on.data, actor=current_user, now=request_now()
        ),
    )
    return answer(task, "complete", form, status, _("The task is finished."))


@bp.route("/tasks/<int:task_id>/reopen", methods=["POST"])
@requires("task:edit")
def reopen(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.ReopenForm()
    status = attempt(
        form,
        lambda: services.reopen_task(
            task,
            percent=form.percent.data,
            reason=form.reason.data,
            actor=current_user,
            now=request_now(),
        ),
    )
    return answer(task, "reopen", form, status, _("The task is open again."))


@bp.route("/tasks/<int:task_id>/assign", methods=["POST"])
@requires("task:edit")
def assign(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = offered(forms.AssignForm(), task)
    status = attempt(
        form,
        lambda: services.assign_task(
            task,
            owner_id=form.owner_id.data,
            department_id=form.department_id.data,
            version=version_in(form),
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: task.version,
    )
    return answer(task, "assign", form, status, _("Owner and department saved."))


@bp.route("/tasks/<int:task_id>/dates", methods=["POST"])
@requires("task:edit")
def dates(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.DatesForm()
    status = attempt(
        form,
        lambda: services.change_task_dates(
            task,
            start_on=form.start_on.data,
            finish_on=form.finish_on.data,
            reason=form.reason.data,
            version=version_in(form),
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: task.version,
    )
    return answer(task, "dates", form, status, _("The committed dates are changed."))


@bp.route("/tasks/<int:task_id>/words", methods=["POST"])
@requires("task:edit")
def reword(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    form = forms.WordsForm()
    status = attempt(
        form,
        lambda: services.describe_task(
            task,
            title=task.title.edited(form.title.data, current_language()),
            description=form.description.data,
            weight=form.weight.data,
            version=version_in(form),
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: task.version,
    )
    return answer(task, "words", form, status, _("The task’s words are saved."))


def page(task: Task, kept: TaskForms, status: int = 200) -> Any:
    viewer: Viewer = g.viewer
    return render_task(task, viewer, local_date(request_now()), kept, status)


def answer(task: Task, name: str, form: Form, status: int, said: str) -> Any:
    """Back to the task with a word, or the page again with the form as it was sent."""
    if status == 303:
        flash(said)
        return redirect(url_for("tasks.show", task_id=task.id), 303)
    return page(task, TaskForms(task, opened=name, made={name: form}), status)


def version_in(form: Any) -> int | None:
    """The version that the form's reader saw; a form without one is not checked."""
    return whole_number_or_none(form.version.data)
