"""Indicators in the pack: values, Wilson's interval and lights computed by the app's own rule."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from app.core.lights import Light
from app.reports.indicator_light import indicator_light
from app.reports.models import Direction, IndicatorKind
from app.reports.owing import OwedPeriod
from app.reports.wilson import wilson_interval
from app.status.sheets import indicators
from tests.requirements import needs
from tests.status.sheets.sheets import built, column, facts_of, own, read, rich, texts
from tests.status.states import empty, measured, put
from tests.status.test_pack_office import check_sheet, computed_anew, spoiled

pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning"),
]


def made(state, language="en"):
    return built(facts_of(state, language), indicators)


def with_indicators(*rows):
    return put(rich(), "monitoring", indicators=rows)


def grid() -> list:
    """An indicator for every mix of direction, kind, target and least number of answers, each with
    every kind of measurement, judged by the app."""
    base = rich().monitoring.indicators[0]
    samples = [(0, 0, False), (28, 31, False), (45, 50, False), (50, 50, False), (0, 40, False),
               (96, 100, False), (8, 8, True), (7, 8, True), (None, 40, False), (None, 0, True),
               (None, None, True), (None, None, False)]  # fmt: skip
    found = []
    for number, (direction, kind, target, least) in enumerate(
        product(Direction, IndicatorKind, (None, 90.0, 99.5, 0.0), (1, 50)), start=1
    ):
        history = []
        for n, (good, sample, is_whole) in enumerate(samples, start=1):
            if good is None and kind is IndicatorKind.proportion and not is_whole:
                # A share is always entered as a count.
                good = sample
            is_counted = good is not None and sample
            value = round(100 * good / sample, 6) if is_counted else 87.5
            light, rule = indicator_light(direction, target, value, kind, sample, is_whole, least)
            low = high = None
            if good is not None and sample and not is_whole:
                low, high = (100 * end for end in wilson_interval(good, sample))
            history.append(measured(
                id=n, period=f"2026-{n:02d}", period_first=date(2026, n, 1), value=value,
                good_count=good, sample_size=sample, is_whole_population=is_whole, low=low,
                high=high, light=light, rule_key=rule,
            ))  # fmt: skip
        last = history[-1]
        found.append(replace(
            base, id=number, number=number, title=own(f"指标 {number}"), direction=direction,
            kind=kind, target=target, min_answers=least, history=tuple(history), latest=last,
            light=last.light, rule_key=last.rule_key,
        ))  # fmt: skip
    return found


@pytest.mark.office
def test_every_light_and_interval_is_the_app_s_when_computed_anew(tmp_path):
    office = needs("office")
    content = made(with_indicators(*grid()))
    lines = check_sheet(computed_anew(office, spoiled(content), tmp_path))
    lights = [line for line in lines if line[0].endswith(": light")]
    assert len(lights) == 32 * 12
    assert {line[1][0] for line in lights} == set("■▲●○")
    assert sum("95% interval" in line[0] for line in lines) > 100
    assert [line for line in lines if line[3] != 0] == []


def test_the_table_at_the_head_fetches_the_newest_value():
    older = measured(id=1, period="2026-09", period_first=date(2026, 9, 1), value=50.0,
                     good_count=5, low=23.7, high=76.3)  # fmt: skip
    newest = measured(id=2)
    row = replace(rich().monitoring.indicators[0], history=(older, newest), latest=newest)
    content = made(with_indicators(row))
    book = read(content)
    assert column(book, "Indicators_Value") == [0.8]
    assert column(read(content, is_computed=False), "Indicators_Value") == ["=C11"]
    assert column(book, "Indicators_Light") == ["▲ Amber"]
    low, high = wilson_interval(8, 10)
    assert column(book, "Indicators_Low") + column(book, "Indicators_High") == [low, high]
    # Two values: a chart and a line in the cell.
    assert len(read(content, is_computed=False)["Indicators"]._charts) == 1


def test_no_value_yet_and_a_missing_period_are_said_in_words():
    base = rich().monitoring.indicators[0]
    owed = OwedPeriod("2026-09", date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 12), 5)
    never = replace(base, history=(), latest=None, light=Light.grey, missing=())
    gap = replace(base, number=2, missing=(owed,))
    book = read(made(with_indicators(never, gap)))
    found = texts(book["Indicators"])
    assert column(book, "Indicators_Value")[0] == "no value yet"
    assert column(book, "Indicators_Light")[0] == "○ Grey"
    assert any("5 working days overdue" in text for text in found)
    assert any("No chart yet" in text for text in found)


def test_units_keep_their_numbers():
    base = rich().monitoring.indicators[0]
    value = measured(
        value=350.0, good_count=None, sample_size=412, is_whole_population=True, low=None,
        high=None, light=Light.red, rule_key="whole_population_misses",
    )  # fmt: skip
    time = replace(base, unit="seconds", kind=IndicatorKind.mean, target=300.0, latest=value,
                   direction=Direction.at_most, history=(value,), light=Light.red)  # fmt: skip
    rate = replace(time, number=2, unit='faults"', target=None)
    for language, shown in (("zh", '[m]"分"ss"秒"'), ("en", '[m]:ss" min"')):
        content = made(with_indicators(time, rate), language)
        sheet = read(content).worksheets[0]
        assert sheet["C5"].value.total_seconds() == pytest.approx(350, abs=1)
        assert sheet["C5"].number_format == shown
        assert sheet["C6"].number_format == '#,##0.##" faults"'
        assert sheet["C6"].value == 350


def test_a_plan_without_indicators_says_so():
    book = read(made(empty()))
    assert "The plan has no indicators." in texts(book["Indicators"])
    assert not any(name.startswith("Indicators_") for name in book.defined_names)
