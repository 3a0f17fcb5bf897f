"""The tasks' part of a plan's state, and what the tasks answer to other packages."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.db import db
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.plans.access import viewer_of
from app.tasks import actions, answers, budget_services, lending, services
from app.tasks.models import BudgetLine, Resource, Step, TaskState
from app.tasks.reminding import action_deadlines, task_deadlines
from app.tasks.resource_answers import resource_todos
from app.tasks.state import tasks_state
from tests.conftest import NOW
from tests.sql import counted

TODAY = date(2026, 11, 26)


@pytest.fixture
def state_of(plan, people):
    """state_of("pm") is the state through that person's eyes."""
    return lambda key: tasks_state(plan.id, NOW, viewer_of(getattr(people, key), plan.id))


@pytest.fixture
def eyes(plan, people):
    return lambda key: viewer_of(getattr(people, key), plan.id)


def spend(plan, people, task, department_id=None, title="系统"):
    return budget_services.add_budget_line(
        plan.id, task_id=task.id if task else None, department_id=department_id,
        title=LocalText(own=title), planned_cents=100, actor=people.pm, now=NOW,
    )  # fmt: skip


def act(plan, people, key, **values):
    fields = {"title": "定场地", "due_on": date(2026, 12, 4)} | values
    return actions.create_action(
        plan.id, owner_id=getattr(people, key).id, **fields, actor=people.pm, now=NOW
    )


def test_a_task_as_forecast_is_late_in_working_days_against_the_baseline(people, tasks, state_of):
    services.update_progress(
        tasks.t4, percent=63, forecast_finish_on=date(2026, 12, 31), actor=people.owner4, now=NOW
    )
    row = state_of("pm").tasks[3]
    assert (row.number, row.percent, row.state) == (4, 63, TaskState.active)
    assert row.expected_finish_on == date(2026, 12, 31)
    # 2026-12-25 to 12-31: five working days after Thursday 12-24.
    assert (row.baseline_finish_on, row.days_late) == (date(2026, 12, 24), 5)
    assert row.spi == pytest.approx(63 / row.planned_percent, rel=0.02)
    assert not row.is_estimated


def test_work_that_is_not_done_is_not_expected_before_today(people, tasks, state_of):
    row = state_of("pm").tasks[0]
    assert row.finish_on < TODAY and row.expected_finish_on == TODAY and row.days_late > 0
    services.complete_task(tasks.t1, done_on=date(2026, 10, 23), actor=people.pm, now=NOW)
    row = state_of("pm").tasks[0]
    assert (row.expected_finish_on, row.days_late) == (date(2026, 10, 23), 0)


def test_a_finish_beyond_the_published_calendar_is_estimated(state_of):
    assert [t.is_estimated for t in state_of("pm").tasks] == [False, False, False, False, True]


def test_the_plans_percent_is_weighted(people, tasks, state_of):
    services.complete_task(tasks.t1, done_on=TODAY, actor=people.pm, now=NOW)
    state = state_of("pm")
    weight = sum(t.weight for t in state.tasks)
    assert state.percent == round(100 * tasks.t1.weight / weight)


def test_dependencies_and_next_steps_are_named(state_of):
    state = state_of("pm")
    assert state.tasks[1].after == (1,)
    first_two = [s.id for s in state.steps if s.task_id == state.tasks[1].id][:2]
    assert state.tasks[1].next_steps == tuple(first_two)


def test_money_passes_through_the_matrix(plan, people, tasks, state_of):
    own = spend(plan, people, tasks.t4, people.it.department_id)
    other = spend(plan, people, tasks.t2, people.training.department_id)
    whole = spend(plan, people, None)
    seen = {
        key: None if state_of(key).budget is None else [row.id for row in state_of(key).budget]
        for key in ("pm", "exec", "finance", "owner4", "it", "owner3", "clerk")
    }
    everything = sorted([own.id, other.id, whole.id])
    assert sorted(seen["pm"]) == sorted(seen["exec"]) == sorted(seen["finance"]) == everything
    assert seen["owner4"] == seen["it"] == [own.id]
    assert seen["owner3"] == [] and seen["clerk"] is None


def test_members_see_only_their_own_actions_and_no_resources(plan, people, state_of):
    mine = act(plan, people, "clerk")
    act(plan, people, "it")
    assert [a.id for a in state_of("clerk").actions] == [mine.id]
    assert len(state_of("it").actions) == 2
    assert state_of("clerk").resources == () and state_of("it").resources


def test_the_state_needs_the_same_few_statements_for_many_rows(plan, people, tasks, eyes):
    viewer = eyes("pm")

    def cost() -> int:
        db.session.expire_all()
        with counted() as statements:
            tasks_state(plan.id, NOW, viewer)
        return len(statements)

    few = cost()
    for n in range(40):
        db.session.add(Step(plan_id=plan.id, task_id=tasks.t4.id, number=100 + n,
                            title=LocalText(own="x"), start_on=TODAY, finish_on=TODAY))
        db.session.add(BudgetLine(plan_id=plan.id, task_id=tasks.t4.id, title=LocalText(own="x"),
                                  planned_cents=1, forecast_cents=1))
        act(plan, people, "clerk")
    db.session.flush()
    assert cost() == few <= 10


def test_an_owner_is_reminded_of_the_task_and_the_manager_of_blanks(plan, people, tasks, eyes):
    services.assign_task(tasks.t3, owner_id=None, department_id=None, actor=people.pm, now=NOW)
    services.change_task_dates(
        tasks.t2, start_on=tasks.t2.start_on, finish_on=date(2026, 11, 30), reason="提前",
        actor=people.pm, now=NOW,
    )  # fmt: skip
    kinds = [(t.kind, t.is_overdue) for t in answers.task_todos(plan.id, eyes("owner2"), NOW)]
    assert kinds == [("task", False)]
    manager = [t.kind for t in answers.task_todos(plan.id, eyes("pm"), NOW)]
    assert "task_owner" in manager and "task_dates" in manager
    assert [label for label, _url in answers.task_blanks(plan.id)] == [
        "任务 3“设计客户满意度调查表”的负责人"
    ]


def test_a_head_is_told_what_the_department_is_asked_for(plan, people, tasks, eyes):
    resource = db.session.scalars(
        db.select(Resource).where(Resource.task_id == tasks.t4.id)
    ).first()
    lending.ask_resource(resource, actor=people.pm, now=NOW)
    assert [t.kind for t in resource_todos(plan.id, eyes("it"), NOW)] == ["resource"]
    assert answers.task_todos(plan.id, eyes("marketing"), NOW) == []


def test_deadlines_are_open_tasks_and_actions_in_both_languages(plan, people, tasks):
    action = act(plan, people, "training")
    first = datetime(2026, 12, 1, tzinfo=UTC)

    def found():
        span = first, first + timedelta(days=31)
        return [*task_deadlines([plan.id], *span), *action_deadlines([plan.id], *span)]

    keys = {row.object_key: row for row in found()}
    assert set(keys) == {"task:2", "task:3", "task:4", f"action:{action.id}"}
    row = keys["task:4"]
    assert row.recipients == (people.owner4.id,) and row.escalate_to == (people.pm.id,)
    assert row.title.in_language("zh") == "任务 4：建立客户信息管理系统"
    assert row.title.in_language("en").startswith("Task 4: ")
    assert row.due_at == datetime(2026, 12, 24, 15, 59, 59, tzinfo=UTC)
    services.complete_task(tasks.t4, done_on=TODAY, actor=people.pm, now=NOW)
    actions.close_action(action, evidence="好", actor=people.pm, now=NOW)
    assert {row.object_key for row in found() if row.done_at is None} == {"task:2", "task:3"}


def test_the_document_holds_owner_dates_and_resources_but_not_progress(plan, people, tasks):
    before = answers.task_document_parts(plan.id)
    services.update_progress(tasks.t4, percent=10, actor=people.owner4, now=NOW)
    assert answers.task_document_parts(plan.id) == before
    services.change_task_dates(
        tasks.t4, start_on=tasks.t4.start_on, finish_on=date(2027, 1, 8), reason="延期",
        actor=people.pm, now=NOW,
    )  # fmt: skip
    after = answers.task_document_parts(plan.id)
    assert [key for key in after if after[key] != before[key]] == ["task:4:dates"]


def test_the_agenda_names_late_tasks_and_overdue_actions(plan, people, tasks, eyes):
    services.complete_task(tasks.t1, done_on=date(2026, 10, 23), actor=people.pm, now=NOW)
    services.update_progress(
        tasks.t4, percent=63, forecast_finish_on=date(2026, 12, 31), actor=people.owner4, now=NOW
    )
    action = act(plan, people, "it")
    action.due_on = date(2026, 11, 24)
    points = answers.task_agenda_points(plan.id, eyes("pm"), NOW)
    assert [p.title.in_language("zh") for p in points] == [
        "任务 4“建立客户信息管理系统”预计 12月31日完成，晚 5 个工作日",
        f"1 项行动项逾期：A-{action.number}",
    ]


def test_what_a_person_still_owns_is_said(plan, people):
    act(plan, people, "owner4")
    with in_language("en"):
        assert answers.what_a_person_owns(people.owner4.id) == [
            "Owns 1 open task.", "Has 1 open action item.",
        ]  # fmt: skip
        assert answers.what_a_person_owns(people.clerk.id) == []
    assert answers.why_owner_stays(plan.id, people.owner4.id, Role.owner)
    assert answers.why_owner_stays(plan.id, people.owner4.id, Role.head) is None
