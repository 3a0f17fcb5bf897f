"""The indicators' charts: each one's values period by period, its target, its interval."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.reports.monitoring_state import IndicatorRow
from app.reports.values import PERCENT, SECONDS
from app.status.sheets.book import FONT, GREY, HAIR, INK_3, LINE, SOFT, Book

CHART_ROWS = 15
PERIOD, VALUE, TARGET, LOW, HIGH = 1, 2, 3, 4, 5
# Columns at which the charts of a line of two begin.
PLACES = (0, 8)
# Seconds between the lines of an axis of time.
STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400)
AXES = {SECONDS: "[m]:ss", PERCENT: "0%"}


def draw(book: Book, sheet: Any, spans: list[tuple[IndicatorRow, int, int]], top: int) -> int:
    """A chart for each indicator with two values or more, two beside each other; of the others a
    sentence says why there is none. Answers the last row used."""
    drawn = [span for span in spans if len(span[0].history) > 1]
    short = [words(indicator.title) for indicator, _first, _last in spans
             if len(indicator.history) < 2]  # fmt: skip
    if short:
        said = _("No chart yet, for there are not two values: %(titles)s", titles=", ".join(short))
        book.text(sheet, top - 1, 0, said, book.style(font_color=INK_3))
    for n, (indicator, first, last) in enumerate(drawn):
        chart = _chart(book, sheet.get_name(), indicator, first, last)
        sheet.insert_chart(top + CHART_ROWS * (n // 2), PLACES[n % 2], chart, {
            "object_position": 1,
            "description": _("%(title)s: values by period against the target",
                             title=words(indicator.title))[:250],
        })  # fmt: skip
    return top + CHART_ROWS * -(-len(drawn) // 2)


def _chart(book: Book, name: str, indicator: IndicatorRow, first: int, last: int) -> Any:
    chart = book.workbook.add_chart({"type": "line"})
    font = {"name": FONT, "size": 9, "color": INK_3}
    periods = [name, first, PERIOD, last, PERIOD]

    def series(title: str, column: int, **more: Any) -> None:
        chart.add_series({"name": title, "categories": periods,
                          "values": [name, first, column, last, column], **more})  # fmt: skip

    series(
        _("value"), VALUE, line={"color": book.brand, "width": 2.25},
        marker={"type": "circle", "size": 6, "fill": {"color": book.brand},
                "border": {"color": book.brand}},
        data_labels={"value": True, "position": "above", "font": font},
    )  # fmt: skip
    shown = 1
    if indicator.target is not None:
        series(_("target"), TARGET, line={"color": GREY, "width": 1.25, "dash_type": "dash"})
        shown += 1
    legend: dict[str, Any] = {"position": "bottom", "font": font}
    if any(measured.low is not None for measured in indicator.history):
        for title, column in ((_("95% interval"), LOW), (_("95% interval to"), HIGH)):
            series(title, column, line={"color": SOFT, "width": 1.5})
        legend["delete_series"] = [shown + 1]
    chart.set_legend(legend)
    chart.set_title({"name": words(indicator.title)[:200], "overlay": False,
                     "name_font": {"name": FONT, "size": 11, "bold": True}})  # fmt: skip
    chart.set_x_axis({"num_font": font, "line": {"color": LINE}})
    chart.set_y_axis({"num_font": font, "num_format": AXES.get(indicator.unit, "General"),
                      "major_gridlines": {"visible": True, "line": {"color": HAIR}},
                      "line": {"none": True}, **_scale(indicator)})  # fmt: skip
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 620, "height": 280})
    return chart


def _scale(indicator: IndicatorRow) -> dict[str, float]:
    """Round steps for lengths of time, which are no decimal numbers; shares end at 100%."""
    if indicator.unit == PERCENT:
        return {"max": 1}
    if indicator.unit != SECONDS:
        return {}
    most = max([measured.value for measured in indicator.history] + [indicator.target or 0])
    step = next((step for step in STEPS if most <= 6 * step), STEPS[-1])
    return {"min": 0, "major_unit": step / 86_400}
