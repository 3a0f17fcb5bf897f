"""A person's messages in the app, and the count in the bell."""

from datetime import datetime

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, func, or_, select, update

from app.accounts.models import Person
from app.comms.models import Channel, Message, MessageState
from app.core.db import db
from app.core.errors import NotFound
from app.core.web import NOT_HERE
from app.plans.models import PlanMember

PER_PAGE = 30


def mine(person_id: int) -> ColumnElement[bool]:
    """The person's rows, but of plans only in which they still have a part."""
    plans = select(PlanMember.plan_id).where(PlanMember.person_id == person_id)
    return (
        (Message.recipient_id == person_id)
        & (Message.channel == Channel.inbox)
        & (Message.state == MessageState.sent)
        & or_(Message.plan_id.is_(None), Message.plan_id.in_(plans))
    )


def unread_count(person_id: int) -> int:
    """How many messages wait to be read."""
    return db.session.scalar(
        select(func.count()).where(mine(person_id), Message.read_at.is_(None))
    ) or 0  # fmt: skip


def messages_of(person: Person, page: int) -> Pagination:
    """Unread first, then newest first, a page at a time."""
    return db.paginate(
        select(Message)
        .where(mine(person.id))
        .order_by(Message.read_at.is_not(None), Message.created_at.desc(), Message.id.desc()),
        page=page,
        per_page=PER_PAGE,
    )


def mark_read(message_id: int, *, actor: Person, now: datetime) -> Message:
    """Note when the person first read it. Raises NotFound for anybody else's message."""
    message = db.session.scalar(
        select(Message).where(Message.id == message_id, mine(actor.id))
    )
    if message is None:
        raise NotFound(NOT_HERE)
    if message.read_at is None:
        message.read_at = now
    return message


def mark_all_read(*, actor: Person, now: datetime) -> None:
    db.session.execute(
        update(Message)
        .where(mine(actor.id), Message.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
