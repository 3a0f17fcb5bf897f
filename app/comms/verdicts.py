"""Why a reminder came to one person, comes, or does not: one verdict for each thing and step.

Pure. What will be said is asked of the rules that the writing of reminders stands on, so that this
room cannot promise what they do not keep; whatever they leave out gets its reason here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from app.comms.due import (
    RESPONSIBLE,
    Against,
    DeadlineLike,
    DueMessage,
    Rule,
    due_messages,
    recipients,
    send_at,
    weighed,
)
from app.comms.kindness import Away, Habits, handed_over, is_quiet, stand_in
from app.plans.workcalendar import WorkCalendar

# The rule, the object and its occurrence.
Place = tuple[str, str, str]


class Verdict(StrEnum):
    """What became of a step, or will. The first four are what the outbox knows of it."""

    came = "came"
    waits = "waits"
    dead = "dead"
    cancelled = "cancelled"
    comes = "comes"
    done = "done"
    rule_off = "rule_off"
    handed_over = "handed_over"
    unseen = "unseen"
    superseded = "superseded"
    passed = "passed"
    came_later = "came_later"


class Wait(StrEnum):
    """Why a mail does not come at the time at which it was to be said."""

    away = "away"
    day_off = "day_off"
    other_day = "other_day"
    daily = "daily"
    quiet = "quiet"


@dataclass(frozen=True)
class Situation:
    """Everything that decides, as plain values.

    rules: those in use; off: those switched off. people, leaves, readers: as `due_messages` and
    `handed_over` take them. reads: kinds of things that the person may be told of. looked_at: what
    fell due until then has been written.
    """

    rules: Sequence[Rule]
    off: Sequence[Rule]
    calendar: WorkCalendar
    tz: tzinfo
    people: Mapping[str, Sequence[int]]
    leaves: Mapping[int, Sequence[Away]]
    readers: Mapping[int, Collection[str]]
    reads: Collection[str]
    looked_at: datetime
    now: datetime


@dataclass(frozen=True)
class Named:
    """A step about a thing that names the person, and when it speaks.

    selector: what names them. stands_in_for: whose reminder it is, where they stand in. handed_to:
    who gets it while they are on leave.
    """

    at: datetime
    rule: Rule
    deadline: Any
    selector: str = RESPONSIBLE
    stands_in_for: int | None = None
    handed_to: int | None = None

    @property
    def place(self) -> Place:
        return (self.rule.key, self.deadline.object_key, self.deadline.occurrence)

    @property
    def rank(self) -> int:
        """Their own comes before what they get for somebody else, and that before what they do not
        get: nobody is told one thing twice."""
        if self.handed_to is not None:
            return 2
        return 0 if self.stands_in_for is None else 1


def judge(
    person: int,
    deadlines: Sequence[DeadlineLike],
    situation: Situation,
    told: Mapping[Place, Verdict],
    since: datetime,
    until: datetime,
) -> list[tuple[Named, Verdict]]:
    """One verdict for each thing and step that names the person in (since, until], by time.

    `told`: what the outbox says of steps that were written to them.
    """
    s = situation
    found = due_messages(deadlines, s.rules, s.calendar, since, until, s.tz, s.people)
    mine = [m for m in handed_over(found, s.leaves, s.readers, s.tz) if m.recipient == person]
    # The next run weighs together what has fallen due; what lies ahead has its own turn.
    fallen_due = weighed([m for m in mine if m.at <= s.now], s.now)
    said = {_place(message): message for message in (*mine, *fallen_due)}
    off = {rule.key for rule in s.off}
    return [
        (named, told.get(named.place) or _verdict(named, said.get(named.place), off, s))
        for named in _naming(person, deadlines, s, since, until)
    ]


def _naming(
    person: int,
    deadlines: Iterable[DeadlineLike],
    situation: Situation,
    since: datetime,
    until: datetime,
) -> list[Named]:
    """The steps, those switched off too, that name the person or whom they stand in for."""
    s = situation
    by_kind: dict[str, list[Rule]] = {}
    for rule in (*s.rules, *s.off):
        by_kind.setdefault(rule.kind, []).append(rule)
    found: dict[Place, Named] = {}
    for deadline in deadlines:
        for rule in by_kind.get(deadline.kind, ()):
            at = send_at(deadline.due_at, rule, s.calendar, s.tz)
            if not since < at <= until:
                continue
            for named, selector in recipients(deadline, rule, s.people):
                instead = stand_in(s.leaves.get(named, ()), at.astimezone(s.tz).date())
                if instead is not None and rule.kind not in s.readers.get(instead, ()):
                    instead = None
                if named == person:
                    row = Named(at, rule, deadline, selector, handed_to=instead)
                elif instead == person:
                    row = Named(at, rule, deadline, selector, stands_in_for=named)
                else:
                    continue
                known = found.get(row.place)
                if known is None or row.rank < known.rank:
                    found[row.place] = row
    return sorted(found.values(), key=lambda row: (row.at, row.deadline.object_key, row.rule.key))


def _verdict(
    named: Named, message: DueMessage | None, off: Collection[str], situation: Situation
) -> Verdict:
    """Of a step of which the outbox knows nothing. `message`: what the rules say to the person."""
    if named.rule.key in off:
        return Verdict.rule_off
    if named.handed_to is not None:
        return Verdict.handed_over
    if named.rule.kind not in situation.reads:
        return Verdict.unseen
    done_at, is_ahead = named.deadline.done_at, named.at > situation.looked_at
    if message is None:
        # The rules leave out what was done earlier, and what a further step says at that instant.
        tz = situation.tz
        is_done = done_at is not None and (
            done_at.astimezone(tz).date() < named.at.astimezone(tz).date()
        )
        return Verdict.done if is_done else Verdict.superseded
    if message.against is Against.done and (is_ahead or done_at <= named.at):
        return Verdict.done
    if not is_ahead:
        return Verdict.came_later
    return Verdict(message.against.value) if message.against else Verdict.comes


def _place(message: DueMessage) -> Place:
    return message.key[:3]


def why_later(
    at: datetime, habits: Habits, calendar: WorkCalendar, tz: tzinfo, away: Sequence[Away] = ()
) -> Wait | None:
    """What keeps a mail that is due at `at` from coming then, as `kindness.welcome_at` sees it;
    None where nothing does."""
    local = at.astimezone(tz)
    day = local.date()
    if any(first <= day <= last for first, last, _who in away):
        return Wait.away
    if not calendar.is_workday(day):
        return Wait.day_off
    if day.weekday() not in habits.days:
        return Wait.other_day
    if habits.daily is not None:
        return Wait.daily if local.time() != habits.daily else None
    return Wait.quiet if is_quiet(local.time(), habits) else None
