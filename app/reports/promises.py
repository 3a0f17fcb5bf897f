"""How well promises are kept: shown, never hidden, and always with its count.

A promise is a line of last week's "next week". One that still waits for its outcome says nothing
yet and is left out of the rate.
"""

from collections.abc import Iterable

SETTLED = frozenset({"done", "slipped", "dropped"})
PENDING = "pending"


def kept_rate(outcomes: Iterable[str | None]) -> tuple[int, int]:
    """(kept, settled) of outcomes: done, slipped, dropped; pending or None is not counted.

    Raises ValueError for any other word.
    """
    kept = settled = 0
    for outcome in outcomes:
        if outcome is None or outcome == PENDING:
            continue
        if outcome not in SETTLED:
            raise ValueError(f"{outcome!r} is no outcome of a promise")
        settled += 1
        kept += outcome == "done"
    return kept, settled


def kept_percent(kept: int, settled: int) -> int | None:
    """The rate in percent, halves rounded up; None while nothing is settled.

    Never 100 while one was not kept, never 0 while one was.
    """
    if settled == 0:
        return None
    percent = (200 * kept + settled) // (2 * settled)
    if 0 < kept < settled:
        return min(max(percent, 1), 99)
    return percent
