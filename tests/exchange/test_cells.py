"""What a cell says, and what it does not say clearly enough."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.cells import DAY_ZERO_1904, CellError, Kind, fold, parse

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize("raw", [
    "2026/3/1", "2026年3月1日", "2026-03-01", "2026.3.1", "２０２６／３／１", datetime(2026, 3, 1),
    46082, 46082.0, "2026-03-01 00:00:00",
])  # fmt: skip
def test_a_day_in_a_clear_form_is_taken(raw):
    assert parse(Kind.day, raw) == "2026-03-01"


@pytest.mark.parametrize("raw", [
    "3/1/26", "1/3/2026", "46082", "next week", "2026-02-30", "2026/3-1", datetime(2026, 3, 1, 9),
    0.5, -3, True, "1999-12-31", 1e300, "2026-3",
])  # fmt: skip
def test_a_day_that_is_unclear_or_impossible_is_refused(raw):
    with pytest.raises(CellError) as error:
        parse(Kind.day, raw)
    assert str(error.value.reason)


@pytest.mark.parametrize("raw", ["3/1/26", "1-3-2026", "01.03.26"])
def test_a_day_whose_month_could_be_either_is_called_unclear(raw):
    with pytest.raises(CellError) as error:
        parse(Kind.day, raw)
    assert "unclear" in str(error.value.reason)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_blank_is_blank(kind, raw):
    assert parse(kind, raw) is None


@given(DAYS)
def test_a_serial_number_is_the_day_that_a_spreadsheet_means(day):
    assert parse(Kind.day, (day - date(1899, 12, 30)).days) == day.isoformat()
    assert parse(Kind.day, (day - DAY_ZERO_1904).days, None, DAY_ZERO_1904) == day.isoformat()


@given(DAYS)
def test_each_way_of_writing_a_day_means_the_same(day):
    ways = {
        f"{day.year}-{day.month}-{day.day}", f"{day.year}/{day.month:02}/{day.day:02}",
        f"{day.year}年{day.month}月{day.day}日", day.isoformat(),
    }  # fmt: skip
    assert {parse(Kind.day, way) for way in ways} == {day.isoformat()}


@pytest.mark.parametrize(("raw", "percent"), [
    (0.6, 60), (1, 100), (60, 60), ("60%", 60), ("60", 60), ("0.6", 60), ("６０％", 60), (0, 0),
    (0.29, 29), ("1%", 1),
])  # fmt: skip
def test_progress_is_taken_as_fraction_and_as_per_cent(raw, percent):
    assert parse(Kind.percent, raw) == percent


@pytest.mark.parametrize("raw", ["1", 101, -0.1, "half", 0.555, True])
def test_progress_that_is_unclear_is_refused(raw):
    with pytest.raises(CellError):
        parse(Kind.percent, raw)


@given(st.integers(0, 2**31 - 1))
def test_money_comes_back_to_the_cent(cents):
    assert parse(Kind.money, cents / 100) == cents
    assert parse(Kind.money, f"{cents // 100:,}.{cents % 100:02} 元") == cents


@pytest.mark.parametrize("raw", [-1, 0.001, "1,00", "ten", 1e12, True])
def test_money_that_is_none_is_refused(raw):
    with pytest.raises(CellError):
        parse(Kind.money, raw)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes()),
       st.sampled_from(list(Kind)))  # fmt: skip
def test_whatever_a_cell_holds_it_is_a_value_or_a_sentence(raw, kind):
    try:
        parse(kind, raw, {"a": "person:1"})
    except CellError as error:
        assert str(error.reason)


def test_an_item_is_known_by_its_number_whatever_its_title_is_by_now():
    known = {fold("1.2 Old title"): "step:7", "#1.2": "step:7"}
    assert parse(Kind.ref, "1.2 New title", known) == "step:7"
    with pytest.raises(CellError):
        parse(Kind.ref, 1.1, known | {"#1.1": "step:9"})  # 1.10 typed as a number is 1.1
