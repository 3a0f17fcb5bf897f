"""Enters this package into the application."""

from flask import Flask

from app.core.registries import plan_starters
from app.risks.starting import start_risks


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("risks", start_risks, order=20)
