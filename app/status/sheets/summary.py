"""The first sheet: the plan on one landscape A4 page, with native charts."""

import io
from typing import Any

from flask_babel import gettext as _

from app.core.formats import local_date, when_long
from app.core.formats import week as week_words
from app.core.lights import Light
from app.plans.weeks import IsoWeek
from app.status.findings import headline
from app.status.look.pictures import read_picture
from app.status.sheets import trends
from app.status.sheets.book import (
    GLYPHS,
    HAIR,
    INK_2,
    INK_3,
    LIGHT_COLOURS,
    Book,
    Formula,
    safe_text,
)
from app.status.sheets.facts import PackFacts
from app.status.sheets.summary_charts import write_charts
from app.status.sheets.summary_figures import plan_light, tiles
from app.status.sheets.summary_page import LAST, RIGHT, ROW, WIDTHS, merged
from app.status.sheets.summary_tables import (
    changes_and_decisions,
    reports_and_risks,
    tasks_and_indicators,
)

# First and last column of each of the eight figures under the headline.
TILES = ((0, 1), (2, 3), (4, 4), (5, 7), (9, 9), (10, 10), (11, 11), (12, 13))
SHOWN_WEEKS = 9
LOGO_HEIGHT, LOGO_WIDTH = 40, 210  # pixels at the most
LOGO_COLUMNS = 2


def sheet_title() -> str:
    return _("Summary")


def write(book: Book, facts: PackFacts) -> None:
    """Light, figures, tasks and indicators, charts, reports and risks, changes and decisions."""
    sheet = book.add_sheet(sheet_title())
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)
    sheet.center_horizontally()
    for n, width in enumerate(WIDTHS):
        sheet.set_column(n, n, width)
    _head(book, sheet, facts)
    _light(book, sheet, facts, 3)
    _tiles(book, sheet, facts, 6)
    row = tasks_and_indicators(book, sheet, facts, 9)
    row = write_charts(book, sheet, facts, row)
    row = reports_and_risks(book, sheet, facts, row)
    row = changes_and_decisions(book, sheet, facts, row)
    sheet.print_area(0, 0, row - 1, LAST)
    sheet.freeze_panes(3, 0)


def _head(book: Book, sheet: Any, facts: PackFacts) -> None:
    state, plan, manifest = facts.state, facts.state.plan, facts.manifest
    sheet.set_row(0, 34)
    book.text(sheet, 0, 0, plan.title, book.style(font_size=18, bold=True))
    merged(book, sheet, 0, 10, 0, LAST - (LOGO_COLUMNS if facts.logo else 0),
           _("Status of %(week)s", week=week_words(IsoWeek.of(state.today))),
           font_size=12, bold=True, font_color=book.brand, align="right")  # fmt: skip
    if facts.logo:
        _logo(sheet, facts.logo, manifest.look.company or plan.company)
    managers = ", ".join(facts.person(p) for p in plan.manager_ids) or _("nobody yet")
    quiet = {"font_color": INK_3, "bottom": 2, "bottom_color": book.brand}
    sheet.set_row(1, ROW)
    for n in range(len(WIDTHS)):
        book.text(sheet, 1, n, "", book.style(**quiet))
    said = _("Week %(number)s of %(count)s   project manager %(names)s",
             number=plan.week_number, count=plan.week_count, names=managers)  # fmt: skip
    company = manifest.look.company or plan.company
    book.text(sheet, 1, 0, f"{company}   {said}" if company else said, book.style(**quiet))
    merged(book, sheet, 1, 10, 1, LAST, _("data of %(when)s", when=when_long(manifest.as_of)),
           align="right", **quiet)  # fmt: skip
    sheet.set_row(2, 8)


def _logo(sheet: Any, logo: bytes, company: str) -> None:
    """The company's picture at the right end of the title, no larger than its row."""
    picture = read_picture(logo)
    if picture is None:
        return
    scale = min(LOGO_HEIGHT / picture.height, LOGO_WIDTH / picture.width)
    room = sum(width * 7 + 5 for width in WIDTHS[-LOGO_COLUMNS:])
    sheet.insert_image(0, LAST + 1 - LOGO_COLUMNS, "logo", {
        "image_data": io.BytesIO(logo), "x_scale": scale, "y_scale": scale,
        "x_offset": max(room - picture.width * scale, 0), "y_offset": 3, "object_position": 2,
        "description": safe_text(company)[:200],
    })  # fmt: skip


def _light(book: Book, sheet: Any, facts: PackFacts, top: int) -> None:
    """The plan's light as a formula, its reasons, the lights of the weeks; the approval."""
    state, plan = facts.state, facts.state.plan
    sheet.set_row(top, 24)
    sheet.set_row(top + 1, ROW)
    sheet.set_row(top + 2, ROW)
    light = plan_light(facts)
    merged(book, sheet, top, 0, top + 2, 0, light, font_size=14, bold=True,
           align="center", border=1, border_color=HAIR)  # fmt: skip
    book.check(_("Light of the plan"), light.value, light.text, "text")
    for shade, (ink, _tint) in LIGHT_COLOURS.items():
        sheet.conditional_format(top, 0, top + 2, 0, {
            "type": "text", "criteria": "begins with", "value": GLYPHS[shade],
            "format": book.workbook.add_format({"font_color": "#FFFFFF", "bg_color": ink}),
        })  # fmt: skip
    book.text(sheet, top, 1, headline(state, is_named=True),
              book.style(font_size=14, bold=True, indent=1))  # fmt: skip
    finish = plan.finish_on.isoformat() + (" " + _("(est.)") if plan.is_finish_estimated else "")
    book.text(sheet, top + 1, 1, _("Finish of the plan: %(day)s", day=finish),
              book.style(font_color=INK_3, indent=1))  # fmt: skip
    _weeks(book, sheet, facts, top + 2)
    lead, detail = _approval(facts)
    book.text(sheet, top, RIGHT, lead, book.style(bold=True))
    book.text(sheet, top + 1, RIGHT, detail, book.style(font_color=INK_3))


def _weeks(book: Book, sheet: Any, facts: PackFacts, row: int) -> None:
    """The plan's light of each closed week and of this one."""
    weeks = [(name, figures.get("light")) for name, figures in trends.weeks_of(facts)]
    weeks = weeks[-SHOWN_WEEKS:]
    if len(weeks) < 2:
        return
    quiet = book.style(font_color=INK_3, font_size=9)
    parts: list[Any] = [quiet, _("Lights of the weeks") + "   "]
    for name, light in weeks:
        ink = LIGHT_COLOURS[Light(str(light))][0]
        parts += [book.style(font_color=ink, bold=True), GLYPHS[Light(str(light))] + " ",
                  quiet, f"{name}   "]  # fmt: skip
    sheet.write_rich_string(row, 1, *parts, book.style(font_color=INK_3, font_size=9, indent=1))


def _approval(facts: PackFacts) -> tuple[str, str]:
    plan = facts.state.plan
    if not plan.is_approved:
        return _("The plan is not approved yet"), _("Its dates and duties are a draft until then")
    on = local_date(plan.approved_at).isoformat() if plan.approved_at else ""
    if not plan.is_approval_current:
        return (_("Changed since it was approved"),
                _("Parts changed since %(day)s: %(count)s", day=on,
                  count=plan.changed_since_approval))  # fmt: skip
    return _("The plan is approved"), _("On %(day)s, unchanged since", day=on)


def _tiles(book: Book, sheet: Any, facts: PackFacts, top: int) -> None:
    """Eight figures, each a formula, with what it is above it."""
    sheet.set_row(top, 18)
    sheet.set_row(top + 1, 26)
    sheet.set_row(top + 2, 6)
    shown = tiles(facts)
    for (first, last), (label, value) in zip(TILES, shown, strict=True):
        merged(book, sheet, top, first, top, last, label, font_size=9, font_color=INK_2,
               align="center", bg_color="#F1F4F4", shrink=True)  # fmt: skip
        strong = {"font_size": 14, "bold": True, "align": "center", "bg_color": "#F1F4F4"}
        if isinstance(value, Formula) and value.kind == "percent":
            strong["num_format"] = "+0.0%;-0.0%;0.0%" if label == shown[-1][0] else "0%"
        if isinstance(value, str):
            strong |= {"font_size": 10, "bold": False, "font_color": INK_3}
        merged(book, sheet, top + 1, first, top + 1, last, value, **strong)
        if isinstance(value, Formula):
            kind = "text" if isinstance(value.value, str) else "percent"
            book.check(label, value.value, value.text, kind)
