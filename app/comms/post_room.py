"""The post room of the installation: what could not be sent, and what waits, over all plans.

The administrator looks after delivery and sees no plan: neither the subject nor a word of the text
is read here, only when, through what, to whom, and what the other side said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import defer, joinedload

from app.accounts.models import Person
from app.comms.models import Channel, Message, MessageState, Robot
from app.comms.outbox import requeue
from app.core.db import db
from app.core.errors import NotFound
from app.core.web import NOT_HERE

PER_PAGE = 50
ALARM_AFTER = timedelta(minutes=15)
# How many are tried again at one press: what is more is a matter of the server, not of letters.
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Standing:
    """How delivery stands: what was given up, what waits to be tried since when."""

    dead: int
    waiting: int
    oldest_at: datetime | None
    is_alarming: bool


def standing(now: datetime) -> Standing:
    """In one statement. What waits for a person's quiet hours to end does not count."""
    is_waiting = and_(
        Message.state.in_([MessageState.pending, MessageState.sending]),
        or_(Message.next_try_at <= now, Message.answer != ""),
    )
    dead, waiting, oldest_at = db.session.execute(
        select(
            func.count().filter(Message.state == MessageState.dead),
            func.count().filter(is_waiting),
            func.min(Message.created_at).filter(is_waiting),
        ).where(
            Message.channel != Channel.inbox,
            Message.state.in_(
                [MessageState.dead, MessageState.pending, MessageState.sending]
            ),
        )
    ).one()
    is_alarming = oldest_at is not None and now - oldest_at > ALARM_AFTER
    return Standing(dead, waiting, oldest_at, is_alarming)


def dead_letters(page: int) -> Pagination:
    """What was given up, newest first, without its words."""
    return db.paginate(
        select(Message)
        .where(Message.state == MessageState.dead)
        .options(
            joinedload(Message.recipient), joinedload(Message.robot), defer(Message.subject),
            defer(Message.body_text), defer(Message.body_html),
        )
        .order_by(Message.created_at.desc(), Message.id.desc()),
        page=page,
        per_page=PER_PAGE,
    )  # fmt: skip


def try_again(message_id: int, *, actor: Person, now: datetime) -> None:
    """Put one back. Raises NotFound for what is not dead."""
    message = db.session.get(Message, message_id)
    if message is None or message.state is not MessageState.dead:
        raise NotFound(NOT_HERE)
    requeue(message, actor=actor, now=now)


def try_all_again(*, actor: Person, now: datetime) -> int:
    """Put back everything that was given up, oldest first; answers how many."""
    messages = db.session.scalars(
        select(Message)
        .outerjoin(Message.robot)
        .where(
            Message.state == MessageState.dead,
            or_(Message.robot_id.is_(None), Robot.is_enabled),
        )
        .order_by(Message.id)
        .limit(MOST_AT_ONCE)
    ).all()
    for message in messages:
        requeue(message, actor=actor, now=now)
    return len(messages)
