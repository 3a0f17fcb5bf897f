"""Why somebody did not get a reminder: every step that names them, with its verdict and reason, for
the eyes that may know of it."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from app.comms import jobs
from app.comms.models import (
    Channel,
    Message,
    MessageState,
    Pace,
    PlanRobot,
    Robot,
    RuleRow,
    Vendor,
)
from app.comms.preference_services import Wishes, save_preferences
from app.comms.reminder_queries import coming
from app.comms.verdicts import Verdict
from app.comms.why_not import answers_about
from app.core import clock, unit_of_work
from app.core.db import db
from app.core.registries import subjects
from app.plans.access import viewer_of
from app.plans.leave import enter_leave
from app.plans.models import Plan, PlanMember, PlanPhase
from app.tasks.actions import change_action_date, close_action, create_action
from app.tasks.models import Task
from tests.conftest import NOW
from tests.sql import counted

ZONE = ZoneInfo("Asia/Shanghai")
PAGE = "/plans/1/reminders/why-not"


def at(day: int, hour: int = 9, minute: int = 8, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def only_actions(monkeypatch):
    kept = {name: row for name, row in subjects._rows.items() if name == "action"}
    monkeypatch.setattr(subjects, "_rows", kept)


@pytest.fixture
def action(people, only_actions):
    """An action item of the clerk, due on Friday 27 November; the notice of it is gone."""
    return an_action(people, people.clerk)


def an_action(people, owner, title="补交培训签到表", now=None, due_on=date(2026, 11, 27)):
    row = create_action(
        1, title=title, owner_id=owner.id, due_on=due_on, actor=people.pm, now=now or at(20)
    )
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return row


def rule(key, **values):
    values = {"is_on": True, "offset": -1, "to": ["responsible"], "channels": ["inbox", "mail"],
              "wording": {}, **values}  # fmt: skip
    db.session.add(RuleRow(plan_id=1, key=key, kind=key.partition(".")[0], **values))
    unit_of_work.commit()


def verdicts(person, viewer=None, now=NOW):
    """What the page knows, by step."""
    unit_of_work.commit()
    eyes = viewer_of(viewer or person, 1)
    return {
        (row.named.rule.key if row.named else row.told.shown.kind): row.verdict
        for row in answers_about(person.id, eyes, now).rows
    }


def lines(client, query=""):
    """The page's lines as texts, in the order in which they stand."""
    page = client.get(PAGE + query).text
    found = re.findall(r"<tr>(.*?)</tr>|<li><span class=\"yb-log-when\">(.*?)</li>", page, re.S)
    return [
        " ".join(unescape(re.sub(r"<[^>]+>", " ", row or item)).split()) for row, item in found
    ][1:]


def test_each_sees_themselves_and_the_manager_whom_they_choose(client_of, people, action):
    """Whatever an owner writes into the address, it is themselves whom they ask about."""
    mine = client_of("clerk", "en").get(PAGE).text
    assert "Why did I not get it?" in mine and "补交培训签到表" in mine
    other = client_of("owner1", "en").get(f"{PAGE}?person={people.clerk.id}").text
    assert "Why did I not get it?" in other and "补交培训签到表" not in other
    assert 'name="person"' not in other
    chosen = client_of("pm", "en").get(f"{PAGE}?person={people.clerk.id}").text
    assert "Why did 赵小云 not get it?" in chosen and "补交培训签到表" in chosen
    for nonsense in ("person=x", "person=99999", f"person={people.stranger.id}", "subject=x",
                     "page=0", "page=99999999999999"):  # fmt: skip
        page = client_of("pm", "en").get(f"{PAGE}?{nonsense}")
        assert page.status_code == 200 and "Why did I not get it?" in page.text


def test_strangers_find_nothing(client_of):
    assert client_of("stranger").get(PAGE).status_code == 404
    assert client_of(None).get(PAGE).status_code == 302


def test_what_came_says_when_and_through_what_and_leads_to_its_record(
    client_of, people, action, postbox
):
    jobs.write_reminders(at(26))
    jobs.deliver(at(26, 9, 9))
    client = client_of("clerk", "en")
    [past, *_ahead] = lines(client)
    assert past == (
        "26 Nov 09:07 Action item due soon Action item A-1: 补交培训签到表 26 Nov 09:07 "
        "Received in the app 26 Nov 09:08 · by mail 26 Nov 09:09 See the record"
    )
    [mail] = db.session.scalars(db.select(Message).where(Message.channel == Channel.mail))
    record = f"/plans/1/reminders?open={mail.id}#m{mail.id}"
    assert f'href="{record}"' in client.get(PAGE).text
    assert "Why did 赵小云 get this?" in client.get(record).text


def test_what_will_come_says_when_its_mail_comes_and_what_makes_it_needless(
    client_of, people, action, postbox
):
    jobs.write_reminders(at(26))
    save_preferences(people.clerk, Wishes(pace=Pace.daily), NOW)
    assert lines(client_of("clerk", "en"))[1] == (
        "09:07 Action item overdue Action item A-1: 补交培训签到表 "
        "Will come · mail at the same time · not sent if it is closed first"
    )


def test_a_mail_that_waits_says_until_when_and_why(client_of, people, action, postbox):
    rule("action.before", hour=21, minute=0)
    jobs.write_reminders(at(26, 21, 1))
    [mail] = db.session.scalars(db.select(Message).where(Message.channel == Channel.mail))

    def line(**values):
        for name, value in values.items():
            setattr(mail, name, value)
        unit_of_work.commit()
        with clock.fixed_at(at(26, 21, 2)):
            return lines(client_of("clerk", "en"))[0]

    assert "In the app, the mail waits in the app 26 Nov 21:01" in line()
    assert "mail 27 Nov 09:07: quiet hours" in line()
    assert "next try 09:30: 451 later" in line(answer="451 later", next_try_at=at(27, 9, 30))
    assert "too many mails in one hour; they come gathered" in line(answer="limit")
    dead = line(answer="550 no such user", state=MessageState.dead)
    assert "In the app, without a mail in the app 26 Nov 21:01 · 550 no such user" in dead


def test_without_a_mail_server_the_mail_says_so(client_of, people, action):
    jobs.write_reminders(at(26))
    line = lines(client_of("clerk", "en"))[0]
    assert "In the app, the mail waits in the app 26 Nov 09:08 · no mail server is set" in line


def test_what_was_taken_back_says_why(client_of, people, action, postbox):
    rule("action.before", hour=21, minute=0)
    jobs.write_reminders(at(26, 21, 1))
    close_action(action, evidence="已交", actor=people.clerk, now=at(27, 8))
    unit_of_work.commit()
    jobs.deliver(at(27, 9, 8))
    with clock.fixed_at(at(27, 9, 10)):
        before, overdue = lines(client_of("clerk", "en"))[:2]
    assert "In the app, without a mail in the app 26 Nov 21:01" in before
    assert "done before its turn came" in before
    assert "Not needed · done on Fri 27 Nov, before its turn came" in overdue
    assert verdicts(people.clerk, now=at(27, 9, 10)) == {
        "action.before": Verdict.cancelled, "action.overdue": Verdict.done,
    }  # fmt: skip


def test_a_thing_that_moved_keeps_what_was_said_of_its_old_day(client_of, people, action, postbox):
    rule("action.before", hour=21, minute=0)
    jobs.write_reminders(at(26, 21, 1))
    change_action_date(action, due_on=date(2026, 12, 3), reason="改期", actor=people.pm,
                       now=at(27, 8))  # fmt: skip
    unit_of_work.commit()
    jobs.deliver(at(27, 9, 8))
    with clock.fixed_at(at(27, 9, 10)):
        told, *ahead = lines(client_of("clerk", "en"))
    assert "without a mail" in told and "the date was changed" in told
    assert "Action item due soon" in ahead[0] and "Will come" in ahead[0]


def test_a_rule_that_is_switched_off_is_named(client_of, people, action):
    rule("action.overdue", is_on=False, offset=1)
    line = lines(client_of("clerk", "en"))[-1]
    assert "Rule switched off · this plan does not remind at this step" in line
    assert verdicts(people.clerk)["action.overdue"] is Verdict.rule_off


def test_leave_is_told_on_both_sides(client_of, people, action):
    enter_leave(people.clerk.id, date(2026, 11, 26), date(2026, 11, 27), people.owner1.id,
                actor=people.clerk, now=at(25))  # fmt: skip
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    line = lines(client_of("clerk", "en"))[0]
    assert "Handed over given to 周敏, who stands in during the leave" in line
    [got, *_ahead] = lines(client_of("owner1", "en"))
    assert "in the app 26 Nov 09:08" in got and "in place of 赵小云, who is on leave" in got
    assert verdicts(people.clerk)["action.overdue"] is Verdict.comes


def test_where_whoever_answers_for_it_has_left_those_above_are_named(people, action):
    db.session.execute(db.delete(PlanMember).where(PlanMember.person_id == people.clerk.id))
    assert verdicts(people.pm) == {
        "action.before": Verdict.comes, "action.overdue": Verdict.comes,
        "action.escalated": Verdict.comes,
    }  # fmt: skip


def test_what_came_into_being_after_its_time_says_so(client_of, people, only_actions):
    jobs.write_reminders(at(26, 10))
    an_action(people, people.clerk, now=NOW)
    line = lines(client_of("clerk", "en"))[0]
    assert "Not due then the thing, its date, who answers for it or the rule came only later" in (
        line
    )
    assert verdicts(people.clerk)["action.overdue"] is Verdict.comes


def test_what_the_next_run_will_write_is_still_to_come(people, action):
    """It fell due at seven past nine, and nothing has looked since eight."""
    jobs.write_reminders(at(26, 8))
    assert verdicts(people.clerk, now=at(26, 9, 7))["action.before"] is Verdict.comes
    jobs.write_reminders(at(26, 9, 8))
    assert verdicts(people.clerk, now=at(26, 9, 8))["action.before"] is Verdict.waits


def test_whoever_wants_no_mail_reads_that_it_is_in_the_app_only(client_of, people, action, postbox):
    save_preferences(people.clerk, replace(Wishes(), has_mail=False), at(25))
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    past, ahead = lines(client_of("clerk", "en"))
    assert "Received in the app 26 Nov 09:08 · without a mail, as none is wanted" in past
    assert "Will come · in the app only, as mail is not wanted" in ahead


def test_what_a_group_was_told_stands_beside_it(client_of, people):
    robot = Robot(vendor=Vendor.wecom, name="前台群", address="x", created_at=NOW)
    db.session.add(robot)
    db.session.flush()
    db.session.add(PlanRobot(plan_id=1, robot_id=robot.id))
    task = db.session.scalars(db.select(Task).where(Task.number == 1)).one()
    task.finish_on = date(2026, 11, 26)
    unit_of_work.commit()
    jobs.write_reminders(at(26))
    [post] = db.session.scalars(
        db.select(Message).where(Message.robot_id.is_not(None), Message.kind == "task.today")
    )
    post.state, post.sent_at = MessageState.sent, at(26, 9, 9)
    unit_of_work.commit()
    [line] = [line for line in lines(client_of("owner1", "en")) if "Task due today" in line]
    assert "posted to 前台群 26 Nov 09:09" in line


def test_what_may_not_be_read_is_named_to_the_manager_alone(client_of, people):
    """A rule tells members of weekly reports, which they do not read."""
    rule("report.own1", offset=0, to=["role:member"])
    clerk, chosen = client_of("clerk", "en"), f"?person={people.clerk.id}&subject=report"
    assert not [line for line in lines(clerk) if "report" in line.lower()]
    assert 'value="report"' not in clerk.get(PAGE).text
    told = lines(client_of("pm", "en"), chosen)
    assert told and all("May not see it" in line for line in told)
    assert all("赵小云 may not read this in the plan" in line for line in told)
    assert set(verdicts(people.clerk, people.pm).values()) >= {Verdict.unseen}
    assert Verdict.unseen not in verdicts(people.clerk).values()


def test_a_rule_never_shows_whoever_reads_their_own_the_things_of_others(client_of, people, action):
    """Members read only their own action items; the rule that would tell them all is off."""
    an_action(people, people.owner1, title="别人的事")
    rule("action.own1", offset=1, to=["role:member"], is_on=False)
    page = client_of("clerk").get(PAGE).text
    assert "补交培训签到表" in page and "别人的事" not in page
    page = client_of("pm").get(f"{PAGE}?person={people.clerk.id}").text
    assert "补交培训签到表" in page and "别人的事" in page


def test_one_subject_can_be_looked_at(client_of, people):
    manager = client_of("pm", "en")
    every = lines(manager)
    page = manager.get(f"{PAGE}?subject=report").text
    assert '<option value="report" selected>' in page
    some = lines(manager, "?subject=report")
    assert 0 < len(some) < len(every) and all("Weekly report" in line for line in some)


def test_what_the_page_foretells_is_what_comes(people):
    """The page and the preview agree about everybody in the plan, whatever falls due."""
    eyes, total = viewer_of(people.pm, 1), 0
    for person in (people.pm, people.owner4, people.it, people.exec, people.clerk):
        foretold = {
            row.named.place
            for row in answers_about(person.id, eyes, NOW).rows
            if row.verdict is Verdict.comes and row.at > NOW
        }
        assert foretold == {
            (row.rule_key, row.object_key, row.occurrence)
            for row in coming(1, NOW, days=15, person_id=person.id)
        }
        total += len(foretold)
    assert total > 20


def test_everything_that_was_written_is_on_the_page_of_whoever_it_was_for(people):
    for hours in range(0, 10 * 24, 24):
        jobs.write_reminders(NOW - timedelta(days=10) + timedelta(hours=hours))
    written = db.session.execute(
        db.select(Message.recipient_id, Message.kind, Message.object_key, Message.occurrence)
        .where(Message.recipient_id.is_not(None), Message.kind.contains("."))
        .distinct()
    ).all()
    assert len(written) > 10
    eyes, shown = viewer_of(people.pm, 1), set()
    for person_id in {row.recipient_id for row in written}:
        for row in answers_about(person_id, eyes, NOW).rows:
            if row.told:
                message = row.told.shown
                shown.add((person_id, message.kind, message.object_key, message.occurrence))
    assert shown == {tuple(row) for row in written}


def test_a_closed_plan_says_that_nothing_comes_any_more(client_of, people, action):
    db.session.get_one(Plan, 1).state = PlanPhase.closed
    unit_of_work.commit()
    page = client_of("clerk", "en").get(PAGE).text
    assert "The plan is closed" in page and "Will come" not in page


def test_the_page_needs_as_much_sql_for_many_things_as_for_few(client_of, people):
    client = client_of("pm")
    an_action(people, people.pm)
    jobs.write_reminders(at(26))
    client.get(PAGE)
    with counted() as few:
        client.get(PAGE)
    for number in range(60):
        create_action(1, title=f"事项 {number}", owner_id=people.pm.id, due_on=date(2026, 11, 27),
                      actor=people.pm, now=at(20))  # fmt: skip
    unit_of_work.commit()
    jobs.write_reminders(NOW)
    with counted() as many:
        page = client.get(PAGE).text
    assert "事项 59" in page
    assert len(many) == len(few) <= 45, "\n".join(many)
