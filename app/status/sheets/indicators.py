"""Sheet of the indicators: how each stands against its target, every measured value behind it, and
its course as a chart.

Values of counts, the ends of Wilson's interval and the lights are computed here by the app's own
rule (`reports.indicator_light`), from the counts and samples in the rows.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.core.i18n import current_language
from app.core.lights import Light
from app.reports import indicator_words as say
from app.reports.models import Direction, IndicatorKind
from app.reports.monitoring_state import IndicatorRow, MeasurementRow
from app.reports.owing import OwedPeriod
from app.reports.values import PERCENT, SECONDS
from app.reports.wilson import Z_95, wilson_interval
from app.status.sheets import indicator_charts
from app.status.sheets.book import HAIRLINE, INK_3, Book, Column, Formula, Link, Styled
from app.status.sheets.cells import light_text, lines_of, sheet_name
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import area, cell, light_constant, near

TOP = 3
# The table at the head.
(NUMBER, TITLE, NOW, TARGET, LOW, HIGH, LIGHT, TREND, PERIOD, RULE) = range(10)
# The table of values under it, in the same columns.
(V_NUMBER, V_PERIOD, V_VALUE, V_TARGET, V_LOW, V_HIGH, V_LIGHT, V_BASIS, V_GOOD, V_RULE, V_SAMPLE,
 V_LEAST, V_NOTE) = range(13)  # fmt: skip
# A value that differs from its target by less comes from a division, not from the measuring; in
# the cells' unit: percent as fractions, lengths of time as fractions of a day.
TINY = {PERCENT: "1E-11", SECONDS: "1E-14"}


@dataclass(frozen=True)
class Row:
    """A line of the table of values: a measured period, one that is missing, or an indicator that
    has no value yet."""

    indicator: IndicatorRow
    measured: MeasurementRow | None = None
    missing: OwedPeriod | None = None


def sheet_title() -> str:
    return _("Indicators")


def rows_of(facts: PackFacts) -> dict[int, int]:
    """Where each indicator's row of the table at the head is, by its number, counted from 0."""
    return {row.number: TOP + 1 + n for n, row in enumerate(facts.state.monitoring.indicators)}


def listed(facts: PackFacts) -> list[Row]:
    """The lines of the table of values: each indicator's periods, oldest first."""
    rows = []
    for indicator in facts.state.monitoring.indicators:
        mine = [Row(indicator, measured) for measured in indicator.history]
        mine += [Row(indicator, missing=period) for period in indicator.missing
                 if all(period.label != row.period for row in indicator.history)]  # fmt: skip
        mine.sort(key=lambda row: (row.measured.period_first if row.measured
                                   else row.missing.first if row.missing else None))  # type: ignore[arg-type,return-value]  # fmt: skip
        rows += mine or [Row(indicator)]
    return rows


def write(book: Book, facts: PackFacts) -> None:
    """The table at the head, the values, the charts."""
    indicators = facts.state.monitoring.indicators
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Indicators"), _("The newest value of each against its target; below, "
                                           "every measured period"))  # fmt: skip
    columns = [
        Column(_("No."), "centre", 6), Column(_("Indicator"), "text", 24),
        Column(_("Now"), "centre", 14), Column(_("Target"), "centre", 14),
        Column(_("95% interval from"), "centre", 11), Column(_("95% interval to"), "centre", 11),
        Column(_("Light"), "centre", 10), Column(_("Course"), "centre", 24),
        Column(_("Period"), "text", 18), Column(_("Rule"), "text", 46),
    ]  # fmt: skip
    rows = listed(facts)
    top = TOP + len(indicators) + 4
    last = book.table(sheet, columns, [_summary(indicator, rows, r, top, facts) for r, indicator
                                       in enumerate(indicators, start=TOP + 1)],
                      top=TOP, empty=_("The plan has no indicators."), is_main=False)  # fmt: skip
    sheet.freeze_panes(TOP + 1, TITLE + 1)
    if not indicators:
        sheet.print_area(0, 0, last, RULE)
        return
    for name, col in (("Number", NUMBER), ("Value", NOW), ("Target", TARGET), ("Low", LOW),
                      ("High", HIGH), ("Light", LIGHT)):  # fmt: skip
        book.define(f"Indicators_{name}", sheet, TOP + 1, col, last, col)
    book.light_colours(sheet, TOP + 1, LIGHT, last, LIGHT)
    end = _values(book, sheet, rows, top)
    _sparklines(book, sheet, facts)
    _z(book, sheet, end + 2)
    bottom = indicator_charts.draw(book, sheet, spans(indicators, rows, top), end + 5)
    sheet.print_area(0, 0, max(bottom, end + 4), V_NOTE)


def spans(
    indicators: tuple[IndicatorRow, ...], rows: list[Row], top: int
) -> list[tuple[IndicatorRow, int, int]]:
    """The first and last line of each indicator in the table of values."""
    found = []
    for indicator in indicators:
        at = [n for n, row in enumerate(rows, start=top + 1) if row.indicator is indicator]
        found.append((indicator, at[0], at[-1]))
    return found


def _summary(
    indicator: IndicatorRow, rows: list[Row], r: int, top: int, facts: PackFacts
) -> list[Any]:  # fmt: skip
    """The newest value, fetched from its line below."""
    latest = indicator.latest
    at = next((n for n, row in enumerate(rows, start=top + 1)
               if row.indicator is indicator and row.measured == latest), 0)  # fmt: skip
    props = _shown(indicator.unit)

    def fetched(col: int, value: Any) -> Styled:
        return Styled(Formula(f"={near(at, col)}", value, "centre"), "centre", props=props)

    interval = _interval(latest)
    period = say.period_name(latest.period) if latest else ""
    if latest and latest.is_interim:
        period = _("%(period)s so far", period=period)
    return [
        Link(f"/plans/{facts.state.plan.id}/indicators", indicator.number),
        Styled(words(indicator.title), "wrap", bold=True),
        fetched(V_VALUE, _number(latest.value, indicator.unit)) if latest else _("no value yet"),
        _target(indicator),
        *((fetched(V_LOW, interval[0]), fetched(V_HIGH, interval[1])) if interval else ("–", "–")),
        Styled(Formula(f"={near(at, V_LIGHT)}", light_text(indicator.light), "centre"), "centre",
               bold=True),
        "", period, say.rule_text(indicator),
    ]  # fmt: skip


def _values(book: Book, sheet: Any, rows: list[Row], top: int) -> int:
    """Every measured period; answers the last line."""
    heads = [
        Column(_("No."), "centre"), Column(_("Period")), Column(_("Value"), "centre"),
        Column(_("Target"), "centre"), Column(_("95% interval from"), "centre"),
        Column(_("95% interval to"), "centre"), Column(_("Light"), "centre"), Column(_("Rests on")),
        Column(_("Good ones"), "centre"), Column(_("Rule")), Column(_("Sample"), "centre"),
        Column(_("Answers needed"), "centre"), Column(_("Note")),
    ]  # fmt: skip
    for col, width in ((V_SAMPLE, 8), (V_LEAST, 9), (V_NOTE, 30)):
        sheet.set_column(col, col, width)
    book.lead(sheet, top - 1, 0, _("Every measured period"), "")
    kinds = {V_NUMBER, V_VALUE, V_TARGET, V_LOW, V_HIGH, V_LIGHT, V_GOOD, V_SAMPLE, V_LEAST}
    book.heads(sheet, top, 0, heads)
    sheet.set_row(top, 30)
    for r, row in enumerate(rows, start=top + 1):
        values = _line(book, sheet, row, r)
        tall = 1
        for col, value in enumerate(values):
            kind = "centre" if col in kinds else "wrap"
            inset = {"indent": 1} if col == V_BASIS else {}
            text = book.put(sheet, r, col, value, kind, **HAIRLINE,
                            valign="vcenter", **inset)  # fmt: skip
            width = {V_RULE: 46, V_NOTE: 30, V_BASIS: 24, V_PERIOD: 24}.get(col)
            if width:
                tall = max(tall, lines_of(text, width))
        sheet.set_row(r, 18 + 14 * (tall - 1))
    last = top + len(rows)
    book.light_colours(sheet, top + 1, V_LIGHT, last, V_LIGHT)
    return last


def _line(book: Book, sheet: Any, row: Row, r: int) -> list[Any]:
    """One line, its value, interval and light as formulas; and their checks."""
    indicator, measured = row.indicator, row.measured
    name, props = sheet.get_name(), _shown(indicator.unit)
    if measured is None:
        said = _("no value yet")
        if row.missing is not None:
            said = _("no value yet, %(due)s", due=say.due_text(row.missing))
        period = say.period_name(row.missing.label) if row.missing else _("not measured yet")
        light = Formula(_light(indicator, None, r), light_text(Light.grey), "centre")
        return [indicator.number, period, "", _target(indicator), "", "",
                Styled(light, "centre", bold=True), said, "", _begins(indicator), "",
                indicator.min_answers if indicator.kind is IndicatorKind.proportion else "",
                ""]  # fmt: skip
    value = _number(measured.value, indicator.unit)
    good, sample = near(r, V_GOOD), near(r, V_SAMPLE)
    shown: Any = value
    counted = f"=ROUND(100*{good}/{sample},6)/100"
    if _is_counted(measured, indicator):
        shown = Formula(counted, value, "centre")
        label = _("Indicator %(number)s, %(period)s: value", number=indicator.number,
                  period=measured.period)  # fmt: skip
        book.check(label, value, "=" + cell(r, V_VALUE, name), "percent")
    ends = _interval(measured)
    low: Any = ""
    high: Any = ""
    if ends is not None:
        low, high = (Styled(Formula(_wilson(r, is_low), end, "centre"), "centre", props=props)
                     for is_low, end in ((True, ends[0]), (False, ends[1])))  # fmt: skip
        for col, end, said in ((V_LOW, ends[0], _("95% interval from")),
                               (V_HIGH, ends[1], _("95% interval to"))):  # fmt: skip
            book.check(_("Indicator %(number)s, %(period)s: %(what)s", number=indicator.number,
                         period=measured.period, what=said), end, "=" + cell(r, col, name),
                       "percent")  # fmt: skip
    book.check(_("Indicator %(number)s, %(period)s: light", number=indicator.number,
                 period=measured.period), light_text(measured.light),
               "=" + cell(r, V_LIGHT, name), "text")  # fmt: skip
    period = say.period_name(measured.period)
    if measured.is_interim:
        period = _("%(period)s so far", period=period)
    light = Formula(_light(indicator, measured, r), light_text(measured.light), "centre")
    return [
        indicator.number, period, Styled(shown, "centre", props=props), _target(indicator), low,
        high, Styled(light, "centre", bold=True), say.basis(measured),
        measured.good_count if measured.good_count is not None else "",
        say.rule_text(indicator, measured),
        measured.sample_size if measured.sample_size is not None else "",
        indicator.min_answers if indicator.kind is IndicatorKind.proportion else "", measured.note,
    ]  # fmt: skip


def _is_counted(measured: MeasurementRow, indicator: IndicatorRow) -> bool:
    """Whether the value is what its counts come to, so that a formula can say it."""
    if indicator.unit != PERCENT or measured.good_count is None or not measured.sample_size:
        return False
    return round(100 * measured.good_count / measured.sample_size, 6) == measured.value


def _interval(measured: MeasurementRow | None) -> tuple[float, float] | None:
    """Both ends as fractions, where the value is a share of a sample."""
    if measured is None or measured.low is None:
        return None
    assert measured.good_count is not None  # an interval is made of counts
    assert measured.sample_size is not None
    return wilson_interval(measured.good_count, measured.sample_size)


def _wilson(r: int, is_low: bool) -> str:
    """An end of Wilson's interval from the counts in the line, step by step as the app does."""
    good, n, z = near(r, V_GOOD), near(r, V_SAMPLE), "Wilson_Z"
    share, spread = f"({good}/{n})", f"({z}*{z}/{n})"
    centre = f"({share}+{spread}/2)/(1+{spread})"
    half = f"{z}*SQRT({share}*(1-{share})/{n}+{spread}/(4*{n}))/(1+{spread})"
    if is_low:
        return f"=IF({good}=0,0,MAX(0,{centre}-{half}))"
    return f"=IF({good}={n},1,MIN(1,{centre}+{half}))"


def _light(indicator: IndicatorRow, measured: MeasurementRow | None, r: int) -> str:
    """The light of a line by the rule of `reports.indicator_light`."""
    green, amber, red, grey = (
        light_constant(light) for light in (Light.green, Light.amber, Light.red, Light.grey)
    )
    value, target, tiny = near(r, V_VALUE), near(r, V_TARGET), TINY.get(indicator.unit, "1E-9")
    is_least = indicator.direction is Direction.at_least

    def reaches(what: str) -> str:
        return f"{what}>={target}-{tiny}" if is_least else f"{what}<={target}+{tiny}"

    verdict = f"IF({reaches(value)},{green},{red})"
    if measured is not None and _is_judged_by_interval(measured, indicator):
        low, high = near(r, V_LOW), near(r, V_HIGH)
        worst, best = (low, high) if is_least else (high, low)
        verdict = (f"IF(N({near(r, V_SAMPLE)})<MAX(1,{near(r, V_LEAST)}),{grey},"
                   f"IF({reaches(worst)},{green},IF({reaches(best)},{amber},{red})))")  # fmt: skip
    return f"=IF(AND(ISNUMBER({value}),ISNUMBER({target})),{verdict},{grey})"


def _is_judged_by_interval(measured: MeasurementRow, indicator: IndicatorRow) -> bool:
    """A share of a sample is; where everybody was counted the value itself decides."""
    is_everybody = measured.is_whole_population and measured.sample_size != 0
    return indicator.kind is IndicatorKind.proportion and not is_everybody


def _begins(indicator: IndicatorRow) -> str:
    if indicator.history or indicator.begins_on is None:
        return ""
    return _("measuring begins on %(day)s", day=indicator.begins_on.isoformat())


def _target(indicator: IndicatorRow) -> Any:
    """The target as a number with its sign in the number format; in words while it is open."""
    if indicator.target is None:
        return Styled(_("not set yet"), "centre")
    sign = "≥" if indicator.direction is Direction.at_least else "≤"
    props = (("num_format", f'"{sign} "{_format(indicator.unit)}'),)
    return Styled(_number(indicator.target, indicator.unit), "centre", props=props)


def _number(value: float, unit: str) -> float:
    """A value as its cell holds it."""
    if unit == SECONDS:
        return value / 86_400
    return value / 100 if unit == PERCENT else value


def _format(unit: str) -> str:
    """How a value's cell shows its unit: 90.3%, 5分50秒, 5:50 min, 12.5 faults."""
    if unit == PERCENT:
        return "0.0%"
    if unit == SECONDS:
        return '[m]"分"ss"秒"' if current_language() == "zh" else '[m]:ss" min"'
    quiet = unit.replace('"', "")[:20]
    return f'#,##0.##" {quiet}"' if quiet else "#,##0.##"


def _shown(unit: str) -> tuple[tuple[str, Any], ...]:
    return (("num_format", _format(unit)),)


def courses(facts: PackFacts) -> dict[int, str]:
    """The address of each indicator's values, by its number, where there are two or more."""
    indicators = facts.state.monitoring.indicators
    name, top = sheet_name(sheet_title()), TOP + len(indicators) + 4
    return {
        indicator.number: area(first, V_VALUE, last, V_VALUE, name)
        for indicator, first, last in spans(indicators, listed(facts), top)
        if len(indicator.history) > 1
    }


def _sparklines(book: Book, sheet: Any, facts: PackFacts) -> None:
    """The course of each indicator with two values or more, drawn in its cell."""
    rows = rows_of(facts)
    for number, values in courses(facts).items():
        sheet.add_sparkline(rows[number], TREND, {
            "range": values, "series_color": book.brand, "markers": True, "weight": 1.5,
        })  # fmt: skip


def _z(book: Book, sheet: Any, row: int) -> None:
    """The constant of the interval, named for the formulas."""
    quiet = book.style(font_color=INK_3, font_size=9)
    book.text(sheet, row, TITLE, _("z of a two-sided 95% interval (Wilson)"), quiet)
    sheet.write_number(row, V_TARGET, Z_95, book.style(font_color=INK_3, font_size=9,
                                                       num_format="0.000000"))  # fmt: skip
    book.define("Wilson_Z", sheet, row, V_TARGET, row, V_TARGET)
