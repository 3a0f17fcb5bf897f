"""Schedules and sendings at hand for the tests of the distribution."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.comms import jobs as comms_jobs
from app.comms.models import Message
from app.core import unit_of_work
from app.core.db import db
from app.status.distribution.models import Audience, PackSchedule, PackSending
from app.status.distribution.schedule import Cadence
from app.status.distribution.sending import send_packs
from app.status.distribution.services import ScheduleDetails, add_schedule
from tests.conftest import NOW

# Friday of week 48, 17:00 in Shanghai, and the tick after it.
FRIDAY = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
TICK = FRIDAY + timedelta(seconds=20)


def details(**changes: Any) -> ScheduleDetails:
    """To the executives every Friday at 17:00, but for the changes."""
    values: dict[str, Any] = {
        "audience": Audience.executives, "person_ids": (), "cadence": Cadence.weekly,
        "weekday": 4, "at": time(17, 0), **changes,
    }  # fmt: skip
    return ScheduleDetails(**values)


def schedule(people: Any, **changes: Any) -> PackSchedule:
    """A schedule of the world's plan, kept."""
    row = add_schedule(1, details(**changes), actor=people.pm, now=NOW)
    unit_of_work.commit()
    return row


def sendings() -> list[PackSending]:
    """All of them as they stand, oldest first."""
    unit_of_work.rollback()
    return list(db.session.scalars(db.select(PackSending).order_by(PackSending.id)))


def messages(kind: str = "pack_sent") -> list[Message]:
    """What was written of this kind, by person and channel."""
    unit_of_work.rollback()
    return list(db.session.scalars(
        db.select(Message).where(Message.kind == kind)
        .order_by(Message.recipient_id, Message.channel)
    ))  # fmt: skip


def send_and_deliver(now: datetime = TICK) -> None:
    """What two ticks do: the packs are sent, and the mails leave."""
    send_packs(now)
    comms_jobs.deliver(now + timedelta(minutes=1))
