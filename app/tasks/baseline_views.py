"""The plan's baselines: the list, taking one, choosing the one that counts, comparing two."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.forms import Form
from app.core.matrix import Sight, sight
from app.core.permissions import Role, requires
from app.core.text import whole_number
from app.core.web import NOT_HERE, request_now
from app.plans.calendars import work_calendar
from app.tasks import baseline_queries as queries
from app.tasks import baselines as use_cases
from app.tasks import compare_words
from app.tasks.baseline_forms import MeasureForm, TakeBaselineForm
from app.tasks.comparing import compare
from app.tasks.models import Baseline
from app.tasks.page import attempt
from app.tasks.views import bp


@bp.route("/plans/<int:plan_id>/baselines")
@requires("task:read")
def baselines(plan_id: int) -> Any:
    """The list. `?measure=3` opens the form that chooses one, with what it would change."""
    wanted = request.args.get("measure", type=whole_number)
    if wanted is None or not g.viewer.has(Role.manager):
        return _page(plan_id)
    chosen = _baseline(plan_id, wanted)
    return _page(plan_id, chosen=None if chosen.is_current else chosen)


@bp.route("/plans/<int:plan_id>/baselines", methods=["POST"])
@requires("task:edit")
def take_baseline(plan_id: int) -> Any:
    form = TakeBaselineForm()
    status = attempt(
        form,
        lambda: use_cases.take_baseline(
            plan_id,
            name=form.name.data,
            note=form.note.data,
            actor=current_user,
            now=request_now(),
        ),
    )
    if status == 303:
        flash(_("The baseline is kept."))
        return redirect(url_for("tasks.baselines", plan_id=plan_id), 303)
    return _page(plan_id, take=form, status=status)


@bp.route("/plans/<int:plan_id>/baselines/<int:baseline_id>/measure", methods=["POST"])
@requires("task:edit")
def measure_against(plan_id: int, baseline_id: int) -> Any:
    baseline = _baseline(plan_id, baseline_id)
    form = MeasureForm()
    status = attempt(
        form,
        lambda: use_cases.measure_against(
            baseline, reason=form.reason.data, actor=current_user, now=request_now()
        ),
    )
    if status == 303:
        name = queries.shown_name(baseline.name)
        flash(_("Lateness is measured against “%(name)s” from now on.", name=name))
        return redirect(url_for("tasks.baselines", plan_id=plan_id), 303)
    return _page(plan_id, chosen=baseline, measure=form, status=status)


@bp.route("/plans/<int:plan_id>/baselines/compare")
@requires("task:read")
def compare_baselines(plan_id: int) -> Any:
    """`?from=` and `?to=`: a baseline's id, `today` (as expected), `committed`, or `first` in a
    plan from before baselines were kept. `?show=`: dates or all; first what moved, if anything."""
    today = local_date(request_now())
    sides = queries.sides(plan_id)
    before = _side(sides, request.args.get("from") or sides[0].key)
    after = _side(sides, request.args.get("to") or queries.TODAY)
    sees_money = sight(g.viewer, "task", "money") is Sight.all
    calendar = work_calendar()
    found = compare(
        queries.schedule_of(plan_id, before.key, today, sees_money),
        queries.schedule_of(plan_id, after.key, today, sees_money),
        calendar,
    )
    rows = compare_words.shown_rows(found, queries.names_in(found), calendar)
    moved = [row for row in rows if row.has_moved]
    chosen = request.args.get("show", "dates" if moved else "all")
    chosen = chosen if chosen in ("dates", "all") else "all"
    return render_template(
        "tasks/compare.html",
        plan_id=plan_id,
        sides=sides,
        before=before,
        after=after,
        found=found,
        is_estimated=found.finish is not None and calendar.is_estimated(found.finish.after),
        summary=compare_words.summary(found, before.name, after.name),
        counts=compare_words.counts(found),
        rows=moved if chosen == "dates" else rows,
        chosen=chosen,
        amounts={"dates": len(moved), "all": len(rows)},
    )


def _page(
    plan_id: int,
    *,
    take: Form | None = None,
    chosen: Baseline | None = None,
    measure: Form | None = None,
    status: int = 200,
) -> Any:
    may_manage = g.viewer.has(Role.manager)
    if may_manage and take is None:
        take = TakeBaselineForm(formdata=None)
        take.name.data = queries.proposed_name(plan_id)
    today = local_date(request_now())
    rows = queries.baseline_rows(plan_id)
    return (
        render_template(
            "tasks/baselines.html",
            plan_id=plan_id,
            rows=rows,
            current=next((row for row in rows if row.is_current), None),
            sides=queries.sides(plan_id),
            take=take,
            may_manage=may_manage,
            chosen=chosen,
            measure=measure or MeasureForm(formdata=None) if chosen else None,
            effect=queries.effect_of(chosen, today) if chosen else None,
        ),
        status,
    )


def _baseline(plan_id: int, baseline_id: int) -> Baseline:
    """The plan's baseline. Raises NotFound."""
    baseline = queries.baseline_of(plan_id, baseline_id)
    if baseline is None:
        raise NotFound(NOT_HERE)
    return baseline


def _side(sides: list[queries.Side], key: str) -> queries.Side:
    """What the address names. Raises NotFound."""
    side = next((side for side in sides if side.key == key), None)
    if side is None:
        raise NotFound(NOT_HERE)
    return side
