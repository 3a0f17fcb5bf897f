"""`flask jobs … --at` stands in for the clock, in years that a calendar reaches."""

import pytest

FAR_OFF = ["0001-01-01T00:00", "9999-12-31T23:59", "1999-12-31", "2101-01-02"]


@pytest.mark.parametrize("text", FAR_OFF)
def test_an_instant_far_off_is_refused_in_words(app, text):
    done = app.test_cli_runner().invoke(args=["jobs", "preview", "--at", text])
    assert done.exit_code == 2 and "--at" in done.output and text in done.output


def test_an_instant_of_our_century_is_taken(app, people):
    done = app.test_cli_runner().invoke(args=["jobs", "preview", "--at", "2026-11-27T09:00"])
    assert done.exit_code == 0 and "messages in 14 days" in done.output
