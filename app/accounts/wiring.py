"""Enters this package into the application."""

from typing import Any

from flask import Flask, g, request
from flask_babel import lazy_gettext as _l
from flask_login import LoginManager, current_user

from app.accounts import admin_views, views
from app.accounts.commands import user_commands
from app.accounts.menus import account_menu
from app.accounts.queries import headed_departments
from app.accounts.sign_in import SEEN_EVERY, note_seen, person_of
from app.core.permissions import ADMINISTRATOR
from app.core.registries import MenuItem, admin_pages, still_owns
from app.core.web import READING_METHODS


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    manager: LoginManager = app.login_manager  # type: ignore[attr-defined]

    @manager.user_loader
    def _load(token: str) -> Any:
        person = person_of(token, g.now)
        if (
            person is not None
            and request.method in READING_METHODS
            and person.session_seen_at < g.now - SEEN_EVERY
        ):
            # Beside the request: a reading request has no write of its own to wait for.
            note_seen(token, g.now)
        return person

    app.register_blueprint(views.bp)
    app.register_blueprint(admin_views.bp)
    app.cli.add_command(user_commands)
    app.context_processor(_frame)
    admin_pages.add("people", MenuItem("admin.people", _l("People"), ADMINISTRATOR), order=10)
    admin_pages.add(
        "departments", MenuItem("admin.departments", _l("Departments"), ADMINISTRATOR), order=20
    )
    still_owns.add("accounts", headed_departments, order=10)


def _frame() -> dict[str, Any]:
    """What the frame of every page needs of the person; the bell is filled in by others."""
    is_known = bool(current_user) and current_user.is_authenticated
    return {
        "account_menu": account_menu(current_user if is_known else None),
        "counter": 0,
        "inbox_url": None,
    }
