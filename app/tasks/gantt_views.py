"""The Gantt chart that is edited by dragging. The table with bars beside it is drawn by the server
and serves paper, phones and browsers without scripts."""

from typing import Any

from flask import g, jsonify, render_template

from app.core.db import db
from app.core.formats import local_date
from app.core.permissions import requires
from app.core.web import request_now
from app.plans.models import Plan
from app.tasks.gantt_data import chart_frame, gantt_data
from app.tasks.views import bp


@bp.route("/plans/<int:plan_id>/tasks/gantt")
@requires("task:read")
def gantt(plan_id: int) -> Any:
    """The page around the chart; its rows come beside the library, which takes as long to load."""
    return render_template(
        "tasks/gantt.html",
        plan=db.session.get_one(Plan, plan_id),
        frame=chart_frame(plan_id, g.viewer, local_date(request_now())),
    )


@bp.route("/plans/<int:plan_id>/tasks/gantt.json")
@requires("task:read")
def gantt_rows(plan_id: int) -> Any:
    """The chart's rows, links and days off."""
    return jsonify(gantt_data(plan_id, g.viewer, local_date(request_now())))
