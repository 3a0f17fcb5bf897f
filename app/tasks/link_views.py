"""Links and constraints: set on the task's page, links also by drawing them in the chart."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.permissions import requires
from app.core.web import request_now
from app.tasks import link_forms, link_services
from app.tasks.link_page import offer_ends
from app.tasks.models import Link, LinkKind, OffDay, Step, Task
from app.tasks.page import attempt
from app.tasks.part_views import back
from app.tasks.views import answer, bp


@bp.route("/tasks/<int:task_id>/links", methods=["POST"])
@requires("task:update")
def add_link(task_id: int) -> Any:
    """A link of the task or one of its steps."""
    task = db.session.get_one(Task, task_id)
    form = offer_ends(link_forms.LinkForm(), task)
    status = attempt(form, lambda: _link(task.plan_id, form))
    return answer(task, "link", form, status, _("The dependency is set."))


@bp.route("/plans/<int:plan_id>/links", methods=["POST"])
@requires("task:update")
def draw_link(plan_id: int) -> Any:
    """A link drawn in the chart; answers with one sentence as plain text, 422 when refused."""
    form = link_forms.LinkForm()
    form.before.choices, form.after.choices = [], []
    status = attempt(form, lambda: _link(plan_id, form))
    if status == 303:
        return _sentence(_("The dependency is set."), 200)
    said = [str(text) for texts in form.errors.values() for text in texts]
    return _sentence(" ".join(said), status)


@bp.route("/links/<int:link_id>", methods=["POST"])
@requires("task:update")
def edit_link(link_id: int) -> Any:
    link = db.session.get_one(Link, link_id)
    form = link_forms.LinkEditForm()
    status = attempt(
        form,
        lambda: link_services.edit_link(
            link,
            LinkKind(form.kind.data),
            form.lag_workdays.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: link_services.link_stamp(link),
    )
    task = db.session.get_one(Task, _page_of(link))
    return answer(task, f"link-{link.id}", form, status, _("The dependency is saved."))


@bp.route("/links/<int:link_id>/remove", methods=["POST"])
@requires("task:update")
def remove_link(link_id: int) -> Any:
    link = db.session.get_one(Link, link_id)
    task_id = _page_of(link)
    link_services.remove_link(link, actor=current_user, now=request_now())
    if request.headers.get("HX-Request"):
        return _sentence(_("The dependency is gone."), 200)
    return back(task_id, _("The dependency is gone."))


@bp.route("/tasks/<int:task_id>/rules", methods=["POST"])
@requires("task:edit")
def constrain_task(task_id: int) -> Any:
    task = db.session.get_one(Task, task_id)
    return _constrain(task, task, f"taskrules-{task.id}")


@bp.route("/steps/<int:step_id>/rules", methods=["POST"])
@requires("task:update")
def constrain_step(step_id: int) -> Any:
    step = db.session.get_one(Step, step_id)
    return _constrain(step, step.task, f"steprules-{step.id}")


def _constrain(item: Task | Step, task: Task, name: str) -> Any:
    form = link_forms.RuleForm()
    status = attempt(
        form,
        lambda: link_services.constrain(
            item,
            not_before_on=form.not_before_on.data,
            not_after_on=form.not_after_on.data,
            is_fixed=form.is_fixed.data,
            off_day=OffDay(form.off_day.data),
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: link_services.rule_stamp(item),
    )
    return answer(task, name, form, status, _("The constraints are saved."))


def _link(plan_id: int, form: Any) -> Link:
    return link_services.add_link(
        plan_id,
        form.before.data,
        form.after.data,
        LinkKind(form.kind.data),
        form.lag_workdays.data,
        actor=current_user,
        now=request_now(),
    )


def _page_of(link: Link) -> int:
    """The task whose page is shown after a change: what waits."""
    return link.after_task_id


def _sentence(text: str, status: int) -> Any:
    return text, status, {"Content-Type": "text/plain; charset=utf-8"}
