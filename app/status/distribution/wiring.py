"""Enters the packs' distribution into the application."""

from datetime import timedelta

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.jobs import Job, jobs
from app.core.permissions import ADMINISTRATOR
from app.core.registries import MenuItem, admin_pages, enclosures, notice_permissions
from app.status.distribution import policy_views
from app.status.distribution.enclosing import enclosed
from app.status.distribution.messages import SENT
from app.status.distribution.recipients import READ
from app.status.distribution.sending import send_packs


def register_distribution(app: Flask) -> None:
    """The administrator's page, the job, and what a mail with a pack is asked when it leaves; the
    plan's pages are a part of those of the packs."""
    app.register_blueprint(policy_views.bp)
    admin_pages.add(
        "pack-policy", MenuItem("pack_policy.index", _l("Packs by mail"), ADMINISTRATOR), order=37
    )
    notice_permissions.add(SENT, READ)
    enclosures.add(SENT, enclosed)
    # Behind the reminders and their delivery, which building a pack must not hold up.
    jobs.add(
        "send-packs",
        Job(send_packs, timedelta(minutes=1), _l("Send status packs"), is_work_queue=True),
        order=1,
    )
