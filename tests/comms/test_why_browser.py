"""Why did I get this? An owner asks on the phone, from the inbox to the reason."""

from datetime import date

import pytest
from playwright.sync_api import expect

from app.comms import jobs
from app.comms.models import Message
from app.core import unit_of_work
from app.core.db import db
from app.tasks.actions import create_action
from tests.comms.test_opened_record import at

pytestmark = pytest.mark.browser


@pytest.fixture
def reminded(people):
    """An owner was reminded of an action item that is due tomorrow."""
    create_action(1, title="补交培训签到表", owner_id=people.owner1.id, due_on=date(2026, 11, 27),
                  actor=people.pm, now=at(20))  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    unit_of_work.commit()


def test_an_owner_finds_out_why_a_reminder_came_and_why_another_did_not(visitor_of, reminded):
    with visitor_of("owner1", phone=True) as owner:
        page = owner.goes_to("/inbox")
        message = page.locator(".yb-message", has_text="补交培训签到表")
        message.locator("a.yb-why-link").click()
        page.wait_for_url("**/plans/1/reminders?open=*")
        owner.sees_a_whole_page()

        box = page.locator(".yb-ledger-box")
        expect(box).to_be_in_viewport()
        expect(box).to_contain_text("周敏为什么收到？")
        expect(box).to_contain_text("到期前 1 个工作日 09:07，提醒负责的人")
        expect(box).to_contain_text("最晚完成时间：11月27日 周五。")
        expect(box).to_contain_text("周敏：这一项的负责人")
        # Who is told next, before it happens.
        expect(box.locator(".yb-steps li").last).to_contain_text("许文静")

        page.locator('a[href$="/why-not"]').click()
        page.wait_for_url("**/plans/1/reminders/why-not")
        owner.sees_a_whole_page()
        row = page.locator("tbody tr", has_text="补交培训签到表")
        expect(row).to_contain_text("11-26 09:07")
        row.get_by_role("link").last.click()
        page.wait_for_url("**/plans/1/reminders?open=*")
        owner.sees_a_whole_page()
        expect(page.locator(".yb-ledger-box")).to_contain_text("周敏为什么收到？")
