"""The pages of the reminder rules: read, change, preview before saving, choose the groups."""

import re
from datetime import date
from html import unescape

import pytest

from app.comms import rule_services as services
from app.comms.models import PlanRobot, RuleRow
from app.comms.rules import rules_of
from app.core import unit_of_work
from app.core.db import db
from app.core.permissions import Role
from app.plans.access import drop_role
from app.plans.models import PlanMember
from app.plans.starting import PlanStart, start_plan
from app.tasks.actions import create_action
from tests.comms.rules_at_hand import details, robot
from tests.conftest import NOW
from tests.sql import counted

RULES = "/plans/1/reminders/rules"
BEFORE = f"{RULES}/report.before"
PART = {"HX-Request": "true"}


def sent(**changes):
    """The form of a step as a browser sends it: the day before, to whoever answers for it."""
    known = {
        "number": "1", "unit": "days", "side": "before", "at": "09:07", "to": ["responsible"],
        "channels": ["inbox", "mail"], "is_on": "y", "subject_zh": "", "text_zh": "",
        "subject_en": "", "text_en": "",
    }  # fmt: skip
    return {name: value for name, value in {**known, **changes}.items() if value is not None}


def words(page):
    """The text of a page, one space between words."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


def in_use(key):
    unit_of_work.rollback()
    return next((rule for rule in rules_of([1])[1] if rule.key == key), None)


def rows():
    unit_of_work.rollback()
    return db.session.scalars(db.select(RuleRow).order_by(RuleRow.id)).all()


def seen_in(page):
    return re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]


@pytest.fixture
def pm(people, client_of):
    return client_of("pm", "en")


# Who


def test_everybody_of_the_plan_reads_the_rules_and_the_manager_changes_them(client_of, people):
    for who in ("owner1", "exec", "clerk"):
        reader = client_of(who, "en")
        page = reader.get(RULES).text
        assert "At 09:07, 1 working day before the due date, to whoever is responsible" in page
        assert "Switch off" not in page and "/new" not in page and "Save the groups" not in page
        assert reader.get(BEFORE).status_code == reader.post(BEFORE).status_code == 403
        for act in ("preview", "switch", "reset", "remove"):
            assert reader.post(f"{BEFORE}/{act}").status_code == 403
        assert reader.post(f"{RULES}/groups").status_code == 403
        assert reader.get(f"{RULES}/new?subject=report").status_code == 403
    stranger = client_of("stranger")
    assert stranger.get(RULES).status_code == stranger.get(BEFORE).status_code == 404


def test_the_list_names_each_subject_and_what_was_changed(pm, people):
    act = {"actor": people.pm, "now": NOW}
    words_of_ours = {"zh": {"subject": "催", "text": ""}}
    services.save_rule(1, "task.before", details(offset=-4, wording=words_of_ours), **act)
    services.switch_rule(1, "task.today", is_on=False, **act)
    services.add_rule(1, "meeting", details(offset=-2, is_hours=True), **act)
    page = words(pm.get(RULES).text)
    for subject in ("Weekly report", "Milestone", "Signing of risks", "Meeting"):
        assert subject in page
    assert "43 rules in use · 2 changed · 1 added" in page
    assert "At 09:07, 4 working days before the due date, to whoever is responsible" in page
    assert "in use changed by this plan · own wording" in page
    assert "2 hours before the meeting, to whoever is asked in the app, e-mail" in page
    assert "switched off" in page and "Switch on" in page


# Change


def test_the_form_comes_with_what_the_rule_says(pm, people):
    services.save_rule(
        1, "report.before",
        details(offset=3, is_hours=True, to=("above", "role:head", f"person:{people.exec.id}"),
                channels=("inbox",), is_on=False, wording={"en": {"subject": "S", "text": "T"}}),
        actor=people.pm, now=NOW,
    )  # fmt: skip
    page = pm.get(BEFORE).text
    assert re.search(r'name="number"[^>]*value="3"', page)
    assert '<option selected value="hours">' in page and '<option selected value="after">' in page
    ticked = set(re.findall(r'name="(?:to|channels)" value="([\w:]+)" checked', page))
    assert ticked == {"above", "role:head", f"person:{people.exec.id}", "inbox"}
    assert re.search(r'name="subject_en"[^>]*value="S"', page) and ">\r\nT</textarea>" in page
    assert not re.search(r'<input checked[^>]*name="is_on"', page)
    # Sent as it came, it says the same.
    form = sent(number="3", unit="hours", side="after", is_on=None, channels=["inbox"],
                subject_en="S", text_en="T", seen=seen_in(page),
                to=["above", "role:head", f"person:{people.exec.id}"])  # fmt: skip
    before = rows()[0].version
    assert pm.post(BEFORE, data=form).status_code == 303
    assert rows()[0].version == before


def test_a_change_is_saved_and_shown_in_the_list(pm, people):
    answer = pm.post(BEFORE, data=sent(number="2", at="15:30", to=["responsible", "role:head"]))
    assert (answer.status_code, answer.location) == (303, f"{RULES}#subject-report")
    page = words(pm.get(RULES).text)
    assert "The rule is saved." in page
    assert (
        "At 15:30, 2 working days before the due date, to whoever is responsible and the plan's "
        "role “department head”"
    ) in page.replace("’", "'")
    assert in_use("report.before").offset == -2


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"to": []}, "to", "Please choose at least one."),
        ({"channels": []}, "channels", "Please choose at least one."),
        ({"number": "61"}, "number", "At most 60 working days."),
        ({"number": "721", "unit": "hours"}, "number", "At most 720 hours."),
        ({"number": "-3"}, "number", "Please write 0 or more."),
        ({"number": "²"}, "number", "This is not a whole number."),
        ({"number": ""}, "number", "Please fill this in."),
        ({"at": "noon"}, "at", "This is not a time. Write it like 14:00."),
        ({"at": ""}, "at", "Please fill this in."),
        ({"to": ["person:15"]}, "to", "This person has no part in the plan."),
        ({"to": ["<b>"]}, "to", "This choice is not there."),
        ({"channels": ["group"]}, "channels", "This cannot be posted to a group"),
        ({"subject_en": "s" * 121}, "subject_en", "At most 120 characters"),
        ({"text_zh": "字" * 2001}, "text_zh", "At most 2000 characters"),
        ({"text_en": "{deadline}"}, "text_en", "There is no blank {deadline}. There are: {title}"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_typed_is_lost(
    pm, people, changes, field, sentence
):
    assert people.stranger.id == 15
    form = sent(**{"subject_zh": "别忘了{事项}", "text_en": "Dear {name}", **changes})
    answer = pm.post(BEFORE, data=form)
    assert answer.status_code == 422
    said = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', answer.text)
    assert sentence in unescape(said[1])
    page = unescape(answer.text)
    for name in ("number", "at", "subject_zh", "subject_en"):
        assert re.search(rf'name="{name}"[^>]*value="{re.escape(form[name])}"', page), name
    assert f">\r\n{form['text_en']}</textarea>" in page
    assert f">\r\n{form['text_zh']}</textarea>" in page
    assert not rows()


def test_everything_that_does_not_fit_is_said_at_once(pm):
    form = sent(number="61", at="", to=[], channels=[], text_zh="{x}", subject_en="s" * 121)
    page = pm.post(BEFORE, data=form).text
    said = set(re.findall(r'id="(\w+)-error"', page))
    assert said == {"number", "at", "to", "channels", "text_zh", "subject_en"}
    assert "6 things are missing or do not fit" in page


def test_a_rule_or_a_subject_that_is_not_there_is_a_page_that_does_not_exist(pm, people):
    for key in ("report.own1", "nothing.before", "x"):
        assert pm.get(f"{RULES}/{key}").status_code == 404
        assert pm.post(f"{RULES}/{key}", data=sent()).status_code == 404
        for act in ("preview", "switch", "reset", "remove"):
            assert pm.post(f"{RULES}/{key}/{act}").status_code == 404
    for query in ("", "?subject=nothing"):
        assert pm.get(f"{RULES}/new{query}").status_code == 404
        assert pm.post(f"{RULES}/new/preview{query}", data=sent()).status_code == 404


def test_the_rule_of_another_plan_is_not_reached_through_ones_own(pm, people):
    other = start_plan(
        PlanStart(template_key="reception", start_on=date(2026, 9, 28), company="二店",
                  owners={n: people.owner1.id for n in range(1, 6)}),
        people.pm, NOW,
    )  # fmt: skip
    services.add_rule(other.id, "report", details(offset=-3), actor=people.pm, now=NOW)
    unit_of_work.commit()
    assert pm.get(f"/plans/{other.id}/reminders/rules/report.own1").status_code == 200
    assert pm.get(f"{RULES}/report.own1").status_code == 404
    assert pm.post(f"{RULES}/report.own1/remove").status_code == 404
    drop_role(other.id, people.pm.id, Role.manager)
    db.session.execute(
        db.delete(PlanMember).where(
            PlanMember.plan_id == other.id, PlanMember.person_id == people.pm.id
        )
    )
    assert pm.get(f"/plans/{other.id}/reminders/rules/report.own1").status_code == 404


def test_the_second_of_two_savers_is_told_and_may_save_again(pm, people):
    seen = seen_in(pm.get(BEFORE).text)
    assert pm.post(BEFORE, data=sent(number="5", seen=seen)).status_code == 303
    answer = pm.post(BEFORE, data=sent(number="7", text_en="Mine", seen=seen))
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Somebody else saved this meanwhile." in page
    assert "What stands there now Rule At 09:07, 5 working days before the due date" in page
    assert re.search(r'name="number"[^>]*value="7"', answer.text)
    assert "Mine</textarea>" in answer.text
    again = sent(number="7", text_en="Mine", seen=seen_in(answer.text))
    assert pm.post(BEFORE, data=again).status_code == 303
    assert in_use("report.before").offset == -7


def test_buttons_of_the_list_switch_and_those_of_the_rule_put_back(pm):
    pm.post(f"{BEFORE}/switch", data={"on": "0"})
    assert in_use("report.before") is None
    pm.post(f"{BEFORE}/switch", data={"on": "1"})
    assert in_use("report.before") and not rows()
    assert "Back to the proposal" not in pm.get(BEFORE).text
    pm.post(BEFORE, data=sent(number="4"))
    assert "Back to the proposal" in pm.get(BEFORE).text
    assert pm.post(f"{BEFORE}/reset").status_code == 303
    assert not rows()


def test_a_rule_is_added_and_taken_out(pm):
    page = pm.get(f"{RULES}/new?subject=report").text
    assert "Add a rule: Weekly report" in page and 'name="side"' in page
    answer = pm.post(f"{RULES}/new?subject=report", data=sent(number="6", side="after"))
    assert answer.status_code == 303
    assert in_use("report.own1").offset == 6
    own = f"{RULES}/report.own1"
    assert "Take this rule out" in pm.get(own).text
    assert pm.post(own, data=sent(number="0")).status_code == 303
    assert in_use("report.own1").offset == 0
    assert pm.post(f"{own}/remove").status_code == 303
    assert not rows() and pm.get(own).status_code == 404
    answer = pm.post(f"{RULES}/new?subject=report", data=sent(number="99", text_zh="字"))
    assert answer.status_code == 422 and "字</textarea>" in answer.text


def test_a_meeting_has_no_after(pm):
    page = pm.get(f"{RULES}/new?subject=meeting").text
    assert 'name="side"' not in page and "whoever is asked" in page and 'value="above"' not in page
    form = sent(side="after", number="3", unit="hours", to=["responsible"])
    assert pm.post(f"{RULES}/new?subject=meeting", data=form).status_code == 303
    assert in_use("meeting.own1").offset == -3


def test_somebody_who_left_the_plan_is_named_and_left_out_on_saving(pm, people):
    services.save_rule(
        1, "report.before", details(to=("responsible", f"person:{people.clerk.id}")),
        actor=people.pm, now=NOW,
    )  # fmt: skip
    db.session.execute(db.delete(PlanMember).where(PlanMember.person_id == people.clerk.id))
    page = pm.get(BEFORE).text
    assert "left out when you save: 赵小云." in page
    assert f'value="person:{people.clerk.id}"' not in page
    assert "赵小云" in pm.get(RULES).text


# Preview


def test_the_preview_stands_beside_the_form_in_both_languages(pm, people):
    page = pm.get(BEFORE).text
    shown = words(page[page.index('id="preview"') :])
    assert "In the next 14 days 5 messages Thu 3 Dec 09:07" in shown
    assert "as 周敏 would read them" in shown
    assert page.count("data-letter=") == 2
    assert "周敏，您好：" in shown and "Hello 周敏," in shown


def test_the_preview_follows_what_is_typed_and_saves_nothing(pm, people):
    form = sent(number="0", text_en="Hurry, {name}: {title} <script>x</script>")
    part = pm.post(f"{BEFORE}/preview", data=form, headers=PART)
    assert part.status_code == 200 and "<html" not in part.text
    assert "Fri 27 Nov" in words(part.text)
    assert "Hurry, 周敏: Report of week 48" in words(part.text)
    assert "&lt;script&gt;x" in part.text and "<script>x" not in part.text
    assert not rows()
    # The same by a button, without a script.
    page = pm.post(f"{BEFORE}/preview", data=form)
    assert page.status_code == 200 and "<html" in page.text
    assert "Hurry, 周敏: Report of week 48" in words(page.text)
    assert "Hurry, {name}" in unescape(page.text)
    assert not rows()


def test_the_preview_says_what_it_still_misses(pm):
    form = sent(to=[], text_en="Dear {nobody}")
    part = pm.post(f"{BEFORE}/preview", data=form, headers=PART)
    assert part.status_code == 200
    said = "The preview follows when everything fits. To whom: Please choose at least one."
    assert said in words(part.text)
    page = pm.post(f"{RULES}/new/preview?subject=report", data=form)
    assert page.status_code == 422 and 'id="to-error"' in page.text


def test_a_rule_that_is_off_is_previewed_as_if_it_were_not(pm):
    part = pm.post(f"{BEFORE}/preview", data=sent(is_on=None), headers=PART)
    assert "The rule is switched off and says nothing. In use it would say:" in part.text
    assert "5 messages" in words(part.text)


def test_a_new_rule_is_previewed_before_it_is_there(pm, people):
    create_action(1, title="Hand in the list", owner_id=people.clerk.id,
                  due_on=date(2026, 12, 4), actor=people.pm, now=NOW)  # fmt: skip
    url = f"{RULES}/new/preview?subject=action"
    assert "Hand in the list" in pm.post(url, data=sent(number="3"), headers=PART).text
    part = pm.post(url, data=sent(to=["role:executive"], number="3"), headers=PART)
    assert "梁永康" in part.text
    assert not rows()


# Groups


def test_who_enters_robots_is_said_with_a_way_there_for_the_administrator_alone(pm, people):
    page = pm.get(RULES).text
    assert "There is no group robot yet. The administrator enters them" in page
    assert 'href="/admin/robots"' not in page.split('id="groups"')[1]
    people.pm.is_admin = True
    assert 'href="/admin/robots"' in pm.get(RULES).text.split('id="groups"')[1]


def test_the_plan_chooses_its_groups(pm, people):
    one, two, off = robot(), robot("Management"), robot("Old", is_enabled=False)
    page = pm.get(RULES).text
    assert "A group sees what a member sees: Task, Milestone" in page
    assert "Management" in page and "Old" not in page
    answer = pm.post(f"{RULES}/groups", data={"robot_ids": [two.id], "seen": seen_in(page)})
    assert (answer.status_code, answer.location) == (303, f"{RULES}#groups")
    assert f'value="{two.id}" checked' in pm.get(RULES).text
    # Somebody else had the page open meanwhile.
    answer = pm.post(f"{RULES}/groups", data={"robot_ids": [one.id], "seen": seen_in(page)})
    assert answer.status_code == 409
    assert "What stands there now Chat groups Management" in words(answer.text)
    assert f'value="{one.id}" checked' in answer.text
    for strange in (off.id, 2**63, "x"):
        answer = pm.post(f"{RULES}/groups", data={"robot_ids": [strange]})
        assert answer.status_code == 422
        assert "This group is not offered any more." in answer.text
    assert pm.post(f"{RULES}/groups", data={}).status_code == 303
    assert not db.session.scalars(db.select(PlanRobot)).all()


# Statements


def test_the_pages_need_as_much_sql_for_many_rules_and_things_as_for_few(pm, people):
    def statements(url):
        pm.get(url)
        with counted() as sent_by:
            assert pm.get(url).status_code == 200
        return len(sent_by)

    create_action(1, title="x", owner_id=people.clerk.id, due_on=date(2026, 12, 4),
                  actor=people.pm, now=NOW)  # fmt: skip
    services.add_rule(1, "action", details(to=(f"person:{people.pm.id}",)),
                      actor=people.pm, now=NOW)  # fmt: skip
    services.choose_groups(1, [robot().id], actor=people.pm, now=NOW)
    one = f"{RULES}/action.own1"
    few = {url: statements(url) for url in (RULES, one, f"{RULES}/risk_review.before")}
    for number in range(12):
        for owner in (people.clerk, people.owner1, people.it):
            create_action(1, title="y", owner_id=owner.id, due_on=date(2026, 12, 4 + number % 5),
                          actor=people.pm, now=NOW)  # fmt: skip
        robot(f"group {number}")
        services.add_rule(1, "action", details(offset=-number, to=(f"person:{people.exec.id}",)),
                          actor=people.pm, now=NOW)  # fmt: skip
    assert {url: statements(url) for url in few} == few
    assert few[RULES] <= 12 and max(few.values()) <= 32


def test_the_tab_of_the_rules_is_the_active_one_on_each_of_their_pages(client_of, people):
    for page in (RULES, f"{RULES}/report.before", f"{RULES}/new?subject=report"):
        said = client_of("pm", "en").get(page).text
        assert f'<a href="{RULES}" aria-current="page">Reminder rules</a>' in said, page
