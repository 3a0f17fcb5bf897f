"""Tells the administrators when a background job begins to fail.

Once for each time it does, however often it is tried again: a mail a minute would be read by
nobody.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Person
from app.comms import outbox, wording
from app.core import events, formats
from app.core.db import db
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
    reason = LocalText(**wording.in_all(lambda: _("you administer this installation")))
    for person_id in db.session.scalars(
        select(Person.id).where(Person.is_admin, Person.is_enabled).order_by(Person.id)
    ):
        outbox.notify(
            kind="job_failed", object_key=f"job:{event.name}",
            occurrence=event.at.strftime("%Y-%m-%dT%H:%M:%S"), recipient_id=person_id,
            title=title, text=text, url="/admin/jobs", plan_id=None, reason=reason, now=event.at,
        )  # fmt: skip
