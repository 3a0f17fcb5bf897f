"""Why this date? Below the table without leaving it, or as a page of its own without a script."""

from typing import Any

from flask import g, render_template, request

from app.core.db import db
from app.core.formats import local_date
from app.core.permissions import Role, requires
from app.core.web import request_now
from app.tasks import why_queries, why_words
from app.tasks.models import Step, Task, item_key
from app.tasks.views import bp, table_page


@bp.route("/tasks/<int:task_id>/why")
@requires("task:read")
def why_task(task_id: int) -> Any:
    """Why the task finishes when it does."""
    task = db.session.get_one(Task, task_id)
    return _answer(task.plan_id, item_key(task.id))


@bp.route("/steps/<int:step_id>/why")
@requires("task:read")
def why_step(step_id: int) -> Any:
    """Why the step finishes when it does."""
    step = db.session.get_one(Step, step_id)
    return _answer(step.plan_id, item_key(step.task_id, step.id))


def _answer(plan_id: int, key: str) -> Any:
    facts = why_queries.why(plan_id, key, local_date(request_now()))
    why = why_words.told(facts)
    may_try = g.viewer.has(Role.manager) and why.may_come_earlier
    if "HX-Request" in request.headers:
        return render_template("tasks/_why.html", why=why, may_try_earlier=may_try)
    return table_page(plan_id, why=why, may_try_earlier=may_try)
