"""The page of the communication plan: a table that the manager edits in place."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import comms_plan as services
from app.comms import room_forms as forms
from app.comms.models import CommsRow
from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import words
from app.core.i18n import current_language
from app.core.localtext import LocalText
from app.core.permissions import requires
from app.core.web import NOT_HERE, request_now
from app.tasks.page import attempt

bp = Blueprint("comms_plan", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/communication")
@requires("comms:read")
def index(plan_id: int) -> Any:
    """Who is told what; `?edit=` opens a line."""
    return _page(plan_id, {}, request.args.get("edit", type=int))


@bp.route("/plans/<int:plan_id>/communication", methods=["POST"])
@requires("comms:edit")
def add(plan_id: int) -> Any:
    """A new line."""
    form = forms.LineForm()
    status = attempt(
        form,
        lambda: services.add_row(
            plan_id, actor=current_user, now=request_now(),
            **{name: LocalText(own=form[name].data) for name in services.FIELDS},
        ),
    )  # fmt: skip
    if status != 303:
        return _page(plan_id, {"add": form}, status=status)
    flash(_("The line is added."))
    return redirect(url_for("comms_plan.index", plan_id=plan_id), 303)


@bp.route("/communication/<int:comms_row_id>", methods=["POST"])
@requires("comms:edit")
def edit(comms_row_id: int) -> Any:
    """Change a line; words that stay as they were keep following the reader's language."""
    row = _row(comms_row_id)
    form = forms.LineForm()
    status = attempt(
        form,
        lambda: services.edit_row(
            row, seen=form.seen.data or None, actor=current_user, now=request_now(),
            **{name: _edited(getattr(row, name), form[name].data) for name in services.FIELDS},
        ),
        lambda: services.row_stamp(row),
    )  # fmt: skip
    if status != 303:
        return _page(row.plan_id, {"edit": form}, row.id, status)
    flash(_("The line is changed."))
    return redirect(url_for("comms_plan.index", plan_id=row.plan_id), 303)


@bp.route("/communication/<int:comms_row_id>/move", methods=["POST"])
@requires("comms:edit")
def move(comms_row_id: int) -> Any:
    """One place up or down."""
    row = _row(comms_row_id)
    services.move_row(
        row, up=request.form.get("up") == "1", actor=current_user, now=request_now()
    )
    return redirect(
        url_for("comms_plan.index", plan_id=row.plan_id, edit=row.id, _anchor=f"line-{row.id}"),
        303,
    )


@bp.route("/communication/<int:comms_row_id>/remove", methods=["POST"])
@requires("comms:edit")
def remove(comms_row_id: int) -> Any:
    """Take a line out."""
    row = _row(comms_row_id)
    plan_id = row.plan_id
    services.remove_row(row, actor=current_user, now=request_now())
    flash(_("The line is taken out."))
    return redirect(url_for("comms_plan.index", plan_id=plan_id), 303)


def _page(
    plan_id: int, kept: dict[str, Any], editing: int | None = None, status: int = 200
) -> Any:
    may_edit = g.viewer.may("comms:edit")
    rows = services.rows_of(plan_id)
    edited = next((row for row in rows if row.id == editing), None) if may_edit else None
    form = kept.get("edit")
    if edited is not None and form is None:
        form = forms.LineForm(
            formdata=None,
            seen=services.row_stamp(edited),
            **{name: words(getattr(edited, name)) for name in services.FIELDS},
        )
    return (
        render_template(
            "comms/comms_plan.html",
            plan_id=plan_id,
            rows=rows,
            editing=edited.id if edited else None,
            form=form,
            add_form=kept.get("add") or forms.LineForm(formdata=None),
            may_edit=may_edit,
        ),
        status,
    )


def _edited(present: LocalText, text: str) -> LocalText:
    """What stood there where nothing changed but the ends of lines, else the person's words."""
    shown = present.in_language(current_language())
    return present if text == shown.strip() else present.edited(text, current_language())


def _row(comms_row_id: int) -> CommsRow:
    row = db.session.get(CommsRow, comms_row_id)
    if row is None:
        raise NotFound(NOT_HERE)
    return row
