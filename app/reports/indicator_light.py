"""The light of an indicator: what a measured value is allowed to say.

A proportion from a sample is only as good as its interval: green when the whole Wilson 95 %
interval is on the good side of the target, red when all of it is on the bad side, amber between,
grey while there are too few answers. A value of the whole population, or a mean, is compared as
it is.
"""

from app.core.lights import Light
from app.reports.wilson import wilson_interval

# Values of a percentage come from a division and are compared as people read them.
_TINY = 1e-9


def indicator_light(
    direction: str,
    target: float | None,
    value: float | None,
    kind: str,
    sample: int | None,
    is_whole_population: bool,
    min_answers: int = 30,
) -> tuple[Light, str]:
    """The light and the key of the rule that fired.

    `direction` is at_least or at_most, `kind` proportion or mean. A proportion's `target` and
    `value` are percent (0–100) and `sample` is the number of answers; a mean's are in the
    indicator's own unit.

    Rules: no_target, not_measured, not_enough_answers (grey); whole_population_reaches,
    interval_reaches, value_reaches (green); interval_undecided (amber);
    whole_population_misses, interval_misses, value_misses (red).
    Raises ValueError for an unknown direction or kind, or a proportion outside 0–100.
    """
    if direction not in ("at_least", "at_most"):
        raise ValueError(f"{direction!r} is no direction")
    if kind not in ("proportion", "mean"):
        raise ValueError(f"{kind!r} is no kind of indicator")
    if value is None:
        return Light.grey, "not_measured"
    if kind == "proportion" and not 0 <= value <= 100:
        raise ValueError(f"{value} is no percentage")
    if target is None:
        return Light.grey, "no_target"
    reaches = _is_good(direction, value, target)
    if is_whole_population and not (kind == "proportion" and sample == 0):
        return _verdict("whole_population", reaches)
    if kind == "mean":
        return _verdict("value", reaches)
    if not sample or sample < min_answers:
        return Light.grey, "not_enough_answers"
    low, high = proportion_interval(value, sample)
    worst_end, best_end = (low, high) if direction == "at_least" else (high, low)
    if _is_good(direction, worst_end, target):
        return _verdict("interval", True)
    if not _is_good(direction, best_end, target):
        return _verdict("interval", False)
    return Light.amber, "interval_undecided"


def proportion_interval(value: float, sample: int) -> tuple[float, float]:
    """Wilson's 95 % interval in percent for a share of `value` percent of `sample` answers.

    The share came from a count, perhaps rounded; the nearest count is what was seen.
    """
    low, high = wilson_interval(round(value * sample / 100), sample)
    return 100 * low, 100 * high


def _is_good(direction: str, value: float, target: float) -> bool:
    if direction == "at_least":
        return value >= target - _TINY
    return value <= target + _TINY


def _verdict(of: str, reaches: bool) -> tuple[Light, str]:
    return (Light.green, f"{of}_reaches") if reaches else (Light.red, f"{of}_misses")
