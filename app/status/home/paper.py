"""How the executive's page fits on one sheet of A4, whatever the plan's size.

Pure: counts of rows and lengths of texts in, how much of each list is printed and how small out.
Paper cannot be asked how high a text will be, so it is reckoned here: texts are clamped to two
lines in static/css/paper.css, and what is beyond the most of a list is counted on the sheet.
Heights are in CSS pixels at full size; the two files belong together.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# 297 mm less two margins of 10 mm, at 96 pixels an inch, less a little for rounding.
SHEET = 1035.0
LARGEST, SMALLEST = 0.8, 0.5
# How small it may become before rows are set tighter, and before long titles lose their second
# line: 13 pixels at 0.6 are 6 points.
LEAST_ROOMY, LEAST_DENSE = 0.68, 0.6
TASKS, INDICATORS, LINES, CHANGES, ASKS, RISKS, REASONS = 12, 10, 8, 5, 3, 2, 3
# How many narrow signs surely fit a line; a Chinese sign is as wide as two.
TASK_SIGNS, LINE_SIGNS, INDICATOR_SIGNS = 30, 22, 26
ROW, HIGH_ROW, SECOND = 31, 36, 18
GAP = 12


@dataclass(frozen=True)
class Texts:
    """The titles on the sheet, in the reader's language, and how much there is of what is cut at a
    height of its own. late: tasks that say how late they are. reasons: troubles that stand below
    the light. has_note: the plan's approval is spoken of."""

    tasks: Sequence[str]
    indicators: Sequence[str]
    lines: Sequence[str]
    late: int = 0
    changes: int = 0
    asks: int = 0
    risks: int = 0
    reasons: int = 0
    has_note: bool = False


class Density(StrEnum):
    """How rows are set: with air; in as few lines as they need; each in one line."""

    roomy = "roomy"
    dense = "dense"
    tight = "tight"


@dataclass(frozen=True)
class Paper:
    """At which size the page is printed, how its rows are set, and the most of each list."""

    zoom: float
    density: Density
    tasks: int = TASKS
    indicators: int = INDICATORS
    lines: int = LINES
    changes: int = CHANGES
    asks: int = ASKS
    risks: int = RISKS
    reasons: int = REASONS


def paper_of(texts: Texts) -> Paper:
    """The largest size at which everything fits on the sheet."""
    for density, least in (
        (Density.roomy, LEAST_ROOMY),
        (Density.dense, LEAST_DENSE),
        (Density.tight, SMALLEST),
    ):
        zoom = SHEET / _height(texts, density)
        if zoom >= least:
            break
    return Paper(
        round(max(min(zoom, LARGEST), SMALLEST), 3), density, changes=_most_changes(texts)
    )


def _most_changes(texts: Texts) -> int:
    """Where nothing is asked, changes have the height of two cards."""
    return CHANGES if texts.asks else CHANGES + 2


def _height(texts: Texts, density: Density) -> int:
    """At full size: the cards with their heads, one under the other."""
    is_roomy = density is Density.roomy
    verdict = 200 + (62 if texts.has_note else 0)
    if texts.reasons:
        verdict += 17 + 27 * min(texts.reasons, REASONS) + _more(texts.reasons, REASONS)
    progress = 231 if is_roomy else 197
    asks = 0
    if texts.asks:
        asks = 62 + (80 if is_roomy else 58) * min(texts.asks, ASKS) + _more(texts.asks, ASKS)
    most = _most_changes(texts)
    changes = 62 + 56 * min(texts.changes, most) + _more(texts.changes, most)
    if asks:
        top = max(verdict, asks) + GAP + max(progress, changes)
    else:
        top = max(verdict + GAP + progress, changes)
    indicators = _rows(texts.indicators, INDICATORS, INDICATOR_SIGNS, density)
    if is_roomy:
        # What was measured when has a line of its own, and a course of values its months.
        indicators = 56 * min(len(texts.indicators), INDICATORS)
    tasks = _rows(texts.tasks, TASKS, TASK_SIGNS, density, texts.late)
    lines = _rows(texts.lines, LINES, LINE_SIGNS, density) + HIGH_ROW + SECOND
    risks = 106 + 48 * min(texts.risks, RISKS)
    return 60 + top + 76 + indicators + 98 + max(tasks, lines) + risks + 42 + 6 * GAP


def _rows(titles: Sequence[str], most: int, signs: int, density: Density, longer: int = 0) -> int:
    """The rows of a table; `longer`: how many have a second line whatever their title."""
    shown = titles[:most]
    second = 0
    if density is not Density.tight:
        second = longer + sum(_width(title) > signs for title in shown)
    row = HIGH_ROW if density is Density.roomy else ROW
    return row * len(shown) + SECOND * min(second, len(shown)) + _more(len(titles), most)


def _more(count: int, most: int) -> int:
    """The line that says how many were left out."""
    return 27 if count > most else 0


def _width(text: str) -> int:
    """In narrow signs."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)
