"""Use cases of group robots: what the administrator enters, switches and tries.

Address and secret rest encrypted and are never told again; the audit trail says only that there is
a new one. A try goes out at once, outside of any transaction: the network takes its time, and
SQLite has one writer.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comms.channels import Letter, NotSent, Post, TooFast, TryLater, Unreachable
from app.comms.channels.mail import MailChannel, parse_mail_url
from app.comms.channels.robots import RobotAddress, RobotChannel, check_address, masked
from app.comms.channels.robots.markup import unmarked
from app.comms.falling_back import abandon
from app.comms.models import Robot, Vendor
from app.comms.robot_advice import LATER, advice
from app.core import audit
from app.core.db import db
from app.core.encryption import NoKey, WrongKey, decrypt, encrypt
from app.core.errors import DomainError, NotFound
from app.core.formats import clock_time
from app.core.i18n import LANGUAGES, current_language, in_language
from app.core.text import clean_line
from app.core.unit_of_work import rollback

FILL_IN = _l("Please fill this in.")
NO_MAIL_SERVER = _l("The test mail could not be sent: the mail server cannot be reached. See "
                    "whether host and port in YINGBIN_MAIL_URL are right.")  # fmt: skip


@dataclass(frozen=True)
class RobotDetails:
    """What the administrator says about a robot. Of one that is there, an empty address or secret
    means: as before."""

    vendor: Vendor
    name: str
    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    keyword: str = ""
    language: str = "zh"


@dataclass(frozen=True)
class RobotRow:
    """A robot in the list; `address` is masked, and empty where it cannot be read."""

    robot: Robot
    address: str


@dataclass(frozen=True)
class Tried:
    """How a try went: what the other side answered, and what to do about it. Where nobody answered
    (`is_unheard`), `answer` is only for the record and `advice` says it all."""

    is_sent: bool
    answer: str
    advice: Any = ""
    is_unheard: bool = False


def robot_rows() -> list[RobotRow]:
    """All robots by name, those in use first."""
    rows = db.session.scalars(select(Robot).order_by(Robot.is_enabled.desc(), Robot.name, Robot.id))
    return [RobotRow(row, masked_address(row)) for row in rows]


def robot_or_none(robot_id: int) -> Robot | None:
    return db.session.get(Robot, robot_id)


def masked_address(robot: Robot) -> str:
    """Enough of its address to tell it from others; empty where it cannot be read."""
    try:
        return masked(decrypt(robot.address))
    except (NoKey, WrongKey):
        return ""


def address_of(robot: Robot) -> RobotAddress:
    """Where and how it takes posts. Raises NoKey or WrongKey."""
    return RobotAddress(
        vendor=robot.vendor,
        url=decrypt(robot.address),
        secret=decrypt(robot.secret) if robot.secret else "",
        keyword=robot.keyword,
    )


def add_robot(details: RobotDetails, *, actor: Person, now: datetime) -> Robot:
    """A new robot, in use at once. Raises DomainError at the field that does not fit, or NoKey."""
    details = _checked(details, None)
    plain = _plain_values(details)
    robot = Robot(
        vendor=details.vendor, created_at=now, address=encrypt(details.address),
        secret=encrypt(details.secret) if details.secret else "", is_enabled=True, trouble="",
        **plain,
    )  # fmt: skip
    db.session.add(robot)
    audit.record(
        "add_robot", robot, actor_id=actor.id, now=now,
        changes={
            name: (None, value)
            for name, value in {"vendor": details.vendor, **plain}.items()
            if value
        },
    )  # fmt: skip
    return robot


def edit_robot(robot_id: int, details: RobotDetails, *, actor: Person, now: datetime) -> Robot:
    """Change what is said about a robot; its vendor stays. Raises DomainError or NoKey."""
    robot = _robot(robot_id)
    details = _checked(replace(details, vendor=robot.vendor), robot)
    changes = audit.change(robot, **_plain_values(details))
    for name in ("address", "secret"):
        if given := getattr(details, name):
            setattr(robot, name, encrypt(given))
            changes[f"has_new_{name}"] = (False, True)
    if changes:
        audit.record("edit_robot", robot, actor_id=actor.id, now=now, changes=changes)
    return robot


def enable_robot(robot_id: int, *, actor: Person, now: datetime) -> Robot:
    """Put a robot to use again; what ailed it is forgotten."""
    robot = _robot(robot_id)
    changes = audit.change(robot, is_enabled=True, trouble="", paused_until=None)
    if changes:
        audit.record("enable_robot", robot, actor_id=actor.id, now=now, changes=changes)
    return robot


def disable_robot(robot_id: int, *, actor: Person, now: datetime) -> Robot:
    """Post nothing more through it; people get by mail what waits for the group."""
    robot = _robot(robot_id)
    changes = audit.change(robot, is_enabled=False)
    if changes:
        abandon(robot.id, "disabled", now)
        audit.record("disable_robot", robot, actor_id=actor.id, now=now, changes=changes)
    return robot


def send_test(robot_id: int, *, actor: Person, now: datetime) -> Tried:
    """Post to the group at once and note what the vendor answered.

    Ends the running transaction before it posts and writes in a new one. Raises DomainError while
    the vendor is to be left alone, NoKey or WrongKey.
    """
    robot = _robot(robot_id)
    if robot.paused_until is not None and robot.paused_until > now:
        raise DomainError(
            _l("There were too many posts: nothing goes to this group before %(time)s.",
               time=clock_time(robot.paused_until))
        )  # fmt: skip
    address, actor_id, settings = address_of(robot), actor.id, current_app.config["SETTINGS"]
    with in_language(robot.language):
        post = Post(
            title=_("Test of the group robot"),
            lines=(
                _("%(name)s tries out whether posts reach this group. If you can read this, they "
                  "do.", name=actor.name),
            ),
            link=f"{settings.base_url}/",
            link_label=_("Open Yingbin"),
        )  # fmt: skip
    rollback()
    channel, paused_until = RobotChannel(address, settings.robot_stand_in), None
    try:
        tried = Tried(True, channel.send(post, now))
    except NotSent as problem:
        tried = Tried(False, problem.answer, advice(address.vendor, problem),
                      is_unheard=isinstance(problem, Unreachable))  # fmt: skip
        paused_until = now + problem.pause if isinstance(problem, TooFast) else None
    finally:
        channel.close()
    robot = _robot(robot_id)
    changes = {"answer": (None, tried.answer)}
    if paused_until:
        changes.update(audit.change(robot, paused_until=paused_until))
    audit.record("test_robot", robot, actor_id=actor_id, now=now, changes=changes)
    return tried


def send_test_mail(*, actor: Person, now: datetime) -> Tried:
    """Mail the actor at once. Ends the running transaction first. Raises DomainError without a
    usable mail server."""
    settings = current_app.config["SETTINGS"]
    try:
        server = parse_mail_url(settings.mail_url or "")
    except ValueError as problem:
        # What it says may hold a part of the address, and with it the password.
        raise DomainError(_l("YINGBIN_MAIL_URL is missing or cannot be read.")) from problem
    host = urlsplit(settings.base_url).hostname or "localhost"
    letter = Letter(
        to_address=actor.email,
        to_name=actor.name,
        subject=_("Test mail from Yingbin"),
        text=_("This is the test mail that you asked for. If you can read it, mail reaches you.")
        + f"\n\n{settings.base_url}/\n",
        html="",
        language=current_language(),
        message_id=f"<test.{secrets.token_hex(16)}@{host}>",
        at=now,
    )
    rollback()
    channel = MailChannel(server)
    try:
        return Tried(True, channel.send(letter))
    except NotSent as problem:
        if isinstance(problem, Unreachable) and not problem.answer[:3].isdigit():
            return Tried(False, problem.answer, NO_MAIL_SERVER, is_unheard=True)
        return Tried(False, problem.answer, _mail_advice(problem))
    finally:
        channel.close()


def _mail_advice(problem: NotSent) -> Any:
    if isinstance(problem, Unreachable):
        return _l("The mail server does not let us in: see whether user and password in "
                  "YINGBIN_MAIL_URL are right.")  # fmt: skip
    if isinstance(problem, TryLater):
        return LATER
    return _l("The server does not take mail for your address: see whether it is right, and "
              "whether the sender in YINGBIN_MAIL_URL may send there.")  # fmt: skip


def _checked(details: RobotDetails, robot: Robot | None) -> RobotDetails:
    """The same, cleaned. Raises DomainError at the field that does not fit."""
    details = replace(
        details, name=clean_line(details.name), keyword=clean_line(details.keyword),
        address=clean_line(details.address), secret=clean_line(details.secret),
    )  # fmt: skip
    if not details.name:
        raise DomainError(FILL_IN, "name")
    taken = db.session.scalar(select(Robot).where(Robot.name == details.name))
    if taken is not None and taken is not robot:
        raise DomainError(_l("There is a robot of this name already."), "name")
    if details.address:
        check_address(details.vendor, details.address)
    elif robot is None:
        raise DomainError(FILL_IN, "address")
    for name in ("address", "secret"):
        if robot is not None and not getattr(details, name):
            _check_readable(getattr(robot, name), name)
    if details.secret and details.vendor is Vendor.wecom:
        raise DomainError(
            _l("WeCom’s robots have no secret of their own. Please leave this empty."), "secret"
        )
    if unmarked(details.keyword) != details.keyword:
        raise DomainError(
            _l("Please choose a keyword of letters and digits: signs like * or [ change on the "
               "way."),
            "keyword",
        )  # fmt: skip
    if details.language not in LANGUAGES:
        raise DomainError(_l("This language is not there."), "language")
    return details


def _plain_values(details: RobotDetails) -> dict[str, Any]:
    """The columns that anybody may know."""
    return {
        "name": details.name, "keyword": details.keyword, "language": details.language,
    }  # fmt: skip


def _check_readable(kept: str, name: str) -> None:
    """What is to stay as it is must be readable. Raises DomainError at its field, or NoKey."""
    try:
        if kept:
            decrypt(kept)
    except WrongKey as problem:
        raise DomainError(
            _l("What is kept cannot be read with the present key. Please enter it again."), name
        ) from problem


def _robot(robot_id: int) -> Robot:
    robot = db.session.get(Robot, robot_id)
    if robot is None:
        raise NotFound(_l("This page does not exist, or not for you."))
    return robot
