"""The name that a cell's look has among the workbook's cell styles.

A pack has one look for each purpose, so that the look tells the name, and the same look never has
two. The names keep clear of Excel's own (Title, Percent, Note, 标题, 百分比), which each program
translates and fills in its own way.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.risks.scoring import Band
from app.status.sheets.palette import (
    BANDS,
    INK,
    INK_2,
    INK_3,
    LIGHT_COLOURS,
    LINE,
    MAP_CELLS,
    SUNKEN,
    TINT,
)

# As wide as numbers are, and yet a format of its own: what is equal to the last property is one
# format to XlsxWriter, and could not have a name of its own.
MONEY_FORMAT = "#,##0;-#,##0"
# What only the program reads, such as the days under the bars' heads.
HIDDEN_FORMAT = ";;;"
PLAN_SIZE, TITLE_SIZE, FIGURE_SIZE, HEADING_SIZE, SMALL = 18, 16, 14, 12, 9


def own_colour(brand: str) -> str:
    """The company's colour, or where a pack writes its own words in that very colour, the next
    one: the eye sees no difference, and links keep a look of their own."""
    inks = {INK, INK_2, INK_3, *(ink for ink, _shade in (*LIGHT_COLOURS.values(), *BANDS.values()))}
    while brand.upper() in inks:
        blue = int(brand[-2:], 16)
        brand = f"{brand[:-2]}{blue + 1 if blue < 255 else 254:02X}"
    return brand


def style_name(look: Mapping[str, Any], brand: str) -> str:
    """The name, in the current language, for XlsxWriter's properties of a cell's format. brand:
    the colour of links."""
    return _of_heading(look, brand) or _of_frame(look) or _of_shade(look) or _of_value(look, brand)


def _of_heading(look: Mapping[str, Any], brand: str) -> str:
    """Titles and figures in large letters; empty for all that is smaller."""
    size = look["font_size"]
    if size < HEADING_SIZE or not look.get("bold"):
        return ""
    if size >= TITLE_SIZE:
        return _("Plan title") if size >= PLAN_SIZE else _("Sheet title")
    if size >= FIGURE_SIZE:
        return _("Key figure") if look.get("align") == "center" else _("Headline")
    return _("Heading in colour") if look["font_color"] == brand else _("Section heading")


def _of_frame(look: Mapping[str, Any]) -> str:
    """Heads, totals and the bars' time; empty for what stands between them."""
    size, is_bold = look["font_size"], bool(look.get("bold"))
    if look.get("left") or look.get("num_format") in ("d", "m"):
        return _("Time line")
    if size <= SMALL and look.get("bottom_color") == LINE:
        return _("Table head") if is_bold else _("Quiet table head")
    if is_bold and (look.get("bg_color") == TINT or look.get("top") == 1):
        return _("Total row")
    return ""


def _of_shade(look: Mapping[str, Any]) -> str:
    """What a colour behind the text or a frame around it says; empty without."""
    shade, size = look.get("bg_color"), look["font_size"]
    colours = look["font_color"], shade
    for light, of_light in LIGHT_COLOURS.items():
        if colours == of_light:
            return _("Light: %(light)s", light=light.label)
    if look.get("border"):
        for band, of_cell in MAP_CELLS.items():
            if shade == of_cell:
                return _("Risk map: %(band)s", band=Band(band).label)
        return _("Report mark")
    if shade is None:
        return ""
    if size == SMALL:
        return _("Key figure label") if look.get("shrink") else _("Report mark")
    for band, of_band in BANDS.items():
        if colours == of_band:
            return _("Risk band: %(band)s", band=Band(band).label)
    return _("Read-only cell") if shade != SUNKEN else ""


def _of_value(look: Mapping[str, Any], brand: str) -> str:
    """What kind of value it is."""
    shown = look.get("num_format", "")
    if shown == HIDDEN_FORMAT:
        return _("Hidden value")
    if look["font_color"] == brand:
        return _("Link")
    if look["font_color"] == INK_3:
        return _("Remark") if look["font_size"] > SMALL else _("Small remark")
    if shown and shown != "@":
        return _of_number(shown)
    if look["font_color"] == INK_2:
        return _("Quiet text")
    if look.get("bold"):
        return _("Strong text")
    return _("Centred text") if look.get("align") == "center" else _("Body text")


def _of_number(shown: str) -> str:
    """The kind of number, by its number format."""
    if "yyyy" in shown:
        return _("Date and time") if "hh" in shown else _("Date")
    if "[m]" in shown:
        return _("Span of time")
    if "%" in shown:
        return _("Percentage")
    if shown in (MONEY_FORMAT, "#,##0.00"):
        return _("Amount of money")
    if shown == "0.00":
        return _("Ratio")
    return _("Plain number") if shown == "#,##0" else _("Count")
