"""A score is probability × impact, and has a band."""

import pytest

from app.risks.scoring import Band, band, impact_from_plan, score


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (1, Band.low), (4, Band.low), (5, Band.medium), (9, Band.medium), (10, Band.high),
        (15, Band.high), (16, Band.critical), (25, Band.critical),
    ],
)  # fmt: skip
def test_bands_end_where_the_design_says(points: int, name: Band) -> None:
    assert band(points) is name


def test_a_score_is_the_product() -> None:
    assert score(3, 4) == 12
    assert {score(p, i) for p in range(1, 6) for i in range(1, 6)} <= set(range(1, 26))


@pytest.mark.parametrize(("probability", "impact"), [(0, 3), (6, 1), (3, 0), (1, 6), (-1, -1)])
def test_a_rating_outside_one_to_five_is_refused(probability: int, impact: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        score(probability, impact)


@pytest.mark.parametrize("points", [0, 26, -4])
def test_a_score_outside_its_range_has_no_band(points: int) -> None:
    with pytest.raises(ValueError, match="1 to 25"):
        band(points)


def test_the_plans_words_enter_as_four_and_three() -> None:
    assert impact_from_plan("高") == impact_from_plan("high") == 4
    assert impact_from_plan("中") == impact_from_plan("medium") == 3
    with pytest.raises(ValueError, match="no impact"):
        impact_from_plan("")
