"""Tables of the packs' distribution: who gets one when, each sending, and what the company allows.

None of them is part of a plan's state: their own page reads them anew each time.
"""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.core.db import Instant, IntPk, LongText, OptionalInstant, UtcDateTime, db, enum_column
from app.core.revisions import UNCOUNTED
from app.status.distribution.schedule import Cadence, Rhythm
from app.status.models import Pack


class Audience(StrEnum):
    """Whom a schedule sends to. Only those of them who may read packs get one."""

    executives = "executives"
    managers = "managers"
    chosen = "chosen"

    @property
    def label(self) -> Any:
        return {
            "executives": _l("executives"), "managers": _l("project managers"),
            "chosen": _l("chosen people"),
        }[self.value]  # fmt: skip


class PackSchedule(db.Model):
    """A plan's pack goes to an audience in a rhythm.

    person_ids: whom the manager chose; empty for the other audiences. weekday: 0 = Monday … 4, of
    no account for a monthly one. hour, minute: in the plan's zone. language: "" for each reader's
    own. has_file: the workbook is attached where the company allows it. sent_until_at: sendings up
    to here are done or past. removed_at: taken out; its sendings stay.
    """

    __tablename__ = "pack_schedules"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 4", name="weekday"),
        CheckConstraint("hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59", name="time"),
        {"info": UNCOUNTED},
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    audience: Mapped[Audience] = enum_column(Audience)
    person_ids: Mapped[list[int]] = mapped_column(JSON)
    cadence: Mapped[Cadence] = enum_column(Cadence)
    weekday: Mapped[int] = mapped_column(default=4)
    hour: Mapped[int]
    minute: Mapped[int]
    language: Mapped[str] = mapped_column(String(2), default="")
    has_file: Mapped[bool] = mapped_column(default=False)
    is_on: Mapped[bool] = mapped_column(default=True)
    sent_until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[Instant]
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.cadence, self.weekday, time(self.hour, self.minute))


class SendingState(StrEnum):
    """A sending waits (for its packs, or for the next try), has gone into the outbox, found nobody
    to go to, was overtaken or switched off before it left, or was given up."""

    waiting = "waiting"
    sent = "sent"
    nobody = "nobody"
    dropped = "dropped"
    failed = "failed"


class PackSending(db.Model):
    """A schedule's pack goes out once: at a slot of its rhythm, or because somebody asked for it.

    slot_at: the slot, or the instant at which `asked_by` asked. tries counts those that began;
    lease_until is the claim of the process that is at it. error: of the last try that failed.
    """

    __tablename__ = "pack_sendings"
    __table_args__ = (
        UniqueConstraint("schedule_id", "slot_at"),
        Index("ix_pack_sendings_due", "state", "next_try_at"),
        {"info": UNCOUNTED},
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("pack_schedules.id"), index=True)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[SendingState] = enum_column(SendingState, default=SendingState.waiting)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[OptionalInstant]
    finished_at: Mapped[OptionalInstant]
    error: Mapped[LongText]

    schedule: Mapped[PackSchedule] = relationship()
    asked_by: Mapped[Person | None] = relationship()


class SendingPack(db.Model):
    """The pack of a sending for those who read the same in one language. eyes: their
    `core.matrix.eyes_key`."""

    __tablename__ = "pack_sending_packs"
    __table_args__ = (
        UniqueConstraint("sending_id", "eyes", "language"),
        {"info": UNCOUNTED},
    )

    id: Mapped[IntPk]
    sending_id: Mapped[int] = mapped_column(ForeignKey("pack_sendings.id"), index=True)
    eyes: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    pack_id: Mapped[int] = mapped_column(ForeignKey("packs.id"), index=True)

    sending: Mapped[PackSending] = relationship()
    pack: Mapped[Pack] = relationship()


class PackPolicy(db.Model):
    """Whether the company lets packs leave as files in mails. The newest row counts; without any,
    they do not."""

    __tablename__ = "pack_policies"
    __table_args__ = ({"info": UNCOUNTED},)

    id: Mapped[IntPk]
    may_attach: Mapped[bool]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    set_by: Mapped[Person] = relationship()
