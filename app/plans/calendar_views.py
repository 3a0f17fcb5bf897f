"""Pages of the days that are entered by hand: the company's own, and one department's.

Who enters a day that would move a plan's dates is shown them first.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.formats import day, local_date
from app.core.i18n import current_language
from app.core.permissions import ADMINISTRATOR, SIGNED_IN, requires
from app.core.web import request_now
from app.plans import daybook, department_days
from app.plans.calendar_words import kind_word
from app.plans.calendars import calendar_for, work_calendar
from app.plans.consequences import consequences
from app.plans.forms import DayForm, DepartmentDayForm
from app.plans.models import DaySource
from app.plans.people_views import asked_year

bp = Blueprint("calendar", __name__, template_folder="templates")


@bp.route("/admin/calendar", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def days() -> Any:
    """A year with its official days and the company's own, which are set here."""
    form = DayForm()
    if form.validate_on_submit():
        on, works, name = form.on.data, form.kind.data == "work", form.name.data
        answer = _take(
            form,
            lambda: daybook.set_day(on, works, name, actor=current_user, now=request_now()),
            on,
            url_for("calendar.days", year=on.year),
            _("%(day)s is set.", day=day(on)),
        )
        if answer is not None:
            return answer
    today = local_date(request_now())
    year = asked_year(today)
    entered = daybook.entered_days(year)
    months = daybook.year_of_months(year, work_calendar(), current_language(), today, {})
    return (
        render_template(
            "plans/admin_calendar.html",
            form=form,
            year=year,
            years=(daybook.FIRST_YEAR, daybook.LAST_YEAR),
            months=months,
            special=daybook.special_days(months),
            own=[row for row in entered if row.source is DaySource.own],
            imported=[row for row in entered if row.source is not DaySource.own],
            departments=department_days.days_by_department(year),
            nav=[],
            subnav=admin_tabs("calendar"),
        ),
        422 if form.errors else 200,
    )


@bp.route("/admin/calendar/<int:day_id>/remove", methods=["POST"])
@requires(ADMINISTRATOR)
def remove_day(day_id: int) -> Any:
    """Let the official calendar speak for a day again."""
    on = daybook.entered_day(day_id).on
    answer = _take(
        None,
        lambda: daybook.remove_day(day_id, actor=current_user, now=request_now()),
        on,
        url_for("calendar.days", year=on.year),
        _("%(day)s follows the official calendar again.", day=day(on)),
    )
    return answer


@bp.route("/departments/<int:department_id>/days", methods=["GET", "POST"])
@requires(SIGNED_IN)
def department(department_id: int) -> Any:
    """A department's own days of a year: for its head and for the administrator."""
    row = department_days.department_for(department_id, current_user)
    form = DepartmentDayForm()
    if form.validate_on_submit():
        on, works, name = form.on.data, form.kind.data == "work", form.name.data
        answer = _take(
            form,
            lambda: department_days.set_department_day(
                department_id, on, works, name, actor=current_user, now=request_now()
            ),
            on,
            url_for("calendar.department", department_id=department_id, year=on.year),
            _("%(day)s is set.", day=day(on)),
        )
        if answer is not None:
            return answer
    today = local_date(request_now())
    year = asked_year(today)
    calendar = calendar_for(department_id, None)
    months = daybook.year_of_months(year, calendar, current_language(), today, {})
    return (
        render_template(
            "plans/department_days.html",
            form=form,
            department=row,
            year=year,
            years=(daybook.FIRST_YEAR, daybook.LAST_YEAR),
            months=months,
            own=department_days.days_of_department(department_id, year),
            **_frame(),
        ),
        422 if form.errors else 200,
    )


@bp.route("/departments/<int:department_id>/days/<int:day_id>/remove", methods=["POST"])
@requires(SIGNED_IN)
def remove_department_day(department_id: int, day_id: int) -> Any:
    """Let the company's calendar speak for the department again."""
    on = department_days.own_day(department_id, day_id, current_user).on
    return _take(
        None,
        lambda: department_days.remove_department_day(
            department_id, day_id, actor=current_user, now=request_now()
        ),
        on,
        url_for("calendar.department", department_id=department_id, year=on.year),
        _("%(day)s follows the company’s calendar again.", day=day(on)),
    )


def _take(
    form: DayForm | None, change: Callable[[], object], on: date, target: str, said: str
) -> Any:
    """Do it and lead back; or show what would move first. None when the form must be shown again
    with what does not fit."""
    try:
        if not request.form.get("sure"):
            plans = consequences(change, current_user, request_now())
            if plans:
                return render_template(
                    "plans/day_preview.html",
                    on=on,
                    plans=plans,
                    kind_word=kind_word,
                    form=form,
                    target=target,
                    **_frame(),
                )
        change()
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        if form is None:
            raise
        form.take(error)
        return None
    flash(said)
    return redirect(target, 303)


def _frame() -> dict[str, Any]:
    """An administrator stays among their tabs; a head in the plan they came from."""
    return {"nav": [], "subnav": admin_tabs("calendar")} if current_user.is_admin else {}
