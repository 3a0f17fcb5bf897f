"""Health follows the design's rule, and says which one fired."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.lights import Light
from app.status.health import (
    Finding,
    HealthThresholds,
    LightOverride,
    apply_override,
    plan_health,
    risk_health,
    task_health,
)

TODAY = date(2026, 11, 26)


def task(days_late: int | None, spi: float | None, **other: Any) -> tuple[Light, str]:
    finding = task_health(days_late, spi, **{"is_started": True, "is_due": True} | other)
    return finding.light, finding.rule_key


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (task(0, 1.0), (Light.green, "on_schedule")),
        (task(-3, 0.95), (Light.green, "on_schedule")),
        (task(0, None), (Light.green, "on_schedule")),
        (task(None, None), (Light.green, "on_schedule")),
        (task(1, 1.0), (Light.amber, "late_amber")),
        (task(5, 1.0), (Light.amber, "late_amber")),
        (task(6, 1.0), (Light.red, "late_red")),
        (task(0, 0.949), (Light.amber, "spi_amber")),
        (task(0, 0.90), (Light.amber, "spi_amber")),
        (task(0, 0.899), (Light.red, "spi_red")),
        (task(3, 0.5), (Light.red, "spi_red")),
        (task(0, None, is_started=False, is_due=False), (Light.grey, "not_started")),
        # A rule that fires wins over grey.
        (task(2, None, is_started=False, is_due=False), (Light.amber, "late_amber")),
        (task(9, None, is_started=False, is_due=False), (Light.red, "late_red")),
        (task(9, 0.5, is_done=True), (Light.green, "done")),
        (task(6, 1.0, thresholds=HealthThresholds(late_amber_max=10)), (Light.amber, "late_amber")),
        (task(0, 0.8, thresholds=HealthThresholds(5, 0.8, 0.7)), (Light.green, "on_schedule")),
    ],
)
def test_a_tasks_light(result: tuple[Light, str], expected: tuple[Light, str]) -> None:
    assert result == expected


def test_a_finding_carries_the_numbers_it_fired_on() -> None:
    finding = task_health(5, 0.93, is_started=True, is_due=True, number=4)
    assert finding.params == {"number": 4, "days_late": 5, "spi": 0.93, "limit": 5}


def test_a_boundary_is_not_missed_by_a_rounding_error() -> None:
    assert task(0, 0.1 * 9 + 0.05)[0] is Light.green
    assert task(0, 0.3 * 3)[0] is Light.amber


@given(late=st.integers(-20, 20), spi=st.floats(0, 2), worse=st.integers(0, 10))
def test_later_or_slower_is_never_better(late: int, spi: float, worse: int) -> None:
    before = task(late, spi)[0].badness
    assert task(late + worse, spi)[0].badness >= before
    assert task(late, max(0.0, spi - worse / 10))[0].badness >= before


def test_only_a_critical_risk_without_a_response_is_red() -> None:
    found = risk_health(2, 16, has_response=False)
    assert found is not None
    assert found.light is Light.red
    assert risk_health(2, 15, has_response=False) is None
    assert risk_health(2, 20, has_response=True) is None
    assert risk_health(2, None, has_response=False) is None


def test_a_plan_takes_the_worst_and_lists_it_first() -> None:
    green, amber = Finding(Light.green, "a"), Finding(Light.amber, "b")
    grey, red = Finding(Light.grey, "c"), Finding(Light.red, "d")
    assert plan_health([green, amber], [None], [grey, red]) == (
        Light.red,
        [red, amber, green, grey],
    )
    assert plan_health([]) == (Light.grey, [])
    assert plan_health([grey], [], [green])[0] is Light.green


def test_a_light_set_by_hand_lapses_after_a_week_and_keeps_the_rule_readable() -> None:
    finding = Finding(Light.red, "late_red", {"days_late": 6})
    override = LightOverride(Light.amber, "供应商已补派两人", date(2026, 11, 20))
    seen = apply_override(finding, override, TODAY)
    assert (seen.light, seen.rule_key) == (Light.amber, "set_by_hand")
    assert seen.params["rule"] == "late_red"
    assert seen.params["lapses_on"] == "2026-11-27"
    assert apply_override(finding, override, date(2026, 11, 27)) is finding
    assert apply_override(finding, override, date(2026, 11, 19)) is finding
    assert apply_override(finding, None, TODAY) is finding


def test_a_light_set_by_hand_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        LightOverride(Light.green, "  ", TODAY)
