"""The worst light wins, and grey never worsens anything."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.lights import Light, worst


def test_red_is_worse_than_amber_than_green_than_grey() -> None:
    assert worst(Light.green, Light.red, Light.amber) is Light.red
    assert worst(Light.green, Light.amber) is Light.amber
    assert worst(Light.green, Light.grey) is Light.green


def test_all_grey_is_grey_and_so_is_nothing() -> None:
    assert worst(Light.grey, Light.grey) is Light.grey
    assert worst() is Light.grey


@given(st.lists(st.sampled_from(Light)))
def test_grey_changes_nothing(lights: list[Light]) -> None:
    assert worst(*lights, Light.grey) is worst(*lights)
