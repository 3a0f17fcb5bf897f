"""A rhythm in words, as pages and mails say it."""

from flask_babel import gettext as _

from app.comms.meeting_forms import WEEKDAYS
from app.status.distribution.schedule import Cadence, Rhythm


def rhythm_words(rhythm: Rhythm) -> str:
    """Within a sentence: "every Friday at 17:00"."""
    at = f"{rhythm.at:%H:%M}"
    if rhythm.cadence is Cadence.monthly:
        return _("on the last working day of each month at %(time)s", time=at)
    return _("every %(weekday)s at %(time)s", weekday=dict(WEEKDAYS)[rhythm.weekday], time=at)
