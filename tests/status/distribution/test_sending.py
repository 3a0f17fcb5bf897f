"""Packs go out by themselves: once, to those who may read them, by mail with a link."""

import threading
from datetime import date, datetime, time, timedelta

import pytest

from app.accounts.services import disable_person
from app.comms import jobs as comms_jobs
from app.comms.meetings import add_meeting, instant
from app.comms.models import Channel, Message, MessageState, Pace, Preference
from app.core import unit_of_work
from app.core.db import db
from app.core.jobs import tick
from app.core.permissions import Role
from app.plans.access import drop_role, ensure_role
from app.plans.daybook import set_day
from app.plans.models import Plan, PlanPhase
from app.reports.problem_solving import raise_problem
from app.status.distribution import sending
from app.status.distribution.models import Audience, PackSchedule, SendingPack, SendingState
from app.status.distribution.schedule import Cadence
from app.status.distribution.sending import enter_due, send, send_packs, waiting
from app.status.distribution.services import (
    change_schedule,
    remove_schedule,
    send_now,
    switch_schedule,
)
from app.status.models import Pack, PackState
from app.status.packs import making as pack_making
from app.status.packs import services as packs
from tests.comms.mail_server import said
from tests.conftest import NOW
from tests.status.distribution.sendings import (
    FRIDAY,
    TICK,
    details,
    messages,
    schedule,
    send_and_deliver,
    sendings,
)

MINUTE = timedelta(minutes=1)
LATER = date(2026, 12, 18)


def states() -> list[SendingState]:
    return [row.state for row in sendings()]


def test_the_executives_get_it_on_friday_at_five(people, postbox):
    schedule(people)
    send_packs(FRIDAY - MINUTE)
    assert sendings() == []
    send_and_deliver()
    assert states() == [SendingState.sent]
    [mail] = postbox.mails
    assert mail["To"].addresses[0].addr_spec == "exec@example.com"
    assert mail["Subject"].startswith("状态包") or "Status pack" in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()
    pack = db.session.scalars(db.select(Pack)).one()
    assert pack.state is PackState.ready and pack.as_of >= TICK
    assert f"http://localhost/packs/{pack.id}.xlsx" in text
    html = mail.get_body(("html",)).get_content()
    assert f'href="http://localhost/packs/{pack.id}.xlsx"' in html
    assert [part.get_filename() for part in mail.walk() if part.get_filename()] == []
    assert "[[file]]" not in text + html
    assert len(text.split("\n-- \n")[0].strip().splitlines()) < 25


def test_it_is_in_the_app_too_and_stands_in_the_ledger_with_its_reason(people, postbox, client_of):
    schedule(people)
    send_and_deliver()
    inbox, mail = messages()
    assert {inbox.channel, mail.channel} == {Channel.inbox, Channel.mail}
    assert mail.state is MessageState.sent
    assert inbox.object_key == mail.object_key and mail.object_key.startswith("pack:")
    client = client_of("pm", "en")
    page = client.get("/plans/1/packs/distribution").get_data(as_text=True)
    assert people.exec.name in page and "Delivered" in page
    assert f"/plans/1/reminders?open={mail.id}#m{mail.id}" in page
    ledger = client.get(f"/plans/1/reminders?open={mail.id}").get_data(as_text=True)
    assert "every Friday at 17:00" in ledger and "Status pack" in ledger
    own = client_of("exec", "en")
    assert "Status pack" in own.get("/inbox").get_data(as_text=True)
    assert own.post(f"/inbox/{inbox.id}/open").headers["Location"] == inbox.url


def test_what_was_sent_is_not_sent_again(people, postbox):
    schedule(people)
    for minutes in range(4):
        send_and_deliver(TICK + minutes * MINUTE)
    assert len(sendings()) == len(postbox.mails) == 1
    send_and_deliver(TICK + timedelta(days=7))
    assert len(sendings()) == len(postbox.mails) == 2


def test_a_day_off_sends_it_on_the_working_day_before(people, postbox):
    set_day(FRIDAY.date(), False, "", actor=people.admin, now=NOW)
    schedule(people)
    thursday = FRIDAY - timedelta(days=1)
    send_and_deliver(thursday + MINUTE)
    assert [row.slot_at for row in sendings()] == [thursday]
    assert len(postbox.mails) == 1
    send_packs(TICK)
    assert len(sendings()) == 1


def test_nothing_leaves_before_its_slot_or_for_one_that_passed_before_it_was_made(people):
    schedule(people, weekday=2)
    schedule(people, at=time(17, 1))
    send_packs(TICK)
    assert sendings() == []


def test_after_weeks_without_a_tick_only_the_newest_slot_is_sent(people, postbox):
    schedule(people)
    send_and_deliver(TICK + timedelta(days=32))
    assert [row.slot_at.date().isoformat() for row in sendings()] == ["2026-12-25"]
    assert len(postbox.mails) == 1


def test_the_last_working_day_of_the_month(people, postbox):
    schedule(people, cadence=Cadence.monthly, at=time(9, 30))
    send_packs(FRIDAY + timedelta(days=1))
    assert sendings() == []
    send_packs(datetime.fromisoformat("2026-11-30T09:31+08:00"))
    assert states() == [SendingState.sent]


def test_two_processes_send_one_slot_once(people, postbox, context):
    schedule(people)
    ensure_role(1, people.owner1.id, Role.executive)
    unit_of_work.commit()
    start, broken = threading.Barrier(3), []

    def run() -> None:
        with context.app_context():
            try:
                start.wait()
                send_packs(TICK)
            except Exception as problem:
                broken.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    send_packs(TICK + 2 * MINUTE)
    comms_jobs.deliver(TICK + 3 * MINUTE)
    assert states() == [SendingState.sent]
    assert postbox.recipients() == ["exec@example.com", "owner1@example.com"]
    assert len(db.session.scalars(db.select(Pack)).all()) == 1


def test_readers_of_one_language_share_a_pack_and_each_language_has_its_own(people, postbox):
    for key, language in (("owner1", "en"), ("owner2", "zh")):
        getattr(people, key).language = language
        ensure_role(1, getattr(people, key).id, Role.executive)
    schedule(people)
    send_and_deliver()
    rows = db.session.scalars(db.select(SendingPack)).all()
    assert sorted(row.language for row in rows) == ["en", "zh"]
    by_person = {m.recipient_id: m for m in messages() if m.channel is Channel.mail}
    # One instant, and neither is compared with the other.
    built = [row.pack for row in rows]
    assert {pack.compared_with_id for pack in built} == {None}
    assert len({pack.as_of for pack in built}) == len({pack.snapshot_id for pack in built}) == 1
    languages = {row.pack_id: row.language for row in rows}
    assert {
        person_id: languages[int(m.object_key[5:])] for person_id, m in by_person.items()
    } == {people.exec.id: "zh", people.owner1.id: "en", people.owner2.id: "zh"}
    assert by_person[people.owner1.id].language == "en"
    assert by_person[people.owner1.id].subject.startswith("Status pack")


def test_a_fixed_language_is_everybody_s(people, postbox):
    schedule(people, language="en")
    send_and_deliver()
    assert postbox.mails[0]["Subject"].startswith("Status pack, week 48")
    assert postbox.mails[0]["Content-Language"] == "en"
    assert db.session.scalars(db.select(Pack.language)).all() == ["en"]


def test_who_lost_the_right_gets_nothing(people, postbox):
    schedule(people, audience=Audience.chosen, person_ids=(people.exec.id, people.pm.id))
    drop_role(1, people.exec.id, Role.executive)
    ensure_role(1, people.exec.id, Role.member)
    unit_of_work.commit()
    send_and_deliver()
    assert postbox.recipients() == ["pm@example.com"]


def test_who_loses_the_right_while_the_mail_waits_does_not_get_it(people, postbox):
    schedule(people)
    send_packs(TICK)
    drop_role(1, people.exec.id, Role.executive)
    ensure_role(1, people.exec.id, Role.member)
    unit_of_work.commit()
    comms_jobs.deliver(TICK + MINUTE)
    assert postbox.mails == []
    mail = next(m for m in messages() if m.channel is Channel.mail)
    assert (mail.state, mail.answer) == (MessageState.cancelled, "no_right")


def test_who_loses_the_right_while_the_pack_is_built_is_not_written_to(
    people, postbox, monkeypatch
):
    schedule(people)
    real = sending.rows_of

    def meanwhile(*args):
        rows = real(*args)
        drop_role(1, people.exec.id, Role.executive)
        unit_of_work.commit()
        return rows

    monkeypatch.setattr(sending, "rows_of", meanwhile)
    send_and_deliver()
    assert states() == [SendingState.nobody]
    assert messages() == postbox.mails == []


def test_who_left_gets_nothing_and_a_list_of_nobody_says_so(people, postbox, client_of):
    schedule(people)
    disable_person(people.exec.id, actor=people.admin, now=NOW)
    unit_of_work.commit()
    send_and_deliver()
    assert states() == [SendingState.nobody]
    assert postbox.mails == []
    page = client_of("pm", "en").get("/plans/1/packs/distribution").get_data(as_text=True)
    assert "nobody to send to" in page and "nobody of them may read packs now" in page


def test_the_wishes_of_the_reader_are_kept(people, postbox):
    schedule(people)
    db.session.add(Preference(person_id=people.exec.id, has_mail=True, pace=Pace.daily,
                              daily_minute=540))  # fmt: skip
    unit_of_work.commit()
    send_and_deliver()
    assert postbox.mails == []
    comms_jobs.deliver(datetime.fromisoformat("2026-11-30T09:00+08:00"))
    assert len(postbox.mails) == 1


def test_in_one_mail_with_others_it_keeps_its_link(people, postbox):
    schedule(people)
    ensure_role(1, people.pm.id, Role.executive)
    db.session.add(Preference(person_id=people.pm.id, has_mail=True, pace=Pace.daily,
                              daily_minute=540))  # fmt: skip
    schedule(people, audience=Audience.managers)
    send_packs(TICK)
    comms_jobs.deliver(datetime.fromisoformat("2026-11-30T09:00+08:00"))
    mail = next(m for m in postbox.mails if m["To"].addresses[0].addr_spec == "pm@example.com")
    text = mail.get_body(("plain",)).get_content()
    assert text.count(".xlsx") == 2


def test_a_pack_that_cannot_be_built_is_told_once_and_tried_again(people, postbox, monkeypatch):
    schedule(people)

    def broken(*_args, **_kw):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pack_making, "build_workbook", broken)
        for minutes in (0, 1, 6, 22):
            send_packs(TICK + minutes * MINUTE)
        [row] = sendings()
        assert (row.state, row.tries) == (SendingState.waiting, 3)
        assert "no space left" in row.error
        told = [m for m in messages("pack_failed") if m.channel is Channel.inbox]
        assert [m.recipient_id for m in told] == [people.pm.id]
        assert messages() == []
    send_and_deliver(TICK + timedelta(hours=2))
    assert states() == [SendingState.sent]
    assert sorted(postbox.recipients()) == ["exec@example.com", "pm@example.com"]
    built = db.session.scalars(db.select(Pack).where(Pack.state == PackState.ready)).one()
    assert built.compared_with_id is None


def test_a_sending_is_given_up_at_last_and_the_next_slot_takes_its_place(people, monkeypatch):
    schedule(people)
    monkeypatch.setattr(pack_making, "build_workbook", lambda *_a: 1 / 0)
    now = TICK
    for _n in range(8):
        send_packs(now)
        now = max(now, sendings()[0].next_try_at) + MINUTE
    assert states() == [SendingState.failed]
    send_packs(TICK + timedelta(days=7))
    send_packs(TICK + timedelta(days=14))
    assert states() == [SendingState.failed, SendingState.dropped, SendingState.waiting]


def test_one_plan_s_trouble_does_not_stop_another_list(people, postbox, monkeypatch):
    schedule(people, language="en")
    schedule(people, language="zh")
    real = pack_making.content_of

    def picky(manifest, states):
        if manifest.language == "en":
            raise ValueError("broken")
        return real(manifest, states)

    monkeypatch.setattr(packs, "content_of", picky)
    send_and_deliver()
    assert states() == [SendingState.waiting, SendingState.sent]


def test_a_pack_that_another_process_builds_is_waited_for(people, postbox):
    schedule(people)
    enter_due(TICK)
    [sending_id] = waiting(TICK)
    real = packs._claim
    packs._claim = lambda *_a: None
    try:
        assert not send(sending_id, lambda: TICK)
    finally:
        packs._claim = real
    [row] = sendings()
    assert (row.state, row.tries, row.error) == (SendingState.waiting, 0, "")
    send_and_deliver(TICK + 2 * MINUTE)
    assert states() == [SendingState.sent]
    assert len(db.session.scalars(db.select(Pack)).all()) == 1


def test_who_stopped_in_the_middle_is_taken_over_when_the_lease_ends(people, postbox):
    schedule(people)
    enter_due(TICK)
    [row] = sendings()
    row.lease_until = TICK + timedelta(minutes=15)
    unit_of_work.commit()
    send_packs(TICK + timedelta(minutes=14))
    assert states() == [SendingState.waiting]
    send_packs(TICK + timedelta(minutes=16))
    assert states() == [SendingState.sent]


def test_switched_off_removed_or_closed_it_sends_nothing(people, plan, postbox):
    off, gone = schedule(people), schedule(people)
    switch_schedule(1, off.id, is_on=False, actor=people.pm, now=NOW)
    remove_schedule(1, gone.id, actor=people.pm, now=NOW)
    unit_of_work.commit()
    send_packs(TICK)
    assert sendings() == []
    switch_schedule(1, off.id, is_on=True, actor=people.pm, now=TICK)
    plan.state = PlanPhase.closed
    unit_of_work.commit()
    send_packs(TICK + timedelta(days=7))
    assert sendings() == []
    db.session.get_one(Plan, 1).state = PlanPhase.active
    unit_of_work.commit()
    send_packs(TICK + timedelta(days=7))
    assert len(sendings()) == 1


def test_a_sending_that_waits_is_dropped_when_its_schedule_is_switched_off(people):
    row = schedule(people)
    enter_due(TICK)
    switch_schedule(1, row.id, is_on=False, actor=people.pm, now=TICK)
    unit_of_work.commit()
    send_packs(TICK)
    assert states() == [SendingState.dropped]
    assert messages() == []


def test_another_hour_does_not_send_what_would_have_been_before(people):
    row = schedule(people, at=time(18, 0))
    change_schedule(1, row.id, details(at=time(16, 0)), actor=people.pm, now=TICK)
    unit_of_work.commit()
    send_packs(TICK + MINUTE)
    assert sendings() == []


def test_sent_by_hand_it_goes_at_once_and_says_who_sent_it(people, postbox):
    row = schedule(people, language="en")
    switch_schedule(1, row.id, is_on=False, actor=people.pm, now=NOW)
    send_now(1, row.id, actor=people.pm, now=NOW)
    unit_of_work.commit()
    send_and_deliver(NOW + MINUTE)
    text = postbox.mails[0].get_body(("plain",)).get_content()
    assert f"{people.pm.name} sent it now" in text
    assert states() == [SendingState.sent]


def test_the_cover_says_what_changed_since_the_last_pack(people, postbox):
    schedule(people, language="en")
    send_and_deliver()
    db.session.get_one(Plan, 1).go_live_on = datetime(2027, 2, 1).date()
    raise_problem(1, title="<b>Who</b> pays?", owner_id=people.exec.id,
                  answer_due_on=LATER, actor=people.pm, now=TICK + MINUTE)  # fmt: skip
    unit_of_work.commit()
    send_and_deliver(TICK + timedelta(days=7))
    mail = postbox.mails[-1]
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Changed since the pack of 27 Nov:" in text
    assert "1 Feb 2027" in text
    assert "Waits for you:" in text and "<b>Who</b> pays?" in text
    assert "Waits for a decision:" in text
    assert "<b>Who</b>" not in html and "&lt;b&gt;Who&lt;/b&gt;" in html


def test_every_feature_s_to_dos_can_be_named_outside_of_a_request(people, postbox):
    """An invitation without an answer, minutes that are owed, a report, a plan to sign."""
    who = {"actor": people.pm, "now": NOW}
    for day in (26, 30):
        add_meeting(
            1, title="talk", starts_at=instant(date(2026, 11, day), 17, 0),
            ends_at=instant(date(2026, 11, day), 18, 0), place="hall",
            person_ids=[people.exec.id, people.pm.id], **who,
        )  # fmt: skip
    for role in Role:
        ensure_role(1, people.pm.id, role)
    schedule(people)
    send_and_deliver()
    assert states() == [SendingState.sent]
    assert len(postbox.mails) == 2
    for mail in postbox.mails:
        assert "等您处理" in (text := mail.get_body(("plain",)).get_content()) or (
            "Waits for you" in text
        )


def test_the_pack_shows_the_moment_it_was_asked_for(people, postbox, monkeypatch):
    """Somebody changes the plan between the request and the build."""
    schedule(people)
    real = packs._make

    def changed_meanwhile(claim, now):
        raise_problem(1, title="later", owner_id=people.exec.id, answer_due_on=LATER,
                      actor=people.pm, now=TICK + MINUTE)  # fmt: skip
        unit_of_work.commit()
        return real(claim, now)

    monkeypatch.setattr(packs, "_make", changed_meanwhile)
    send_and_deliver()
    assert states() == [SendingState.sent]
    assert db.session.scalars(db.select(Pack)).one().as_of >= TICK


def test_the_tick_runs_it(people, postbox):
    schedule(people)
    assert "send-packs" in tick(TICK)
    tick(TICK + MINUTE)
    assert sum("packs/" in mail.get_body(("plain",)).get_content() for mail in postbox.mails) == 1
    assert said(send_packs(TICK + 2 * MINUTE)) == "0 sent"


def test_many_schedules_that_are_not_due_cost_a_few_statements(people):
    from tests.sql import counted

    def cost() -> int:
        unit_of_work.commit()
        with counted() as c:
            send_packs(NOW)
        return len(c)

    schedule(people)
    few = cost()
    for _n in range(30):
        schedule(people)
    assert cost() == few <= 8
    assert db.session.scalar(db.select(db.func.count()).select_from(PackSchedule)) == 31


@pytest.mark.parametrize("channel", [Channel.mail, Channel.inbox])
def test_a_message_is_known_by_its_pack_and_slot(people, postbox, channel):
    schedule(people)
    send_and_deliver()
    row = db.session.scalars(db.select(Message).where(
        Message.kind == "pack_sent", Message.channel == channel)).one()  # fmt: skip
    assert row.unique_key == (
        f"pack_sent:{row.object_key}:2026-11-27T09:00:00:{people.exec.id}:{channel.value}"
    )
