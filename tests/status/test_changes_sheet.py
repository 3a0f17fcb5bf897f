"""The sheet of what changed: days as days, money as money, and words where there is nothing."""

import io
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from app.core.i18n import in_language
from app.core.lights import Light
from app.core.localtext import LocalText
from app.status.comparison.comparing import compare
from app.status.packs.manifest import Manifest
from app.status.sheets import changes
from app.status.sheets.book import Book
from app.status.sheets.facts import PackFacts
from app.status.state import PlanFinding
from tests.status.states import AT, put, sample

BEFORE = sample()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def sheet_of(after, before=BEFORE, language="en"):
    manifest = Manifest(
        plan_id=1, as_of=AT, made_at=AT, eyes_id=1, eyes="许文静", language=language,
        snapshot_sha256="0" * 64, program_version="1", base_url="https://yingbin.example",
        people={1: "何俊", 2: "韩雪梅"}, departments={1: LocalText(own="培训部")},
    )  # fmt: skip
    book = Book("plan", manifest.base_url, SHANGHAI, AT)
    with in_language(language):
        changes.write(book, PackFacts(after, manifest, before and compare(before, after)))
    return openpyxl.load_workbook(io.BytesIO(book.close())).worksheets[0]


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5) if row[0].value]


def test_each_change_is_a_row_with_both_values_and_its_sentence(context):
    red = PlanFinding(Light.red, "late_red", {}, "task", 7, 4)
    after = put(BEFORE, "tasks.tasks.0", finish_on=date(2027, 1, 8), percent=35)
    after = put(after, "tasks.budget.0", actual_cents=30_050)
    after = replace(after, findings=(red, BEFORE.findings[1]))
    sheet = sheet_of(after)
    assert sheet["A2"].value.startswith("5 changes since")
    rows = rows_of(sheet)
    assert [row[0] for row in rows] == ["Tasks", "Tasks", "Money", "Money", "Tasks"]
    assert rows[0][3:5] == ["▲ Amber", "■ Red"]
    assert [value.date() for value in rows[1][3:5]] == [date(2026, 12, 30), date(2027, 1, 8)]
    assert rows[2][3:5] == [200, 300.5]
    assert rows[4][3:5] == [0.2, 0.35]
    assert rows[1][5] == "Task 4 is now committed for 8 Jan, before 30 Dec"
    assert sheet["B6"].hyperlink.target == "https://yingbin.example/tasks/7"
    assert (sheet["B6"].value, sheet["C6"].value) == ("Task 4", "Training")


@pytest.mark.parametrize(("language", "first", "same"), [
    ("en", "There is no earlier pack to compare with.", "Nothing that is compared has changed"),
    ("zh", "", ""),
])  # fmt: skip
def test_without_an_earlier_pack_and_without_a_change_it_says_so(context, language, first, same):
    alone = sheet_of(BEFORE, before=None, language=language)
    assert first in alone["A2"].value and not rows_of(alone)[1:]
    unchanged = sheet_of(BEFORE, language=language)
    assert same in unchanged["A2"].value and not rows_of(unchanged)[1:]
    assert alone["A2"].value != unchanged["A2"].value


def test_what_people_write_stays_text(context):
    after = put(BEFORE, "reports.problems.0", title="=HYPERLINK(1)")
    after = put(after, "comms.meetings.0", decisions=("先做一楼", "=1+1", "@SUM(A1)"))
    cells = [cell for row in sheet_of(after).iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1\n@SUM(A1)" in {cell.value for cell in cells}


def test_a_person_who_is_nobody_and_one_without_a_name_are_told_apart(context):
    rows = rows_of(sheet_of(put(BEFORE, "tasks.tasks.0", owner_id=None)))
    assert rows[0][3:5] == ["何俊", "–"]
