"""A world in which every table that a route names has a row, made by the use cases.

The walks over the URL map stand on it: without a row behind an id they would only see 404.
"""

import re
from datetime import date, time
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app.accounts.models import Department, Person
from app.comms.files import share_file
from app.comms.meetings import add_agenda_item, add_meeting, instant, record_decision
from app.comms.models import (
    AgendaItem,
    CommsRow,
    Decision,
    FileVersion,
    Meeting,
    MeetingSeries,
    Message,
    Practice,
    Robot,
    SharedFile,
    Vendor,
    Visibility,
)
from app.comms.outbox import notify
from app.comms.practices import add_practice
from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.exchange.models import Upload
from app.exchange.services import export_plan, take_in
from app.plans.access import ensure_role
from app.plans.daybook import set_day
from app.plans.department_days import set_department_day
from app.plans.leave import enter_leave
from app.plans.models import CalendarDay, Leave, Plan
from app.plans.starting import PlanStart, start_plan
from app.plans.weeks import IsoWeek
from app.reports.indicators import periods_for, record_measurement
from app.reports.inspections import FindingInput, plan_inspection, record_unplanned
from app.reports.models import (
    Finding,
    Indicator,
    IndicatorKind,
    Inspection,
    Measurement,
    Problem,
    WeeklyReport,
)
from app.reports.problem_solving import raise_problem
from app.reports.reporting import save_draft
from app.risks.models import Response, Risk
from app.risks.response_services import add_response
from app.status.distribution.models import Audience, PackSchedule
from app.status.distribution.schedule import Cadence
from app.status.distribution.services import ScheduleDetails, add_schedule
from app.tasks.actions import create_action
from app.tasks.budget_services import add_budget_line
from app.tasks.models import (
    ActionItem,
    Baseline,
    BudgetLine,
    Link,
    Resource,
    ResourceKind,
    ResourceSource,
    Step,
    Task,
)
from app.tasks.resource_services import add_resource
from app.tasks.step_services import add_step
from tests.conftest import NOW, STARTED

TODAY = date(2026, 11, 26)
# Arguments of addresses → the table that they name.
TABLES: dict[str, Any] = {
    "task_id": Task, "step_id": Step, "resource_id": Resource, "budget_id": BudgetLine,
    "action_id": ActionItem, "baseline_id": Baseline, "link_id": Link,
    "risk_id": Risk, "response_id": Response, "problem_id": Problem,
    "indicator_id": Indicator, "measurement_id": Measurement, "inspection_id": Inspection,
    "finding_id": Finding, "meeting_id": Meeting, "decision_id": Decision, "item_id": AgendaItem,
    "series_id": MeetingSeries, "message_id": Message, "comms_row_id": CommsRow,
    "report_id": WeeklyReport,
    "schedule_id": PackSchedule,
    "upload_id": Upload, "practice_id": Practice, "file_id": SharedFile, "version_id": FileVersion,
}  # fmt: skip
WORDS = {
    "language": "zh", "lang": "zh", "token": "x", "week": "2026-W48", "section": "goal",
    "role": "member", "state": "promised", "filename": "x", "key": "task.before",
    "name": "cleanup",
}  # fmt: skip


def fill(plan: Plan, manager: Person) -> None:
    """A row of everything in this plan that its template does not bring."""
    who: dict[str, Any] = {"actor": manager, "now": NOW}
    task = db.session.scalars(select(Task).where(Task.plan_id == plan.id)).first()
    risk = db.session.scalars(select(Risk).where(Risk.plan_id == plan.id)).first()
    assert task is not None and risk is not None
    title = LocalText(own=f"plan {plan.id}")
    add_step(task, title=title, start_on=TODAY, finish_on=TODAY, **who)
    add_resource(task, kind=ResourceKind.human, title=title, source=ResourceSource.internal, **who)
    add_budget_line(plan.id, title=title, planned_cents=100, task_id=task.id, **who)
    create_action(plan.id, title="do", owner_id=manager.id, due_on=TODAY, **who)
    add_response(risk, title=title, **who)
    raise_problem(plan.id, title="why", owner_id=manager.id, answer_due_on=TODAY, **who)
    indicator = db.session.scalars(
        select(Indicator).where(
            Indicator.plan_id == plan.id, Indicator.kind == IndicatorKind.proportion
        )
    ).first()
    assert indicator is not None
    period = periods_for(indicator, TODAY)[-1].label
    record_measurement(indicator, period=period, good_count=9, sample_size=10, **who)
    plan_inspection(plan.id, planned_on=date(2026, 12, 2), inspector_id=manager.id, **who)
    record_unplanned(
        plan.id, done_on=TODAY, place="hall", summary="seen",
        findings=[FindingInput(text="dust")], **who,
    )  # fmt: skip
    meeting = add_meeting(
        plan.id, title="talk", starts_at=instant(date(2026, 12, 3), 10, 0),
        ends_at=instant(date(2026, 12, 3), 11, 0), place="", person_ids=[], **who,
    )  # fmt: skip
    add_agenda_item(meeting, title="point", **who)
    record_decision(meeting, text="so be it", **who)
    add_practice(plan.id, title="smile", text="always", **who)
    share_file(
        plan.id, filename="rules.txt", content=b"be kind", title="rules", description="",
        visibility=Visibility.everyone, **who,
    )  # fmt: skip
    owner = db.session.get_one(Person, task.owner_id)
    save_draft(task, IsoWeek(2026, 48), fields={"done": "much"}, author=owner, now=NOW)
    book = export_plan(plan.id, eyes=manager, language="zh", now=NOW)
    take_in(plan.id, filename="plan.xlsx", content=book, **who)
    to_managers = ScheduleDetails(Audience.managers, (), Cadence.weekly, 4, time(17))
    add_schedule(plan.id, to_managers, **who)
    notify(
        kind="test", object_key=f"plan:{plan.id}", occurrence="1", recipient_id=manager.id,
        title=title, plan_id=plan.id, reason=title, now=NOW,
    )  # fmt: skip
    db.session.flush()


def make_everything(people: SimpleNamespace, plan: Plan) -> None:
    """The manager of the world's plan is administrator, owner and head too, so that every form
    of the installation opens; there is a row of everything."""
    pm = people.pm
    pm.is_admin = True
    for role in Role:
        ensure_role(plan.id, pm.id, role)
    fill(plan, pm)
    enter_leave(pm.id, date(2026, 12, 24), date(2026, 12, 25), None, actor=pm, now=NOW)
    set_day(date(2026, 12, 31), False, "", actor=people.admin, now=NOW)
    # Its address is nothing that could be read: whoever walks over the addresses sends nothing.
    db.session.add(
        Robot(vendor=Vendor.wecom, name="group", address="x", trouble="", created_at=NOW)
    )
    first = db.session.scalars(select(Department.id)).first()
    set_department_day(first or 0, date(2026, 12, 30), False, "", actor=people.admin, now=NOW)
    db.session.commit()


def start_other_plan(people: SimpleNamespace) -> Plan:
    """A plan whose manager, owners and executive have no part in the world's plan, and the other
    way round; only the company's heads are in both."""
    people.stranger.may_start_plans = True
    plan = start_plan(
        PlanStart(template_key="reception", start_on=date(2026, 9, 28),
                  owners=dict.fromkeys(range(1, 6), people.stranger.id)),
        people.stranger,
        STARTED,
    )  # fmt: skip
    fill(plan, people.stranger)
    db.session.commit()
    return plan


def ids_of(plan: Plan) -> dict[str, Any]:
    """An id of this plan for every argument of an address; the newest row of each table."""
    ids: dict[str, Any] = {"plan_id": plan.id, **WORDS}
    for argument, table in TABLES.items():
        rows = select(table.id).order_by(table.id.desc())
        if hasattr(table, "plan_id"):
            rows = rows.where(table.plan_id == plan.id)
        else:
            parent = {AgendaItem: Meeting, FileVersion: SharedFile}[table]
            rows = rows.join(parent).where(parent.plan_id == plan.id)
        ids[argument] = db.session.scalars(rows).first()
    ids["person_id"] = db.session.scalars(select(Person.id).order_by(Person.id.desc())).first()
    ids["department_id"] = db.session.scalars(select(Department.id)).first()
    ids["robot_id"] = db.session.scalars(select(Robot.id)).first()
    ids["leave_id"] = db.session.scalars(select(Leave.id)).first()
    ids["day_id"] = db.session.scalars(select(CalendarDay.id)).first()
    return ids


def address(app: Any, rule: Any, ids: dict[str, Any]) -> str:
    """The address of a rule with these ids; 1 for arguments that nobody knows yet."""
    values = {argument: ids.get(argument) or 1 for argument in rule.arguments}
    with app.test_request_context():
        return str(app.url_for(rule.endpoint, **values))


def names_in(page: str) -> set[str]:
    """Names of the fields that a page's forms send."""
    return set(re.findall(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"', page))
