"""Use cases of how a person wants to be reminded.

In the app everything is always there; what is chosen here is for mail, and for what is written from
now on. Mail that waits keeps its turn, unless the person wants no mail any more: then it is not
sent (see `applies`), and what it was to say stands in the app.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comms.kindness import EVERY_DAY, MORNING, USUAL, Habits, is_quiet
from app.comms.models import SECRET_KINDS, Channel, Message, MessageState, Pace, Preference
from app.comms.outbox import About, row_for, write_rows
from app.comms.wording import Words
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError

WORKWEEK = frozenset(range(5))


@dataclass(frozen=True)
class Wishes:
    """How a person wants mail; `daily_at` counts where the pace is one mail a day."""

    has_mail: bool = USUAL.has_mail
    pace: Pace = Pace.together
    daily_at: time = MORNING
    days: frozenset[int] = EVERY_DAY
    quiet_from: time = USUAL.quiet_from
    quiet_until: time = USUAL.quiet_until


def wishes_of(person: Person) -> Wishes:
    """What the person chose, or what holds for everybody who never did."""
    row = db.session.get(Preference, person.id)
    if row is None:
        return Wishes()
    return Wishes(
        has_mail=row.has_mail,
        pace=row.pace,
        daily_at=_time(row.daily_minute),
        days=frozenset(int(day) for day in row.days),
        quiet_from=_time(row.quiet_from_minute),
        quiet_until=_time(row.quiet_until_minute),
    )


def save_preferences(person: Person, wishes: Wishes, now: datetime) -> None:
    """Keep how the person wants to be reminded from now on.

    Raises DomainError (no day for mail or none of the week's five, the daily mail in quiet hours).
    """
    if wishes.has_mail and not wishes.days:
        raise DomainError(_l("Please choose at least one day, or no mail at all."), "days")
    if wishes.has_mail and not wishes.days & WORKWEEK:
        raise DomainError(
            _l("Mail comes on a Saturday or Sunday only if it is a working day. Please choose at "
               "least one day from Monday to Friday too, or no mail at all."),
            "days",
        )  # fmt: skip
    quiet = Habits(quiet_from=wishes.quiet_from, quiet_until=wishes.quiet_until)
    if wishes.has_mail and wishes.pace is Pace.daily and is_quiet(wishes.daily_at, quiet):
        raise DomainError(_l("This lies in your quiet hours."), "daily_at")
    row = db.session.get(Preference, person.id)
    if row is None:
        row = Preference(person_id=person.id, **_columns(Wishes()))
        db.session.add(row)
    changes = audit.change(row, **_columns(wishes))
    if not changes:
        return
    audit.record("save_preferences", row, actor_id=person.id, now=now, changes=changes)
    if "has_mail" in changes and not wishes.has_mail:
        _keep_in_app(person, now)


def _columns(wishes: Wishes) -> dict[str, Any]:
    return {
        "has_mail": wishes.has_mail,
        "pace": wishes.pace,
        "daily_minute": _minutes(wishes.daily_at),
        "days": "".join(str(day) for day in sorted(wishes.days)),
        "quiet_from_minute": _minutes(wishes.quiet_from),
        "quiet_until_minute": _minutes(wishes.quiet_until),
    }


def _keep_in_app(person: Person, now: datetime) -> None:
    """What was meant for mail alone and waits is told in the app instead: nobody is left untold.
    What is there already stays as it is."""
    waiting = db.session.scalars(
        select(Message).where(
            Message.recipient_id == person.id,
            Message.channel == Channel.mail,
            Message.state == MessageState.pending,
            Message.kind.not_in(SECRET_KINDS),
        )
    )
    write_rows([_in_app(row, person, now) for row in waiting])


def _in_app(row: Message, person: Person, now: datetime) -> dict[str, Any]:
    about = About(row.plan_id, row.kind, row.object_key, row.occurrence, row.url)
    words = Words(row.subject, row.body_text, "", row.reason)
    return row_for(about, Channel.inbox, words, person=person, now=now)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minutes: int) -> time:
    return time(*divmod(minutes, 60))
