"""Pages of the inspections: what is planned, what was found, and observations of anybody."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.permissions import Role, requires
from app.core.text import shortened
from app.core.web import NOT_HERE, request_now
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.reports import inspection_form
from app.reports import inspections as services
from app.reports import monitoring_forms as forms
from app.reports import monitoring_queries as queries
from app.reports.models import Finding, Inspection
from app.reports.monitoring_state import inspection_row, inspection_rows
from app.tasks.actions import actions_from
from app.tasks.models import ActionSource
from app.tasks.page import attempt

bp = Blueprint("inspections", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/inspections")
@requires("inspection:read")
def index(plan_id: int) -> Any:
    return _index(plan_id)


@bp.route("/plans/<int:plan_id>/inspections", methods=["POST"])
@requires("plan:edit")
def plan_one(plan_id: int) -> Any:
    """Plan an inspection."""
    form = _with_people(forms.PlanInspectionForm(), plan_id)
    status = attempt(
        form,
        lambda: services.plan_inspection(
            plan_id, planned_on=form.planned_on.data, inspector_id=form.inspector_id.data,
            place=form.place.data, actor=current_user, now=request_now(),
        ),
    )  # fmt: skip
    if status != 303:
        return _index(plan_id, form, status)
    flash(_("The inspection is planned."))
    return redirect(url_for("inspections.index", plan_id=plan_id), 303)


@bp.route("/plans/<int:plan_id>/inspections/new", methods=["GET", "POST"])
@requires("plan:edit")
def new(plan_id: int) -> Any:
    """Record an inspection that nobody had planned."""
    plan = db.session.get_one(Plan, plan_id)
    form = inspection_form.record_form(
        plan, _today(), is_first_look=request.method == "GET"
    )
    if request.method == "GET":
        form.inspector_id.data = current_user.id
        form.done_on.data = _today()
        return _record_page(plan, None, form, 200)
    made: list[Inspection] = []
    status = inspection_form.record(
        form,
        plan,
        _today(),
        lambda findings: made.append(
            services.record_unplanned(
                plan_id, findings=findings, done_on=form.done_on.data, place=form.place.data,
                summary=form.summary.data, inspector_id=form.inspector_id.data,
                actor=current_user, now=request_now(),
            )
        ),
    )  # fmt: skip
    if status != 303:
        return _record_page(plan, None, form, status)
    flash(_("The inspection is recorded."))
    return redirect(url_for("inspections.show", inspection_id=made[0].id), 303)


@bp.route("/plans/<int:plan_id>/observations/new", methods=["GET", "POST"])
@requires("inspection:record")
def observe(plan_id: int) -> Any:
    """Report something that one noticed."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.ObservationForm()
    form.stage.choices = inspection_form.stages(plan)
    status = 200
    if request.method == "GET":
        form.seen_on.data = _today()
    else:
        status = attempt(
            form,
            lambda: services.report_observation(
                plan_id, text=form.text.data, seen_on=form.seen_on.data, place=form.place.data,
                stage=inspection_form.known(form.stage), actor=current_user, now=request_now(),
            ),
        )  # fmt: skip
        if status == 303:
            flash(_("The observation is reported; the project manager sees it."))
            return redirect(url_for("inspections.index", plan_id=plan_id), 303)
    return render_template("reports/inspections_observe.html", form=form, plan_id=plan_id), status


@bp.route("/inspections/<int:inspection_id>")
@requires("inspection:read")
def show(inspection_id: int) -> Any:
    return _page(_seen(inspection_id))


@bp.route("/inspections/<int:inspection_id>/plan", methods=["POST"])
@requires("plan:edit")
def move(inspection_id: int) -> Any:
    """Another day, person or place."""
    inspection = _seen(inspection_id)
    form = _with_people(forms.PlanInspectionForm(), inspection.plan_id, inspection)
    status = attempt(
        form,
        lambda: services.move_inspection(
            inspection, planned_on=form.planned_on.data, inspector_id=form.inspector_id.data,
            place=form.place.data, seen=form.seen.data or None, actor=current_user,
            now=request_now(),
        ),
        lambda: services.inspection_stamp(inspection),
    )  # fmt: skip
    return _after(inspection, "plan", form, status, _("The inspection is changed."))


@bp.route("/inspections/<int:inspection_id>/remove", methods=["POST"])
@requires("plan:edit")
def remove(inspection_id: int) -> Any:
    """Take a planned inspection off."""
    inspection = _seen(inspection_id)
    plan_id = inspection.plan_id
    services.remove_inspection(inspection, actor=current_user, now=request_now())
    flash(_("The inspection is taken off."))
    return redirect(url_for("inspections.index", plan_id=plan_id), 303)


@bp.route("/inspections/<int:inspection_id>/record", methods=["GET", "POST"])
@requires("inspection:record")
def record(inspection_id: int) -> Any:
    """Write down what was found."""
    inspection = _seen(inspection_id)
    if not _may_record(inspection):
        raise NotFound(NOT_HERE)
    plan = db.session.get_one(Plan, inspection.plan_id)
    form = inspection_form.record_form(
        plan, _today(), is_first_look=request.method == "GET"
    )
    del form.inspector_id
    if request.method == "GET":
        form.done_on.data = min(_today(), max(inspection.planned_on, plan.start_on))
        form.place.data = inspection.place
        return _record_page(plan, inspection, form, 200)
    status = inspection_form.record(
        form,
        plan,
        _today(),
        lambda findings: services.record_inspection(
            inspection, findings=findings, done_on=form.done_on.data, place=form.place.data,
            summary=form.summary.data, actor=current_user, now=request_now(),
        ),
    )  # fmt: skip
    if status != 303:
        return _record_page(plan, inspection, form, status)
    flash(_("The inspection is recorded."))
    return redirect(url_for("inspections.show", inspection_id=inspection.id), 303)


@bp.route("/inspections/<int:inspection_id>/correct", methods=["POST"])
@requires("inspection:record")
def correct(inspection_id: int) -> Any:
    """Put the record right."""
    inspection = _seen(inspection_id)
    form = forms.CorrectForm()
    status = attempt(
        form,
        lambda: services.correct_inspection(
            inspection, done_on=form.done_on.data, place=form.place.data,
            summary=form.summary.data, seen=form.seen.data or None, actor=current_user,
            now=request_now(),
        ),
        lambda: services.inspection_stamp(inspection),
    )  # fmt: skip
    return _after(inspection, "correct", form, status, _("The record is changed."))


@bp.route("/inspections/<int:inspection_id>/findings", methods=["POST"])
@requires("inspection:record")
def find(inspection_id: int) -> Any:
    """Add a finding that was forgotten."""
    inspection = _seen(inspection_id)
    form = _another(inspection)
    status = attempt(
        form,
        lambda: services.add_finding(
            inspection,
            services.FindingInput(
                text=form.text.data, stage=inspection_form.known(form.stage),
                is_good=form.is_good.data, department_id=form.department_id.data,
            ),
            actor=current_user,
            now=request_now(),
        ),
    )  # fmt: skip
    return _after(inspection, "find", form, status, _("The finding is added."))


@bp.route("/findings/<int:finding_id>/action", methods=["GET", "POST"])
@requires("plan:edit")
def act(finding_id: int) -> Any:
    """Make an action item of a finding."""
    finding = db.session.get(Finding, finding_id)
    if finding is None:
        raise NotFound(NOT_HERE)
    form = forms.ActForm()
    form.owner_id.offer([(p.id, p.name) for p in plan_people(finding.plan_id)])
    status = 200
    if request.method == "GET":
        form.title.data = shortened(finding.text.split("\n")[0], services.ACTION_TITLE_LENGTH)
        form.due_on.data = work_calendar().add_workdays(
            _today(), inspection_form.ACTION_DAYS
        )
        if finding.department is not None:
            form.owner_id.data = finding.department.head_id
    else:
        made: list[Any] = []
        status = attempt(
            form,
            lambda: made.append(
                services.act_on_finding(
                    finding, title=form.title.data, owner_id=form.owner_id.data,
                    due_on=form.due_on.data, actor=current_user, now=request_now(),
                )
            ),
        )  # fmt: skip
        if status == 303:
            flash(_("Action item A-%(number)s is written.", number=made[0].number))
            return redirect(url_for("inspections.show", inspection_id=finding.inspection_id), 303)
    return render_template("reports/inspections_act.html", form=form, finding=finding), status


def _index(plan_id: int, form: Any = None, status: int = 200) -> Any:
    plan = db.session.get_one(Plan, plan_id)
    today, calendar = _today(), work_calendar()
    rows = inspection_rows(plan_id, g.viewer, today, calendar)
    may_plan = g.viewer.has(Role.manager)
    latest = max((row.on for row in rows if not row.is_observation), default=None)
    proposals = services.proposed_days(plan, latest, calendar, today) if may_plan else []
    if may_plan and form is None:
        form = _with_people(forms.PlanInspectionForm(formdata=None), plan_id)
        form.inspector_id.data = current_user.id
        form.planned_on.data = _wanted_day() or (proposals[0] if proposals else None)
    inspections = [row for row in rows if not row.is_observation]
    return (
        render_template(
            "reports/inspections.html",
            plan=plan,
            coming=[row for row in inspections if not row.is_recorded],
            past=[row for row in reversed(inspections) if row.is_recorded],
            observations=[row for row in reversed(rows) if row.is_observation],
            around=queries.around(rows),
            proposals=proposals,
            calendar=calendar,
            form=form,
            opened=bool(form and form.errors) or "on" in request.args,
            may_plan=may_plan,
            viewer=g.viewer,
            stages=inspection_form.stage_titles(plan),
        ),
        status,
    )


def _page(inspection: Inspection, kept: dict[str, Any] | None = None, status: int = 200) -> Any:
    kept = kept or {}
    plan = db.session.get_one(Plan, inspection.plan_id)
    row = inspection_row(inspection, inspection.findings, _today(), work_calendar())
    may_record = _may_record(inspection)
    seen = services.inspection_stamp(inspection)
    made = dict(kept)
    if may_record and row.is_recorded:
        made.setdefault("find", _another(inspection, formdata=None))
        made.setdefault("correct", forms.CorrectForm(
            formdata=None, done_on=inspection.done_on, place=inspection.place,
            summary=inspection.summary, seen=seen))  # fmt: skip
    if g.viewer.has(Role.manager) and not row.is_recorded:
        made.setdefault("plan", _with_people(
            forms.PlanInspectionForm(
                formdata=None, planned_on=inspection.planned_on, place=inspection.place,
                inspector_id=inspection.inspector_id, seen=seen),
            plan.id, inspection))  # fmt: skip
    linked = {finding.action_id for finding in row.findings}
    return (
        render_template(
            "reports/inspection.html",
            row=row,
            plan_id=plan.id,
            around=queries.around([row]),
            others=[a for a in actions_from(plan.id, ActionSource.inspection, [row.id])[row.id]
                    if a.id not in linked],
            stages=inspection_form.stage_titles(plan),
            checklist=services.checklist_of(plan),
            forms_of=made,
            opened=next(iter(kept), ""),
            may_record=may_record,
            may_plan=g.viewer.has(Role.manager),
        ),
        status,
    )  # fmt: skip


def _after(inspection: Inspection, name: str, form: Any, status: int, said: str) -> Any:
    if status != 303:
        return _page(inspection, {name: form}, status)
    flash(said)
    return redirect(url_for("inspections.show", inspection_id=inspection.id), 303)


def _record_page(plan: Plan, inspection: Inspection | None, form: Any, status: int) -> Any:
    return (
        render_template(
            "reports/inspections_record.html", form=form, inspection=inspection, plan_id=plan.id,
            checklist=services.checklist_of(plan), 
            blank=inspection_form.blank_row(plan, _today()),
            next_row=max((int(e.name.split("-")[1]) for e in form.findings), default=-1) + 1,
        ),
        status,
    )  # fmt: skip


def _with_people(form: Any, plan_id: int, inspection: Inspection | None = None) -> Any:
    people = [(p.id, p.name) for p in plan_people(plan_id)]
    if inspection is not None and inspection.inspector_id not in {key for key, _n in people}:
        people.append((inspection.inspector_id, inspection.inspector.name))
    form.inspector_id.offer(people)
    return form


def _seen(inspection_id: int) -> Inspection:
    """The inspection, where the viewer may read it."""
    inspection = db.session.get(Inspection, inspection_id)
    if inspection is None or not services.reads_inspection(g.viewer, inspection):
        raise NotFound(NOT_HERE)
    return inspection


def _may_record(inspection: Inspection) -> bool:
    return services.may_record(inspection, g.viewer)


def _wanted_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None


def _today() -> date:
    return local_date(request_now())


def _another(inspection: Inspection, **kw: Any) -> Any:
    plan = db.session.get_one(Plan, inspection.plan_id)
    return inspection_form.offer(forms.AnotherFindingForm(**kw), plan)
