"""The what-if in a real browser: try five working days, read what follows, apply, and see it."""

from datetime import date

import pytest
from playwright.sync_api import expect

from app.comms.models import Channel, Message
from app.core.db import db
from app.core.localtext import LocalText
from app.tasks.models import Link, Step

PAGE = "/plans/1/what-if"
REASON = {"zh": "供应商晚五天交货", "en": "The supplier delivers five days later"}
SAID = {
    "zh": ("看看会牵动什么", "晚 5 个工作日", "作为一次变更应用", "已应用"),
    "en": ("See what would move", "5 working days later", "Apply as one change", "Applied"),
}

pytestmark = pytest.mark.browser


@pytest.fixture
def chain(tasks) -> tuple[Step, Step]:
    """Two steps of task 4, the second after the first, before the end of the task."""
    made = [
        Step(plan_id=1, task_id=tasks.t4.id, number=number, title=LocalText(zh=zh, en=en),
             start_on=date(2026, 12, first), finish_on=date(2026, 12, last))
        for number, zh, en, first, last in (
            (8, "接口联调", "Connect the interfaces", 14, 18), (9, "试运行", "Trial run", 21, 24),
        )
    ]  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    db.session.add(
        Link(plan_id=1, before_task_id=tasks.t4.id, before_step_id=made[0].id,
             after_task_id=tasks.t4.id, after_step_id=made[1].id,
             pair=f"step:{made[0].id}>step:{made[1].id}")
    )  # fmt: skip
    db.session.commit()
    return made[0], made[1]


def told() -> list[Message]:
    db.session.rollback()
    return list(
        db.session.scalars(
            db.select(Message).where(
                Message.kind == "rescheduled", Message.channel == Channel.inbox
            )
        )
    )


@pytest.mark.parametrize(("language", "phone"), [("zh", False), ("en", True)])
def test_a_step_five_working_days_later_from_the_question_to_the_message(
    visitor_of, chain, people, language, phone
):
    see, later, apply, applied = SAID[language]
    step, follower = chain
    with visitor_of("pm", language=language, phone=phone) as pm:
        page = pm.goes_to(f"{PAGE}?key=step:{step.id}")
        page.locator("#finish_on").fill("2026-12-25")
        page.get_by_role("button", name=see).click()
        pm.sees_a_whole_page()
        shown = page.locator("[data-what-if]")
        expect(shown).to_contain_text(later)
        for number in ("4.8", "4.9", "4 "):
            expect(shown).to_contain_text(number)
        assert not told() and db.session.get_one(Step, step.id).finish_on == date(2026, 12, 18)

        # Without a reason everything stays, and says what is missing.
        page.get_by_role("button", name=apply).click()
        expect(page.locator("#reason-error")).to_be_visible()
        pm.sees_a_whole_page()
        # Chromium notes the refusal on its console.
        assert [c for c in pm.complaints if "422" not in c] == []
        pm.complaints.clear()
        page.locator("#reason").fill(REASON[language])
        page.get_by_role("button", name=apply).click()
        page.wait_for_url("**/plans/1/tasks")
        expect(page.get_by_text(applied)).to_be_visible()
    db.session.rollback()
    assert db.session.get_one(Step, step.id).finish_on == date(2026, 12, 25)
    assert db.session.get_one(Step, follower.id).start_on == date(2026, 12, 28)
    messages = told()
    recipients = [message.recipient_id for message in messages]
    assert people.owner4.id in recipients and len(set(recipients)) == len(recipients)
    assert all(REASON[language] in message.body_text for message in messages)
    with visitor_of("owner4", language=language, phone=phone) as owner:
        page = owner.goes_to("/inbox")
        expect(page.locator("main")).to_contain_text(REASON[language])


def test_dropping_it_leaves_everything_as_it_was(visitor_of, chain):
    step, _follower = chain
    with visitor_of("pm") as pm:
        page = pm.goes_to(f"{PAGE}?key=step:{step.id}&by=5")
        assert page.locator("#finish_on").input_value() == "2026-12-25"
        pm.goes_on()
        page.locator("[data-what-if-drop]").click()
        expect(page.locator("[data-what-if]")).to_have_count(0)
    db.session.rollback()
    assert db.session.get_one(Step, step.id).finish_on == date(2026, 12, 18)
    assert not told()


def test_the_chart_takes_the_answer_into_its_dock_and_applies_it(visitor_of, chain):
    step, _follower = chain
    with visitor_of("pm") as pm:
        page = pm.goes_to("/plans/1/tasks/gantt")
        page.locator(f'.gantt_row[data-task-id="step:{step.id}"]').dblclick()
        dock = page.locator("#what-if")
        dock.locator('[name="finish"]').fill("2026-12-25")
        dock.locator("form.yg-edit button.is-primary").click()
        expect(dock.locator("[data-sentence]")).to_be_visible()
        pm.sees_a_whole_page()
        dock.locator('[name="reason"]').fill(REASON["zh"])
        dock.get_by_role("button", name=SAID["zh"][2]).click()
        page.wait_for_load_state()
        expect(page.get_by_text(SAID["zh"][3])).to_be_visible()
    db.session.rollback()
    assert db.session.get_one(Step, step.id).finish_on == date(2026, 12, 25)
