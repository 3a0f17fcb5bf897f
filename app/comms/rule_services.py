"""Use cases of a plan's rules of reminding: change, switch, add, put back, take out, and the chat
groups that the plan posts to.

A row is kept only for what differs from the proposal, so that a better proposal of a later version
reaches every plan that left it as it was.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comms import own_words
from app.comms.due import ABOVE, RESPONSIBLE, Through
from app.comms.models import Message, PlanRobot, Robot, RuleRow
from app.comms.rule_queries import (
    OWN,
    PlanRule,
    chosen_groups,
    groups_stamp,
    plan_rule,
    values_of,
    ways_of,
)
from app.comms.rules import rule_rows
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.i18n import LANGUAGES, current_language
from app.core.locks import check_unchanged
from app.core.permissions import Role
from app.core.registries import Subject, subjects
from app.core.text import clean, clean_line, whole_number_or_none
from app.plans.access import plan_people
from app.plans.models import Plan
from app.tasks.rights import must_manage

MOST_DAYS, MOST_HOURS = 60, 720
SUBJECT_LENGTH, TEXT_LENGTH = 120, 2000
NOT_HERE = _l("This page does not exist, or not for you.")


@dataclass(frozen=True)
class RuleDetails:
    """What a manager says about a step.

    offset: working days after it falls due, or hours; below 0 before. at: the local time of day,
    for working days. to: selectors of people (see `comms.due.Rule`). channels: names of
    `comms.due.Through`. wording: language → {"subject", "text"}.
    """

    offset: int
    to: tuple[str, ...]
    channels: tuple[str, ...]
    is_hours: bool = False
    at: time = time(9, 7)
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_on: bool = True


def save_rule(
    plan_id: int,
    key: str,
    details: RuleDetails,
    *,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a step; what then is as proposed keeps no row. Raises Forbidden, NotFound, Conflict,
    DomainError."""
    must_manage(actor, plan_id)
    step = _step(plan_id, key)
    check_unchanged(seen, step.stamp, _values(step))
    values = checked(plan_id, step.rule.kind, details)
    _keep(plan_id, step, values, actor=actor, now=now)


def switch_rule(plan_id: int, key: str, *, is_on: bool, actor: Person, now: datetime) -> None:
    """Put a step out of use, or to use again. Raises Forbidden, NotFound."""
    must_manage(actor, plan_id)
    step = _step(plan_id, key)
    _keep(plan_id, step, {**_values(step), "is_on": is_on}, actor=actor, now=now)


def reset_rule(plan_id: int, key: str, *, actor: Person, now: datetime) -> None:
    """Put a step back to what was proposed. Raises Forbidden, NotFound."""
    must_manage(actor, plan_id)
    step = _step(plan_id, key)
    if step.proposal is None:
        raise NotFound(NOT_HERE)
    values = {**values_of(step.proposal), "is_on": True}
    _keep(plan_id, step, values, actor=actor, now=now)


def add_rule(
    plan_id: int, kind: str, details: RuleDetails, *, actor: Person, now: datetime
) -> RuleRow:
    """A step of the plan's own. Raises Forbidden, NotFound, DomainError."""
    must_manage(actor, plan_id)
    values = checked(plan_id, kind, details)
    row = RuleRow(plan_id=plan_id, key=_next_key(plan_id, kind), kind=kind, **values)
    db.session.add(row)
    audit.record(
        "created", row, actor_id=actor.id, now=now,
        changes={name: (None, value) for name, value in values.items()},
    )  # fmt: skip
    return row


def remove_rule(plan_id: int, key: str, *, actor: Person, now: datetime) -> None:
    """Take out a step that the plan added. Raises Forbidden, NotFound."""
    must_manage(actor, plan_id)
    step = _step(plan_id, key)
    row = _row(plan_id, key)
    if step.proposal is not None or row is None:
        raise NotFound(NOT_HERE)
    audit.record(
        "removed", row, actor_id=actor.id, now=now,
        changes={name: (value, None) for name, value in _values(step).items()},
    )  # fmt: skip
    db.session.delete(row)
    db.session.flush()


def choose_groups(
    plan_id: int,
    robot_ids: Collection[int],
    *,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Post to these groups and no others. Raises Forbidden, Conflict, DomainError."""
    must_manage(actor, plan_id)
    present = chosen_groups(plan_id)
    check_unchanged(seen, groups_stamp(plan_id), {"robot_ids": present})
    wanted = set(robot_ids)
    usable = set(
        db.session.scalars(select(Robot.id).where(Robot.id.in_(wanted), Robot.is_enabled))
    )
    # A disabled robot may stay: it posts again when the administrator enables it.
    if wanted - usable - set(present):
        raise DomainError(_l("This group is not offered any more."), "robot_ids")
    for robot_id in sorted(wanted.difference(present)):
        row = PlanRobot(plan_id=plan_id, robot_id=robot_id)
        db.session.add(row)
        audit.record("created", row, actor_id=actor.id, now=now,
                     changes={"robot_id": (None, robot_id)})  # fmt: skip
    gone = select(PlanRobot).where(
        PlanRobot.plan_id == plan_id, PlanRobot.robot_id.not_in(wanted)
    )
    for row in db.session.scalars(gone).all():
        audit.record("removed", row, actor_id=actor.id, now=now,
                     changes={"robot_id": (row.robot_id, None)})  # fmt: skip
        db.session.delete(row)
    db.session.flush()


def checked(plan_id: int, kind: str, details: RuleDetails) -> dict[str, Any]:
    """The values of a row for this subject. Raises NotFound for no such subject, DomainError at
    the first field that does not fit."""
    for problem in problems_of(plan_id, kind, details):
        raise problem
    return {
        "offset": details.offset,
        "is_hours": details.is_hours,
        "hour": details.at.hour,
        "minute": details.at.minute,
        "to": list(dict.fromkeys(details.to)),
        "channels": [str(way) for way in Through if way in details.channels],
        "wording": {lang: given for lang, given in _wording(details) if any(given.values())},
        "is_on": details.is_on,
    }


def problems_of(plan_id: int, kind: str, details: RuleDetails) -> Iterator[DomainError]:
    """Everything that does not fit, each at its field. Raises NotFound for no such subject."""
    subject = subjects.get(kind)
    if subject is None:
        raise NotFound(NOT_HERE)
    yield from _problems_of_when(details, subject)
    yield from _problems_of_whom(plan_id, details, subject)
    yield from _problems_of_ways(kind, details)
    yield from _problems_of_words(details)


def _problems_of_when(details: RuleDetails, subject: Subject) -> Iterator[DomainError]:
    if subject.is_event and details.offset > 0:
        yield DomainError(
            _l("By then it is over. Please choose a time before it begins."), "number"
        )
    if details.is_hours and abs(details.offset) > MOST_HOURS:
        yield DomainError(_l("At most 720 hours."), "number")
    if not details.is_hours and abs(details.offset) > MOST_DAYS:
        yield DomainError(_l("At most 60 working days."), "number")


def _problems_of_whom(
    plan_id: int, details: RuleDetails, subject: Subject
) -> Iterator[DomainError]:
    if not details.to:
        yield DomainError(_l("Please choose at least one."), "to")
    people = {person.id for person in plan_people(plan_id)}
    for selector in details.to:
        group, _colon, value = selector.partition(":")
        if group == "person":
            if whole_number_or_none(value) not in people:
                yield DomainError(
                    _l("This person has no part in the plan. Add them to its people first."), "to"
                )
        elif not (
            selector == RESPONSIBLE
            or (selector == ABOVE and not subject.is_event)
            or (group == "role" and value in set(Role))
        ):
            yield DomainError(_l("This choice is not there."), "to")


def _problems_of_ways(kind: str, details: RuleDetails) -> Iterator[DomainError]:
    chosen = set(details.channels)
    if not chosen:
        yield DomainError(_l("Please choose at least one."), "channels")
    elif not chosen <= set(Through):
        yield DomainError(_l("This way is not there."), "channels")
    elif not chosen <= set(ways_of(kind)):
        yield DomainError(
            _l("This cannot be posted to a group: a group sees what a member sees."), "channels"
        )


def _problems_of_words(details: RuleDetails) -> Iterator[DomainError]:
    most = {"subject": SUBJECT_LENGTH, "text": TEXT_LENGTH}
    for lang, given in _wording(details):
        for name, words in given.items():
            place = f"{name}_{lang}"
            if len(words) > most[name]:
                yield DomainError(
                    _l("At most %(max)d characters; please shorten it.", max=most[name]), place
                )
            if strange := own_words.unknown(words):
                yield DomainError(_unknown_blank(strange[0]), place)


def _wording(details: RuleDetails) -> Iterator[tuple[str, dict[str, str]]]:
    """The words of each language, cleaned."""
    for lang in LANGUAGES:
        given = details.wording.get(lang, {})
        yield lang, {"subject": clean_line(given.get("subject")), "text": clean(given.get("text"))}


def _unknown_blank(name: str) -> Any:
    blanks = " ".join(f"{{{blank}}}" for blank in blank_names())
    return _l("There is no blank {%(name)s}. There are: %(blanks)s", name=name, blanks=blanks)


def blank_names() -> list[str]:
    """The blanks of own wording, as the reader's language calls them."""
    names = own_words.BLANKS
    return list(names.values() if current_language() == "zh" else names)


def _values(step: PlanRule) -> dict[str, Any]:
    return {**values_of(step.rule), "is_on": step.is_on}


def _keep(
    plan_id: int, step: PlanRule, values: dict[str, Any], *, actor: Person, now: datetime
) -> None:
    """Make the step's row say this; a row that says what is proposed goes."""
    present = _values(step)
    changes = {name: (present[name], new) for name, new in values.items() if present[name] != new}
    if not changes:
        return
    row = _row(plan_id, step.rule.key)
    if step.proposal is not None and values == {**values_of(step.proposal), "is_on": True}:
        if row is not None:
            audit.record("reset", row, actor_id=actor.id, now=now, changes=changes)
            db.session.delete(row)
            db.session.flush()
        return
    if row is None:
        row = RuleRow(plan_id=plan_id, key=step.rule.key, kind=step.rule.kind, **values)
        db.session.add(row)
    else:
        audit.change(row, **values)
    audit.record("changed", row, actor_id=actor.id, now=now, changes=changes)


def _step(plan_id: int, key: str) -> PlanRule:
    step = plan_rule(plan_id, key)
    if step is None:
        raise NotFound(NOT_HERE)
    return step


def _row(plan_id: int, key: str) -> RuleRow | None:
    return db.session.scalar(
        select(RuleRow).where(RuleRow.plan_id == plan_id, RuleRow.key == key)
    )


def _next_key(plan_id: int, kind: str) -> str:
    """A name that no step ever wrote messages under: those of a removed one stay its own."""
    # PostgreSQL: one writer at a time per plan, or two would count the same number. SQLite's
    # writing transaction has locked already.
    db.session.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update(key_share=True))
    begin = f"{kind}.{OWN}"
    kept = [row.key for row in rule_rows([plan_id]).get(plan_id, [])]
    told = db.session.scalars(
        select(Message.kind)
        .where(Message.plan_id == plan_id, Message.kind.startswith(begin, autoescape=True))
        .distinct()
    )
    numbers = [
        whole_number_or_none(key.removeprefix(begin)) or 0
        for key in (*kept, *told)
        if key.startswith(begin)
    ]
    return f"{begin}{max(numbers, default=0) + 1}"
