"""What waits leaves once, together where people want that, within limits, and only if it still
applies."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.accounts.models import Person
from app.comms import jobs, outbox
from app.comms.models import (
    Channel,
    Message,
    MessageAttempt,
    MessageState,
    Pace,
    Preference,
    RuleRow,
)
from app.comms.readers import habits
from app.core import unit_of_work
from app.core.db import db
from app.core.jobs import JobRun
from app.core.localtext import LocalText
from app.plans.leave import enter_leave
from app.plans.models import Plan, PlanPhase
from app.tasks.actions import (
    change_action_date,
    close_action,
    create_action,
    reassign_action,
)
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")


def at(hour: int = 9, minute: int = 8, day: int = 26, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def action(people, owner, number=1, on=date(2026, 11, 27)):
    row = create_action(
        1, title=f"补交签到表 {number}", owner_id=owner.id, due_on=on, actor=people.pm,
        now=at(day=20),
    )  # fmt: skip
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return row


def prefer(person, **values):
    db.session.merge(Preference(person_id=person.id, **values))
    unit_of_work.commit()


def about(row, channel=Channel.mail):
    unit_of_work.rollback()
    return db.session.scalars(
        db.select(Message)
        .where(Message.channel == channel, Message.object_key == f"action:{row.id}")
        .order_by(Message.id)
    ).all()


def test_what_comes_at_one_time_comes_in_one_mail(people, postbox):
    rows = [action(people, people.clerk, number) for number in range(1, 4)]
    jobs.write_reminders(at())
    jobs.deliver(at())
    mails = [m for m in postbox.mails if m["To"].addresses[0].addr_spec == "clerk@example.com"]
    [mail] = mails
    assert mail["Subject"].startswith("3 条提醒")
    text = mail.get_body(("plain",)).get_content()
    for row in rows:
        assert f"http://localhost/actions/{row.id}" in text and row.title in text
    assert "为什么收到" in text
    assert {m.state for row in rows for m in about(row)} == {MessageState.sent}
    # Each of them stands in the ledger with the try that carried it.
    tries = db.session.scalars(db.select(MessageAttempt.act).distinct()).all()
    mine = db.session.scalars(
        db.select(MessageAttempt.act)
        .where(MessageAttempt.destination == f"p{people.clerk.id}")
    ).all()
    assert len(mine) == 3 and len(set(mine)) == 1 and set(mine) <= set(tries)


def test_whoever_wants_each_mail_by_itself_gets_it(people, postbox):
    prefer(people.clerk, pace=Pace.at_once)
    for number in range(1, 4):
        action(people, people.clerk, number)
    jobs.write_reminders(at())
    jobs.deliver(at())
    assert postbox.recipients().count("clerk@example.com") == 3


def test_one_mail_a_day_comes_at_its_time_with_everything_of_the_day(people, postbox):
    prefer(people.clerk, pace=Pace.daily, daily_minute=16 * 60)
    rows = [action(people, people.clerk, number) for number in (1, 2)]
    jobs.write_reminders(at())
    jobs.deliver(at())
    assert "clerk@example.com" not in postbox.recipients()
    # In the app it is there at once.
    assert all(len(about(row, Channel.inbox)) == 1 for row in rows)
    jobs.deliver(at(16, 0))
    assert postbox.recipients().count("clerk@example.com") == 1


def test_what_is_done_before_the_mail_of_the_day_is_left_out_of_it(people, postbox):
    prefer(people.clerk, pace=Pace.daily, daily_minute=16 * 60)
    first, second = (action(people, people.clerk, number) for number in (1, 2))
    jobs.write_reminders(at())
    close_action(first, evidence="已交", actor=people.clerk, now=at(11))
    unit_of_work.commit()
    jobs.deliver(at(16, 0))
    [mail] = [m for m in postbox.mails if m["To"].addresses[0].addr_spec == "clerk@example.com"]
    text = mail.get_body(("plain",)).get_content()
    assert second.title in text and first.title not in text
    assert [(m.state, m.answer) for m in about(first)] == [(MessageState.cancelled, "done")]


def test_whoever_wants_no_mail_is_told_in_the_app_alone(people, postbox):
    prefer(people.clerk, has_mail=False)
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    assert about(row) == []
    assert len(about(row, Channel.inbox)) == 1


def test_a_rule_that_speaks_by_mail_alone_leaves_nobody_untold(people, postbox):
    prefer(people.clerk, has_mail=False)
    db.session.add(
        RuleRow(plan_id=1, key="action.before", kind="action", offset=-1, to=["responsible"],
                channels=["mail"], wording={})
    )  # fmt: skip
    unit_of_work.commit()
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    assert len(about(row, Channel.inbox)) == 1


def test_a_notice_in_the_evening_comes_by_mail_the_next_morning(people, postbox):
    outbox.notify(
        kind="task_assigned", object_key="task:1", occurrence="x", recipient_id=people.clerk.id,
        title=LocalText(own="任务"), url="/tasks/1", plan_id=1, reason=LocalText(own="因"),
        now=at(21, 0),
    )  # fmt: skip
    unit_of_work.commit()
    jobs.deliver(at(21, 1))
    assert postbox.mails == []
    jobs.deliver(at(9, 7, day=27))
    assert postbox.recipients() == ["clerk@example.com"]


def test_whoever_is_on_leave_is_not_told_and_whoever_stands_in_is(people, postbox):
    enter_leave(
        people.owner1.id, date(2026, 11, 26), date(2026, 11, 30), people.owner2.id,
        actor=people.pm, now=at(day=20),
    )  # fmt: skip
    row = action(people, people.owner1)
    jobs.write_reminders(at())
    jobs.deliver(at())
    [message] = about(row)
    assert (message.recipient_id, message.state) == (people.owner2.id, MessageState.sent)
    assert message.reason["part"]["zh"] == "周敏请假期间的代理人"


def test_leave_without_a_substitute_holds_the_mail_until_the_first_day_back(people, postbox):
    enter_leave(
        people.owner1.id, date(2026, 11, 26), date(2026, 11, 27), None, actor=people.pm,
        now=at(day=20),
    )  # fmt: skip
    row = action(people, people.owner1, on=date(2026, 11, 30))
    jobs.write_reminders(at(day=26))
    jobs.write_reminders(at(day=27))
    jobs.deliver(at(day=27))
    [message] = about(row)
    assert (message.kind, message.state) == ("action.before", MessageState.pending)
    assert message.next_try_at == at(9, 7, day=30)


@pytest.mark.parametrize("reason", ["moved", "not_theirs", "rule_off", "closed", "left"])
def test_a_mail_that_no_longer_applies_is_cancelled_with_the_reason(people, postbox, reason):
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    if reason == "moved":
        change_action_date(
            row, due_on=date(2026, 12, 11), reason="晚些", actor=people.pm, now=at(10)
        )
    elif reason == "not_theirs":
        reassign_action(row, owner_id=people.owner1.id, actor=people.pm, now=at(10))
    elif reason == "rule_off":
        db.session.add(
            RuleRow(plan_id=1, key="action.before", kind="action", offset=-1, is_on=False,
                    to=["responsible"], channels=["mail"], wording={})
        )  # fmt: skip
    elif reason == "closed":
        db.session.get_one(Plan, 1).state = PlanPhase.closed
    else:
        db.session.get_one(Person, people.clerk.id).is_enabled = False
    unit_of_work.commit()
    jobs.deliver(at(10, 9))
    [message] = [m for m in about(row) if m.kind == "action.before"]
    assert (message.state, message.answer) == (MessageState.cancelled, reason)
    assert "clerk@example.com" not in postbox.recipients()


def test_a_flood_of_mails_to_one_person_is_dammed_and_the_rest_comes_gathered(people, postbox):
    prefer(people.clerk, pace=Pace.at_once)
    for number in range(30):
        outbox.notify(
            kind="task_assigned", object_key=f"task:{number}", occurrence="x",
            recipient_id=people.clerk.id, title=LocalText(own=f"任务 {number}"), url="/tasks/1",
            plan_id=1, reason=LocalText(own="因"), now=NOW,
        )  # fmt: skip
    unit_of_work.commit()
    jobs.deliver(NOW)
    assert len(postbox.mails) == 20
    jobs.deliver(NOW + timedelta(minutes=30))
    assert len(postbox.mails) == 20
    # At the next quarter of an hour after the hour.
    jobs.deliver(NOW + timedelta(minutes=71))
    assert len(postbox.mails) == 21
    assert postbox.mails[-1]["Subject"].startswith("10 条提醒")


def test_while_reminders_are_being_written_bundles_wait_and_single_mails_go(people, postbox):
    action(people, people.clerk)
    jobs.write_reminders(at())
    outbox.notify(
        kind="task_assigned", object_key="task:9", occurrence="x", recipient_id=people.owner1.id,
        title=LocalText(own="任务"), url="/tasks/1", plan_id=1, reason=LocalText(own="因"),
        now=at(),
    )  # fmt: skip
    db.session.merge(JobRun(name="reminders", next_run_at=at(), started_at=at()))
    unit_of_work.commit()
    jobs.deliver(at())
    assert postbox.recipients() == ["owner1@example.com"]
    # A run that never ended holds nothing up for long.
    jobs.deliver(at() + timedelta(minutes=6))
    assert "clerk@example.com" in postbox.recipients()


def test_a_refused_digest_can_be_tried_again_mail_by_mail(people, postbox):
    rows = [action(people, people.clerk, number) for number in (1, 2)]
    jobs.write_reminders(at())
    postbox.at_rcpt = lambda to: "550 no such user" if to.startswith("clerk") else None
    jobs.deliver(at())
    dead = [message for row in rows for message in about(row)]
    assert {message.state for message in dead} == {MessageState.dead}
    postbox.at_rcpt = lambda to: None
    for message in dead:
        outbox.requeue(message, actor=people.pm, now=at(10))
    unit_of_work.commit()
    jobs.deliver(at(10))
    assert postbox.recipients().count("clerk@example.com") == 2


def test_the_mail_says_who_is_told_when_it_stays_open(people, postbox):
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    [message] = about(row)
    assert "许文静" in message.body_text and "12月2日" in message.body_text
    assert message.reason["next"]["en"].startswith("If it is still open on Wed 2 Dec")


def test_the_plan_s_own_words_take_the_place_of_the_built_in_ones(people):
    db.session.add(
        RuleRow(
            plan_id=1, key="action.before", kind="action", offset=-1, to=["responsible"],
            channels=["inbox", "mail"],
            wording={"zh": {"subject": "请看：{事项}", "text": "{姓名}，{事实}\n{1+1} {nobody}"}},
        )
    )  # fmt: skip
    unit_of_work.commit()
    row = action(people, people.clerk)
    jobs.write_reminders(at())
    [message] = about(row)
    assert message.subject == f"请看：行动项 A-{row.number}：补交签到表 1"
    # What is no blank stays as it was typed; nothing in it runs.
    assert "赵小云，最晚完成时间：11月27日 周五。\n{1+1} {nobody}" in message.body_text
    assert f"http://localhost/actions/{row.id}" in message.body_text


def test_times_of_day_are_kept_as_minutes(people):
    prefer(people.clerk, pace=Pace.daily, daily_minute=16 * 60 + 30)
    row = db.session.get_one(Preference, people.clerk.id)
    assert habits(row).daily == time(16, 30)
    assert habits(None).daily is None
