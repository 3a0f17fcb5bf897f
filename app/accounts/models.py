"""Tables of people: who they are, where they work, and their sign-ins."""

from datetime import datetime
from typing import ClassVar

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Instant, IntPk, OptionalInstant, UtcDateTime, Words, db
from app.core.revisions import UNCOUNTED

FINANCE = "finance"


class Department(db.Model):
    """A department of the company and its head. `key` ties it to the plan's template."""

    __tablename__ = "departments"

    id: Mapped[IntPk]
    key: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[Words]
    head_id: Mapped[int | None] = mapped_column(
        ForeignKey("persons.id", use_alter=True, name="fk_departments_head_id")
    )
    is_active: Mapped[bool] = mapped_column(default=True)

    head: Mapped["Person | None"] = relationship(foreign_keys=[head_id], post_update=True)


class Person(UserMixin, db.Model):
    """Somebody who can sign in. Disabled people keep their rows: history names them."""

    __tablename__ = "persons"

    id: Mapped[IntPk]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    # pypinyin reads some surnames wrong, so the order of names can be set by hand.
    sort_name: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    language: Mapped[str | None] = mapped_column(String(2))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    may_start_plans: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[Instant]
    left_at: Mapped[OptionalInstant]

    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])

    # Set by the sign-in's loader: the token of the session this person came in with.
    session_token: ClassVar[str | None] = None
    session_seen_at: ClassVar[datetime | None] = None

    # UserMixin compares by get_id(), which is a browser's token here: two people without one would
    # be equal. A row is itself.
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    def get_id(self) -> str:
        return self.session_token or ""

    @property
    def is_active(self) -> bool:
        return self.is_enabled

    @property
    def initial(self) -> str:
        return self.name[:1].upper()

    @property
    def mail_language(self) -> str:
        """The language that mails to this person are written in."""
        return mail_language(self.language)


def mail_language(chosen: str | None) -> str:
    """The language of mails to somebody who chose this one, or none."""
    return chosen or "zh"


class SignIn(db.Model):
    """A signed-in browser. Kept here and not in the cookie, so that it can be ended."""

    __tablename__ = "sign_ins"
    # Written as people come and go; whoever needs it reads it anew with each request.
    __table_args__ = ({"info": UNCOUNTED},)

    id: Mapped[IntPk]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PasswordReset(db.Model):
    """A way to set a new password, sent by mail; only its hash rests here."""

    __tablename__ = "password_resets"
    # Read only by who follows the link.
    __table_args__ = ({"info": UNCOUNTED},)

    id: Mapped[IntPk]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[OptionalInstant]
    # An invitation of somebody who never had a password; it lasts longer.
    is_invitation: Mapped[bool] = mapped_column(default=False)


class Attempt(db.Model):
    """A failed or costly try, counted to slow down guessing. `key` is a hash of kind and who."""

    __tablename__ = "attempts"
    # Counted in their own way, and shown nowhere.
    __table_args__ = (Index("ix_attempts_key_at", "key", "at"), {"info": UNCOUNTED})

    id: Mapped[IntPk]
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant]
