"""Keeping the schedule under a name, and choosing which one counts."""

import threading
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.core.snapshots import Snapshot
from app.core.unit_of_work import unit_of_work
from app.plans.calendars import work_calendar
from app.tasks import step_services
from app.tasks.baseline_queries import (
    baseline_rows,
    current_baseline,
    effect_of,
    frozen_of,
    proposed_name,
    schedule_of,
    shown_name,
    sides,
)
from app.tasks.baselines import BaselineIsKept, measure_against, take_baseline
from app.tasks.budget_services import add_budget_line
from app.tasks.comparing import Standing, compare
from app.tasks.freezing import committed_now, expected_now, first_approved
from app.tasks.models import Baseline, Link, Step, Task
from app.tasks.services import change_task_dates, update_progress
from app.tasks.state import step_rows, task_rows
from tests.conftest import NOW, STARTED
from tests.sql import counted

TODAY = date(2026, 11, 26)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def first(plan) -> Baseline:
    """The baseline that the plan was started with."""
    return db.session.scalars(select(Baseline)).one()


def take(people, name="after the holiday", **other) -> Baseline:
    return take_baseline(1, name=name, actor=people.pm, now=NOW, **other)


def move(task, people, *, finish_on: date) -> None:
    change_task_dates(
        task, start_on=task.start_on, finish_on=finish_on, reason="the hall is rebuilt",
        actor=people.pm, now=NOW,
    )  # fmt: skip


def new_step(task, people) -> Step:
    return step_services.add_step(
        task, title=LocalText(own="a late idea"), start_on=task.start_on,
        finish_on=task.finish_on, actor=people.pm, now=NOW,
    )  # fmt: skip


# -- the first one --------------------------------------------------------------------------------


def test_a_plan_is_started_with_its_first_baseline(plan, first, people):
    assert first.is_current and first.created_at == STARTED
    assert first.created_by_id == people.pm.id
    assert current_baseline(plan.id) is first
    assert compare(frozen_of(first), committed_now(plan.id), work_calendar()).is_empty


def test_its_dates_are_the_ones_that_lateness_is_measured_against(plan, first):
    items = frozen_of(first).items
    for task in db.session.scalars(select(Task)):
        kept = items[f"task:{task.id}"]
        assert (kept.start_on, kept.finish_on) == (task.baseline_start_on, task.baseline_finish_on)
    for step in db.session.scalars(select(Step)):
        kept = items[f"step:{step.id}"]
        assert (kept.start_on, kept.finish_on) == (step.baseline_start_on, step.baseline_finish_on)


def test_the_first_name_follows_the_reader_and_a_persons_own_does_not(plan, first):
    for language, name in (("zh", "基准 1"), ("en", "Baseline 1")):
        with in_language(language):
            assert shown_name(first.name) == name
            assert shown_name("after the holiday") == "after the holiday"


# -- taking one -----------------------------------------------------------------------------------


def test_a_baseline_keeps_everything_of_every_task_and_step(plan, tasks, people):
    tasks.t4.not_before_on, tasks.t4.is_fixed = date(2026, 11, 9), True
    update_progress(tasks.t4, percent=35, actor=people.owner4, now=NOW)
    for cents in (120_050, 79_950):
        add_budget_line(
            plan.id, title=LocalText(own="x"), planned_cents=cents, task_id=tasks.t4.id,
            actor=people.pm, now=NOW,
        )  # fmt: skip
    add_budget_line(plan.id, title=LocalText(own="x"), planned_cents=7, actor=people.pm, now=NOW)
    frozen = frozen_of(take(people))
    kept = frozen.items[f"task:{tasks.t4.id}"]
    assert (kept.number, kept.title, kept.owner_id) == (4, tasks.t4.title, people.owner4.id)
    assert (kept.start_on, kept.finish_on) == (tasks.t4.start_on, tasks.t4.finish_on)
    assert kept.workdays == work_calendar().workdays_in(tasks.t4.start_on, tasks.t4.finish_on)
    assert (kept.percent, kept.state, kept.not_before_on, kept.is_fixed) == (
        35, "active", date(2026, 11, 9), True,
    )  # fmt: skip
    assert kept.planned_cents == 200_000 and frozen.planned_cents == 7
    assert len(frozen.items) == len(db.session.scalars(select(Task.id)).all()) + len(
        db.session.scalars(select(Step.id)).all()
    )
    milestones = {f"step:{s.id}" for s in db.session.scalars(select(Step)) if s.is_milestone}
    assert milestones and all(frozen.items[key].workdays == 0 for key in milestones)
    link = db.session.scalars(select(Link)).first()
    assert (link.before_key, link.after_key, link.kind.value, link.lag_workdays) in {
        (k.before, k.after, k.kind, k.lag) for k in frozen.links
    }


def test_taking_one_does_not_change_which_one_counts(plan, first, people):
    taken = take(people)
    assert not taken.is_current and current_baseline(plan.id) is first


def test_two_baselines_of_a_plan_have_different_names(plan, first, people):
    take(people, name="spring")
    for name in ("spring", "Baseline 1", "基准 1", "基准1"):
        with pytest.raises(DomainError) as caught:
            take(people, name=name)
        assert caught.value.field == "name"


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_a_baseline_needs_a_name_that_fits(plan, people, name):
    with pytest.raises(DomainError) as caught:
        take(people, name=name)
    assert caught.value.field == "name"


def test_the_next_free_name_is_proposed(plan, people):
    with in_language("en"):
        assert proposed_name(plan.id) == "Baseline 2"
        take(people, name="Baseline 3")
        assert proposed_name(plan.id) == "Baseline 4"


@pytest.mark.parametrize("key", ["owner4", "it", "exec", "clerk"])
def test_only_the_manager_takes_one_or_chooses(plan, first, people, key):
    actor = getattr(people, key)
    with pytest.raises(Forbidden):
        take_baseline(plan.id, name="mine", actor=actor, now=NOW)
    with pytest.raises(Forbidden):
        measure_against(first, reason="x", actor=actor, now=NOW)
    with pytest.raises(NotFound):
        take_baseline(plan.id, name="mine", actor=people.stranger, now=NOW)


# -- never changed --------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["name", "note", "snapshot_id", "created_by_id"])
def test_nothing_of_a_baseline_can_be_changed(plan, first, people, field):
    taken = take(people)
    setattr(first, field, taken.snapshot_id if field == "snapshot_id" else None if
            field == "created_by_id" else "else")  # fmt: skip
    with pytest.raises(BaselineIsKept):
        db.session.flush()


def test_a_baseline_cannot_be_removed(plan, first):
    db.session.delete(first)
    with pytest.raises(BaselineIsKept):
        db.session.flush()


@pytest.mark.parametrize("act", ["change", "remove"])
def test_nor_can_what_it_keeps(plan, first, act):
    snapshot = db.session.get_one(Snapshot, first.snapshot_id)
    if act == "change":
        snapshot.body = "{}"
    else:
        db.session.delete(snapshot)
    with pytest.raises(BaselineIsKept):
        db.session.flush()


def test_tampering_behind_the_programs_back_is_seen_by_the_hash(plan, first):
    assert baseline_rows(plan.id)[0].is_sound
    db.session.execute(
        Snapshot.__table__.update()
        .where(Snapshot.id == first.snapshot_id)
        .values(body=func.replace(Snapshot.body, "2027", "2028"))
    )
    db.session.expire_all()
    assert not baseline_rows(plan.id)[0].is_sound


def test_what_a_newer_program_kept_is_not_guessed_at(plan, first):
    db.session.execute(
        Snapshot.__table__.update()
        .where(Snapshot.id == first.snapshot_id)
        .values(body=func.replace(Snapshot.body, '"format":1', '"format":2'))
    )
    db.session.expire_all()
    with pytest.raises(DomainError):
        frozen_of(first)
    assert baseline_rows(plan.id)


def test_later_changes_leave_it_as_it_was(plan, tasks, first, people):
    before = frozen_of(first)
    move(tasks.t5, people, finish_on=tasks.t5.finish_on + timedelta(days=14))
    new_step(tasks.t5, people)
    db.session.expire_all()
    assert frozen_of(first) == before


# -- the one that counts --------------------------------------------------------------------------


def test_measuring_against_another_copies_its_dates(plan, tasks, first, people):
    later = tasks.t5.finish_on + timedelta(days=14)
    move(tasks.t5, people, finish_on=later)
    taken = take(people)
    measure_against(taken, reason="agreed on 26 November", actor=people.pm, now=LATER)
    assert (taken.is_current, first.is_current) == (True, False)
    assert tasks.t5.baseline_finish_on == later
    steps = db.session.scalars(select(Step).where(Step.task_id == tasks.t5.id)).all()
    assert all((s.baseline_start_on, s.baseline_finish_on) == (s.start_on, s.finish_on)
               for s in steps)  # fmt: skip


def test_a_step_that_came_later_has_no_baseline_and_a_task_keeps_its_commitment(
    plan, tasks, first, people
):
    step = new_step(tasks.t4, people)
    extra = Task(
        plan_id=plan.id, number=6, title=LocalText(own="later"), duration_workdays=5,
        start_on=date(2027, 1, 4), finish_on=date(2027, 1, 8),
        baseline_start_on=date(2026, 12, 1), baseline_finish_on=date(2026, 12, 2),
    )  # fmt: skip
    db.session.add(extra)
    taken = take(people)
    measure_against(taken, reason="x", actor=people.pm, now=LATER)
    assert step.baseline_start_on == step.start_on
    move(extra, people, finish_on=date(2027, 1, 15))
    measure_against(first, reason="back", actor=people.pm, now=LATER)
    assert (step.baseline_start_on, step.baseline_finish_on) == (None, None)
    assert (extra.baseline_start_on, extra.baseline_finish_on) == (
        extra.start_on, extra.finish_on,
    )  # fmt: skip
    # And the plan is still read with it.
    calendar = work_calendar()
    assert task_rows(plan.id, TODAY, calendar, step_rows(plan.id, TODAY, calendar))


def test_what_it_would_change_is_what_it_changes(plan, tasks, first, people):
    move(tasks.t4, people, finish_on=tasks.t4.finish_on + timedelta(days=21))
    taken = take(people)
    new_step(tasks.t4, people)
    calendar = work_calendar()

    def late():
        rows = task_rows(plan.id, TODAY, calendar, step_rows(plan.id, TODAY, calendar))
        return sum(row.days_late > 0 for row in rows)

    effect = effect_of(taken, TODAY)
    assert effect.late_now == late() and effect.later_steps == 1
    before = {r: (r.baseline_start_on, r.baseline_finish_on)
              for kind in (Task, Step) for r in db.session.scalars(select(kind))}  # fmt: skip
    measure_against(taken, reason="x", actor=people.pm, now=LATER)
    assert effect.late_then == late() < effect.late_now
    assert effect.total == len(before)
    assert effect.changed == sum(
        was != (r.baseline_start_on, r.baseline_finish_on) for r, was in before.items()
    )


def test_it_needs_a_reason_and_is_not_done_twice(plan, first, people):
    taken = take(people)
    with pytest.raises(DomainError) as caught:
        measure_against(taken, reason="", actor=people.pm, now=NOW)
    assert caught.value.field == "reason"
    with pytest.raises(DomainError):
        measure_against(first, reason="x", actor=people.pm, now=NOW)


def test_when_two_choose_at_once_one_counts_in_the_end(app, people, first):
    ids = [take(people, name=name).id for name in ("one", "two")]
    pm_id = people.pm.id
    db.session.commit()
    has_chosen = threading.Event()

    def choose(baseline_id: int, wait: bool) -> None:
        with app.app_context():
            if wait:
                has_chosen.wait(5)
            with unit_of_work():
                chosen = db.session.get_one(Baseline, baseline_id)
                actor = db.session.get_one(Person, pm_id)
                measure_against(chosen, reason="x", actor=actor, now=LATER)
                if not wait:
                    has_chosen.set()
                    time.sleep(0.3)  # The other one is at the door by now.
            db.session.remove()

    threads = [
        threading.Thread(target=choose, args=(key, wait))
        for key, wait in zip(ids, (False, True), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    counting = db.session.scalars(select(Baseline.id).where(Baseline.is_current)).all()
    assert counting == [ids[1]]


def test_the_trail_says_who_chose_it_why_and_from_what_to_what(plan, tasks, first, people):
    was, later = tasks.t5.finish_on, tasks.t5.finish_on + timedelta(days=7)
    move(tasks.t5, people, finish_on=later)
    taken = take(people)
    measure_against(taken, reason="agreed", actor=people.pm, now=LATER)
    db.session.flush()
    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action.in_(("measured_against", "baseline_changed")))
    ).all()
    (chosen,) = [row for row in rows if row.object_type == "baselines"]
    assert chosen.object_id == taken.id and chosen.actor_id == people.pm.id
    assert chosen.changes["reason"] == [None, "agreed"]
    assert chosen.changes["former"] == ["Baseline 1", "after the holiday"]
    (moved,) = [row for row in rows if row.object_type == "tasks"]
    assert moved.object_id == tasks.t5.id
    assert moved.changes["baseline_finish_on"] == [was.isoformat(), later.isoformat()]


def test_nobody_is_told_as_no_work_moves(plan, tasks, first, people, heard):
    from app.tasks.events import TaskDatesChanged

    taken = take(people)
    said = heard(TaskDatesChanged)
    measure_against(taken, reason="x", actor=people.pm, now=LATER)
    assert said == []


# -- compared with today --------------------------------------------------------------------------


def test_a_step_that_was_removed_is_shown_as_it_was(plan, tasks, first, people):
    step = db.session.scalars(select(Step).where(Step.task_id == tasks.t4.id)).first()
    key, title, finish = f"step:{step.id}", step.title, step.finish_on
    step_services.remove_step(step, actor=people.pm, now=NOW)
    found = compare(frozen_of(first), committed_now(plan.id), work_calendar())
    (row,) = found.of(Standing.removed)
    assert (row.key, row.item.title, row.item.finish_on) == (key, title, finish)


def test_expected_days_are_those_of_the_tasks_page(plan, tasks, people):
    update_progress(
        tasks.t4, percent=10, forecast_finish_on=tasks.t4.finish_on + timedelta(days=7),
        actor=people.owner4, now=NOW,
    )  # fmt: skip
    calendar = work_calendar()
    items = expected_now(plan.id, TODAY).items
    steps = step_rows(plan.id, TODAY, calendar)
    for row in task_rows(plan.id, TODAY, calendar, steps):
        assert items[f"task:{row.id}"].finish_on == row.expected_finish_on
    for row in steps:
        assert items[f"step:{row.id}"].finish_on == row.expected_finish_on


def test_in_a_plan_from_before_the_first_baseline_is_read_from_its_tasks(
    plan, tasks, first, people
):
    kept = frozen_of(first)
    db.session.execute(Baseline.__table__.delete())
    db.session.expire_all()
    move(tasks.t5, people, finish_on=tasks.t5.finish_on + timedelta(days=7))
    new_step(tasks.t5, people)
    assert current_baseline(plan.id) is None
    assert [side.key for side in sides(plan.id)] == ["first", "today", "committed"]
    assert compare(kept, first_approved(plan.id), work_calendar()).is_empty


def test_a_schedule_is_read_with_the_same_few_statements_however_large(plan, tasks, people):
    def cost(key):
        db.session.expire_all()
        with counted() as statements:
            schedule_of(plan.id, key, TODAY, True)
        return len(statements)

    taken = take(people)
    keys = ("today", "committed", "first", str(taken.id))
    before = [cost(key) for key in keys]
    for _number in range(20):
        new_step(tasks.t4, people)
    more = take(people, name="more")
    assert [cost(key) for key in (*keys[:3], str(more.id))] == before
    assert max(before) <= 16
