"""Who is told at once because something happened, and who is not."""

from datetime import date, timedelta

import pytest

from app.comms import meetings
from app.comms.models import Channel, Meeting, Message
from app.core import events, unit_of_work
from app.core.db import db
from app.plans.calendars import work_calendar
from app.reports.events import ProblemEnded, ProblemRaised, ReportReturned
from app.reports.models import ProblemState
from app.tasks.actions import create_action, reassign_action
from app.tasks.models import Task
from app.tasks.services import assign_task, change_task_dates
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def quiet(context):
    with unit_of_work.unit_of_work():
        db.session.execute(db.delete(Message))


def told(kind=None):
    db.session.flush()
    query = db.select(Message).where(Message.channel == Channel.mail).order_by(Message.id)
    return [
        (m.kind, m.recipient.email.split("@")[0])
        for m in db.session.scalars(query)
        if kind in (None, m.kind)
    ]


def last_text():
    return db.session.scalars(
        db.select(Message.body_text).order_by(Message.id.desc())
    ).first()  # fmt: skip


def test_a_new_owner_is_told_of_the_task(people, plan):
    task = db.session.scalars(db.select(Task).where(Task.number == 1)).one()
    assign_task(task, owner_id=people.owner2.id, department_id=task.department_id,
                actor=people.pm, now=NOW)  # fmt: skip
    assert told() == [("task_assigned", "owner2")]


def test_whoever_does_it_is_not_told_of_it(people, plan):
    create_action(1, title="自己的事", owner_id=people.pm.id, due_on=date(2026, 12, 1),
                  actor=people.pm, now=NOW)  # fmt: skip
    assert told() == []


def test_moved_dates_are_told_with_their_reason(people, plan):
    task = db.session.scalars(db.select(Task).where(Task.number == 5)).one()
    calendar = work_calendar()
    change_task_dates(
        task, start_on=task.start_on, finish_on=calendar.add_workdays(task.finish_on, 5),
        reason="供应商晚到", actor=people.pm, now=NOW,
    )  # fmt: skip
    assert told("task_dates") == [("task_dates", "owner5")]
    assert "供应商晚到" in last_text()


def test_an_action_passed_on_is_told_to_its_new_owner(people, plan):
    action = create_action(1, title="修打印机", owner_id=people.it.id, due_on=date(2026, 12, 1),
                           actor=people.pm, now=NOW)  # fmt: skip
    reassign_action(action, owner_id=people.clerk.id, actor=people.pm,
                    now=NOW + timedelta(hours=1))  # fmt: skip
    assert told() == [("action_assigned", "it"), ("action_assigned", "clerk")]


def test_everybody_asked_is_told_that_a_meeting_is_cancelled_and_why(people, plan):
    meetings.generate_all(NOW)
    meeting = db.session.scalars(
        db.select(Meeting).where(Meeting.starts_at > NOW).order_by(Meeting.starts_at)
    ).first()
    meetings.cancel_meeting(meeting, reason="会议室在装修", actor=people.pm, now=NOW)
    assert {who for _kind, who in told("meeting_cancelled")} == {
        "training", "it", "administration", "marketing", "finance",
    }  # fmt: skip
    assert "会议室在装修" in last_text()


def test_a_returned_report_is_told_to_its_owner_and_to_who_wrote_it(people, plan):
    events.announce(ReportReturned(
        report_id=1, task_id=1, plan_id=1, week="2026-W47", owner_id=people.owner1.id,
        author_id=people.owner2.id, reason="请写明原因", by_id=people.pm.id, at=NOW,
    ))  # fmt: skip
    assert told() == [("report_returned", "owner1"), ("report_returned", "owner2")]
    assert "请写明原因" in last_text()


def test_a_problem_is_told_to_who_answers_and_its_end_to_who_raised_it(people, plan):
    events.announce(ProblemRaised(
        problem_id=1, plan_id=1, number=7, title="重复客户由谁确认", owner_id=people.it.id,
        raised_by_id=people.owner4.id, answer_due_on=date(2026, 12, 1), at=NOW,
    ))  # fmt: skip
    events.announce(ProblemEnded(
        problem_id=1, plan_id=1, number=7, title="重复客户由谁确认", state=ProblemState.answered,
        raised_by_id=people.owner4.id, by_id=people.it.id, at=NOW,
    ))  # fmt: skip
    assert told() == [("problem_raised", "it"), ("problem_ended", "owner4")]


def test_a_notice_stands_or_falls_with_what_it_tells(people, plan):
    create_action(1, title="不算数", owner_id=people.it.id, due_on=date(2026, 12, 1),
                  actor=people.pm, now=NOW)  # fmt: skip
    unit_of_work.rollback()
    assert told() == []
