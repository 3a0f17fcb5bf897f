"""Trying new dates, and applying them as one change."""

from datetime import date, timedelta

import pytest

from app.comms.models import Channel, Message
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.registries import plan_dates
from app.plans.access import viewer_of
from app.plans.models import Leave
from app.tasks import services
from app.tasks.events import PlanRescheduled, TaskDatesChanged
from app.tasks.models import Step
from app.tasks.moving import apply_moves, preview_moves
from app.tasks.rescheduling import Change
from tests.conftest import NOW
from tests.sql import counted

LATE = date(2027, 1, 8)


@pytest.fixture
def steps(plan):
    """Steps by their number in the plan: steps["4.2"]."""
    rows = db.session.scalars(db.select(Step).where(Step.plan_id == plan.id))
    return {f"{step.task.number}.{step.number}": step for step in rows}


@pytest.fixture
def act(plan, people):
    """act(task=…, finish_on=…) applies one change as the manager."""

    def apply(row, reason="场地要到月底才空出来", actor=None, **dates):
        return apply_moves(
            plan.id, [change(row, **dates)], reason=reason, actor=actor or people.pm, now=NOW
        )

    return apply


def change(row, **dates):
    return Change(f"{'step' if isinstance(row, Step) else 'task'}:{row.id}", **dates)


def entries(action):
    return db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
    ).all()


def look(plan, people, row, actor=None, **dates):
    return preview_moves(plan.id, [change(row, **dates)], actor=actor or people.pm, now=NOW)


def everything():
    return [
        sorted(map(tuple, db.session.execute(table.select()).all()), key=repr)
        for table in db.metadata.sorted_tables
    ]


def test_a_preview_keeps_nothing_not_even_a_message(plan, people, tasks):
    before = everything()
    assert look(plan, people, tasks.t2, finish_on=LATE).moves
    db.session.flush()
    assert everything() == before


def test_the_preview_says_just_what_applying_it_does(plan, people, tasks):
    shown = look(plan, people, tasks.t2, finish_on=LATE)
    made = apply_moves(
        plan.id, [change(tasks.t2, finish_on=LATE)], reason="客户改期", seen=shown.seen,
        actor=people.pm, now=NOW,
    )  # fmt: skip
    assert made == shown
    assert {m.key: (m.new_start_on, m.new_finish_on) for m in made.moves}["task:2"][1] == LATE
    assert tasks.t2.finish_on == LATE


def test_what_hangs_on_a_task_is_shown_by_kind(plan, people, tasks):
    shown = look(plan, people, tasks.t4, finish_on=LATE)
    groups = dict(shown.groups)
    windows = [(row.before.last_on, row.after.last_on) for row in groups["window"]]
    assert (tasks.t4.finish_on, LATE) in windows
    assert [row.present.key for row in groups["report"]] == ["report:4"]
    assert "inspection" not in groups and "meeting" not in groups


def test_a_later_end_of_the_plan_brings_meetings_and_values_with_it(plan, people, tasks):
    later = plan.finish_on + timedelta(days=70)
    shown = look(plan, people, tasks.t5, finish_on=later)
    groups = dict(shown.groups)
    assert shown.finish[1] == later and shown.finish_workdays > 0
    assert all(row.before is None for row in groups["meeting"])
    assert groups["measurement"]


def test_the_plan_and_going_live_follow_as_with_a_single_edit(plan, people, tasks, act):
    old = tasks.t1.finish_on
    assert plan.go_live_on == old
    made = act(tasks.t1, finish_on=old + timedelta(days=7))
    assert plan.go_live_on == tasks.t1.finish_on
    assert plan.finish_on == max(t.finish_on for t in vars(tasks).values())
    assert "go_live" in dict(made.groups)


def test_one_change_is_one_entry_on_the_plan_and_one_on_each_row_with_the_reason(act, tasks, plan):
    made = act(tasks.t4, start_on=None, finish_on=LATE)
    (entry,) = entries("rescheduled")
    assert entry.plan_id == plan.id and entry.changes["reason"] == [None, "场地要到月底才空出来"]
    assert set(entry.changes) == {"reason", *(move.key for move in made.moves)}
    rows = entries("dates_changed")
    assert len(rows) == len(made.moves)
    assert {row.changes["reason"][1] for row in rows} == {"场地要到月底才空出来"}


def test_it_is_announced_once_and_not_task_by_task(act, tasks, heard):
    together, alone = heard(PlanRescheduled), heard(TaskDatesChanged)
    act(tasks.t1, finish_on=date(2026, 12, 31))
    assert len(together) == 1 and not alone
    assert {move.key for move in together[0].moves} >= {"task:1"}


def test_each_person_concerned_is_told_once(act, tasks, people):
    # Whoever did it knows of it, also where the task is their own.
    tasks.t2.owner_id = people.pm.id
    db.session.flush()
    act(tasks.t1, finish_on=date(2026, 12, 31))
    told = db.session.scalars(
        db.select(Message).where(Message.kind == "rescheduled", Message.channel == Channel.inbox)
    ).all()
    recipients = [message.recipient_id for message in told]
    assert len(set(recipients)) == len(recipients)
    assert people.owner1.id in recipients and people.pm.id not in recipients
    assert not db.session.scalars(db.select(Message).where(Message.kind == "task_dates")).all()
    mine = next(m for m in told if m.recipient_id == people.owner1.id)
    assert "场地要到月底才空出来" in mine.body_text and "1 " in mine.body_text


def test_a_step_moved_beyond_its_task_takes_the_task_with_it(act, tasks, steps):
    last = steps["4.4"] if "4.4" in steps else steps["4.3"]
    act(last, finish_on=LATE)
    assert tasks.t4.finish_on == LATE and last.finish_on == LATE


def test_one_new_day_for_a_milestone_of_several_days_is_its_new_finish(act, tasks, steps):
    step = steps["4.2"]
    step.is_milestone, step.start_on, step.finish_on = True, date(2026, 12, 7), date(2026, 12, 11)
    db.session.flush()
    act(step, start_on=date(2026, 12, 15), finish_on=date(2026, 12, 15))
    assert (step.start_on, step.finish_on) == (date(2026, 12, 7), date(2026, 12, 15))


def test_moves_stand_in_the_order_of_the_plan_each_task_before_its_steps(plan, people, tasks):
    shown = look(plan, people, tasks.t1, finish_on=LATE)
    labels = [[int(n) for n in move.label.split(".")] for move in shown.moves]
    assert labels == sorted(labels) and len(labels) > 2


def test_applying_the_same_twice_says_that_nothing_moves(act, tasks):
    act(tasks.t4, finish_on=LATE)
    with pytest.raises(DomainError) as error:
        act(tasks.t4, finish_on=LATE)
    assert error.value.field is None
    assert len(entries("rescheduled")) == 1


def test_a_reason_is_needed_to_apply(act, tasks):
    with pytest.raises(DomainError) as error:
        act(tasks.t4, finish_on=LATE, reason="")
    assert error.value.field == "reason" and tasks.t4.finish_on != LATE


def test_whoever_looked_before_others_moved_dates_is_told_what_moved(plan, people, tasks, act):
    seen = look(plan, people, tasks.t4, finish_on=LATE).seen
    services.change_task_dates(
        tasks.t3, start_on=tasks.t3.start_on, finish_on=date(2027, 1, 29), reason="x",
        actor=people.pm, now=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as error:
        apply_moves(plan.id, [change(tasks.t4, finish_on=LATE)], reason="x", seen=seen,
                    actor=people.pm, now=NOW)  # fmt: skip
    (name,) = error.value.theirs
    assert name.startswith("3 ") and "01-29" in error.value.theirs[name]


def test_words_that_others_changed_are_no_conflict(plan, people, tasks):
    seen = look(plan, people, tasks.t4, finish_on=LATE).seen
    services.update_progress(tasks.t3, percent=1, actor=people.pm, now=NOW)
    apply_moves(plan.id, [change(tasks.t4, finish_on=LATE)], reason="x", seen=seen,
                actor=people.pm, now=NOW)  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"start_on": date(2026, 12, 10), "finish_on": date(2026, 12, 1)}, "finish_on"),
        ({"finish_on": date(2020, 1, 1)}, "finish_on"),
        ({"start_on": date(2026, 9, 1)}, "start_on"),
        ({"start_on": date(2099, 12, 30)}, "finish_on"),
        ({}, "start_on"),
    ],
)
def test_dates_that_cannot_be_are_said_at_their_field(plan, people, tasks, dates, field):
    with pytest.raises(DomainError) as error:
        look(plan, people, tasks.t5, **dates)
    assert error.value.field == field


def test_what_is_finished_or_fixed_stays_and_what_has_begun_keeps_its_start(plan, people, tasks):
    tasks.t5.is_fixed = True
    services.update_progress(tasks.t4, percent=30, actor=people.pm, now=NOW)
    services.complete_task(tasks.t1, done_on=date(2026, 11, 20), actor=people.pm, now=NOW)
    for row, dates in (
        (tasks.t5, {"finish_on": LATE}),
        (tasks.t1, {"finish_on": LATE}),
        (tasks.t4, {"start_on": date(2026, 11, 30)}),
    ):
        with pytest.raises(DomainError):
            look(plan, people, row, **dates)
    assert look(plan, people, tasks.t4, finish_on=LATE).moves


@pytest.mark.parametrize("key", ["task:99", "step:99999", "", "x" * 200, "plan:1", "task:-1"])
def test_an_unknown_key_is_refused_in_a_sentence(plan, people, key):
    with pytest.raises(DomainError) as error:
        preview_moves(plan.id, [Change(key, finish_on=LATE)], actor=people.pm, now=NOW)
    assert error.value.field == "key"


def test_the_same_item_twice_is_refused(plan, people):
    twice = [Change("task:4", finish_on=LATE), Change("task:4", start_on=LATE)]
    with pytest.raises(DomainError):
        preview_moves(plan.id, twice, actor=people.pm, now=NOW)


def test_a_stranger_finds_no_plan_and_a_clerk_may_not(plan, people, tasks):
    with pytest.raises(NotFound):
        look(plan, people, tasks.t4, actor=people.stranger, finish_on=LATE)
    with pytest.raises(Forbidden):
        look(plan, people, tasks.t4, actor=people.clerk, finish_on=LATE)


def test_an_owner_moves_a_step_within_the_own_task(plan, people, tasks, steps, act):
    step = steps["4.2"]
    step.finish_on = max(step.start_on, step.finish_on - timedelta(days=1))
    db.session.flush()
    made = act(step, actor=people.owner4, finish_on=step.finish_on + timedelta(days=1))
    assert [move.key for move in made.moves] == [f"step:{step.id}"]


def test_an_owner_sees_what_else_would_move_and_who_may_do_it(plan, people, tasks, steps, act):
    last = max((s for s in steps.values() if s.task_id == tasks.t4.id), key=lambda s: s.number)
    shown = look(plan, people, last, actor=people.owner4, finish_on=LATE)
    assert "4 " in shown.refusal
    with pytest.raises(Forbidden) as error:
        act(last, actor=people.owner4, finish_on=LATE)
    assert str(error.value) == shown.refusal
    assert tasks.t4.finish_on != LATE


def test_an_owner_does_not_try_other_peoples_steps_or_a_whole_task(plan, people, tasks, steps):
    for row in (steps["3.1"], tasks.t4):
        with pytest.raises(Forbidden):
            look(plan, people, row, actor=people.owner4, finish_on=LATE)


def test_whoever_stands_in_for_the_owner_moves_the_steps_too(plan, people, tasks, steps, act):
    db.session.add(
        Leave(person_id=people.owner4.id, first_on=date(2026, 11, 23),
              last_on=date(2026, 11, 30), substitute_id=people.owner3.id)
    )  # fmt: skip
    db.session.flush()
    step = steps["4.2"]
    assert look(plan, people, step, actor=people.owner3, finish_on=step.finish_on).moves == ()


def test_the_head_of_the_risk_is_told_when_its_window_moves(act, tasks, people):
    made = act(tasks.t2, finish_on=date(2027, 1, 29))
    assert "window" in dict(made.groups)
    told = {m.recipient_id for m in db.session.scalars(
        db.select(Message).where(Message.kind == "rescheduled"))}  # fmt: skip
    assert told & {people.training.id, people.it.id, people.administration.id, people.marketing.id}


def test_everybody_answers_where_dates_stand_within_a_few_statements(plan, people):
    viewer = viewer_of(people.pm, plan.id)
    for name, answer in plan_dates:
        answer(plan.id, viewer, NOW)
        with counted() as statements:
            rows = answer(plan.id, viewer, NOW)
        assert len(statements) <= 12, name
        assert len({row.key for row in rows}) == len(rows), name


def test_a_preview_costs_the_same_few_statements_for_many_moves(plan, people, tasks):
    def cost(row, **dates):
        look(plan, people, row, **dates)
        with counted() as statements:
            shown = look(plan, people, row, **dates)
        return len(statements), len(shown.moves)

    few, one = cost(tasks.t5, finish_on=plan.finish_on + timedelta(days=3))
    many, all_moved = cost(tasks.t1, finish_on=date(2027, 1, 8))
    assert all_moved > one
    # Each person who is told costs a few; each row that moves costs none to read.
    assert many - few <= 12 * all_moved and few < 150
