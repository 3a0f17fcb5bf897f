"""The administrator's pages for people and departments."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts import queries, services
from app.accounts.forms import DepartmentForm, PersonForm
from app.accounts.menus import admin_tabs
from app.accounts.models import Department, Person
from app.core.errors import DomainError
from app.core.formats import when, words
from app.core.permissions import ADMINISTRATOR, requires
from app.core.text import clean_line
from app.core.web import request_now

bp = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")

STATES = {"enabled": _l("Can sign in"), "disabled": _l("Disabled"), "all": _l("All")}
ACTIONS = {
    "add_person": _l("added"), "edit_person": _l("changed"), "disable_person": _l("disabled"),
    "enable_person": _l("enabled"), "send_link": _l("link for a password sent"),
    "change_password": _l("changed the password"), "choose_language": _l("chose a language"),
    "set_password_by_link": _l("set a password by the link"),
    "add_department": _l("added"), "edit_department": _l("changed"),
}  # fmt: skip
FIELDS = {
    "email": _l("Mail address"), "name": _l("Full name"), "title": _l("Position"),
    "department_id": _l("Department"), "language": _l("Language"),
    "may_start_plans": _l("May start plans"), "is_admin": _l("Administrator"),
    "is_active": _l("In use"), "head_id": _l("Head"),
}  # fmt: skip


DEPARTMENT_FIELDS = {**FIELDS, "name": _l("Name of the department")}


@bp.get("/")
@requires(ADMINISTRATOR)
def index() -> Any:
    return redirect(url_for("admin.people"))


@bp.get("/people")
@requires(ADMINISTRATOR)
def people() -> Any:
    query = clean_line(request.args.get("q", ""))[:100]
    state = request.args.get("state", "enabled")
    state = state if state in STATES else "all"
    counts = queries.counts_by_state()
    return render_template(
        "accounts/people.html",
        subnav=admin_tabs("people"),
        page=queries.people_page(query, state, request.args.get("page", 1, type=int)),
        query=query,
        state=state,
        counts=counts,
        filters=[
            {
                "label": label,
                "url": url_for("admin.people", state=key, q=query or None),
                "is_active": key == state,
                "count": counts[key] if not query else None,
            }
            for key, label in STATES.items()
        ],
        pager_url=url_for("admin.people", state=state, q=query or None),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def new_person() -> Any:
    form = PersonForm()
    form.offer(queries.departments())
    if form.validate_on_submit():
        now = request_now()
        try:
            person = services.add_person(form.details(), actor=current_user, now=now)
            if form.is_invited.data:
                services.send_link(person.id, actor=current_user, now=now)
        except DomainError as error:
            form.take(error)
        else:
            flash(
                _("%(name)s was added; the invitation is on its way.", name=person.name)
                if form.is_invited.data
                else _("%(name)s was added.", name=person.name)
            )
            return redirect(url_for("admin.person", person_id=person.id), 303)
    page = render_template(
        "accounts/person.html", subnav=admin_tabs("people"), form=form, person=None, history=[],
        owned=[], has_mail=_has_mail(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.route("/people/<int:person_id>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def person(person_id: int) -> Any:
    row = queries.person_or_none(person_id) or abort(404)
    form = PersonForm(obj=row)
    form.offer(queries.departments(also_id=row.department_id))
    if form.validate_on_submit():
        try:
            services.edit_person(row.id, form.details(), actor=current_user, now=request_now())
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("admin.person", person_id=row.id), 303)
    page = render_template(
        "accounts/person.html", subnav=admin_tabs("people"), form=form, person=row,
        history=_told(queries.history_of(Person.__tablename__, row.id)),
        owned=queries.what_they_own(row.id), has_mail=_has_mail(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post("/people/<int:person_id>/disable")
@requires(ADMINISTRATOR)
def disable_person(person_id: int) -> Any:
    return _act(
        person_id, services.disable_person, _l("Disabled; every sign-in of this person ended.")
    )


@bp.post("/people/<int:person_id>/enable")
@requires(ADMINISTRATOR)
def enable_person(person_id: int) -> Any:
    return _act(person_id, services.enable_person, _l("Enabled again."))


@bp.post("/people/<int:person_id>/link")
@requires(ADMINISTRATOR)
def send_link(person_id: int) -> Any:
    return _act(person_id, services.send_link, _l("The mail with the link is on its way."))


def _act(person_id: int, use_case: Any, said: Any) -> Any:
    """One button of a person's page: done, or the reason why not, on that page."""
    if queries.person_or_none(person_id) is None:
        abort(404)
    try:
        use_case(person_id, actor=current_user, now=request_now())
    except DomainError as error:
        flash(str(error), "error")
    else:
        flash(str(said))
    return redirect(url_for("admin.person", person_id=person_id), 303)


@bp.get("/departments")
@requires(ADMINISTRATOR)
def departments() -> Any:
    return render_template(
        "accounts/departments.html",
        subnav=admin_tabs("departments"),
        rows=queries.department_rows(),
    )


@bp.route("/departments/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def new_department() -> Any:
    return _department_page(None)


@bp.route("/departments/<int:department_id>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def department(department_id: int) -> Any:
    return _department_page(queries.department_or_none(department_id) or abort(404))


def _department_page(row: Department | None) -> Any:
    form = DepartmentForm(
        data={"name": words(row.name), "head_id": row.head_id, "is_active": row.is_active}
        if row
        else None
    )
    form.offer(queries.enabled_people([row.head_id] if row else ()))
    if form.validate_on_submit():
        now, details = request_now(), form.details(row)
        try:
            if row is None:
                services.add_department(details, actor=current_user, now=now)
            else:
                services.edit_department(row.id, details, actor=current_user, now=now)
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("admin.departments"), 303)
    page = render_template(
        "accounts/department.html", subnav=admin_tabs("departments"), form=form, department=row,
        history=_told(queries.history_of(Department.__tablename__, row.id), DEPARTMENT_FIELDS)
        if row
        else [],
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _has_mail() -> bool:
    return bool(current_app.config["SETTINGS"].mail_url)


def _told(entries: list[Any], fields: dict[str, Any] = FIELDS) -> list[tuple[str, str, str]]:
    """Changes as (when, what happened, who)."""
    return [
        (
            when(entry.at),
            _(
                "%(act)s: %(fields)s",
                act=ACTIONS[entry.action],
                fields=_(", ").join(str(fields[f]) for f in entry.changes if f in fields),
            )
            if entry.action.startswith("edit_")
            else str(ACTIONS.get(entry.action, entry.action)),
            name or _("the command line"),
        )
        for entry, name in entries
    ]
