"""Reads of the distribution: the schedules with their next sending, and what became of the past."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.comms import ledger_rows, reminder_queries
from app.comms.models import Channel, Message
from app.comms.readers import Readers
from app.core.db import db
from app.core.formats import zone
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.status.distribution.messages import SENT, occurrence_of
from app.status.distribution.models import PackSchedule, PackSending, SendingPack
from app.status.distribution.recipients import reached
from app.status.distribution.schedule import Slot, next_slot

SHOWN = 20


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule of the list. next: None where nothing is sent; is_estimated: it rests on a
    calendar that is not published yet. people: the names of whom it reaches now."""

    schedule: PackSchedule
    next: Slot | None
    is_estimated: bool
    people: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """Somebody whom a sending went to, and what became of it."""

    name: str
    message_id: int
    result: str
    detail: str


@dataclass(frozen=True)
class SentPack:
    """A pack of a sending."""

    id: int
    language: str
    is_ready: bool


@dataclass(frozen=True)
class SendingRow:
    """A past sending, or one that waits. told: in the viewer's sight."""

    sending: PackSending
    packs: tuple[SentPack, ...]
    told: tuple[Told, ...]


def schedule_rows(plan_id: int, readers: Readers, now: datetime) -> list[ScheduleRow]:
    """The plan's schedules in the order in which they were made."""
    calendar, is_active = work_calendar(), _is_active(plan_id)
    rows = []
    for row in db.session.scalars(
        select(PackSchedule)
        .where(PackSchedule.plan_id == plan_id, PackSchedule.removed_at.is_(None))
        .order_by(PackSchedule.id)
    ):
        slot = None
        if row.is_on and is_active:
            slot = next_slot(row.rhythm, calendar, zone(), now)
        names = tuple(recipient.person.name for recipient in reached(row, readers))
        is_estimated = slot is not None and calendar.is_estimated(slot.on)
        rows.append(ScheduleRow(row, slot, is_estimated, names))
    return rows


def sending_rows(viewer: Viewer, now: datetime) -> list[SendingRow]:
    """The newest sendings with their packs and everybody's delivery; whoever reads only their own
    messages sees only how it reached them. As many statements for many as for one."""
    sendings = db.session.scalars(
        select(PackSending)
        .where(PackSending.plan_id == viewer.plan_id)
        .options(joinedload(PackSending.schedule), joinedload(PackSending.asked_by))
        .order_by(PackSending.slot_at.desc(), PackSending.id.desc())
        .limit(SHOWN)
    ).all()
    packs: dict[int, list[SentPack]] = defaultdict(list)
    for row in db.session.scalars(
        select(SendingPack)
        .where(SendingPack.sending_id.in_([sending.id for sending in sendings]))
        .options(joinedload(SendingPack.pack))
        .order_by(SendingPack.id)
    ):
        is_ready = row.pack.state.value == "ready"
        packs[row.sending_id].append(SentPack(row.pack_id, row.language, is_ready))
    told = _told(viewer, [pack.id for rows in packs.values() for pack in rows], now)
    return [
        SendingRow(
            sending, tuple(packs[sending.id]),
            tuple(
                row for pack in packs[sending.id]
                for row in told[f"pack:{pack.id}", occurrence_of(sending)]
            ),
        )
        for sending in sendings
    ]  # fmt: skip


def _told(
    viewer: Viewer, pack_ids: Sequence[int], now: datetime
) -> dict[tuple[str, str], list[Told]]:
    """By pack and occurrence whom a message went to; by their mail, or in the app where there is
    none."""
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    if not pack_ids:
        return found
    statement = (
        select(Message)
        .where(Message.plan_id == viewer.plan_id, Message.kind == SENT,
               Message.object_key.in_([f"pack:{pack_id}" for pack_id in pack_ids]))
        .options(joinedload(Message.recipient))
        .order_by(Message.id)
    )  # fmt: skip
    if sight(viewer, "message") is not Sight.all:
        statement = statement.where(Message.recipient_id == viewer.person_id)
    delivery = reminder_queries.delivery_of(viewer.plan_id, now)
    for message in _mails_first(db.session.scalars(statement)):
        result, detail = ledger_rows.outcome(message, delivery)
        found[message.object_key, message.occurrence].append(
            Told(ledger_rows.addressed_to(message), message.id, result, detail)
        )
    return found


def _mails_first(messages: Iterable[Message]) -> list[Message]:
    """One row a person and thing: the mail where one was written."""
    kept: dict[tuple[str, str, int | None], Message] = {}
    for message in messages:
        key = (message.object_key, message.occurrence, message.recipient_id)
        if key not in kept or message.channel is Channel.mail:
            kept[key] = message
    return list(kept.values())


def _is_active(plan_id: int) -> bool:
    return db.session.scalar(select(Plan.state).where(Plan.id == plan_id)) is PlanPhase.active

