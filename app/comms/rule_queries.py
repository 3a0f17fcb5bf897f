"""The steps of one plan as its page shows them: in use or not, as proposed, changed or added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.comms.due import Rule, Through
from app.comms.models import PlanRobot, Robot, RuleRow
from app.comms.readers import addressees, group_eyes
from app.comms.rules import in_use, may_be_posted, proposed_rules, rule_of, rule_rows
from app.core.db import db
from app.core.locks import stamp
from app.core.registries import Subject, subjects

# A step that has no key yet is looked at under this one.
NEW = "new"
OWN = "own"


@dataclass(frozen=True)
class PlanRule:
    """A step of the plan. `proposal`: the step that its subject proposes in this place, None
    where the plan added it."""

    rule: Rule
    is_on: bool
    proposal: Rule | None

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than was proposed; to be off is no change of words."""
        return self.proposal is not None and self.rule != self.proposal

    @property
    def has_own_words(self) -> bool:
        return any(subject or text for _lang, subject, text in self.rule.wording)

    @property
    def stamp(self) -> str:
        """What a form about this step carries, to see whether it changed meanwhile."""
        return stamp({**values_of(self.rule), "is_on": self.is_on})


def values_of(rule: Rule) -> dict[str, Any]:
    """What a row keeps of a rule, but for its name and whether it is on."""
    return {
        "offset": rule.offset,
        "is_hours": rule.is_hours,
        "hour": rule.hour,
        "minute": rule.minute,
        "to": list(rule.to),
        "channels": [str(way) for way in rule.through],
        "wording": {
            lang: {"subject": subject, "text": text} for lang, subject, text in rule.wording
        },
    }


def plan_rules(plan_id: int) -> dict[str, list[PlanRule]]:
    """Every step of the plan by subject, in the subjects' order, the earliest first."""
    found: dict[str, list[PlanRule]] = {kind: [] for kind, _subject in subjects}
    rows = {row.key: row for row in rule_rows([plan_id]).get(plan_id, ())}
    for proposal in proposed_rules():
        row = rows.pop(proposal.key, None)
        found[proposal.kind].append(
            PlanRule(proposal, True, proposal)
            if row is None
            else PlanRule(rule_of(row), row.is_on, proposal)
        )
    for row in rows.values():
        if row.kind in found:
            found[row.kind].append(PlanRule(rule_of(row), row.is_on, None))
    return {
        kind: sorted(steps, key=lambda step: (step.rule.reach, step.rule.hour, step.rule.minute))
        for kind, steps in found.items()
    }


def plan_rule(plan_id: int, key: str) -> PlanRule | None:
    """One step of the plan by its key."""
    return next(
        (step for steps in plan_rules(plan_id).values() for step in steps if step.rule.key == key),
        None,
    )


def rules_with(plan_id: int, row: RuleRow) -> tuple[Rule, ...]:
    """The plan's rules about one subject with this row, which may not be saved, in its place."""
    rows = rule_rows([plan_id]).get(plan_id, [])
    mixed = [row if kept.key == row.key else kept for kept in rows]
    if row not in mixed:
        mixed.append(row)
    return tuple(rule for rule in in_use(mixed, proposed_rules()) if rule.kind == row.kind)


def names_in(rules: Iterable[Rule]) -> dict[int, str]:
    """The names of the people whom these rules name, also of those who left."""
    ids = {
        int(selector.partition(":")[2])
        for rule in rules
        for selector in rule.to
        if selector.startswith("person:")
    }
    return {i: person.name for i, person in addressees(ids).items()} if ids else {}


def ways_of(kind: str) -> tuple[Through, ...]:
    """What a step about this subject may speak through."""
    is_for_groups = may_be_posted(group_eyes(0), kind)
    return tuple(way for way in Through if is_for_groups or way is not Through.group)


def posted_subjects() -> list[Subject]:
    """The subjects that a chat group may be told of."""
    return [subject for kind, subject in subjects if Through.group in ways_of(kind)]


@dataclass(frozen=True)
class Offered:
    """A group robot that the plan may choose, or has chosen."""

    robot: Robot
    is_chosen: bool


def offered_groups(plan_id: int) -> list[Offered]:
    """The robots in use by name, and those that the plan posts to though they are disabled."""
    chosen = set(chosen_groups(plan_id))
    rows = db.session.scalars(
        select(Robot)
        .where(Robot.is_enabled | Robot.id.in_(chosen))
        .order_by(Robot.name, Robot.id)
    )
    return [Offered(row, row.id in chosen) for row in rows]


def chosen_groups(plan_id: int) -> list[int]:
    """The robots (ids) that the plan posts through."""
    return list(
        db.session.scalars(
            select(PlanRobot.robot_id)
            .where(PlanRobot.plan_id == plan_id)
            .order_by(PlanRobot.robot_id)
        )
    )


def groups_stamp(plan_id: int) -> str:
    return stamp(chosen_groups(plan_id))
