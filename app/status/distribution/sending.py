"""Sends what is due: enters the slots that have come, builds their packs, writes their messages.

A slot is claimed in the database, so that any number of processes send it once; after a time
without any, only the newest is sent. Packs are built in transactions of their own. The messages of
a sending are written in one, together with the word that it is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import g
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.comms import outbox
from app.core import clock
from app.core.db import db
from app.core.formats import zone
from app.core.snapshots import keep
from app.core.unit_of_work import reading, unit_of_work
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.status.distribution.messages import rows_of, tell_managers
from app.status.distribution.models import PackSchedule, PackSending, SendingPack, SendingState
from app.status.distribution.recipients import Recipient, eyes_of, recipients_of, together
from app.status.distribution.schedule import newest_slot
from app.status.models import Pack, PackState
from app.status.packs.services import build_pack, request_pack
from app.status.snapshots import ASKED, packed_state
from app.status.state import plan_state

log = structlog.get_logger()

LEASE = timedelta(minutes=15)
# Minutes to the next try after the first, second … failed one; after the last it is given up.
WAITS = (5, 15, 60, 180, 360)
# Another process is at the pack: looked at again with the next tick.
SOON = timedelta(minutes=1)


class NotReady(Exception):
    """Somebody else is building the pack right now."""


class NotBuilt(Exception):
    """The pack could not be built; the message is what its row says."""


def send_packs(now: datetime) -> Any:
    """The job; what it did is said in the language of whoever reads it."""
    g.now = now
    enter_due(now)
    present = clock.running_from(now)
    sent = sum(send(sending_id, present) for sending_id in waiting(now))
    return _l("%(num)d sent", num=sent)


def enter_due(now: datetime) -> int:
    """Enter the newest slot of every schedule that has one to send; answers how many."""
    with reading():
        calendar, due = work_calendar(), []
        for row in db.session.scalars(
            select(PackSchedule)
            .join(Plan, Plan.id == PackSchedule.plan_id)
            .where(
                PackSchedule.is_on, PackSchedule.removed_at.is_(None),
                Plan.state == PlanPhase.active,
            )
            .order_by(PackSchedule.id)
        ):  # fmt: skip
            slot = newest_slot(row.rhythm, calendar, zone(), now)
            if slot.at > row.sent_until_at:
                due.append((row.id, row.plan_id, row.sent_until_at, slot.at))
    return sum(_enter(*each, now) for each in due)


def _enter(
    schedule_id: int, plan_id: int, since: datetime, slot_at: datetime, now: datetime
) -> bool:
    """Enter one slot; False when another process was first."""
    with unit_of_work():
        moved = db.session.execute(
            update(PackSchedule)
            .where(PackSchedule.id == schedule_id, PackSchedule.sent_until_at == since,
                   PackSchedule.is_on, PackSchedule.removed_at.is_(None))
            .values(sent_until_at=slot_at)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        if moved.rowcount != 1:
            return False
        # What still waits for an earlier slot would come on the heels of this one.
        db.session.execute(
            update(PackSending)
            .where(PackSending.schedule_id == schedule_id, PackSending.asked_by_id.is_(None),
                   PackSending.state == SendingState.waiting)
            .values(state=SendingState.dropped, finished_at=now)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        db.session.add(
            PackSending(plan_id=plan_id, schedule_id=schedule_id, slot_at=slot_at,
                        next_try_at=now, error="")
        )  # fmt: skip
    return True


def waiting(now: datetime) -> list[int]:
    """The sendings whose turn it is, oldest first."""
    with reading():
        return list(db.session.scalars(
            select(PackSending.id).where(_is_free(now)).order_by(PackSending.id)
        ))  # fmt: skip


def _is_free(now: datetime) -> Any:
    return (
        (PackSending.state == SendingState.waiting)
        & (PackSending.next_try_at <= now)
        & or_(PackSending.lease_until.is_(None), PackSending.lease_until < now)
    )


@dataclass(frozen=True)
class Claim:
    """A claimed sending as plain values; lease_until names the claim."""

    id: int
    plan_id: int
    lease_until: datetime
    actor_id: int
    tries: int


def send(sending_id: int, present: Callable[[], datetime]) -> bool:
    """Send one; whether it went into the outbox. Whatever goes wrong stays its own affair."""
    claim = _claim(sending_id, present())
    if claim is None:
        return False
    try:
        return _send(claim, present)
    except NotReady:
        _give_back(claim, present() + SOON)
    except Exception as problem:  # one sending must not stop the others
        log.error("a pack could not be sent", sending=claim.id, error=repr(problem))
        _failed(claim, str(problem) or type(problem).__name__, present())
    return False


def _claim(sending_id: int, now: datetime) -> Claim | None:
    with unit_of_work():
        until = now + LEASE
        taken = db.session.execute(
            update(PackSending)
            .where(PackSending.id == sending_id, _is_free(now))
            .values(lease_until=until, tries=PackSending.tries + 1)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return None
        row = _sending(sending_id)
        actor_id = row.asked_by_id or row.schedule.created_by_id
        return Claim(row.id, row.plan_id, until, actor_id, row.tries)


def _sending(sending_id: int) -> PackSending:
    return db.session.get_one(
        PackSending, sending_id,
        options=[joinedload(PackSending.schedule), joinedload(PackSending.asked_by)],
    )  # fmt: skip


def _send(claim: Claim, present: Callable[[], datetime]) -> bool:
    with reading():
        row = _sending(claim.id)
        schedule = row.schedule
        is_off = schedule.removed_at is not None or not (schedule.is_on or row.asked_by_id)
        groups = {} if is_off else together(recipients_of(schedule))
    if not groups:
        _finish(claim, SendingState.dropped if is_off else SendingState.nobody, present())
        return False
    packs = _ask_for_packs(claim, groups, present())
    for pack_id in packs.values():
        _build(pack_id, present())
    with reading():
        rows = rows_of(_sending(claim.id), groups, packs, present())
    return _write(claim, rows, present())


def _ask_for_packs(
    claim: Claim, groups: dict[tuple[str, str], list[Recipient]], now: datetime
) -> dict[tuple[str, str], int]:
    """A pack for those who read the same, in their eyes; those asked for before are kept.

    All show one instant, also when they have to be asked for again: else the second would be
    compared with the first. The state is written down with the request, so that a change before
    they are built neither enters them nor lets them fall back on an older state; under a reason of
    its own, for it is no pack's until one shows it.
    """
    asked: dict[tuple[str, str], int] = {}
    with reading():
        # What takes long holds up nobody who writes.
        readers, known = eyes_of(groups), _asked_before(claim)
        states = {
            eyes: packed_state(
                plan_state(claim.plan_id, now, readers[eyes].viewer), readers[eyes].viewer, ASKED,
                now,
            )
            for eyes in dict.fromkeys(eyes for eyes, language in groups
                                      if (eyes, language) not in known)
        }  # fmt: skip
    with unit_of_work():
        actor, known = db.session.get_one(Person, claim.actor_id), _asked_before(claim)
        for key in groups:
            row, (eyes, language) = known.get(key), key
            if row is not None and row.pack.state is not PackState.failed:
                asked[key] = row.pack_id
                continue
            reader = readers[eyes]
            if row is None and eyes in states:
                keep(states.pop(eyes))
            pack = request_pack(
                claim.plan_id, language=language, as_of=row.pack.as_of if row else now, now=now,
                actor=actor, eyes=db.session.get_one(Person, reader.person.id),
            )  # fmt: skip
            asked[key] = pack.id
            if row is not None:
                row.pack_id = pack.id
                continue
            db.session.add(
                SendingPack(sending_id=claim.id, eyes=eyes, language=language, pack_id=pack.id)
            )
    return asked


def _asked_before(claim: Claim) -> dict[tuple[str, str], SendingPack]:
    """The packs of this sending by eyes and language."""
    rows = db.session.scalars(
        select(SendingPack)
        .where(SendingPack.sending_id == claim.id)
        .options(joinedload(SendingPack.pack))
    )
    return {(row.eyes, row.language): row for row in rows}


def _build(pack_id: int, now: datetime) -> None:
    """Raises NotReady, NotBuilt."""
    build_pack(pack_id, now)
    with reading():
        state, error = db.session.execute(
            select(Pack.state, Pack.error).where(Pack.id == pack_id)
        ).one()
    if state is PackState.failed:
        raise NotBuilt(error)
    if state is not PackState.ready:
        raise NotReady


def _write(claim: Claim, rows: dict[tuple[str, str], dict[int, list[Any]]], now: datetime) -> bool:
    """Write the messages of those who may still read the same, and that it is done; False when the
    claim was lost meanwhile."""
    with unit_of_work():
        row = _ours(claim)
        if row is None:
            return False
        still = together(recipients_of(row.schedule))
        kept = [
            values
            for key, by_person in rows.items()
            for person_id, own in by_person.items()
            if person_id in {member.person.id for member in still.get(key, ())}
            for values in own
        ]
        outbox.write_rows(kept)
        row.state = SendingState.sent if kept else SendingState.nobody
        row.finished_at, row.lease_until, row.error = now, None, ""
        return bool(kept)


def _ours(claim: Claim) -> PackSending | None:
    """The sending while our claim on it holds, locked."""
    return db.session.scalars(
        select(PackSending)
        .where(PackSending.id == claim.id, PackSending.state == SendingState.waiting,
               PackSending.lease_until == claim.lease_until)
        .with_for_update()
    ).first()  # fmt: skip


def _finish(claim: Claim, state: SendingState, now: datetime) -> None:
    with unit_of_work():
        row = _ours(claim)
        if row is not None:
            row.state, row.finished_at, row.lease_until = state, now, None


def _give_back(claim: Claim, next_try_at: datetime) -> None:
    """Not a failure of ours: it does not count as a try."""
    with unit_of_work():
        row = _ours(claim)
        if row is not None:
            row.tries, row.next_try_at, row.lease_until = row.tries - 1, next_try_at, None


def _failed(claim: Claim, error: str, now: datetime) -> None:
    """Try again later, or give it up; the plan's managers are told the first time."""
    with unit_of_work():
        row = _ours(claim)
        if row is None:
            return
        row.error, row.lease_until = error[:500], None
        if claim.tries > len(WAITS):
            row.state, row.finished_at = SendingState.failed, now
        else:
            row.next_try_at = now + timedelta(minutes=WAITS[claim.tries - 1])
        tell_managers(row, now)

