"""Enters this package into the application."""

from flask import Flask

from app.ops import health_views
from app.ops.demo.commands import demo_command
from app.ops.serving import scheduler_command, serve_command


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    app.register_blueprint(health_views.bp)
    app.cli.add_command(demo_command)
    app.cli.add_command(serve_command)
    app.cli.add_command(scheduler_command)
