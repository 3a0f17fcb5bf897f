"""Where the dates of reporting and monitoring stand: what is owed up to the plan's end."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date, words
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.registries import PlanDate
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.weeks import IsoWeek
from app.reports import indicator_words as say
from app.reports.deadlines import due_on
from app.reports.models import Indicator, Inspection, Measurement
from app.reports.owing import open_periods, owed_periods
from app.tasks.answers import in_both
from app.tasks.models import Task, TaskState


def report_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """The last weekly report of each open task that has an owner: that of the week in which the
    task is committed to end, due on its last working day (or the next week's that has one)."""
    if sight(viewer, "report", "standing") is Sight.none:
        return []
    if db.session.get_one(Plan, plan_id).state is PlanPhase.closed:
        return []
    calendar = work_calendar()
    rows = []
    for task in db.session.scalars(
        select(Task)
        .where(Task.plan_id == plan_id, Task.state != TaskState.done, Task.owner_id.is_not(None))
        .order_by(Task.number)
    ):
        week = IsoWeek.of(task.finish_on)
        while (due := due_on(week, calendar)) is None:
            week = week.next()
        rows.append(
            PlanDate(
                key=f"report:{task.id}", kind="report",
                title=in_both(lambda t=task: _("Last weekly report of task %(number)s",
                                               number=t.number)),
                url=f"/plans/{plan_id}/reports", first_on=due, last_on=due,
            )
        )  # fmt: skip
    return rows


def monitoring_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """Days by which values are owed, and planned inspections; periods follow the plan's end."""
    return [
        *_measurement_dates(plan_id, viewer, now),
        *_inspection_dates(plan_id, viewer),
    ]


def _measurement_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    if sight(viewer, "indicator", "row") is Sight.none:
        return []
    plan, calendar, today = db.session.get_one(Plan, plan_id), work_calendar(), local_date(now)
    taken: dict[int, dict[str, object]] = {}
    for row in db.session.execute(
        select(Measurement.indicator_id, Measurement.period, Measurement.measured_at).where(
            Measurement.plan_id == plan_id
        )
    ):
        taken.setdefault(row.indicator_id, {})[row.period] = local_date(row.measured_at)
    rows = []
    for indicator in db.session.scalars(
        select(Indicator).where(Indicator.plan_id == plan_id).order_by(Indicator.number)
    ):
        begin = indicator.begins_on or plan.start_on
        wanted = owed_periods(str(indicator.cadence), begin, plan.finish_on)
        for owed in open_periods(wanted, taken.get(indicator.id, {}), today, calendar):  # type: ignore[arg-type]
            rows.append(
                PlanDate(
                    key=f"measurement:{indicator.id}:{owed.label}", kind="measurement",
                    title=in_both(lambda i=indicator, o=owed: _(
                        "%(name)s, %(period)s", name=words(i.title),
                        period=say.period_name(o.label))),
                    url=f"/indicators/{indicator.id}", first_on=owed.due_on, last_on=owed.due_on,
                )
            )  # fmt: skip
    return rows


def _inspection_dates(plan_id: int, viewer: Viewer) -> list[PlanDate]:
    seen = sight(viewer, "inspection", "row")
    if seen is Sight.none:
        return []
    wanted = select(Inspection).where(
        Inspection.plan_id == plan_id, Inspection.recorded_at.is_(None)
    )
    if seen is Sight.own:
        wanted = wanted.where(Inspection.inspector_id == viewer.person_id)
    return [
        PlanDate(
            key=f"inspection:{row.id}", kind="inspection", title=_inspection_name(row),
            url=f"/inspections/{row.id}", first_on=row.planned_on, last_on=row.planned_on,
        )
        for row in db.session.scalars(wanted.order_by(Inspection.planned_on, Inspection.id))
    ]  # fmt: skip


def _inspection_name(row: Inspection) -> LocalText:
    if row.place:
        return in_both(lambda: _("On-site inspection, %(place)s", place=row.place))
    return in_both(lambda: _("On-site inspection"))
