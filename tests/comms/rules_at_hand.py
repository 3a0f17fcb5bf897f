"""What the tests of a plan's rules share: a step in words, an action item to be reminded of."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.comms.models import Channel, Message, Robot, Vendor
from app.comms.rule_services import RuleDetails
from app.core import unit_of_work
from app.core.db import db
from app.tasks.actions import create_action
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 7) -> datetime:
    """A time in November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def details(**changes) -> RuleDetails:
    """The day before, to whoever answers for it, in the app and by mail: as mostly proposed."""
    known = {"offset": -1, "to": ("responsible",), "channels": ("inbox", "mail")}
    return RuleDetails(**{**known, **changes})


def action_of_the_clerk(people):
    """An action item, due on Monday 30 November; nothing is in the outbox."""
    row = create_action(
        1, title="补交培训签到表", owner_id=people.clerk.id, due_on=date(2026, 11, 30),
        actor=people.pm, now=at(20),
    )  # fmt: skip
    unit_of_work.commit()
    db.session.execute(db.delete(Message))
    unit_of_work.commit()
    return row


def mails(action):
    """What was written to be mailed about it."""
    return db.session.scalars(
        db.select(Message).where(
            Message.channel == Channel.mail, Message.object_key == f"action:{action.id}"
        )
    ).all()


def robot(name="推行群", *, is_enabled=True):
    row = Robot(vendor=Vendor.dingtalk, name=name, address="x", created_at=NOW,
                is_enabled=is_enabled, trouble="")  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row
