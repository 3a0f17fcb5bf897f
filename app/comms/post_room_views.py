"""The administrator's page of what could not be sent."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.comms import post_room
from app.comms.ledger_rows import addressed_to
from app.comms.rules import label
from app.core.errors import DomainError, NotFound
from app.core.permissions import ADMINISTRATOR, requires
from app.core.text import whole_number_or_none
from app.core.web import request_now

bp = Blueprint("post_room", __name__, url_prefix="/admin/messages", template_folder="templates")


@bp.get("")
@requires(ADMINISTRATOR)
def index() -> Any:
    page = post_room.dead_letters(whole_number_or_none(request.args.get("page")) or 1)
    return render_template(
        "comms/post_room.html",
        subnav=admin_tabs("messages"),
        page=page,
        rows=[(message, label(message.kind), addressed_to(message)) for message in page.items],
        standing=post_room.standing(request_now()),
        has_mail=bool(current_app.config["SETTINGS"].mail_url),
    )


@bp.post("/<int:message_id>/requeue")
@requires(ADMINISTRATOR)
def requeue(message_id: int) -> Any:
    """Try one again."""
    try:
        post_room.try_again(message_id, actor=current_user, now=request_now())
    except NotFound:
        raise
    except DomainError as problem:
        flash(str(problem), "error")
    else:
        flash(_("It is tried again within a minute."))
    return redirect(url_for("post_room.index"), 303)


@bp.post("/requeue")
@requires(ADMINISTRATOR)
def requeue_all() -> Any:
    """Try all of them again, once what was wrong is put right."""
    count = post_room.try_all_again(actor=current_user, now=request_now())
    flash(
        ngettext("%(num)d message is tried again within a minute.",
                 "%(num)d messages are tried again, beginning within a minute.", count)
    )  # fmt: skip
    return redirect(url_for("post_room.index"), 303)
