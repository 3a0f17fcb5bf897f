"""A person says how mail is to come, sees what will, and is left untold of nothing."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.accounts.resets import ask_by_mail
from app.comms import jobs
from app.comms.models import Channel, Message, MessageState, Pace, Preference, RuleRow
from app.comms.outbox import channels_in_use
from app.comms.preference_services import Wishes, save_preferences, wishes_of
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from app.core.registries import subjects
from app.plans.leave import enter_leave
from app.plans.starting import PlanStart, start_plan
from app.tasks.actions import create_action
from tests.comms.mail_server import said
from tests.conftest import NOW
from tests.sql import counted

ZONE = ZoneInfo("Asia/Shanghai")
PAGE = "/account/reminders"
FITTING = {
    "has_mail": "yes", "pace": "daily", "daily_at": "16:30", "days": ["0", "2", "4"],
    "quiet_from": "19:00", "quiet_until": "8:00",
}  # fmt: skip


def at(day: int, hour: int = 9, minute: int = 8, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def only_actions(monkeypatch):
    kept = {name: row for name, row in subjects._rows.items() if name == "action"}
    monkeypatch.setattr(subjects, "_rows", kept)


@pytest.fixture
def action(people, only_actions):
    """An action item of the clerk, due on Friday 27 November; the notice of it is gone."""
    row = create_action(
        1, title="补交培训签到表", owner_id=people.clerk.id, due_on=date(2026, 11, 27),
        actor=people.pm, now=at(20),
    )  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return row


def rows(channel):
    db.session.expire_all()
    return db.session.scalars(
        db.select(Message).where(Message.channel == channel).order_by(Message.id)
    ).all()


def save(person, now=NOW, **wishes):
    save_preferences(person, replace(Wishes(), **wishes), now)
    unit_of_work.commit()


def test_only_those_signed_in_have_the_page_and_the_account_menu_leads_there(client_of):
    assert client_of(None).get(PAGE).status_code == 302
    page = client_of("clerk", "en").get("/account").text
    assert f'href="{PAGE}"' in page and "My reminders" in page


def test_whoever_never_chose_finds_what_holds_for_everybody(client_of, people):
    assert wishes_of(people.clerk) == Wishes()
    page = client_of("clerk", "en").get(PAGE).text
    assert 'value="09:07"' in page and 'value="20:00"' in page and 'value="07:30"' in page
    assert page.count('name="days"') == page.count('type="checkbox"') == page.count("checked>") == 7


def test_what_is_chosen_is_kept_and_written_down(client_of, people):
    answer = client_of("clerk").post(PAGE, data=FITTING)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert wishes_of(people.clerk) == Wishes(
        True, Pace.daily, time(16, 30), frozenset({0, 2, 4}), time(19), time(8)
    )
    [entry] = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "save_preferences")
    )
    assert (entry.object_id, entry.actor_id) == (people.clerk.id, people.clerk.id)
    assert entry.changes == {
        "pace": ["together", "daily"], "daily_minute": [547, 990], "days": ["0123456", "024"],
        "quiet_from_minute": [1200, 1140], "quiet_until_minute": [450, 480],
    }  # fmt: skip


def test_saving_the_same_again_changes_nothing(client_of, context):
    client = client_of("clerk")
    for _time in range(2):
        client.post(PAGE, data=FITTING)
    assert db.session.scalar(
        db.select(db.func.count()).where(AuditEntry.action == "save_preferences")
    ) == 1  # fmt: skip


@pytest.mark.parametrize("field", ["daily_at", "quiet_from", "quiet_until"])
def test_a_time_that_cannot_be_read_is_said_at_its_field_and_nothing_is_lost(
    client_of, people, field
):
    answer = client_of("clerk", "en").post(PAGE, data={**FITTING, field: "half past nine"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text and "This is not a time." in answer.text
    assert 'value="half past nine"' in answer.text
    others = {"daily_at": "16:30", "quiet_from": "19:00", "quiet_until": "08:00"}
    del others[field]
    assert all(f'value="{typed}"' in answer.text for typed in others.values())
    assert answer.text.count("checked>") == 3
    assert wishes_of(people.clerk) == Wishes()


def test_mail_wants_at_least_one_day(client_of, people):
    client = client_of("clerk", "en")
    answer = client.post(PAGE, data={**FITTING, "days": []})
    assert answer.status_code == 422
    assert "Please choose at least one day, or no mail at all." in answer.text
    assert 'value="16:30"' in answer.text
    assert client.post(PAGE, data={**FITTING, "days": [], "has_mail": "no"}).status_code == 303
    assert not wishes_of(people.clerk).has_mail


def test_the_one_mail_a_day_may_not_come_in_quiet_hours(client_of, people):
    answer = client_of("clerk", "en").post(PAGE, data={**FITTING, "daily_at": "22:00"})
    assert answer.status_code == 422 and "This lies in your quiet hours." in answer.text
    with pytest.raises(DomainError):
        save(people.clerk, pace=Pace.daily, daily_at=time(22))
    # Where several mails come, the time of the one does not matter.
    save(people.clerk, daily_at=time(22))


@pytest.mark.parametrize("nonsense", [{"pace": "hourly"}, {"days": ["9"]}, {"days": ["x"]},
                                      {"has_mail": ""}, {"quiet_from": "25:00"}])  # fmt: skip
def test_nonsense_is_refused(client_of, people, nonsense):
    assert client_of("clerk").post(PAGE, data={**FITTING, **nonsense}).status_code == 422
    assert db.session.get(Preference, people.clerk.id) is None


def test_a_change_holds_for_what_is_written_from_then_on(people, action):
    jobs.write_reminders(at(26))
    save(people.clerk, at(26, 10), pace=Pace.daily, daily_at=time(16, 30))
    [waiting] = rows(Channel.mail)
    assert waiting.next_try_at == at(26, 9, 7)
    jobs.write_reminders(at(30))
    assert rows(Channel.mail)[-1].next_try_at == at(30, 16, 30)


def test_switching_mail_off_takes_back_what_waits_but_no_link_for_a_password(
    people, action, postbox
):
    jobs.write_reminders(at(26))
    ask_by_mail(people.clerk, is_invitation=False, now=at(26))
    unit_of_work.commit()
    save(people.clerk, at(26), has_mail=False)
    assert said(jobs.deliver(at(26, 9, 9))) == "1 sent, 1 cancelled"
    assert [mail["Subject"] for mail in postbox.mails] == ["设置新密码"]
    cancelled = [m for m in rows(Channel.mail) if m.state is MessageState.cancelled]
    assert [(m.kind, m.answer) for m in cancelled] == [("action.before", "no_mail")]
    # In the app it was all along, once.
    assert [m.kind for m in rows(Channel.inbox)] == ["action.before"]


def test_whoever_wants_no_mail_finds_in_the_app_what_waited_as_mail_alone(
    client_of, people, action
):
    db.session.add(
        RuleRow(plan_id=1, key="action.before", kind="action", offset=-1, to=["responsible"],
                channels=["mail"], wording={})
    )  # fmt: skip
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    assert rows(Channel.inbox) == []
    save(people.clerk, at(26, 10), has_mail=False)
    [told] = rows(Channel.inbox)
    [mail] = rows(Channel.mail)
    assert (told.kind, told.recipient_id, told.state) == (
        "action.before", people.clerk.id, MessageState.sent,
    )  # fmt: skip
    assert (told.reason, told.sent_at) == (mail.reason, at(26, 10))
    assert "补交培训签到表" in client_of("clerk").get("/inbox").text


def test_what_will_come_says_why_when_the_mail_comes_and_who_is_told_next(
    client_of, people, action
):
    save(people.clerk, pace=Pace.daily, daily_at=time(16, 30))
    page = client_of("clerk", "en").get(PAGE).text
    assert "Action item overdue" in page and f'href="/actions/{action.id}"' in page
    assert "At 09:07, 1 working day after the due date, to whoever is responsible" in page
    assert "not sent if it is closed first" in page
    assert "mail 30 Nov 16:30: one mail a day" in page
    assert "If it is still open on Wed 2 Dec 09:07, 许文静 will be told." in page
    save(people.clerk, has_mail=False)
    page = client_of("clerk", "en").get(PAGE).text
    assert "Action item overdue" in page and "mail 30 Nov" not in page
    # What is for others is not there, nor what is not theirs to see.
    assert "Action item overdue, escalated" not in page


def test_on_leave_the_page_says_who_stands_in_and_both_see_where_reminders_go(
    client_of, people, action
):
    enter_leave(people.clerk.id, date(2026, 11, 26), date(2026, 12, 1), people.owner1.id,
                actor=people.clerk, now=NOW)  # fmt: skip
    page = client_of("clerk", "en").get(PAGE).text
    assert "You are on leave until Tue 1 Dec." in page
    assert "周敏 stands in for you: reminders of these days go to them" in page
    assert "Action item overdue" not in page
    page = client_of("owner1", "en").get(PAGE).text
    assert "You stand in for 赵小云" in page
    assert "Action item overdue" in page
    assert "standing in for 赵小云, who is on leave" in page


def test_on_leave_without_anybody_to_stand_in_the_mails_wait(client_of, people, action):
    enter_leave(people.clerk.id, date(2026, 11, 30), date(2026, 12, 1), None,
                actor=people.clerk, now=NOW)  # fmt: skip
    page = client_of("clerk", "en").get(PAGE).text
    assert "You are on leave on Mon 30 Nov – Tue 1 Dec." in page
    assert "Nobody stands in for you" in page
    assert "mail 2 Dec 09:07: on leave until then" in page


def test_the_page_needs_as_much_sql_for_many_plans_as_for_few(client_of, people):
    client = client_of("owner1")
    client.get(PAGE)
    with counted() as few:
        client.get(PAGE)
    for number in range(4):
        start_plan(
            PlanStart(template_key="reception", start_on=date(2026, 9, 28),
                      company=f"分店 {number}", owners={n: people.owner1.id for n in range(1, 6)}),
            people.pm, NOW - timedelta(days=1),
        )  # fmt: skip
    unit_of_work.commit()
    client.get(PAGE)
    with counted() as many:
        client.get(PAGE)
    assert len(many) == len(few) <= 42, "\n".join(many)


def test_a_weekend_alone_is_no_choice_of_days_while_mail_is_on(client_of, people):
    answer = client_of("clerk").post(PAGE, data={**FITTING, "days": ["5", "6"]})
    assert answer.status_code == 422
    assert "请至少再选一天周一到周五" in answer.text and 'id="days-error"' in answer.text
    assert wishes_of(people.clerk) == Wishes()
    answer = client_of("clerk").post(PAGE, data={**FITTING, "has_mail": "no", "days": ["5", "6"]})
    assert answer.status_code == 303


def test_mail_that_has_no_day_within_a_year_is_said_without_a_date(client_of, people, action):
    db.session.add(Preference(person_id=people.clerk.id, **_weekend_alone()))
    unit_of_work.commit()
    page = client_of("clerk").get(PAGE).text
    assert "2027" not in page
    assert ("一年内没有可以发邮件的日子" in page) is (Channel.mail in channels_in_use())


def _weekend_alone():
    return {
        "has_mail": True, "pace": Pace.together, "daily_minute": 547, "days": "5",
        "quiet_from_minute": 1200, "quiet_until_minute": 450,
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["1630", "１６：３０", "16.30"])
def test_a_time_may_be_typed_as_people_write_it(client_of, people, typed):
    assert client_of("clerk").post(PAGE, data={**FITTING, "daily_at": typed}).status_code == 303
    assert wishes_of(people.clerk).daily_at == time(16, 30)
