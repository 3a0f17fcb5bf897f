"""Risk scores: probability × impact, each 1 to 5, in four bands."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

RATINGS = range(1, 6)


class Band(StrEnum):
    """1–4 low, 5–9 medium, 10–15 high, 16–25 critical."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"

    @property
    def label(self) -> Any:
        return {
            "low": _l("low"), "medium": _l("medium"), "high": _l("high"),
            "critical": _l("critical"),
        }[self.value]  # fmt: skip


def score(probability: int, impact: int) -> int:
    """Probability × impact. Raises ValueError outside 1–5."""
    if probability not in RATINGS or impact not in RATINGS:
        raise ValueError("probability and impact are 1 to 5")
    return probability * impact


def band(points: int) -> Band:
    """The band of a score. Raises ValueError outside 1–25."""
    if not 1 <= points <= 25:
        raise ValueError("a score is 1 to 25")
    for limit, name in ((4, Band.low), (9, Band.medium), (15, Band.high)):
        if points <= limit:
            return name
    return Band.critical


# The plan's words (section 4) and a template's, as ratings that wait for the first review; the
# plan itself has no 低.
_PLAN_IMPACTS = {"高": 4, "high": 4, "中": 3, "medium": 3, "低": 2, "low": 2}


def impact_from_plan(word: str) -> int:
    """The impact with which the plan's 高 or 中 enters. Raises ValueError for another word."""
    try:
        return _PLAN_IMPACTS[word]
    except KeyError:
        raise ValueError(f"{word!r} is no impact that the plan knows") from None
