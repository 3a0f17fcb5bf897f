"""The administrator's page of how messages leave: group robots, and a try of the mail."""

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.accounts.queries import history_of
from app.comms import robots as services
from app.comms.models import Robot, Vendor
from app.comms.robot_advice import about_refusal
from app.comms.robot_forms import RobotForm
from app.core.encryption import has_key
from app.core.errors import DomainError
from app.core.formats import when
from app.core.permissions import ADMINISTRATOR, requires
from app.core.web import request_now

bp = Blueprint("robots", __name__, url_prefix="/admin/robots", template_folder="templates")

ACTIONS = {
    "add_robot": _l("added"), "edit_robot": _l("changed"), "disable_robot": _l("disabled"),
    "enable_robot": _l("enabled"),
}  # fmt: skip
FIELDS = {
    "name": _l("Name"), "has_new_address": _l("Webhook address"), "has_new_secret": _l("Secret"),
    "keyword": _l("Keyword"), "language": _l("Language of the group"),
}  # fmt: skip


@bp.get("")
@requires(ADMINISTRATOR)
def index() -> Any:
    return render_template(
        "comms/robots.html",
        subnav=admin_tabs("robots"),
        rows=services.robot_rows(),
        now=request_now(),
        **_key(),
        has_mail=bool(current_app.config["SETTINGS"].mail_url),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def new() -> Any:
    form = RobotForm()
    if form.validate_on_submit():
        try:
            row = services.add_robot(form.details(), actor=current_user, now=request_now())
        except DomainError as error:
            form.take(error)
        else:
            flash(_("%(name)s was added. Send a test to see whether posts arrive.", name=row.name))
            return redirect(url_for("robots.robot", robot_id=row.id), 303)
    return _page(form, None)


@bp.route("/<int:robot_id>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def robot(robot_id: int) -> Any:
    row = services.robot_or_none(robot_id) or abort(404)
    form = RobotForm(data={"name": row.name, "keyword": row.keyword, "language": row.language})
    del form.vendor
    if row.vendor is Vendor.wecom:
        del form.secret
    if form.validate_on_submit():
        details = form.details(row.vendor)
        try:
            services.edit_robot(row.id, details, actor=current_user, now=request_now())
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("robots.robot", robot_id=row.id), 303)
    return _page(form, row)


@bp.post("/<int:robot_id>/test")
@requires(ADMINISTRATOR)
def send_test(robot_id: int) -> Any:
    row = services.robot_or_none(robot_id) or abort(404)
    vendor = row.vendor.label

    def act() -> None:
        tried = services.send_test(robot_id, actor=current_user, now=request_now())
        if tried.is_sent:
            flash(_("%(vendor)s took the test: “%(answer)s”. It is in the group now.",
                    vendor=vendor, answer=tried.answer))  # fmt: skip
        elif tried.is_unheard:
            flash(str(tried.advice), "error")
        else:
            flash(_("The test was not taken: “%(answer)s”. %(advice)s", answer=tried.answer,
                    advice=tried.advice), "error")  # fmt: skip

    return _act(act, "robots.robot", robot_id=robot_id)


@bp.post("/<int:robot_id>/enable")
@requires(ADMINISTRATOR)
def enable(robot_id: int) -> Any:
    def act() -> None:
        services.enable_robot(robot_id, actor=current_user, now=request_now())
        flash(_("Enabled again."))

    return _act(act, "robots.robot", robot_id=robot_id)


@bp.post("/<int:robot_id>/disable")
@requires(ADMINISTRATOR)
def disable(robot_id: int) -> Any:
    def act() -> None:
        services.disable_robot(robot_id, actor=current_user, now=request_now())
        flash(_("Disabled. Nothing is posted to this group any more."))

    return _act(act, "robots.robot", robot_id=robot_id)


@bp.post("/mail/test")
@requires(ADMINISTRATOR)
def send_test_mail() -> Any:
    def act() -> None:
        address = current_user.email
        tried = services.send_test_mail(actor=current_user, now=request_now())
        if tried.is_sent:
            flash(_("The mail server took a test mail to %(address)s: “%(answer)s”.",
                    address=address, answer=tried.answer))  # fmt: skip
        elif tried.is_unheard:
            flash(str(tried.advice), "error")
        else:
            flash(_("The test mail was not taken: “%(answer)s”. %(advice)s", answer=tried.answer,
                    advice=tried.advice), "error")  # fmt: skip

    return _act(act, "robots.index")


def _act(act: Callable[[], None], endpoint: str, **values: Any) -> Any:
    """One button: done, or the reason why not, on its page."""
    if "robot_id" in values and services.robot_or_none(values["robot_id"]) is None:
        abort(404)
    try:
        act()
    except DomainError as error:
        flash(str(error), "error")
    return redirect(url_for(endpoint, **values), 303)


def _page(form: RobotForm, row: Robot | None) -> Any:
    page = render_template(
        "comms/robot.html",
        subnav=admin_tabs("robots"),
        form=form,
        robot=row,
        address=services.masked_address(row) if row else "",
        advice=about_refusal(row.vendor, row.trouble) if row and row.trouble else "",
        history=_told(history_of(Robot.__tablename__, row.id)) if row else [],
        now=request_now(),
        **_key(),
    )
    return page, 422 if form.errors else 200


def _key() -> dict[str, Any]:
    """Whether secrets can be kept, and a key for whoever has none yet."""
    return {"has_key": has_key(), "example_key": secrets.token_urlsafe(32)}


def _told(entries: list[Any]) -> list[tuple[str, str, str]]:
    """Changes as (when, what happened, who)."""
    return [(when(entry.at), _what(entry), name or _("the system")) for entry, name in entries]


def _what(entry: Any) -> str:
    if entry.action == "test_robot":
        return _("tested: %(answer)s", answer=entry.changes["answer"][1])
    act = str(ACTIONS.get(entry.action, entry.action))
    if entry.action != "edit_robot":
        return act
    fields = _(", ").join(str(FIELDS[field]) for field in entry.changes if field in FIELDS)
    return _("%(act)s: %(fields)s", act=act, fields=fields)
