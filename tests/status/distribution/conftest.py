"""A mail server for the tests of the distribution."""

from tests.comms.conftest import postbox

__all__ = ["postbox"]
