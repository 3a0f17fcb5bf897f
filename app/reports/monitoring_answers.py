"""What monitoring answers when other packages ask: to-dos, blanks, the document.

Addresses are written out as the fixed paths of the design, since jobs ask outside of a request.
"""

from datetime import datetime

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select

from app.core.db import db
from app.core.formats import day, local_date, words
from app.core.lights import Light
from app.core.permissions import Viewer
from app.core.registries import AgendaPoint, Todo
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.reports import indicator_words as say
from app.reports.inspections import may_record
from app.reports.models import Indicator, Inspection
from app.reports.monitoring_state import IndicatorRow, MonitoringState, indicator_rows
from app.tasks.answers import in_both


def monitoring_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """Values that are owed, for the manager; inspections that the viewer goes to."""
    today = local_date(now)
    rows: list[Todo] = []
    if viewer.may("indicator:edit"):
        plan = db.session.get_one(Plan, plan_id)
        for row in indicator_rows(plan, viewer, today, work_calendar()):
            owed = row.next_due
            if owed is None or owed.last >= today:
                continue
            url = f"/indicators/{row.id}?period={owed.label}#measure"
            if row.interim is not None:
                url = f"/measurements/{row.interim.id}"
            rows.append(
                Todo(
                    kind="measurement", person_id=viewer.person_id,
                    title=_("Enter %(name)s, %(period)s", name=words(row.title),
                            period=say.period_name(owed.label)),
                    detail=say.due_text(owed),
                    url=url, button=_("Enter"), due_on=owed.due_on,
                    is_overdue=owed.is_overdue,
                )
            )  # fmt: skip
    mine = select(Inspection).where(
        Inspection.plan_id == plan_id,
        Inspection.recorded_at.is_(None),
        Inspection.planned_on <= today,
    )
    for inspection in db.session.scalars(mine.order_by(Inspection.planned_on)):
        if not may_record(inspection, viewer):
            continue
        rows.append(
            Todo(
                kind="inspection", person_id=viewer.person_id,
                title=_("Record the inspection of %(day)s", day=day(inspection.planned_on)),
                detail=inspection.place or inspection.inspector.name,
                url=f"/inspections/{inspection.id}/record", button=_("Record"),
                due_on=inspection.planned_on, is_overdue=inspection.planned_on < today,
            )
        )  # fmt: skip
    return rows


def monitoring_agenda_points(plan_id: int, viewer: Viewer, now: datetime) -> list[AgendaPoint]:
    """Indicators that miss their target, and values that are overdue."""
    plan = db.session.get_one(Plan, plan_id)
    points = []
    for row in indicator_rows(plan, viewer, local_date(now), work_calendar()):
        url = f"/indicators/{row.id}"
        if row.light is Light.red:
            points.append(AgendaPoint(in_both(lambda r=row: _red_sentence(r)), url, weight=120))
        if row.missing:
            points.append(AgendaPoint(in_both(lambda r=row: _missing_sentence(r)), url, weight=50))
    return points


def _red_sentence(row: IndicatorRow) -> str:
    latest = row.latest
    if latest is None:
        return words(row.title)
    return _("%(name)s misses its target: %(value)s in %(period)s, target %(target)s",
             name=words(row.title), value=say.show_value(latest.value, row.unit),
             period=say.period_name(latest.period), target=say.target_text(row))  # fmt: skip


def _missing_sentence(row: IndicatorRow) -> str:
    first = row.missing[0]
    return _("%(name)s: the value of %(period)s is missing, %(late)s", name=words(row.title),
             period=say.period_name(first.label), late=say.due_text(first))  # fmt: skip


def monitoring_document_parts(plan_id: int) -> dict[str, str]:
    """The indicators as a signature sees them; values belong to their period, not to the
    document."""
    parts = {}
    for row in db.session.scalars(
        select(Indicator).where(Indicator.plan_id == plan_id).order_by(Indicator.number)
    ):
        key = f"indicator:{row.number}"
        parts[f"{key}:title"] = row.title.to_json()
        parts[f"{key}:measured_as"] = row.measured_as.to_json()
        parts[f"{key}:cadence"] = str(row.cadence)
        parts[f"{key}:target"] = "" if row.target is None else f"{row.direction} {row.target:g}"
    return parts


def monitoring_blanks(plan_id: int) -> list[tuple[str, str]]:
    """Indicators without a target."""
    return [
        (
            _("Target of %(name)s", name=words(row.title)),
            f"/indicators/{row.id}?edit=target#target",
        )
        for row in db.session.scalars(
            select(Indicator)
            .where(Indicator.plan_id == plan_id, Indicator.target.is_(None))
            .order_by(Indicator.number)
        )
    ]


def monitoring_sections(
    part: MonitoringState, viewer: Viewer, now: datetime
) -> list[tuple[int, Markup]]:
    """The table of indicators of the document's section 5."""
    plan = db.session.get_one(Plan, viewer.plan_id)
    markup = render_template(
        "reports/indicators_section.html", rows=part.indicators, say=say, plan=plan
    )
    return [(5, Markup(markup))]  # noqa: S704


def what_a_person_inspects(person_id: int) -> list[str]:
    """Planned inspections that would stay behind if the person left."""
    count = len(
        db.session.scalars(
            select(Inspection.id).where(
                Inspection.inspector_id == person_id, Inspection.recorded_at.is_(None)
            )
        ).all()
    )
    if not count:
        return []
    return [
        ngettext("Is named for %(num)s inspection.", "Is named for %(num)s inspections.", count)
    ]
