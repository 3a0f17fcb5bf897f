"""The ledger, what comes next, and a person's own messages."""

import re
from datetime import date, timedelta

import pytest

from app.comms import jobs, outbox
from app.comms.models import Channel, Message, MessageState, Robot, Vendor
from app.comms.reminder_queries import delivery_of
from app.core import unit_of_work
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import PlanMember
from app.tasks.actions import create_action
from tests.conftest import NOW
from tests.sql import counted


@pytest.fixture
def told(people):
    """Two owners were each told something; answers their ids in the app and by mail."""
    for number, person in enumerate((people.owner1, people.owner2), start=1):
        tell(person, number)
    unit_of_work.commit()


def tell(person, number):
    outbox.notify(
        kind="task_assigned", object_key=f"task:{number}", occurrence="x", recipient_id=person.id,
        title=LocalText(own=f"任务之 {number} <script>"), text=LocalText(own="正文"),
        url=f"/tasks/{number}", plan_id=1, reason=LocalText(zh="任务分配给了您", en="it is yours"),
        now=NOW,
    )  # fmt: skip


def messages(channel, person=None):
    query = db.select(Message).where(Message.channel == channel).order_by(Message.id)
    if person is not None:
        query = query.where(Message.recipient_id == person.id)
    return db.session.scalars(query).all()


def test_the_manager_sees_every_message_once_and_an_owner_only_their_own(client_of, told):
    page = client_of("pm").get("/plans/1/reminders").text
    assert page.count("任务之 1") == 1 and page.count("任务之 2") == 1
    page = client_of("owner1").get("/plans/1/reminders").text
    assert "任务之 1" in page and "任务之 2" not in page


def test_a_stranger_finds_nothing(client_of, told):
    assert client_of("stranger").get("/plans/1/reminders").status_code == 404
    assert client_of("stranger").get("/plans/1/reminders/coming").status_code == 404


def test_the_page_says_that_no_mail_server_is_set(client_of, told):
    page = client_of("pm").get("/plans/1/reminders").text
    assert "没有设置邮件服务器，邮件先等着。" in page
    page = client_of("pm", "en").get("/plans/1/reminders").text
    assert "No mail server is set; messages wait." in page


def test_filters_narrow_the_ledger_and_nonsense_filters_nothing(client_of, told, people):
    manager = client_of("pm")
    page = manager.get(f"/plans/1/reminders?person={people.owner2.id}").text
    assert "任务之 2" in page and "任务之 1" not in page
    assert "任务之 1" in manager.get("/plans/1/reminders?channel=inbox").text
    assert "没有符合条件的记录" in manager.get("/plans/1/reminders?result=dead").text
    for nonsense in ("channel=x", "person=x", "result=1", "open=99999999999999999999", "open=x"):
        assert manager.get(f"/plans/1/reminders?{nonsense}").status_code == 200


def test_why_opens_in_place_with_rule_fact_and_recipient(client_of, people):
    action = create_action(
        1, title="补交培训签到表", owner_id=people.clerk.id, due_on=date(2026, 11, 27),
        actor=people.pm, now=NOW - timedelta(days=3),
    )  # fmt: skip
    unit_of_work.commit()
    with unit_of_work.unit_of_work():
        db.session.execute(db.delete(Message))
    try:
        jobs.write_reminders(NOW)
    except jobs.SomeFailed as problem:
        pytest.fail(str(problem))
    [mail] = [m for m in messages(Channel.mail) if m.object_key == f"action:{action.id}"]
    page = client_of("pm").get(f"/plans/1/reminders?open={mail.id}").text
    assert "赵小云为什么收到？" in page
    assert "到期前 1 个工作日 09:07，提醒负责的人" in page
    assert "最晚完成时间：11月27日 周五。" in page
    assert "赵小云：这一项的负责人" in page
    # Who would be told next is drawn beside it.
    assert "行动项逾期，已升级 许文静" in page


def test_somebody_elses_reasons_stay_closed(client_of, told, people):
    [other] = messages(Channel.mail, people.owner2)
    page = client_of("owner1").get(f"/plans/1/reminders?open={other.id}").text
    assert "任务分配给了您" not in page and "韩雪梅" not in page


def test_what_comes_is_a_strip_of_fourteen_days_with_days_off(client_of, people):
    page = client_of("pm").get("/plans/1/reminders/coming").text
    strip = re.search(r'<ol class="yb-days">.*?</ol>', page, re.S)[0]
    assert strip.count("<li") == 14
    assert strip.count("is-rest") == 4
    part = client_of("pm").get("/plans/1/reminders/coming", headers={"HX-Request": "true"}).text
    assert "<html" not in part and "hx-swap-oob" in part


def test_a_dead_message_is_tried_again_by_the_manager_alone(client_of, told, people):
    [mail] = messages(Channel.mail, people.owner1)
    mail.state, mail.attempts, mail.answer = MessageState.dead, 9, "550 no such user"
    unit_of_work.commit()
    url = f"/plans/1/reminders/{mail.id}/requeue"
    assert client_of("owner1").post(url).status_code == 403
    assert client_of("stranger").post(url).status_code == 404
    assert "550 no such user" in client_of("pm").get(f"/plans/1/reminders?open={mail.id}").text
    assert client_of("pm").post(url).status_code == 303
    db.session.expire_all()
    assert (mail.state, mail.attempts) == (MessageState.pending, 0)


def test_the_list_needs_as_much_sql_for_many_rows_as_for_few(client_of, people, told):
    client = client_of("pm")
    client.get("/plans/1/reminders")
    with counted() as few:
        client.get("/plans/1/reminders")
    for number in range(3, 120):
        tell(people.owner1, number)
    unit_of_work.commit()
    with counted() as many:
        client.get("/plans/1/reminders")
    assert len(many) == len(few) <= 12, many


def test_the_bell_counts_what_is_not_read_and_reading_lowers_it(client_of, people, told):
    client = client_of("owner1")
    assert 'class="yb-bell"' in client.get("/inbox").text
    page = client.get("/inbox").text
    assert "1 条未读" in page and "&lt;script&gt;" in page and "<script>alert" not in page
    [message] = messages(Channel.inbox, people.owner1)
    answer = client.post(f"/inbox/{message.id}/open")
    assert (answer.status_code, answer.location) == (303, "/tasks/1")
    assert "全部已读" in client.get("/inbox").text


def test_nobody_opens_the_message_of_another(client_of, people, told):
    [message] = messages(Channel.inbox, people.owner1)
    assert client_of("owner2").post(f"/inbox/{message.id}/open").status_code == 404
    [mail] = messages(Channel.mail, people.owner1)
    assert client_of("owner1").post(f"/inbox/{mail.id}/read").status_code == 404


def test_all_can_be_marked_as_read_at_once(client_of, people, told):
    tell(people.owner1, 7)
    unit_of_work.commit()
    client = client_of("owner1")
    assert client.post("/inbox/read-all").status_code == 303
    db.session.expire_all()
    assert all(m.read_at == NOW for m in messages(Channel.inbox, people.owner1))
    assert all(m.read_at is None for m in messages(Channel.inbox, people.owner2))


def test_messages_of_a_plan_one_has_left_are_gone(client_of, people, told):
    db.session.execute(db.delete(PlanMember).where(PlanMember.person_id == people.owner1.id))
    unit_of_work.commit()
    assert "任务之 1" not in client_of("owner1").get("/inbox").text


def test_an_empty_inbox_says_what_will_be_here(client_of):
    assert "还没有消息" in client_of("clerk").get("/inbox").text


def test_only_those_signed_in_have_an_inbox(client_of):
    assert client_of(None).get("/inbox").status_code == 302


def to_a_group(number=1, answer="qyapi.weixin.qq.com: NameResolutionError"):
    robot = db.session.scalar(db.select(Robot)) or Robot(
        vendor=Vendor.wecom, name="项目群", address="x", secret="", keyword="", language="zh",
        is_enabled=True, trouble="", created_at=NOW,
    )  # fmt: skip
    db.session.add(robot)
    db.session.flush()
    [mail] = messages(Channel.mail)[:1]
    same = (
        "kind", "object_key", "occurrence", "subject", "body_text", "body_html", "reason", "url",
        "language",
    )  # fmt: skip
    row = Message(
        plan_id=1, robot_id=robot.id, channel=Channel.wecom, unique_key=f"group:{number}",
        state=MessageState.pending, attempts=1, answer=answer, next_try_at=NOW, created_at=NOW,
        message_id=f"<{number}@group>", **{name: getattr(mail, name) for name in same},
    )  # fmt: skip
    db.session.add(row)
    unit_of_work.commit()
    return row


def test_a_chat_vendor_out_of_reach_is_no_trouble_of_the_mail_server(client_of, told):
    db.session.execute(db.update(Message).values(state=MessageState.sent, sent_at=NOW))
    post = to_a_group()
    page = client_of("pm").get(f"/plans/1/reminders?open={post.id}").text
    assert "1 条还没有发到群里" in page and "封邮件从" not in page
    assert "暂时连不上企业微信" in page and "NameResolutionError" not in page
    standing = delivery_of(1, NOW)
    assert (standing.waiting, standing.last_answer, standing.posts) == (0, "", 1)
    # It concerns whoever looks after the plan.
    assert "还没有发到群里" not in client_of("owner1").get("/plans/1/reminders").text


def test_a_post_that_waits_for_its_first_try_is_no_trouble(client_of, told):
    to_a_group(answer="")
    assert "还没有发到群里" not in client_of("pm").get("/plans/1/reminders").text


def test_the_server_s_own_words_stay_and_our_errors_become_plain(client_of, told, people):
    [mail] = messages(Channel.mail, people.owner1)
    mail.state, mail.answer = MessageState.dead, "ConnectionRefusedError: [Errno 111] refused"
    unit_of_work.commit()
    page = client_of("pm").get(f"/plans/1/reminders?open={mail.id}").text
    assert "邮件服务器暂时连不上" in page and "Errno" not in page
    assert "周敏为什么没收到？" in page
    assert "Errno 111" in client_of("admin").get("/admin/messages").text


def test_whoever_sees_their_own_messages_alone_is_told_so(client_of, told):
    page = client_of("owner1").get("/plans/1/reminders").text
    assert "发给您的记录" in page and "接收人</th>" not in page and "yb-ledger-to" not in page
    assert "未来 14 天会发给您的" in client_of("owner1").get("/plans/1/reminders/coming").text
    assert "发给您的记录" not in client_of("pm").get("/plans/1/reminders").text
