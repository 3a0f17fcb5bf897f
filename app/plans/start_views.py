"""The guided start of a plan: what and when, who, which dates. Nothing typed is lost between."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.queries import enabled_people
from app.core.errors import DomainError, Forbidden
from app.core.formats import local_date
from app.core.permissions import SIGNED_IN, requires
from app.core.web import request_now
from app.plans.calendars import work_calendar
from app.plans.queries import open_blanks
from app.plans.start_forms import STEPS, StartForm, check_order, start_form
from app.plans.starting import start_plan
from app.plans.template import template_keys
from app.plans.views import bp

TITLES = {"basis": _l("Template and start"), "people": _l("People"), "dates": _l("Dates")}


@bp.route("/plans/new", methods=["GET", "POST"])
@requires(SIGNED_IN)
def new() -> Any:
    """The guided start. The button says where to go: another step, or `start`."""
    if not (current_user.may_start_plans or current_user.is_admin):
        raise Forbidden(_("You may not start plans. An administrator can allow it."))
    key = request.form.get("template_key") or template_keys()[0]
    people = enabled_people()
    form = start_form(key, people, current_user.id, local_date(request_now()))
    if request.method == "GET":
        return _page(form, "basis")
    at, go = request.form.get("at", "basis"), request.form.get("go", "basis")
    at = at if at in STEPS else "basis"
    form.validate()
    if go in STEPS and STEPS.index(go) <= STEPS.index(at):
        form.first_wrong_step("basis")
        return _page(form, go)
    if at == "dates":
        check_order(form)
    wrong = form.first_wrong_step(at)
    if wrong:
        return _page(form, wrong, 422)
    if go != "start":
        return _go_on(form, go if go in STEPS else "people")
    if at != "dates":
        return _go_on(form, "dates")
    try:
        plan = start_plan(form.to_start(), current_user, request_now())
    except Forbidden:
        raise
    except DomainError as error:
        form.take(error)
        return _page(form, form.first_wrong_step("dates") or "dates", 422)
    count = len(open_blanks(plan.id))
    flash(
        _(
            "The plan has begun. %(count)s blanks are still open; they are listed beside the "
            "document.",
            count=count,
        )
        if count
        else _("The plan has begun.")
    )
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


def _go_on(form: StartForm, step: str) -> Any:
    is_new = False
    if step == "dates":
        try:
            is_new = form.propose()
        except DomainError as error:
            form.take(error)
            return _page(form, "basis", 422)
    return _page(form, step, is_proposed_anew=is_new)


def _page(form: StartForm, step: str, status: int = 200, is_proposed_anew: bool = False) -> Any:
    return (
        render_template(
            "plans/new.html",
            form=form,
            step=step,
            steps=STEPS,
            titles=TITLES,
            is_proposed_anew=is_proposed_anew,
            estimated=work_calendar().is_estimated,
            subnav=[],
        ),
        status,
    )
