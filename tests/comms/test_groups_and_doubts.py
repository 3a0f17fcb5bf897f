"""Groups that are switched off leave nobody untold, and what cannot be checked is not lost."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app.accounts.resets import ask_by_mail
from app.comms import claims, dispatcher, jobs, outbox
from app.comms.channels import Refused
from app.comms.channels.null import NullChannel
from app.comms.models import (
    Channel,
    Message,
    MessageState,
    Pace,
    PlanRobot,
    Robot,
    RuleRow,
    Vendor,
)
from app.comms.outlets import Outlets
from app.comms.robots import disable_robot, enable_robot
from app.core import unit_of_work
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.core.registries import subjects
from app.plans.leave import enter_leave
from app.tasks.models import Task
from tests.comms.mail_server import said
from tests.comms.test_dispatching import about, action, at, prefer
from tests.comms.test_reminders import second_plan
from tests.conftest import NOW

THREE_DAYS_LATER = date(2026, 12, 1)


@pytest.fixture
def group(people) -> Robot:
    """The plan says in a group alone that its tasks fall due."""
    robot = Robot(vendor=Vendor.wecom, name="群", address="x", trouble="", created_at=at(day=20))
    db.session.add(robot)
    db.session.flush()
    db.session.add(PlanRobot(plan_id=1, robot_id=robot.id))
    db.session.add(
        RuleRow(plan_id=1, key="task.before", kind="task", offset=-3, to=["responsible"],
                channels=["group"], wording={})
    )  # fmt: skip
    for task in db.session.scalars(db.select(Task).where(Task.plan_id == 1)):
        task.finish_on = THREE_DAYS_LATER
    unit_of_work.commit()
    return robot


class Closed:
    """A group that takes nothing, for good."""

    def send(self, post, at):
        raise Refused("93000 invalid webhook url")

    def close(self):
        """Nothing to let go of."""


def mails_about_tasks():
    unit_of_work.rollback()
    return db.session.scalars(
        db.select(Message.recipient_id)
        .where(Message.channel == Channel.mail, Message.kind == "task.before")
        .order_by(Message.recipient_id)
    ).all()


def owners_of(people):
    return sorted(getattr(people, f"owner{number}").id for number in range(1, 6))


def test_when_a_robot_is_switched_off_by_hand_what_waits_for_it_goes_by_mail(
    people, postbox, group
):
    jobs.write_reminders(at())
    assert mails_about_tasks() == []
    disable_robot(group.id, actor=people.admin, now=at(9, 9))
    unit_of_work.commit()
    assert mails_about_tasks() == owners_of(people)
    posts = db.session.scalars(db.select(Message).where(Message.robot_id == group.id)).all()
    assert {post.state for post in posts} == {MessageState.dead}
    # It is not put back while nothing could take it.
    with pytest.raises(DomainError):
        outbox.requeue(posts[0], actor=people.admin, now=at(9, 10))
    enable_robot(group.id, actor=people.admin, now=at(9, 11))
    outbox.requeue(posts[0], actor=people.admin, now=at(9, 12))
    assert posts[0].state is MessageState.pending


def test_a_refused_robot_takes_what_else_waits_for_it_along(people, postbox, group):
    jobs.write_reminders(at())
    first, *rest = db.session.scalars(
        db.select(Message).where(Message.robot_id == group.id).order_by(Message.id)
    ).all()
    for row in rest:
        # Put off, as after an earlier trouble.
        row.next_try_at, row.bundle = at(11), None
    unit_of_work.commit()
    dispatcher.deliver_waiting(at(), Outlets(None, lambda _id: Closed()))
    assert mails_about_tasks() == owners_of(people)
    assert first.state is MessageState.dead
    assert not db.session.get_one(Robot, group.id).is_enabled


def test_whoever_stands_in_gets_the_mail_in_place_of_a_post(people, postbox, group):
    enter_leave(
        people.owner1.id, date(2026, 11, 26), date(2026, 11, 30), people.owner2.id,
        actor=people.pm, now=at(day=20),
    )  # fmt: skip
    unit_of_work.commit()
    jobs.write_reminders(at())
    dispatcher.deliver_waiting(at(), Outlets(None, lambda _id: Closed()))
    jobs.deliver(at(9, 9))
    to = [m["To"].addresses[0].addr_spec for m in postbox.mails]
    assert "owner1@example.com" not in to and "owner2@example.com" in to
    states = db.session.scalars(
        db.select(Message.state).where(
            Message.channel == Channel.mail, Message.kind == "task.before"
        )
    ).all()
    assert set(states) == {MessageState.sent}


def test_a_group_is_told_nothing_on_a_day_off_after_downtime(people, group):
    jobs.write_reminders(at(9, 0))
    sunday = at(3, 0, day=29)
    jobs.write_reminders(sunday)
    posts = db.session.scalars(db.select(Message).where(Message.robot_id == group.id)).all()
    assert posts and {post.next_try_at for post in posts} == {at(9, 7, day=30)}


def test_a_plan_that_cannot_be_asked_holds_up_nobody_elses_mail(people, postbox):
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    other = second_plan_with_a_mail(people)
    whole = subjects.get("action")

    def broken(plan_ids, first, last):
        if 1 in plan_ids:
            raise RuntimeError("broken")
        return whole.ask(plan_ids, first, last)

    subjects.add("action", replace(whole, ask=broken), order=22)
    try:
        for minute in range(0, 60, 5):
            jobs.deliver(at(9, 8) + timedelta(minutes=minute))
        assert "owner1@example.com" in postbox.recipients()
        [waiting] = about(row)
        # It waits unharmed, however long it takes.
        assert (waiting.state, waiting.attempts) == (MessageState.pending, 0)
    finally:
        subjects.add("action", whole, order=22)
    jobs.deliver(at(10, 30))
    assert "clerk@example.com" in postbox.recipients()
    assert other


def second_plan_with_a_mail(people) -> int:
    """Another plan, whose notice waits beside the first one's reminder."""
    kept = db.session.scalars(db.select(Message.id)).all()
    rows = [
        {c.name: getattr(row, c.key) for c in Message.__table__.columns}
        for row in db.session.scalars(db.select(Message).where(Message.id.in_(kept)))
    ]
    other = second_plan(people)
    db.session.execute(db.insert(Message.__table__), rows)
    outbox.notify(
        kind="task_assigned", object_key="task:77", occurrence="x",
        recipient_id=people.owner1.id, title=LocalText(own="任务"), url="/", plan_id=other,
        reason=LocalText(own="因"), now=at(),
    )  # fmt: skip
    unit_of_work.commit()
    return other


def test_the_way_in_is_never_dammed_nor_gathered(people, postbox):
    prefer(people.clerk, pace=Pace.at_once)
    for number in range(25):
        outbox.notify(
            kind="task_assigned", object_key=f"task:{number}", occurrence="x",
            recipient_id=people.clerk.id, title=LocalText(own="任务"), url="/", plan_id=1,
            reason=LocalText(own="因"), now=NOW,
        )  # fmt: skip
    ask_by_mail(people.clerk, is_invitation=False, now=NOW)
    unit_of_work.commit()
    jobs.deliver(NOW)
    assert len(postbox.mails) == 21
    assert any("/password/reset/" in m.get_body(("plain",)).get_content() for m in postbox.mails)


def test_whoever_is_dammed_keeps_nobody_else_waiting(people, postbox):
    prefer(people.clerk, pace=Pace.at_once)
    for number in range(150):
        outbox.notify(
            kind="task_assigned", object_key=f"task:{number}", occurrence="x",
            recipient_id=people.clerk.id, title=LocalText(own="任务"), url="/", plan_id=1,
            reason=LocalText(own="因"), now=NOW,
        )  # fmt: skip
    outbox.notify(
        kind="task_assigned", object_key="task:1", occurrence="x", recipient_id=people.owner1.id,
        title=LocalText(own="任务"), url="/", plan_id=1, reason=LocalText(own="因"), now=NOW,
    )  # fmt: skip
    unit_of_work.commit()
    jobs.deliver(NOW)
    assert postbox.recipients().count("owner1@example.com") == 1


def test_a_daily_mail_at_the_minute_of_the_reminders_comes_that_morning(people, postbox):
    prefer(people.clerk, pace=Pace.daily)
    row = action(people, people.clerk)
    jobs.write_reminders(at(9, 7) + timedelta(seconds=20))
    jobs.deliver(at(9, 7) + timedelta(seconds=21))
    assert [m.state for m in about(row)] == [MessageState.sent]


def test_a_rule_by_role_tells_nobody_of_what_is_not_theirs_to_see(people):
    db.session.add(
        RuleRow(plan_id=1, key="action.before", kind="action", offset=-1, to=["role:member"],
                channels=["inbox", "mail"], wording={})
    )  # fmt: skip
    unit_of_work.commit()
    row = action(people, people.owner1)
    jobs.write_reminders(at())
    # The clerk is a member and sees only their own; others are members beside what they are.
    told = {message.recipient_id for message in (*about(row), *about(row, Channel.inbox))}
    assert told and people.clerk.id not in told


def test_the_plan_s_own_words_stand_in_a_digest_too(people, postbox):
    db.session.add(
        RuleRow(
            plan_id=1, key="action.before", kind="action", offset=-1, to=["responsible"],
            channels=["mail"],
            wording={"zh": {"subject": "请看：{事项}", "text": "请今天办完。"}},
        )
    )  # fmt: skip
    unit_of_work.commit()
    for number in (1, 2):
        action(people, people.clerk, number)
    jobs.write_reminders(at())
    jobs.deliver(at())
    [mail] = [m for m in postbox.mails if m["To"].addresses[0].addr_spec == "clerk@example.com"]
    text = mail.get_body(("plain",)).get_content()
    assert text.count("请今天办完。") == 2 and "请看：行动项" in text


def test_two_digests_are_two_mails_and_a_repeated_one_is_the_same(people):
    def sent(numbers, now):
        channel = NullChannel()
        for number in numbers:
            outbox.notify(
                kind="task_assigned", object_key=f"task:{number}", occurrence="x",
                recipient_id=people.clerk.id, title=LocalText(own="任务"), url="/", plan_id=1,
                reason=LocalText(own="因"), now=at(21, 0),
            )  # fmt: skip
        unit_of_work.commit()
        dispatcher.deliver_waiting(now, Outlets(channel))
        return [letter.message_id for letter in channel.letters]

    [first] = sent((1, 2), at(9, 7, day=27))
    [second] = sent((3, 4), at(9, 8, day=27))
    assert first != second


def test_a_long_run_makes_way_for_the_next_tick(people, monkeypatch):
    action(people, people.clerk)
    jobs.write_reminders(at())
    monkeypatch.setattr(dispatcher, "RUN_TAKES", timedelta(0))
    channel = NullChannel()
    dispatcher.deliver_waiting(at(), Outlets(channel))
    assert channel.letters == []
    assert claims.claim(at(), {Channel.mail}, 5)


def test_a_lock_that_passes_makes_nothing_come_twice(people, postbox, monkeypatch):
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    note, tries = dispatcher.mark_sent, []

    def locked_at_first(*given):
        tries.append(1)
        if len(tries) <= 3:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        note(*given)

    monkeypatch.setattr(dispatcher, "mark_sent", locked_at_first)
    jobs.deliver(at())
    assert [m.state for m in about(row)] == [MessageState.sent]
    monkeypatch.undo()
    jobs.deliver(at(9, 40))
    assert postbox.recipients().count("clerk@example.com") == 1


def test_what_a_server_says_is_kept_with_its_number(people, postbox):
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    assert said(jobs.deliver(at())).endswith("sent")
    assert about(row)[0].answer.startswith("250 queued as ")
