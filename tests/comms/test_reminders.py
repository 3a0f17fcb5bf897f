"""Reminders are written once, for whom they concern, in their language, while they apply."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.comms import jobs, rules
from app.comms.models import Channel, Message, MessageState
from app.comms.reminder_queries import coming
from app.core import unit_of_work
from app.core.db import db
from app.core.permissions import Role
from app.core.registries import Deadline, ReminderStep, Subject, subjects
from app.plans.access import viewer_of
from app.plans.models import PlanMember
from app.plans.starting import PlanStart, start_plan
from app.tasks.actions import close_action, create_action
from app.tasks.models import Task
from tests.comms.mail_server import said
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 8, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def only_actions(monkeypatch):
    """Deadlines of tasks and action items alone, so that a test counts what it made."""
    kept = {name: row for name, row in subjects._rows.items() if name in ("task", "action")}
    monkeypatch.setattr(subjects, "_rows", kept)


@pytest.fixture
def action(people):
    """An action item of the clerk, due on Friday 27 November."""
    row = create_action(
        1, title="补交培训签到表", owner_id=people.clerk.id, due_on=date(2026, 11, 27),
        actor=people.pm, now=at(20),
    )  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return row


EVERY_SUBJECT = (
    "report", "task", "milestone", "action", "resource", "request", "response", "risk_review",
    "risk_signature", "problem", "measurement", "inspection", "meeting",
)  # fmt: skip


def second_plan(people) -> int:
    """Another plan of the same company, with the same owners."""
    plan = start_plan(
        PlanStart(
            template_key="reception", start_on=date(2026, 9, 28), company="二店",
            owners={n: people.owner1.id for n in range(1, 6)},
        ),
        people.pm,
        at(20),
    )  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return plan.id


def messages(channel=Channel.mail):
    return db.session.scalars(
        db.select(Message).where(Message.channel == channel).order_by(Message.id)
    ).all()


def about(action, channel=Channel.mail):
    return [m for m in messages(channel) if m.object_key == f"action:{action.id}"]


def test_the_day_before_the_owner_is_reminded_in_the_app_and_by_mail(people, action):
    jobs.write_reminders(at(26))
    [mail], [inbox] = about(action), about(action, Channel.inbox)
    assert (mail.kind, mail.recipient_id) == ("action.before", people.clerk.id)
    assert mail.state is MessageState.pending
    assert inbox.state is MessageState.sent
    assert mail.subject == f"行动项即将到期：行动项 A-{action.number}：补交培训签到表"
    assert f"http://localhost/actions/{action.id}" in mail.body_text


def test_looking_again_writes_nothing_new(action):
    jobs.write_reminders(at(26))
    assert said(jobs.write_reminders(at(26, 9, 9))) == "0 written"
    assert said(jobs.write_reminders(at(26, 18))) == "0 written"
    assert len(about(action)) == 1


def test_nothing_is_written_on_a_day_off(action):
    jobs.write_reminders(at(27, 10))
    before = len(messages())
    jobs.write_reminders(at(28, 10))
    jobs.write_reminders(at(29, 10))
    assert len(messages()) == before


def test_an_overdue_action_is_escalated_to_the_manager_after_three_working_days(people, action):
    for day, month in ((27, 11), (30, 11), (1, 12), (2, 12)):
        jobs.write_reminders(at(day, month=month))
    assert [(m.kind, m.recipient_id) for m in about(action)] == [
        ("action.overdue", people.clerk.id),
        ("action.escalated", people.pm.id),
    ]
    assert "负责人：赵小云" in about(action)[1].body_text


def test_what_is_done_is_not_reminded_of(people, action):
    close_action(action, evidence="已交", actor=people.clerk, now=at(25))
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    assert about(action) == []


def test_after_a_week_of_downtime_the_newest_step_is_said_once(people, action):
    jobs.write_reminders(at(24))
    jobs.write_reminders(at(4, month=12))
    assert [(m.kind, m.recipient_id) for m in about(action)] == [
        ("action.overdue", people.clerk.id), ("action.escalated", people.pm.id),
    ]  # fmt: skip


def test_each_reader_gets_their_own_language(people, action):
    people.clerk.language = "en"
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    [mail] = about(action)
    assert mail.subject == f"Action item due soon: Action item A-{action.number}: 补交培训签到表"
    assert "Hello 赵小云," in mail.body_text
    assert "Due on Fri 27 Nov." in mail.body_text
    assert '<html lang="en">' in mail.body_html


def test_why_is_kept_in_both_languages(action):
    jobs.write_reminders(at(26))
    reason = about(action)[0].reason
    assert reason["why"]["zh"] == "到期前 1 个工作日 09:07，提醒负责的人"
    assert reason["why"]["en"].startswith("At 09:07, 1 working day before the due date")
    assert reason["fact"]["zh"] == "最晚完成时间：11月27日 周五。"


def test_whoever_lost_their_part_in_the_plan_is_told_nothing_and_the_manager_is(people, action):
    db.session.execute(db.delete(PlanMember).where(PlanMember.person_id == people.clerk.id))
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    assert [row.recipient_id for row in about(action)] == [people.pm.id]


def test_a_reader_is_told_only_what_the_matrix_lets_them_see(people, monkeypatch):
    monkeypatch.undo()
    member = viewer_of(people.clerk, 1)
    assert member.roles == {Role.member}
    told = {kind for kind in EVERY_SUBJECT if rules.may_be_told(member, kind)}
    assert told == {"task", "milestone", "measurement", "inspection", "meeting", "action"}
    assert not rules.may_be_told(None, "task")


def test_a_plan_that_fails_does_not_stop_the_others_and_is_tried_again(monkeypatch, action, people):
    """One of two plans has a task that cannot be read."""
    other = second_plan(people)
    whole = subjects.get("task")

    def broken(plan_ids, first, last):
        if other in plan_ids:
            raise RuntimeError("broken")
        return whole.ask(plan_ids, first, last)

    subjects.add("task", replace(whole, ask=broken))
    with pytest.raises(jobs.SomeFailed):
        jobs.write_reminders(at(26))
    assert len(about(action)) == 1
    assert {row.plan_id for row in messages()} == {1}
    subjects.add("task", whole)
    task = db.session.scalars(db.select(Task).where(Task.plan_id == other)).first()
    task.finish_on = date(2026, 11, 26)
    unit_of_work.commit()
    jobs.write_reminders(at(26, 9, 9))
    assert [row.kind for row in messages() if row.plan_id == other] == ["task.today"]
    assert len(about(action)) == 1


def test_a_text_that_cannot_be_made_does_not_hold_up_the_rest(monkeypatch, action, people):
    def ask(plan_ids, first, last):
        return [Deadline(1, "bad", "bad:1", "x", at(27, 12), (people.clerk.id,), (), None, "/")]

    subjects.add(
        "bad",
        Subject("bad", "", ("action", "row"), (ReminderStep("before", -1),), ask),
    )
    with pytest.raises(jobs.SomeFailed):
        jobs.write_reminders(at(26))
    assert len(about(action)) == 1


def test_what_comes_is_shown_with_whom_it_will_reach(people, action):
    rows = [row for row in coming(1, NOW) if row.object_key == f"action:{action.id}"]
    assert [(row.rule_key, row.recipients) for row in rows] == [
        ("action.overdue", (people.clerk.id,)), ("action.escalated", (people.pm.id,)),
    ]  # fmt: skip
    assert coming(1, NOW, person_id=people.owner1.id) == [] or all(
        row.recipients == (people.owner1.id,) for row in coming(1, NOW, person_id=people.owner1.id)
    )


def test_what_was_foretold_is_what_is_written(people, action):
    """The preview and the job are the same function of the same data."""
    foretold = {
        (row.rule_key, row.object_key, person)
        for row in coming(1, NOW, days=14)
        for person in row.recipients
    }
    jobs.write_reminders(NOW)
    before = {(m.kind, m.object_key, m.recipient_id) for m in messages()}
    now = NOW
    while now < NOW + timedelta(days=13, hours=5):
        now += timedelta(hours=6)
        jobs.write_reminders(now)
    written = {(m.kind, m.object_key, m.recipient_id) for m in messages()} - before
    assert written == foretold
