"""Monitoring's part of a plan's state: the indicators and the inspections at one instant.

Home pages, packs, agendas and the monitoring pages read these rows, and so cannot disagree. A
fixed number of SQL statements, however many rows there are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import read_once
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.workcalendar import WorkCalendar
from app.reports.indicator_light import indicator_light
from app.reports.models import (
    Cadence,
    Direction,
    Finding,
    Indicator,
    IndicatorKind,
    Inspection,
    Measurement,
)
from app.reports.owing import OwedPeriod, open_periods, owed_periods
from app.reports.wilson import wilson_interval


@dataclass(frozen=True)
class MeasurementRow:
    """A period's value and what it says. `low` and `high` are the ends of a proportion's Wilson
    95 % interval in percent, None where there is none; `is_interim`: taken before the period had
    ended."""

    id: int
    period: str
    period_first: date
    period_last: date
    value: float
    good_count: int | None
    sample_size: int | None
    is_whole_population: bool
    low: float | None
    high: float | None
    light: Light
    rule_key: str
    is_interim: bool
    note: str
    measured_by_id: int
    measured_at: datetime


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator and its latest value. `light` and `rule_key` are the latest value's;
    `history` is oldest first; `missing` are the overdue periods, `next_due` is the first period
    without a final value (overdue or not), None when the plan wants no more."""

    id: int
    number: int
    key: str | None
    title: LocalText
    measured_as: LocalText
    cadence: Cadence
    kind: IndicatorKind
    unit: str
    direction: Direction
    target: float | None
    min_answers: int
    begins_on: date | None
    light: Light
    rule_key: str
    latest: MeasurementRow | None
    history: tuple[MeasurementRow, ...]
    missing: tuple[OwedPeriod, ...]
    next_due: OwedPeriod | None

    @property
    def value(self) -> float | None:
        return self.latest.value if self.latest else None

    @property
    def period(self) -> str | None:
        return self.latest.period if self.latest else None

    @property
    def low(self) -> float | None:
        return self.latest.low if self.latest else None

    @property
    def high(self) -> float | None:
        return self.latest.high if self.latest else None

    @property
    def sample_size(self) -> int | None:
        return self.latest.sample_size if self.latest else None

    @property
    def interim(self) -> MeasurementRow | None:
        """The value taken early in the period that is owed next."""
        wanted = self.next_due.label if self.next_due else None
        return next((row for row in self.history if row.period == wanted), None)


@dataclass(frozen=True)
class FindingRow:
    """Something found on an inspection; `action_id` when it needs doing."""

    id: int
    stage: str
    text: str
    is_good: bool
    department_id: int | None
    action_id: int | None


@dataclass(frozen=True)
class InspectionRow:
    """An inspection or an observation. `days_overdue`: working days since the planned day of one
    that was not recorded."""

    id: int
    planned_on: date
    done_on: date | None
    place: str
    inspector_id: int
    summary: str
    is_observation: bool
    is_recorded: bool
    is_overdue: bool
    days_overdue: int
    findings: tuple[FindingRow, ...]

    @property
    def on(self) -> date:
        return self.done_on or self.planned_on


@dataclass(frozen=True)
class MonitoringState:
    """Section 5 beside the weekly reports, as far as the viewer may read it. Inspections are in
    the order of their days; observations stand apart."""

    indicators: tuple[IndicatorRow, ...]
    inspections: tuple[InspectionRow, ...]
    observations: tuple[InspectionRow, ...]


def monitoring_state(plan_id: int, as_of: datetime, viewer: Viewer) -> MonitoringState:
    """Everything at `as_of` in the viewer's eyes; six statements at most."""
    plan = db.session.get_one(Plan, plan_id)
    today = local_date(as_of)
    calendar = work_calendar()
    seen = inspection_rows(plan_id, viewer, today, calendar)
    return MonitoringState(
        indicators=indicator_rows(plan, viewer, today, calendar),
        inspections=tuple(row for row in seen if not row.is_observation),
        observations=tuple(row for row in seen if row.is_observation),
    )


@read_once
def indicator_rows(
    plan: Plan, viewer: Viewer, today: date, calendar: WorkCalendar
) -> tuple[IndicatorRow, ...]:
    """The plan's indicators in their order."""
    if sight(viewer, "indicator", "row") is Sight.none:
        return ()
    indicators = db.session.scalars(
        select(Indicator).where(Indicator.plan_id == plan.id).order_by(Indicator.number)
    ).all()
    measured: dict[int, list[Measurement]] = defaultdict(list)
    for row in db.session.scalars(
        select(Measurement)
        .where(Measurement.plan_id == plan.id)
        .order_by(Measurement.period_first, Measurement.id)
    ):
        measured[row.indicator_id].append(row)
    return tuple(indicator_row(i, measured[i.id], plan, today, calendar) for i in indicators)


def indicator_row(
    indicator: Indicator,
    measurements: Sequence[Measurement],
    plan: Plan,
    today: date,
    calendar: WorkCalendar,
) -> IndicatorRow:
    """One indicator with its values, oldest first."""
    history = tuple(_measurement_row(indicator, row) for row in measurements)
    latest = history[-1] if history else None
    owed = open_periods(
        owed_periods(str(indicator.cadence), indicator.begins_on or plan.start_on, plan.finish_on),
        {row.period: local_date(row.measured_at) for row in history},
        today,
        calendar,
    )
    light, rule = (latest.light, latest.rule_key) if latest else _judge(indicator, None)
    return IndicatorRow(
        id=indicator.id,
        number=indicator.number,
        key=indicator.key,
        title=indicator.title,
        measured_as=indicator.measured_as,
        cadence=indicator.cadence,
        kind=indicator.kind,
        unit=indicator.unit,
        direction=indicator.direction,
        target=indicator.target,
        min_answers=indicator.min_answers,
        begins_on=indicator.begins_on,
        light=light,
        rule_key=rule,
        latest=latest,
        history=history,
        missing=tuple(period for period in owed if period.is_overdue),
        next_due=owed[0] if owed else None,
    )


def inspection_rows(
    plan_id: int, viewer: Viewer, today: date, calendar: WorkCalendar
) -> tuple[InspectionRow, ...]:
    """The inspections and observations that the viewer may read, by day."""
    seen = sight(viewer, "inspection", "row")
    if seen is Sight.none:
        return ()
    wanted = select(Inspection).where(Inspection.plan_id == plan_id)
    if seen is Sight.own:
        wanted = wanted.where(Inspection.inspector_id == viewer.person_id)
    inspections = db.session.scalars(wanted).all()
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in db.session.scalars(
        select(Finding).where(Finding.plan_id == plan_id).order_by(Finding.id)
    ):
        found[finding.inspection_id].append(finding)
    rows = [inspection_row(i, found[i.id], today, calendar) for i in inspections]
    return tuple(sorted(rows, key=lambda row: (row.on, row.id)))


def inspection_row(
    inspection: Inspection, findings: Sequence[Finding], today: date, calendar: WorkCalendar
) -> InspectionRow:
    """One inspection with what was found."""
    is_overdue = inspection.recorded_at is None and inspection.planned_on < today
    return InspectionRow(
        id=inspection.id,
        planned_on=inspection.planned_on,
        done_on=inspection.done_on,
        place=inspection.place,
        inspector_id=inspection.inspector_id,
        summary=inspection.summary,
        is_observation=inspection.is_observation,
        is_recorded=inspection.recorded_at is not None,
        is_overdue=is_overdue,
        days_overdue=calendar.workdays_between(inspection.planned_on, today) if is_overdue else 0,
        findings=tuple(
            FindingRow(f.id, f.stage, f.text, f.is_good, f.department_id, f.action_id)
            for f in findings
        ),
    )


def _measurement_row(indicator: Indicator, row: Measurement) -> MeasurementRow:
    light, rule = _judge(indicator, row)
    low = high = None
    if row.good_count is not None and row.sample_size and not row.is_whole_population:
        low, high = (100 * end for end in wilson_interval(row.good_count, row.sample_size))
    return MeasurementRow(
        id=row.id,
        period=row.period,
        period_first=row.period_first,
        period_last=row.period_last,
        value=row.value,
        good_count=row.good_count,
        sample_size=row.sample_size,
        is_whole_population=row.is_whole_population,
        low=low,
        high=high,
        light=light,
        rule_key=rule,
        is_interim=local_date(row.measured_at) <= row.period_last,
        note=row.note,
        measured_by_id=row.measured_by_id,
        measured_at=row.measured_at,
    )


def _judge(indicator: Indicator, row: Measurement | None) -> tuple[Light, str]:
    return indicator_light(
        str(indicator.direction),
        indicator.target,
        row.value if row else None,
        str(indicator.kind),
        row.sample_size if row else None,
        row.is_whole_population if row else False,
        indicator.min_answers,
    )
