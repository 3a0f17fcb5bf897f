"""A revision's mark changes with every change, in its transaction, and with nothing else."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, update

from app.accounts.models import Person, SignIn
from app.accounts.sign_in import note_seen
from app.comms.models import Channel, Message, MessageState
from app.comms.outbox import About, row_for, write_rows
from app.comms.wording import Words
from app.core import clock
from app.core.db import db
from app.core.jobs import tick
from app.core.revisions import COMMON, Revision, is_counted
from app.core.trying import trial
from app.core.unit_of_work import own_connection, own_transaction
from app.plans.models import CalendarDay, Plan, PlanMember
from app.tasks.models import Task
from tests.conftest import NOW

# Whoever adds a name here says in the model why no kept page can go stale by it.
UNCOUNTED = {
    "revisions", "sign_ins", "password_resets", "attempts", "job_runs", "heartbeats",
    "message_attempts", "pack_downloads", "pack_policies", "pack_schedules", "pack_sendings",
    "pack_sending_packs",
}  # fmt: skip
UNCOUNTED_COLUMNS = {
    ("messages", name)
    for name in ("state", "attempts", "next_try_at", "bundle", "lease_until", "holder", "sent_at",
                 "answer")
}  # fmt: skip


def marks():
    """The marks as another reader sees them."""
    db.session.rollback()
    rows = {row.plan_id: row.mark for row in db.session.scalars(db.select(Revision))}
    db.session.rollback()
    return rows


def moved(before):
    after = marks()
    return {plan for plan in before.keys() | after.keys() if before.get(plan) != after.get(plan)}


def words():
    return Words("周报今天到期", "请在 17:00 前提交。", "", {})


def test_every_table_counts_but_those_that_say_why_not():
    assert {t.name for t in db.metadata.sorted_tables if not is_counted(t)} == UNCOUNTED
    assert {
        (table.name, column.name)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if not is_counted(column)
    } == UNCOUNTED_COLUMNS


def test_a_change_in_a_plan_moves_that_plans_mark_alone(plan):
    before = marks()
    db.session.get_one(Task, 1).progress_percent = 7
    db.session.commit()
    assert moved(before) == {plan.id}


def test_what_belongs_to_no_plan_moves_the_common_mark(people):
    before = marks()
    people.pm.name = "许静"
    db.session.commit()
    assert moved(before) == {COMMON}


def test_rows_that_come_and_go_move_it_too(context):
    before = marks()
    row = CalendarDay(on=date(2026, 12, 1), is_workday=False)
    db.session.add(row)
    db.session.commit()
    assert moved(before) == {COMMON}
    before = marks()
    db.session.delete(row)
    db.session.commit()
    assert moved(before) == {COMMON}


def test_reading_and_setting_what_stands_already_move_nothing(people, plan):
    before = marks()
    people.pm.name = str(people.pm.name)
    db.session.commit()
    assert moved(before) == set()


def test_what_is_rolled_back_moves_nothing(plan):
    before = marks()
    db.session.get_one(Task, 1).progress_percent = 7
    db.session.flush()
    db.session.rollback()
    db.session.get_one(Task, 1)
    db.session.commit()
    assert moved(before) == set()


def test_what_was_only_tried_moves_nothing_but_what_was_done_before_it_does(plan):
    before = marks()
    with trial():
        db.session.get_one(Task, 1).progress_percent = 7
        db.session.flush()
    db.session.commit()
    assert moved(before) == set()
    db.session.get_one(Task, 1).progress_percent = 8
    with trial():
        db.session.get_one(Task, 2).progress_percent = 7
        db.session.flush()
    db.session.commit()
    assert moved(before) == {plan.id}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (delete(PlanMember).where(PlanMember.plan_id == 1, PlanMember.person_id == 14), {1}),
        (update(Task).where(Task.plan_id == 1).values(progress_percent=3), {1}),
        (update(Task).where(Task.id == 1).values(progress_percent=3), {COMMON}),
        (update(Task.__table__).values(progress_percent=3), {COMMON}),
        (insert(CalendarDay).values(on=date(2026, 12, 1), is_workday=False, name="",
                                    source="own"), {COMMON}),
        (update(Message).values(state=MessageState.sending), set()),
        (update(Message).values(state=MessageState.sending, read_at=NOW), {COMMON}),
        (delete(SignIn), set()),
    ],
)  # fmt: skip
def test_statements_over_many_rows_move_the_mark_of_the_plan_they_name(
    plan, statement, expected
):
    before = marks()
    db.session.execute(statement)
    db.session.commit()
    assert moved(before) == expected


def test_a_message_moves_its_plans_mark_and_its_way_to_the_reader_does_not(people, plan):
    before = marks()
    about = About(plan.id, "report.due", "report:1", "2026-11-26")
    write_rows([row_for(about, channel, words(), person=people.pm, now=NOW)
                for channel in (Channel.inbox, Channel.mail)])  # fmt: skip
    db.session.commit()
    assert moved(before) == {plan.id}
    before = marks()
    row = db.session.scalars(db.select(Message).where(Message.channel == Channel.mail)).one()
    row.state, row.answer = MessageState.dead, "550"
    db.session.commit()
    assert moved(before) == set()
    row.read_at = NOW
    db.session.commit()
    assert moved(before) == {plan.id}


def test_an_own_transaction_moves_it_as_well(plan):
    plan_id, before = plan.id, marks()
    with own_transaction() as session:
        session.get_one(Plan, plan_id).company = "别的公司"
    assert moved(before) == {COMMON}


def test_a_connection_beside_the_session_writes_nothing_that_counts(context):
    with own_connection() as begin:
        with begin() as connection:
            connection.execute(update(Message.__table__).values(state=MessageState.sending))
        with pytest.raises(RuntimeError, match="through a session"), begin() as connection:
            connection.execute(update(Person.__table__).values(name="nobody"))
    assert "nobody" not in set(db.session.scalars(db.select(Person.name)))


def test_a_minute_in_which_nothing_falls_due_moves_nothing(context):
    later = NOW + timedelta(hours=3)
    with clock.fixed_at(later):
        tick(later)
        before = marks()
        tick(later + timedelta(minutes=1))
        note_seen("nobody's", later)
    assert moved(before) == set()


def test_no_mark_comes_twice_and_the_instant_never_runs_back(plan):
    seen = set()
    for minutes in (5, 3):
        with clock.fixed_at(NOW + timedelta(minutes=minutes)):
            db.session.get_one(Task, 1).progress_percent += 1
            db.session.commit()
        row = db.session.get_one(Revision, plan.id, populate_existing=True)
        seen.add(row.mark)
        assert row.changed_at == NOW + timedelta(minutes=5)
    assert len(seen) == 2
