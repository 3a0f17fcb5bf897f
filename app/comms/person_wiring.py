"""Enters a person's own pages of reminders into the application: how and when they come, and why
one did not."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.comms import preference_views, why_not_views
from app.core.permissions import SIGNED_IN
from app.core.registries import MenuItem, account_pages


def register_personal(app: Flask) -> None:
    """The pages, and the first of them in the account menu."""
    app.register_blueprint(preference_views.bp)
    app.register_blueprint(why_not_views.bp)
    account_pages.add(
        "reminders", MenuItem("preferences.index", _l("My reminders"), SIGNED_IN), order=20
    )
