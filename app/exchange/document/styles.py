"""How the document looks: its styles, its numbers, its page. No text of the plan is known here.

Everything is a style of Word, so that whoever goes on writing in the document changes one style and
not a hundred paragraphs.
"""

from collections.abc import Mapping
from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

from app.exchange.document.elements import add, new, twips
from app.status.sheets.book import BRAND, FONT, HAIR, INK, INK_2, INK_3, LINE

# Latin letters and figures are taken from the Chinese font, so that "第 46 周" is of one cut.
FONTS = {"ascii": FONT, "hAnsi": FONT, "eastAsia": FONT, "cs": "Arial"}
SUNKEN = "F1F4F4"
TABLE_STYLE = "Plan Table"

WIDTH_MM = 170
PAGE_MM = (210, 297)
MARGIN_MM = 20

# The two kinds of numbers, of headings and of lists.
HEADINGS, NUMBERS = 1, 2
# Marks and text of the levels of headings, as each language numbers a plan.
HEADING_NUMBERS = {
    "zh": (("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）")),
    "en": (("decimal", "%1"), ("decimal", "%1.%2")),
}

# Name → (size in points, bold, colour, space before, space after in points, line spacing, extras).
# Extras: next = keep with the next paragraph, page = on a new page, level = outline level, left =
# indent in millimetres, rule = a line below.
STYLES: Mapping[str, tuple[float, bool, str, float, float, float, Mapping[str, Any]]] = {
    "Normal": (10.5, False, INK, 0, 6, 1.2, {}),
    "Title": (28, True, BRAND, 0, 10, 1.15, {}),
    "Subtitle": (14, False, INK_2, 0, 4, 1.15, {}),
    "Heading 1": (17, True, BRAND, 26, 10, 1.15, {"next": True, "level": 0, "rule": True}),
    "Heading 2": (12.5, True, INK, 16, 6, 1.15, {"next": True, "level": 1}),
    "Heading 3": (10.5, True, INK_2, 10, 4, 1.15, {"next": True, "level": 2}),
    "Cover Company": (14, True, INK_2, 66, 24, 1.15, {}),
    "Cover Rule": (4, False, INK, 0, 14, 1.0, {"rule": True}),
    "Cover Heading": (12.5, True, BRAND, 14, 6, 1.15, {"next": True}),
    "Lead": (12, False, INK, 0, 8, 1.3, {}),
    "List Number": (10.5, False, INK, 0, 3, 1.2, {}),
    "Note": (9, False, INK_3, 4, 6, 1.15, {}),
    "Table Text": (9, False, INK, 0, 0, 1.1, {}),
    "Table Small": (8.5, False, INK_3, 1, 0, 1.1, {}),
    "Pair": (10.5, False, INK, 2, 2, 1.2, {}),
    "Table Head": (9, True, INK_2, 0, 0, 1.1, {"next": True}),
    "Front Heading": (17, True, BRAND, 0, 8, 1.15, {"next": True, "page": True}),
    "TOC Heading": (17, True, BRAND, 14, 6, 1.15, {"next": True}),
    "toc 1": (10.5, True, INK, 5, 0, 1.05, {}),
    "toc 2": (10, False, INK_2, 0, 0, 1.05, {"left": 6}),
    "Gap": (4, False, INK, 0, 0, 1.0, {}),
    "Header": (8.5, False, INK_3, 0, 0, 1.1, {}),
    "Footer": (8.5, False, INK_3, 0, 0, 1.1, {}),
}
# Chinese numbers of headings; more than ten in a row stand in no plan.
CHINESE_NUMBERS = "一二三四五六七八九十"
KEPT = {"Default Paragraph Font", "Normal Table", "No List"}


def style_id(name: str) -> str:
    """What paragraphs call a style by."""
    return name.replace(" ", "")


def heading_number(language: str, level: int, first: int, second: int) -> str:
    """The number that Word gives to a heading, with its space: 一、, （二）, 3.2."""
    if language != "zh":
        return f"{first} " if level == 1 else f"{first}.{second} "
    number = first if level == 1 else second
    sign = CHINESE_NUMBERS[number - 1] if number <= len(CHINESE_NUMBERS) else str(number)
    return f"{sign}、" if level == 1 else f"（{sign}）"


def dress(document: Document, language: str, brand: str = BRAND) -> None:
    """Give the library's empty document this project's styles, numbers and page. brand: the
    colour of titles and rules, "#0F6670"."""
    _defaults(document, language)
    known = {style.name: style for style in document.styles}
    for name, style in known.items():
        if name not in STYLES and name not in KEPT:
            style.delete()
    for name in STYLES:
        if name not in known:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _paragraph_style(document, name, brand)
    _table_style(document)
    _numbers(document, language)
    _page(document)


def set_fonts(properties: Any) -> None:
    """Name the fonts for every kind of letter. `properties` is a w:rPr."""
    properties.insert(0, new("rFonts", **FONTS))


def _defaults(document: Document, language: str) -> None:
    root = document.styles.element
    properties = root.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for child in list(properties):
        properties.remove(child)
    set_fonts(properties)
    add(properties, "lang", val="zh-CN" if language == "zh" else "en-GB", eastAsia="zh-CN",
        bidi="ar-SA")  # fmt: skip
    paragraphs = root.find(f".//{qn('w:pPrDefault')}/{qn('w:pPr')}")
    for child in list(paragraphs):
        paragraphs.remove(child)
    # The texts have their own spaces between Chinese and figures, and none in dates.
    for kind in ("autoSpaceDE", "autoSpaceDN"):
        add(paragraphs, kind, val=0)
    settings = document.settings.element
    # The newest mode of Word: an older one is announced in the window's title.
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    zoom = settings.find(qn("w:zoom"))
    zoom.attrib.clear()
    zoom.set(qn("w:percent"), "100")


def _paragraph_style(document: Document, name: str, brand: str) -> None:
    size, bold, colour, before, after, line, extras = STYLES[name]
    colour = brand if colour == BRAND else colour
    style = document.styles[name]
    element = style.element
    # Otherwise the library's headings hand their numbers down.
    style.base_style = None if name == "Normal" else document.styles["Normal"]
    for tag in ("w:pPr", "w:rPr", "w:link"):
        for child in element.findall(qn(tag)):
            element.remove(child)
    level = {"Heading 1": 0, "Heading 2": 1}.get(name)
    parts = []
    if extras.get("next"):
        parts.append("<w:keepNext/><w:keepLines/>")
    if extras.get("page"):
        parts.append("<w:pageBreakBefore/>")
    if level is not None:
        parts.append(f'<w:numPr><w:ilvl w:val="{level}"/>'
                     f'<w:numId w:val="{HEADINGS}"/></w:numPr>')  # fmt: skip
    if extras.get("rule"):
        parts.append('<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="4" '
                     f'w:color="{brand[1:]}"/></w:pBdr>')  # fmt: skip
    if name in ("Header", "Footer", "toc 1", "toc 2"):
        leader = ' w:leader="dot"' if name.startswith("toc") else ""
        parts.append(f'<w:tabs><w:tab w:val="right"{leader} w:pos="{twips(WIDTH_MM)}"/></w:tabs>')
    parts.append(f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
                 f'w:line="{round(line * 240)}" w:lineRule="auto"/>')  # fmt: skip
    if "left" in extras:
        parts.append(f'<w:ind w:left="{twips(extras["left"])}"/>')
    if "level" in extras:
        parts.append(f'<w:outlineLvl w:val="{extras["level"]}"/>')
    element.append(parse_xml(f"<w:pPr {nsdecls('w')}>{''.join(parts)}</w:pPr>"))
    weight = "<w:b/><w:bCs/>" if bold else ""
    letters = parse_xml(
        f'<w:rPr {nsdecls("w")}>{weight}<w:color w:val="{colour[1:]}"/>'
        f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/></w:rPr>'
    )
    set_fonts(letters)
    element.append(letters)
    style.quick_style = name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2",
                                 "Heading 3", "List Number", "Note")  # fmt: skip
    style.hidden = False
    style.unhide_when_used = False


def _table_style(document: Document) -> None:
    """Hairlines between rows, a shaded head that Word repeats; no zebra."""
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{HAIR[1:]}"'
    strong = f'w:val="single" w:sz="6" w:space="0" w:color="{LINE[1:]}"'
    document.styles.element.append(parse_xml(
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="PlanTable">'
        f'<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
        f"<w:tblPr><w:tblBorders><w:top {strong}/><w:bottom {strong}/><w:insideH {line}/>"
        '</w:tblBorders><w:tblCellMar><w:top w:w="60" w:type="dxa"/>'
        '<w:left w:w="70" w:type="dxa"/><w:bottom w:w="60" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{SUNKEN}"/></w:tcPr></w:tblStylePr>'
        "</w:style>"
    ))  # fmt: skip


def _numbers(document: Document, language: str) -> None:
    """Numbers of headings and lists; every numbered list counts from 1 (`new_list`)."""
    root = document.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{mark}"/>'
        f'<w:pStyle w:val="{style_id(f"Heading {n + 1}")}"/>'
        f'<w:suff w:val="{"nothing" if language == "zh" else "space"}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for n, (mark, text) in enumerate(HEADING_NUMBERS[language])
    )
    indent = '<w:pPr><w:ind w:left="397" w:hanging="397"/></w:pPr>'
    kinds = {
        HEADINGS: ("multilevel", levels),
        NUMBERS: ("singleLevel",
                  '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
                  f'<w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>{indent}</w:lvl>'),
    }  # fmt: skip
    for key, (kind, inner) in kinds.items():
        root.append(parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{key}">'
            f'<w:multiLevelType w:val="{kind}"/>{inner}</w:abstractNum>'
        ))  # fmt: skip
    root.append(parse_xml(
        f'<w:num {nsdecls("w")} w:numId="{HEADINGS}"><w:abstractNumId w:val="{HEADINGS}"/></w:num>'
    ))  # fmt: skip


def new_list(document: Document) -> int:
    """The number of a list that counts from 1."""
    root = document.part.numbering_part.element
    key = max(int(num.get(qn("w:numId"))) for num in root.findall(qn("w:num"))) + 1
    root.append(parse_xml(
        f'<w:num {nsdecls("w")} w:numId="{key}"><w:abstractNumId w:val="{NUMBERS}"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    ))  # fmt: skip
    return key


def _page(document: Document) -> None:
    """A4 upright. The first page is the cover and has neither head nor foot."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE_MM[0]), Mm(PAGE_MM[1])
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.header_distance, section.footer_distance = Mm(11), Mm(10)
    section.different_first_page_header_footer = True
    # Lines keep their own height instead of a grid's.
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
