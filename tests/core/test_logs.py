"""The log tells what went wrong, and nothing that people typed."""

import structlog

from app.core import logs


def test_an_exception_is_logged_without_the_values_of_its_variables(capsys):
    kept = structlog.get_config()
    try:
        logs.configure("INFO")
        try:
            password = "gehe-" + "im-4711"
            raise ValueError(f"no {len(password)}")
        except ValueError:
            structlog.get_logger().exception("it failed")
    finally:
        structlog.configure(**kept)
    said = capsys.readouterr().err
    assert "ValueError" in said and "test_logs.py" in said
    assert "gehe-im-4711" not in said
