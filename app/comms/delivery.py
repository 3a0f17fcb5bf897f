"""One run of the job that sends: opens the ways out, runs the dispatcher, closes them again."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from app.comms.channels.mail import MailChannel, parse_mail_url
from app.comms.dispatcher import Tally, deliver_waiting
from app.comms.models import Channel, Message, MessageState
from app.comms.outlets import Outlets
from app.comms.robot_channels import robot_outlet
from app.core.db import db


@dataclass(frozen=True)
class Delivered:
    """What a run did; `waiting` counts mails that have no server to go to."""

    tally: Tally
    has_server: bool
    waiting: int = 0


def deliver_all(now: datetime) -> Delivered:
    """Send what waits; without a mail server count how much waits for one."""
    url = current_app.config["SETTINGS"].mail_url
    mail = MailChannel(parse_mail_url(url)) if url else None
    outlets = Outlets(mail, robot_outlet)
    try:
        tally = deliver_waiting(now, outlets)
    finally:
        outlets.close()
    return Delivered(tally, True) if url else Delivered(tally, False, waiting_count())


def waiting_count() -> int:
    """Mails that have not left yet."""
    return db.session.scalar(
        select(func.count()).where(
            Message.channel == Channel.mail, Message.state == MessageState.pending
        )
    ) or 0  # fmt: skip
