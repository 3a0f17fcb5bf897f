"""What could not be sent is the administrator's to put right, without reading it."""

from datetime import timedelta

import pytest

from app.comms import jobs, outbox, post_room
from app.comms.models import Channel, Message, MessageState
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.localtext import LocalText
from tests.conftest import NOW
from tests.sql import counted


def given_up(people, number=1):
    outbox.notify(
        kind="task_assigned", object_key=f"task:{number}", occurrence="x",
        recipient_id=people.owner1.id, title=LocalText(own="机密的标题"),
        text=LocalText(own="机密的正文"), url="/tasks/1", plan_id=1,
        reason=LocalText(own="因"), now=NOW,
    )  # fmt: skip
    unit_of_work.commit()
    row = db.session.scalars(
        db.select(Message).where(Message.channel == Channel.mail).order_by(Message.id.desc())
    ).first()
    row.state, row.attempts, row.answer = MessageState.dead, 3, "550 no such user"
    unit_of_work.commit()
    return row


def test_the_page_names_person_and_answer_and_not_a_word_of_the_message(client_of, people):
    given_up(people)
    page = client_of("admin").get("/admin/messages").text
    assert "周敏" in page and "550 no such user" in page and "任务已分配" in page
    assert "机密" not in page


def test_only_the_administrator_finds_it(client_of, people):
    row = given_up(people)
    for key in ("pm", "owner1", "stranger"):
        assert client_of(key).get("/admin/messages").status_code == 404
        assert client_of(key).post(f"/admin/messages/{row.id}/requeue").status_code == 404
        assert client_of(key).post("/admin/messages/requeue").status_code == 404
    assert client_of(None).get("/admin/messages").status_code == 302


def test_one_is_tried_again_and_it_is_on_record(client_of, people, postbox):
    row = given_up(people)
    assert client_of("admin").post(f"/admin/messages/{row.id}/requeue").status_code == 303
    jobs.deliver(NOW)
    assert postbox.recipients() == ["owner1@example.com"]
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "requeued")
    ).one()
    assert entry.actor_id == people.admin.id
    # What was sent is not dead: pressing once more finds nothing.
    assert client_of("admin").post(f"/admin/messages/{row.id}/requeue").status_code == 404


def test_all_are_tried_again_at_one_press(client_of, people, postbox):
    for number in range(4):
        given_up(people, number)
    assert client_of("admin").post("/admin/messages/requeue").status_code == 303
    jobs.deliver(NOW)
    assert len(postbox.mails) == 4


@pytest.mark.parametrize(("minutes", "alarms"), [(14, False), (16, True)])
def test_what_waits_for_a_quarter_of_an_hour_is_an_alarm(client_of, people, minutes, alarms):
    outbox.notify(
        kind="task_assigned", object_key="task:1", occurrence="x", recipient_id=people.owner1.id,
        title=LocalText(own="x"), url="/", plan_id=1, reason=LocalText(own="x"),
        now=NOW - timedelta(minutes=minutes),
    )  # fmt: skip
    unit_of_work.commit()
    assert post_room.standing(NOW).is_alarming is alarms
    page = client_of("admin").get("/admin/messages").text
    assert ("超过一刻钟" in page) is alarms


def test_what_waits_for_quiet_hours_to_end_is_no_alarm(people):
    evening = NOW + timedelta(hours=5)
    outbox.notify(
        kind="task_assigned", object_key="task:1", occurrence="x", recipient_id=people.owner1.id,
        title=LocalText(own="x"), url="/", plan_id=1, reason=LocalText(own="x"), now=evening,
    )  # fmt: skip
    unit_of_work.commit()
    standing = post_room.standing(evening + timedelta(hours=2))
    assert (standing.waiting, standing.is_alarming) == (0, False)


def test_the_list_needs_as_much_sql_for_many_rows_as_for_few(client_of, people):
    given_up(people)
    client = client_of("admin")
    client.get("/admin/messages")
    with counted() as few:
        client.get("/admin/messages")
    for number in range(2, 80):
        given_up(people, number)
    with counted() as many:
        client.get("/admin/messages")
    assert len(many) == len(few) <= 8


def test_the_page_shows_the_address_that_was_refused_and_where_to_put_it_right(client_of, people):
    given_up(people)
    page = client_of("admin").get("/admin/messages").text
    assert "owner1@example.com" in page and "先在“人员”里改好，再重试" in page
