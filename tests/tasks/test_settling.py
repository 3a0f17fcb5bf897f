"""When a day becomes a day off, dates follow by the rule of each task and step."""

from datetime import date

import pytest

from app.accounts.models import Department
from app.comms.models import Message
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.localtext import LocalText
from app.plans import daybook
from app.plans.models import CalendarDay, DepartmentDay, PlanPhase
from app.tasks.events import TaskDatesChanged
from app.tasks.models import OffDay, Step, Task, TaskState
from app.tasks.settling import settle_dates
from tests.conftest import NOW
from tests.sql import counted

THURSDAY, FRIDAY, MONDAY = date(2026, 12, 17), date(2026, 12, 18), date(2026, 12, 21)


@pytest.fixture
def task(tasks):
    """A task that ends on a Friday and takes the next working day when it must."""
    tasks.t5.start_on, tasks.t5.finish_on = date(2026, 12, 7), FRIDAY
    tasks.t5.off_day = OffDay.following
    db.session.flush()
    return tasks.t5


def close(people, day=FRIDAY):
    """The company rests on a day."""
    return daybook.set_day(day, False, "年会", actor=people.admin, now=NOW)


def test_a_date_takes_the_next_working_day_when_its_own_is_off(task, people, heard):
    told = heard(TaskDatesChanged)
    close(people)
    assert task.finish_on == MONDAY and task.start_on == date(2026, 12, 7)
    assert task.duration_workdays == 10
    assert [(e.task_id, e.old_finish_on, e.new_finish_on) for e in told] == [
        (task.id, FRIDAY, MONDAY)
    ]
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "dates_changed")
    ).one()
    assert entry.actor_id == people.admin.id and entry.plan_id == task.plan_id
    assert entry.changes["finish_on"] == ["2026-12-18", "2026-12-21"]
    assert "12月18日" in entry.changes["reason"][1] or "18 Dec" in entry.changes["reason"][1]


def test_or_the_working_day_before_or_stays(task, people):
    task.off_day = OffDay.previous
    close(people)
    assert task.finish_on == THURSDAY
    task.off_day = OffDay.keep
    close(people, THURSDAY)
    assert task.finish_on == THURSDAY


def test_the_plan_follows_its_last_task(task, people, plan):
    for other in db.session.scalars(db.select(Task).where(Task.id != task.id)):
        other.finish_on = min(other.finish_on, FRIDAY)
        other.start_on = min(other.start_on, other.finish_on)
    plan.finish_on = FRIDAY
    close(people)
    assert plan.finish_on == MONDAY


@pytest.mark.parametrize("why", ["done", "fixed", "deadline", "closed plan", "past"])
def test_what_is_ended_fixed_or_held_stays(task, people, plan, why):
    day = FRIDAY
    if why == "done":
        task.state, task.progress_percent, task.done_on = TaskState.done, 100, date(2026, 11, 20)
    elif why == "fixed":
        task.is_fixed = True
    elif why == "deadline":
        task.not_after_on = FRIDAY
    elif why == "closed plan":
        plan.state = PlanPhase.closed
    else:
        day = date(2026, 11, 25)
        task.start_on, task.finish_on = date(2026, 11, 16), day
    db.session.flush()
    close(people, day)
    assert task.finish_on == day


def test_a_date_before_its_constraint_is_not_taken(task, people):
    task.start_on, task.finish_on, task.not_before_on = FRIDAY, MONDAY, FRIDAY
    task.off_day = OffDay.previous
    db.session.flush()
    close(people)
    assert task.start_on == FRIDAY


def test_a_step_follows_too_and_keeps_its_reason(task, people, heard):
    told = heard(TaskDatesChanged)
    task.off_day = OffDay.keep
    step = Step(
        plan_id=task.plan_id, task_id=task.id, number=90, title=LocalText.of("试讲"),
        start_on=FRIDAY, finish_on=FRIDAY, off_day=OffDay.previous,
    )  # fmt: skip
    db.session.add(step)
    db.session.flush()
    close(people)
    assert (step.start_on, step.finish_on) == (THURSDAY, THURSDAY)
    assert task.finish_on == FRIDAY and told == []
    entry = db.session.scalars(
        db.select(AuditEntry).where(
            AuditEntry.object_type == "steps", AuditEntry.object_id == step.id
        )
    ).one()
    assert entry.action == "dates_changed" and entry.changes["reason"][1]


def test_a_departments_day_moves_its_own_dates_only(task, people):
    it, training = (
        db.session.scalars(db.select(Department).where(Department.key == key)).one()
        for key in ("it", "training")
    )
    task.department_id = it.id
    db.session.add(DepartmentDay(department_id=training.id, on=FRIDAY, is_workday=False))
    db.session.flush()
    assert settle_dates(task.plan_id, people.pm, NOW) == 0
    db.session.add(DepartmentDay(department_id=it.id, on=FRIDAY, is_workday=False))
    db.session.flush()
    assert settle_dates(task.plan_id, people.pm, NOW) == 1
    assert task.finish_on == MONDAY
    assert settle_dates(task.plan_id, people.pm, NOW) == 0


def test_a_change_moves_only_what_stands_on_its_days(task, people):
    """Nobody is surprised by a move that another day caused."""
    db.session.add(CalendarDay(on=FRIDAY, is_workday=False))
    db.session.flush()
    close(people, date(2026, 12, 24))
    assert task.finish_on == FRIDAY


def test_looking_costs_the_same_for_one_task_and_for_many(task, tasks, people):
    def cost():
        db.session.expire_all()
        with counted() as statements:
            assert settle_dates(task.plan_id, people.pm, NOW) == 0
        return len(statements)

    one = cost()
    for other in (tasks.t1, tasks.t2, tasks.t3, tasks.t4):
        other.off_day = OffDay.following
    for step in db.session.scalars(db.select(Step)):
        step.off_day = OffDay.previous
    db.session.flush()
    settle_dates(task.plan_id, people.pm, NOW)
    db.session.flush()
    assert cost() <= one + 1 <= 9


def test_the_owner_is_told_and_the_tasks_history_says_why(task, people, client_of):
    close(people)
    db.session.commit()
    told = db.session.scalars(db.select(Message).where(Message.kind == "task_dates")).all()
    assert {row.recipient_id for row in told} == {task.owner_id}
    assert "12月18日" in client_of("pm").get(f"/tasks/{task.id}").text
    page = client_of("pm", "en").get(f"/tasks/{task.id}").text
    assert "工作日历变了" in page or "The working calendar changed" in page
