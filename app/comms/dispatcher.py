"""The dispatcher: claims waiting mails, looks whether they still apply, sends them, writes down
what the server said.

A claim is a transaction of its own under a lease longer than sending may take; whoever dies with a
claim loses it to the next sweep. Any number of dispatchers may run: a row is claimed by one.
At most one duplicate is possible, when a crash falls between the server's acceptance and our
commit (RFC 1047).
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import CursorResult, func, select, update

from app.accounts.models import Person
from app.accounts.resets import LinkDead, issue_reset_token, link_of
from app.comms.channels import Channel, Letter, NotSent, Refused, TryLater, Unreachable
from app.comms.models import Channel as ChannelName
from app.comms.models import Message, MessageState
from app.comms.reminder_queries import open_deadlines, readers_of
from app.comms.rules import BY_KEY, may_be_told
from app.comms.wording import SECRET_LINK
from app.core.db import db
from app.core.unit_of_work import own_transaction, rollback, unit_of_work

log = structlog.get_logger()

BATCH = 20
LEASE = timedelta(minutes=15)
MOST_IN_A_RUN = 2000
MOST_BROKEN_LINES = 2
# Seconds to the next try after the first, second … failed one; after the last: dead.
WAITS = (30, 60, 120, 300, 600, 1800, 3600, 7200)
SECRET_KINDS = frozenset({"password_reset", "invitation"})


@dataclass
class Tally:
    """What a run did."""

    sent: int = 0
    cancelled: int = 0
    postponed: int = 0
    dead: int = 0
    released: int = 0
    trouble: str = ""

    def __str__(self) -> str:
        words = [f"{self.sent} sent"]
        for number, word in (
            (self.cancelled, "cancelled"), (self.postponed, "to try later"), (self.dead, "dead"),
        ):  # fmt: skip
            if number:
                words.append(f"{number} {word}")
        if self.trouble:
            words.append(f"mail server out of reach: {self.trouble}")
        return ", ".join(words)


@dataclass(frozen=True)
class Claimed:
    """A row that this dispatcher holds until `lease_until`, as plain values."""

    id: int
    plan_id: int | None
    kind: str
    object_key: str
    occurrence: str
    recipient_id: int
    language: str
    subject: str
    text: str
    html: str
    message_id: str
    attempts: int
    due_at: datetime | None
    lease_until: datetime


def waiting_count() -> int:
    """Mails that have not left yet."""
    return db.session.scalar(
        select(func.count()).where(
            Message.channel == ChannelName.mail, Message.state == MessageState.pending
        )
    ) or 0  # fmt: skip


def deliver_waiting(
    now: datetime,
    channel: Channel,
    *,
    most: int = MOST_IN_A_RUN,
    jitter: random.Random | None = None,
) -> Tally:
    """Send what is due to be tried, in batches, until nothing is left or the server is gone."""
    tally = Tally()
    jitter = jitter or random.Random()
    sweep(now)
    done = 0
    while done < most and not tally.trouble:
        batch = claim(now, min(BATCH, most - done))
        if not batch:
            break
        done += len(batch)
        _send_batch(batch, now, channel, tally, jitter)
    return tally


def sweep(now: datetime) -> int:
    """Give back claims whose holder did not come back in time."""
    with own_transaction() as session:
        result: CursorResult[object] = session.execute(  # type: ignore[assignment]
            update(Message)
            .where(Message.state == MessageState.sending, Message.lease_until < now)
            .values(state=MessageState.pending, lease_until=None)
        )
        return result.rowcount


def claim(now: datetime, most: int = BATCH) -> list[Claimed]:
    """Take up to `most` due rows for this dispatcher alone."""
    lease_until = now + LEASE
    with own_transaction() as session:
        rows = session.scalars(
            select(Message)
            .where(
                Message.channel == ChannelName.mail,
                Message.state == MessageState.pending,
                Message.next_try_at <= now,
            )
            .order_by(Message.next_try_at, Message.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        claimed = []
        for row in rows:
            row.state = MessageState.sending
            row.lease_until = lease_until
            row.attempts += 1
            due = row.reason.get("due_at")
            claimed.append(
                Claimed(
                    id=row.id, plan_id=row.plan_id, kind=row.kind, object_key=row.object_key,
                    occurrence=row.occurrence, recipient_id=row.recipient_id,
                    language=row.language, subject=row.subject, text=row.body_text,
                    html=row.body_html, message_id=row.message_id, attempts=row.attempts,
                    due_at=datetime.fromisoformat(due) if due else None,
                    lease_until=lease_until,
                )
            )  # fmt: skip
        return claimed


def _send_batch(
    batch: Sequence[Claimed], now: datetime, channel: Channel, tally: Tally, jitter: random.Random
) -> None:
    obsolete = reasons_against(batch)
    broken_lines = 0
    for place, row in enumerate(batch):
        if row.id in obsolete:
            _settle(row, state=MessageState.cancelled, answer=obsolete[row.id])
            tally.cancelled += 1
            continue
        try:
            answer = channel.send(_letter(row, now))
        except LinkDead:
            _settle(row, state=MessageState.cancelled, answer="link_dead")
            tally.cancelled += 1
        except Unreachable as problem:
            tally.trouble = problem.answer
            _release(batch[place:], now, problem.answer, tally)
            return
        except Refused as problem:
            _settle(row, state=MessageState.dead, answer=problem.answer)
            tally.dead += 1
        except Exception as problem:  # one bad row must not stop the rest
            answer = problem.answer if isinstance(problem, NotSent) else repr(problem)
            if not isinstance(problem, NotSent):
                log.error("a message failed", message=row.id, error=answer)
            _postpone(row, now, answer, tally, jitter)
            broken_lines += isinstance(problem, TryLater) and not answer[:3].isdigit()
            if broken_lines >= MOST_BROKEN_LINES:
                # A server that falls silent again and again: the others need not wait for it.
                tally.trouble = answer
                _release(batch[place + 1 :], now, answer, tally)
                return
        else:
            _settle(row, state=MessageState.sent, answer=answer, sent_at=now)
            tally.sent += 1


def reasons_against(batch: Sequence[Claimed]) -> dict[int, str]:
    """Rows that no longer apply, with the reason: done, left, not theirs any more."""
    against: dict[int, str] = {}
    rollback()
    enabled = set(
        db.session.scalars(
            select(Person.id).where(
                Person.id.in_({row.recipient_id for row in batch}), Person.is_enabled
            )
        )
    )
    by_plan: dict[int, list[Claimed]] = defaultdict(list)
    for row in batch:
        if row.recipient_id not in enabled:
            against[row.id] = "left"
        elif row.plan_id is not None:
            by_plan[row.plan_id].append(row)
    for plan_id, rows in by_plan.items():
        readers = readers_of(plan_id)
        still: dict[tuple[str, str], set[int]] = {}
        dues = [row.due_at for row in rows if row.due_at]
        if dues:
            for deadline in open_deadlines(plan_id, min(dues), max(dues)):
                still[(deadline.object_key, deadline.occurrence)] = {
                    *deadline.recipients, *deadline.escalate_to,
                }  # fmt: skip
        for row in rows:
            reader = readers.get(row.recipient_id)
            rule = BY_KEY.get(row.kind)
            if reader is None or (rule and not may_be_told(reader.viewer, rule.kind)):
                against[row.id] = "no_part"
            elif rule is not None:
                whose = still.get((row.object_key, row.occurrence))
                if whose is None:
                    against[row.id] = "done"
                elif row.recipient_id not in whose:
                    against[row.id] = "not_theirs"
    rollback()
    return against


def _letter(row: Claimed, now: datetime) -> Letter:
    text, html = row.text, row.html
    if row.kind in SECRET_KINDS:
        link = _fresh_link(row, now)
        text, html = text.replace(SECRET_LINK, link), html.replace(SECRET_LINK, link)
    person = db.session.get_one(Person, row.recipient_id)
    letter = Letter(
        to_address=person.email, to_name=person.name, subject=row.subject, text=text, html=html,
        language=row.language, message_id=row.message_id, at=now,
    )  # fmt: skip
    rollback()
    return letter


def _fresh_link(row: Claimed, now: datetime) -> str:
    """The secret link, made now and kept nowhere; its hash is committed before the mail leaves.
    Raises LinkDead."""
    reset_id = int(row.object_key.split(":")[1])
    with unit_of_work():
        return link_of(issue_reset_token(reset_id, now))


def _settle(row: Claimed, **values: object) -> None:
    """Write down how it went, if the row is still ours."""
    with own_transaction() as session:
        session.execute(
            update(Message)
            .where(
                Message.id == row.id,
                Message.state == MessageState.sending,
                Message.lease_until == row.lease_until,
            )
            .values(lease_until=None, **values)
        )


def _postpone(
    row: Claimed, now: datetime, answer: str, tally: Tally, jitter: random.Random
) -> None:
    if row.attempts > len(WAITS):
        _settle(row, state=MessageState.dead, answer=answer)
        tally.dead += 1
        return
    wait = WAITS[row.attempts - 1] * jitter.uniform(0.8, 1.2)
    _settle(
        row, state=MessageState.pending, answer=answer, next_try_at=now + timedelta(seconds=wait)
    )
    tally.postponed += 1


def _release(rows: Sequence[Claimed], now: datetime, answer: str, tally: Tally) -> None:
    """Give rows back untouched: an outage is not their failure and never makes them dead."""
    for row in rows:
        _settle(
            row, state=MessageState.pending, answer=answer, attempts=row.attempts - 1,
            next_try_at=now + timedelta(seconds=WAITS[0]),
        )  # fmt: skip
        tally.released += 1
