"""What is kept is given out under the same stamp and within its time, and never else."""

from datetime import timedelta

import pytest

from app.core.kept import Holed, Shelf
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def shelf_with_a_page(most=3):
    shelf = Shelf(most)
    shelf.keep("pm", "mark 1", NOW, NOW + HOUR, "page")
    return shelf


def test_it_comes_back_under_its_stamp_until_its_time_is_over():
    shelf = shelf_with_a_page()
    assert shelf.find("pm", "mark 1", NOW) == "page"
    assert shelf.find("pm", "mark 1", NOW + HOUR - timedelta.resolution) == "page"
    assert shelf.find("pm", "mark 1", NOW + HOUR) is None


@pytest.mark.parametrize(
    ("key", "stamp", "now"),
    [("owner", "mark 1", NOW), ("pm", "mark 2", NOW), ("pm", "mark 1", NOW - timedelta.resolution)],
)
def test_not_for_others_nor_after_a_change_nor_before_the_instant_that_it_shows(key, stamp, now):
    assert shelf_with_a_page().find(key, stamp, now) is None


def test_the_newer_page_takes_the_place_of_the_older():
    shelf = shelf_with_a_page()
    shelf.keep("pm", "mark 2", NOW, NOW + HOUR, "new page")
    assert shelf.find("pm", "mark 1", NOW) is None
    assert shelf.find("pm", "mark 2", NOW) == "new page"


def test_what_was_longest_not_asked_for_makes_room():
    shelf = shelf_with_a_page(most=2)
    shelf.keep("owner", "mark 1", NOW, NOW + HOUR, "page")
    shelf.find("pm", "mark 1", NOW)
    shelf.keep("head", "mark 1", NOW, NOW + HOUR, "page")
    assert [shelf.find(key, "mark 1", NOW) for key in ("pm", "owner", "head")] == [
        "page", None, "page",
    ]  # fmt: skip


def test_holes_are_filled_with_what_is_given_now():
    page = Holed.of("<a n='N1'>as of T1</a><b n='N1'>", {"nonce": "N1", "time": "T1"})
    assert page.filled({"nonce": "x", "time": "N1"}) == "<a n='x'>as of N1</a><b n='x'>"
    assert "N1" not in "".join(page.texts)
    assert Holed.of("plain", {"nonce": "N1"}).filled({}) == "plain"
