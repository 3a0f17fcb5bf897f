"""Pages of the best practices."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.queries import department_choices
from app.comms import practices as services
from app.comms import room_forms as forms
from app.comms.models import Practice
from app.core.db import db
from app.core.errors import NotFound
from app.core.permissions import requires
from app.core.web import NOT_HERE, request_now
from app.tasks.page import attempt

bp = Blueprint("practices", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/practices")
@requires("practice:read")
def index(plan_id: int) -> Any:
    return _index(plan_id, _form(formdata=None, department_id=current_user.department_id))


@bp.route("/plans/<int:plan_id>/practices", methods=["POST"])
@requires("practice:write")
def add(plan_id: int) -> Any:
    """Share a practice."""
    form = _form()
    status = attempt(
        form,
        lambda: services.add_practice(
            plan_id, title=form.title.data, text=form.text.data,
            department_id=form.department_id.data, actor=current_user, now=request_now(),
        ),
    )  # fmt: skip
    if status != 303:
        return _index(plan_id, form, status)
    flash(_("The practice is shared."))
    return redirect(url_for("practices.index", plan_id=plan_id), 303)


@bp.route("/practices/<int:practice_id>", methods=["GET", "POST"])
@requires("practice:write")
def edit(practice_id: int) -> Any:
    """Change a practice of one's own."""
    practice = _own(practice_id)
    status = 200
    if request.method == "GET":
        form = _form(
            formdata=None, title=practice.title, text=practice.text,
            department_id=practice.department_id, seen=services.practice_stamp(practice),
        )  # fmt: skip
    else:
        form = _form()
        status = attempt(
            form,
            lambda: services.edit_practice(
                practice, title=form.title.data, text=form.text.data,
                department_id=form.department_id.data, seen=form.seen.data or None,
                actor=current_user, now=request_now(),
            ),
            lambda: services.practice_stamp(practice),
        )  # fmt: skip
        if status == 303:
            flash(_("The practice is changed."))
            return redirect(url_for("practices.index", plan_id=practice.plan_id), 303)
    return render_template("comms/practice.html", form=form, practice=practice), status


@bp.route("/practices/<int:practice_id>/remove", methods=["POST"])
@requires("practice:write")
def remove(practice_id: int) -> Any:
    """Take a practice from the list."""
    practice = _own(practice_id)
    services.remove_practice(practice, actor=current_user, now=request_now())
    flash(_("The practice is removed. It can be put back below the list."))
    return redirect(url_for("practices.index", plan_id=practice.plan_id), 303)


@bp.route("/practices/<int:practice_id>/restore", methods=["POST"])
@requires("practice:write")
def restore(practice_id: int) -> Any:
    """Put a removed practice back."""
    practice = _own(practice_id)
    services.restore_practice(practice, actor=current_user, now=request_now())
    flash(_("The practice is back."))
    return redirect(url_for("practices.index", plan_id=practice.plan_id), 303)


def _index(plan_id: int, form: Any, status: int = 200) -> Any:
    return (
        render_template(
            "comms/practices.html",
            plan_id=plan_id,
            practices=services.practices_of(g.viewer),
            removed=services.practices_of(g.viewer, is_removed=True),
            form=form,
            may_keep=lambda practice: services.may_keep(g.viewer, practice),
        ),
        status,
    )


def _form(**kw: Any) -> Any:
    form = forms.PracticeForm(**kw)
    form.department_id.offer(
        department_choices(), nothing=_l("no department")
    )
    return form


def _own(practice_id: int) -> Practice:
    """The practice, for who may change it; others find nothing there."""
    practice = db.session.get(Practice, practice_id)
    if practice is None or not services.may_keep(g.viewer, practice):
        raise NotFound(NOT_HERE)
    return practice
