"""Weekly reports in the pack: the newest week's lines, the matrix, all rows."""

from dataclasses import replace

import pytest

from app.status.sheets import compliance, report_rows, reports
from tests.status.sheets.sheets import built, column, facts_of, read, rich, texts
from tests.status.states import empty, put

pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning"),
]


def made(state, language="en"):
    return built(facts_of(state, language), reports, compliance, report_rows)


def test_the_newest_week_that_was_due_shows_each_promise_with_its_outcome():
    sheet = read(made(rich()))["Weekly reports"]
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=6)]
    assert [(row[4], row[5], row[6]) for row in rows if row[4]] == [
        ("讲义定稿", "done", None),
        ("洗 2,400 条资料", "slipped", "to week 47: 人手不够"),
        ("=1+1", "dropped", "不再需要"),
        ("nothing was promised for this week", None, None),
    ]
    assert rows[0][7] == "做了 7 2026-W46"
    assert rows[0][8] == "• 洗 2,400 条资料"


def test_an_owner_without_a_report_is_there_and_the_promise_still_waits():
    state = rich()
    gone = [r for r in state.reports.reports if (r.task_id, r.week) != (7, "2026-W46")]
    state = put(state, "reports", reports=tuple(gone))
    state = put(state, "reports.rows.0.cells.1", standing="missing", report_id=None)
    found = texts(read(made(state))["Weekly reports"])
    assert "No report was handed in." in found
    assert "missing" in found


def test_the_matrix_has_the_marks_of_the_page_in_both_languages():
    for language, title, marks in (
        ("zh", "各周周报", ["迟", "退", "稿"]), ("en", "Reports by week", ["L", "R", "D"]),
    ):  # fmt: skip
        book = read(made(rich(), language))
        sheet = book[title] if title in book.sheetnames else book.worksheets[1]
        row = next(row for row in sheet.iter_rows(min_row=6) if row[0].value == 4)
        assert [c.value for c in row[compliance.WEEKS :][:3]] == marks


def test_the_counts_are_formulas_over_the_marks_and_the_promises():
    content = made(rich())
    formulas, results = read(content, is_computed=False), read(content)
    state = rich()
    for name, field in (
        ("Reports_Due", "owed"), ("Reports_OnTime", "on_time"),
        ("Promises_Settled", "settled"), ("Promises_Kept", "kept"),
    ):  # fmt: skip
        assert all(text.startswith("=") for text in column(formulas, name))
        assert column(results, name) == [getattr(row, field) for row in state.reports.rows]
    assert column(results, "Reports_DueAll") == [5]
    assert column(results, "Promises_Rate") == [0.5, 0, "none"]


def test_a_report_that_nobody_asked_for_is_in_brackets_and_in_no_rate():
    sheet = read(made(rich()))["Reports by week"]
    row = next(row for row in sheet.iter_rows(min_row=6) if row[0].value == 5)
    assert [c.value for c in row[compliance.WEEKS :][:3]] == ["T", "(T)", "–"]
    assert row[compliance.DUE_COL].value == 1


def test_eyes_that_read_only_some_promises_get_the_app_s_counts_and_are_told():
    state = rich()
    state = put(state, "reports", promises=state.reports.promises[:2])
    content = made(state)
    assert column(read(content, is_computed=False), "Promises_Kept") == [1, 0, 0]
    assert any("counted by the app" in text for text in texts(read(content)["Reports by week"]))


def test_what_is_left_out_is_said_and_no_name_leads_nowhere():
    state = replace(empty(), left_out=("report:standing", "report:text", "promise:text"))
    book = read(made(state))
    for title in ("Weekly reports", "Reports by week", "All reports"):
        assert "Left out: not for these eyes." in texts(book[title])
    assert not book.defined_names.keys() & {"Reports_Due", "Promises_Task", "Marks_Due"}


def test_before_the_first_deadline_there_is_a_sentence_and_no_rate():
    state = put(rich(), "reports", through_week=None, owed=0, on_time=0)
    for n in range(3):
        state = put(state, f"reports.rows.{n}", owed=0, on_time=0)
    book = read(made(state))
    assert "No weekly report has been due yet." in texts(book["Weekly reports"])
    assert column(book, "Reports_Rate") == ["none"] * 3


def test_all_reports_have_a_row_a_promise_under_their_report():
    content = made(rich())
    assert column(read(content), "Promises_Outcome").count("done") == 1
    weeks = [row[0].value for row in read(content)["All reports"].iter_rows(min_row=5)]
    assert weeks == sorted(weeks, reverse=True)
    assert len(weeks) == 6


def test_five_thousand_rows_go_straight_to_the_disk_and_are_all_there():
    state = rich()
    first = state.reports.promises[0]
    many = tuple(replace(first, id=1_000 + n) for n in range(6_000))
    state = put(state, "reports", promises=many)
    book = read(made(state))
    assert len(column(book, "Promises_Task")) > 6_000
    assert book["All reports"]["H5"].value in ("讲义定稿", None)
