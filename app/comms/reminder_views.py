"""Pages of the reminders: what was sent to whom and why, and what comes next."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import ledger_rows, reminder_queries
from app.comms.models import Channel, Message, MessageState
from app.comms.outbox import BOTH, channels_in_use, requeue
from app.comms.readers import groups_of
from app.comms.rules import rules_of
from app.core import formats
from app.core.db import db
from app.core.errors import DomainError, NotFound
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


def sees_all(viewer: Viewer) -> bool:
    """Whether these eyes read everybody's messages in the plan."""
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
    is_all, now = sees_all(g.viewer), request_now()
    chosen = {
        "person": _number("person") if is_all else None,
        "channel": _chosen("channel", Channel),
        "result": _chosen("result", MessageState),
    }
    rows = reminder_queries.ledger(
        g.viewer, person_id=chosen["person"], channel=chosen["channel"], state=chosen["result"]
    )
    message = reminder_queries.message_for(g.viewer, _number("open"))
    if message is not None and chosen["channel"] is None:
        message = reminder_queries.listed(message)
    number = _number("page")
    if number is None and message is not None:
        number = reminder_queries.rows_before(rows, message) // PER_PAGE + 1
    page = db.paginate(rows, page=number or 1, per_page=PER_PAGE)
    delivery = reminder_queries.delivery_of(plan_id, now)
    kept = {name: getattr(value, "value", value) for name, value in chosen.items() if value}
    return render_template(
        "comms/reminders.html",
        plan_id=plan_id,
        rows=[ledger_rows.ledger_row(row, delivery) for row in page.items],
        page=page,
        chosen=kept,
        base_url=url_for("reminders.index", plan_id=plan_id, **kept),
        people=plan_people(plan_id) if is_all else [],
        channels=_channels(plan_id) if is_all else list(BOTH),
        results=ledger_rows.RESULTS,
        mail_trouble=ledger_rows.mail_trouble(delivery),
        delivery=delivery,
        is_app_only=Channel.mail not in channels_in_use(),
        rule_count=len(rules_of([plan_id])[plan_id]),
        sees_all=is_all,
        opened=_opened(message, delivery) if message is not None else None,
        asked_for=_number("open"),
        may_requeue=g.viewer.may("comms:edit"),
    )


def _channels(plan_id: int) -> list[Channel]:
    """What the ledger can be narrowed to: groups only where the plan posts to some."""
    groups = {group.channel for group in groups_of([plan_id])[plan_id]}
    return [channel for channel in Channel if channel in BOTH or channel in groups]


def _opened(message: Message, delivery: reminder_queries.Delivery) -> dict[str, Any]:
    """The open row's explanation. Whoever reads only their own messages sees beside them who is
    told next: an escalation is no surprise to anybody."""
    is_all, me = sees_all(g.viewer), g.viewer.person_id
    told = [row for row in reminder_queries.told_about(message) if is_all or row.recipient_id == me]
    coming, readers = reminder_queries.coming_with_readers(g.viewer.plan_id, request_now())
    to_come = [
        row
        for row in coming
        if (row.object_key, row.occurrence) == (message.object_key, message.occurrence)
        and (is_all or row.rule.is_escalation or me in row.recipients)
    ]
    names = {i: reader.person.name for i, reader in readers.items()}
    return {
        "id": message.id,
        "rows": ledger_rows.why_rows(message, delivery, reminder_queries.attempts_of(message)),
        "steps": ledger_rows.steps_about(told, to_come, names, delivery),
    }


@bp.get("/plans/<int:plan_id>/reminders/coming")
@requires("reminder:read")
def coming(plan_id: int) -> Any:
    """What will be sent: fourteen days as counts, the next seven in full (or all of them)."""
    now = request_now()
    days = ALL_DAYS if request.args.get("days") == str(ALL_DAYS) else SHOWN_DAYS
    is_all = sees_all(g.viewer)
    calendar = work_calendar()
    rows, readers = reminder_queries.coming_with_readers(
        plan_id, now, days=ALL_DAYS, calendar=calendar,
        person_id=None if is_all else g.viewer.person_id,
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
                "short": _short(day.on),
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
        sees_all=is_all,
    )  # fmt: skip


def _short(on: date) -> str:
    """A day in the width of a phone's seventh."""
    return f"{on:%m-%d}" if formats.current_language() == "zh" else formats.day_plain(on)


@bp.post("/plans/<int:plan_id>/reminders/<int:message_id>/requeue")
@requires("comms:edit")
def try_again(plan_id: int, message_id: int) -> Any:
    """Try a message again that could not be sent."""
    message = reminder_queries.message_for(g.viewer, message_id)
    if message is None:
        raise NotFound(NOT_HERE)
    if message.state is MessageState.dead:
        try:
            requeue(message, actor=current_user, now=request_now())
        except DomainError as problem:
            flash(str(problem), "error")
        else:
            flash(_("It is tried again within a minute."))
    return redirect(url_for("reminders.index", plan_id=plan_id, open=message.id), 303)
