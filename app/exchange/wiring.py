"""Enters this package into the application."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.registries import MenuItem, menu
from app.exchange import commands, document_views, views

# The commands join the plans' own group as they are imported.
COMMANDS = commands.COMMANDS


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    app.register_blueprint(views.bp)
    app.register_blueprint(document_views.bp)
    menu.add(
        "exchange",
        MenuItem("exchange.index", _l("Excel in and out"), "plan:exchange", parent="tasks"),
        order=39,
    )
