"""Use cases of on-site inspections 现场巡查: how reception is really done.

The manager plans them and names who goes; whoever went records what was found, and each finding
that needs doing becomes an action item of the department it concerns. Anybody of the plan may
report an observation, which is kept beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.formats import local_date
from app.core.locks import check_unchanged, stamp
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.text import shortened
from app.plans.access import manager_ids, plan_people
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.template import load_template
from app.plans.workcalendar import WorkCalendar
from app.reports.models import Finding, Inspection
from app.tasks.actions import create_action
from app.tasks.models import ActionItem, ActionSource
from app.tasks.rights import eyes, must_manage, someone_of_plan
from app.tasks.services import check_department

FIELDS = ("planned_on", "done_on", "place", "inspector_id", "summary")
ACTION_TITLE_LENGTH = 120


@dataclass(frozen=True)
class FindingInput:
    """Something found. `stage` is a key of the template's stages or empty.

    `needs_doing` makes an action item: due on `due_on`, of `owner_id` or else of the head of the
    department, or of the project manager where there is none in the plan; `action_title` is the
    finding's own text unless given.
    """

    text: str
    stage: str = ""
    is_good: bool = False
    department_id: int | None = None
    needs_doing: bool = False
    due_on: date | None = None
    owner_id: int | None = None
    action_title: str = ""


def plan_inspection(
    plan_id: int,
    *,
    planned_on: date,
    inspector_id: int,
    place: str = "",
    actor: Person,
    now: datetime,
) -> Inspection:
    """Plan an inspection; the manager may. Raises Forbidden, DomainError."""
    must_manage(actor, plan_id)
    someone_of_plan(plan_id, inspector_id, "inspector_id")
    _check_ahead(planned_on, now)
    inspection = Inspection(
        plan_id=plan_id, planned_on=planned_on, inspector_id=inspector_id, place=place
    )
    db.session.add(inspection)
    audit.record("planned", inspection, actor_id=actor.id, now=now)
    return inspection


def move_inspection(
    inspection: Inspection,
    *,
    planned_on: date,
    inspector_id: int,
    place: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Another day, person or place for an inspection that is still to come."""
    must_manage(actor, inspection.plan_id)
    _must_be_open(inspection)
    check_unchanged(seen, inspection_stamp(inspection), _fields(inspection))
    if planned_on != inspection.planned_on:
        _check_ahead(planned_on, now)
    if inspector_id != inspection.inspector_id:
        someone_of_plan(inspection.plan_id, inspector_id, "inspector_id")
    changes = audit.change(
        inspection, planned_on=planned_on, inspector_id=inspector_id, place=place
    )
    if changes:
        audit.record("moved", inspection, actor_id=actor.id, now=now, changes=changes)


def remove_inspection(inspection: Inspection, *, actor: Person, now: datetime) -> None:
    """Take a planned inspection off; what was recorded stays."""
    must_manage(actor, inspection.plan_id)
    _must_be_open(inspection)
    audit.record(
        "removed", inspection, actor_id=actor.id, now=now,
        changes={"planned_on": (inspection.planned_on, None)},
    )  # fmt: skip
    db.session.delete(inspection)
    db.session.flush()


def record_inspection(
    inspection: Inspection,
    *,
    done_on: date,
    place: str,
    summary: str,
    findings: Sequence[FindingInput],
    actor: Person,
    now: datetime,
) -> None:
    """What was found; by the person named, or the manager. Raises Forbidden, DomainError."""
    _must_record(inspection, actor)
    _must_be_open(inspection)
    _check_past(inspection.plan_id, done_on, now)
    if not findings and not summary:
        raise DomainError(
            _l("Please write down at least one sentence of what was found."), "summary"
        )
    changes = audit.change(
        inspection, done_on=done_on, place=place, summary=summary, recorded_at=now
    )
    audit.record("recorded", inspection, actor_id=actor.id, now=now, changes=changes)
    for finding in findings:
        _add_finding(inspection, finding, actor, now)


def record_unplanned(
    plan_id: int,
    *,
    done_on: date,
    place: str,
    summary: str,
    findings: Sequence[FindingInput],
    inspector_id: int | None = None,
    actor: Person,
    now: datetime,
) -> Inspection:
    """An inspection that nobody had planned; the manager records it, for somebody else too."""
    must_manage(actor, plan_id)
    inspector_id = inspector_id or actor.id
    someone_of_plan(plan_id, inspector_id, "inspector_id")
    inspection = Inspection(plan_id=plan_id, planned_on=done_on, inspector_id=inspector_id)
    db.session.add(inspection)
    db.session.flush()
    record_inspection(
        inspection, done_on=done_on, place=place, summary=summary, findings=findings,
        actor=actor, now=now,
    )  # fmt: skip
    return inspection


def correct_inspection(
    inspection: Inspection,
    *,
    done_on: date,
    place: str,
    summary: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Put the record right; findings stay as they were written."""
    _must_record(inspection, actor)
    check_unchanged(seen, inspection_stamp(inspection), _fields(inspection))
    _check_past(inspection.plan_id, done_on, now)
    changes = audit.change(inspection, done_on=done_on, place=place, summary=summary)
    if changes:
        audit.record("changed", inspection, actor_id=actor.id, now=now, changes=changes)


def add_finding(
    inspection: Inspection, finding: FindingInput, *, actor: Person, now: datetime
) -> Finding:
    """A finding that was forgotten."""
    _must_record(inspection, actor)
    if inspection.recorded_at is None:
        raise DomainError(_l("This inspection has not been recorded yet."))
    return _add_finding(inspection, finding, actor, now)


def act_on_finding(
    finding: Finding,
    *,
    title: str,
    owner_id: int,
    due_on: date,
    actor: Person,
    now: datetime,
) -> ActionItem:
    """Make an action item of a finding or an observation; the manager may."""
    must_manage(actor, finding.plan_id)
    if finding.action_id is not None:
        raise DomainError(_l("There is an action item for this already."))
    action = create_action(
        finding.plan_id, title=title, owner_id=owner_id, due_on=due_on,
        source=ActionSource.inspection, source_id=finding.inspection_id,
        department_id=finding.department_id, details=finding.text, actor=actor, now=now,
    )  # fmt: skip
    finding.action_id = action.id
    return action


def report_observation(
    plan_id: int,
    *,
    text: str,
    seen_on: date,
    stage: str = "",
    place: str = "",
    actor: Person,
    now: datetime,
) -> Inspection:
    """Something that anybody of the plan noticed. Raises NotFound, DomainError."""
    eyes(actor, plan_id)
    if not text:
        raise DomainError(_l("Please fill this in."), "text")
    _check_past(plan_id, seen_on, now, "seen_on")
    observation = Inspection(
        plan_id=plan_id, planned_on=seen_on, done_on=seen_on, place=place,
        inspector_id=actor.id, recorded_at=now, is_observation=True,
    )  # fmt: skip
    db.session.add(observation)
    db.session.flush()
    _add_finding(observation, FindingInput(text=text, stage=stage), actor, now)
    audit.record("reported", observation, actor_id=actor.id, now=now)
    return observation


def proposed_days(
    plan: Plan, latest: date | None, calendar: WorkCalendar, today: date, count: int = 3
) -> list[date]:
    """The next days for inspections by the plan's interval, each on a working day.

    Counted from the `latest` one planned or done (None: from the plan's start); empty while the
    interval is a blank.
    """
    weeks = plan.inspection_interval_weeks
    if not weeks:
        return []
    step = timedelta(weeks=weeks)
    day = (latest or plan.start_on) + step
    if day < today:
        day = today
    days: list[date] = []
    for turn in range(count):
        proposal = calendar.next_workday(day + turn * step)
        if proposal <= calendar.next_workday(plan.finish_on) and proposal not in days:
            days.append(proposal)
    return days


def checklist_of(plan: Plan) -> list[dict[str, Any]]:
    """The template's items in the order of the stages: key, stage, title (of the stage), text."""
    template = load_template(plan.template_key)
    titles = {stage["key"]: stage["title"] for stage in template.get("stages", [])}
    return [
        {**item, "title": titles.get(item["stage"], {})}
        for item in template.get("inspection", {}).get("checklist", [])
    ]


def stages_of(plan: Plan) -> dict[str, Any]:
    """Stage key → its title in both languages."""
    return {s["key"]: s["title"] for s in load_template(plan.template_key).get("stages", [])}


def may_record(inspection: Inspection, viewer: Viewer) -> bool:
    """The person named, and the manager."""
    return viewer.has(Role.manager) or inspection.inspector_id == viewer.person_id


def reads_inspection(viewer: Viewer, inspection: Inspection) -> bool:
    """Whether the viewer reads this inspection or observation."""
    seen = sight(viewer, "inspection", "row")
    is_own = inspection.inspector_id == viewer.person_id
    return seen is Sight.all or (seen is Sight.own and is_own)


def inspection_stamp(inspection: Inspection) -> str:
    return stamp(_fields(inspection))


def _add_finding(
    inspection: Inspection, given: FindingInput, actor: Person, now: datetime
) -> Finding:
    if not given.text:
        raise DomainError(_l("Please fill this in."), "text")
    check_department(given.department_id)
    finding = Finding(
        plan_id=inspection.plan_id, inspection_id=inspection.id, stage=given.stage,
        text=given.text, is_good=given.is_good, department_id=given.department_id,
    )  # fmt: skip
    db.session.add(finding)
    if given.needs_doing:
        calendar = work_calendar()
        action = create_action(
            inspection.plan_id,
            title=given.action_title or shortened(given.text.split("\n")[0], ACTION_TITLE_LENGTH),
            owner_id=given.owner_id or _answers_for(inspection.plan_id, given.department_id),
            due_on=given.due_on or calendar.add_workdays(local_date(now), 5),
            source=ActionSource.inspection,
            source_id=inspection.id,
            department_id=given.department_id,
            details=given.text,
            actor=actor,
            now=now,
        )
        finding.action_id = action.id
    audit.record("found", finding, actor_id=actor.id, now=now)
    return finding


def _answers_for(plan_id: int, department_id: int | None) -> int:
    """The department's head if they are in the plan, else its manager."""
    managers = manager_ids(plan_id)
    if department_id is not None:
        head_id = db.session.get_one(Department, department_id).head_id
        if head_id in {person.id for person in plan_people(plan_id)}:
            return head_id  # type: ignore[return-value]
    if not managers:
        raise DomainError(_l("Please name the department whose head answers for it."))
    return managers[0]


def _must_record(inspection: Inspection, actor: Person) -> None:
    if not may_record(inspection, eyes(actor, inspection.plan_id)):
        raise Forbidden(_l("Only the person named for it and the project manager may record it."))


def _must_be_open(inspection: Inspection) -> None:
    if inspection.recorded_at is not None:
        raise DomainError(_l("This inspection has been recorded already."))


def _check_ahead(planned_on: date, now: datetime) -> None:
    if planned_on < local_date(now):
        raise DomainError(_l("This day has passed already."), "planned_on")


def _check_past(plan_id: int, on: date, now: datetime, field: str = "done_on") -> None:
    if on > local_date(now):
        raise DomainError(_l("This day has not come yet."), field)
    if on < db.session.get_one(Plan, plan_id).start_on:
        raise DomainError(_l("This day lies before the plan begins."), field)


def _fields(inspection: Inspection) -> dict[str, Any]:
    return {name: getattr(inspection, name) for name in FIELDS}
