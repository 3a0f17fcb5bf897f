"""The rules in a real browser: change one and see its preview change, before and without saving."""

import pytest
from playwright.sync_api import expect

from app.comms.models import PlanRobot
from app.comms.rule_queries import plan_rule
from app.core.db import db
from tests.comms.rules_at_hand import robot

RULES = "/plans/1/reminders/rules"
SAID = {
    "zh": ("12月3日", "11月27日", "{姓名}，请交{事项}", "周敏，请交第 48 周周报"),
    "en": ("Thu 3 Dec", "Fri 27 Nov", "{name}, hand in: {title}",
           "周敏, hand in: Report of week 48"),
}  # fmt: skip

pytestmark = pytest.mark.browser


def saved(key="report.before"):
    db.session.rollback()
    return plan_rule(1, key)


@pytest.mark.parametrize(("language", "phone"), [("zh", False), ("en", True)])
def test_a_rule_is_changed_and_the_preview_changes_with_it(visitor_of, people, language, phone):
    first_day, other_day, words, filled = SAID[language]
    with visitor_of("pm", language=language, phone=phone) as pm:
        page = pm.goes_to(f"{RULES}/report.before")
        days, letter = page.locator("#preview-days"), page.locator(f'[data-letter="{language}"]')
        expect(days).to_contain_text(first_day)
        expect(days).not_to_contain_text(other_day)

        page.locator("#number").fill("0")
        expect(days).to_contain_text(other_day)
        page.locator('[name="to"][value="role:executive"]').check()
        expect(days).to_contain_text("梁永康")

        page.locator(".yb-disclosure summary").click()
        page.locator(f"#text_{language}").fill(words)
        expect(letter).to_contain_text(filled)
        pm.sees_a_whole_page()

        # What does not fit yet is said in the preview's place, and what is there stays typed.
        page.locator(f"#text_{language}").fill("{x}")
        expect(page.locator("[data-preview-waits]")).to_be_visible()
        expect(page.locator("#preview")).to_contain_text("{x}")
        page.locator(f"#text_{language}").fill(words)
        expect(letter).to_contain_text(filled)
        assert not saved().is_changed

        pm.goes_on()
        assert pm.path() == RULES
    rule = saved().rule
    assert (rule.offset, rule.to) == (0, ("responsible", "role:executive"))
    assert rule.wording[0][2] == words


def test_hours_need_no_time_of_day_and_the_button_shows_the_preview_too(visitor_of, people):
    with visitor_of("pm", language="en") as pm:
        page = pm.goes_to(f"{RULES}/new?subject=report")
        expect(page.locator("#at")).to_be_visible()
        page.locator("#unit").select_option("hours")
        expect(page.locator("#at")).to_be_hidden()
        page.locator("#number").fill("3")
        with page.expect_response("**/new/preview**") as asked:
            page.get_by_role("button", name="Preview").click()
        assert asked.value.ok
        # Weekly reports are due at 17:00.
        expect(page.locator("#preview-days")).to_contain_text("14:00")
        assert pm.path() == f"{RULES}/new"
        pm.goes_on()
    assert saved("report.own1").rule.is_hours


def test_a_rule_is_switched_off_in_the_list_and_the_groups_are_chosen(visitor_of, people):
    robot("Rollout group")
    db.session.commit()
    with visitor_of("pm", language="en", phone=True) as pm:
        page = pm.goes_to(RULES)
        row = page.locator('[id="rule-task.before"]')
        row.get_by_role("button", name="Switch off").click()
        expect(row).to_contain_text("switched off")
        page.get_by_label("Rollout group").check()
        page.get_by_role("button", name="Save the groups").click()
        expect(page.get_by_label("Rollout group")).to_be_checked()
        pm.sees_a_whole_page()
    assert not saved("task.before").is_on
    assert db.session.scalars(db.select(PlanRobot)).one()
