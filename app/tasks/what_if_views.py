"""What if: try other dates, see everything that would move, then apply it as one change or drop it.

The plain page works without a script; the chart takes only the answer (HX-Request) into its dock.
"""

import re
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.formats import local_date
from app.core.forms import FIRST_YEAR, LAST_YEAR, Form
from app.core.permissions import requires
from app.core.web import request_now
from app.tasks import ground, moving
from app.tasks import what_if_words as say
from app.tasks.consequences import Preview
from app.tasks.rescheduling import Change
from app.tasks.views import bp
from app.tasks.what_if_forms import ApplyForm, TryForm, read_changes, written

_BY = re.compile(r"-?[0-9]{1,3}", re.ASCII)


@bp.route("/plans/<int:plan_id>/what-if")
@requires("task:update")
def what_if(plan_id: int) -> Any:
    """The form. `?key=step:5&by=-1` comes filled in: the same thing one working day earlier."""
    form = TryForm(formdata=None)
    key, by = request.args.get("key", ""), request.args.get("by", "")
    found = next((row for row in _offered(plan_id) if row.key == key), None)
    if found is not None:
        form.key.data = key
        if _BY.fullmatch(by):
            form.finish_on.data = _in_range(found.finish_after(int(by)))
            # What comes earlier is worth it for what then follows earlier.
            form.pull.data = int(by) < 0
    return _page(plan_id, form)


@bp.route("/plans/<int:plan_id>/what-if", methods=["POST"])
@requires("task:update")
def try_dates(plan_id: int) -> Any:
    """What would move. Nothing is kept."""
    form = TryForm()
    if not form.validate_on_submit():
        return _page(plan_id, form, status=422)
    try:
        preview = moving.preview_moves(
            plan_id, _changes(plan_id, form), pull=form.pull.data, actor=current_user,
            now=request_now(),
        )  # fmt: skip
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        form.take(error)
        return _page(plan_id, form, status=error.status)
    return _page(plan_id, form, preview, _apply_form(preview, form.reason.data or ""))


@bp.route("/plans/<int:plan_id>/what-if/apply", methods=["POST"])
@requires("task:update")
def apply_dates(plan_id: int) -> Any:
    """Apply what was tried, with its reason; what does not fit shows the consequences again."""
    form = ApplyForm()
    status = 422
    if form.validate_on_submit():
        try:
            made = moving.apply_moves(
                plan_id, read_changes(form.changes.data or ""), pull=form.pull.data == "y",
                reason=form.reason.data or "", seen=form.seen.data or None, actor=current_user,
                now=request_now(),
            )  # fmt: skip
        except (Forbidden, NotFound):
            raise
        except Conflict as error:
            form.take(error)
            form.theirs = list(error.theirs.items())  # type: ignore[attr-defined]
            status = error.status
        except DomainError as error:
            form.take(error)
            status = error.status
        else:
            flash(_("Applied. %(sentence)s", sentence=say.sentence(made)))
            return _back(plan_id)
    return _again(plan_id, form, status)


def _again(plan_id: int, form: ApplyForm, status: int) -> Any:
    """The consequences as they are now, with all that was typed."""
    asked = TryForm(formdata=None)
    try:
        preview = moving.preview_moves(
            plan_id, read_changes(form.changes.data or ""), pull=form.pull.data == "y",
            actor=current_user, now=request_now(),
        )  # fmt: skip
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        asked.take(error)
        return _page(plan_id, asked, status=error.status)
    form.seen.data = preview.seen
    if len(preview.changes) == 1:
        change = preview.changes[0]
        asked.process(formdata=None, data={"key": change.key, "start_on": change.start_on,
                                           "finish_on": change.finish_on,
                                           "pull": preview.pull})  # fmt: skip
    return _page(plan_id, asked, preview, form, status)


def _page(
    plan_id: int,
    form: TryForm,
    preview: Preview | None = None,
    apply_form: Form | None = None,
    status: int = 200,
) -> Any:
    is_part = "HX-Request" in request.headers
    if not is_part:
        form.offer([(row.key, row.label) for row in _offered(plan_id)])
    return (
        render_template(
            "tasks/_what_if.html" if is_part else "tasks/what_if.html",
            plan_id=plan_id, form=form, preview=preview, apply_form=apply_form, say=say,
            is_part=is_part, problems=[*form.form_errors, *_said(form)] if preview is None else [],
        ),
        status,
    )  # fmt: skip


def _said(form: TryForm) -> list[Any]:
    """What is wrong at the fields, for where the fields are not shown."""
    return [error for field in form for error in field.errors]


def _offered(plan_id: int) -> list[ground.Offer]:
    return ground.offered(plan_id, g.viewer, local_date(request_now()))


def _changes(plan_id: int, form: TryForm) -> list[Change]:
    if form.changes.data:
        return read_changes(form.changes.data)
    return [
        moving.change_of(
            plan_id, form.key.data or "", form.start_on.data, form.finish_on.data,
            form.workdays.data, local_date(request_now()),
        )
    ]  # fmt: skip


def _apply_form(preview: Preview, reason: str) -> ApplyForm:
    return ApplyForm(
        formdata=None, changes=written(preview.changes), pull="y" if preview.pull else "",
        seen=preview.seen, reason=reason,
    )  # fmt: skip


def _back(plan_id: int) -> Any:
    """To the tasks; whoever worked in the chart stays there."""
    if "HX-Request" not in request.headers:
        return redirect(url_for("tasks.index", plan_id=plan_id), 303)
    chart = url_for("tasks.gantt", plan_id=plan_id)
    here = request.headers.get("HX-Current-URL", "")
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = (
        chart if chart in here else url_for("tasks.index", plan_id=plan_id)
    )
    return answer


def _in_range(day: Any) -> Any:
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None
