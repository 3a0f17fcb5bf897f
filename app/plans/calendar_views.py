"""The administrator's page of the company's own days."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.core.errors import DomainError, Forbidden
from app.core.formats import day, local_date
from app.core.i18n import current_language
from app.core.permissions import ADMINISTRATOR, requires
from app.core.web import request_now
from app.plans import daybook
from app.plans.calendars import work_calendar
from app.plans.forms import DayForm
from app.plans.people_views import asked_year

bp = Blueprint("calendar", __name__, template_folder="templates")


@bp.route("/admin/calendar", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def days() -> Any:
    """A year with its official days and the company's own, which are set here."""
    form = DayForm()
    if form.validate_on_submit():
        try:
            row = daybook.set_day(
                form.on.data,
                form.kind.data == "work",
                form.name.data,
                actor=current_user,
                now=request_now(),
            )
        except Forbidden:
            raise
        except DomainError as error:
            form.take(error)
        else:
            flash(_("%(day)s is set.", day=day(row.on)))
            return redirect(url_for("calendar.days", year=row.on.year), 303)
    today = local_date(request_now())
    year = asked_year(today)
    own = daybook.own_days(year)
    months = daybook.year_of_months(
        year, work_calendar(), current_language(), today, {row.on: row.name for row in own}, {}
    )
    return (
        render_template(
            "plans/admin_calendar.html",
            form=form,
            year=year,
            years=(daybook.FIRST_YEAR, daybook.LAST_YEAR),
            months=months,
            special=daybook.special_days(months),
            own=own,
            nav=[],
            subnav=admin_tabs("calendar"),
        ),
        422 if form.errors else 200,
    )


@bp.route("/admin/calendar/<int:day_id>/remove", methods=["POST"])
@requires(ADMINISTRATOR)
def remove_day(day_id: int) -> Any:
    """Let the official calendar speak for a day again."""
    on = daybook.remove_day(day_id, actor=current_user, now=request_now())
    flash(_("%(day)s follows the official calendar again.", day=day(on)))
    return redirect(url_for("calendar.days", year=on.year), 303)
