"""An indicator's light says no more than its sample allows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.lights import Light
from app.reports.indicator_light import indicator_light


def share(value: float | None, sample: int | None, **other: Any) -> tuple[Light, str]:
    plain: dict[str, Any] = {
        "direction": "at_least", "target": 90.0, "kind": "proportion",
        "is_whole_population": False,
    }  # fmt: skip
    return indicator_light(**plain | {"value": value, "sample": sample} | other)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (share(97.5, 400), (Light.green, "interval_reaches")),
        (share(91.0, 400), (Light.amber, "interval_undecided")),
        (share(89.0, 400), (Light.amber, "interval_undecided")),
        (share(80.0, 400), (Light.red, "interval_misses")),
        (share(90.3, 29), (Light.grey, "not_enough_answers")),
        (share(90.3, 31), (Light.amber, "interval_undecided")),
        (share(90.3, None), (Light.grey, "not_enough_answers")),
        (share(90.3, 0, min_answers=0), (Light.grey, "not_enough_answers")),
        (share(90.3, 31, min_answers=50), (Light.grey, "not_enough_answers")),
        (share(100.0, 8, is_whole_population=True), (Light.green, "whole_population_reaches")),
        (share(90.0, 10, is_whole_population=True), (Light.green, "whole_population_reaches")),
        (share(87.5, 8, is_whole_population=True), (Light.red, "whole_population_misses")),
        (share(None, None), (Light.grey, "not_measured")),
        (share(95.0, 400, target=None), (Light.grey, "no_target")),
        (share(2.0, 400, direction="at_most", target=5.0), (Light.green, "interval_reaches")),
        (share(9.0, 400, direction="at_most", target=5.0), (Light.red, "interval_misses")),
        (share(5.0, 400, direction="at_most", target=5.0), (Light.amber, "interval_undecided")),
    ],
)
def test_a_share_is_judged_by_its_interval(
    result: tuple[Light, str], expected: tuple[Light, str]
) -> None:
    assert result == expected


@pytest.mark.parametrize(
    ("direction", "value", "light"),
    [
        ("at_most", 350.0, Light.red),
        ("at_most", 300.0, Light.green),
        ("at_least", 300.0, Light.green),
        ("at_least", 299.0, Light.red),
    ],
)
def test_a_mean_is_compared_as_it_is(direction: str, value: float, light: Light) -> None:
    result, _rule = indicator_light(direction, 300.0, value, "mean", 5, False)
    assert result is light


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no percentage"):
        share(101.0, 50)
    with pytest.raises(ValueError, match="no direction"):
        share(50.0, 50, direction="up")
    with pytest.raises(ValueError, match="no kind"):
        share(50.0, 50, kind="sum")


@given(
    good=st.integers(0, 300),
    more=st.integers(0, 300),
    bad=st.integers(0, 300),
    target=st.integers(0, 100),
)
def test_a_better_share_never_has_a_worse_light(
    good: int, more: int, bad: int, target: int
) -> None:
    n = good + more + bad
    if n < 30:
        return
    before, _ = share(100 * good / n, n, target=float(target))
    after, _ = share(100 * (good + more) / n, n, target=float(target))
    assert after.badness <= before.badness
    mirrored, _ = share(100 - 100 * good / n, n, target=100.0 - target, direction="at_most")
    assert mirrored is before
