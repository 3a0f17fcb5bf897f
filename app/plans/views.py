"""The pages of plans: the list, the document and its forms, the signatures."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.formats import day_long, words
from app.core.forms import Form
from app.core.i18n import current_language
from app.core.locks import stamp
from app.core.permissions import SIGNED_IN, requires
from app.core.text import whole_number_or_none
from app.core.web import request_now
from app.plans import forms, queries, services, signoff
from app.plans.document import cover_people, render_plan
from app.plans.models import Plan, SignStep

bp = Blueprint("plans", __name__, template_folder="templates")


@bp.route("/plans")
@requires(SIGNED_IN)
def index() -> Any:
    """My plans."""
    return render_template(
        "plans/index.html",
        rows=queries.plan_rows(current_user.id),
        may_start=current_user.may_start_plans or current_user.is_admin,
        subnav=[],
    )


@bp.route("/plans/<int:plan_id>")
@requires("plan:read")
def show(plan_id: int) -> Any:
    """The live document; `?edit=goal` opens a part's form in place."""
    plan = db.session.get_one(Plan, plan_id)
    return render_plan(plan, g.viewer, request_now(), editing=request.args.get("edit", ""))


@bp.route("/plans/<int:plan_id>/cover", methods=["POST"])
@requires("plan:edit")
def edit_cover(plan_id: int) -> Any:
    """Fill in the cover."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.CoverForm()
    form.offer(cover_people(plan))

    def act() -> None:
        hour, minute = form.report_time.data
        details = services.CoverDetails(
            title=plan.title.edited(form.title.data, current_language()),
            company=form.company.data,
            prepared_by_id=form.prepared_by_id.data,
            reviewed_by_id=form.reviewed_by_id.data,
            approved_by_id=form.approved_by_id.data,
            prepared_on=form.prepared_on.data,
            go_live_on=form.go_live_on.data,
            report_hour=hour,
            report_minute=minute,
            inspection_interval_weeks=form.inspection_interval_weeks.data,
        )
        services.edit_cover(
            plan,
            details,
            version=whole_number_or_none(form.version.data),
            actor=current_user,
            now=request_now(),
        )

    def theirs(error: Conflict) -> list[tuple[str, str]]:
        form.version.data = str(plan.version)
        rows = dict(error.theirs)
        rows["report_time"] = f"{plan.report_hour:02d}:{plan.report_minute:02d}"
        return [
            (str(form[name].label.text), _said(form[name], value))
            for name, value in rows.items()
            if name in form
        ]

    return _answer(plan, "cover", form, act, theirs)


@bp.route("/plans/<int:plan_id>/purpose", methods=["POST"])
@requires("plan:edit")
def edit_purpose(plan_id: int) -> Any:
    """Change the purpose."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.PurposeForm()

    def act() -> None:
        services.edit_purpose(
            plan,
            form.purpose.data,
            current_language(),
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        )

    def theirs(_error: Conflict) -> list[tuple[str, str]]:
        form.seen.data = stamp(plan.purpose)
        return [(_("Purpose"), words(plan.purpose))]

    return _answer(plan, "purpose", form, act, theirs)


@bp.route("/plans/<int:plan_id>/texts/<section>", methods=["POST"])
@requires("plan:edit")
def edit_texts(plan_id: int, section: str) -> Any:
    """Change the lines of a section."""
    if section not in services.SECTIONS:
        raise NotFound(_("This plan has no such section."))
    plan = db.session.get_one(Plan, plan_id)
    form = forms.TextsForm()
    rows = services.texts_of(plan.id, section)

    def act() -> None:
        services.edit_texts(
            plan,
            section,
            form.typed(rows, section in services.TITLED),
            current_language(),
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        )

    def theirs(_error: Conflict) -> list[tuple[str, str]]:
        form.seen.data = services.texts_stamp(rows)
        return [
            (str(row.position), ": ".join(t for t in (words(row.title), words(row.body)) if t))
            for row in rows
        ]

    return _answer(plan, section, form, act, theirs)


@bp.route("/plans/<int:plan_id>/sign", methods=["POST"])
@requires("plan:sign")
def sign(plan_id: int) -> Any:
    """Sign the document as it stands."""
    plan = db.session.get_one(Plan, plan_id)
    form = forms.SignForm()
    if form.step.data not in set(SignStep):
        raise NotFound(_("There is no such signature."))
    try:
        signoff.sign_plan(
            plan,
            SignStep(form.step.data),
            actor=current_user,
            now=request_now(),
            seen=form.seen.data or None,
        )
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        return render_plan(
            plan, g.viewer, request_now(), sign_error=str(error), status=error.status
        )
    flash(_("Signed. What changes from now on is marked here."))
    return redirect(url_for("plans.show", plan_id=plan.id) + "#sign-off", 303)


def _answer(
    plan: Plan,
    part: str,
    form: Form,
    act: Callable[[], None],
    theirs: Callable[[Conflict], list[tuple[str, str]]],
) -> Any:
    """Run the use case; show the page again with the form open where it did not fit."""
    status, saved = 422, []
    if form.validate_on_submit():
        try:
            act()
        except (Forbidden, NotFound):
            raise
        except Conflict as error:
            form.take(error)
            status, saved = error.status, theirs(error)
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved."))
            anchor = "cover" if part == "cover" else f"text-{part}"
            return redirect(f"{url_for('plans.show', plan_id=plan.id)}#{anchor}", 303)
    return render_plan(
        plan, g.viewer, request_now(), editing=part, form=form, theirs=saved, status=status
    )


def _said(field: Any, value: Any) -> str:
    choices = getattr(field, "choices", None)
    if choices:
        key = "" if value is None else str(value)
        return next((str(label) for k, label, *_rest in choices if k == key), "–")
    if hasattr(value, "isoformat"):
        return day_long(value)
    return words(value) or "–"
