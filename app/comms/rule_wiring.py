"""Enters the pages of a plan's rules of reminding into the application."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.comms import rule_views
from app.core.registries import MenuItem, menu


def register_rules(app: Flask) -> None:
    """The pages, and their quiet tab beside the ledger's."""
    app.register_blueprint(rule_views.bp)
    menu.add(
        "comms-rules",
        MenuItem("rules.index", _l("Reminder rules"), "reminder:read", parent="comms"),
        order=65,
    )
