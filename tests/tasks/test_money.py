"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasks.money import MOST_CENTS, parse_yuan, yuan_text


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12,000.50", 1200050), ("12000.5", 1200050), ("¥12,000", 1200000), ("0", 0),
        ("12000 元", 1200000), ("１２，０００．５０", 1200050), ("￥0.01", 1), ("96,000", 9600000),
        ("1,234.5", 123450), ("１２３４", 123400), ("1.2万", 1200000), ("¥ 3 万元", 3000000),
        ("０．０００００1 万", 1), ("1.50", 150),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, cents):
    assert parse_yuan(text) == cents


@pytest.mark.parametrize(
    "text",
    ["", "abc", "-5", "1.234", "12,00", "1,2345", "1e5", "NaN", "21474836.48", "9" * 13, "1 000",
     "0.0000001万", "1.23456万元x", "万", "2148万", "١٢٣", "12.345"],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        parse_yuan(text)


@given(st.integers(min_value=0, max_value=MOST_CENTS))
def test_what_a_form_shows_reads_back_as_the_same_amount(cents):
    assert parse_yuan(yuan_text(cents)) == cents
