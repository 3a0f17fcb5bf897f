"""Reads for the monitoring pages, each with a fixed number of SQL statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.models import Department
from app.accounts.queries import person_names
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.reports.models import Indicator
from app.reports.monitoring_state import IndicatorRow, InspectionRow, indicator_row
from app.reports.owing import OwedPeriod
from app.tasks.models import ActionItem


@dataclass(frozen=True)
class Around:
    """What the rows of inspections name by id: people, departments, action items."""

    people: dict[int, str]
    departments: dict[int, LocalText]
    actions: dict[int, ActionItem]


def indicator_alone(indicator: Indicator, today: date) -> tuple[IndicatorRow, dict[int, str]]:
    """One indicator's row, and the names of those who measured it."""
    plan = db.session.get_one(Plan, indicator.plan_id)
    row = indicator_row(indicator, indicator.measurements, plan, today, work_calendar())
    return row, person_names({m.measured_by_id for m in row.history})


def next_value(rows: Sequence[IndicatorRow]) -> tuple[IndicatorRow, OwedPeriod] | None:
    """The value that is owed first."""
    owed = [(row, row.next_due) for row in rows if row.next_due is not None]
    return min(owed, key=lambda pair: pair[1].due_on, default=None)


def around(rows: Sequence[InspectionRow]) -> Around:
    """Names and action items of these inspections; three statements."""
    found = {f.action_id for row in rows for f in row.findings if f.action_id is not None}
    wanted = {f.department_id for row in rows for f in row.findings if f.department_id}
    return Around(
        people=person_names({row.inspector_id for row in rows}),
        departments={
            d.id: d.name
            for d in db.session.scalars(select(Department).where(Department.id.in_(wanted)))
        },
        actions={
            a.id: a
            for a in db.session.scalars(select(ActionItem).where(ActionItem.id.in_(found)))
        },
    )
