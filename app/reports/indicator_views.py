"""Pages of the indicators: all four, one with its values, and what it aims at."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.permissions import requires
from app.core.web import NOT_HERE, request_now
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.reports import indicator_words as say
from app.reports import indicators as services
from app.reports import monitoring_forms as forms
from app.reports import monitoring_queries as queries
from app.reports.models import Direction, Indicator, Measurement
from app.reports.monitoring_state import indicator_rows
from app.tasks.page import attempt

bp = Blueprint("indicators", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/indicators")
@requires("indicator:read")
def index(plan_id: int) -> Any:
    """The indicators against their targets."""
    rows = indicator_rows(
        db.session.get_one(Plan, plan_id), g.viewer, local_date(request_now()), work_calendar()
    )
    return render_template(
        "reports/indicators.html",
        plan_id=plan_id,
        rows=rows,
        say=say,
        next_one=queries.next_value(rows),
        overdue=sum(len(row.missing) for row in rows),
        may_edit=g.viewer.may("indicator:edit"),
    )


@bp.route("/indicators/<int:indicator_id>")
@requires("indicator:read")
def show(indicator_id: int) -> Any:
    return _page(_indicator(indicator_id))


@bp.route("/indicators/<int:indicator_id>/measurements", methods=["POST"])
@requires("indicator:edit")
def measure(indicator_id: int) -> Any:
    """Enter the value of a period."""
    indicator = _indicator(indicator_id)
    form = forms.measurement_form(indicator, _periods(indicator))
    status = attempt(
        form,
        lambda: services.record_measurement(
            indicator, period=form.period.data, actor=current_user, now=request_now(),
            **_values(form),
        ),
    )  # fmt: skip
    if status != 303:
        return _page(indicator, {"measure": form}, status)
    flash(_("The value is entered."))
    return redirect(url_for("indicators.show", indicator_id=indicator.id), 303)


@bp.route("/indicators/<int:indicator_id>/target", methods=["POST"])
@requires("indicator:edit")
def aim(indicator_id: int) -> Any:
    """Set the target and how the indicator is judged."""
    indicator = _indicator(indicator_id)
    form = forms.target_form(indicator, services.settings_stamp(indicator))
    status = attempt(
        form,
        lambda: services.edit_indicator(
            indicator,
            target=form.target.data,
            direction=Direction(form.direction.data),
            min_answers=form.min_answers.data,
            begins_on=form.begins_on.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lambda: services.settings_stamp(indicator),
    )
    if status != 303:
        return _page(indicator, {"target": form}, status)
    flash(_("The indicator is changed."))
    return redirect(url_for("indicators.show", indicator_id=indicator.id), 303)


@bp.route("/measurements/<int:measurement_id>", methods=["GET", "POST"])
@requires("indicator:edit")
def edit(measurement_id: int) -> Any:
    """Put a value right."""
    measurement = _measurement(measurement_id)
    indicator = measurement.indicator
    form = forms.measurement_form(
        indicator, [], measurement, services.measurement_stamp(measurement)
    )
    status = 200
    if request.method == "POST":
        status = attempt(
            form,
            lambda: services.edit_measurement(
                measurement, seen=form.seen.data or None, actor=current_user, now=request_now(),
                **_values(form),
            ),
            lambda: services.measurement_stamp(measurement),
        )  # fmt: skip
        if status == 303:
            flash(_("The value is changed."))
            return redirect(url_for("indicators.show", indicator_id=indicator.id), 303)
    return (
        render_template(
            "reports/indicators_value.html", form=form, measurement=measurement,
            indicator=indicator, say=say,
        ),
        status,
    )  # fmt: skip


@bp.route("/measurements/<int:measurement_id>/remove", methods=["POST"])
@requires("indicator:edit")
def remove(measurement_id: int) -> Any:
    """Take a value out."""
    measurement = _measurement(measurement_id)
    services.remove_measurement(measurement, actor=current_user, now=request_now())
    flash(_("The value is taken out."))
    return redirect(url_for("indicators.show", indicator_id=measurement.indicator_id), 303)


def _page(indicator: Indicator, kept: Mapping[str, Any] | None = None, status: int = 200) -> Any:
    kept = kept or {}
    row, names = queries.indicator_alone(indicator, local_date(request_now()))
    may_edit = g.viewer.may("indicator:edit")
    measure_form = target = None
    if may_edit:
        wanted = request.args.get("period") or (row.next_due.label if row.next_due else "")
        periods = _periods(indicator)
        measure_form = kept.get("measure") or forms.measurement_form(
            indicator, periods, formdata=None
        )
        if "measure" not in kept and wanted in {value for value, _label in periods}:
            measure_form.period.data = wanted
        target = kept.get("target") or forms.target_form(
            indicator, services.settings_stamp(indicator), formdata=None
        )
    return (
        render_template(
            "reports/indicator.html", row=row, names=names, plan_id=indicator.plan_id, say=say,
            may_edit=may_edit, interim=row.interim, measure_form=measure_form, target_form=target,
            opened=next(iter(kept), request.args.get("edit", "")),
        ),
        status,
    )  # fmt: skip


def _indicator(indicator_id: int) -> Indicator:
    indicator = db.session.get(Indicator, indicator_id)
    if indicator is None:
        raise NotFound(NOT_HERE)
    return indicator


def _measurement(measurement_id: int) -> Measurement:
    measurement = db.session.get(Measurement, measurement_id)
    if measurement is None:
        raise NotFound(NOT_HERE)
    return measurement


def _periods(indicator: Indicator) -> list[tuple[str, str]]:
    """The periods without a value, newest first."""
    taken = {row.period for row in indicator.measurements}
    return [
        (period.label, say.period_name(period.label))
        for period in services.periods_for(indicator, local_date(request_now()))
        if period.label not in taken
    ]


def _values(form: Any) -> dict[str, Any]:
    names = ("value", "good_count", "sample_size", "is_whole_population", "note")
    return {name: form[name].data for name in names if name in form}
