"""Indicators in sentences: values with their unit, periods by name, and the rule that fired.

Pages, packs, agendas and mails take their words from here, so that one value is called one thing.
"""

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.formats import MONTHS, count, day_plain, seconds
from app.core.i18n import current_language
from app.reports.models import Direction
from app.reports.monitoring_state import IndicatorRow, MeasurementRow
from app.reports.owing import OwedPeriod
from app.reports.periods import parse_period
from app.reports.values import PERCENT, SECONDS


def show_value(value: float | None, unit: str) -> str:
    """A value with its unit: 90%, 5分50秒, 12.5 faults."""
    if value is None:
        return "–"
    if unit == SECONDS:
        return seconds(value)
    number = f"{round(value, 1):g}" if abs(value) < 100_000 else count(round(value))
    return f"{number}%" if unit == PERCENT else f"{number} {unit}"


def period_name(label: str) -> str:
    """2026-10 → October 2026, 2026-Q4 → fourth quarter of 2026, 2026-H2 → second half of 2026."""
    parse_period(label)
    year, part = label.split("-")
    if part[0] == "Q":
        names = {"1": _("first quarter of %(year)s", year=year),
                 "2": _("second quarter of %(year)s", year=year),
                 "3": _("third quarter of %(year)s", year=year),
                 "4": _("fourth quarter of %(year)s", year=year)}  # fmt: skip
        return names[part[1]]
    if part[0] == "H":
        return (_("first half of %(year)s", year=year) if part[1] == "1"
                else _("second half of %(year)s", year=year))  # fmt: skip
    if current_language() == "zh":
        return f"{year}年{int(part)}月"
    return f"{MONTHS[int(part) - 1]} {year}"


def period_short(label: str) -> str:
    """A period on a chart's axis: 10月, Oct, Q4, H2."""
    part = label.split("-")[1]
    if part[0] in "QH":
        return part
    return f"{int(part)}月" if current_language() == "zh" else MONTHS[int(part) - 1][:3]


def target_text(row: IndicatorRow) -> str:
    """≥ 90%, ≤ 5分00秒, or that it is still open."""
    if row.target is None:
        return _("not set yet")
    sign = "≥" if row.direction is Direction.at_least else "≤"
    return f"{sign} {show_value(row.target, row.unit)}"


def headline(row: IndicatorRow) -> str:
    """The latest value in large: 8 / 8 where everybody was counted, else the value."""
    latest = row.latest
    if latest is None:
        return _("not measured yet")
    if latest.is_whole_population and latest.good_count is not None:
        return f"{latest.good_count} / {latest.sample_size}"
    return show_value(latest.value, row.unit)


def basis(row: MeasurementRow) -> str:
    """What the value rests on: 31 answers, all 412."""
    if row.sample_size is None:
        return ""
    if row.is_whole_population and row.good_count is not None:
        return _("all %(num)s asked or assessed", num=count(row.sample_size))
    if row.is_whole_population:
        return _("all %(num)s cases", num=count(row.sample_size))
    if row.good_count is not None:
        return _("%(good)s of %(num)s answers", good=count(row.good_count),
                 num=count(row.sample_size))  # fmt: skip
    return ngettext("%(num)s case", "%(num)s cases", row.sample_size)


def interval_text(row: MeasurementRow) -> str:
    """75–97%, or nothing."""
    if row.low is None or row.high is None:
        return ""
    return f"{round(row.low)}–{round(row.high)}%"


def value_lines(row: IndicatorRow) -> list[str]:
    """The second lines under a value: when, how many, and how sure."""
    latest = row.latest
    if latest is None:
        if row.begins_on is not None:
            return [_("measuring begins on %(day)s", day=day_plain(row.begins_on))]
        return []
    lines = [period_name(latest.period)]
    if latest.is_interim:
        lines[0] = _("%(period)s so far", period=lines[0])
    if basis(latest):
        lines.append(basis(latest))
    if latest.rule_key == "not_enough_answers":
        lines.append(_("not enough to judge yet"))
    return lines


def rule_text(row: IndicatorRow, measured: MeasurementRow | None = None) -> str:
    """The rule that fired and its numbers, for `measured` or else the latest value."""
    measured = measured or row.latest
    if measured is None:
        return _("There is no value yet.")
    rule = measured.rule_key
    words = {"value": show_value(measured.value, row.unit), "target": target_text(row)}
    sample = {"num": count(measured.sample_size)}
    if measured.low is not None and measured.high is not None:
        sample |= {"low": show_value(measured.low, PERCENT),
                   "high": show_value(measured.high, PERCENT)}  # fmt: skip
    if rule == "no_target":
        return _("No target is set; the value is %(value)s.", value=words["value"])
    if rule == "not_enough_answers":
        said = _("%(num)s answers are fewer than the %(least)s needed to judge.",
                 num=sample["num"], least=row.min_answers)  # fmt: skip
        if "low" not in sample:
            return said
        return _("%(first)s %(second)s", first=said, second=_(
            "The true share lies about between %(low)s and %(high)s.",
            low=sample["low"], high=sample["high"]))  # fmt: skip
    if rule == "whole_population_reaches":
        return _("All were counted, and %(value)s reaches the target %(target)s.", **words)
    if rule == "whole_population_misses":
        return _("All were counted, and %(value)s misses the target %(target)s.", **words)
    if rule == "value_reaches":
        return _("%(value)s reaches the target %(target)s.", **words)
    if rule == "value_misses":
        return _("%(value)s misses the target %(target)s.", **words)
    found = _("From %(num)s answers the true share lies between %(low)s and %(high)s (95%% "
              "interval by Wilson).", **sample)  # fmt: skip
    verdict = {
        "interval_reaches": _("All of that reaches the target %(target)s.", target=words["target"]),
        "interval_misses": _("All of that misses the target %(target)s.", target=words["target"]),
        "interval_undecided": _("The target %(target)s lies within.", target=words["target"]),
    }[rule]
    return _("%(first)s %(second)s", first=found, second=verdict)


def due_text(period: OwedPeriod) -> str:
    """When the value of a period is owed, in a second line."""
    if period.is_overdue:
        return ngettext(
            "%(num)s working day overdue", "%(num)s working days overdue", period.days_overdue
        )
    return _("due %(day)s", day=day_plain(period.due_on))
