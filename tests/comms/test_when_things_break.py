"""What people see and who is told when the mail server is down, or an owner has left."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.accounts.services import disable_person
from app.comms import jobs
from app.comms.models import Channel, Message
from app.core import unit_of_work
from app.core.db import db
from app.tasks.actions import create_action
from tests.comms.mail_server import free_port, point_to, said
from tests.conftest import NOW

MONDAY = datetime(2026, 11, 30, 9, 8, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "邮件服务器暂时连不上"), ("en", "The mail server cannot be reached; 1 are waiting")],
)
def test_the_reminders_page_says_that_the_server_is_down_and_how_much_waits(
    client_of, people, context, language, words
):
    kept = context.config["SETTINGS"]
    point_to(context, free_port())
    try:
        create_action(
            1, title="补交签到表", owner_id=people.clerk.id, due_on=NOW.date(), actor=people.pm,
            now=NOW,
        )  # fmt: skip
        unit_of_work.commit()
        assert "out of reach" in said(jobs.deliver(NOW))
        page = client_of("pm", language).get("/plans/1/reminders").text
        assert words in page and "ConnectionRefusedError" not in page
    finally:
        context.config["SETTINGS"] = kept


def test_when_an_owner_has_left_the_pages_say_so_and_the_manager_hears_of_the_report(
    client_of, people
):
    disable_person(people.owner2.id, actor=people.admin, now=NOW)
    unit_of_work.commit()
    manager = client_of("pm")
    for path in ("/tasks/2", "/plans/1/tasks", "/plans/1/reports", "/plans/1", "/"):
        assert manager.get(path).status_code == 200, path
    assert "韩雪梅（已离开）" in manager.get("/tasks/2").text
    assert "任务 2“前台文员培训”的负责人" in manager.get("/plans/1").text
    jobs.write_reminders(MONDAY)
    told = db.session.scalars(db.select(Message).where(Message.channel == Channel.inbox)).all()
    assert people.owner2.id not in {row.recipient_id for row in told}
    late = [row for row in told if "report" in row.kind and row.object_key.startswith("report:2:")]
    assert people.pm.id in {row.recipient_id for row in late}, [
        (r.kind, r.object_key, r.recipient_id) for r in told
    ]
