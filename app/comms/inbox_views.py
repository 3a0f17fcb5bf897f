"""Pages of a person's own messages."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from app.comms.inbox import mark_all_read, mark_read, messages_of, unread_count
from app.comms.ledger_rows import label_of_message
from app.core.localtext import LocalText
from app.core.permissions import SIGNED_IN, requires
from app.core.text import whole_number_or_none
from app.core.web import request_now

bp = Blueprint("inbox", __name__, template_folder="templates")


def bell() -> dict[str, Any]:
    """What the frame of every page shows: the count, and where it leads."""
    if not current_user or not current_user.is_authenticated:
        return {}
    return {"counter": unread_count(current_user.id), "inbox_url": url_for("inbox.index")}


@bp.get("/inbox")
@requires(SIGNED_IN)
def index() -> Any:
    """My messages."""
    page = messages_of(current_user, whole_number_or_none(request.args.get("page")) or 1)
    return render_template(
        "comms/inbox.html",
        page=page,
        # In the language of today's reader, who may have changed it since the row was written.
        rows=[
            (m, label_of_message(m), LocalText.of(m.reason.get("title", ""))) for m in page.items
        ],
    )


@bp.post("/inbox/<int:message_id>/open")
@requires(SIGNED_IN)
def open_message(message_id: int) -> Any:
    """Read, and on to what it is about."""
    message = mark_read(message_id, actor=current_user, now=request_now())
    is_own = message.url.startswith("/") and not message.url.startswith("//")
    return redirect(message.url if is_own else url_for("inbox.index"), 303)


@bp.post("/inbox/<int:message_id>/read")
@requires(SIGNED_IN)
def read(message_id: int) -> Any:
    """Read, and stay here."""
    mark_read(message_id, actor=current_user, now=request_now())
    return redirect(url_for("inbox.index"), 303)


@bp.post("/inbox/read-all")
@requires(SIGNED_IN)
def read_all() -> Any:
    """Everything is read."""
    mark_all_read(actor=current_user, now=request_now())
    return redirect(url_for("inbox.index"), 303)
