"""Pages of the reminders: what was sent to whom and why, and what comes next."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import ledger_rows, reminder_queries
from app.comms.models import Channel, MessageState
from app.comms.outbox import channels_in_use, requeue
from app.comms.rules import RULES
from app.core import formats
from app.core.db import db
from app.core.errors import NotFound
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer, requires
from app.core.text import whole_number_or_none
from app.core.web import NOT_HERE, request_now
from app.plans.access import plan_people
from app.plans.calendars import work_calendar

bp = Blueprint("reminders", __name__, template_folder="templates")

PER_PAGE = 25
SHOWN_DAYS = 7
ALL_DAYS = 14


def _sees_all(viewer: Viewer) -> bool:
    return sight(viewer, "message") is Sight.all


def _chosen(name: str, kind: type) -> Any:
    """A filter from the address; a word that is none filters nothing."""
    try:
        return kind(request.args[name])
    except (KeyError, ValueError):
        return None


def _number(name: str) -> int | None:
    return whole_number_or_none(request.args.get(name))


@bp.get("/plans/<int:plan_id>/reminders")
@requires("reminder:read")
def index(plan_id: int) -> Any:
    """The ledger; what comes next is fetched beside it, for it asks every feature."""
    sees_all = _sees_all(g.viewer)
    chosen = {
        "person": _number("person") if sees_all else None,
        "channel": _chosen("channel", Channel),
        "result": _chosen("result", MessageState),
    }
    page = db.paginate(
        reminder_queries.ledger(
            g.viewer, person_id=chosen["person"], channel=chosen["channel"],
            state=chosen["result"],
        ),
        page=_number("page") or 1,
        per_page=PER_PAGE,
    )  # fmt: skip
    delivery = reminder_queries.delivery_of(plan_id)
    opened = _opened(_number("open"), delivery)
    kept = {name: getattr(value, "value", value) for name, value in chosen.items() if value}
    return render_template(
        "comms/reminders.html",
        plan_id=plan_id,
        rows=[ledger_rows.ledger_row(message, delivery) for message in page.items],
        page=page,
        chosen=kept,
        base_url=url_for("reminders.index", plan_id=plan_id, **kept),
        people=plan_people(plan_id) if sees_all else [],
        channels=list(Channel),
        states=[s for s in MessageState if s is not MessageState.sending],
        delivery=delivery,
        is_app_only=Channel.mail not in channels_in_use(),
        rule_count=len(RULES),
        sees_all=sees_all,
        opened=opened,
        may_requeue=g.viewer.may("comms:edit"),
    )


def _opened(message_id: int | None, delivery: reminder_queries.Delivery) -> Any:
    """The open row's explanation, or None."""
    if message_id is None:
        return None
    message = reminder_queries.message_for(g.viewer, message_id)
    if message is None:
        return None
    told, to_come, names = [message], [], {}
    if _sees_all(g.viewer):
        told = reminder_queries.told_about(message)
        readers = reminder_queries.readers_of(g.viewer.plan_id)
        names = {i: reader.person.name for i, reader in readers.items()}
        to_come = [
            row
            for row in reminder_queries.coming(g.viewer.plan_id, request_now(), readers=readers)
            if (row.object_key, row.occurrence) == (message.object_key, message.occurrence)
        ]
    return {
        "id": message.id,
        "message": message,
        "rows": ledger_rows.why_rows(message, delivery),
        "steps": ledger_rows.steps_about(told, to_come, names, delivery),
    }


@bp.get("/plans/<int:plan_id>/reminders/coming")
@requires("reminder:read")
def coming(plan_id: int) -> Any:
    """What will be sent: fourteen days as counts, the next seven in full (or all of them)."""
    now = request_now()
    days = ALL_DAYS if request.args.get("days") == str(ALL_DAYS) else SHOWN_DAYS
    sees_all = _sees_all(g.viewer)
    calendar = work_calendar()
    readers = reminder_queries.readers_of(plan_id)
    rows = reminder_queries.coming(
        plan_id, now, days=ALL_DAYS, readers=readers, calendar=calendar,
        person_id=None if sees_all else g.viewer.person_id,
    )  # fmt: skip
    today = formats.local_date(now)
    names = {i: reader.person.name for i, reader in readers.items()}
    strip = reminder_queries.fortnight(rows, today, calendar, ALL_DAYS)
    last = strip[days - 1].on
    by_day: dict[Any, list[ledger_rows.Group]] = {}
    for group in ledger_rows.grouped(rows, names):
        if (on := formats.local_date(group.at)) <= last:
            by_day.setdefault(on, []).append(group)
    later = [row for row in rows if formats.local_date(row.at) > last]
    is_part = "HX-Request" in request.headers
    return render_template(
        "comms/_coming.html" if is_part else "comms/coming.html",
        plan_id=plan_id,
        strip=[
            {
                "weekday": (formats.DAYS_ZH if formats.current_language() == "zh"
                            else formats.DAYS_EN)[day.on.weekday()],
                "date": formats.day_plain(day.on),
                "count": day.count,
                "is_rest": day.is_rest,
                "is_active": day.on == today,
                "url": f"#day-{day.on.isoformat()}" if day.on in by_day else "",
            }
            for day in strip
        ],
        total=sum(day.count for day in strip),
        by_day=by_day,
        days=days,
        later=sum(len(row.recipients) for row in later),
        today=today,
        is_part=is_part,
        sees_all=sees_all,
    )  # fmt: skip


@bp.post("/plans/<int:plan_id>/reminders/<int:message_id>/requeue")
@requires("comms:edit")
def try_again(plan_id: int, message_id: int) -> Any:
    """Try a message again that could not be sent."""
    message = reminder_queries.message_for(g.viewer, message_id)
    if message is None:
        raise NotFound(NOT_HERE)
    if message.state is MessageState.dead:
        requeue(message, actor=current_user, now=request_now())
        flash(_("It is tried again within a minute."))
    return redirect(url_for("reminders.index", plan_id=plan_id, open=message.id), 303)
