"""A mail server for the tests of delivery."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.comms.mail_server import Postbox, point_to, running


@pytest.fixture
def postbox(context: Flask) -> Iterator[Postbox]:
    """A running SMTP server that the application sends to."""
    box = Postbox()
    kept = context.config["SETTINGS"]
    with running(box) as port:
        point_to(context, port)
        yield box
    context.config["SETTINGS"] = kept
