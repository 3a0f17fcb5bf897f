"""Where the windows of responses stand: they hang on the plan's committed dates."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.registries import PlanDate
from app.plans.calendars import work_calendar
from app.risks.models import Response, Risk, RiskState
from app.risks.response_services import OPEN_STATES
from app.risks.windows_of import plan_dates, span_of


def window_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """Windows of the open responses to open risks; two statements."""
    if sight(viewer, "risk", "register") is Sight.none:
        return []
    dates, calendar = plan_dates(plan_id), work_calendar()
    rows = []
    for response in db.session.scalars(
        select(Response)
        .join(Risk, Risk.id == Response.risk_id)
        .where(
            Response.plan_id == plan_id,
            Response.state.in_(OPEN_STATES),
            Risk.state == RiskState.open,
        )
        .order_by(Risk.number, Response.id)
    ):
        span = span_of(response, dates, calendar)
        rows.append(
            PlanDate(
                key=f"window:{response.id}", kind="window", title=response.title,
                url=f"/risks/{response.risk_id}#responses",
                first_on=span[0] if span else None, last_on=span[1] if span else None,
            )
        )  # fmt: skip
    return rows
