"""The record of a message opens for whoever got it, from wherever the link to it came."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.comms import jobs, outbox
from app.comms.models import (
    AttemptOutcome,
    Channel,
    Message,
    MessageAttempt,
    PlanRobot,
    Robot,
    Vendor,
)
from app.comms.reminder_views import PER_PAGE
from app.core import unit_of_work
from app.core.db import db
from app.core.localtext import LocalText
from app.core.registries import subjects
from app.tasks.actions import create_action
from app.tasks.models import Task
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
LEDGER = "/plans/1/reminders"


def at(day: int, hour: int = 9, minute: int = 8) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def told(people, monkeypatch):
    """The clerk was reminded of an action item; answers the id of its row in the app and of its
    mail."""
    kept = {name: row for name, row in subjects._rows.items() if name in ("action", "task")}
    monkeypatch.setattr(subjects, "_rows", kept)
    create_action(1, title="补交培训签到表", owner_id=people.clerk.id, due_on=date(2026, 11, 27),
                  actor=people.pm, now=at(20))  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    return row(Channel.inbox).id, row(Channel.mail).id


def row(channel):
    return db.session.scalars(
        db.select(Message).where(Message.channel == channel, Message.kind == "action.before")
    ).one()


def opened(page):
    """What stands in the open row, as text."""
    box = re.search(r'<div class="yb-ledger-box">(.*?)</div></td>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", box[1]).split()) if box else None


def test_the_row_opens_by_its_id_in_the_app_and_by_its_mail(client_of, told):
    client = client_of("clerk", "en")
    for message_id in told:
        page = client.get(f"{LEDGER}?open={message_id}").text
        assert "Why did 赵小云 get this?" in opened(page)
        # The address of the link ends in this id, and finds its place.
        assert f'id="m{message_id}"' in page
        assert page.count('class="is-open yb-ledger-why"') == 1


def test_the_inbox_leads_to_the_record_of_each_message_of_a_plan(client_of, people, told):
    inbox_id, _mail_id = told
    page = client_of("clerk", "en").get("/inbox").text
    assert f'href="{LEDGER}?open={inbox_id}#m{inbox_id}">Why did I get this?' in page
    outbox.notify(
        kind="job_failed", object_key="job:x", occurrence="x", recipient_id=people.admin.id,
        title=LocalText(own="x"), plan_id=None, reason=LocalText(own="x"), now=NOW,
    )  # fmt: skip
    assert "Why did I get this?" not in client_of("admin", "en").get("/inbox").text


def test_whoever_got_it_reads_rule_fact_part_and_who_is_told_next(client_of, told):
    said = opened(client_of("clerk", "en").get(f"{LEDGER}?open={told[0]}").text)
    assert "At 09:07, 1 working day before the due date, to whoever is responsible" in said
    assert "Due on Fri 27 Nov." in said and "赵小云: the person responsible" in said
    assert "If it is still open on Wed 2 Dec 09:07, 许文静 will be told." in said
    # Drawn as steps too: what was said, what comes, and who is told when it stays open.
    assert "Action item due soon 赵小云" in said
    assert "Action item overdue 赵小云" in said
    assert "Action item overdue, escalated 许文静 2 Dec 09:07, if still open" in said


def test_what_others_were_told_stays_theirs(client_of, people, told):
    mail = db.session.get(Message, told[1])
    for other in (people.owner1, people.pm):
        db.session.add(
            Message(
                **{column.key: getattr(mail, column.key) for column in Message.__table__.columns
                   if column.key not in ("id", "unique_key", "recipient_id")},
                unique_key=f"action.before:{other.id}:mail", recipient_id=other.id,
            )
        )  # fmt: skip
    unit_of_work.commit()
    mine = opened(client_of("clerk", "en").get(f"{LEDGER}?open={told[1]}").text)
    assert "Action item due soon 赵小云" in mine and "周敏" not in mine
    # The manager sees everybody; three are counted.
    every = opened(client_of("pm", "en").get(f"{LEDGER}?open={told[1]}").text)
    assert "Action item due soon 3 people" in every


def test_the_record_is_opened_on_the_page_on_which_it_stands(client_of, people, told):
    for number in range(2 * PER_PAGE):
        outbox.notify(
            kind="task_assigned", object_key=f"task:{number}", occurrence="x",
            recipient_id=people.clerk.id, title=LocalText(own=f"任务之 {number}"), plan_id=1,
            reason=LocalText(own="x"), now=NOW + timedelta(minutes=number),
        )  # fmt: skip
    unit_of_work.commit()
    client = client_of("clerk", "en")
    for message_id in told:
        page = client.get(f"{LEDGER}?open={message_id}").text
        assert opened(page) and "Page 3 of 3" in page
    # Whoever turns the page themselves gets the page that they ask for.
    assert opened(client.get(f"{LEDGER}?page=1&open={told[0]}").text) is None


def test_each_try_stands_on_a_line_of_its_own(client_of, told):
    for number, outcome, answer in (
        (1, AttemptOutcome.later, "451 <b>later</b>"), (2, AttemptOutcome.sent, "250 OK"),
    ):  # fmt: skip
        db.session.add(
            MessageAttempt(message_id=told[1], number=number, act=f"a{number}", destination="p1",
                           at=at(26, 9, 9 + number), outcome=outcome, answer=answer)
        )  # fmt: skip
    unit_of_work.commit()
    page = client_of("clerk", "en").get(f"{LEDGER}?open={told[1]}").text
    tries = "1. 26 Nov 09:10, put off: 451 &lt;b&gt;later&lt;/b&gt;\n2. 26 Nov 09:11, accepted"
    assert tries in page
    assert re.search(r'<div class="yb-pre"><dl', page)


def test_a_group_is_named_and_offered_where_the_plan_posts_to_one(client_of, people, told):
    manager, clerk = client_of("pm", "en"), client_of("clerk", "en")
    assert "WeCom group" not in manager.get(LEDGER).text
    robot = Robot(vendor=Vendor.wecom, name="前台群", address="x", created_at=NOW)
    db.session.add(robot)
    db.session.flush()
    db.session.add(PlanRobot(plan_id=1, robot_id=robot.id))
    task = db.session.scalars(db.select(Task).where(Task.number == 1)).one()
    task.finish_on = date(2026, 11, 26)
    unit_of_work.commit()
    jobs.write_reminders(at(26, 9, 9))
    # The step at seven past nine was over when the day was changed; the next one is said.
    jobs.write_reminders(at(27))
    page = manager.get(LEDGER).text
    assert "前台群" in page and '<option value="wecom">WeCom group</option>' in page
    assert "DingTalk group" not in page
    assert "WeCom group" not in clerk.get(LEDGER).text
    [post] = db.session.scalars(db.select(Message).where(Message.robot_id.is_not(None)))
    assert "Why did 前台群 get this?" in opened(manager.get(f"{LEDGER}?open={post.id}").text)


def test_the_head_leads_to_why_not_and_the_manager_to_the_rules(client_of):
    page = client_of("clerk", "en").get(LEDGER).text
    assert f'href="{LEDGER}/why-not"' in page and "Edit rules" not in page
    assert "Edit rules" in client_of("pm", "en").get(LEDGER).text
