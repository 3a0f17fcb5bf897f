"""PlanState: everything about a plan at one instant, in one viewer's eyes.

Home pages, packs, agendas, digests and comparisons read it and query nothing on their own, so that
they can never disagree. It is put together from the features' answers (`core.registries`); people
are in it by id, so that a name can be erased.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.accounts.models import Department, Person
from app.comms.state import CommsState
from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.matrix import MATRIX, Sight, sight
from app.core.permissions import Viewer
from app.core.registries import state_part
from app.core.web import NOT_HERE
from app.plans.access import manager_ids
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.signoff import approval_standing
from app.plans.weeks import IsoWeek, week_number_in_plan
from app.reports.monitoring_state import MonitoringState
from app.reports.state import ReportsState
from app.risks.state import RisksState
from app.status.health import Finding, plan_health, risk_health, task_health
from app.tasks.state import TasksState

# Answers without which there is no state.
PARTS = ("tasks", "risks", "reports", "monitoring", "comms")


@dataclass(frozen=True)
class PlanPart:
    """The plan's own row: cover, span and standing.

    week_number counts from 1 in the week of the start; week_count is the plan's length in weeks.
    is_finish_estimated: the finish rests on a calendar that is not published yet.
    """

    id: int
    title: LocalText
    company: str
    phase: PlanPhase
    start_on: date
    finish_on: date
    go_live_on: date | None
    is_finish_estimated: bool
    week_number: int
    week_count: int
    manager_ids: tuple[int, ...]
    is_approved: bool
    is_approval_current: bool
    approved_at: datetime | None
    changed_since_approval: int


@dataclass(frozen=True)
class PlanFinding:
    """A light with the rule that fired and what it is about.

    kind: task, risk or indicator; `number` is the object's own number in the plan.
    """

    light: Light
    rule_key: str
    params: Mapping[str, Any]
    kind: str
    object_id: int
    number: int


@dataclass(frozen=True)
class PlanState:
    """The plan at `as_of` in the eyes of `eyes_id`; left_out names what those may not see."""

    as_of: datetime
    today: date
    week: str
    eyes_id: int
    plan: PlanPart
    tasks: TasksState
    risks: RisksState
    reports: ReportsState
    monitoring: MonitoringState
    comms: CommsState
    light: Light
    findings: tuple[PlanFinding, ...]
    left_out: tuple[str, ...]


def plan_state(plan_id: int, as_of: datetime, viewer: Viewer) -> PlanState:
    """The live state. Raises NotFound without the plan."""
    plan = db.session.get(Plan, plan_id)
    if plan is None:
        raise NotFound(NOT_HERE)
    parts = {name: state_part(name, plan_id, as_of, viewer) for name in PARTS}
    today = local_date(as_of)
    light, findings = judge(parts["tasks"], parts["risks"], parts["monitoring"], today)
    return PlanState(
        as_of=as_of,
        today=today,
        week=str(IsoWeek.of(today)),
        eyes_id=viewer.person_id,
        plan=_plan_part(plan, today),
        light=light,
        findings=findings,
        left_out=left_out(viewer),
        **parts,
    )


def judge(
    tasks: TasksState, risks: RisksState, monitoring: MonitoringState, today: date
) -> tuple[Light, tuple[PlanFinding, ...]]:
    """The plan's light and every finding, worst first (the design's rule of health)."""
    about: dict[int, tuple[str, int, int]] = {}

    def remember(finding: Finding, kind: str, object_id: int, number: int) -> Finding:
        about[id(finding)] = (kind, object_id, number)
        return finding

    task_findings = [
        remember(
            task_health(
                row.days_late, row.spi, is_started=row.state != "not_started",
                is_due=row.start_on <= today, is_done=row.state == "done", number=row.number,
            ),
            "task", row.id, row.number,
        )
        for row in tasks.tasks
    ]  # fmt: skip
    risk_findings = []
    for risk in risks.risks:
        finding = risk_health(risk.number, risk.score, risk.has_open_response or any(
            response.state == "done" for response in risk.responses))  # fmt: skip
        if finding is not None:
            risk_findings.append(remember(finding, "risk", risk.id, risk.number))
    indicator_findings = [
        remember(
            Finding(row.light, row.rule_key, {"number": row.number}),
            "indicator",
            row.id,
            row.number,
        )
        for row in monitoring.indicators
    ]
    light, findings = plan_health(task_findings, risk_findings, indicator_findings)
    return light, tuple(PlanFinding(f.light, f.rule_key, f.params, *about[id(f)]) for f in findings)


def left_out(viewer: Viewer) -> tuple[str, ...]:
    """The parts ("task:money") of which the viewer reads nothing, in the matrix's order."""
    return tuple(
        f"{thing}:{field}"
        for thing, field in MATRIX
        if sight(viewer, thing, field) is Sight.none and (thing, field) != ("report", "draft")
    )


def _plan_part(plan: Plan, today: date) -> PlanPart:
    standing = approval_standing(plan.id)
    return PlanPart(
        id=plan.id,
        title=plan.title,
        company=plan.company,
        phase=plan.state,
        start_on=plan.start_on,
        finish_on=plan.finish_on,
        go_live_on=plan.go_live_on,
        is_finish_estimated=work_calendar().is_estimated(plan.finish_on),
        week_number=week_number_in_plan(plan.start_on, IsoWeek.of(today)),
        week_count=week_number_in_plan(plan.start_on, IsoWeek.of(plan.finish_on)),
        manager_ids=manager_ids(plan.id),
        is_approved=standing.is_approved,
        is_approval_current=standing.is_current,
        approved_at=standing.approved_at,
        changed_since_approval=len(standing.changes),
    )


def names_of_people() -> dict[int, str]:
    """Everybody's name by id: what turns the state's ids into words."""
    return dict(db.session.execute(select(Person.id, Person.name)).tuples().all())


def names_of_departments() -> dict[int, LocalText]:
    """Every department's name by id."""
    return dict(db.session.execute(select(Department.id, Department.name)).tuples().all())
