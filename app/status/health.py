"""Health of a task and of the plan: a light, and the rule that made it so.

A light without its reason is an opinion. Every finding carries the key of the rule that fired and
the numbers it fired on, so that the sentence can be said elsewhere, in either language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.core.lights import Light, worst
from app.risks.scoring import Band, band

Param = str | int | float | None

# Ratios come from divisions; 0.95 as people read it must not fail by a rounding error.
_TINY = 1e-9

OVERRIDE_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class HealthThresholds:
    """Where the lights change; editable. Late in working days, SPI as a ratio."""

    late_amber_max: int = 5
    spi_green: float = 0.95
    spi_red: float = 0.90


@dataclass(frozen=True)
class Finding:
    """One light with the key of its rule and the rule's numbers."""

    light: Light
    rule_key: str
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True)
class LightOverride:
    """A light set by hand: needs a reason and lapses a week after `set_on`."""

    light: Light
    reason: str
    set_on: date

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a light set by hand needs a reason")

    def is_valid(self, today: date) -> bool:
        """True on the day it was set and the six days after."""
        return self.set_on <= today < self.set_on + OVERRIDE_LASTS


def task_health(
    days_late: int | None,
    spi: float | None,
    *,
    is_started: bool,
    is_due: bool,
    is_done: bool = False,
    thresholds: HealthThresholds | None = None,
    number: int | None = None,
) -> Finding:
    """The light of one task.

    `days_late` is the forecast's distance from the baseline in working days (negative: early;
    None: no baseline yet). `spi` is None while nothing is planned yet. `is_due` says that the
    day on which it should have started has come. A finished task needs no care any more: it is
    green, and its params still say how late it came.

    Rules, the first that fires wins: done; late_red, spi_red; late_amber, spi_amber; not_started
    (grey); on_schedule.
    """
    limits = thresholds or HealthThresholds()
    params: dict[str, Param] = {
        "number": number,
        "days_late": days_late,
        "spi": None if spi is None else round(spi, 4),
    }
    late = days_late or 0
    if is_done:
        return Finding(Light.green, "done", params)
    if late > limits.late_amber_max:
        return Finding(Light.red, "late_red", params | {"limit": limits.late_amber_max})
    if spi is not None and spi < limits.spi_red - _TINY:
        return Finding(Light.red, "spi_red", params | {"limit": limits.spi_red})
    if late > 0:
        return Finding(Light.amber, "late_amber", params | {"limit": limits.late_amber_max})
    if spi is not None and spi < limits.spi_green - _TINY:
        return Finding(Light.amber, "spi_amber", params | {"limit": limits.spi_green})
    if not is_started and not is_due:
        return Finding(Light.grey, "not_started", params)
    return Finding(Light.green, "on_schedule", params)


def risk_health(number: int, score: int | None, has_response: bool) -> Finding | None:
    """Red for a critical risk (16–25) without a response; None for any other risk.

    A response that is planned, under way or done counts; one that was dropped does not.
    """
    if score is None or has_response or band(score) is not Band.critical:
        return None
    return Finding(Light.red, "critical_risk_without_response", {"number": number, "score": score})


def apply_override(finding: Finding, override: LightOverride | None, today: date) -> Finding:
    """The finding, or the light set by hand over it while that holds.

    The rule that would have fired stays readable in the params.
    """
    if override is None or not override.is_valid(today):
        return finding
    params: dict[str, Param] = {
        **finding.params,
        "reason": override.reason,
        "set_on": override.set_on.isoformat(),
        "lapses_on": (override.set_on + OVERRIDE_LASTS).isoformat(),
        "rule_light": finding.light.value,
        "rule": finding.rule_key,
    }
    return Finding(override.light, "set_by_hand", params)


def plan_health(
    tasks: Iterable[Finding],
    risks: Iterable[Finding | None] = (),
    indicators: Iterable[Finding] = (),
) -> tuple[Light, list[Finding]]:
    """The plan's light and all findings, worst first, otherwise in the order given.

    The plan takes the worst of its tasks, its critical risks without response and its indicators.
    """
    findings = [*tasks, *(f for f in risks if f is not None), *indicators]
    findings.sort(key=lambda finding: finding.light.badness, reverse=True)
    return worst(*(finding.light for finding in findings)), findings
