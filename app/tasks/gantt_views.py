"""The Gantt chart that is edited by dragging. The table with bars beside it is drawn by the server
and serves paper, phones and browsers without scripts."""

from typing import Any

from flask import g, render_template

from app.core.db import db
from app.core.formats import local_date
from app.core.permissions import requires
from app.core.web import request_now
from app.plans.models import Plan
from app.tasks.gantt_data import gantt_data
from app.tasks.views import bp


@bp.route("/plans/<int:plan_id>/tasks/gantt")
@requires("task:read")
def gantt(plan_id: int) -> Any:
    """The chart; what is dragged in it opens the what-if."""
    data = gantt_data(plan_id, g.viewer, local_date(request_now()))
    return render_template(
        "tasks/gantt.html",
        plan=db.session.get_one(Plan, plan_id),
        data=data,
        may_edit=any(item["may_edit"] for item in data["items"]),
    )
