"""Processes that do the same work at once, that die, and that were not there for days."""

import threading
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select

from app.accounts.models import Person
from app.comms.models import Channel, Message, MessageState
from app.core import unit_of_work
from app.core.db import db
from app.core.permissions import Role
from app.plans.models import PlanMember
from app.tasks.actions import close_action
from app.tasks.models import ActionItem
from tests.comms.faults.scene import MORNING, at
from tests.comms.faults.test_mail_faults import at_first, deliver_until_quiet, owners

MANY = 10_000
PEOPLE = 500


def test_two_schedulers_and_two_dispatchers_and_one_of_them_is_killed(scene, people, noted):
    due = scene.due(owners(people), people.pm, each=4)
    first, second = scene.worker(), scene.worker()
    dispatchers = [scene.worker(), scene.worker()]
    reached = threading.Event()

    def die() -> None:
        # Whoever is sending now: the first of the schedulers or a dispatcher beside it.
        first.process.kill()

    scene.postbox.before_data = at_first(reached, die)
    for minute in range(4):
        now = MORNING + timedelta(minutes=minute)
        for scheduler in (first, second):
            if scheduler.process.poll() is None:
                scheduler.tick(now)
        for dispatcher in dispatchers:
            dispatcher.tell(job="deliver", at=now.isoformat())
        for worker in (second, *dispatchers):
            assert worker.hear() is not None
    assert reached.is_set()
    for minute in (16, 17, 40):
        second.tick(MORNING + timedelta(minutes=minute))
        second.hear()
    sent, lost, twice = scene.counted()
    noted("two schedulers, two dispatchers, one killed", due, sent, lost, twice)
    assert lost == 0
    # If it was the one that was sending, its two mails were in the crash window.
    assert twice <= 2


def test_after_48_hours_of_downtime_what_still_matters_is_said_once(scene, people, noted):
    """Down from Wednesday morning to Friday morning."""
    due = scene.due(owners(people), people.pm)
    worker = scene.worker()
    worker.run("reminders", at(9, 8, day=25))
    # One is done meanwhile: it would have been reminded of on Thursday.
    done = db.session.scalars(select(ActionItem).order_by(ActionItem.id.desc())).first()
    close_action(done, evidence="已交", actor=people.owner5, now=at(15, 0, day=26))
    unit_of_work.commit()
    scene.addresses.pop()
    said = worker.run("reminders", at(9, 8, day=27))
    assert "no longer needed" in said
    deliver_until_quiet(worker, at(9, 8, day=27))
    worker.run("reminders", at(9, 30, day=27))
    deliver_until_quiet(worker, at(9, 30, day=27))
    sent, lost, twice = scene.counted()
    noted("48 hours of downtime", due - 1, sent, lost, twice)
    assert (lost, twice) == (0, 0)
    moot = db.session.scalars(
        select(Message).where(
            Message.state == MessageState.cancelled, Message.object_key == f"action:{done.id}"
        )
    ).one()
    assert (moot.kind, moot.answer) == ("action.before", "done")


def test_ten_thousand_due_at_one_minute_and_two_dispatchers(scene, people, noted):
    """Five hundred people with twenty things each: a mail for each of them, with all twenty."""
    written = fill(people)
    scene.addresses = [f"/actions/{key}" for key in written]
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    first, second = scene.worker(), scene.worker()
    first.run("reminders", MORNING)
    for worker in (first, second):
        worker.tell(job="deliver", at=MORNING.isoformat())
    for worker in (first, second):
        worker.hear()
    deliver_until_quiet(first, MORNING + timedelta(minutes=1))
    sent, lost, twice = scene.counted()
    noted("10,000 due at one minute, two dispatchers", MANY, sent, lost, twice)
    assert (sent, lost, twice) == (MANY, 0, 0)
    to = [mail["To"].addresses[0].addr_spec for mail in scene.postbox.mails]
    assert sum(address.startswith("many") for address in to) == PEOPLE
    count = db.session.scalar(
        select(func.count()).where(
            Message.channel == Channel.mail, Message.kind == "action.before",
            Message.state == MessageState.sent,
        )
    )  # fmt: skip
    assert count == MANY


def fill(people: SimpleNamespace) -> list[int]:
    """Rows of many people and their action items; answers the items' ids."""
    base = db.session.scalar(select(func.max(Person.id))) or 0
    ids = range(base + 1, base + 1 + PEOPLE)
    created = datetime(2026, 9, 28, 9, 0, tzinfo=MORNING.tzinfo)
    db.session.execute(
        insert(Person),
        [{"id": i, "email": f"many{i}@example.com", "name": f"众 {i}", "created_at": created}
         for i in ids],
    )  # fmt: skip
    db.session.execute(
        insert(PlanMember), [{"plan_id": 1, "person_id": i, "role": Role.member} for i in ids]
    )
    first = (db.session.scalar(select(func.max(ActionItem.id))) or 0) + 1
    rows = [
        {"id": first + n, "plan_id": 1, "number": 1000 + n, "title": f"补交签到表 {n}",
         "owner_id": ids[n % PEOPLE], "due_on": date(2026, 11, 27), "created_at": created,
         "created_by_id": people.pm.id}
        for n in range(MANY)
    ]  # fmt: skip
    db.session.execute(insert(ActionItem), rows)
    return [row["id"] for row in rows]


@pytest.mark.parametrize("days", [5, 40, 400])
def test_downtime_of_any_length_ends_in_one_reminder_a_thing(scene, people, days):
    scene.due(owners(people)[:2], people.pm)
    worker = scene.worker()
    worker.run("reminders", at(9, 0, day=26))
    back = at(9, 8, day=26) + timedelta(days=days)
    worker.run("reminders", back)
    deliver_until_quiet(worker, back, minutes=10 * 24 * 60, step=12 * 60)
    arrived = scene.arrived()
    for address in scene.addresses:
        told = [key for key in arrived if key[1] == address]
        # The owner once, the manager once: never a mail for each step that was missed.
        assert all(arrived[key] == 1 for key in told) and 1 <= len(told) <= 2
