"""Who takes part in a plan, who is away, and the days that count."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.queries import enabled_people
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.formats import local_date, words
from app.core.i18n import current_language
from app.core.permissions import SIGNED_IN, Role, Viewer, requires
from app.core.text import whole_number_or_none
from app.core.web import request_now
from app.plans import daybook, forms, leave, members, queries
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.plans.department_days import days_of_departments, headed_departments
from app.plans.models import Plan, PlanPhase
from app.plans.parts import plan_departments
from app.plans.views import bp

leave_bp = Blueprint("leave", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/people")
@requires("plan:read")
def people(plan_id: int) -> Any:
    """Everybody with a role, the departments' heads, and who is away."""
    return _people_page(db.session.get_one(Plan, plan_id), g.viewer)


def _people_page(
    plan: Plan, viewer: Viewer, kept: dict[str, Any] | None = None, status: int = 200
) -> tuple[str, int]:
    """The page; `kept` brings back forms that did not fit, by name."""
    kept = kept or {}
    rows = queries.people_rows(plan)
    may_edit = viewer.may("plan:edit") and plan.state is PlanPhase.active
    everybody = enabled_people() if may_edit else []
    today = local_date(request_now())
    member_form = kept.get("member") or forms.MemberForm(formdata=None, role=Role.member)
    leave_form = kept.get("leave") or forms.LeaveForm(formdata=None, person_id=viewer.person_id)
    head_form = kept.get("head") or forms.HeadForm(formdata=None)
    if may_edit:
        in_plan = [row.person for row in rows if row.person.is_enabled]
        member_form.offer(everybody)
        head_form.offer(everybody)
        leave_form.offer(in_plan, in_plan)
    return (
        render_template(
            "plans/people.html",
            plan=plan,
            rows=rows,
            by_hand=members.BY_HAND,
            departments=plan_departments(plan),
            names={row.person.id: row.person.name for row in rows},
            may_edit=may_edit,
            member_form=member_form,
            head_form=head_form,
            head_of=kept.get("head_of"),
            leave_form=leave_form,
            leaves=leave.leaves_of([row.person.id for row in rows], today),
            today=today,
            error=kept.get("error"),
        ),
        status,
    )


@bp.route("/plans/<int:plan_id>/people/add", methods=["POST"])
@requires("plan:edit")
def add_member(plan_id: int) -> Any:
    """Give somebody a role."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.MemberForm()
    form.offer(enabled_people())
    if form.validate_on_submit() and form.person_id.data is not None:
        try:
            row = members.add_member(
                plan,
                form.person_id.data,
                Role(form.role.data),
                actor=current_user,
                now=request_now(),
            )
        except DomainError as error:
            form.take(error)
        else:
            flash(_("%(name)s takes part now.", name=row.person.name))
            return _back(plan)
    return _people_page(plan, g.viewer, {"member": form}, 422)


@bp.route("/plans/<int:plan_id>/people/<int:person_id>/<role>/remove", methods=["POST"])
@requires("plan:edit")
def remove_member(plan_id: int, person_id: int, role: str) -> Any:
    """Take a role away."""
    plan = db.session.get_one(Plan, plan_id)
    if role not in set(Role):
        raise NotFound(_("There is no such role."))
    try:
        members.remove_member(plan, person_id, Role(role), actor=current_user, now=request_now())
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        return _people_page(plan, g.viewer, {"error": str(error)}, 422)
    flash(_("The role has ended."))
    if person_id == current_user.id and role == Role.manager:
        return redirect(url_for("plans.index"), 303)
    return _back(plan)


@bp.route("/plans/<int:plan_id>/departments/<int:department_id>/head", methods=["POST"])
@requires("plan:edit")
def appoint_head(plan_id: int, department_id: int) -> Any:
    """Fill the blank head of a department."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.HeadForm()
    form.offer(enabled_people())
    if form.validate_on_submit() and form.person_id.data is not None:
        try:
            department = members.appoint_head(
                plan, department_id, form.person_id.data, actor=current_user, now=request_now()
            )
        except (Forbidden, NotFound):
            raise
        except DomainError as error:
            # Somebody may have named the head meanwhile; then the form is gone from the page.
            return _people_page(plan, g.viewer, {"error": str(error)}, 422)
        else:
            flash(_("%(department)s has a head now.", department=words(department.name)))
            return redirect(url_for("plans.people", plan_id=plan.id) + "#departments", 303)
    return _people_page(plan, g.viewer, {"head": form, "head_of": department_id}, 422)


@bp.route("/plans/<int:plan_id>/leave", methods=["POST"])
@requires("plan:edit")
def enter_leave(plan_id: int) -> Any:
    """A manager enters leave of somebody in the plan."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.LeaveForm()
    in_plan = plan_people(plan.id)
    form.offer(in_plan, in_plan)
    if _take_leave(form):
        return redirect(url_for("plans.people", plan_id=plan.id) + "#leave", 303)
    return _people_page(plan, g.viewer, {"leave": form}, 422)


def _back(plan: Plan) -> Any:
    return redirect(url_for("plans.people", plan_id=plan.id), 303)


def _take_leave(form: forms.LeaveForm) -> bool:
    """Enter the leave that the form asks for; False when the form must be shown again."""
    if not form.validate_on_submit() or form.person_id.data is None:
        return False
    try:
        leave.enter_leave(
            form.person_id.data,
            form.first_on.data,
            form.last_on.data,
            form.substitute_id.data,
            actor=current_user,
            now=request_now(),
        )
    except Forbidden:
        raise
    except DomainError as error:
        form.take(error)
        return False
    flash(_("Leave entered. Reports and reminders take it into account."))
    return True


@leave_bp.route("/leave", methods=["GET", "POST"])
@requires(SIGNED_IN)
def mine() -> Any:
    """My own leave."""
    form = forms.LeaveForm()
    form.person_id.data = current_user.id
    form.offer([current_user], leave.colleagues(current_user.id))
    if request.method == "POST":
        form.person_id.data, form.person_id.errors = current_user.id, ()
        if _take_leave(form):
            return redirect(url_for("leave.mine"), 303)
    today = local_date(request_now())
    return (
        render_template(
            "plans/leave.html",
            form=form,
            leaves=leave.leaves_of([current_user.id], today.replace(month=1, day=1)),
            today=today,
            subnav=[],
        ),
        422 if form.errors else 200,
    )


@leave_bp.route("/leave/<int:leave_id>/remove", methods=["POST"])
@requires(SIGNED_IN)
def remove(leave_id: int) -> Any:
    """Take leave back: one's own, or that of somebody in a plan that one manages."""
    leave.remove_leave(leave_id, actor=current_user, now=request_now())
    flash(_("Leave taken back."))
    back = whole_number_or_none(request.form.get("plan_id"))
    if back is not None:
        return redirect(url_for("plans.people", plan_id=back) + "#leave", 303)
    return redirect(url_for("leave.mine"), 303)


MARKS = (
    ("start_on", _l("The plan starts")),
    ("go_live_on", _l("Put into effect")),
    ("finish_on", _l("The plan ends")),
)


@bp.route("/plans/<int:plan_id>/calendar")
@requires("plan:read")
def calendar(plan_id: int) -> Any:
    """The year's days off and at work, with the plan's own dates."""
    plan = db.session.get_one(Plan, plan_id)
    today = local_date(request_now())
    year = asked_year(today)
    marks: dict[date, str] = {
        getattr(plan, name): str(label) for name, label in MARKS if getattr(plan, name)
    }
    months = daybook.year_of_months(
        year,
        work_calendar(),
        current_language(),
        today,
        marks,
    )
    return render_template(
        "plans/calendar.html",
        plan=plan,
        year=year,
        years=(daybook.FIRST_YEAR, daybook.LAST_YEAR),
        months=months,
        special=daybook.special_days(months),
        today=today,
        departments_days=days_of_departments([d.id for d in plan_departments(plan)], year),
        headed=headed_departments(current_user),
        is_in_plan=lambda day: plan.start_on <= day <= plan.finish_on,
    )


def asked_year(today: date) -> int:
    """The year that the address asks for, within the calendar's reach; else this one."""
    asked = request.args.get("year", "")
    if asked.isascii() and asked.isdigit() and len(asked) == 4:
        return min(max(int(asked), daybook.FIRST_YEAR), daybook.LAST_YEAR)
    return today.year
