"""A group that cannot be reached now is told later, and one that cannot be reached at all leaves
nobody untold: the people concerned get a mail."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.comms.models import Channel, Message, MessageState, PlanRobot, Robot, RuleRow, Vendor
from app.comms.robots import RobotDetails, add_robot
from app.core import clock, unit_of_work
from app.core.db import db
from app.tasks.models import Task
from tests.comms.faults.scene import MORNING, Scene
from tests.comms.robot_server import RobotServer, running_robots

VENDORS = list(Vendor)
DUE_ON = date(2026, 12, 1)  # three working days after Thursday the 26th


@pytest.fixture
def robots(scene: Scene) -> Iterator[RobotServer]:
    with running_robots() as server:
        scene.robot_stand_in = server.url
        yield server


def group_alone(context, people, robots, vendor) -> int:
    """The five tasks fall due, and the plan says it in this group alone; answers how many."""
    kept = context.config["SETTINGS"]
    context.config["SETTINGS"] = replace(kept, encryption_key="a key for the tests only")
    address = robots.address_of(vendor)
    robot = add_robot(
        RobotDetails(vendor, "接待项目群", address.url, address.secret, address.keyword),
        actor=people.admin, now=MORNING,
    )  # fmt: skip
    context.config["SETTINGS"] = kept
    db.session.flush()
    db.session.add(PlanRobot(plan_id=1, robot_id=robot.id))
    db.session.add(
        RuleRow(plan_id=1, key="task.before", kind="task", offset=-3, to=["responsible"],
                channels=["group"], wording={})
    )  # fmt: skip
    for task in db.session.scalars(select(Task).where(Task.plan_id == 1)):
        task.finish_on = DUE_ON
    unit_of_work.commit()
    return 5


def run(worker, robots, minutes) -> None:
    """Run the job that sends at these minutes after the morning."""
    for minute in minutes:
        now = MORNING + timedelta(minutes=minute)
        robots.now = lambda now=now: now
        worker.run("deliver", now)


def posted(robots) -> tuple[int, int, int]:
    """Tasks that the group was told of, lost ones, and how often one came again."""
    told = [
        number for post in robots.accepted for number in set(re.findall(r"任务 (\d)：", post.text))
    ]
    return len(set(told)), 5 - len(set(told)), len(told) - len(set(told))


TROUBLES = [
    (Vendor.dingtalk, "HTTP 200 with code 130101", '{"errcode": 130101, "errmsg": "too fast"}'),
    (Vendor.wecom, "HTTP 200 with code 45009", '{"errcode": 45009, "errmsg": "too fast"}'),
    (Vendor.feishu, "HTTP 200 with code 11232", '{"code": 11232, "msg": "too fast"}'),
    (Vendor.dingtalk, "HTTP 429", "429"),
    (Vendor.wecom, "HTTP 500", "500"),
    (Vendor.feishu, "no answer in time", "hang"),
    (Vendor.dingtalk, "line closed", "close"),
]


@pytest.mark.parametrize(("vendor", "name", "trouble"), TROUBLES)
def test_trouble_that_passes_is_waited_for(
    scene, context, people, robots, noted, vendor, name, trouble
):
    due = group_alone(context, people, robots, vendor)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    robots.troubles = iter([trouble] * 2)
    run(worker, robots, (0, 2, 5, 12, 25, 40, 60))
    sent, lost, twice = posted(robots)
    noted(f"{vendor.value}: {name}, twice", due, sent, lost, twice)
    assert (lost, twice) == (0, 0)


REFUSALS = {
    Vendor.dingtalk: '{"errcode": 310000, "errmsg": "sign not match"}',
    Vendor.wecom: '{"errcode": 93000, "errmsg": "invalid webhook url"}',
    Vendor.feishu: '{"code": 19021, "msg": "sign match fail"}',
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_robot_that_is_refused_for_good_is_replaced_by_mail(
    scene, context, people, robots, noted, vendor
):
    due = group_alone(context, people, robots, vendor)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    robots.troubles = iter([REFUSALS[vendor]] * 9)
    run(worker, robots, (0, 1, 2))
    told = [
        (mail["To"].addresses[0].addr_spec, number)
        for mail in scene.postbox.mails
        for number in set(re.findall(r"任务 (\d)：", mail.get_body(("plain",)).get_content()))
    ]
    lost = due - len(set(told))
    noted(f"{vendor.value}: refused for good, mail instead", due, len(set(told)), lost,
          len(told) - len(set(told)))  # fmt: skip
    assert sorted(told) == [(f"owner{n}@example.com", str(n)) for n in range(1, 6)]
    unit_of_work.rollback()
    robot = db.session.scalars(select(Robot)).one()
    assert not robot.is_enabled and robot.trouble
    warned = db.session.scalars(
        select(Message).where(Message.kind == "robot_failed", Message.channel == Channel.inbox)
    ).all()
    assert [message.recipient_id for message in warned] == [people.admin.id]
    dead = db.session.scalars(select(Message).where(Message.robot_id == robot.id)).all()
    assert {message.state for message in dead} == {MessageState.dead}


def test_everything_at_one_time_is_one_post(scene, context, people, robots):
    group_alone(context, people, robots, Vendor.dingtalk)
    worker = scene.worker()
    worker.run("reminders", MORNING)
    run(worker, robots, (0,))
    [post] = robots.accepted
    assert all(f"任务 {number}：" in post.text for number in range(1, 6))
    assert "周敏" in post.text


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_hundred_posts_at_once_stay_within_the_vendor_s_limit(
    scene, context, people, robots, noted, vendor
):
    """Two dispatchers at once: the vendor's own count, kept by the stand-in, is never passed."""
    group_alone(context, people, robots, vendor)
    worker, other = scene.worker(), scene.worker()
    worker.run("reminders", MORNING)
    pattern = db.session.scalars(select(Message).where(Message.robot_id.is_not(None))).first()
    for number in range(100):
        values = {
            column.name: getattr(pattern, column.key)
            for column in Message.__table__.columns
            if column.name not in ("id", "unique_key", "bundle")
        }
        values["reason"] = {**pattern.reason, "title": {"own": f"第 {number} 项"}}
        db.session.add(Message(unique_key=f"many:{number}", **values))
    db.session.execute(db.delete(Message).where(Message.bundle.is_not(None)))
    unit_of_work.commit()
    for second in range(0, 3600, 20):
        now = MORNING + timedelta(seconds=second)
        robots.now = clock.running_from(now)
        for one in (worker, other):
            one.tell(job="deliver", at=now.isoformat())
        for one in (worker, other):
            one.hear()
        if len(robots.accepted) >= 100:
            break
    titles = [found for post in robots.accepted for found in re.findall(r"第 \d+ 项", post.text)]
    noted(f"{vendor.value}: 100 posts at once, two dispatchers", 100, len(set(titles)),
          100 - len(set(titles)), len(titles) - len(set(titles)))  # fmt: skip
    assert len(titles) == len(set(titles)) == 100
    assert len(robots.requests) == 100, "none was refused for being too fast"
