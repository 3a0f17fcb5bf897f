"""When the mail of a reminder comes, in words: at once, later and why, or not at all."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.comms.due import Through
from app.comms.models import Channel
from app.comms.outbox import channels_in_use
from app.comms.planning import Manners
from app.comms.verdicts import Wait, why_later
from app.core import formats
from app.core.formats import zone

WHY_LATER: dict[Wait, Any] = {
    Wait.away: _l("on leave until then"),
    Wait.day_off: _l("a day off"),
    Wait.other_day: _l("a day without mail"),
    Wait.daily: _l("one mail a day"),
    Wait.quiet: _l("quiet hours"),
}

# Whoever has no day for mail left gets it about a year on, which is as good as never.
AS_GOOD_AS_NEVER = timedelta(days=300)


def mail_words(person_id: int, at: datetime, through: tuple[str, ...], manners: Manners) -> str:
    """What becomes of the mail of something that is said to the person at `at`; empty where the
    installation writes no mail at all."""
    if Channel.mail not in channels_in_use():
        return ""
    if Through.mail not in through:
        return _("in the app only, as the rule says")
    if not manners.of(person_id).has_mail:
        return _("in the app only, as mail is not wanted")
    return later_words(at, manners.mail_at(person_id, at)[0], person_id, manners)


def later_words(at: datetime, mail_at: datetime, person_id: int, manners: Manners) -> str:
    """A mail due at `at` comes at `mail_at`."""
    if mail_at <= at:
        return _("mail at the same time")
    if mail_at - at > AS_GOOD_AS_NEVER:
        return _("no day for mail within a year")
    wait = why_later(
        at, manners.of(person_id), manners.calendar, zone(), manners.leaves.get(person_id, ())
    )
    when = formats.when(mail_at)
    if wait is None:
        return _("mail %(when)s", when=when)
    return _("mail %(when)s: %(why)s", when=when, why=WHY_LATER[wait])
