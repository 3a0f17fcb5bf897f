"""The dispatcher: claims waiting messages, looks whether they still apply, sends them, writes down
what the other side said.

Whatever it cannot send it puts off, gives back or gives up, message by message; one bad message
never stops the rest. At most one duplicate is possible, when a crash falls between the server's
acceptance and our commit (RFC 1047); two messages can be there at once, the one that is being
written down and the one on the line.
"""

import random
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from app.accounts.resets import LinkDead
from app.comms.applies import reasons_against
from app.comms.channels import NotSent, Refused, TooFast, TryLater, Unreachable
from app.comms.claims import (
    GROUP_CHANNELS,
    Parcel,
    cancel,
    claim,
    keep,
    mark_sent,
    note_outcomes,
    release,
    settle_in,
    sweep,
)
from app.comms.falling_back import give_up_on_group, pause_robot
from app.comms.models import AttemptOutcome, Channel, MessageState
from app.comms.outlets import Outlets
from app.core import clock
from app.core.db import db
from app.core.jobs import JobRun
from app.core.unit_of_work import own_connection, rollback

log = structlog.get_logger()

BATCH = 100
# Each of them waits five seconds for a lock on SQLite.
TRIES_TO_NOTE = 30
# A run makes way for the next tick: other jobs wait for their turn behind it.
RUN_TAKES = timedelta(seconds=50)
MOST_BROKEN_LINES = 2
# A lease that has less left than this is renewed before the next message is sent.
LEASE_MARGIN = timedelta(minutes=5)
# Seconds to the next try after the first, second … failed one; after the last: dead.
WAITS = (30, 60, 120, 300, 600, 1800, 3600, 7200)
# What cannot be checked, because its plan could not be asked, is looked at again after this.
DOUBT_LASTS = timedelta(minutes=5)
# A run that writes reminders is over by then, or was broken off.
WRITING_TAKES = timedelta(minutes=5)


@dataclass
class Tally:
    """What a run did, in messages."""

    sent: int = 0
    cancelled: int = 0
    postponed: int = 0
    dead: int = 0
    released: int = 0
    trouble: str = ""

    @property
    def did_anything(self) -> bool:
        return self != Tally()


def deliver_waiting(
    now: datetime, outlets: Outlets, *, jitter: random.Random | None = None
) -> Tally:
    """Send what is due to be tried, in batches, until nothing is left or the time is over; a mail
    server that is gone keeps no group from its posts."""
    sweep(now)
    present, jitter = clock.running_from(now), jitter or random.Random()
    with own_connection() as begin, ThreadPoolExecutor(1, "line") as line:
        run = _Run(outlets, present, jitter, begin, line)
        if outlets.mail is not None:
            run.send_all({Channel.mail}, now + RUN_TAKES)
        run.send_all(GROUP_CHANNELS, now + RUN_TAKES)
    return run.tally


def _is_writing(now: datetime) -> bool:
    """Whether reminders are being written right now: a digest waits for the last of them."""
    started, finished = db.session.execute(
        select(JobRun.started_at, JobRun.finished_at).where(JobRun.name == "reminders")
    ).one_or_none() or (None, None)
    rollback()
    return started is not None and finished is None and now - started < WRITING_TAKES


@dataclass(frozen=True)
class Flight:
    """A parcel on the line."""

    parcel: Parcel
    answer: Future[str]


@dataclass(frozen=True)
class Landed:
    """A parcel that was accepted, and what the other side said."""

    parcel: Parcel
    answer: str


class _Run:
    """One run of the dispatcher, and what it has done so far."""

    def __init__(
        self,
        outlets: Outlets,
        present: Callable[[], datetime],
        jitter: random.Random,
        begin: Callable[[], AbstractContextManager[Connection]],
        line: Executor,
    ) -> None:
        self.outlets, self.present, self.jitter = outlets, present, jitter
        self.begin, self.line = begin, line
        self.tally = Tally()
        # Tries that were accepted, noted once a batch.
        self._accepted: list[tuple[Parcel, AttemptOutcome, str]] = []
        self._broken_lines = 0
        # What of the batch at hand nobody has tried to send.
        self._waiting: deque[Parcel] = deque()

    def send_all(self, channels: Collection[Channel], until: datetime) -> None:
        while self.present() < until:
            now = self.present()
            batch = claim(now, channels, BATCH, is_bundled=not _is_writing(now))
            if not batch:
                return
            try:
                if not self._send_batch(batch):
                    return
            except Exception:
                # Whatever it was: what nobody has tried to send does not wait for its lease to
                # end. What was on the line does, for it may have been accepted.
                self._release(self._waiting, "")
                raise
            finally:
                self._note_accepted()

    def _note_accepted(self) -> None:
        accepted, self._accepted = self._accepted, []
        if accepted:
            with self.begin() as transaction:
                note_outcomes(transaction, accepted)

    def _send_batch(self, batch: Sequence[Parcel]) -> bool:
        """Send these in order; False when nothing else would get through by the same way.

        While the other side thinks about one, the next is made ready, and while that is on the
        line, it is written down what became of the one before.
        """
        waiting = self._waiting = deque(batch)
        against, unknown = reasons_against(
            [row for parcel in batch for row in parcel.rows], self.present()
        )
        doubtful = [p for p in batch if any(row.id in unknown for row in p.rows)]
        self._release(doubtful, "unknown", DOUBT_LASTS)
        batch = [parcel for parcel in batch if parcel not in doubtful]
        waiting.clear()
        waiting.extend(left for parcel in batch if (left := self._without(parcel, against)))
        self.outlets.look_up(waiting)
        flight: Flight | None = None
        while waiting or flight:
            following = self._ready(waiting)
            landed = None
            if flight is not None:
                try:
                    landed = Landed(flight.parcel, flight.answer.result())
                except Exception as problem:  # one bad message must not stop the rest
                    if following is not None:
                        waiting.appendleft(following[0])
                        following = None
                    if not self._failed(flight.parcel, problem, waiting):
                        return False
            flight = (
                Flight(following[0], self.line.submit(following[1])) if following else None
            )
            if landed is not None:
                self._sent(landed)
        return True

    def _ready(self, waiting: deque[Parcel]) -> tuple[Parcel, Callable[[], str]] | None:
        """The next parcel, ready to be handed over; what comes to nothing before that is settled
        on the way."""
        while waiting:
            if self.present() > waiting[0].lease_until - LEASE_MARGIN:
                kept = keep(waiting, self.present())
                waiting.clear()
                waiting.extend(kept)
                continue
            parcel = waiting.popleft()
            try:
                return parcel, self.outlets.prepared(parcel, self.present())
            except LinkDead:
                self._cancel(parcel, {row.id: "link_dead" for row in parcel.rows})
            except Refused as problem:
                self._give_up(parcel, AttemptOutcome.refused, problem.answer)
            except Exception as problem:  # a text that cannot be made must not stop the rest
                log.error("a message could not be made", message=parcel.first.id, error=problem)
                self._postpone(parcel, AttemptOutcome.later, repr(problem))
        return None

    def _sent(self, landed: "Landed") -> None:
        for tries_left in reversed(range(TRIES_TO_NOTE)):
            try:
                with self.begin() as transaction:
                    mark_sent(transaction, landed.parcel, landed.answer, self.present())
                break
            except OperationalError as problem:
                # Somebody holds SQLite's lock: this one statement must not be given up, or what
                # was accepted comes a second time. Each try waits for the lock by itself.
                if not tries_left or problem.connection_invalidated:
                    raise
        self._accepted.append((landed.parcel, AttemptOutcome.sent, landed.answer))
        self.tally.sent += len(landed.parcel.rows)

    def _failed(self, parcel: Parcel, problem: Exception, waiting: deque[Parcel]) -> bool:
        """Write down that it did not get through; False when nothing else would."""
        is_mail = parcel.first.channel is Channel.mail
        if isinstance(problem, Unreachable) and is_mail:
            self.tally.trouble = problem.answer
            self._release([parcel, *waiting], problem.answer)
            return False
        if isinstance(problem, Unreachable):
            self._postpone(parcel, AttemptOutcome.unreachable, problem.answer)
        elif isinstance(problem, Refused):
            self._give_up(parcel, AttemptOutcome.refused, problem.answer)
        elif isinstance(problem, TooFast):
            self._pause(parcel, waiting, problem)
        else:
            answer = problem.answer if isinstance(problem, NotSent) else repr(problem)
            if not isinstance(problem, NotSent):
                log.error("a message failed", message=parcel.first.id, error=answer)
            self._postpone(parcel, AttemptOutcome.later, answer)
            self._broken_lines += is_mail and _is_broken_line(problem, answer)
            if self._broken_lines >= MOST_BROKEN_LINES:
                # A server that falls silent again and again: the others need not wait for it.
                self.tally.trouble = answer
                self._release(waiting, answer)
                return False
        return True

    def _without(self, parcel: Parcel, against: dict[int, str]) -> Parcel | None:
        """What is left of the parcel when needless rows are taken out."""
        needless = {row.id: against[row.id] for row in parcel.rows if row.id in against}
        if not needless:
            return parcel
        self._cancel(parcel, needless)
        left = tuple(row for row in parcel.rows if row.id not in needless)
        return (
            Parcel(parcel.act, parcel.holder, parcel.bundle, left, parcel.lease_until)
            if left
            else None
        )

    def _cancel(self, parcel: Parcel, against: dict[int, str]) -> None:
        with self.begin() as transaction:
            cancel(transaction, parcel, against)
        self.tally.cancelled += len(against)

    def _postpone(self, parcel: Parcel, outcome: AttemptOutcome, answer: str) -> None:
        tries = max(row.attempts for row in parcel.rows)
        if tries > len(WAITS):
            self._give_up(parcel, outcome, answer)
            return
        wait = timedelta(seconds=WAITS[tries - 1] * self.jitter.uniform(0.8, 1.2))
        with self.begin() as transaction:
            settle_in(
                transaction, parcel, outcome, answer, state=MessageState.pending,
                next_try_at=self.present() + wait,
            )  # fmt: skip
        self.tally.postponed += len(parcel.rows)

    def _give_up(self, parcel: Parcel, outcome: AttemptOutcome, answer: str) -> None:
        """Dead: an administrator or the manager may try again. A group's people get a mail."""
        if parcel.first.robot_id is not None:
            give_up_on_group(
                parcel, outcome, answer, self.present(),
                is_final=outcome is AttemptOutcome.refused,
            )  # fmt: skip
        else:
            with self.begin() as transaction:
                settle_in(transaction, parcel, outcome, answer, state=MessageState.dead)
        self.tally.dead += len(parcel.rows)

    def _pause(self, parcel: Parcel, waiting: deque[Parcel], problem: TooFast) -> None:
        """Nothing more to this group for a while; what waits for others stays."""
        until = self.present() + problem.pause
        robot_id = parcel.first.robot_id
        mine = [parcel, *(other for other in waiting if other.first.robot_id == robot_id)]
        if robot_id is not None:
            pause_robot(robot_id, until)
        with self.begin() as transaction:
            self.tally.postponed += release(transaction, mine, problem.answer, until)
        others = [other for other in waiting if other not in mine]
        waiting.clear()
        waiting.extend(others)

    def _release(
        self,
        parcels: Iterable[Parcel],
        answer: str,
        wait: timedelta = timedelta(seconds=WAITS[0]),
    ) -> None:
        again_at = self.present() + wait
        with self.begin() as transaction:
            self.tally.released += release(transaction, parcels, answer, again_at)


def _is_broken_line(problem: Exception, answer: str) -> bool:
    return isinstance(problem, TryLater) and not answer[:3].isdigit()
