"""Writes what is due into the outbox, a transaction a plan.

Since when each plan was looked at is kept: one mark for all, and a mark of its own for a plan that
failed, so that it is tried again while the others go on. However long nothing ran, everything that
still matters is said once when it runs again, and what no longer does is kept with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select

from app.comms import outbox
from app.comms.due import DueMessage, Through, weighed
from app.comms.kindness import USUAL, welcome_at
from app.comms.models import Channel
from app.comms.next_steps import next_step
from app.comms.outbox import About, Turn
from app.comms.planning import Manners, PlanDue, due_in_plans
from app.comms.readers import Group, group_eyes, selectors
from app.comms.rules import label_of, may_be_posted
from app.comms.wording import GROUP, ReminderWriter, Words
from app.core.db import db
from app.core.formats import zone
from app.core.i18n import in_language
from app.core.jobs import Heartbeat
from app.core.unit_of_work import reading, unit_of_work
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.workcalendar import WorkCalendar

log = structlog.get_logger()

FIRST_LOOK = timedelta(days=1)
MARK = "reminders"
PLAN_MARK = "reminders:"
ON_TIME = timedelta(minutes=10)
# Rows written in one transaction: on SQLite everybody else waits for it.
ROWS_AT_ONCE = 200


@dataclass
class Written:
    """What a run wrote: reminders (a person and a step count once), those that were not to be sent
    any more, and what failed."""

    new: int = 0
    moot: int = 0
    failed: int = 0


def starts(now: datetime) -> dict[int, datetime]:
    """Since when each active plan is to be looked at."""
    marks = dict(
        db.session.execute(
            select(Heartbeat.name, Heartbeat.at).where(Heartbeat.name.startswith(MARK))
        )
        .tuples()
        .all()
    )
    whole = marks.get(MARK, now - FIRST_LOOK)
    plan_ids = db.session.scalars(
        select(Plan.id).where(Plan.state == PlanPhase.active).order_by(Plan.id)
    )
    found = {i: min(marks.get(f"{PLAN_MARK}{i}", whole), whole) for i in plan_ids}
    return {plan_id: since for plan_id, since in found.items() if since < now}


def write_due(now: datetime, channels: Sequence[Channel] | None = None) -> Written:
    """Write what fell due in every active plan since it was last looked at."""
    with reading():
        since, calendar = starts(now), work_calendar()
    channels = outbox.channels_in_use() if channels is None else channels
    written, behind, writer = Written(), dict[int, datetime](), ReminderWriter(now)
    for due, manners in _found(since, now, calendar, behind, written):
        try:
            if not _write_plan(Desk(due, manners, writer, channels), written):
                behind[due.plan_id] = since[due.plan_id]
        except Exception as problem:  # one plan must not stop the others
            behind[due.plan_id] = since[due.plan_id]
            log.error("reminders of a plan failed", plan=due.plan_id, error=repr(problem))
            written.failed += 1
    with unit_of_work():
        _move_marks(since, behind, now)
    return written


def would_write(now: datetime) -> list[PlanDue]:
    """What `write_due` would write now and has not been written before, as the plans' messages."""
    dues, _manners = due_in_plans(starts(now), now, work_calendar())
    found = []
    for due in dues:
        messages = [m for m in weighed(due.messages, now) if not m.against]
        known = outbox.written_keys(key for m in messages for key in outbox.keys_of(m))
        kept = [m for m in messages if known.isdisjoint(outbox.keys_of(m))]
        found.append(replace(due, messages=kept))
    return found


def _found(
    since: Mapping[int, datetime],
    now: datetime,
    calendar: WorkCalendar,
    behind: dict[int, datetime],
    written: Written,
) -> Iterable[tuple[PlanDue, Manners]]:
    """What every plan has to say. Where asking for all at once fails, each is asked alone, so that
    one plan's broken data holds up nobody else."""
    try:
        with reading():
            dues, manners = due_in_plans(since, now, calendar)
    except Exception as problem:
        log.error("plans could not be asked together", error=repr(problem))
    else:
        yield from ((due, manners) for due in dues)
        return
    for plan_id, start in since.items():
        try:
            with reading():
                dues, manners = due_in_plans({plan_id: start}, now, calendar)
        except Exception as problem:
            behind[plan_id] = start
            written.failed += 1
            log.error("reminders of a plan failed", plan=plan_id, error=repr(problem))
        else:
            yield from ((due, manners) for due in dues)


def _move_marks(
    since: Mapping[int, datetime], behind: Mapping[int, datetime], now: datetime
) -> None:
    db.session.merge(Heartbeat(name=MARK, at=now))
    caught_up = [f"{PLAN_MARK}{plan_id}" for plan_id in since if plan_id not in behind]
    kept = set(
        db.session.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith(PLAN_MARK)))
    )
    gone = kept.intersection(caught_up)
    if gone:
        db.session.execute(delete(Heartbeat).where(Heartbeat.name.in_(gone)))
    for plan_id, start in behind.items():
        db.session.merge(Heartbeat(name=f"{PLAN_MARK}{plan_id}", at=start))


def _write_plan(desk: "Desk", written: Written) -> bool:
    """Write one plan's messages; False where one of them could not be worded. Words are found
    first, so that the database is held only for the writing."""
    messages = weighed(desk.due.messages, desk.now)
    with reading():
        known = outbox.written_keys(key for m in messages for key in outbox.keys_of(m))
    rows: list[dict[str, Any]] = []
    failed = 0
    live: list[DueMessage] = []
    for message in messages:
        if not known.isdisjoint(outbox.keys_of(message)):
            continue
        try:
            rows += desk.moot_row(message) if message.against else desk.rows(message)
        except Exception as problem:  # a text that cannot be made must not hold up the rest
            failed += 1
            log.error("a reminder could not be worded", rule=message.rule.key, error=repr(problem))
            continue
        if message.against:
            written.moot += 1
        else:
            live.append(message)
    try:
        rows += desk.posts(live)
    except Exception as problem:
        failed += 1
        log.error("posts to groups could not be worded", error=repr(problem))
    for at in range(0, len(rows), ROWS_AT_ONCE):
        with unit_of_work():
            outbox.write_rows(rows[at : at + ROWS_AT_ONCE])
    written.new += len(live)
    written.failed += failed
    return not failed


def _place(message: DueMessage) -> tuple[str, str, str]:
    return (message.rule.key, message.deadline.object_key, message.deadline.occurrence)


class Desk:
    """Where one plan's messages become rows."""

    def __init__(
        self, due: PlanDue, manners: Manners, writer: ReminderWriter, channels: Sequence[Channel]
    ) -> None:
        self.due, self.manners, self.writer, self.channels = due, manners, writer, channels
        self.plan_id, self.readers, self.now = due.plan_id, due.readers, writer.now
        self.people = selectors(due.readers)
        writer.names.update((i, reader.person.name) for i, reader in due.readers.items())

    def rows(self, message: DueMessage) -> list[dict[str, Any]]:
        """The rows of one message to one person, one a channel."""
        reader = self.readers[message.recipient]
        words = self.writer.words(
            message, reader.person, reader.viewer, self._owners(message), self._absent(message),
            next_step(message, self.due, self.people, self.manners.calendar, self.now),
        )  # fmt: skip
        through = message.rule.through
        has_mail = (
            Through.mail in through
            and Channel.mail in self.channels
            and self.manners.of(message.recipient).has_mail
        )
        rows = []
        # Nobody is left untold: who wants no mail finds in the app what was meant for mail alone.
        if Through.inbox in through or not has_mail:
            rows.append(
                outbox.row_for(
                    self._about(message), Channel.inbox, words, person=reader.person, now=self.now
                )
            )
        if has_mail:
            turn = Turn(*self.manners.mail_at(message.recipient, self._said_at(message)))
            rows.append(
                outbox.row_for(
                    self._about(message), Channel.mail, words, person=reader.person, turn=turn,
                    now=self.now,
                )
            )  # fmt: skip
        return rows

    def moot_row(self, message: DueMessage) -> list[dict[str, Any]]:
        """What was due to be said and no longer is, for the ledger."""
        reader = self.readers[message.recipient]
        reason = self.writer.reason(message, reader.viewer, self._absent(message))
        lang = reader.person.mail_language
        words = Words(reason["label"][lang], "", "", reason)
        return [
            outbox.row_for(
                self._about(message), Channel.inbox, words, person=reader.person, now=self.now,
                against=str(message.against),
            )
        ]  # fmt: skip

    def posts(self, messages: Sequence[DueMessage]) -> list[dict[str, Any]]:
        """One row for each thing, step and group; the people concerned are kept with it, so that
        they can be told by mail when the group cannot be reached."""
        eyes = group_eyes(self.plan_id)
        told: dict[tuple[str, str, str], list[DueMessage]] = {}
        for message in messages:
            if Through.group in message.rule.through and may_be_posted(eyes, message.rule.kind):
                told.setdefault(_place(message), []).append(message)
        return [
            self._post(rows, group) for rows in told.values() for group in self.due.groups
        ]

    def _post(self, messages: Sequence[DueMessage], group: Group) -> dict[str, Any]:
        first = replace(messages[0], selector=GROUP)
        reason = self.writer.reason(first, group_eyes(self.plan_id))
        names = [self.readers[m.recipient].person.name for m in messages]
        # By person, for whom they stand in: for a mail to each where the group is not reached.
        reason["people"] = {str(m.recipient): m.stands_in_for for m in messages}
        reason["names"] = names
        with in_language(group.language):
            subject = label_of(first.rule)
        at = welcome_at(self._said_at(first), USUAL, self.manners.calendar, zone())
        return outbox.row_for(
            self._about(first), group.channel,
            Words(subject, first.deadline.title.in_language(group.language), "", reason),
            group=group, now=self.now,
            turn=Turn(at, f"r{group.robot_id}:{self.plan_id}:{at:%Y%m%dT%H%M}"),
        )  # fmt: skip

    def _said_at(self, message: DueMessage) -> datetime:
        """When it is said: at its minute as long as that has hardly passed, so that what is asked
        for at 09:07 is not late by the seconds that a tick takes."""
        return message.at if self.now - message.at < ON_TIME else self.now

    def _about(self, message: DueMessage) -> About:
        return About(self.plan_id, *_place(message), url=message.deadline.url)

    def _owners(self, message: DueMessage) -> list[str]:
        return [
            self.readers[i].person.name for i in message.deadline.recipients if i in self.readers
        ]

    def _absent(self, message: DueMessage) -> str:
        person_id = message.stands_in_for
        return self.readers[person_id].person.name if person_id in self.readers else ""
