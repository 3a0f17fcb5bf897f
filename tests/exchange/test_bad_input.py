"""Workbooks that must not pass: each is refused with a sentence that says where, plan untouched."""

import io
import re
import zipfile
from datetime import date
from types import SimpleNamespace

import openpyxl
import pytest
from sqlalchemy import func, select

from app.core import uploads
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from app.exchange import reading, services
from app.exchange.writing import packed
from app.plans.models import Plan
from app.plans.starting import PlanStart, start_plan
from app.tasks.models import Link, Step
from tests.conftest import NOW, STARTED
from tests.exchange.conftest import outcomes, refusals


@pytest.fixture(autouse=True)
def untouched(people, plan):
    """Whatever comes in: the plan's audit trail is as long as before."""

    def length() -> int:
        return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0

    before = length()
    yield
    db.session.rollback()
    assert length() == before


def rewritten(content: bytes, change) -> bytes:
    """The archive with each part as `change(name, data)` answers it; None leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            data = change(entry.filename, source.read(entry))
            if data is not None:
                target.writestr(entry.filename, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, data)
    return out.getvalue()


def refused(preview, content: bytes, name: str = "计划.xlsx") -> str:
    """The sentence with which the whole file is refused."""
    with pytest.raises(DomainError) as error:
        preview(content, name=name)
    assert error.value.field == "upload"
    assert name in str(error.value.message)
    return str(error.value.message)


# What the cells say


def test_a_circle_of_dependencies_is_refused_as_a_path(export, preview):
    links = db.session.scalars(select(Link)).all()
    known = {(link.before_task_id, link.after_task_id) for link in links if not link.before_step_id}
    before, after = next(iter(known))
    book = export()
    row = book.add("依赖关系", 先做=str(after), 后做=str(before), 方式="FS")
    where, why = refusals(preview(book))[0]
    assert where.startswith("依赖关系!") and where.endswith(str(row))
    assert why.count("→") >= 2


def test_a_dependency_on_what_is_not_in_the_plan_is_refused(export, preview):
    book = export()
    row = book.add("依赖关系", 先做="99.9 没有", 后做="1", 方式="FS")
    assert refusals(preview(book)) == [(f"依赖关系!B{row}", "“99.9 没有”不在列表里。")]


def test_a_finish_before_the_start_is_a_negative_duration_and_refused(export, preview):
    book = export()
    step = db.session.scalars(select(Step)).first()
    task = book.set("任务", "task-2", "结束日", date(2026, 9, 1))
    part = book.set("任务", f"step-{step.id}", "结束日", date(2026, 9, 1))
    assert {where for where, _why in refusals(preview(book))} == {task, part}


def test_dates_before_the_plan_are_refused(export, preview):
    book = export()
    step = db.session.scalars(select(Step)).first()
    task = book.set("任务", "task-1", "开始日", "2026/9/1")
    part = book.set("任务", f"step-{step.id}", "开始日", "2026/9/1")
    said = dict(refusals(preview(book)))
    assert set(said) == {task, part}
    assert all("计划" in why for why in said.values())


@pytest.mark.parametrize(("raw", "value"), [
    ("2026/12/30", "2026-12-30"), ("2026年12月30日", "2026-12-30"), (46386, "2026-12-30"),
    (date(2026, 12, 30), "2026-12-30"), ("3/1/26", None), ("46386", None), ("", ""),
    (None, ""), ("30.12.", None),
])  # fmt: skip
def test_dates_in_many_forms_are_taken_or_refused_with_their_cell(export, preview, raw, value):
    book = export()
    where = book.set("任务", "task-2", "预计完成", raw)
    if isinstance(raw, int):
        book.sheet("任务")[where.split("!")[1]].number_format = "General"
    found = preview(book)
    if value is None:
        assert [at for at, _why in refusals(found)] == [where]
    elif value:
        assert found.rows[0].cells[0].file == value
    else:
        assert found.rows == ()


def test_what_is_not_of_a_list_what_must_stand_and_what_only_shows_is_refused(export, preview):
    book = export()
    wanted = {
        book.set("任务", "task-1", "负责人", "没有此人"),
        book.set("任务", "task-1", "标题", None),
        book.set("任务", "task-1", "工作日数", 99),
        book.set("任务", "task-1", "进度", None),
        book.set("任务", "task-2", "权重", "很多"),
        book.set("任务", "task-3", "类别", "步骤"),
    }
    assert {where for where, _why in refusals(preview(book))} == wanted


def test_a_new_task_is_refused_and_a_step_without_its_task_too(export, preview):
    book = export()
    first = book.add("任务", 类别="任务", 标题="新", 开始日="2026-12-01", 结束日="2026-12-02")
    second = book.add("任务", 类别="步骤", 标题="新", 开始日="2026-12-01", 结束日="2026-12-02")
    said = dict(refusals(preview(book)))
    assert list(said) == [f"任务!A{first}", f"任务!D{second}"]


def test_a_formula_counts_with_its_result_and_is_refused_without(export, preview):
    book = export()
    where = book.set("任务", "task-1", "权重", "=3+4")
    content = book.content  # openpyxl writes a formula without a result
    assert [at for at, _why in refusals(preview(content))] == [where]
    computed = rewritten(
        content,
        lambda name, data: re.sub(rb"<f>3\+4</f><v ?/?>(</v>)?", b"<f>3+4</f><v>7</v>", data),
    )
    found = preview(computed)
    assert (refusals(found), found.rows[0].cells[0].file) == ([], 7)
    book = export()
    where = book.set("任务", "task-2", "预计完成", "=TODAY()")
    assert [at for at, _why in refusals(preview(book))] == [where]
    where = book.set("任务", "task-2", "预计完成", "#REF!")
    assert [at for at, _why in refusals(preview(book))] == [where]


def test_control_characters_do_not_come_in(export, preview):
    book = export()
    where = book.set("任务", "task-1", "标题", "好X标题")
    # A writer spells Chinese as it stands or by numbers.
    good, title = "好", "标题"
    spelt = ("utf-8", "strict"), ("ascii", "xmlcharrefreplace")

    def change(_name, data):
        for how in spelt:
            data = data.replace(f"{good}X{title}".encode(*how),
                                f"{good}_x0007_{title}".encode(*how))  # fmt: skip
        return data

    content = rewritten(book.content, change)
    assert where
    assert preview(content).rows[0].cells[0].file == "好标题"


# Rows and sheets


def test_ids_that_stand_twice_or_belong_elsewhere_are_refused(export, preview):
    book = export()
    sheet = book.sheet("任务")
    number = sheet.max_row + 1
    for offset, row_id in enumerate(("task-1", "task-99", "risk-1")):
        sheet[f"A{number + offset}"], sheet[f"E{number + offset}"] = row_id, "x"
    said = refusals(preview(book))
    assert [where for where, _why in said] == [f"任务!A{number + n}" for n in range(3)]
    assert "A2" in said[0][1]


def test_a_workbook_of_another_plan_is_refused(export, people, preview):
    people.pm.may_start_plans = True
    other = start_plan(PlanStart(template_key="reception", start_on=date(2026, 9, 28)),
                       people.pm, STARTED)  # fmt: skip
    content = services.export_plan(other.id, eyes=people.pm, language="zh", now=NOW)
    assert str(other.id) in refused(preview, content)
    db.session.rollback()
    assert db.session.get(Plan, 2) is None


def test_a_renamed_sheet_is_recognised_by_its_hidden_name(export, preview):
    content = services.export_plan(1, eyes=_pm(), language="zh", now=NOW)

    def change(name: str, data: bytes) -> bytes:
        if name != "xl/workbook.xml":
            return data
        text = data.decode().replace('name="任务"', 'name="我的表"')
        return re.sub(r"'?任务'?!", "'我的表'!", text).encode()

    found = preview(rewritten(content, change))
    assert (found.rows, found.book.missing) == ((), ())
    assert "我的表" in {raw.title for raw in found.book.sheets}


def test_a_renamed_sheet_without_its_hidden_name_is_recognised_by_its_heads(export, preview):
    book = export()
    book.sheet("任务").title = "我的表"
    del book.workbook.defined_names["_yingbin_tasks"]
    book.set("我的表", "task-1", "标题", "新的标题")
    assert outcomes(preview(book)) == {"task-1": "changed"}


def test_a_sheet_that_cannot_be_recognised_is_asked_about(export, preview):
    book = export()
    book.sheet("任务").title = "我的表"
    del book.workbook.defined_names["_yingbin_tasks"]
    for cell in book.sheet("我的表")[1]:
        cell.value = None
    said = refused(preview, book.content)
    assert "任务" in said and "我的表" in said


def test_a_missing_id_column_is_refused_with_sheet_and_cell(export, preview):
    book = export()
    book.sheet("任务").delete_cols(1)
    said = refused(preview, book.content)
    assert "任务" in said and "A1" in said


def test_a_column_that_stands_twice_is_refused(export, preview):
    book = export()
    book.sheet("任务")["D1"] = "标题"
    assert "D1" in refused(preview, book.content)


def test_a_workbook_without_its_hidden_sheet_or_with_a_broken_one_is_refused(export, preview):
    book = export()
    del book.workbook["_yingbin"]
    refused(preview, book.content)
    broken = [[], {"plan_id": 1}, {"plan_id": "x", "columns": 3}, 9]
    for pieces in (["z"], ["zAAAA"], ["{"], ["z+/="], *map(packed, broken)):
        book = export()
        hidden = book.sheet("_yingbin")
        hidden.delete_rows(3, hidden.max_row)
        for row, piece in enumerate(pieces, start=3):
            hidden[f"A{row}"] = piece
        refused(preview, book.content)


def test_a_bomb_in_the_hidden_sheet_is_refused(export, preview, monkeypatch):
    monkeypatch.setattr(reading, "MOST_INFLATED", 1000)
    refused(preview, export().content)


def test_foreign_keys_in_the_hidden_sheet_reach_nothing(export, preview, people):
    """Who writes ids into the hidden sheet gets no further than the use cases let them."""
    def forged(book, change) -> None:
        hidden = book.sheet("_yingbin")
        about = reading.unpacked([row[0].value for row in hidden.iter_rows(min_row=3)])
        change(about)
        hidden.delete_rows(3, hidden.max_row)
        for row, piece in enumerate(packed(about), start=3):
            hidden[f"A{row}"] = piece

    book = export("owner1")
    forged(book, lambda about: about["labels"].update(
        person={"person:99999": "鬼", "person:x": "怪", "task:1": "任务"}))  # fmt: skip
    where = book.set("任务", "task-1", "负责人", "鬼")
    book.set("任务", "task-2", "负责人", "怪")
    assert where in [at for at, _why in refusals(preview(book, "owner1"))]
    book = export()
    forged(book, lambda about: about["rows"]["budget"].update({"budget-777": [None] * 7}))
    book.add("预算", **{"用途": "x"})
    book.sheet("预算")[f"A{book.sheet('预算').max_row}"] = "budget-777"
    assert len(refusals(preview(book))) == 1


def test_too_many_rows_and_columns_are_refused_or_left_aside(export, preview, monkeypatch):
    book = export()
    book.sheet("任务")["XFD2"] = "far away"
    assert preview(book).rows == ()
    monkeypatch.setattr(reading, "MOST_ROWS", 5)
    assert "任务" in refused(preview, book.content)


# The file itself


def test_a_file_that_is_too_large_is_refused(preview):
    assert "20" in refused(preview, b"PK\x03\x04" + b"\0" * uploads.MOST_BYTES)


def test_two_hundred_megabytes_do_not_even_come_in(client_of):
    response = client_of("pm").post(
        "/plans/1/exchange",
        input_stream=io.BytesIO(),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )  # fmt: skip
    assert response.status_code == 413


def test_a_zip_bomb_is_refused_by_what_it_declares(export, preview, monkeypatch):
    bomb = with_part(export().content, "xl/media/zeros.bin", b"\0" * (uploads.MOST_INFLATED + 1))
    assert len(bomb) < 1_000_000

    def opened(*_given):
        raise AssertionError("nothing of it is inflated")

    monkeypatch.setattr(zipfile.ZipFile, "open", opened)
    assert "过大" in refused(preview, bomb)


def test_a_zip_bomb_that_lies_about_its_size_is_refused_by_what_comes_out(export, preview):
    zeros = b"\0" * (20 * 1024 * 1024)
    content = with_part(export().content, "xl/media/zeros.bin", zeros)
    real, lie = (len(zeros)).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    lying = content.replace(real, lie)
    assert lying != content
    refused(preview, lying)


def test_thousands_of_parts_are_refused(export, preview):
    out = io.BytesIO(export().content)
    with zipfile.ZipFile(out, "a") as target:
        for number in range(uploads.MOST_PARTS):
            target.writestr(f"x/{number}", b"")
    refused(preview, out.getvalue())


def test_entities_are_refused_before_any_parser_sees_them(export, preview):
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
    content = export().content
    refused(preview, rewritten(content, lambda name, data: laughs
                               if name == "xl/workbook.xml" else data))  # fmt: skip
    wide = laughs.decode().encode("utf-16-le")
    refused(preview, rewritten(content, lambda name, data: wide
                               if name == "xl/styles.xml" else data))  # fmt: skip


def test_macros_are_refused_whatever_the_name(export, preview):
    content = export().content
    assert "宏" in refused(preview, with_part(content, "xl/vbaProject.bin", b"x"))
    assert "宏" in refused(preview, content, "计划.xlsm")
    kind = rewritten(content, lambda name, data: data.replace(
        b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml"))  # fmt: skip
    assert "宏" in refused(preview, kind)


@pytest.mark.parametrize(("content", "word"), [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
    ("任务,标题\n1,x\n".encode("gb18030"), ".xlsx"),
    (b"%PDF-1.7", ".xlsx"), (b"PK\x03\x04", ".xlsx"), (b"PK\x05\x06" + b"\0" * 18, ".xlsx"),
    (b"<html>", ".xlsx"),
])  # fmt: skip
def test_other_files_under_the_name_of_a_workbook_are_refused(preview, content, word):
    assert word in refused(preview, content)


def test_other_archives_and_broken_ones_are_refused(export, preview):
    word = io.BytesIO()
    with zipfile.ZipFile(word, "w") as target:
        target.writestr("word/document.xml", b"<w/>")
    refused(preview, word.getvalue())
    content = export().content
    refused(preview, content[: len(content) // 2])
    for part in ("xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml"):
        broken = rewritten(content, lambda name, data, part=part: b"<broken" if name == part
                           else data)  # fmt: skip
        refused(preview, broken)


def test_an_encrypted_archive_is_refused(export, preview):
    content = bytearray(export().content)
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "密码" in refused(preview, bytes(content))


def test_nothing_and_text_in_the_place_of_a_file_are_said_at_the_field(client_of):
    client = client_of("pm")
    for data in ({}, {"upload": "text"}, {"upload": (io.BytesIO(b""), "a.xlsx")}):
        response = client.post("/plans/1/exchange", data=data)
        assert response.status_code == 422
        assert "upload" in response.get_data(as_text=True)


# Other programs' ways of writing the same


def test_inline_strings_no_theme_and_numbers_as_text_are_read(export, preview):
    """As WPS and simple writers do: no shared strings, no theme, numbers kept as text."""
    content = services.export_plan(1, eyes=_pm(), language="zh", now=NOW)
    shared = openpyxl.load_workbook(io.BytesIO(content))
    texts = re.findall(r"<si><t[^>]*>(.*?)</t></si>",
                       zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml").decode(),
                       re.S)  # fmt: skip
    assert len(texts) > 50

    def inline(match: re.Match[str]) -> str:
        return (f"<c{match[1]} t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                f"{texts[int(match[2])]}</t></is></c>")  # fmt: skip

    def change(name: str, data: bytes) -> bytes | None:
        if name in ("xl/theme/theme1.xml", "xl/sharedStrings.xml"):
            return None
        if name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
            return re.sub(rb"<(?:Override|Relationship) [^>]*(?:theme|sharedStrings)[^>]*/>", b"",
                          data)  # fmt: skip
        if not name.startswith("xl/worksheets/sheet"):
            return data
        text = re.sub(r'<c([^>]*?) t="s"><v>(\d+)</v></c>', inline, data.decode())
        # Weights (column O) as text.
        text = re.sub(r'<c r="(O\d+)"([^>]*)><v>(\d+)</v></c>',
                      r'<c r="\1"\2 t="inlineStr"><is><t>\3</t></is></c>', text)  # fmt: skip
        return text.encode()

    assert shared.sheetnames
    found = preview(rewritten(content, change))
    assert (found.rows, found.book.missing) == ((), ())


def test_dates_of_the_1904_system_and_wrong_dimensions_are_read(export, preview):
    """As old Excel for Mac does; and some writers say A1 for the whole sheet."""
    content = services.export_plan(1, eyes=_pm(), language="zh", now=NOW)

    def change(name: str, data: bytes) -> bytes:
        if name == "xl/workbook.xml":
            return re.sub(rb"<workbookPr[^>]*/>", b'<workbookPr date1904="1"/>', data)
        if not name.startswith("xl/worksheets/sheet"):
            return data
        data = re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1"/>', data)
        return re.sub(rb"<v>(4[5-9]\d{3})</v>",
                      lambda m: b"<v>%d</v>" % (int(m[1]) - 1462), data)  # fmt: skip

    assert preview(rewritten(content, change)).rows == ()


def _pm() -> SimpleNamespace:
    from app.accounts.models import Person

    return db.session.scalars(select(Person).where(Person.email == "pm@example.com")).one()
