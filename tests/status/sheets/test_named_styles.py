"""Each cell belongs to a named style, looks as it would without one, and follows its style."""

import re
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell
from xlsxwriter import Workbook

from app.core.i18n import in_language
from app.status.sheets import tasks
from app.status.sheets.named_styles import PART, NamedStylesWorkbook, with_names
from app.status.sheets.workbook import build_workbook
from tests.requirements import needs
from tests.status.sheets.plans import working
from tests.status.sheets.sheets import ZONE, built, facts_of, read, rich
from tests.status.states import AT

pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# What Excel and LibreOffice have of themselves, in English and in Chinese.
TAKEN = {
    "normal", "comma", "comma [0]", "currency", "currency [0]", "percent", "hyperlink",
    "followed hyperlink", "note", "warning text", "title", "heading", "heading 1", "heading 2",
    "heading 3", "heading 4", "input", "output", "calculation", "check cell", "linked cell",
    "total", "good", "bad", "neutral", "explanatory text", "default", "text", "footnote", "status",
    "warning", "error", "accent", "result", "常规", "千位分隔", "千位分隔[0]", "货币", "货币[0]",
    "百分比", "超链接", "已访问的超链接", "注释", "警告文本", "标题", "标题 1", "标题 2", "标题 3",
    "标题 4", "输入", "输出", "计算", "检查单元格", "链接单元格", "汇总", "好", "差", "适中",
    "解释性文本", "默认", "文字", "脚注", "状态", "警告", "错误", "强调文字", "结果",
}  # fmt: skip


def whole(language: str) -> bytes:
    """A pack of all sheets."""
    with in_language(language):
        return build_workbook(facts_of(rich(), language), ZONE)


def part(content: bytes, name: str) -> Any:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return ElementTree.fromstring(archive.read(name))


def names_of(content: bytes) -> list[str]:
    """The name of the style of each format of the cells, in the order of the formats."""
    root = part(content, PART)
    names = {entry.get("xfId"): entry.get("name") for entry in root.find(SPACE + "cellStyles")}
    return [names[form.get("xfId")] for form in root.find(SPACE + "cellXfs")]


def styled(content: bytes, sheet: int = 1) -> dict[str, str]:
    """The style of each cell of a sheet, as it stands in the file."""
    names = names_of(content)
    return {
        cell.get("r"): names[int(cell.get("s", 0))]
        for cell in part(content, f"xl/worksheets/sheet{sheet}.xml").iter(SPACE + "c")
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_cell_belongs_to_a_style(language):
    content = whole(language)
    book = read(content)
    known = set(book.named_styles)
    for n, sheet in enumerate(book.worksheets, start=1):
        for cell, name in styled(content, n).items():
            assert name != "Normal", (sheet.title, cell)
            assert name in known
            # openpyxl shows the first of joined cells alone.
            assert isinstance(sheet[cell], MergedCell) or sheet[cell].style == name
    assert book.named_styles[0] == "Normal"


def test_the_style_says_what_a_cell_is():
    book = read(whole("en"))
    sheet = book["Tasks"]
    assert sheet["A1"].style == "Sheet title"
    assert sheet["A2"].style == "Remark"
    assert sheet.cell(tasks.HEAD + 1, tasks.TITLE + 1).style == "Table head"
    assert sheet.cell(tasks.PLAN + 1, tasks.DONE + 1).style == "Total row"
    for col, name in ((tasks.OWNER, "Body text"), (tasks.FINISH, "Date"),
                      (tasks.DONE, "Percentage"), (tasks.SPI, "Ratio")):  # fmt: skip
        assert sheet.cell(tasks.FIRST + 1, col + 1).style == name
    assert book["Summary"]["A1"].style == "Plan title"
    assert book["Notes"]["A5"].style == "Strong text"
    used = {cell.style for sheet in book for line in sheet.iter_rows() for cell in line}
    assert used >= {
        "Link", "Plain number", "Amount of money", "Date and time", "Key figure", "Light: Red",
        "Risk map: critical", "Risk band: low", "Report mark", "Small remark",
    }  # fmt: skip


def test_names_are_as_many_in_both_languages_and_none_is_a_program_s_own():
    chinese, english = (names_of(whole(language)) for language in ("zh", "en"))
    # The same format has the same purpose: no two names became one, none became two.
    assert len(chinese) == len(english)
    assert len(set(zip(chinese, english, strict=True))) == len(set(english)) == len(set(chinese))
    for name in {*chinese, *english} - {"Normal"}:
        assert name.casefold() not in TAKEN
        assert not re.match(r"(heading|标题|accent|强调文字颜色) ?\d", name.casefold())
        assert len(name) <= 255


def test_a_format_says_in_what_it_differs_from_its_style():
    root = part(whole("en"), PART)
    looks = list(root.find(SPACE + "cellStyleXfs"))
    differing = same = 0
    for form in list(root.find(SPACE + "cellXfs"))[1:]:
        look = looks[int(form.get("xfId"))]
        for said, one, other in [
            *((f"apply{word}", form.get(key), look.get(key)) for word, key in (
                ("NumberFormat", "numFmtId"), ("Font", "fontId"), ("Fill", "fillId"),
                ("Border", "borderId"))),
            *((f"apply{word}", *(dict(child.attrib) if child is not None else {} for child in (
                form.find(SPACE + word.lower()), look.find(SPACE + word.lower()))))
              for word in ("Alignment", "Protection")),
        ]:  # fmt: skip
            assert form.get(said) == ("0" if one == other else "1"), (form.attrib, look.attrib)
            same += one == other
            differing += one != other
    assert same > 3 * differing > 0


def test_a_style_looks_as_most_of_its_cells_do_and_leaves_numbers_as_they_are_shown():
    content = whole("en")
    book = read(content)
    looks = {style.name: style for style in book._named_styles}
    head = looks["Table head"]
    assert (head.font.b, head.font.sz, head.font.color.rgb) == (True, 9, "FF465156")
    assert (head.fill.fgColor.rgb, head.border.bottom.style) == ("FFF1F4F4", "thin")
    assert looks["Date"].number_format == "yyyy-mm-dd"
    assert looks["Percentage"].number_format == "0%"
    assert looks["Light: Red"].fill.fgColor.rgb == "FFFBEAE8"
    assert looks["Remark"].border.bottom.style is None
    root = part(content, PART)
    number = {e.get("name"): int(e.get("xfId")) for e in root.find(SPACE + "cellStyles")}
    for name, says in (("Total row", "0"), ("Key figure", "0"), ("Date", None)):
        assert root.find(SPACE + "cellStyleXfs")[number[name]].get("applyNumberFormat") == says


def plain_workbook(kind: type[Workbook]) -> bytes:
    """A workbook with all that XlsxWriter puts into its styles: formats, its own style of links, a
    comment's font, a conditional format."""
    out = BytesIO()
    workbook = kind(out, {})
    workbook.set_properties({"created": AT.replace(tzinfo=None)})
    looks = {
        "Head & <foot>": [{"bold": True}, {"bold": True, "bottom": 1, "align": "left"}],
        "金额": [{"num_format": "#,##0"}, {"num_format": "0.00", "bg_color": "#FF0000"},
               {"num_format": "#,##0", "locked": False, "hidden": True}],
        "": [{"italic": True, "border": 1}],
    }  # fmt: skip
    sheet = workbook.add_worksheet()
    for col, (name, formats) in enumerate(looks.items()):
        for row, props in enumerate(formats):
            form = workbook.add_format(props)
            if isinstance(workbook, NamedStylesWorkbook) and name:
                workbook.style_names[form] = name
            sheet.write_number(row, col, row, form)
    sheet.write_url(5, 0, "https://example.com")
    sheet.write(6, 0, "plain")
    sheet.write_comment(6, 0, "said")
    sheet.conditional_format(0, 0, 3, 3, {
        "type": "no_blanks", "format": workbook.add_format({"bold": True, "bg_color": "#00FF00"}),
    })  # fmt: skip
    workbook.close()
    return out.getvalue()


def test_nothing_but_the_names_differs_from_what_xlsxwriter_writes():
    """A new XlsxWriter that writes its styles otherwise fails here."""
    bare, named = plain_workbook(Workbook), plain_workbook(NamedStylesWorkbook)
    with zipfile.ZipFile(BytesIO(bare)) as one, zipfile.ZipFile(BytesIO(named)) as other:
        assert one.namelist() == other.namelist()
        assert [n for n in one.namelist() if one.read(n) != other.read(n)] == [PART]
    for tag in ("numFmts", "fonts", "fills", "borders", "dxfs"):
        one, other = (
            ElementTree.tostring(part(content, PART).find(SPACE + tag)) for content in (bare, named)
        )
        assert one == other
    assert styled(named) == {
        "A1": "Head & <foot>", "A2": "Head & <foot>", "B1": "金额", "B2": "金额", "B3": "金额",
        "C1": "Normal", "A6": "Hyperlink", "A7": "Normal",
    }  # fmt: skip
    before, after = (openpyxl.load_workbook(BytesIO(c)).active for c in (bare, named))
    for row in before.iter_rows():
        for cell in row:
            same = after[cell.coordinate]
            for what in ("font", "fill", "border", "alignment", "protection", "number_format"):
                assert repr(getattr(same, what)) == repr(getattr(cell, what)), cell.coordinate


def test_names_for_more_or_fewer_formats_than_there_are_go_wrong_aloud():
    content = plain_workbook(Workbook)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        written = archive.read(PART)
    count = len(names_of(content))
    assert with_names(written, [""] * count)
    for wrong in (count - 1, count + 1):
        with pytest.raises(ValueError, match="zip"):
            with_names(written, [""] * wrong)


def converted(office: str, folder: Path, source: Path, ending: str) -> Path:
    """The file as LibreOffice saves it in another form."""
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", ending, "--outdir", str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / "out" / f"{source.stem}.{ending}"


@pytest.mark.office
@pytest.mark.parametrize("language", ["zh", "en"])
def test_libreoffice_keeps_the_names(language, tmp_path):
    office, content = needs("office"), built(facts_of(working(), language), tasks)
    source = tmp_path / "pack.xlsx"
    source.write_bytes(content)
    again = converted(office, tmp_path, source, "xlsx").read_bytes()
    before, after = styled(content), styled(again)
    assert len(before) > 100
    assert "Normal" not in before.values()
    assert {cell: after[cell] for cell in before} == before


@pytest.mark.office
def test_cells_follow_when_their_style_is_changed(tmp_path):
    """Heads are made green in one place, in LibreOffice's own form, where the style stands once."""
    office, content = needs("office"), built(facts_of(working(), "en"), tasks)
    source = tmp_path / "pack.xlsx"
    source.write_bytes(content)
    flat = converted(office, tmp_path, source, "fods")
    text = flat.read_text(encoding="utf-8")
    style = re.search(r'<style:style style:name="Table_20_head".*?</style:style>', text, re.S)
    assert style is not None
    green = style[0].replace("#465156", "#00aa00")
    assert green != style[0]
    flat.write_text(text.replace(style[0], green), encoding="utf-8")
    again = openpyxl.load_workbook(converted(office, tmp_path, flat, "xlsx")).worksheets[0]
    names = styled(content)
    assert sum(name == "Table head" for name in names.values()) > 15
    for cell, name in names.items():
        colour = again[cell].font.color
        is_green = colour is not None and colour.rgb == "FF00AA00"
        assert is_green == (name == "Table head"), (cell, name)
