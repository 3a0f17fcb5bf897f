"""Tables of communication."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.accounts.models import Department, Person
from app.core.db import (
    Instant,
    IntPk,
    LongText,
    OptionalInstant,
    UtcDateTime,
    Words,
    db,
    enum_column,
)
from app.core.revisions import UNCOUNTED


class SeriesKind(StrEnum):
    """The plan's two monthly series."""

    progress = "progress"
    coordination = "coordination"

    @property
    def label(self) -> Any:
        return {
            "progress": _l("progress meeting"), "coordination": _l("coordination meeting"),
        }[self.value]  # fmt: skip


class MeetingSeries(db.Model):
    """A monthly meeting: the `nth` `weekday` of each month, moved off days off.

    nth: 1–4, or -1 for the last; weekday: 0 = Monday … 6.
    """

    __tablename__ = "meeting_series"
    __table_args__ = (
        UniqueConstraint("plan_id", "kind"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("nth IN (-1, 1, 2, 3, 4)", name="nth"),
        CheckConstraint("minutes_long > 0", name="minutes_long"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    kind: Mapped[SeriesKind] = enum_column(SeriesKind)
    title: Mapped[Words]
    nth: Mapped[int]
    weekday: Mapped[int]
    hour: Mapped[int] = mapped_column(default=14)
    minute: Mapped[int] = mapped_column(default=0)
    minutes_long: Mapped[int] = mapped_column(default=60)
    place: Mapped[str] = mapped_column(String(120), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class MeetingState(StrEnum):
    """A meeting is planned, held or cancelled."""

    planned = "planned"
    held = "held"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return {
            "planned": _l("planned"), "held": _l("held"), "cancelled": _l("cancelled"),
        }[self.value]  # fmt: skip


class Meeting(db.Model):
    """One meeting. `month` ("2026-11") ties an occurrence to its series, so that none is made
    twice."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("series_id", "month"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_series.id"))
    month: Mapped[str | None] = mapped_column(String(7))
    title: Mapped[Words]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(120), default="")
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[MeetingState] = enum_column(MeetingState, default=MeetingState.planned)
    cancel_reason: Mapped[LongText]
    minutes: Mapped[LongText]
    minutes_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    series: Mapped[MeetingSeries | None] = relationship()
    chair: Mapped[Person | None] = relationship()


class Answer(StrEnum):
    """What a person answered to an invitation."""

    none = "none"
    accepted = "accepted"
    declined = "declined"

    @property
    def label(self) -> Any:
        return {
            "none": _l("no answer yet"), "accepted": _l("coming"), "declined": _l("not coming"),
        }[self.value]  # fmt: skip


class Attendance(db.Model):
    """A person asked to a meeting, their answer, and whether they came (None: not noted)."""

    __tablename__ = "attendances"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    id: Mapped[IntPk]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    answer: Mapped[Answer] = enum_column(Answer, default=Answer.none)
    is_present: Mapped[bool | None]

    person: Mapped[Person] = relationship()


class AgendaItem(db.Model):
    """A point of the agenda that a person wrote; the system proposes its own from the plan."""

    __tablename__ = "agenda_items"

    id: Mapped[IntPk]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(200), default="")


class Decision(db.Model):
    """What a meeting decided."""

    __tablename__ = "decisions"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problems.id"))


class Visibility(StrEnum):
    """Who in the plan may open a file."""

    everyone = "everyone"
    heads = "heads"
    managers = "managers"

    @property
    def label(self) -> Any:
        return {
            "everyone": _l("everyone in the plan"),
            "heads": _l("project manager, heads and executives"),
            "managers": _l("project manager and executives"),
        }[self.value]  # fmt: skip


class SharedFile(db.Model):
    """A file shared between departments; its bytes are in its versions."""

    __tablename__ = "shared_files"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[LongText]
    visibility: Mapped[Visibility] = enum_column(Visibility, default=Visibility.everyone)
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    removed_at: Mapped[OptionalInstant]

    owner: Mapped[Person] = relationship()
    versions: Mapped[list["FileVersion"]] = relationship(order_by="FileVersion.number")


class FileVersion(db.Model):
    """One version of a shared file."""

    __tablename__ = "file_versions"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[IntPk]
    file_id: Mapped[int] = mapped_column(ForeignKey("shared_files.id"), index=True)
    number: Mapped[int]
    filename: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(200), default="")
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    uploaded_at: Mapped[Instant]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    uploaded_by: Mapped[Person] = relationship()


class Practice(db.Model):
    """A best practice that a department shares."""

    __tablename__ = "practices"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    created_at: Mapped[Instant]
    removed_at: Mapped[OptionalInstant]

    author: Mapped[Person] = relationship()
    department: Mapped[Department | None] = relationship()


class CommsRow(db.Model):
    """A line of the communication plan: who is told what, how, how often, by whom."""

    __tablename__ = "comms_rows"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int]
    audience: Mapped[Words]
    content: Mapped[Words]
    channel: Mapped[Words]
    frequency: Mapped[Words]
    responsible: Mapped[Words]


class MessageState(StrEnum):
    """The life of a message."""

    pending = "pending"
    sending = "sending"
    sent = "sent"
    cancelled = "cancelled"
    dead = "dead"


class Vendor(StrEnum):
    """Whose chat groups a robot posts to."""

    dingtalk = "dingtalk"
    wecom = "wecom"
    feishu = "feishu"

    @property
    def label(self) -> Any:
        return {
            "dingtalk": _l("DingTalk"), "wecom": _l("WeCom"), "feishu": _l("Feishu"),
        }[self.value]  # fmt: skip


class Channel(StrEnum):
    """How a message travels."""

    mail = "mail"
    inbox = "inbox"
    dingtalk = "dingtalk"
    wecom = "wecom"
    feishu = "feishu"

    @property
    def label(self) -> Any:
        return {
            "mail": _l("e-mail"), "inbox": _l("in the app"), "dingtalk": _l("DingTalk group"),
            "wecom": _l("WeCom group"), "feishu": _l("Feishu group"),
        }[self.value]  # fmt: skip


class Robot(db.Model):
    """A group robot that the administrator entered; plans choose among them.

    `address` and `secret` rest encrypted (core.encryption). `trouble` is why it was switched off
    by itself: what the vendor answered for good.
    """

    __tablename__ = "robots"

    id: Mapped[IntPk]
    vendor: Mapped[Vendor] = enum_column(Vendor)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text, default="")
    keyword: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    paused_until: Mapped[OptionalInstant]
    trouble: Mapped[LongText]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PlanRobot(db.Model):
    """A plan posts to this group."""

    __tablename__ = "plan_robots"
    __table_args__ = (UniqueConstraint("plan_id", "robot_id"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    robot_id: Mapped[int] = mapped_column(ForeignKey("robots.id"), index=True)

    robot: Mapped[Robot] = relationship()


class RuleRow(db.Model):
    """A rule of reminding that a plan changed or added; what it has no row for is as proposed.

    key: "report.before" replaces the proposed rule of that name, "report.own7" is the plan's own.
    offset: working days after it falls due, or hours; below 0 before. to: selectors of people
    (see `comms.due.Rule`). channels: names of `comms.due.Through`. wording: language →
    {"subject", "text"}, empty where the built-in words hold.
    """

    __tablename__ = "reminder_rules"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        CheckConstraint("hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59", name="time"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    is_on: Mapped[bool] = mapped_column(default=True)
    offset: Mapped[int]
    is_hours: Mapped[bool] = mapped_column(default=False)
    hour: Mapped[int] = mapped_column(default=9)
    minute: Mapped[int] = mapped_column(default=7)
    to: Mapped[list[str]] = mapped_column(JSON)
    channels: Mapped[list[str]] = mapped_column(JSON)
    wording: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Pace(StrEnum):
    """How a person wants several mails."""

    at_once = "at_once"
    together = "together"
    daily = "daily"

    @property
    def label(self) -> Any:
        return {
            "at_once": _l("each as it comes"),
            "together": _l("combine what is due at the same time"),
            "daily": _l("one mail a day"),
        }[self.value]  # fmt: skip


class Preference(db.Model):
    """How one person wants to be reminded; without a row as the columns' defaults say.

    days: the weekdays on which mail is welcome, "0" Monday … "6" Sunday; the working calendar
    decides beside it. Minutes are counted from midnight; quiet hours may pass over midnight, and
    none are kept where both are equal.
    """

    __tablename__ = "reminder_preferences"
    __table_args__ = (
        CheckConstraint("daily_minute BETWEEN 0 AND 1439", name="daily_minute"),
        CheckConstraint(
            "quiet_from_minute BETWEEN 0 AND 1439 AND quiet_until_minute BETWEEN 0 AND 1439",
            name="quiet_minutes",
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    has_mail: Mapped[bool] = mapped_column(default=True)
    pace: Mapped[Pace] = enum_column(Pace, default=Pace.together)
    daily_minute: Mapped[int] = mapped_column(default=547)
    days: Mapped[str] = mapped_column(String(7), default="0123456")
    quiet_from_minute: Mapped[int] = mapped_column(default=1200)
    quiet_until_minute: Mapped[int] = mapped_column(default=450)

    @property
    def id(self) -> int:
        """The person's, by which the audit trail knows it."""
        return self.person_id


# Messages whose link is made at the moment of sending: the way in comes when it is asked for,
# whatever else is held back or gathered.
SECRET_KINDS = frozenset({"password_reset", "invitation"})


class Message(db.Model):
    """A row of the outbox: one message to one person, or to one group, through one channel, once.

    `unique_key` is kind:object:occurrence:recipient:channel. Subject and body are frozen when the
    row is written. A secret link never rests here: such a mail keeps `secret_kind` and is given
    its link at the moment of sending. Rows with the same `bundle` leave together as one. `holder`
    is the claim of the dispatcher that is sending it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_due", "state", "next_try_at"),
        CheckConstraint("(recipient_id IS NULL) <> (robot_id IS NULL)", name="one_recipient"),
    )

    id: Mapped[IntPk]
    unique_key: Mapped[str] = mapped_column(String(200), unique=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    object_key: Mapped[str] = mapped_column(String(80))
    occurrence: Mapped[str] = mapped_column(String(40))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("robots.id"), index=True)
    channel: Mapped[Channel] = enum_column(Channel)
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(250))
    body_text: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(200), default="")
    # Why it was sent: rule, fact at that moment, the recipient's part. Both languages' words.
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)
    message_id: Mapped[str] = mapped_column(String(120))
    # How far a mail or a post has come moves no revision: what is counted on pages is that a row
    # was written, and in the app, where it is sent or cancelled as it is written.
    state: Mapped[MessageState] = enum_column(
        MessageState, default=MessageState.pending, info=UNCOUNTED
    )
    attempts: Mapped[int] = mapped_column(default=0, info=UNCOUNTED)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime, info=UNCOUNTED)
    bundle: Mapped[str | None] = mapped_column(String(80), index=True, info=UNCOUNTED)
    lease_until: Mapped[OptionalInstant] = mapped_column(info=UNCOUNTED)
    holder: Mapped[str | None] = mapped_column(String(32), info=UNCOUNTED)
    created_at: Mapped[Instant]
    sent_at: Mapped[OptionalInstant] = mapped_column(info=UNCOUNTED)
    read_at: Mapped[OptionalInstant]
    # The server's last answer, or why it was cancelled.
    answer: Mapped[LongText] = mapped_column(info=UNCOUNTED)

    recipient: Mapped[Person | None] = relationship()
    robot: Mapped[Robot | None] = relationship()


class AttemptOutcome(StrEnum):
    """How a try to send ended; none yet while it is under way or its process died."""

    under_way = "under_way"
    sent = "sent"
    later = "later"
    refused = "refused"
    unreachable = "unreachable"

    @property
    def label(self) -> Any:
        return {
            "under_way": _l("under way, or broken off"), "sent": _l("accepted"),
            "later": _l("put off"), "refused": _l("refused"),
            "unreachable": _l("out of reach"),
        }[self.value]  # fmt: skip


class MessageAttempt(db.Model):
    """A try to send a message. Messages that left together share `act`; `destination` is the
    person or the robot that it went to, by which the limits are counted."""

    __tablename__ = "message_attempts"
    # Shown on the ledger's own page, which is read anew each time.
    __table_args__ = (
        Index("ix_message_attempts_destination", "destination", "at"), {"info": UNCOUNTED},
    )  # fmt: skip

    id: Mapped[IntPk]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    number: Mapped[int]
    act: Mapped[str] = mapped_column(String(32), index=True)
    destination: Mapped[str] = mapped_column(String(40))
    at: Mapped[Instant]
    outcome: Mapped[AttemptOutcome] = enum_column(AttemptOutcome)
    answer: Mapped[LongText]
