"""Tells the administrators when a background job begins to fail.

Once for each time it does, however often it is tried again: a mail a minute would be read by
nobody.
"""

from flask_babel import gettext as _

from app.comms import outbox, wording
from app.core import events, formats
from app.core.job_events import JobFailed
from app.core.localtext import LocalText


def subscribe() -> None:
    """Listen to the scheduler."""
    events.subscribe(JobFailed, _job_failed)


def _job_failed(event: JobFailed) -> None:
    title = LocalText(**wording.in_all(lambda: str(event.label)))
    text = LocalText(
        **wording.in_all(
            lambda: _("It failed on %(when)s: %(error)s", when=formats.when_long(event.at),
                      error=formats.words(event.error))
        )
    )  # fmt: skip
    outbox.notify_administrators(
        kind="job_failed", object_key=f"job:{event.name}", title=title, text=text,
        url="/admin/jobs", now=event.at,
    )  # fmt: skip
