"""The kept-promise rate counts what is settled, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.promises import kept_percent, kept_rate


def test_slipped_and_dropped_count_against_pending_does_not_count() -> None:
    outcomes = ["done"] * 35 + ["slipped"] * 7 + ["dropped"] * 2 + ["pending", None]
    assert kept_rate(outcomes) == (35, 44)
    assert kept_percent(35, 44) == 80


def test_no_settled_promise_has_no_rate() -> None:
    assert kept_rate(["pending"]) == (0, 0)
    assert kept_percent(0, 0) is None


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="no outcome"):
        kept_rate(["kept"])


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_only_all_is_a_hundred_and_only_none_is_zero(counts: tuple[int, int]) -> None:
    kept, settled = counts
    percent = kept_percent(kept, settled)
    assert percent is not None
    assert (percent == 100) == (kept == settled)
    assert (percent == 0) == (kept == 0)
