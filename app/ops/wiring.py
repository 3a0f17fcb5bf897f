"""Enters this package into the application."""

from flask import Flask


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
