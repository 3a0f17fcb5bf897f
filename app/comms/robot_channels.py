"""A group robot as the dispatcher uses it: its row becomes a client of its vendor."""

from datetime import datetime
from typing import Protocol

from flask import current_app

from app.comms.channels import Post, Refused
from app.comms.channels.robots import RobotChannel
from app.comms.models import Robot
from app.comms.robots import address_of
from app.core.db import db
from app.core.encryption import NoKey, WrongKey
from app.core.unit_of_work import rollback


class RobotOutlet(Protocol):
    """Takes posts to one group."""

    def send(self, post: Post, at: datetime) -> str:
        """Answer what the vendor said. Raises NotSent."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def robot_outlet(robot_id: int) -> RobotOutlet:
    """The client of a robot. Raises Refused when its address cannot be read: the installation's
    key is another one than the address was entered with."""
    try:
        address = address_of(db.session.get_one(Robot, robot_id))
    except (NoKey, WrongKey) as problem:
        raise Refused(str(problem)) from problem
    finally:
        rollback()
    return RobotChannel(address, current_app.config["SETTINGS"].robot_stand_in)
