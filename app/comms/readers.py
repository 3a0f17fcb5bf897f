"""Who reads along in a plan, and how each of them wants to be told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select

from app.accounts.models import FINANCE, Department, Person, mail_language
from app.comms.kindness import USUAL, Away, Habits
from app.comms.models import Channel, Pace, PlanRobot, Preference, Robot
from app.core.db import db
from app.core.permissions import Role, Viewer
from app.plans.models import Leave, PlanMember

# SQLite takes 32,766 values in a statement, and long lists are slow to read anyway.
AT_ONCE = 500


@dataclass(frozen=True)
class Addressee:
    """What a message needs of a person, as plain values: a row would have to be read again after
    each transaction of a long run."""

    id: int
    name: str
    email: str
    mail_language: str


@dataclass(frozen=True)
class Reader:
    """A person of the plan and their eyes on it."""

    person: Addressee
    viewer: Viewer


@dataclass(frozen=True)
class Group:
    """A chat group that a plan posts to, by its robot."""

    robot_id: int
    channel: Channel
    language: str


Readers = dict[int, Reader]


def readers_of(plan_id: int) -> Readers:
    """Everybody enabled in the plan by id, in two statements."""
    return readers_of_plans([plan_id])[plan_id]


def readers_of_plans(plan_ids: Sequence[int]) -> dict[int, Readers]:
    """The same for many plans, in as many statements."""
    roles: dict[int, dict[int, set[Role]]] = {i: defaultdict(set) for i in plan_ids}
    people: dict[int, Addressee] = {}
    for some in chunks(plan_ids):
        for plan_id, role, person_id, name, email, language in db.session.execute(
            select(
                PlanMember.plan_id, PlanMember.role, Person.id, Person.name, Person.email,
                Person.language,
            )
            .join(Person, PlanMember.person_id == Person.id)
            .where(PlanMember.plan_id.in_(some), Person.is_enabled)
        ):  # fmt: skip
            if person_id not in people:
                people[person_id] = Addressee(person_id, name, email, mail_language(language))
            roles[plan_id][person_id].add(role)
    headed: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    for department_id, key, head_id in db.session.execute(
        select(Department.id, Department.key, Department.head_id).where(
            Department.head_id.is_not(None)
        )
    ):
        headed[head_id].append((department_id, key))
    return {
        plan_id: {
            person_id: Reader(
                people[person_id],
                _viewer(plan_id, person_id, held, headed if Role.head in held else {}),
            )
            for person_id, held in by_person.items()
        }
        for plan_id, by_person in roles.items()
    }


def _viewer(
    plan_id: int,
    person_id: int,
    roles: set[Role],
    headed: Mapping[int, Sequence[tuple[int, str | None]]],
) -> Viewer:
    own = headed.get(person_id, ())
    return Viewer(
        person_id=person_id,
        plan_id=plan_id,
        roles=frozenset(roles),
        department_ids=frozenset(row[0] for row in own),
        is_finance=any(row[1] == FINANCE for row in own),
    )


def addressees(person_ids: Iterable[int]) -> dict[int, Addressee]:
    """These people, as messages need them."""
    return {
        row.id: Addressee(row.id, row.name, row.email, mail_language(row.language))
        for some in chunks(sorted(set(person_ids)))
        for row in db.session.execute(
            select(Person.id, Person.name, Person.email, Person.language).where(Person.id.in_(some))
        )
    }


def groups_of(plan_ids: Sequence[int]) -> dict[int, list[Group]]:
    """The working groups that each plan posts to."""
    found: dict[int, list[Group]] = defaultdict(list)
    for some in chunks(plan_ids):
        for plan_id, robot_id, vendor, language in db.session.execute(
            select(PlanRobot.plan_id, Robot.id, Robot.vendor, Robot.language)
            .join(Robot, Robot.id == PlanRobot.robot_id)
            .where(PlanRobot.plan_id.in_(some), Robot.is_enabled)
            .order_by(Robot.id)
        ):
            found[plan_id].append(Group(robot_id, Channel(vendor.value), language))
    return found


def group_eyes(plan_id: int) -> Viewer:
    """What a group robot's readers see: what a member sees who is nobody in particular."""
    return Viewer(person_id=0, plan_id=plan_id, roles=frozenset({Role.member}))


def selectors(readers: Readers) -> dict[str, list[int]]:
    """The people whom a rule may name by role or by themselves."""
    named: dict[str, list[int]] = defaultdict(list)
    for person_id, reader in sorted(readers.items()):
        named[f"person:{person_id}"].append(person_id)
        for role in reader.viewer.roles:
            named[f"role:{role.value}"].append(person_id)
    return named


def habits_of(person_ids: Iterable[int]) -> dict[int, Habits]:
    """How each of these people wants mail; who never said so is left out (see USUAL)."""
    found = {}
    for some in chunks(sorted(set(person_ids))):
        for row in db.session.scalars(select(Preference).where(Preference.person_id.in_(some))):
            found[row.person_id] = habits(row)
    return found


def habits(row: Preference | None) -> Habits:
    """A row of preferences as the rules of kindness read it."""
    if row is None:
        return USUAL
    return Habits(
        has_mail=row.has_mail,
        is_together=row.pace is not Pace.at_once,
        daily=_time(row.daily_minute) if row.pace is Pace.daily else None,
        days=frozenset(int(day) for day in row.days),
        quiet_from=_time(row.quiet_from_minute),
        quiet_until=_time(row.quiet_until_minute),
    )


def leaves_since(person_ids: Iterable[int], first: date) -> dict[int, list[Away]]:
    """Leave of these people that has not ended before `first`, by person."""
    away: dict[int, list[Away]] = defaultdict(list)
    for some in chunks(sorted(set(person_ids))):
        for row in db.session.execute(
            select(Leave.person_id, Leave.first_on, Leave.last_on, Leave.substitute_id)
            .where(Leave.person_id.in_(some), Leave.last_on >= first)
            .order_by(Leave.first_on)
        ):
            away[row.person_id].append((row.first_on, row.last_on, row.substitute_id))
    return away


def chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    """The values in lists that a statement takes."""
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))


def _time(minutes: int) -> time:
    return time(*divmod(minutes, 60))
