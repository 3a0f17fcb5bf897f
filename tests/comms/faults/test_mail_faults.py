"""Whatever breaks while mail is sent, every reminder arrives, and none comes twice but for the one
window that no protocol closes: the server's acceptance and our commit (RFC 1047)."""

import itertools
import re
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Person
from app.comms.models import Channel, Message, MessageAttempt, MessageState
from app.comms.outbox import requeue
from app.core import unit_of_work
from app.core.db import db
from tests.comms.faults.scene import MORNING, at
from tests.comms.mail_server import free_port, running

LEASE_OVER = MORNING + timedelta(minutes=16)
HALF_A_DAY = 12 * 60


def owners(people):
    return [getattr(people, f"owner{number}") for number in range(1, 6)]


def deliver_until_quiet(worker, begin, minutes=HALF_A_DAY, step=10) -> None:
    """Run the job as the tick would, until nothing waits any more."""
    for minute in range(0, minutes, step):
        worker.run("deliver", begin + timedelta(minutes=minute))
        if not states():
            return


def states():
    """Whatever has not ended."""
    found = db.session.scalars(
        select(Message.id).where(
            Message.channel == Channel.mail,
            Message.state.in_([MessageState.pending, MessageState.sending]),
        )
    ).all()
    unit_of_work.rollback()
    return found


def at_first(event: threading.Event, answer=None):
    """A hook that acts at its first call alone; the event says that it has acted."""
    calls = itertools.count()

    def hook():
        if next(calls):
            return None
        try:
            return answer() if answer else None
        finally:
            event.set()

    return hook


def test_killed_before_the_server_took_it(scene, people, noted):
    due = scene.due(owners(people), people.pm, each=2)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    reached = threading.Event()

    def die() -> None:
        worker.process.kill()
        raise ConnectionAbortedError

    scene.postbox.before_data = at_first(reached, die)
    worker.tell(job="deliver", at=MORNING.isoformat())
    assert reached.wait(30)
    worker.kill()
    # Before the lease is over nobody touches the row that it held; afterwards it goes out.
    heir = scene.worker()
    heir.run("deliver", MORNING + timedelta(minutes=5))
    assert scene.states()[MessageState.sending] > 0
    deliver_until_quiet(heir, LEASE_OVER)
    sent, lost, twice = scene.counted()
    noted("kill -9 before the send", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def test_killed_between_the_server_s_250_and_our_commit(scene, people, noted):
    due = scene.due(owners(people), people.pm, each=2)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    reached = threading.Event()

    def hold() -> None:
        # The worker can hear the 250, and cannot write it down.
        lock.__enter__()

    lock = scene.database_locked()
    scene.postbox.after_data = at_first(reached, hold)
    worker.tell(job="deliver", at=MORNING.isoformat())
    assert reached.wait(30)
    worker.kill()
    lock.__exit__(None, None, None)
    deliver_until_quiet(scene.worker(), LEASE_OVER)
    sent, lost, twice = scene.counted()
    noted("kill -9 after the 250, before the commit", due, sent, lost, twice)
    assert lost == 0
    # The one that is being written down and the one on the line, and no other.
    assert 1 <= twice <= 2
    assert max(scene.arrived().values()) == 2
    ids = [mail["Message-ID"] for mail in scene.postbox.mails]
    assert len(ids) - len(set(ids)) >= twice, "what came again is known as the same mail"


@pytest.mark.usefixtures("in_digests")
def test_killed_in_the_middle_of_a_digest(scene, people, noted):
    due = scene.due(owners(people)[:2], people.pm, each=7)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    reached = threading.Event()

    def die() -> None:
        worker.process.kill()
        raise ConnectionAbortedError

    scene.postbox.before_data = at_first(reached, die)
    worker.tell(job="deliver", at=MORNING.isoformat())
    assert reached.wait(30)
    worker.kill()
    deliver_until_quiet(scene.worker(), LEASE_OVER)
    sent, lost, twice = scene.counted()
    noted("kill -9 in the middle of a digest", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)
    tos = [mail["To"].addresses[0].addr_spec for mail in scene.postbox.mails]
    assert len(tos) == len(set(tos)), "one mail a person, not seven"


@pytest.mark.usefixtures("in_digests")
def test_killed_after_a_digest_was_accepted(scene, people, noted):
    due = scene.due(owners(people)[:2], people.pm, each=7)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    reached, lock = threading.Event(), scene.database_locked()
    scene.postbox.after_data = at_first(reached, lambda: lock.__enter__())
    worker.tell(job="deliver", at=MORNING.isoformat())
    assert reached.wait(30)
    worker.kill()
    lock.__exit__(None, None, None)
    deliver_until_quiet(scene.worker(), LEASE_OVER)
    sent, lost, twice = scene.counted()
    noted("kill -9 after a digest's 250, before the commit", due, sent, lost, twice)
    assert lost == 0
    assert twice <= due, "each row of the digests in the window once more at the most"
    assert max(scene.arrived().values()) <= 2


def test_the_server_refuses_connections_for_hours(scene, people, noted):
    due = scene.due(owners(people), people.pm)
    nobody = free_port()
    worker = scene.worker(mail_url=f"smtp://127.0.0.1:{nobody}?from=y@company.example")
    worker.run("reminders", MORNING)
    for minute in range(0, HALF_A_DAY, 60):
        assert "out of reach" in worker.run("deliver", MORNING + timedelta(minutes=minute))
    with running(scene.postbox, nobody):
        deliver_until_quiet(worker, MORNING + timedelta(minutes=HALF_A_DAY))
    sent, lost, twice = scene.counted()
    noted("SMTP refuses connections for 12 hours", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def test_the_server_hangs(scene, people, noted):
    due = scene.due(owners(people), people.pm)
    scene.postbox.is_hanging = True
    worker = scene.worker()
    worker.run("reminders", MORNING)
    assert "out of reach" in worker.run("deliver", MORNING)
    scene.postbox.is_hanging = False
    deliver_until_quiet(worker, MORNING + timedelta(minutes=2))
    sent, lost, twice = scene.counted()
    noted("SMTP hangs", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


@pytest.mark.parametrize("code", ["421 closing", "450 mailbox busy", "451 try later"])
def test_the_server_says_later(scene, people, noted, code):
    due = scene.due(owners(people), people.pm)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    answers = iter([code] * 4)
    scene.postbox.at_rcpt = lambda address: next(answers, None)
    deliver_until_quiet(worker, MORNING)
    sent, lost, twice = scene.counted()
    noted(f"SMTP answers {code[:3]} four times", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def test_the_server_refuses_one_address_for_good(scene, people, noted):
    due = scene.due(owners(people), people.pm)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    scene.postbox.at_rcpt = lambda to: "550 no such user" if to.startswith("owner1") else None
    deliver_until_quiet(worker, MORNING)
    sent, lost, twice = scene.counted()
    assert (sent, lost, twice) == (due - 1, 1, 0)
    assert scene.states()[MessageState.dead] >= 1, "a dead letter, not a lost one"
    # The address is put right, and somebody presses the button.
    scene.postbox.at_rcpt = lambda to: None
    requeue_the_dead()
    deliver_until_quiet(worker, MORNING + timedelta(hours=1))
    sent, lost, twice = scene.counted()
    noted("SMTP answers 550 (dead letter, then requeued)", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def requeue_the_dead() -> None:
    manager = db.session.scalars(
        select(Person).where(Person.email == "pm@example.com")
    ).one()
    for message in db.session.scalars(select(Message).where(Message.state == MessageState.dead)):
        requeue(message, actor=manager, now=MORNING + timedelta(minutes=30))
    unit_of_work.commit()


def test_the_server_closes_in_data(scene, people, noted):
    due = scene.due(owners(people), people.pm)
    worker = scene.worker()
    worker.run("reminders", MORNING)

    def close() -> None:
        raise ConnectionAbortedError

    scene.postbox.before_data = at_first(threading.Event(), close)
    deliver_until_quiet(worker, MORNING)
    sent, lost, twice = scene.counted()
    noted("SMTP closes in DATA", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def test_a_template_raises(scene, people, noted):
    """What one template cannot say waits and is tried again; everything else is said."""
    scene.due(owners(people)[:2], people.pm, on=date(2026, 11, 23))
    due = scene.due(owners(people), people.pm) + 2
    # On Thursday the two of Monday are escalated to the manager, the others are reminded of.
    broken = scene.worker(broken_template="mails/escalation/body.txt")
    assert "failed" in broken.run("reminders", MORNING)
    deliver_until_quiet(broken, MORNING)
    assert scene.counted()[:2] == (due - 2, 2)
    mended = scene.worker()
    assert "failed" not in mended.run("reminders", at(9, 9))
    deliver_until_quiet(mended, at(9, 9))
    sent, lost, twice = scene.counted()
    noted("a template raises", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


def test_every_try_is_kept_with_its_answer(scene, people):
    scene.due(owners(people)[:1], people.pm)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    answers = iter(["450 busy", "451 later"])
    scene.postbox.at_rcpt = lambda address: next(answers, None)
    deliver_until_quiet(worker, MORNING)
    tries = db.session.execute(
        select(MessageAttempt.number, MessageAttempt.outcome, MessageAttempt.answer)
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(Message.kind == "action.before")
        .order_by(MessageAttempt.number)
    ).all()
    assert tries[-1].outcome == "sent"
    # With the number that the mail goes by at the server.
    assert re.fullmatch(r"250 queued as \d{4}", tries[-1].answer)
    later = db.session.execute(
        select(MessageAttempt.number, MessageAttempt.answer)
        .where(MessageAttempt.outcome == "later")
        .order_by(MessageAttempt.number)
    ).all()
    assert {answer for _number, answer in later} == {"450 busy", "451 later"}
