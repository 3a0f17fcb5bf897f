"""Enters this package into the application."""

from flask import Flask

from app.core.registries import plan_starters
from app.reports.starting import start_indicators


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("reports", start_indicators, order=30)
