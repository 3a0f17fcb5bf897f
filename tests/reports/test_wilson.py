"""Wilson's interval agrees with published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.wilson import wilson_interval

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics
        # in Medicine 17 (1998), table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_newcombes_table(successes: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_twenty_eight_of_thirty_one_is_between_75_and_97_percent() -> None:
    low, high = wilson_interval(28, 31)
    assert (round(100 * low), round(100 * high)) == (75, 97)


def test_no_answers_say_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson_interval(successes, n)


@given(counts)
def test_the_interval_holds_the_share_and_mirrors(count: tuple[int, int]) -> None:
    successes, n = count
    low, high = wilson_interval(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    other_low, other_high = wilson_interval(n - successes, n)
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high))
