"""Enters this package into the application."""

from typing import Any

from flask import Flask, g, request
from flask_login import LoginManager

from app.accounts.sign_in import note_seen, person_of
from app.core.web import READING_METHODS


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    manager: LoginManager = app.login_manager  # type: ignore[attr-defined]

    @manager.user_loader
    def _load(token: str) -> Any:
        person = person_of(token, g.now)
        if person is not None and request.method in READING_METHODS:
            # Beside the request: a reading request has no write of its own to wait for.
            note_seen(token, g.now)
        return person
