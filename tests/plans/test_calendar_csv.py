"""A year's days from a file: many spellings are read, nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.calendar_csv import (
    MOST_BYTES,
    MOST_ROWS,
    Problem,
    ProblemKind,
    example,
    read_file,
    read_text,
)
from app.plans.workcalendar import DayKind, DayWords, WorkCalendar

DEPARTMENTS = {"信息技术部": 4, "IT": 4, "Front desk": 9}
HEADS = "date,workday or off,name,department\n"


def read(text, year=2027):
    return read_text(text, year, DEPARTMENTS)


def problems(text, year=2027):
    return [(p.kind.value, p.line) for p in read(text, year).problems]


def days(text, year=2027):
    found = read(text, year)
    assert found.problems == ()
    return [(d.on, d.is_workday) for d in found.days]


@pytest.mark.parametrize(
    "written",
    [
        "2027-01-04", "2027/1/4", "2027.1.4", "2027年1月4日", "2027年01月04号", "20270104",
        "46391", "２０２７-01-04", "2027-01-04 00:00:00", "2027 年 1 月 4 日",
    ],
)  # fmt: skip
def test_a_date_is_read_in_every_clear_form(written):
    assert days(f"{HEADS}{written},off") == [(date(2027, 1, 4), False)]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1/2/27", "unclear_date"), ("01-02-2027", "unclear_date"), ("1月4日", "unclear_date"),
        ("2027-1", "unclear_date"), ("2027-02-30", "no_such_day"), ("20271301", "no_such_day"),
        ("12", "not_a_date"), ("99999", "not_a_date"), ("soon", "not_a_date"), ("", "no_date"),
        ("2026-12-31", "other_year"), ("2027-01-04 09:00", "unclear_date"),
        ("2027-1/4", "unclear_date"),
    ],
)  # fmt: skip
def test_a_date_that_could_be_another_is_refused_with_its_line(written, kind):
    assert problems(f"{HEADS}2027-01-01,off\n\n{written},off,x") == [(kind, 4)]


@pytest.mark.parametrize(
    "word",
    ["上班", "班", "工作日", "补班", "调休上班", "Work", "WORKDAY", "make-up", "Make-up workday"],
)
def test_work_is_said_in_many_ways(word):
    assert days(f"{HEADS}2027-01-04,{word}") == [(date(2027, 1, 4), True)]


@pytest.mark.parametrize(
    "word", ["休", "休息", "放假", "节假日", "法定节假日", "off", "Off", "day off", "Holiday"]
)
def test_so_is_off(word):
    assert days(f"{HEADS}2027-01-04,{word}") == [(date(2027, 1, 4), False)]


@pytest.mark.parametrize(
    ("head", "word", "works"),
    [
        ("是否上班", "是", True), ("是否上班", "否", False), ("是否放假", "是", False),
        ("workday", "yes", True), ("workday", "0", False), ("off", "no", True),
        ("workday", "off", False),
    ],
)  # fmt: skip
def test_yes_means_what_its_column_asks(head, word, works):
    assert days(f"date,{head}\n2027-01-04,{word}") == [(date(2027, 1, 4), works)]


@pytest.mark.parametrize("word", ["yes", "调休", "上班（调休）", "maybe", "1"])
def test_a_word_that_says_neither_is_refused(word):
    assert problems(f"{HEADS}2027-01-04,{word}") == [("unclear_kind", 2)]


def test_columns_stand_in_any_order_and_without_heads_in_ours():
    assert days("名称;部门;类型;日期\n元旦;;放假;2027-01-01") == [(date(2027, 1, 1), False)]
    assert days("2027-01-01\t放假\t元旦\n2027-01-02\t休") == [
        (date(2027, 1, 1), False), (date(2027, 1, 2), False)]  # fmt: skip
    assert problems("when,what\n2027-01-01,off") == [("no_date_column", 1)]
    assert problems("date,colour\n2027-01-01,off") == [("no_kind_column", 1)]


def test_the_file_may_come_from_excel_wps_or_an_editor():
    text = "日期,类型,名称\n2027-02-09,放假,春节\n"
    for content in (
        text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("gbk"), text.encode("utf-16"),
    ):  # fmt: skip
        found = read_file(content, 2027, {})
        assert [(d.on, d.name) for d in found.days] == [(date(2027, 2, 9), "春节")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf\r\n \r\n", "empty"), (HEADS.encode(), "empty"),
        (b"PK\x03\x04 a workbook", "not_csv"), (b"\xd0\xcf\x11\xe0 an old one", "not_csv"),
        (b"date,off\n2027-01-01,\x00\x01", "not_csv"), (b"\xff\xff\x00", "not_csv"),
        (b'date,off\n2027-01-01,"never closed', "not_csv"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (HEADS.encode() + b"2027-01-01,off\n" * (MOST_ROWS + 1), "too_long"),
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_as_a_whole(content, kind):
    found = read_file(content, 2027, {})
    assert [p.kind.value for p in found.problems] == [kind] and found.days == ()


def test_a_day_is_given_once_for_each_whom_it_concerns():
    text = HEADS + "2027-01-04,off,,IT\n2027-01-04,off\n2027/1/4,work,,信息技术部"
    assert read(text).problems == (
        Problem(ProblemKind.duplicate, 4, "2027-01-04", first_line=2),
    )  # fmt: skip
    assert [d.department_id for d in read(text).days] == [None, 4]
    assert problems(HEADS + "2027-01-04,off,,Kitchen") == [("no_such_department", 2)]
    assert read(HEADS + "2027-01-04,off,,全公司").days[0].department_id is None


def test_every_wrong_line_is_named():
    text = HEADS + "2027-01-04,\n1/2/27,off\n2027-01-05,off," + "长" * 81
    assert problems(text) == [("no_kind", 2), ("unclear_date", 3), ("long_name", 4)]


def test_the_example_reads_back_as_the_calendar_it_was_made_from():
    own = WorkCalendar(
        {date(2027, 3, 1): DayKind.company_off, date(2027, 3, 6): DayKind.company_work},
        {date(2027, 3, 1): DayWords(("=1+1", "=1+1"))},
    )
    text = example(own, 2027, "zh", ("日期", "类型", "名称"), ("上班", "放假"))
    assert "'=1+1" in text
    found = read(text)
    assert found.problems == ()
    said = {d.on: d for d in found.days}
    assert said[date(2027, 1, 1)].name == "元旦"
    assert said[date(2027, 3, 1)].name == "=1+1" and said[date(2027, 3, 6)].is_workday
    assert all(own.is_workday(d) == row.is_workday for d, row in said.items())


@given(st.binary(max_size=300))
def test_no_bytes_surprise_the_reader(content):
    found = read_file(content, 2027, DEPARTMENTS)
    assert found.problems or found.days


@given(st.text(max_size=200))
def test_nor_does_any_text(text):
    read_text(HEADS + text, 2027, DEPARTMENTS)
