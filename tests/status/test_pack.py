"""The status pack: what it holds, that nobody's text becomes a formula, that it is itself again."""

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from app.core.db import db
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.plans.models import Plan
from app.reports.problem_solving import raise_problem
from app.status.models import Pack, PackDownload, PackState
from app.status.packs.making import Ask, make
from app.status.packs.services import LEASE, build_pack, build_waiting, request_pack
from app.status.sheets import budget as budget_room
from app.status.sheets import indicators as indicators_room
from app.status.sheets import notes as notes_room
from app.status.sheets import reports as reports_room
from app.status.sheets import risks as risks_room
from app.status.sheets import tasks as tasks_room
from app.status.sheets.book import CELL_LIMIT, safe_text, sheet_name
from app.status.sheets.workbook import SHEETS
from app.tasks.budget_services import add_budget_line
from app.tasks.models import Task
from tests.conftest import NOW
from tests.sql import counted

# openpyxl knows neither the newer data bars nor their extension lists.
pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")


def content_of(person, language="zh", as_of=NOW):
    return make(Ask(viewer_for(person, 1), person.name, language, as_of, as_of)).content


def book_of(person, language="zh"):
    return openpyxl.load_workbook(io.BytesIO(content_of(person, language)))


# What a workbook may call: nothing that opens, fetches or runs anything.
FUNCTIONS = {
    "ABS", "AND", "COLUMN", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "DATE", "EXACT", "FALSE",
    "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT", "LEN",
    "MATCH", "MAX", "MID", "MIN", "N", "NETWORKDAYS", "NOT", "OR", "REPT", "RIGHT", "ROUND", "ROW",
    "ROWS", "SQRT", "SUBSTITUTE", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "TEXT", "TRIM", "TRUE",
    "VALUE",
}  # fmt: skip


def sheet_title_of(room) -> str:
    """What the sheet of a file of the pack is called in Chinese."""
    with in_language("zh"):
        return room.sheet_title()


def sheet_of(book, room):
    """The sheet, whichever language the book is in."""
    return book.worksheets[SHEETS.index(room)]


def texts(sheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_holds_the_five_tasks_five_risks_and_four_indicators(people, language):
    book = book_of(people.pm, language)
    assert len(book.sheetnames) == len(SHEETS)
    summary = book.worksheets[0]
    tasks, risks, indicators = (sheet_of(book, room) for room in (tasks_room, risks_room,
                                                                  indicators_room))  # fmt: skip
    assert len([t for t in texts(tasks) if re.fullmatch(r"[1-5]", t)]) >= 5
    for name in {"zh": ("制定接待流程标准", "前台文员培训"), "en": ()}[language]:
        assert name in texts(summary)
    assert sum(cell.value is not None for cell in risks["B"][4:9]) >= 1
    numbers = {str(row[0].value) for row in risks.iter_rows(min_row=5, max_row=30)}
    assert {"1", "2", "3", "4", "5"} <= numbers
    numbers = {str(row[0].value) for row in indicators.iter_rows(min_row=5, max_row=9)}
    assert {"1", "2", "3", "4"} <= numbers


def test_the_summary_is_one_landscape_page_with_two_native_charts(people):
    add_budget_line(1, task_id=2, department_id=None, title=LocalText(own="培训"),
                    planned_cents=100_000, actor=people.pm, now=NOW)  # fmt: skip
    content = content_of(people.pm)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)
    archive = zipfile.ZipFile(io.BytesIO(content))
    drawn = archive.read("xl/drawings/_rels/drawing1.xml.rels").decode()
    assert drawn.count("charts/chart") == 2


def test_the_sheet_of_money_says_what_is_ordered_and_adds_it_up(people):
    for cents in (120_050, 30_000):
        add_budget_line(1, title=LocalText(own="培训"), planned_cents=100_000,
                        committed_cents=cents, actor=people.pm, now=NOW)  # fmt: skip
    content = content_of(people.pm)
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True)[sheet_title_of(budget_room)]
    head = next(c for row in sheet.iter_rows() for c in row if c.value == "已签约")
    values = [row[head.column - 1].value for row in sheet.iter_rows()]
    assert {1200.5, 300, 1500.5} <= {v for v in values if isinstance(v, int | float)}


def test_two_builds_are_equal_to_the_byte(people):
    assert content_of(people.pm) == content_of(people.pm)


def test_what_people_write_stays_text(people, context):
    formula = '=HYPERLINK("http://evil.example","click")'
    link = "https://evil.example/x"
    emoji = "迎宾 👩‍💼🎉"
    for title in (formula, link, emoji, "+1+1", "@SUM(A1)"):
        raise_problem(1, title=title, owner_id=people.owner1.id, answer_due_on=NOW.date(),
                      actor=people.pm, now=NOW)  # fmt: skip
    task = db.session.get_one(Task, 1)
    task.title = "=1+1"
    db.session.get_one(Plan, 1).title = "&P =2+2"
    db.session.flush()
    book = book_of(people.pm)
    cells = [c for s in book.worksheets for row in s.iter_rows() for c in row]
    called = set()
    for cell in cells:
        if cell.data_type == "f":
            assert "evil" not in cell.value
            outside = re.sub(r'"[^"]*"', "", cell.value)
            called |= set(re.findall(r"([A-Z][A-Z.]*)\(", outside))
    assert called <= FUNCTIONS, called - FUNCTIONS
    found = {cell.value for cell in cells if cell.data_type == "s"}
    assert {formula, link, emoji, "+1+1", "@SUM(A1)", "=1+1"} <= found
    assert not any(c.hyperlink and "evil" in (c.hyperlink.target or "") for c in cells)


def test_control_characters_go_and_long_text_is_cut_with_a_note(context):
    assert safe_text("a\x00b\x1fc") == "abc"
    long = safe_text("长" * 40_000)
    assert len(long) == CELL_LIMIT
    assert "40000" in long
    smile = safe_text("😀" * 20_000)
    assert len(smile.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert smile.startswith("😀")
    assert safe_text("😀" * 16_383) == "😀" * 16_383


def test_a_sheet_name_is_one_that_excel_takes(context):
    assert sheet_name("a[b]:*?/\\c" + "d" * 40) == ("a b      c" + "d" * 40)[:31]
    assert sheet_name("'") == "-"


def test_rates_are_formulas_with_their_results_stored(people):
    content = content_of(people.pm)
    formulas = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    results = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    found = [c for row in formulas.iter_rows() for c in row if c.data_type == "f"]
    assert found
    assert all(results[cell.coordinate].value is not None for cell in found)


def test_a_clerk_s_eyes_leave_parts_out_and_say_so(people):
    book = book_of(people.clerk)
    for room in (risks_room, budget_room, reports_room):
        assert "未列出：此人不能看。" in texts(sheet_of(book, room)), room
    assert any("此人不能看" in text for text in texts(sheet_of(book, notes_room)))
    assert any("未列出" in text for text in texts(book.worksheets[0]))


def test_a_missing_figure_is_said_in_words(people):
    book = book_of(people.pm)
    assert "还没有数值" in texts(sheet_of(book, indicators_room))


def test_a_pack_is_asked_for_built_once_and_kept(people, context):
    pack_id = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
    db.session.commit()
    assert build_waiting(NOW) == 1
    assert not build_pack(pack_id, NOW)
    pack = db.session.get_one(Pack, pack_id)
    assert (pack.state, pack.percent) == (PackState.ready, 100)
    assert pack.content[:2] == b"PK"
    assert pack.snapshot_id


def test_a_pack_left_behind_is_built_when_its_lease_ends(people, context):
    pack = request_pack(1, language="en", as_of=NOW, actor=people.pm, now=NOW)
    pack.state, pack.lease_until = PackState.building, NOW + LEASE
    pack_id = pack.id
    db.session.commit()
    assert build_waiting(NOW + timedelta(minutes=5)) == 0
    assert build_waiting(NOW + timedelta(minutes=11)) == 1
    assert db.session.get_one(Pack, pack_id).state is PackState.ready


def test_the_page_asks_shows_progress_and_counts_downloads(client_of, people):
    client = client_of("pm")
    assert client.post("/plans/1/packs", data={"language": "zh"}).status_code == 303
    part = client.get("/plans/1/packs/progress").get_data(as_text=True)
    assert "every 2s" in part
    build_waiting(NOW)
    pack_id = db.session.scalars(db.select(Pack.id)).one()
    db.session.commit()
    answer = client.get(f"/packs/{pack_id}.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client_of("exec").get(f"/packs/{pack_id}.xlsx").status_code == 200
    assert db.session.scalar(db.select(db.func.count()).select_from(PackDownload)) == 2
    page = client.get("/plans/1/packs").get_data(as_text=True)
    assert "every 2s" not in page
    assert people.exec.name in page


def test_packs_are_not_for_owners_heads_clerks_and_strangers(client_of, people, context):
    pack_id = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
    db.session.commit()
    build_waiting(NOW)
    for key in ("owner1", "training", "clerk", "stranger"):
        assert client_of(key).get("/plans/1/packs").status_code == 404
        assert client_of(key).get(f"/packs/{pack_id}.xlsx").status_code == 404
    assert client_of("pm").get("/packs/999.xlsx").status_code == 404


def test_nonsense_is_refused_with_a_sentence(client_of):
    answer = client_of("pm").post("/plans/1/packs", data={"language": "xx"})
    assert answer.status_code == 422


def test_the_list_needs_the_same_statements_for_few_and_many(client_of, people, context):
    client = client_of("pm")

    def statements() -> int:
        with counted() as c:
            assert client.get("/plans/1/packs").status_code == 200
        return len(c)

    request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW)
    few = statements()
    for _n in range(40):
        request_pack(1, language="zh", as_of=NOW, actor=people.exec, now=NOW)
    assert statements() == few <= 12


def test_the_command_builds_and_knows_its_file(app, tmp_path: Path):
    runner = app.test_cli_runner()
    file = tmp_path / "pack.xlsx"
    built = runner.invoke(args=["pack", "build", "1", "--at", "2026-11-26T16:20", "-o", str(file)])
    assert built.exit_code == 0, built.output
    said = runner.invoke(args=["pack", "verify", str(file)])
    assert said.exit_code == 0
    assert "2026-11-26T16:20" in said.output
    file.write_bytes(file.read_bytes() + b" ")
    said = runner.invoke(args=["pack", "verify", str(file)])
    assert "values, formulas and names are as they were made" in said.output
    assert "no plan 77" in runner.invoke(args=["pack", "build", "77", "-o", str(file)]).output
    for wrong in (["--at", "soon"], ["--as", "nobody@example.com"],
                  ["--as", "stranger@example.com"]):  # fmt: skip
        answer = runner.invoke(args=["pack", "build", "1", *wrong, "-o", str(file)])
        assert answer.exit_code in (1, 2), wrong
        assert answer.exception is None or isinstance(answer.exception, SystemExit)
