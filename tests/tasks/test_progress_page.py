"""The page of progress and forecast: what it says, and to whom."""

from datetime import timedelta

import pytest

from app.core import audit
from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.plans.access import viewer_of
from app.plans.models import Plan
from app.tasks.earned_queries import plan_progress
from app.tasks.models import BudgetLine, Task, TaskState
from app.tasks.state import tasks_state
from tests.conftest import NOW
from tests.sql import counted

PAGE = "/plans/1/progress"


def seen_by(plan, person, today):
    return plan_progress(plan.id, today, viewer_of(person, plan.id))


def text_of(response):
    return response.get_data(as_text=True)


def budget(plan, task, cents=100_000):
    """A budget line of the task; None = of the plan itself."""
    line = BudgetLine(
        plan_id=plan.id,
        task=task,
        title=LocalText(zh="预算", en="Budget"),
        planned_cents=cents,
        forecast_cents=cents,
    )
    db.session.add(line)
    db.session.flush()
    return line


@pytest.fixture
def under_way(tasks):
    """Half of the baseline of every task has passed; two are under way, one of them behind."""
    today = local_date(NOW)
    for number, percent in ((1, 50), (2, 20), (3, 0)):
        task = getattr(tasks, f"t{number}")
        task.start_on = task.baseline_start_on = today - timedelta(days=14)
        task.finish_on = task.baseline_finish_on = today + timedelta(days=13)
        task.progress_percent = percent
        task.state = TaskState.active if percent else TaskState.not_started
    db.session.flush()
    return tasks


def test_the_plan_says_what_the_state_says(plan, people, under_way) -> None:
    seen = seen_by(plan, people.pm, local_date(NOW))
    state = tasks_state(plan.id, NOW, viewer_of(people.pm, plan.id))
    assert round(seen.work.earned_percent) == state.percent
    assert round(seen.work.planned_percent) == state.planned_percent
    for row, task in zip(seen.rows, state.tasks, strict=True):
        assert (row.work.spi is None) == (task.spi is None)
        if task.spi is not None:
            assert row.work.spi == pytest.approx(task.spi, abs=1e-4)


def test_a_task_behind_is_forecast_later_than_its_owner_expects(plan, people, under_way) -> None:
    one, two, three = seen_by(plan, people.pm, local_date(NOW)).rows[:3]
    assert two.pace_on > two.task.expected_finish_on and two.pace_days > 0
    assert two.pace_on > one.pace_on
    # Nothing follows from nothing.
    assert three.pace_on is None and three.pace_days is None


def test_the_plans_forecast_follows_the_links(plan, people, under_way) -> None:
    seen = seen_by(plan, people.pm, local_date(NOW))
    assert seen.pace_on >= max(row.pace_on for row in seen.rows if row.pace_on)
    under_way.t1.progress_percent = 0
    under_way.t1.state = TaskState.not_started
    under_way.t2.progress_percent = 0
    under_way.t2.state = TaskState.not_started
    db.session.flush()
    assert seen_by(plan, people.pm, local_date(NOW)).pace_on is None


def test_an_index_of_cost_needs_a_cost(plan, people, under_way) -> None:
    db.session.execute(db.delete(BudgetLine))
    line = budget(plan, under_way.t1)
    seen = seen_by(plan, people.pm, local_date(NOW))
    assert (seen.budget_count, seen.cost_count) == (1, 0)
    assert seen.rows[0].money.cpi is None and seen.rows[1].money is None
    line.actual_cents = 80_000
    db.session.flush()
    seen = seen_by(plan, people.pm, local_date(NOW))
    assert seen.rows[0].money.cpi == seen.money.cpi == 0.625
    assert seen.rows[0].money.estimate == 160_000


def test_the_plans_own_money_is_earned_by_no_task(plan, people, under_way) -> None:
    db.session.execute(db.delete(BudgetLine))
    budget(plan, None)
    seen = seen_by(plan, people.pm, local_date(NOW))
    assert seen.budget_count == 0 and seen.money is None


def test_how_far_it_was_is_read_from_the_audit_trail(plan, people, under_way) -> None:
    weeks_ago = NOW - timedelta(days=8)
    for task in under_way.__dict__.values():
        task.weight = 1 if task is under_way.t1 else 0
    audit.record("progress", under_way.t1, actor_id=people.pm.id, now=weeks_ago,
                 changes={"progress_percent": (10, 50)})  # fmt: skip
    db.session.flush()
    values = [value for _left, value in seen_by(plan, people.pm, local_date(NOW)).curve.actual]
    assert values[0] == 10 and values[-1] == 50


def test_who_reads_no_money_is_shown_none(client_of, plan, under_way) -> None:
    db.session.commit()
    page = text_of(client_of("clerk", "en").get(PAGE))
    assert "By task" in page and "CPI" not in page and "yuan" not in page
    assert "No task has a budget" in text_of(client_of("pm", "en").get(PAGE))
    budget(plan, under_way.t1)
    db.session.commit()
    assert "CPI" not in text_of(client_of("clerk", "en").get(PAGE))
    assert "no cost booked" in text_of(client_of("pm", "en").get(PAGE))


def test_an_owner_reads_the_money_of_the_own_task_and_no_total(plan, people, under_way) -> None:
    for task in (under_way.t1, under_way.t2):
        budget(plan, task)
    under_way.t1.owner_id = people.owner1.id
    db.session.flush()
    seen = seen_by(plan, people.owner1, local_date(NOW))
    readable = {row.task.id for row in seen.rows if row.money is not None}
    assert under_way.t1.id in readable and under_way.t2.id not in readable
    assert seen.money is None


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4", "it", "finance", "exec", "clerk"])
def test_everybody_of_the_plan_can_read_it(client_of, key, language) -> None:
    assert client_of(key, language).get(PAGE).status_code == 200


def test_a_stranger_finds_nothing(client_of) -> None:
    assert client_of("stranger").get(PAGE).status_code == 404


def test_the_number_of_statements_does_not_grow(plan, people, under_way) -> None:
    def statements() -> list[str]:
        viewer = viewer_of(people.pm, plan.id)
        db.session.expire_all()
        with counted() as sent:
            assert plan_progress(plan.id, local_date(NOW), viewer).rows
        return sent

    few = statements()
    columns = [column.name for column in Task.__table__.columns]
    for number in range(6, 26):
        same = {n: getattr(under_way.t2, n) for n in columns if n not in ("id", "number", "key")}
        another = Task(**same, number=number)
        db.session.add(another)
        budget(plan, another)
        audit.record("progress", another, actor_id=people.pm.id, now=NOW,
                     changes={"progress_percent": (10, 20)})  # fmt: skip
    many = statements()
    assert len(few) == len(many) <= 14, many


def test_a_plan_that_has_not_begun_is_not_behind(client_of, plan, people, tasks) -> None:
    early = min(task.baseline_start_on for task in tasks.__dict__.values()) - timedelta(days=20)
    seen = seen_by(plan, people.pm, early)
    assert seen.work.spi is None and seen.curve.actual == []


def test_a_plan_without_any_weight_says_so(client_of, plan, tasks) -> None:
    for task in tasks.__dict__.values():
        task.weight = 0
    db.session.commit()
    assert "No task has any weight" in text_of(client_of("pm", "en").get(PAGE))


def test_a_plan_without_tasks_says_so(client_of, plan, people) -> None:
    columns = [column.name for column in Plan.__table__.columns if column.name != "id"]
    other = Plan(**{name: getattr(plan, name) for name in columns})
    db.session.add(other)
    db.session.flush()
    seen = plan_progress(other.id, local_date(NOW), viewer_of(people.pm, plan.id))
    assert seen.rows == () and seen.work is None and seen.curve is None
