"""The outbox: a message is written in the transaction of what it tells, and leaves later.

The unique key makes a message a fact of its own: whoever writes it a second time changes nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.accounts.models import Person
from app.comms import wording
from app.comms.due import DueMessage
from app.comms.models import Channel, Message, MessageState
from app.comms.planning import Manners, manners_of
from app.comms.readers import Addressee, Group
from app.comms.wording import Words
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.plans.access import viewer_of

NOTHING = LocalText()
KEY_LENGTH = 200
KEYS_AT_ONCE = 500
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
    """Channels that messages to people are written for.

    Without a mail server rows wait for one; the demo alone, which nobody will ever give one,
    keeps to the app instead of piling them up.
    """
    settings = current_app.config["SETTINGS"]
    return BOTH if settings.mail_url or not settings.is_demo else (Channel.inbox,)


def unique_key(
    kind: str, object_key: str, occurrence: str, recipient: str | int, channel: Channel
) -> str:
    """kind:object:occurrence:recipient:channel; a long one is hashed but keeps its channel.

    `recipient`: a person's id, or "r" with a robot's.
    """
    base = f"{kind}:{object_key}:{occurrence}:{recipient}"
    if len(base) > KEY_LENGTH - 10:
        base = hashlib.sha256(base.encode()).hexdigest()
    return f"{base}:{channel.value}"


def keys_of(message: DueMessage) -> set[str]:
    """What a reminder to a person is known by, whichever way it went."""
    place = (message.rule.key, message.deadline.object_key, message.deadline.occurrence)
    return {unique_key(*place, message.recipient, channel) for channel in BOTH}


@dataclass(frozen=True)
class About:
    """What a message is about: the first three parts of its key, and where it leads."""

    plan_id: int | None
    kind: str
    object_key: str
    occurrence: str
    url: str = ""


@dataclass(frozen=True)
class Turn:
    """When a message may leave, and the bundle that it leaves in."""

    at: datetime
    bundle: str | None = None


def row_for(
    about: About,
    channel: Channel,
    words: Words,
    *,
    person: Person | Addressee | None = None,
    group: Group | None = None,
    turn: Turn | None = None,
    against: str = "",
    now: datetime,
) -> dict[str, Any]:
    """The values of one row, for a person or for a group.

    A row for the app is delivered by being written; any other waits for its turn, which is now
    where none is given. `against`: why it is not sent at all.
    """
    recipient: str | int = f"r{group.robot_id}" if group else person.id if person else ""
    key = unique_key(about.kind, about.object_key, about.occurrence, recipient, channel)
    is_inbox = channel is Channel.inbox
    language = group.language if group else person.mail_language if person else ""
    state = MessageState.sent if is_inbox else MessageState.pending
    return {
        "unique_key": key,
        "plan_id": about.plan_id,
        "kind": about.kind,
        "object_key": about.object_key,
        "occurrence": about.occurrence,
        "recipient_id": person.id if person else None,
        "robot_id": group.robot_id if group else None,
        "channel": channel,
        "language": language,
        "subject": words.subject,
        "body_text": words.text,
        "body_html": words.html if channel is Channel.mail else "",
        "url": about.url,
        "reason": words.reason,
        # Stable: a mail sent twice after a crash is recognised as the same one.
        "message_id": f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{_host()}>",
        "state": MessageState.cancelled if against else state,
        "next_try_at": turn.at if turn else now,
        "bundle": turn.bundle if turn else None,
        "created_at": now,
        "sent_at": now if is_inbox and not against else None,
        "answer": against,
    }


def write_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows that are not there yet."""
    if not rows:
        return
    make = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    db.session.execute(
        # Over the table: the ORM would compile the statement anew for each row.
        make(Message.__table__).on_conflict_do_nothing(index_elements=["unique_key"]),
        [{"attempts": 0, **row} for row in rows],
    )


def written_keys(keys: Iterable[str]) -> set[str]:
    """Which of these messages are in the outbox already."""
    wanted = sorted(set(keys))
    found: set[str] = set()
    for at in range(0, len(wanted), KEYS_AT_ONCE):
        found |= set(
            db.session.scalars(
                select(Message.unique_key).where(
                    Message.unique_key.in_(wanted[at : at + KEYS_AT_ONCE])
                )
            )
        )
    return found


def _host() -> str:
    return urlsplit(current_app.config["SETTINGS"].base_url).hostname or "localhost"


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

    `kind` is a key of rules.NOTICES; `occurrence` tells one happening from the next. In the app it
    is at once, by mail when the person wants mail. Answers False when it was written before, or
    when the person left or has no part in the plan.
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
    about = About(plan_id, kind, object_key, occurrence, url)
    key = unique_key(kind, object_key, occurrence, recipient_id, Channel.inbox)
    if written_keys([key]):
        return False
    words = wording.notice(kind, person, title, text, reason, url, plan_id)
    write_rows(rows_to(person, about, words, manners_of([person.id], now), now))
    return True


def rows_to(
    person: Person | Addressee, about: About, words: Words, manners: Manners, now: datetime
) -> list[dict[str, Any]]:
    """The rows of a notice to one person: in the app at once, by mail when they want mail."""
    rows = [row_for(about, Channel.inbox, words, person=person, now=now)]
    if Channel.mail in channels_in_use() and manners.of(person.id).has_mail:
        turn = Turn(*manners.mail_at(person.id, now, is_alone=True))
        rows.append(row_for(about, Channel.mail, words, person=person, turn=turn, now=now))
    return rows


def notify_administrators(
    *, kind: str, object_key: str, title: LocalText, text: LocalText, url: str, now: datetime
) -> None:
    """Tell everybody who administers the installation once about something that happened now."""
    reason = LocalText(**wording.in_all(lambda: _("you administer this installation")))
    for person_id in db.session.scalars(
        select(Person.id).where(Person.is_admin, Person.is_enabled).order_by(Person.id)
    ):
        notify(
            kind=kind, object_key=object_key, occurrence=now.strftime("%Y-%m-%dT%H:%M:%S"),
            recipient_id=person_id, title=title, text=text, url=url, plan_id=None, reason=reason,
            now=now,
        )  # fmt: skip


def cancel_for(person_id: int) -> None:
    """Nothing more is sent to a person who left."""
    db.session.execute(
        update(Message)
        .where(Message.recipient_id == person_id, Message.state == MessageState.pending)
        .values(state=MessageState.cancelled, answer="left")
    )


def requeue(message: Message, *, actor: Person, now: datetime) -> None:
    """Try a message again that could not be sent, by itself: what it was bundled with may have been
    what was refused. Raises DomainError for a group whose robot is switched off."""
    if message.state is not MessageState.dead:
        return
    if message.robot is not None and not message.robot.is_enabled:
        raise DomainError(
            _l("The group’s robot is switched off. Its people got a mail instead; please have the "
               "robot switched on first.")
        )  # fmt: skip
    changes = audit.change(
        message, state=MessageState.pending, attempts=0, next_try_at=now, bundle=None
    )
    audit.record("requeued", message, actor_id=actor.id, now=now, changes=changes)
