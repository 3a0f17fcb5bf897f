"""Background work of reminding: find what is due and write it down; send what was written.

What a job answers is said when it is read, in the reader's language.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from app.comms.delivery import Delivered, deliver_all
from app.comms.models import Channel
from app.comms.writing import Written, write_due
from app.core.errors import DomainError


class SomeFailed(DomainError):
    """The job did what it could; the message says what it could not."""


def write_reminders(now: datetime, channels: Sequence[Channel] | None = None) -> Any:
    """Write the reminders that fell due since the plans were last looked at. Raises SomeFailed at
    the end, when everything else is written."""
    g.now = now  # dates of another year are written with it
    done = write_due(now, channels)
    if done.failed:
        raise SomeFailed(LazyString(_written, done))
    return LazyString(_written, done)


def deliver(now: datetime) -> Any:
    """Send what waits through every channel that there is; say what waits for want of one."""
    g.now = now
    return LazyString(_delivered, deliver_all(now))


def _written(done: Written) -> str:
    said = [_("%(num)d written", num=done.new)]
    if done.moot:
        said.append(_("%(num)d no longer needed", num=done.moot))
    if done.failed:
        said.append(_("%(num)d failed", num=done.failed))
    return _(", ").join(said)


def _delivered(done: Delivered) -> str:
    tally = done.tally
    said = []
    if done.has_server or tally.did_anything:
        said.append(_("%(num)d sent", num=tally.sent))
    if tally.cancelled:
        said.append(_("%(num)d cancelled", num=tally.cancelled))
    if tally.postponed:
        said.append(_("%(num)d to try later", num=tally.postponed))
    if tally.dead:
        said.append(_("%(num)d given up", num=tally.dead))
    if tally.trouble:
        said.append(_("the mail server is out of reach: %(answer)s", answer=tally.trouble))
    if not done.has_server:
        said.append(
            ngettext(
                "no mail server is set (YINGBIN_MAIL_URL), %(num)d mail waits",
                "no mail server is set (YINGBIN_MAIL_URL), %(num)d mails wait",
                done.waiting,
            )
        )
    return _(", ").join(said)
