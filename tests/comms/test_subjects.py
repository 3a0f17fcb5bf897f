"""What every subject of reminders promises: asked for many plans at once, it answers the same."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.matrix import MATRIX
from app.core.permissions import Role
from app.core.registries import subjects
from app.plans.access import ensure_role, manager_ids
from app.plans.many import managers_of
from app.plans.models import Plan, PlanPhase
from app.plans.starting import PlanStart, start_plan
from app.tasks.models import Resource, ResourceState, Task
from tests.architecture.everything import fill, make_everything, start_other_plan
from tests.conftest import STARTED
from tests.sql import counted

ORDER = [
    "report", "task", "milestone", "action", "resource", "request", "response", "risk_review",
    "risk_signature", "problem", "measurement", "inspection", "meeting",
]  # fmt: skip
ALL = tuple(datetime(2026, 9, 28, tzinfo=UTC) + timedelta(days=n) for n in (0, 200))


def ask(kind, plan_ids, first=ALL[0], last=ALL[1]):
    return subjects.get(kind).ask(plan_ids, first, last)


def plain(rows):
    return Counter(repr(row) for row in rows)


def lend(plan_id):
    """One of the plan's resources is asked for, another is promised."""
    asked, promised = db.session.scalars(
        select(Resource).where(Resource.plan_id == plan_id).order_by(Resource.id).limit(2)
    )
    asked.state, asked.needed_on = ResourceState.asked, date(2026, 12, 18)
    promised.state, promised.promised_on = ResourceState.promised, date(2026, 12, 9)


@pytest.fixture
def two_plans(plan, people):
    """A world with a row of everything, and a second plan in it with as much."""
    make_everything(people, plan)
    ids = plan.id, start_other_plan(people).id
    for plan_id in ids:
        lend(plan_id)
    db.session.commit()
    return ids


def test_subjects_come_in_the_order_of_the_plan(app) -> None:
    assert [kind for kind, _subject in subjects] == ORDER


def test_a_subject_reads_what_the_matrix_knows_and_names_its_steps_once(app) -> None:
    for kind, subject in subjects:
        assert subject.reads in MATRIX, kind
        names = [step.name for step in subject.steps]
        assert names and len(names) == len(set(names)), kind
        offsets = [step.offset for step in subject.steps]
        assert offsets == sorted(offsets), kind
        assert subject.is_event == (kind == "meeting")


def test_two_plans_asked_at_once_give_what_each_gives_alone(two_plans) -> None:
    for kind, _subject in subjects:
        one, other = (ask(kind, [plan_id]) for plan_id in two_plans)
        assert one and other, kind
        assert {row.plan_id for row in one} <= {two_plans[0]}, kind
        assert plain(ask(kind, two_plans)) == plain([*one, *other]), kind


# Not shrunk: every example asks all subjects several times.
@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_span_in_two_parts_gives_what_the_whole_gives(two_plans, data) -> None:
    minutes = st.integers(0, 200 * 24 * 60)
    first, cut, last = sorted(
        ALL[0] + timedelta(minutes=data.draw(minutes)) for _part in range(3)
    )
    second = timedelta(seconds=1)
    for kind, _subject in subjects:
        whole = ask(kind, two_plans, first, last)
        assert all(row.kind == kind and first <= row.due_at <= last for row in whole)
        parts = [*ask(kind, two_plans, first, cut), *ask(kind, two_plans, cut + second, last)]
        assert plain(whole) == plain(parts), kind


def test_no_two_deadlines_of_all_plans_share_their_name(two_plans) -> None:
    rows = [row for kind, _subject in subjects for row in ask(kind, two_plans)]
    keys = Counter((row.kind, row.object_key, row.occurrence) for row in rows)
    assert keys.most_common(1)[0][1] == 1


def test_six_plans_cost_as_many_statements_as_two(plan, people) -> None:
    ids = []
    for _turn in range(6):
        made = start_plan(
            PlanStart(template_key="reception", start_on=date(2026, 9, 28),
                      owners=dict.fromkeys(range(1, 6), people.owner1.id)),
            people.pm, STARTED,
        )  # fmt: skip
        fill(made, people.pm)
        lend(made.id)
        ids.append(made.id)
    db.session.commit()

    def cost(kind, plan_ids):
        with counted() as statements:
            rows = ask(kind, plan_ids)
        assert {row.plan_id for row in rows} == set(plan_ids)
        return len(statements)

    for kind, _subject in subjects:
        cost(kind, ids[:1])
        assert cost(kind, ids[:2]) == cost(kind, ids) <= 5, kind


def test_where_nothing_can_fall_due_only_the_calendar_is_read(two_plans) -> None:
    first = datetime(2026, 11, 23, tzinfo=UTC)
    tuesday = first + timedelta(days=1), first + timedelta(days=1, hours=8)
    for kind in ("report", "risk_review", "risk_signature", "measurement"):
        with counted() as statements:
            assert ask(kind, two_plans, *tuesday) == []
        assert len(statements) == 1 and "calendar_days" in statements[0], kind


def test_a_closed_plan_has_nothing_to_be_reminded_of(two_plans) -> None:
    db.session.get_one(Plan, two_plans[0]).state = PlanPhase.closed
    for kind, _subject in subjects:
        assert ask(kind, two_plans[:1]) == [], kind
        assert all(row.plan_id == two_plans[1] for row in ask(kind, two_plans)), kind


def test_managers_of_many_plans_are_those_of_each(two_plans, people) -> None:
    for person in (people.it, people.exec):
        ensure_role(two_plans[1], person.id, Role.manager)
    people.exec.is_enabled = False
    found = managers_of([*two_plans, 999])
    assert found == {**{i: manager_ids(i) for i in two_plans}, 999: ()}
    assert people.it.id in found[two_plans[1]] and len(found[two_plans[1]]) == 2


def test_titles_are_said_in_both_languages(two_plans) -> None:
    for kind, _subject in subjects:
        for row in ask(kind, two_plans):
            zh, en = row.title.in_language("zh"), row.title.in_language("en")
            assert zh and en and "%(" not in zh + en, kind
            assert zh != en or row.title.own is not None, (kind, zh)


def test_whoever_left_is_still_named_so_that_those_above_can_be_told(plan, people) -> None:
    task = db.session.scalars(select(Task).where(Task.number == 4)).one()
    db.session.get_one(Person, task.owner_id).is_enabled = False
    (row,) = [d for d in ask("task", [plan.id]) if d.object_key == f"task:{task.id}"]
    assert row.recipients == (task.owner_id,) and row.escalate_to == (people.pm.id,)
