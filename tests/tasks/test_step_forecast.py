"""What the owner expects of a single step."""

from datetime import date

import pytest

from app.core.db import db
from app.core.errors import DomainError
from app.tasks import step_services
from app.tasks.models import Step
from app.tasks.state import tasks_state
from tests.conftest import NOW


@pytest.fixture
def step(tasks) -> Step:
    """The last step of task 4."""
    return db.session.scalars(
        db.select(Step).where(Step.task_id == tasks.t4.id).order_by(Step.number.desc())
    ).first()


def test_a_step_expected_later_moves_its_task(people, plan, tasks, step, eyes_of_pm):
    before = tasks_state(plan.id, NOW, eyes_of_pm).tasks[3].expected_finish_on
    step_services.expect_step(step, finish_on=date(2027, 1, 15), actor=people.owner4, now=NOW)
    after = tasks_state(plan.id, NOW, eyes_of_pm).tasks[3]
    assert before < after.expected_finish_on == date(2027, 1, 15)
    assert step.finish_on < date(2027, 1, 15), "what is committed stays"


def test_the_committed_day_is_no_forecast_of_its_own(people, step):
    step_services.expect_step(step, finish_on=step.finish_on, actor=people.pm, now=NOW)
    assert step.forecast_finish_on is None


@pytest.mark.parametrize("day", [date(2026, 11, 25), date(2026, 9, 1)])
def test_a_past_day_is_not_expected(people, step, day):
    with pytest.raises(DomainError) as refused:
        step_services.expect_step(step, finish_on=day, actor=people.pm, now=NOW)
    assert refused.value.field == "forecast_finish_on"


def test_the_page_keeps_a_steps_forecast_or_changes_nothing(client_of, step):
    owner, sent = client_of("owner4"), {
        "title": "另一个名字", "start_on": str(step.start_on), "finish_on": str(step.finish_on),
        "percent": "10", "forecast_finish_on": "2026-01-05",
    }  # fmt: skip
    answer = owner.post(f"/steps/{step.id}", data=sent)
    assert answer.status_code == 422
    db.session.refresh(step)
    assert step.progress_percent == 0
    sent["forecast_finish_on"] = "2027-01-08"
    assert owner.post(f"/steps/{step.id}", data=sent).status_code == 303
    db.session.refresh(step)
    assert (step.progress_percent, step.forecast_finish_on) == (10, date(2027, 1, 8))
