"""Mails leave over real SMTP: once, with the right headers, and never without a reason."""

import random
import threading
from datetime import timedelta

import pytest

from app.accounts.resets import ask_by_mail, open_reset
from app.accounts.services import disable_person
from app.comms import claims, dispatcher, jobs, outbox, wording
from app.comms.channels.mail import MailChannel, parse_mail_url
from app.comms.channels.null import NullChannel
from app.comms.models import Channel, Message, MessageState
from app.comms.outlets import Outlets
from app.core import unit_of_work
from app.core.db import db
from app.core.localtext import LocalText
from tests.comms.mail_server import Postbox, free_port, point_to, running, said
from tests.conftest import NOW


def post(person, number=1, subject="任务已分配", **more) -> int:
    """A notice in the outbox; answers the id of its mail."""
    outbox.notify(
        kind="task_assigned", object_key=f"task:{number}", occurrence="x",
        recipient_id=person.id, title=LocalText(own=subject), text=LocalText(own="正文"),
        url=f"/tasks/{number}", plan_id=1, reason=LocalText(own="原因"), now=NOW, **more,
    )  # fmt: skip
    unit_of_work.commit()
    return db.session.scalars(
        db.select(Message.id).where(Message.channel == Channel.mail).order_by(Message.id.desc())
    ).first()


def row(message_id: int) -> Message:
    unit_of_work.rollback()
    return db.session.get_one(Message, message_id)


def test_a_mail_arrives_with_text_html_and_honest_headers(people, postbox):
    mail_id = post(people.owner1)
    assert said(jobs.deliver(NOW)) == "1 sent"
    [mail] = postbox.mails
    assert mail["Subject"] == "任务已分配：任务已分配"
    assert mail["To"].addresses[0].addr_spec == "owner1@example.com"
    assert mail["From"].addresses[0].display_name == "Yingbin 迎宾"
    assert mail["From"].addresses[0].addr_spec == "yingbin@company.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] is None
    assert mail["Message-ID"] == row(mail_id).message_id
    text = mail.get_body(("plain",)).get_content()
    assert "周敏，您好：" in text and "http://localhost/tasks/1" in text
    assert 'href="http://localhost/tasks/1"' in mail.get_body(("html",)).get_content()
    assert row(mail_id).state is MessageState.sent
    assert NOW <= row(mail_id).sent_at < NOW + timedelta(minutes=1)


def test_what_is_sent_is_not_sent_again(people, postbox):
    post(people.owner1)
    jobs.deliver(NOW)
    assert said(jobs.deliver(NOW + timedelta(minutes=1))) == "0 sent"
    assert len(postbox.mails) == 1


def test_a_batch_goes_over_one_connection(people, postbox):
    for number in range(8):
        post(people.owner1, number)
    assert said(jobs.deliver(NOW)) == "8 sent"
    assert postbox.connections == 1


def test_the_same_notice_is_written_once(people):
    post(people.owner1)
    post(people.owner1)
    assert db.session.scalar(db.select(db.func.count()).select_from(Message)) == 2  # app and mail


def test_an_address_that_is_refused_is_dead_at_once_and_the_rest_goes_out(people, postbox):
    bad, good = post(people.owner1), post(people.owner2, 2)
    postbox.at_rcpt = lambda to: "550 no such user" if to.startswith("owner1") else None
    assert said(jobs.deliver(NOW)) == "1 sent, 1 given up"
    assert (row(bad).state, row(bad).answer) == (MessageState.dead, "550 no such user")
    assert row(good).state is MessageState.sent


def test_a_server_that_says_later_is_tried_later(people, postbox):
    mail_id = post(people.owner1)
    postbox.at_rcpt = lambda to: "450 mailbox busy"
    assert said(jobs.deliver(NOW)) == "0 sent, 1 to try later"
    waiting = row(mail_id)
    assert (waiting.state, waiting.attempts) == (MessageState.pending, 1)
    assert timedelta(seconds=24) <= waiting.next_try_at - NOW <= timedelta(seconds=36)
    postbox.at_rcpt = lambda to: None
    assert said(jobs.deliver(NOW + timedelta(seconds=10))) == "0 sent"
    assert said(jobs.deliver(NOW + timedelta(minutes=1))) == "1 sent"
    assert row(mail_id).attempts == 2


def test_421_at_the_data_closes_the_line_and_the_next_one_opens_anew(people, postbox):
    first, second = post(people.owner1), post(people.owner2, 2)
    answers = iter(["421 closing down"])
    postbox.at_data = lambda: next(answers, None)
    assert said(jobs.deliver(NOW)) == "1 sent, 1 to try later"
    assert row(first).state is MessageState.pending
    assert row(second).state is MessageState.sent


def test_waits_grow_and_end_in_a_dead_letter(people, postbox):
    mail_id = post(people.owner1)
    postbox.at_rcpt = lambda to: "451 later"
    now, waits = NOW, []
    for _try in range(9):
        jobs.deliver(now)
        waits.append((row(mail_id).next_try_at - now).total_seconds())
        now = max(row(mail_id).next_try_at, now) + timedelta(seconds=1)
    assert row(mail_id).state is MessageState.dead
    for wait, meant in zip(waits, dispatcher.WAITS, strict=False):
        assert 0.8 * meant <= wait <= 1.2 * meant


def test_while_the_server_is_down_rows_wait_and_none_of_them_dies(people, context):
    kept = context.config["SETTINGS"]
    try:
        port = free_port()
        point_to(context, port)
        ids = [post(people.owner1, number) for number in range(3)]
        now = NOW
        for _minute in range(30):
            assert "out of reach" in said(jobs.deliver(now))
            now += timedelta(minutes=1)
        assert {(row(i).state, row(i).attempts) for i in ids} == {(MessageState.pending, 0)}
        assert "ConnectionRefusedError" in row(ids[0]).answer
        box = Postbox()
        with running(box, port):
            assert said(jobs.deliver(now)) == "3 sent"
        assert len(box.mails) == 3
    finally:
        context.config["SETTINGS"] = kept


def test_without_a_mail_server_rows_wait(people):
    mail_id = post(people.owner1)
    assert said(jobs.deliver(NOW)) == "no mail server is set (YINGBIN_MAIL_URL), 1 mail waits"
    assert row(mail_id).state is MessageState.pending


def test_two_dispatchers_send_one_row_once(people, postbox, context):
    for number in range(60):
        post(getattr(people, f"owner{number % 5 + 1}"), number)
    server = parse_mail_url(context.config["SETTINGS"].mail_url)
    unit_of_work.rollback()
    start, broken = threading.Barrier(2), []

    def dispatch() -> None:
        with context.app_context():
            channel = MailChannel(server)
            try:
                start.wait()
                dispatcher.deliver_waiting(NOW, Outlets(channel))
            except Exception as problem:
                broken.append(problem)
            finally:
                channel.close()
                db.session.remove()

    threads = [threading.Thread(target=dispatch) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert len(postbox.mails) == 60
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 60


def test_a_claim_whose_holder_died_comes_back_after_its_lease(people):
    mail_id = post(people.owner1)
    [claimed] = claims.claim(NOW, {Channel.mail}, 5)
    assert claimed.first.id == mail_id
    assert claims.claim(NOW, {Channel.mail}, 5) == []
    channel = NullChannel()
    dispatcher.deliver_waiting(NOW + timedelta(minutes=14), Outlets(channel))
    assert channel.letters == []
    dispatcher.deliver_waiting(NOW + timedelta(minutes=16), Outlets(channel))
    assert len(channel.letters) == 1


def test_a_row_that_breaks_does_not_stop_the_rest(people):
    class Broken(NullChannel):
        def send(self, letter):
            if letter.to_address.startswith("owner1"):
                raise KeyError("template")
            return super().send(letter)

    bad, good = post(people.owner1), post(people.owner2, 2)
    tally = dispatcher.deliver_waiting(NOW, Outlets(Broken()), jitter=random.Random(1))
    assert (tally.sent, tally.postponed) == (1, 1)
    assert (row(bad).state, row(good).state) == (MessageState.pending, MessageState.sent)


def test_nothing_is_sent_to_a_person_who_left(people, postbox):
    mail_id = post(people.owner1)
    disable_person(people.owner1.id, actor=people.admin, now=NOW)
    unit_of_work.commit()
    assert said(jobs.deliver(NOW)) == "0 sent"
    assert (row(mail_id).state, row(mail_id).answer) == (MessageState.cancelled, "left")


def test_a_header_cannot_be_smuggled_in(people, postbox):
    people.owner1.name = "周敏\r\nBcc: thief@example.com"
    unit_of_work.commit()
    post(people.owner1, subject="标题\r\nBcc: thief@example.com")
    jobs.deliver(NOW)
    [mail] = postbox.mails
    assert mail["Bcc"] is None
    assert postbox.recipients() == ["owner1@example.com"]
    assert "\n" not in mail["Subject"]


def test_html_holds_what_people_wrote_as_text(people, postbox):
    post(people.owner1, subject="<script>alert(1)</script>")
    jobs.deliver(NOW)
    html = postbox.mails[0].get_body(("html",)).get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_link_never_leads_out_of_the_installation(context):
    assert wording.absolute("/tasks/1") == "http://localhost/tasks/1"
    assert wording.absolute("//evil.example") == "http://localhost/"
    assert wording.absolute("https://evil.example") == "http://localhost/"


def test_the_link_for_a_password_is_in_the_mail_and_nowhere_else(people, postbox):
    ask_by_mail(people.owner1, is_invitation=False, now=NOW)
    unit_of_work.commit()
    assert said(jobs.deliver(NOW)) == "1 sent"
    text = postbox.mails[0].get_body(("plain",)).get_content()
    token = next(line for line in text.split() if "/password/reset/" in line).rsplit("/", 1)[1]
    kept = db.session.scalars(db.select(Message)).one()
    assert token not in kept.body_text + kept.body_html + kept.url + str(kept.reason)
    _reset, person = open_reset(token, NOW)
    assert person.id == people.owner1.id


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "sender"),
    [
        ("smtp://mail.example?from=a@b.example", "mail.example", 25, "", "a@b.example"),
        ("smtp://me%40x.example:p%3Aw@mail.example", "mail.example", 587, "me@x.example",
         "me@x.example"),
        ("smtps://u:p@mail.example", "mail.example", 465, "u", "yingbin@mail.example"),
        ("smtp://mail.example:2525", "mail.example", 2525, "", "yingbin@mail.example"),
    ],
)  # fmt: skip
def test_the_address_of_the_mail_server_is_read(url, host, port, user, sender):
    server = parse_mail_url(url)
    assert (server.host, server.port, server.user, server.sender) == (host, port, user, sender)
