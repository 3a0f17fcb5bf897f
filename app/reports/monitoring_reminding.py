"""What of monitoring falls due, open or done: values to enter and inspections to record.

Each answer is for all plans at once. Values are due for few periods in few days: the calendar says
which, and only of those is anything read.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date
from app.core.registries import Deadline
from app.plans.calendars import work_calendar
from app.plans.many import managers_of, rows_of_plans
from app.plans.models import Plan
from app.reports.indicator_words import period_name
from app.reports.models import Cadence, Indicator, Inspection, Measurement
from app.reports.owing import is_final, is_owed, periods_due
from app.reports.periods import Period, measurement_due_on
from app.tasks.answers import end_of, in_both, sentence
from app.tasks.reminding import due_between


def measurement_deadlines(
    plan_ids: Sequence[int], first: datetime, last: datetime
) -> list[Deadline]:
    """Values that fall due in [first, last]; an interim one still owes the final one."""
    calendar, days = work_calendar(), (local_date(first), local_date(last))
    periods = {
        cadence: due for cadence in Cadence if (due := periods_due(str(cadence), *days, calendar))
    }
    if not periods:
        return []
    indicators = rows_of_plans(
        select(
            Indicator.id, Indicator.plan_id, Indicator.title, Indicator.cadence,
            Indicator.begins_on, Plan.start_on, Plan.finish_on,
        )
        .where(Indicator.cadence.in_(periods))
        .order_by(Indicator.plan_id, Indicator.number),
        Indicator.plan_id, plan_ids,
    )  # fmt: skip
    if not indicators:
        return []
    due = {period.label: period for row in periods.values() for period in row}
    managers, measured = managers_of(plan_ids), _measured(due, plan_ids)
    title = sentence(lambda: _("%(name)s, %(period)s"))
    names = {label: in_both(lambda at=label: period_name(at)) for label in due}
    dues = {label: end_of(measurement_due_on(period, calendar)) for label, period in due.items()}
    found = [
        Deadline(
            plan_id=row.plan_id, kind="measurement", object_key=f"measurement:{row.id}",
            occurrence=period.label, due_at=dues[period.label],
            recipients=managers[row.plan_id], escalate_to=managers[row.plan_id],
            title=title(name=row.title, period=names[period.label]),
            url=f"/indicators/{row.id}", done_at=measured.get((row.id, period.label)),
        )
        for row in indicators
        for period in reversed(periods[row.cadence])
        if is_owed(period, str(row.cadence), row.begins_on or row.start_on, row.finish_on)
    ]  # fmt: skip
    return due_between(found, first, last)


def _measured(
    periods: dict[str, Period], plan_ids: Sequence[int]
) -> dict[tuple[int, str], datetime]:
    """When the final values of these periods were taken, by indicator and period."""
    return {
        (row.indicator_id, row.period): row.measured_at
        for row in db.session.execute(
            select(Measurement.indicator_id, Measurement.period, Measurement.measured_at).where(
                Measurement.plan_id.in_(plan_ids), Measurement.period.in_(periods)
            )
        )
        if is_final(periods[row.period], local_date(row.measured_at))
    }


def inspection_deadlines(
    plan_ids: Sequence[int], first: datetime, last: datetime
) -> list[Deadline]:
    """Inspections planned for [first, last]; an observation was never planned."""
    rows = rows_of_plans(
        select(
            Inspection.id, Inspection.plan_id, Inspection.planned_on, Inspection.place,
            Inspection.inspector_id, Inspection.recorded_at,
        )
        .where(
            Inspection.planned_on.between(local_date(first), local_date(last)),
            Inspection.is_observation.is_(False),
        )
        .order_by(Inspection.planned_on, Inspection.id),
        Inspection.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers = managers_of(plan_ids)
    at_place, anywhere = (
        sentence(lambda: _("On-site inspection, %(place)s")),
        in_both(lambda: _("On-site inspection")),
    )
    found = [
        Deadline(
            plan_id=row.plan_id, kind="inspection", object_key=f"inspection:{row.id}",
            occurrence=row.planned_on.isoformat(), due_at=end_of(row.planned_on),
            recipients=(row.inspector_id,), escalate_to=managers[row.plan_id],
            title=at_place(place=row.place) if row.place else anywhere,
            url=f"/inspections/{row.id}", done_at=row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip
    return due_between(found, first, last)
