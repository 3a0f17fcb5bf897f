"""The preview of a rule tells the truth: the same people, times and words that are then written."""

from datetime import date, datetime, time

import pytest

from app.comms import jobs
from app.comms import rule_services as services
from app.comms.models import Pace, Preference, RuleRow
from app.comms.readers import readers_of
from app.comms.rule_preview import preview_of
from app.comms.rule_queries import plan_rule, values_of
from app.core import unit_of_work
from app.core.db import db
from app.core.i18n import in_language
from app.core.permissions import Role
from app.plans.leave import enter_leave
from app.plans.models import Plan, PlanMember, PlanPhase
from app.tasks.actions import close_action
from tests.comms.rules_at_hand import ZONE, action_of_the_clerk, at, details, mails, robot
from tests.conftest import NOW


@pytest.fixture
def action(people):
    return action_of_the_clerk(people)


def looked_at(kind, key="", **changes):
    """The preview of a step of this kind that says `changes`."""
    values = services.checked(1, kind, details(**changes))
    return previewed(RuleRow(plan_id=1, key=key or f"{kind}.new", kind=kind, **values))


def previewed(row, now=NOW):
    """As a reader of English sees it."""
    with in_language("en"):
        return preview_of(db.session.get_one(Plan, 1), row, readers_of(1), now)


def save(key, people, **changes):
    services.save_rule(1, key, details(**changes), actor=people.pm, now=NOW)


def test_the_preview_shows_the_very_words_that_are_then_written(people, action):
    """In the recipient's language and at the time it says, with the plan's own words."""
    change = {
        "offset": -1, "at": time(14, 20),
        "wording": {"zh": {"subject": "别忘了{事项}", "text": "{姓名}，{fact}"}},
    }  # fmt: skip
    seen = looked_at("action", "action.before", **change)
    [occasion] = seen.occasions
    assert (occasion.at, occasion.names) == (at(27, 14, 20), ("赵小云",))
    save("action.before", people, **change)
    unit_of_work.commit()
    jobs.write_reminders(at(27, 14, 19))
    assert not mails(action)
    jobs.write_reminders(occasion.at)
    [mail] = mails(action)
    [theirs] = [letter for letter in seen.letters if letter.is_theirs]
    assert (theirs.lang, theirs.subject, theirs.text) == ("zh", mail.subject, mail.body_text)
    assert theirs.subject.startswith("别忘了行动项")
    assert "赵小云，最晚完成时间：11月30日" in theirs.text


def test_people_are_shown_in_the_order_in_which_the_rule_names_them(people, action):
    seen = looked_at("action", to=("responsible", "role:executive"), at=time(10, 0))
    assert seen.occasions[0].names == ("赵小云", "梁永康") and seen.reader == "赵小云"
    seen = looked_at("action", to=("role:executive", "responsible"), at=time(10, 0))
    assert seen.occasions[0].names == ("梁永康", "赵小云") and seen.reader == "梁永康"


def test_the_other_language_is_shown_beside_it(action):
    seen = looked_at("action", wording={"zh": {"subject": "催一催"}})
    assert [letter.lang for letter in seen.letters] == ["zh", "en"]
    assert seen.letters[0].subject == "催一催"
    assert seen.letters[1].subject.startswith("Action item due soon: ")
    assert seen.letters[1].text.startswith("Hello 赵小云,")


def test_an_escalation_is_named_in_the_preview_as_it_is_in_the_mail(action):
    [letter, _english] = looked_at("action").letters
    assert "许文静" in letter.text


def test_the_preview_follows_the_form_and_not_what_is_saved(people, action):
    save("action.before", people, offset=-2)
    assert [o.at for o in looked_at("action", "action.before", offset=0).occasions] == [at(30)]
    assert plan_rule(1, "action.before").rule.offset == -2


def test_without_anything_in_fourteen_days_the_next_thing_is_shown(people, action):
    past = action_of_the_clerk(people)
    past.due_on, action.due_on = date(2026, 11, 20), date(2027, 1, 15)
    seen = looked_at("action")
    assert not seen.occasions and not seen.is_over
    assert seen.example.at == datetime(2027, 1, 14, 9, 7, tzinfo=ZONE)
    assert seen.reader == "赵小云" and seen.letters


def test_without_anything_to_come_the_last_thing_is_shown_even_if_it_is_done(people, action):
    action.due_on = date(2026, 11, 20)
    close_action(action, evidence="签到表已交", actor=people.clerk, now=at(18))
    seen = looked_at("action")
    assert not seen.occasions and seen.is_over
    assert seen.example.at == at(19)
    assert "最晚完成时间：11月20日 周五。" in seen.letters[0].text


def test_a_plan_without_such_a_thing_says_so(context):
    seen = looked_at("action")
    assert not seen.has_things
    assert (seen.occasions, seen.example, seen.letters, seen.post) == ([], None, [], None)


def test_what_is_done_already_is_not_announced(people, action):
    close_action(action, evidence="签到表已交", actor=people.clerk, now=NOW)
    assert not looked_at("action").occasions


def test_people_who_may_not_see_it_are_named_as_left_out(people, context):
    seen = looked_at("risk_signature", to=("role:member",), at=time(10, 0))
    # The two are members beside their other roles, by which they see it.
    assert {o.names for o in seen.occasions} == {("许文静", "方丽华")}
    assert seen.notes == [
        "1 person with the role “member” may not see “Signing of risks” and gets nothing."
    ]
    seen = looked_at("risk_signature", to=(f"person:{people.clerk.id}",))
    assert not seen.occasions and not seen.letters
    seen = looked_at("risk_signature", to=("responsible", f"person:{people.clerk.id}"),
                     at=time(10, 0))  # fmt: skip
    assert seen.occasions and all("赵小云" not in o.names for o in seen.occasions)
    assert seen.notes == ["赵小云 may not see “Signing of risks” and gets nothing."]


def test_whoever_answers_for_something_that_they_may_not_see_is_named(people, context):
    """A risk's response can be given to a member, who sees no risks."""
    db.session.execute(
        db.update(PlanMember).where(PlanMember.person_id == people.marketing.id)
        .values(role=Role.member)
    )  # fmt: skip
    seen = looked_at("response")
    assert "王海燕" in " ".join(seen.notes)
    assert all("王海燕" not in o.names for o in seen.occasions)


def test_a_role_that_nobody_has_is_told(people, context):
    db.session.execute(db.delete(PlanMember).where(PlanMember.role == Role.member))
    seen = looked_at("task", to=("role:member",))
    assert seen.notes == ["Nobody in the plan has the role “member”."]


def test_another_step_at_the_same_moment_speaks_for_both(action):
    """The proposed step stands at the same time: it is not said twice, and the page says why."""
    seen = looked_at("action", offset=-1)
    assert not seen.occasions and seen.example is None
    assert "another rule tells the same person" in seen.notes[0]
    assert seen.letters
    assert looked_at("action", offset=-1, at=time(9, 8)).occasions


def test_what_a_step_has_said_it_does_not_say_again(people, action):
    jobs.write_reminders(at(27))
    values = {**values_of(plan_rule(1, "action.before").rule), "offset": 0}
    row = RuleRow(plan_id=1, key="action.before", kind="action", is_on=True, **values)
    seen = previewed(row, at(27, 10))
    assert not seen.occasions
    assert seen.notes == ["1 message is left out: this rule has said it already."]


def test_mail_that_has_to_wait_is_shown_with_its_own_time(people, action):
    [occasion] = looked_at("action", at=time(21, 30)).occasions
    assert occasion.at == at(27, 21, 30)
    assert occasion.later == (("赵小云", at(30)),)
    assert looked_at("action", at=time(21, 30), channels=("inbox",)).occasions[0].later == ()


def test_whoever_wants_no_mail_is_named(people, action):
    db.session.add(Preference(person_id=people.clerk.id, has_mail=False, pace=Pace.together))
    seen = looked_at("action", at=time(10, 0))
    assert seen.notes == ["赵小云 wants no mail and finds it in the app."]


def test_of_a_closed_plan_nothing_is_sent(people, action):
    db.session.get_one(Plan, 1).state = PlanPhase.closed
    seen = looked_at("action", at=time(10, 0))
    assert not seen.occasions and seen.has_things
    assert seen.notes[0] == "The plan is closed; nothing is sent."


def test_what_goes_to_groups_is_shown_as_they_see_it(people, context):
    later = {"offset": -5, "channels": ("inbox", "group")}
    seen = looked_at("milestone", **later)
    assert seen.post is None and "The plan posts to no chat group yet." in seen.notes
    services.choose_groups(1, [robot().id], actor=people.pm, now=NOW)
    seen = looked_at("milestone", **later)
    [told] = {o.names for o in [*seen.occasions, seen.example] if o}
    assert told[0] in seen.post.lines[0]
    assert looked_at("milestone", **{**later, "channels": ("inbox",)}).post is None


def test_whoever_stands_in_for_somebody_on_leave_is_shown_in_their_place(people, action):
    enter_leave(
        people.clerk.id, date(2026, 11, 27), date(2026, 11, 27), people.owner1.id,
        actor=people.clerk, now=NOW,
    )  # fmt: skip
    seen = looked_at("action", at=time(10, 0))
    assert seen.occasions[0].names == ("周敏",)
    assert "standing in for 赵小云" in seen.letters[1].text
