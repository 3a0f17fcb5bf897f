"""The plan's progress against its baseline, and where it leads."""

from typing import Any

from flask import g, render_template

from app.core.formats import local_date
from app.core.permissions import requires
from app.core.web import request_now
from app.tasks.earned_queries import plan_progress
from app.tasks.views import bp


@bp.route("/plans/<int:plan_id>/progress")
@requires("task:read")
def plan_progress_page(plan_id: int) -> Any:
    """Planned, done and paid; what is expected beside what follows from progress so far."""
    today = local_date(request_now())
    return render_template(
        "tasks/progress.html", seen=plan_progress(plan_id, today, g.viewer), today=today
    )
