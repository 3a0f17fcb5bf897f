"""Sheet of the indicators: every value against its target, drawn where there are two or more."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.reports import indicator_words as say
from app.status.pack.book import BRAND, FONT, GREY, Book, Column, Day, Link, Styled
from app.status.pack.facts import PackFacts

CHART_ROWS = 13


def write(book: Book, facts: PackFacts) -> None:
    """One row a measured period; an indicator without a value says so."""
    sheet = book.add_sheet(_("Indicators"))
    indicators = facts.state.monitoring.indicators
    book.heading(sheet, _("Indicators"), _("Every measured period against its target; the share "
                                           "of a sample with its 95% interval"))  # fmt: skip
    rows: list[list[Any]] = []
    spans: list[tuple[Any, int, int]] = []
    for indicator in indicators:
        first = 4 + len(rows)
        for measured in indicator.history:
            rows.append([
                Link(f"/plans/{facts.state.plan.id}/indicators", str(indicator.number)),
                Styled(indicator.title, "wrap", bold=True), indicator.measured_as,
                say.period_name(measured.period), _number(measured.value, indicator.unit),
                _number(indicator.target, indicator.unit),
                _("at least") if indicator.direction == "at_least" else _("at most"),
                say.basis(measured), say.interval_text(measured), measured.light,
                say.rule_text(indicator, measured), measured.note,
            ])  # fmt: skip
        if not indicator.history:
            begins = Day(indicator.begins_on) if indicator.begins_on else ""
            rows.append([
                Link(f"/plans/{facts.state.plan.id}/indicators", str(indicator.number)),
                Styled(indicator.title, "wrap", bold=True), indicator.measured_as,
                _("not measured yet"), _("no value yet"),
                _number(indicator.target, indicator.unit),
                _("at least") if indicator.direction == "at_least" else _("at most"),
                "", "", indicator.light,
                _("measuring begins on the day beside") if begins else "", begins,
            ])  # fmt: skip
        if len(indicator.history) > 1:
            spans.append((indicator, first, 3 + len(rows)))
    columns = [
        Column(_("No."), "text", 7), Column(_("Indicator"), "text", 22),
        Column(_("Measured as"), "text", 34), Column(_("Period"), "text", 18),
        Column(_("Value"), "centre", 14), Column(_("Target"), "centre", 14),
        Column(_("Good is"), "centre", 9), Column(_("Rests on"), "text", 22),
        Column(_("95% interval"), "centre", 13),
        Column(_("Light"), "centre", 10), Column(_("Rule"), "text", 44),
        Column(_("Note"), "text", 34),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, empty=_("The plan has no indicators."))
    for n, (indicator, first, end) in enumerate(spans):
        top = last + 2 + n * CHART_ROWS
        _chart(book, sheet, indicator, first, end, top)
    sheet.print_area(0, 0, last + (2 + len(spans) * CHART_ROWS if spans else 0), len(columns) - 1)


def _number(value: float | None, unit: str) -> Any:
    """A value with its unit in the number format, so that it stays a number."""
    if value is None:
        return Styled(_("not set yet"), "centre")
    if unit == "seconds":
        return Styled(value / 86400, "centre", props=(("num_format", '[m]:ss" min"'),))
    if unit == "percent":
        return Styled(value / 100, "centre", props=(("num_format", "0.0%"),))
    return Styled(value, "centre", props=(("num_format", "#,##0.##"),))


def _chart(book: Book, sheet: Any, indicator: Any, first: int, last: int, top: int) -> None:
    name = sheet.get_name()
    chart = book.workbook.add_chart({"type": "line"})
    font = {"name": FONT, "size": 9}
    chart.add_series({
        "name": _("value"), "categories": [name, first, 3, last, 3],
        "values": [name, first, 4, last, 4], "line": {"color": BRAND, "width": 2.25},
        "marker": {"type": "circle", "size": 6, "fill": {"color": BRAND},
                   "border": {"color": BRAND}},
        "data_labels": {"value": True, "position": "above", "font": font},
    })  # fmt: skip
    if indicator.target is not None:
        chart.add_series({
            "name": _("target"), "categories": [name, first, 3, last, 3],
            "values": [name, first, 5, last, 5],
            "line": {"color": GREY, "width": 1.25, "dash_type": "dash"},
        })  # fmt: skip
    chart.set_title({"name": words(indicator.title)[:200], "overlay": False,
                     "name_font": {"name": FONT, "size": 11, "bold": True}})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_x_axis({"num_font": font})
    shown = {"seconds": '[m]:ss', "percent": "0%"}.get(indicator.unit, "General")
    chart.set_y_axis({"num_font": font, "num_format": shown, "major_gridlines": {"visible": True,
                      "line": {"color": "#E3E7E8"}}})  # fmt: skip
    chart.set_size({"width": 640, "height": 260})
    sheet.insert_chart(top, 1, chart, {"description": words(indicator.title)[:200]})
