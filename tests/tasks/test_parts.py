"""Steps and money of a task."""

from datetime import date, timedelta

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.localtext import LocalText
from app.tasks import budget_services, step_services
from app.tasks.models import BudgetLine, Step
from tests.conftest import NOW

TODAY = date(2026, 11, 26)


def step_of(task):
    return db.session.scalars(
        db.select(Step).where(Step.task_id == task.id).order_by(Step.number)
    ).first()


def add_step(task, actor, **values):
    fields = {"title": LocalText(own="试用"), "start_on": TODAY, "finish_on": TODAY} | values
    return step_services.add_step(task, **fields, actor=actor, now=NOW)


def test_a_new_step_takes_the_next_number(people, tasks):
    assert add_step(tasks.t4, people.owner4).number == 5


def test_a_step_may_lie_outside_its_task_and_is_known_to(people, tasks):
    step = add_step(tasks.t4, people.owner4, finish_on=tasks.t4.finish_on + timedelta(days=1))
    assert step_services.is_outside(step, tasks.t4)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"finish_on": date(2026, 11, 1)}, "finish_on"), ({"title": LocalText(own="")}, "title")],
)
def test_a_step_that_cannot_be_is_refused_at_its_field(people, tasks, values, field):
    with pytest.raises(DomainError) as error:
        add_step(tasks.t4, people.owner4, **values)
    assert error.value.field == field


def test_another_owner_may_not_touch_the_steps(people, tasks):
    step = step_of(tasks.t4)
    for act in (step_services.complete_step, step_services.remove_step):
        with pytest.raises(Forbidden):
            act(step, actor=people.owner3, now=NOW)


def test_a_step_at_a_hundred_percent_is_finished_today_and_open_below(people, tasks):
    step = step_of(tasks.t4)
    fields = dict(
        title=step.title, start_on=step.start_on, finish_on=step.finish_on, is_milestone=False
    )
    step_services.edit_step(step, **fields, percent=100, actor=people.owner4, now=NOW)
    assert step.done_on == TODAY
    step_services.edit_step(step, **fields, percent=80, actor=people.owner4, now=NOW)
    assert step.done_on is None


def test_a_step_is_not_finished_in_the_future(people, tasks):
    with pytest.raises(DomainError) as error:
        step_services.complete_step(
            step_of(tasks.t4), done_on=date(2026, 11, 27), actor=people.owner4, now=NOW
        )
    assert error.value.field == "done_on"


def test_the_second_saver_of_a_step_sees_the_first_ones_words(people, tasks):
    step = step_of(tasks.t4)
    seen = step_services.step_stamp(step)
    fields = dict(
        start_on=step.start_on, finish_on=step.finish_on, is_milestone=False, percent=0, seen=seen
    )
    step_services.edit_step(
        step, title=LocalText(own="甲"), **fields, actor=people.owner4, now=NOW
    )
    with pytest.raises(Conflict) as error:
        step_services.edit_step(
            step, title=LocalText(own="乙"), **fields, actor=people.pm, now=NOW
        )
    assert error.value.theirs["title"] == LocalText(own="甲")


def test_a_removed_step_stays_in_the_audit_trail(people, tasks):
    step = step_of(tasks.t4)
    key, title = step.id, step.title.to_plain()
    step_services.remove_step(step, actor=people.owner4, now=NOW)
    assert db.session.get(Step, key) is None
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "removed", AuditEntry.object_id == key)
    ).one()
    assert entry.changes["title"] == [title, None]


def line(plan, tasks, actor, **values):
    fields = {
        "task_id": tasks.t4.id, "department_id": tasks.t4.department_id,
        "title": LocalText(own="系统"), "planned_cents": 9600000,
    } | values  # fmt: skip
    return budget_services.add_budget_line(plan.id, **fields, actor=actor, now=NOW)


def test_the_forecast_is_the_budget_until_somebody_says_otherwise(plan, people, tasks):
    assert line(plan, tasks, people.pm).forecast_cents == 9600000


def test_money_is_for_the_manager_finance_and_the_own_head(plan, people, tasks):
    for actor in (people.pm, people.finance, people.it):
        line(plan, tasks, actor)
    for actor in (people.marketing, people.owner4, people.exec, people.clerk):
        with pytest.raises(Forbidden):
            line(plan, tasks, actor)


def test_a_head_cannot_hand_a_line_to_another_department(plan, people, tasks):
    row = line(plan, tasks, people.it)
    with pytest.raises(Forbidden):
        budget_services.edit_budget_line(
            row, title=row.title, planned_cents=1, actual_cents=0, forecast_cents=1,
            department_id=people.marketing.department_id, actor=people.it, now=NOW,
        )  # fmt: skip


def test_a_line_of_another_plans_task_is_refused(plan, people, tasks):
    with pytest.raises(DomainError) as error:
        line(plan, tasks, people.pm, task_id=9999)
    assert error.value.field == "task_id"
    assert db.session.scalars(db.select(BudgetLine)).all() == []
