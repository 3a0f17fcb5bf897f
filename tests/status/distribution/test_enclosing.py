"""The workbook as a file in the mail: only where the company, the schedule and the right agree."""

import io
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import openpyxl
import pytest
from sqlalchemy import update

from app.comms import jobs as comms_jobs
from app.comms.channels import Attachment, Letter
from app.comms.channels.mail import compose
from app.comms.models import Pace, Preference
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.status.distribution import enclosing
from app.status.distribution.policy import allow_files, may_attach
from app.status.distribution.sending import send_packs
from app.status.models import Pack
from tests.conftest import NOW
from tests.status.distribution.sendings import FRIDAY, TICK, schedule, send_and_deliver

pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")


def files_of(mail) -> list:
    return list(mail.iter_attachments())


def allow(people, is_allowed=True) -> None:
    allow_files(is_allowed, actor=people.admin, now=NOW)
    unit_of_work.commit()


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def test_nothing_is_attached_unless_the_company_allows_it(people, postbox):
    assert not may_attach()
    schedule(people, has_file=True, language="en")
    send_and_deliver()
    [mail] = postbox.mails
    assert files_of(mail) == []
    assert "attached" not in text_of(mail) and "[[file]]" not in mail.as_string()


def test_nor_where_the_schedule_does_not_ask_for_it(people, postbox):
    allow(people)
    schedule(people)
    send_and_deliver()
    assert files_of(postbox.mails[0]) == []


def test_allowed_and_asked_for_the_workbook_itself_comes(people, postbox):
    allow(people)
    schedule(people, has_file=True, language="en")
    send_and_deliver()
    [mail] = postbox.mails
    [file] = files_of(mail)
    assert file.get_filename() == "yingbin-1-2026-11-27-en.xlsx"
    assert file.get_content() == db.session.scalars(db.select(Pack.content)).one()
    assert openpyxl.load_workbook(io.BytesIO(file.get_content())).sheetnames
    assert "The workbook is attached." in text_of(mail)
    assert "The workbook is attached." in mail.get_body(("html",)).get_content()
    assert ".xlsx" in text_of(mail)


def test_forbidden_while_the_mail_waits_it_goes_without(people, postbox):
    allow(people)
    schedule(people, has_file=True, language="en")
    send_packs(TICK)
    allow(people, False)
    comms_jobs.deliver(TICK + timedelta(minutes=1))
    [mail] = postbox.mails
    assert files_of(mail) == []
    assert "attached" not in text_of(mail)


def test_too_large_the_link_alone_goes_and_the_mail_says_so(people, postbox, monkeypatch):
    allow(people)
    monkeypatch.setattr(enclosing, "MOST_BYTES", 1000)
    schedule(people, has_file=True, language="en")
    send_and_deliver()
    [mail] = postbox.mails
    assert files_of(mail) == []
    assert "not attached" in text_of(mail)


def test_whoever_may_not_read_the_pack_gets_no_file(people, context):
    allow(people)
    row = schedule(people, has_file=True)
    send_packs(TICK)
    pack_id = db.session.scalars(db.select(Pack.id)).one()
    key = f"pack:{pack_id}"
    assert enclosing.enclosed(1, key, people.exec.id, "zh").content
    for person in (people.clerk, people.stranger, people.owner1):
        assert enclosing.enclosed(1, key, person.id, "zh") is None
    assert enclosing.enclosed(2, key, people.exec.id, "zh") is None
    for odd in ("pack:999", "pack:x", "", "pack:"):
        assert enclosing.enclosed(1, odd, people.exec.id, "zh") is None
    row.has_file = False
    db.session.flush()
    assert enclosing.enclosed(1, key, people.exec.id, "zh") is None


def test_gathered_with_others_the_file_still_comes(people, postbox):
    allow(people)
    db.session.add(Preference(person_id=people.exec.id, has_mail=True, pace=Pace.daily,
                              daily_minute=1025))  # fmt: skip
    for hour in (9, 10):
        schedule(people, has_file=True, at=FRIDAY.time().replace(hour=hour))
    send_packs(TICK)
    comms_jobs.deliver(TICK.replace(minute=6))
    [mail] = postbox.mails
    assert len(files_of(mail)) == 2


def test_the_choice_is_in_the_audit_trail_once(people):
    allow(people)
    allow(people)
    rows = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.object_type == "pack_policies")
    ).all()
    assert [row.changes for row in rows] == [{"may_attach": [False, True]}]


def letter(**more) -> Letter:
    return Letter(
        to_address="a@b.example", to_name="甲", subject="标题", text="正文", html="<p>正文</p>",
        language="zh", message_id="<x@b.example>", at=NOW, **more,
    )  # fmt: skip


def test_a_letter_without_files_is_composed_as_before(context):
    mail = message_from_bytes(compose(letter(), "y@b.example"), policy=default)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_files_stand_behind_the_body_under_their_own_names(context):
    files = (
        Attachment("状态包 “甲”.xlsx", "application/octet-stream", b"\x00\xff" * 5000),
        Attachment('a"b\r\nBcc: thief@example.com.txt', "application/octet-stream", b""),
    )
    raw = compose(letter(files=files), "y@b.example")
    mail = message_from_bytes(raw, policy=default)
    assert mail.get_content_type() == "multipart/mixed"
    assert mail["Bcc"] is None
    first, second = files_of(mail)
    assert first.get_filename() == files[0].filename
    assert first.get_content() == files[0].content
    assert second.get_filename().startswith('a"b')
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    plain = message_from_bytes(
        compose(Letter(**{**letter(files=files).__dict__, "html": ""}), "y@b.example"),
        policy=default,
    )
    assert plain.get_body(("plain",)).get_content().strip() == "正文"


def test_a_pack_that_is_gone_leaves_the_link(people, postbox):
    allow(people)
    schedule(people, has_file=True)
    send_packs(TICK)
    db.session.execute(update(Pack).values(content=None, state="failed"))
    unit_of_work.commit()
    comms_jobs.deliver(TICK + timedelta(minutes=1))
    assert files_of(postbox.mails[0]) == []
