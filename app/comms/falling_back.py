"""When a group cannot be reached for good, the people concerned get a mail instead."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.comms import outbox, wording
from app.comms.claims import Claimed, Parcel, settle_in
from app.comms.models import AttemptOutcome, Channel, Message, MessageState, Robot
from app.comms.outbox import About, Turn
from app.comms.planning import manners_of
from app.comms.readers import addressees
from app.comms.wording import Words
from app.core.db import db
from app.core.localtext import LocalText
from app.core.unit_of_work import own_transaction, unit_of_work


def pause_robot(robot_id: int, until: datetime) -> None:
    """Nothing more through this robot until then."""
    with own_transaction() as session:
        session.execute(
            update(Robot)
            .where(Robot.id == robot_id)
            .values(paused_until=until, version=Robot.version + 1)
        )


def give_up_on_group(
    parcel: Parcel, outcome: AttemptOutcome, answer: str, now: datetime, *, is_final: bool
) -> None:
    """Note that the post is dead and tell the people in it by mail, those who get one of the same
    thing anyway left out. `is_final`: the vendor refused it for good, so that the robot is
    switched off, what else waits for it goes by mail too, and the administrators are told. All of
    it or nothing."""
    with unit_of_work():
        robot = db.session.get_one(Robot, parcel.first.robot_id, with_for_update=True)
        settle_in(db.session, parcel, outcome, answer, state=MessageState.dead)
        outbox.write_rows([row for claimed in parcel.rows for row in _mails(claimed, now)])
        if is_final and robot.is_enabled:
            robot.is_enabled, robot.trouble = False, answer
            abandon(robot.id, answer, now)
            _tell_administrators(robot, answer, now)


def abandon(robot_id: int, answer: str, now: datetime) -> None:
    """Nothing more goes to this group: what waits for it is dead, and its people get mails."""
    waiting = db.session.scalars(
        select(Message)
        .where(Message.robot_id == robot_id, Message.state == MessageState.pending)
        .order_by(Message.id)
        .with_for_update()
    ).all()
    for message in waiting:
        message.state, message.answer = MessageState.dead, answer
    outbox.write_rows([row for message in waiting for row in _mails(message, now)])


def _mails(row: Claimed | Message, now: datetime) -> list[dict[str, Any]]:
    """A mail to each of the people in a post."""
    if Channel.mail not in outbox.channels_in_use():
        return []
    stand_ins = {int(key): absent for key, absent in row.reason.get("people", {}).items()}
    people = addressees(stand_ins)
    manners = manners_of(list(people), now)
    about = About(row.plan_id, row.kind, row.object_key, row.occurrence, row.url)
    mails = []
    for person in people.values():
        if not manners.of(person.id).has_mail:
            continue
        reason = {**row.reason, "for": stand_ins[person.id]}
        subject, text, html = wording.instead_of_post(reason, row.url, row.plan_id, person)
        mails.append(
            outbox.row_for(
                about, Channel.mail, Words(subject, text, html, reason), person=person,
                turn=Turn(*manners.mail_at(person.id, now)), now=now,
            )
        )  # fmt: skip
    return mails


def _tell_administrators(robot: Robot, answer: str, now: datetime) -> None:
    outbox.notify_administrators(
        kind="robot_failed", object_key=f"robot:{robot.id}", title=LocalText(own=robot.name),
        text=LocalText(**wording.in_all(
            lambda: _("%(vendor)s answered: %(answer)s. The robot is switched off; reminders "
                      "for this group go to people by mail.",
                      vendor=robot.vendor.label, answer=answer))),
        url=f"/admin/robots/{robot.id}", now=now,
    )  # fmt: skip
