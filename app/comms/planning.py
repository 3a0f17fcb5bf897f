"""What is due to be said in the plans: asks every feature, and hands plain values to the rules.

The job that writes reminders, the preview of the coming days and the page that explains why
somebody was not told all stand on this one room, so that they cannot disagree.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.comms.due import (
    DueMessage,
    Rule,
    due_messages,
    due_spans,
    merged,
    recipients,
    send_at,
)
from app.comms.kindness import USUAL, Away, Habits, bundle_of, handed_over, welcome_at
from app.comms.readers import (
    Group,
    Readers,
    chunks,
    groups_of,
    habits_of,
    leaves_since,
    readers_of_plans,
    selectors,
)
from app.comms.rules import kinds_told, may_be_told, rules_of
from app.core.formats import zone
from app.core.reading import one_reading
from app.core.registries import Chase, Deadline, subjects
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar

Ask = Callable[[Sequence[int], datetime, datetime], list[Deadline]]


@dataclass(frozen=True)
class Manners:
    """How the people concerned want to be told, and who of them is away."""

    habits: Mapping[int, Habits]
    leaves: Mapping[int, Sequence[Away]]
    calendar: WorkCalendar

    def of(self, person_id: int) -> Habits:
        return self.habits.get(person_id, USUAL)

    def mail_at(
        self, person_id: int, at: datetime, *, is_alone: bool = False
    ) -> tuple[datetime, str | None]:
        """When a mail that is due at `at` may come to the person, and the bundle it leaves in.
        `is_alone`: it follows an event, and joins others only where it has to wait."""
        own = self.of(person_id)
        welcome = welcome_at(at, own, self.calendar, zone(), self.leaves.get(person_id, ()))
        if is_alone and welcome == at:
            return welcome, None
        return welcome, bundle_of(person_id, at, welcome, own)


def manners_of(person_ids: Sequence[int], now: datetime) -> Manners:
    """How these people want to be told from now on."""
    return Manners(
        habits_of(person_ids), leaves_since(person_ids, now.astimezone(zone()).date()),
        work_calendar(),
    )  # fmt: skip


@dataclass(frozen=True)
class PlanDue:
    """What a plan has to say, to whom, everybody who reads along in it, and the groups that it
    posts to."""

    plan_id: int
    messages: list[DueMessage]
    readers: Readers
    rules: tuple[Rule, ...]
    groups: Sequence[Group]


def due_in_plans(
    since: Mapping[int, datetime], until: datetime, calendar: WorkCalendar
) -> tuple[list[PlanDue], Manners]:
    """Every reminder that falls into (since, until] in each of the plans, for people who may read
    it; plans with nothing to say are left out. `since` is each plan's own.

    Plans with the same rules are asked for together: the number of statements does not grow with
    the number of plans.
    """
    with one_reading():
        return _due_in_plans(since, until, calendar)


def _due_in_plans(
    since: Mapping[int, datetime], until: datetime, calendar: WorkCalendar
) -> tuple[list[PlanDue], Manners]:
    nobody = Manners({}, {}, calendar)
    rules = rules_of(list(since))
    facts: dict[int, list[Deadline]] = {}
    for group, own, start in _alike(since, rules):
        for row in deadlines_for(group, own, calendar, start, until):
            facts.setdefault(row.plan_id, []).append(row)
    if not facts:
        return [], nobody
    readers = readers_of_plans(sorted(facts))
    told = {
        plan_id: said_about(
            rows, readers[plan_id], rules[plan_id], calendar, since[plan_id], until
        )
        for plan_id, rows in sorted(facts.items())
    }
    return for_readers({i: rows for i, rows in told.items() if rows}, readers, rules, calendar)


def said_about(
    rows: Iterable[Deadline],
    readers: Readers,
    rules: Sequence[Rule],
    calendar: WorkCalendar,
    since: datetime,
    until: datetime,
) -> list[DueMessage]:
    """What the rules say about one plan's deadlines in (since, until], also to whoever may not
    read it."""
    return due_messages(
        reachable(rows, readers), rules, calendar, since, until, zone(), selectors(readers)
    )


def for_readers(
    told: Mapping[int, list[DueMessage]],
    readers: Mapping[int, Readers],
    rules: Mapping[int, tuple[Rule, ...]],
    calendar: WorkCalendar,
) -> tuple[list[PlanDue], Manners]:
    """The messages in the hands of those who are there and may read them."""
    messages = [message for rows in told.values() for message in rows]
    if not messages:
        return [], Manners({}, {}, calendar)
    first = min(message.at for message in messages).astimezone(zone()).date()
    leaves = leaves_since({message.recipient for message in messages}, first)
    groups = groups_of(list(told))
    dues, people = [], set()
    for plan_id, rows in told.items():
        known = readers[plan_id]
        told_kinds = _told_kinds(rows, leaves, known)
        kept = [
            message
            for message in handed_over(rows, leaves, told_kinds, zone())
            if message.recipient in known
            and may_be_told(
                known[message.recipient].viewer, message.rule.kind, is_theirs=_is_theirs(message)
            )
        ]
        if kept:
            dues.append(PlanDue(plan_id, kept, known, rules[plan_id], groups.get(plan_id, ())))
            people |= {message.recipient for message in kept}
    others = people - leaves.keys()
    return dues, Manners(habits_of(people), {**leaves, **leaves_since(others, first)}, calendar)


def _told_kinds(
    rows: Iterable[DueMessage], leaves: Mapping[int, Sequence[Away]], readers: Readers
) -> dict[int, frozenset[str]]:
    """What those who might stand in for somebody here may be told of."""
    away = [leaves[row.recipient] for row in rows if row.recipient in leaves]
    people = {person for spans in away for _first, _last, person in spans if person in readers}
    return {person: kinds_told(readers[person].viewer) for person in people if person is not None}


def _is_theirs(message: DueMessage) -> bool:
    """Whether the thing is the recipient's own, or of the one for whom they stand in."""
    own = {*message.deadline.recipients, *message.deadline.escalate_to}
    return bool(own & {message.recipient, message.stands_in_for})


def deadlines_for(
    plan_ids: Sequence[int],
    rules: Iterable[Rule],
    calendar: WorkCalendar,
    since: datetime,
    until: datetime,
) -> list[Deadline]:
    """The plans' deadlines of which one of the rules speaks in (since, until]. A feature is asked
    only for spans in which something of its can matter; most minutes nobody is asked."""
    spans: dict[Ask, list[tuple[datetime, datetime]]] = {}
    wanted: dict[Ask, set[str]] = {}
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.kind].append(rule)
    for kind, subject in subjects:
        found = due_spans(by_kind.get(kind, ()), calendar, since, until, zone())
        if found:
            spans.setdefault(subject.ask, []).extend(found)
            wanted.setdefault(subject.ask, set()).add(kind)
    return [
        row
        for ask, parts in spans.items()
        for first, last in merged(parts)
        for some in chunks(plan_ids)
        for row in ask(some, first, last)
        if row.kind in wanted[ask]
    ]


def deadlines_between(
    plan_ids: Sequence[int], kinds: Iterable[str], first: datetime, last: datetime
) -> list[Deadline]:
    """The plans' deadlines of these kinds, open or done, that fall due in [first, last]."""
    wanted = set(kinds)
    asks = {subject.ask: None for kind, subject in subjects if kind in wanted}
    return [
        row
        for ask in asks
        for some in chunks(plan_ids)
        for row in ask(some, first, last)
        if row.kind in wanted
    ]


def _alike(
    since: Mapping[int, datetime], rules: Mapping[int, tuple[Rule, ...]]
) -> list[tuple[list[int], tuple[Rule, ...], datetime]]:
    """Plans with the same rules and the same start, as (plans, rules, start)."""
    # Most plans share one list of rules; comparing it a thousand times would take its time.
    lists: dict[tuple[Rule, ...], int] = {}
    numbers: dict[int, int] = {}
    groups: dict[tuple[int, datetime], list[int]] = {}
    for plan_id, start in since.items():
        own = rules[plan_id]
        if id(own) not in numbers:
            numbers[id(own)] = lists.setdefault(own, len(lists))
        groups.setdefault((numbers[id(own)], start), []).append(plan_id)
    return [(plans, rules[plans[0]], start) for (_number, start), plans in groups.items()]


def reachable(rows: Iterable[Deadline], readers: Readers) -> list[Deadline]:
    """Where whoever answers for something has left, those above are told from the first step on."""
    return [
        replace(row, recipients=row.escalate_to)
        if row.recipients and not readers.keys() & set(row.recipients)
        else row
        for row in rows
    ]


def chases_of(deadline: Deadline) -> list[Chase]:
    """What the plan's rules say about it while it stays open, by time."""
    calendar = work_calendar()
    readers = selectors(readers_of_plans([deadline.plan_id])[deadline.plan_id])
    rules = [r for r in rules_of([deadline.plan_id])[deadline.plan_id] if r.kind == deadline.kind]
    return sorted(
        (
            Chase(
                at=send_at(deadline.due_at, rule, calendar, zone()),
                person_ids=tuple(person for person, _why in recipients(deadline, rule, readers)),
                is_escalation=rule.is_escalation,
            )
            for rule in rules
        ),
        key=lambda chase: chase.at,
    )
