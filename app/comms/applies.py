"""Whether a message still applies when its turn comes.

Between writing and sending a thing may have been done, moved or given to somebody else, a person
may have left, a rule may have been switched off. What is needless is not sent, and says why.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select

from app.accounts.models import Person
from app.comms.claims import Claimed
from app.comms.due import Rule, merged, recipients
from app.comms.kindness import USUAL
from app.comms.models import SECRET_KINDS, PlanRobot
from app.comms.planning import deadlines_between
from app.comms.readers import (
    Readers,
    chunks,
    group_eyes,
    habits_of,
    readers_of_plans,
    selectors,
)
from app.comms.rules import may_be_posted, may_be_told, rules_of
from app.core.db import db
from app.core.reading import one_reading
from app.core.registries import Deadline, notice_permissions
from app.core.unit_of_work import reading
from app.plans.models import Plan, PlanPhase

log = structlog.get_logger()

ONE_DAY = timedelta(days=1)
Place = tuple[int, str, str]


def reasons_against(rows: Iterable[Claimed], now: datetime) -> tuple[dict[int, str], set[int]]:
    """Rows that no longer apply, by id, with the reason; and rows of plans that could not be asked.
    As many statements for many plans as for one; reads only."""
    rows = list(rows)
    with reading():
        against = _against_people(rows)
    rows = [row for row in rows if row.plan_id is not None and row.id not in against]
    unknown: set[int] = set()
    try:
        against |= _ask(rows, now)
    except Exception as problem:
        log.error("plans could not be asked together", error=repr(problem))
        for plan_id in sorted({row.plan_id for row in rows if row.plan_id is not None}):
            own = [row for row in rows if row.plan_id == plan_id]
            try:
                against |= _ask(own, now)
            except Exception as broken:  # one plan's data must not hold up the others
                log.error("a plan could not be asked", plan=plan_id, error=repr(broken))
                unknown |= {row.id for row in own if row.due_at is not None}
    return against, unknown


def _ask(rows: list[Claimed], now: datetime) -> dict[int, str]:
    if not rows:
        return {}
    with reading(), one_reading():
        return _against_plans(rows, now)


def _against_people(rows: list[Claimed]) -> dict[int, str]:
    told = {row.recipient_id for row in rows if row.recipient_id is not None}
    people, habits = _enabled(told), habits_of(told)
    against = {}
    for row in rows:
        if row.recipient_id is None:
            continue
        if row.recipient_id not in people:
            against[row.id] = "left"
        elif row.kind not in SECRET_KINDS and not habits.get(row.recipient_id, USUAL).has_mail:
            against[row.id] = "no_mail"
    return against


def _enabled(person_ids: set[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(sorted(person_ids)):
        found |= set(
            db.session.scalars(select(Person.id).where(Person.id.in_(some), Person.is_enabled))
        )
    return found


def _against_plans(rows: list[Claimed], now: datetime) -> dict[int, str]:
    plan_ids = sorted({row.plan_id for row in rows if row.plan_id is not None})
    closed = set(
        db.session.scalars(
            select(Plan.id).where(Plan.id.in_(plan_ids), Plan.state != PlanPhase.active)
        )
    )
    readers = readers_of_plans(plan_ids)
    rules = {i: {rule.key: rule for rule in own} for i, own in rules_of(plan_ids).items()}
    groups = set(
        db.session.execute(
            select(PlanRobot.plan_id, PlanRobot.robot_id).where(PlanRobot.plan_id.in_(plan_ids))
        )
        .tuples()
        .all()
    )
    named = {plan_id: selectors(readers[plan_id]) for plan_id in plan_ids}
    still = _deadlines(rows)
    against = {}
    for row in rows:
        plan_id = row.plan_id or 0
        if row.due_at is not None and plan_id in closed:
            reason = "closed"
        elif row.robot_id is not None and (plan_id, row.robot_id) not in groups:
            reason = "group_off"
        else:
            deadline = still.get((plan_id, row.object_key, row.occurrence))
            reason = _reason(
                row, deadline, rules[plan_id], readers[plan_id], named[plan_id], now
            )
        if reason:
            against[row.id] = reason
    return against


def _deadlines(rows: Iterable[Claimed]) -> dict[Place, Deadline]:
    """What the rows remind of, as it stands now."""
    dues: dict[str, set[datetime]] = defaultdict(set)
    plans: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.due_at is not None and row.plan_id is not None:
            kind = row.kind.partition(".")[0]
            dues[kind].add(row.due_at.astimezone(UTC))
            plans[kind].add(row.plan_id)
    # Kinds that fall due on the same days are asked for together: features share their answers.
    kinds_of: dict[tuple[tuple[datetime, datetime], ...], set[str]] = defaultdict(set)
    for kind, instants in dues.items():
        kinds_of[tuple(_near(instants))].add(kind)
    return {
        (found.plan_id, found.object_key, found.occurrence): found
        for spans, kinds in kinds_of.items()
        for first, last in spans
        for found in deadlines_between(
            sorted(set().union(*(plans[kind] for kind in kinds))), kinds, first, last
        )
    }


def _near(instants: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """The instants as spans, those less than a day apart in one."""
    spans = merged((at, at + ONE_DAY) for at in instants)
    return [(first, last - ONE_DAY) for first, last in spans]


def _reason(
    row: Claimed,
    deadline: Deadline | None,
    rules: Mapping[str, Rule],
    readers: Readers,
    people: Mapping[str, list[int]],
    now: datetime,
) -> str | None:
    """Why the row does not apply any more, or None."""
    reader = readers.get(row.recipient_id) if row.recipient_id is not None else None
    if row.recipient_id is not None and reader is None:
        return "no_part"
    if row.due_at is None:
        needed = notice_permissions.get(row.kind)
        may_read = needed is None or (reader is not None and reader.viewer.may(needed))
        return None if may_read else "no_right"
    rule = rules.get(row.kind)
    if rule is None:
        return "rule_off"
    may_see = (
        may_be_told(reader.viewer, rule.kind)
        if reader is not None
        else may_be_posted(group_eyes(row.plan_id or 0), rule.kind)
    )
    if not may_see:
        return "no_part"
    if deadline is None:
        return "moved"
    if deadline.done_at is not None:
        return "done"
    if rule.reach < 0 and deadline.due_at <= now:
        return "passed"
    if reader is None:
        return None
    if not _is_theirs(row, deadline, rule, readers, people):
        return "not_theirs"
    own = {*deadline.recipients, *deadline.escalate_to} & {row.recipient_id, row.reason.get("for")}
    return None if may_be_told(reader.viewer, rule.kind, is_theirs=bool(own)) else "no_part"


def _is_theirs(
    row: Claimed,
    deadline: Deadline,
    rule: Rule,
    readers: Readers,
    people: Mapping[str, list[int]],
) -> bool:
    """Whether the rule still names the person, or the one for whom they stand in. Where whoever
    answers for it has left, those above are told in their place."""
    named = {person for person, _why in recipients(deadline, rule, people)}
    if not named & readers.keys():
        named |= set(deadline.escalate_to)
    return bool(named & {row.recipient_id, row.reason.get("for")})
