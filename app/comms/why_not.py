"""Reads what decided about one person's reminders in a plan, and what the outbox knows of them.

The verdicts are given in `verdicts`; here is only what they stand on, and whose eyes may see which.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import defer, joinedload

from app.comms.due import Rule
from app.comms.models import Channel, Message, MessageState
from app.comms.planning import Manners, deadlines_for, reachable
from app.comms.readers import Readers, habits_of, leaves_since, readers_of, selectors
from app.comms.rules import in_use, kinds_told, proposed_rules, rule_of, rule_rows
from app.comms.verdicts import Named, Place, Situation, Verdict, judge
from app.comms.writing import starts
from app.core.db import db
from app.core.formats import zone
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.core.registries import Deadline, subjects
from app.plans.calendars import work_calendar

DAYS = 14
# How a row of the outbox ends a question.
KNOWN = {
    MessageState.pending: Verdict.waits,
    MessageState.sending: Verdict.waits,
    MessageState.sent: Verdict.came,
    MessageState.cancelled: Verdict.cancelled,
    MessageState.dead: Verdict.dead,
}


@dataclass
class Told:
    """What was written to the person of one step about one thing; posts: to groups they are in."""

    mail: Message | None = None
    inbox: Message | None = None
    posts: list[Message] = field(default_factory=list)

    @property
    def shown(self) -> Message:
        """The row that the ledger shows of it."""
        found = self.mail or self.inbox
        assert found is not None
        return found

    @property
    def verdict(self) -> Verdict:
        return KNOWN[self.shown.state]


@dataclass(frozen=True)
class Answer:
    """What became of a step. `named` is None where the thing or the rule is no longer as it was
    when it was said; then the outbox alone speaks."""

    at: datetime
    verdict: Verdict
    named: Named | None
    told: Told | None

    @property
    def kind(self) -> str:
        """The kind of thing that it is about."""
        key = self.named.rule.key if self.named else self.told.shown.kind if self.told else ""
        return key.partition(".")[0]


@dataclass(frozen=True)
class Answers:
    """All answers about one person by time, and who and what they speak of."""

    rows: list[Answer]
    readers: Readers
    manners: Manners
    person_id: int

    def only(self, kind: str | None) -> "Answers":
        """Those about one kind of thing; all where none is named."""
        rows = [row for row in self.rows if kind is None or row.kind == kind]
        return replace(self, rows=rows)


@one_reading()
def answers_about(person_id: int, viewer: Viewer, now: datetime) -> Answers:
    """One answer for each step that names the person, or that they were told of, from `DAYS` days
    ago until in `DAYS` days; those that the viewer may not know of are left out."""
    plan_id, today, calendar = viewer.plan_id, now.astimezone(zone()).date(), work_calendar()
    since = _midnight(today - timedelta(days=DAYS))
    until = _midnight(today + timedelta(days=DAYS + 1)) - timedelta(seconds=1)
    readers = readers_of(plan_id)
    rules, off = _rules(plan_id)
    found = deadlines_for([plan_id], (*rules, *off), calendar, since, until)
    leaves = leaves_since(readers, since.astimezone(zone()).date())
    situation = Situation(
        rules=rules,
        off=off,
        calendar=calendar,
        tz=zone(),
        people=selectors(readers),
        leaves=leaves,
        readers={i: kinds_told(reader.viewer) for i, reader in readers.items()},
        reads=kinds_told(readers[person_id].viewer),
        looked_at=starts(now).get(plan_id, now),
        now=now,
    )
    told = _told(plan_id, person_id, since)
    known = {place: row.verdict for place, row in told.items()}
    rows = [
        Answer(named.at, verdict, named, told.pop(named.place, None))
        for named, verdict in judge(
            person_id, reachable(found, readers), situation, known, since, until
        )
    ]
    rows += [Answer(_planned_at(row.shown), row.verdict, None, row) for row in told.values()]
    return Answers(
        rows=sorted((row for row in rows if _may_know(viewer, row)), key=lambda row: row.at),
        readers=readers,
        manners=Manners(habits_of([person_id]), leaves, calendar),
        person_id=person_id,
    )


def _rules(plan_id: int) -> tuple[tuple[Rule, ...], list[Rule]]:
    """The plan's rules in use, and those switched off."""
    rows = rule_rows([plan_id]).get(plan_id, [])
    off = [rule_of(row) for row in rows if not row.is_on and subjects.get(row.kind)]
    return in_use(rows, proposed_rules()), off


def _told(plan_id: int, person_id: int, since: datetime) -> dict[Place, Told]:
    """The person's reminders by step, oldest first, with what groups were told of the same."""
    rows = db.session.scalars(
        select(Message)
        .where(
            Message.plan_id == plan_id,
            or_(Message.recipient_id == person_id, Message.robot_id.is_not(None)),
            Message.created_at >= since,
        )
        .options(
            defer(Message.body_text), defer(Message.body_html), joinedload(Message.robot),
        )
        .order_by(Message.created_at, Message.id)
    )  # fmt: skip
    told: dict[Place, Told] = {}
    posts: list[Message] = []
    for row in rows:
        if "due_at" not in row.reason:
            continue
        if row.robot_id is not None:
            posts.append(row)
            continue
        kept = told.setdefault(_place(row), Told())
        if row.channel is Channel.mail:
            kept.mail = row
        else:
            kept.inbox = row
    for row in posts:
        if _place(row) in told and str(person_id) in row.reason.get("people", ()):
            told[_place(row)].posts.append(row)
    return told


def _place(row: Message) -> Place:
    return (row.kind, row.object_key, row.occurrence)


def _planned_at(row: Message) -> datetime:
    planned = row.reason.get("planned_at")
    return datetime.fromisoformat(planned) if planned else row.created_at


def _may_know(viewer: Viewer, row: Answer) -> bool:
    """Whether these eyes may know of the thing at all. Who reads every message of the plan may;
    others only of what they read in it, or were or will be told of."""
    if sight(viewer, "message") is Sight.all:
        return True
    subject = subjects.get(row.kind)
    level = sight(viewer, *subject.reads) if subject else Sight.none
    if level is not Sight.own or row.told or row.verdict is Verdict.comes or row.named is None:
        return level is not Sight.none
    return viewer.person_id in _concerned(row.named.deadline) or bool(row.named.stands_in_for)


def _concerned(deadline: Deadline) -> Iterable[int]:
    return (*deadline.recipients, *deadline.escalate_to)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, datetime.min.time(), tzinfo=zone())
