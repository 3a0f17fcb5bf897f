"""The outbox: a message is written in the transaction of what it tells, and leaves later.

The unique key makes a message a fact of its own: whoever writes it a second time changes nothing.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.accounts.models import Person
from app.comms import wording
from app.comms.models import Channel, Message, MessageState
from app.comms.wording import Words
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.access import viewer_of

NOTHING = LocalText()
KEY_LENGTH = 200
BOTH = (Channel.inbox, Channel.mail)


@dataclass(frozen=True)
class Notice:
    """Something that one person would have been told."""

    recipient_id: int
    title: LocalText
    url: str


_kept_back: ContextVar[list[Notice] | None] = ContextVar("kept_back", default=None)


@contextmanager
def kept_back() -> Iterator[list[Notice]]:
    """Notices of what happens inside are not written but answered: many changes made at once are
    the caller's to tell in one message a person."""
    notices: list[Notice] = []
    token = _kept_back.set(notices)
    try:
        yield notices
    finally:
        _kept_back.reset(token)


def channels_in_use() -> tuple[Channel, ...]:
    """Channels that reminders are written for.

    Without a mail server rows wait for one; the demo alone, which nobody will ever give one,
    keeps to the app instead of piling them up.
    """
    settings = current_app.config["SETTINGS"]
    return BOTH if settings.mail_url or not settings.is_demo else (Channel.inbox,)


def unique_key(
    kind: str, object_key: str, occurrence: str, person_id: int, channel: Channel
) -> str:
    """kind:object:occurrence:recipient:channel; a long one is hashed but keeps its channel."""
    base = f"{kind}:{object_key}:{occurrence}:{person_id}"
    if len(base) > KEY_LENGTH - 10:
        base = hashlib.sha256(base.encode()).hexdigest()
    return f"{base}:{channel.value}"


def write(
    *,
    plan_id: int | None,
    kind: str,
    object_key: str,
    occurrence: str,
    person: Person,
    words: Words,
    url: str,
    channels: tuple[Channel, ...],
    now: datetime,
) -> int:
    """Write one row a channel unless it is there; answer how many are new.

    A row for the app is delivered by being written; one for the mail waits for the dispatcher.
    """
    make = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    host = urlsplit(current_app.config["SETTINGS"].base_url).hostname or "localhost"
    new = 0
    for channel in channels:
        key = unique_key(kind, object_key, occurrence, person.id, channel)
        is_inbox = channel is Channel.inbox
        result: Any = db.session.execute(
            make(Message)
            .values(
                unique_key=key,
                plan_id=plan_id,
                kind=kind,
                object_key=object_key,
                occurrence=occurrence,
                recipient_id=person.id,
                channel=channel,
                language=person.mail_language,
                subject=words.subject,
                body_text=words.text,
                body_html="" if is_inbox else words.html,
                url=url,
                reason=words.reason,
                # Stable: a mail sent twice after a crash is recognised as the same one.
                message_id=f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>",
                state=MessageState.sent if is_inbox else MessageState.pending,
                next_try_at=now,
                created_at=now,
                sent_at=now if is_inbox else None,
            )
            .on_conflict_do_nothing(index_elements=["unique_key"])
        )
        new += result.rowcount
    return new


def notify(
    *,
    kind: str,
    object_key: str,
    occurrence: str,
    recipient_id: int,
    title: LocalText,
    text: LocalText = NOTHING,
    url: str = "",
    plan_id: int | None,
    reason: LocalText,
    now: datetime,
) -> bool:
    """Tell one person once about something that happened, in their language.

    `kind` is a key of rules.NOTICES; `occurrence` tells one happening from the next. Answers
    False when it was written before, or when the person left or has no part in the plan.
    """
    kept = _kept_back.get()
    if kept is not None:
        kept.append(Notice(recipient_id, title, url))
        return True
    person = db.session.get(Person, recipient_id)
    if person is None or not person.is_enabled:
        return False
    if plan_id is not None and viewer_of(person, plan_id) is None:
        return False
    words = wording.notice(kind, person, title, text, reason, url, plan_id)
    written = write(
        plan_id=plan_id, kind=kind, object_key=object_key, occurrence=occurrence, person=person,
        words=words, url=url, channels=channels_in_use(), now=now,
    )  # fmt: skip
    return written > 0


def cancel_for(person_id: int) -> None:
    """Nothing more is sent to a person who left."""
    db.session.execute(
        update(Message)
        .where(Message.recipient_id == person_id, Message.state == MessageState.pending)
        .values(state=MessageState.cancelled, answer="left")
    )


def requeue(message: Message, *, actor: Person, now: datetime) -> None:
    """Try a message again that could not be sent."""
    if message.state is not MessageState.dead:
        return
    changes = audit.change(message, state=MessageState.pending, attempts=0, next_try_at=now)
    audit.record("requeued", message, actor_id=actor.id, now=now, changes=changes)
