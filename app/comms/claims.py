"""Who holds a waiting message: claims under a lease, limits, and what became of it.

A claim is a transaction of its own under a lease longer than sending may take; whoever dies with a
claim loses it to the next sweep. Any number of dispatchers may run: on PostgreSQL they skip each
other's rows, on SQLite they take turns. The limits of a robot and of a person are counted over the
attempts in the database, so that all processes share them.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased, scoped_session

from app.comms.models import (
    SECRET_KINDS,
    AttemptOutcome,
    Channel,
    Message,
    MessageAttempt,
    MessageState,
    Robot,
)
from app.core.unit_of_work import own_transaction

LEASE = timedelta(minutes=15)
# (how many, in which time), below what the vendors allow: DingTalk and WeCom 20 a minute, Feishu
# 100 a minute and 5 a second. The times are longer than the vendors', for a post leaves some
# seconds after it was claimed.
ROBOT_LIMITS: dict[Channel, tuple[tuple[int, timedelta], ...]] = {
    Channel.dingtalk: ((15, timedelta(seconds=75)),),
    Channel.wecom: ((15, timedelta(seconds=75)),),
    Channel.feishu: ((60, timedelta(seconds=75)), (4, timedelta(seconds=3))),
}
# So few are claimed at once that they leave soon after.
POSTS_AT_ONCE = 5
GROUP_CHANNELS = frozenset(ROBOT_LIMITS)
# More mails than this in an hour to one person are a fault of ours, and go out gathered.
PERSON_LIMIT = (20, timedelta(hours=1))
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Claimed:
    """A row of the outbox that a dispatcher holds, as plain values."""

    id: int
    plan_id: int | None
    kind: str
    object_key: str
    occurrence: str
    recipient_id: int | None
    robot_id: int | None
    channel: Channel
    language: str
    subject: str
    text: str
    html: str
    url: str
    reason: dict[str, Any]
    message_id: str
    attempts: int

    @property
    def due_at(self) -> datetime | None:
        """When the thing falls due that it reminds of; None for a notice."""
        due = self.reason.get("due_at")
        return datetime.fromisoformat(due) if due else None


@dataclass(frozen=True)
class Parcel:
    """Rows that leave together, to one person or one group: one mail, one post.

    act: names this try of all of them. holder: the claim, by which the rows are known as held.
    """

    act: str
    holder: str
    bundle: str | None
    rows: tuple[Claimed, ...]
    lease_until: datetime

    @property
    def first(self) -> Claimed:
        return self.rows[0]


# Statements of the loop that sends ten thousand: over tables, made once.
MESSAGES: Table = Message.__table__  # type: ignore[assignment]
ATTEMPTS: Table = MessageAttempt.__table__  # type: ignore[assignment]
_HELD = update(MESSAGES).where(
    MESSAGES.c.id == bindparam("of_row"),
    MESSAGES.c.state == MessageState.sending,
    MESSAGES.c.holder == bindparam("held_by"),
)
_SENT = _HELD.values(
    state=MessageState.sent, lease_until=None, holder=None, answer=bindparam("said"),
    sent_at=bindparam("when"),
)  # fmt: skip
_OUTCOME = (
    update(ATTEMPTS)
    .where(ATTEMPTS.c.act == bindparam("of_act"))
    .values(outcome=bindparam("outcome"), answer=bindparam("answer"))
)


def sweep(now: datetime) -> int:
    """Give back claims whose holder did not come back in time."""
    with own_transaction() as session:
        result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(Message)
            .where(Message.state == MessageState.sending, Message.lease_until < now)
            .values(state=MessageState.pending, lease_until=None, holder=None)
        )
        return result.rowcount


def claim(
    now: datetime, channels: Collection[Channel], most: int, *, is_bundled: bool = True
) -> list[Parcel]:
    """Take up to `most` due parcels for this dispatcher alone.

    is_bundled: False leaves bundles alone, while more of them is still being written.
    """
    with own_transaction() as session:
        heads: list[Any] = []
        full = _full_robots(session, now) if GROUP_CHANNELS.intersection(channels) else set()
        while not heads:
            found = session.execute(_heads(now, channels, most, is_bundled, full)).all()
            if not found:
                return []
            # Where all of them were put off, those behind them have their turn.
            heads = _within_limits(session, found, now)
            full |= {head.robot_id for head in found if head.robot_id is not None}
        bundles = {head.bundle for head in heads if head.bundle}
        alone = [head.id for head in heads if not head.bundle]
        rows = session.scalars(
            select(Message)
            .where(
                Message.state == MessageState.pending,
                or_(
                    Message.id.in_(alone),
                    Message.bundle.in_(bundles) & (Message.next_try_at <= now),
                ),
            )
            .order_by(Message.id)
            .with_for_update()
        ).all()
        parcels = _parcels(rows, now + LEASE)
        _hold(session, parcels, now)
        return parcels


def _full_robots(session: Session, now: datetime) -> set[int]:
    """Robots that have posted as much as they may for now."""
    robots = session.execute(select(Robot.id, Robot.vendor).where(Robot.is_enabled)).all()
    limits = {f"r{row.id}": ROBOT_LIMITS[Channel(row.vendor.value)] for row in robots}
    left = _left(session, limits, now)
    return {row.id for row in robots if left[f"r{row.id}"] <= 0}


def _heads(
    now: datetime, channels: Collection[Channel], most: int, is_bundled: bool, full: set[int]
) -> Any:
    """The first row of each due bundle, and every due row that travels alone. Whoever locks the
    first row has the bundle, so that nobody takes the other half of it."""
    earlier = aliased(Message)
    is_first = ~exists().where(
        earlier.bundle == Message.bundle,
        earlier.state == MessageState.pending,
        earlier.next_try_at <= now,
        earlier.id < Message.id,
    )
    travels: ColumnElement[bool] = Message.bundle.is_(None)
    if is_bundled:
        travels = or_(travels, is_first)
    may_post = Message.robot_id.is_(None) | exists().where(
        Robot.id == Message.robot_id,
        Robot.is_enabled,
        or_(Robot.paused_until.is_(None), Robot.paused_until <= now),
    )
    return (
        select(
            Message.id, Message.bundle, Message.channel, Message.recipient_id,
            Message.robot_id, Message.kind,
        )
        .where(
            Message.state == MessageState.pending,
            Message.next_try_at <= now,
            Message.channel.in_(channels),
            or_(Message.robot_id.is_(None), Message.robot_id.not_in(full)),
            travels,
            may_post,
        )
        .order_by(Message.next_try_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )


def _within_limits(session: Session, heads: Sequence[Any], now: datetime) -> list[Any]:
    """The heads that may leave now. A person's surplus is put off and gathered, but for the way in;
    a robot's stays where it is and is looked at again."""
    robots = {head.robot_id for head in heads if head.robot_id is not None}
    if robots:
        # Two dispatchers must not count the same robot at the same time.
        session.execute(
            select(Robot.id).where(Robot.id.in_(robots)).order_by(Robot.id).with_for_update()
        ).all()
    limits: dict[str, Sequence[tuple[int, timedelta]]] = {
        destination_of(head): ROBOT_LIMITS.get(head.channel, (PERSON_LIMIT,)) for head in heads
    }
    left = _left(session, limits, now)
    for head in heads:
        if head.robot_id is not None:
            place = destination_of(head)
            left[place] = min(left[place], POSTS_AT_ONCE)
    kept, surplus = [], []
    for head in heads:
        place = destination_of(head)
        if left[place] > 0 or head.kind in SECRET_KINDS:
            left[place] -= 1
            kept.append(head)
        elif head.robot_id is None:
            surplus.append(head)
    for head in surplus:
        _gather(session, head, now)
    return kept


def _left(
    session: Session, limits: dict[str, Sequence[tuple[int, timedelta]]], now: datetime
) -> dict[str, int]:
    """How many acts each destination may still be sent by each of its limits."""
    left = {place: min(most for most, _span in spans) for place, spans in limits.items()}
    by_span: dict[timedelta, dict[str, int]] = defaultdict(dict)
    for place, spans in limits.items():
        for most, span in spans:
            by_span[span][place] = most
    for span, places in by_span.items():
        for place, count in session.execute(
            select(MessageAttempt.destination, func.count(MessageAttempt.act.distinct()))
            .where(MessageAttempt.destination.in_(places), MessageAttempt.at > now - span)
            .group_by(MessageAttempt.destination)
        ):
            left[place] = min(left[place], places[place] - count)
    return left


def _gather(session: Session, head: Any, now: datetime) -> None:
    """Too many mails to one person: the rest waits for one that holds them all."""
    # To the next quarter, so that what is put off by several runs is gathered into one.
    later = now + PERSON_LIMIT[1] + QUARTER
    later -= timedelta(
        minutes=later.minute % 15, seconds=later.second, microseconds=later.microsecond
    )
    same = Message.bundle == head.bundle if head.bundle else Message.id == head.id
    session.execute(
        update(Message)
        .where(same, Message.state == MessageState.pending)
        .values(
            next_try_at=later, answer="limit", bundle=f"p{head.recipient_id}:{later:%Y%m%dT%H%M}"
        )
    )


def destination_of(row: Any) -> str:
    """A name for where the row goes, by which limits are counted."""
    return f"r{row.robot_id}" if row.robot_id is not None else f"p{row.recipient_id}"


def _parcels(rows: Iterable[Message], lease_until: datetime) -> list[Parcel]:
    holder = uuid.uuid4().hex
    together: dict[Any, list[Message]] = {}
    for row in rows:
        together.setdefault(row.bundle or row.id, []).append(row)
    return [
        Parcel(
            act=uuid.uuid4().hex,
            holder=holder,
            bundle=members[0].bundle,
            rows=tuple(_claimed(row) for row in members),
            lease_until=lease_until,
        )
        for members in together.values()
    ]


def _claimed(row: Message) -> Claimed:
    return Claimed(
        id=row.id, plan_id=row.plan_id, kind=row.kind, object_key=row.object_key,
        occurrence=row.occurrence, recipient_id=row.recipient_id, robot_id=row.robot_id,
        channel=row.channel, language=row.language, subject=row.subject, text=row.body_text,
        html=row.body_html, url=row.url, reason=row.reason, message_id=row.message_id,
        attempts=row.attempts + 1,
    )  # fmt: skip


def _hold(session: Session, parcels: Sequence[Parcel], now: datetime) -> None:
    ids = [row.id for parcel in parcels for row in parcel.rows]
    session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(
            state=MessageState.sending, holder=parcels[0].holder,
            lease_until=parcels[0].lease_until, attempts=Message.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.execute(
        insert(ATTEMPTS),
        [
            {
                "message_id": row.id, "number": row.attempts, "act": parcel.act,
                "destination": destination_of(row), "at": now,
                "outcome": AttemptOutcome.under_way, "answer": "",
            }
            for parcel in parcels
            for row in parcel.rows
        ],
    )  # fmt: skip


def mark_sent(transaction: Connection, parcel: Parcel, answer: str, now: datetime) -> None:
    """The other side has it."""
    rows = [
        {"of_row": row.id, "held_by": parcel.holder, "said": answer, "when": now}
        for row in parcel.rows
    ]
    transaction.execute(_SENT, rows if len(rows) > 1 else rows[0])


def settle_in(
    transaction: Connection | scoped_session[Session],
    parcel: Parcel,
    outcome: AttemptOutcome,
    answer: str,
    **values: Any,
) -> None:
    """Write down how a try went, for the rows that are still ours; `values` for the messages."""
    _end(transaction, parcel, [row.id for row in parcel.rows], answer=answer, **values)
    note_outcomes(transaction, [(parcel, outcome, answer)])


def note_outcomes(
    transaction: Connection | scoped_session[Session],
    outcomes: Sequence[tuple[Parcel, AttemptOutcome, str]],
) -> None:
    """Write down how these tries ended, for whoever asks later; the messages' own state is what
    decides, and is written with each."""
    transaction.execute(
        _OUTCOME,
        [
            {"of_act": parcel.act, "outcome": outcome, "answer": answer}
            for parcel, outcome, answer in outcomes
        ],
    )


def cancel(transaction: Connection, parcel: Parcel, against: dict[int, str]) -> None:
    """Rows that no longer apply, with the reason; they were never tried."""
    for row_id, reason in against.items():
        _end(transaction, parcel, [row_id], state=MessageState.cancelled, answer=reason)
    _forget(transaction, parcel, against)


def release(
    transaction: Connection, parcels: Iterable[Parcel], answer: str, next_try_at: datetime
) -> int:
    """Give rows back untouched: what stood in their way is not their failure and never makes them
    dead. Answers how many."""
    count = 0
    for parcel in parcels:
        ids = [row.id for row in parcel.rows]
        _end(
            transaction, parcel, ids, state=MessageState.pending, answer=answer,
            next_try_at=next_try_at, is_untried=True,
        )  # fmt: skip
        _forget(transaction, parcel, ids)
        count += len(ids)
    return count


def _end(
    transaction: Connection | scoped_session[Session],
    parcel: Parcel,
    ids: Iterable[int],
    *,
    is_untried: bool = False,
    **values: Any,
) -> None:
    """Let go of these rows of the parcel, if they are still ours, with new values."""
    fields = {name: bindparam(name) for name in values}
    if is_untried:
        fields["attempts"] = MESSAGES.c.attempts - 1
    transaction.execute(
        _HELD.values(lease_until=None, holder=None, **fields),
        [{"of_row": row_id, "held_by": parcel.holder, **values} for row_id in ids],
    )


def _forget(transaction: Connection, parcel: Parcel, ids: Iterable[int]) -> None:
    transaction.execute(
        delete(ATTEMPTS).where(ATTEMPTS.c.act == parcel.act, ATTEMPTS.c.message_id.in_(list(ids)))
    )


def keep(parcels: Iterable[Parcel], now: datetime) -> list[Parcel]:
    """Renew the lease of parcels that are still to be sent; those that were lost are left out."""
    until = now + LEASE
    kept = []
    for parcel in parcels:
        with own_transaction() as session:
            result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
                update(Message)
                .where(
                    Message.id.in_([row.id for row in parcel.rows]),
                    Message.state == MessageState.sending,
                    Message.holder == parcel.holder,
                )
                .values(lease_until=until)
                .execution_options(synchronize_session=False)
            )
        if result.rowcount == len(parcel.rows):
            kept.append(
                Parcel(parcel.act, parcel.holder, parcel.bundle, parcel.rows, until)
            )
    return kept
