"""Enters the administrator's pages of group robots and of delivery into the application."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.comms import post_room_views, robot_views
from app.core.permissions import ADMINISTRATOR
from app.core.registries import MenuItem, admin_pages


def register_robots(app: Flask) -> None:
    """The pages and their tabs."""
    app.register_blueprint(robot_views.bp)
    app.register_blueprint(post_room_views.bp)
    admin_pages.add(
        "messages", MenuItem("post_room.index", _l("Delivery"), ADMINISTRATOR), order=35
    )
    admin_pages.add("robots", MenuItem("robots.index", _l("Group robots"), ADMINISTRATOR), order=30)
