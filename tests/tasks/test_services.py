"""Who owns a task, when it runs, how far it is."""

from datetime import date, timedelta

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.plans.access import people_with, viewer_of
from app.plans.models import Leave
from app.tasks import services
from app.tasks.events import TaskAssigned, TaskCompleted, TaskDatesChanged
from app.tasks.models import Step, TaskState
from tests.conftest import NOW

TODAY = date(2026, 11, 26)


def entries(row, action):
    return db.session.scalars(
        db.select(AuditEntry).where(
            AuditEntry.object_type == row.__tablename__,
            AuditEntry.object_id == row.id,
            AuditEntry.action == action,
        )
    ).all()


def move(task, people, **values):
    services.change_task_dates(
        task,
        **{"start_on": task.start_on, "finish_on": task.finish_on, "reason": "客户改期"} | values,
        actor=people.pm,
        now=NOW,
    )


def test_a_new_owner_holds_the_role_and_the_former_one_loses_it(plan, people, tasks, heard):
    assigned = heard(TaskAssigned)
    services.assign_task(
        tasks.t3, owner_id=people.clerk.id, department_id=None, actor=people.pm, now=NOW
    )
    owners = people_with(plan.id, Role.owner)
    assert people.clerk in owners and people.owner3 not in owners
    assert [(e.owner_id, e.former_owner_id) for e in assigned] == [
        (people.clerk.id, people.owner3.id)
    ]
    assert entries(tasks.t3, "assigned")[0].changes["owner_id"] == [
        people.owner3.id, people.clerk.id,
    ]  # fmt: skip


def test_whoever_still_owns_another_task_keeps_the_role(plan, people, tasks):
    services.assign_task(
        tasks.t3, owner_id=people.owner2.id, department_id=None, actor=people.pm, now=NOW
    )
    services.assign_task(tasks.t3, owner_id=None, department_id=None, actor=people.pm, now=NOW)
    assert people.owner2 in people_with(plan.id, Role.owner)


def test_somebody_who_left_cannot_own_a_task(people, tasks):
    people.stranger.is_enabled = False
    with pytest.raises(DomainError) as error:
        services.assign_task(
            tasks.t1, owner_id=people.stranger.id, department_id=None, actor=people.pm, now=NOW
        )
    assert error.value.field == "owner_id"


def test_only_the_manager_assigns_and_moves(people, tasks):
    with pytest.raises(Forbidden):
        services.assign_task(
            tasks.t4, owner_id=None, department_id=None, actor=people.owner4, now=NOW
        )
    with pytest.raises(Forbidden):
        services.change_task_dates(
            tasks.t4, start_on=tasks.t4.start_on, finish_on=TODAY, reason="x",
            actor=people.owner4, now=NOW,
        )  # fmt: skip
    with pytest.raises(NotFound):
        services.assign_task(
            tasks.t4, owner_id=None, department_id=None, actor=people.stranger, now=NOW
        )


def test_a_finish_before_the_start_is_refused_at_its_field(people, tasks):
    with pytest.raises(DomainError) as error:
        move(tasks.t2, people, finish_on=tasks.t2.start_on - timedelta(days=1))
    assert error.value.field == "finish_on"


def test_a_start_before_the_plan_is_refused_at_its_field(people, tasks):
    with pytest.raises(DomainError) as error:
        move(tasks.t2, people, start_on=date(2026, 9, 1))
    assert error.value.field == "start_on"


def test_committed_dates_need_a_reason(people, tasks):
    with pytest.raises(DomainError) as error:
        move(tasks.t2, people, finish_on=tasks.t2.finish_on + timedelta(days=7), reason="")
    assert error.value.field == "reason"


def test_moved_dates_are_audited_announced_and_leave_the_baseline(people, tasks, heard):
    moved = heard(TaskDatesChanged)
    old = tasks.t4.finish_on
    move(tasks.t4, people, finish_on=date(2027, 1, 8))
    assert tasks.t4.baseline_finish_on == old
    assert [(e.old_finish_on, e.new_finish_on, e.number) for e in moved] == [
        (old, date(2027, 1, 8), 4)
    ]
    changes = entries(tasks.t4, "dates_changed")[0].changes
    assert changes["reason"] == [None, "客户改期"]
    assert changes["finish_on"] == [old.isoformat(), "2027-01-08"]


def test_the_same_dates_change_nothing(people, tasks, heard):
    moved = heard(TaskDatesChanged)
    move(tasks.t4, people, reason="")
    assert moved == [] and entries(tasks.t4, "dates_changed") == []


def test_the_plans_end_follows_its_last_task_both_ways(plan, people, tasks):
    before = plan.finish_on
    move(tasks.t5, people, finish_on=before + timedelta(days=14))
    assert plan.finish_on == before + timedelta(days=14)
    move(tasks.t5, people, finish_on=before - timedelta(days=14))
    assert plan.finish_on == max(
        t.finish_on for t in (tasks.t1, tasks.t2, tasks.t3, tasks.t4, tasks.t5)
    )


def test_putting_into_effect_follows_task_1_until_it_is_set_by_hand(plan, people, tasks):
    assert plan.go_live_on == tasks.t1.finish_on
    move(tasks.t1, people, finish_on=date(2026, 11, 6))
    assert plan.go_live_on == date(2026, 11, 6)
    plan.go_live_on = date(2026, 11, 16)
    move(tasks.t1, people, finish_on=date(2026, 11, 13))
    assert plan.go_live_on == date(2026, 11, 16)


def progress(task, actor, **values):
    services.update_progress(task, **{"percent": 40} | values, actor=actor, now=NOW)


def test_the_owner_updates_progress_and_forecast(people, tasks):
    progress(tasks.t4, people.owner4, percent=63, forecast_finish_on=date(2027, 1, 8))
    assert (tasks.t4.progress_percent, tasks.t4.state) == (63, TaskState.active)
    assert tasks.t4.forecast_finish_on == date(2027, 1, 8)
    assert entries(tasks.t4, "progress")


def test_the_committed_day_is_no_forecast(people, tasks):
    progress(tasks.t4, people.owner4, forecast_finish_on=tasks.t4.finish_on)
    assert tasks.t4.forecast_finish_on is None


def test_another_owner_may_not_update_but_a_substitute_on_leave_may(people, tasks):
    with pytest.raises(Forbidden):
        progress(tasks.t4, people.owner3)
    db.session.add(
        Leave(person_id=people.owner4.id, first_on=TODAY, last_on=TODAY,
              substitute_id=people.owner3.id)
    )  # fmt: skip
    progress(tasks.t4, people.owner3)
    assert tasks.t4.progress_percent == 40


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"percent": 101}, "percent"),
        ({"percent": -1}, "percent"),
        ({"percent": 40, "state": TaskState.done}, "percent"),
        ({"percent": 40, "state": TaskState.not_started}, "percent"),
        ({"forecast_finish_on": date(2026, 11, 25)}, "forecast_finish_on"),
        ({"forecast_finish_on": date(2026, 1, 1)}, "forecast_finish_on"),
        ({"percent": 100}, "done_on"),
        ({"percent": 100, "done_on": date(2026, 11, 27)}, "done_on"),
        ({"percent": 100, "done_on": date(2026, 9, 1)}, "done_on"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(people, tasks, values, field):
    with pytest.raises(DomainError) as error:
        progress(tasks.t4, people.owner4, **values)
    assert error.value.field == field


def test_a_hundred_percent_finishes_the_task_and_its_steps(people, tasks, heard):
    completed = heard(TaskCompleted)
    progress(tasks.t4, people.owner4, percent=100, done_on=date(2026, 11, 25))
    assert tasks.t4.is_done and tasks.t4.done_on == date(2026, 11, 25)
    assert [e.task_id for e in completed] == [tasks.t4.id]
    assert services.open_steps(tasks.t4.id) == []
    steps = db.session.scalars(db.select(Step).where(Step.task_id == tasks.t4.id)).all()
    assert {s.progress_percent for s in steps} == {100}


def test_a_hundred_percent_may_stay_under_way(people, tasks):
    progress(tasks.t4, people.owner4, percent=100, state=TaskState.active)
    assert not tasks.t4.is_done and tasks.t4.progress_percent == 100


def test_a_finished_task_is_reopened_with_a_reason(people, tasks):
    services.complete_task(tasks.t1, done_on=date(2026, 10, 23), actor=people.owner1, now=NOW)
    with pytest.raises(DomainError):
        progress(tasks.t1, people.owner1)
    with pytest.raises(DomainError) as error:
        services.reopen_task(tasks.t1, percent=90, reason="", actor=people.pm, now=NOW)
    assert error.value.field == "reason"
    services.reopen_task(tasks.t1, percent=90, reason="标准要补一页", actor=people.pm, now=NOW)
    assert tasks.t1.state is TaskState.active and tasks.t1.done_on is None


def test_the_second_saver_is_told_what_the_first_saved(people, tasks):
    seen = tasks.t4.version
    progress(tasks.t4, people.owner4, percent=50, version=seen)
    db.session.flush()
    with pytest.raises(Conflict) as error:
        progress(tasks.t4, people.pm, percent=60, version=seen)
    assert error.value.theirs["percent"] == 50
    assert tasks.t4.progress_percent == 50


def test_edited_words_are_the_persons_own(people, tasks):
    services.describe_task(
        tasks.t2, title=LocalText(own="前台培训"), description="", weight=3,
        actor=people.pm, now=NOW,
    )  # fmt: skip
    assert tasks.t2.title.in_language("en") == "前台培训"
    assert entries(tasks.t2, "described")


def test_the_new_owner_sees_the_plan(plan, people, tasks):
    assert viewer_of(people.stranger, plan.id) is None
    services.assign_task(
        tasks.t2, owner_id=people.stranger.id, department_id=None, actor=people.pm, now=NOW
    )
    assert viewer_of(people.stranger, plan.id).has(Role.owner)
