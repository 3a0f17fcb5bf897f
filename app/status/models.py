"""Tables of status packs, manual lights and who looked when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.accounts.models import Person
from app.core.db import Instant, IntPk, LongText, OptionalInstant, UtcDateTime, db, enum_column
from app.core.revisions import UNCOUNTED


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
    """A status pack: its manifest as canonical JSON (`status.manifest`), its hash, and the bytes.

    is_live: it shows the plan as it stands when it is built, and as_of is that instant.
    compared_with_id: the snapshot that its "what changed" begins at, if there was one.
    """

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
    is_live: Mapped[bool] = mapped_column(default=False)
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))
    compared_with_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))
    manifest: Mapped[LongText]
    manifest_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
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
    # Shown on the packs' own page, which is read anew each time.
    __table_args__ = ({"info": UNCOUNTED},)

    id: Mapped[IntPk]
    pack_id: Mapped[int] = mapped_column(ForeignKey("packs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[Instant]

    person: Mapped[Person] = relationship()


class CompanyLook(db.Model):
    """How the company's packs and documents look: colour ("#0F6670"), logo and name.

    The newest row counts. Rows are never changed, for a pack that is made again needs the logo of
    its day.
    """

    __tablename__ = "company_looks"

    id: Mapped[IntPk]
    company: Mapped[str] = mapped_column(String(120), default="")
    colour: Mapped[str] = mapped_column(String(7), default="")
    logo: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    logo_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
