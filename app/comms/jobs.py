"""Background work of reminding: find what is due and write it down; send what was written."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from flask import current_app, g

from app.comms import outbox, wording
from app.comms.channels.mail import MailChannel, parse_mail_url
from app.comms.dispatcher import deliver_waiting, waiting_count
from app.comms.due import DueMessage, newest_steps
from app.comms.models import Channel
from app.comms.reminder_queries import (
    MARK,
    PlanSlot,
    Reader,
    due_in_plan,
    plans_to_look_at,
    readers_of,
)
from app.core.db import db
from app.core.jobs import Heartbeat
from app.core.unit_of_work import unit_of_work
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar

log = structlog.get_logger()


class SomeFailed(Exception):
    """The job did what it could; the message says what it could not."""


def write_reminders(now: datetime, channels: tuple[Channel, ...] | None = None) -> str:
    """Write the reminders that fell due since each plan was last looked at.

    One transaction a plan; a plan that fails keeps its mark, is tried again at the next tick and
    does not stop the others. Raises SomeFailed at the end.
    """
    g.now = now  # dates of another year are written with it
    with unit_of_work():
        slots = plans_to_look_at(now)
        calendar = work_calendar()
    written = failed = 0
    for slot in slots:
        try:
            with unit_of_work():
                new, broken = _write_plan(slot, now, calendar, channels)
                written += new
                failed += broken
        except Exception as problem:  # one plan must not stop the others
            failed += 1
            log.error("reminders of a plan failed", plan=slot.plan_id, error=repr(problem))
    if failed:
        raise SomeFailed(f"{written} written, {failed} failed")
    return f"{written} written"


def due_now(
    slot: PlanSlot, now: datetime, calendar: WorkCalendar, readers: dict[int, Reader]
) -> Sequence[DueMessage]:
    """What a plan has to say: after downtime the newest step of each thing, not a pile."""
    return newest_steps(due_in_plan(slot.plan_id, slot.since, now, calendar, readers))


def _write_plan(
    slot: PlanSlot, now: datetime, calendar: WorkCalendar, channels: tuple[Channel, ...] | None
) -> tuple[int, int]:
    channels = outbox.channels_in_use() if channels is None else channels
    readers = readers_of(slot.plan_id)
    written = broken = 0
    for message in due_now(slot, now, calendar, readers):
        reader = readers[message.recipient]
        try:
            owners = [
                readers[i].person.name for i in message.deadline.recipients if i in readers
            ]
            words = wording.reminder(message, reader.person, reader.viewer, owners)
        except Exception as problem:  # a text that cannot be made must not hold up the rest
            broken += 1
            log.error("a reminder could not be worded", rule=message.rule.key, error=repr(problem))
            continue
        new = outbox.write(
            plan_id=slot.plan_id,
            kind=message.rule.key,
            object_key=message.deadline.object_key,
            occurrence=message.deadline.occurrence,
            person=reader.person,
            words=words,
            url=message.deadline.url,
            channels=channels,
            now=now,
        )
        written += 1 if new else 0
    if not broken:
        db.session.merge(Heartbeat(name=f"{MARK}{slot.plan_id}", at=now))
    return written, broken


def deliver(now: datetime) -> str:
    """Send what waits; without a mail server say how much waits."""
    url = current_app.config["SETTINGS"].mail_url
    if not url:
        return f"no mail server is set (YINGBIN_MAIL_URL); {waiting_count()} waiting"
    channel = MailChannel(parse_mail_url(url))
    try:
        return str(deliver_waiting(now, channel))
    finally:
        channel.close()
