"""Tables of status packs, manual lights and who looked when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.accounts.models import Person
from app.core.db import Instant, IntPk, LongText, OptionalInstant, UtcDateTime, db, enum_column


class PackState(StrEnum):
    """A pack waits, is being built, is ready, or could not be built."""

    queued = "queued"
    building = "building"
    ready = "ready"
    failed = "failed"

    @property
    def label(self) -> Any:
        return {
            "queued": _l("waiting"), "building": _l("being built"), "ready": _l("ready"),
            "failed": _l("could not be built"),
        }[self.value]  # fmt: skip


class Pack(db.Model):
    """A status pack: its manifest (snapshot, whose eyes, language, instant, version) and bytes."""

    __tablename__ = "packs"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    state: Mapped[PackState] = enum_column(PackState, default=PackState.queued)
    step: Mapped[str] = mapped_column(String(40), default="")
    percent: Mapped[int] = mapped_column(default=0)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[Instant]
    eyes_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    language: Mapped[str] = mapped_column(String(2))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))
    program_version: Mapped[str] = mapped_column(String(20), default="")
    lease_until: Mapped[OptionalInstant]
    finished_at: Mapped[OptionalInstant]
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]
    error: Mapped[LongText]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    requested_by: Mapped[Person] = relationship(foreign_keys=[requested_by_id])
    eyes: Mapped[Person] = relationship(foreign_keys=[eyes_id])


class PackDownload(db.Model):
    """Who downloaded a pack, and when."""

    __tablename__ = "pack_downloads"

    id: Mapped[IntPk]
    pack_id: Mapped[int] = mapped_column(ForeignKey("packs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[Instant]

    person: Mapped[Person] = relationship()
