"""Workbooks that came in and wait for their reader's word."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.db import Instant, IntPk, OptionalInstant, db, enum_column


class UploadState(StrEnum):
    """A workbook waits until its changes are applied or dropped."""

    waiting = "waiting"
    applied = "applied"
    dropped = "dropped"


class Upload(db.Model):
    """A workbook that a person brought back. Its bytes are kept, so that what is applied is what
    the preview showed; `changes_sha256` names that preview's changes."""

    __tablename__ = "uploads"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    uploaded_at: Mapped[Instant]
    changes_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[UploadState] = enum_column(UploadState, default=UploadState.waiting)
    ended_at: Mapped[OptionalInstant]
