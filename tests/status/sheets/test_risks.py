"""Risks in the pack: scores, bands and the light computed, the map, the responses."""

from dataclasses import replace

import pytest

from app.status.sheets import responses, risk_map, risks
from tests.status.sheets.sheets import built, column, facts_of, read, rich, texts
from tests.status.states import empty, put

pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning"),
]


def made(state, language="en"):
    return built(facts_of(state, language), risks, risk_map, responses)


def test_scores_and_bands_are_formulas_of_probability_and_impact():
    content = made(rich())
    formulas, results = read(content, is_computed=False), read(content)
    assert all(text.startswith("=IF(COUNT(") for text in column(formulas, "Risks_Score"))
    assert column(results, "Risks_Score") == [25, 16, 10, 9, 4, "not rated yet"]
    assert column(results, "Risks_Band") == [
        "critical", "critical", "high", "medium", "low", None]  # fmt: skip
    assert risks.rows_of(facts_of(rich()))[1] == risks.TOP + 1


def test_a_critical_risk_is_red_while_all_its_responses_are_dropped():
    lights = column(read(made(rich())), "Risks_Light")
    assert lights == ["■ Red", "–", "–", "–", "–", "–"]
    assert column(read(made(rich(), "zh")), "Risks_Light")[0] == "■ 红"


def test_the_map_names_the_risks_where_they_stand():
    book = read(made(rich()))
    sheet = book["Risk map"]
    current = risk_map.FIRST + risk_map.STEP

    def at(probability: int, impact: int):
        return sheet.cell(risk_map.TOP + 7 - probability, current + impact).value

    assert (at(5, 5), at(4, 4), at(2, 5), at(1, 4)) == ("1", "2", "3", "5")
    assert at(1, 1) is None
    assert "Not rated yet: 6" in texts(sheet)


def test_a_long_register_is_counted_in_the_map():
    state = rich()
    risk = state.risks.risks[3]
    many = tuple(replace(risk, id=n, number=n) for n in range(1, 101))
    book = read(made(put(state, "risks", risks=many, unrated=0)))
    values = [c.value for row in book["Risk map"].iter_rows() for c in row]
    assert 100 in values
    assert max(len(str(c.value)) for row in read(made(state), is_computed=False)["Risk map"]
               .iter_rows() for c in row) < 8_192  # fmt: skip


def test_bands_are_counted_now_and_stand_beside_last_month_s():
    sheet = read(made(rich()))["Risk map"]
    cells = sheet.iter_rows(min_col=risk_map.RIGHT + 1, max_col=risk_map.RIGHT + 4)
    rows = {row[0].value: [c.value for c in row[1:4]] for row in cells}
    assert rows["critical, 16–25"] == [2, 1, 1]
    assert rows["low, 1–4"] == [1, 1, 0]
    assert rows["not rated yet"] == [1, 0, 1]
    assert rows["Administration, 何俊"][1].date().isoformat() == "2026-11-20"
    assert rows["Training, 何俊"] == [3, "not signed yet", "6"]


def test_a_window_that_has_passed_is_computed_from_its_last_day():
    content = made(rich())
    assert "window passed" in column(read(content), "Responses_Passed")
    assert column(read(content, is_computed=False), "Responses_Passed")[0].startswith("=IF(AND(")
    assert any("window passed" in text for text in texts(read(content)["Risks"]))


def test_no_risk_and_no_right_are_said_and_define_no_name():
    for state, said in (
        (empty(), "No risk is open."),
        (replace(empty(), left_out=("risk:register",)), "Left out: not for these eyes."),
    ):
        book = read(made(state))
        assert said in texts(book["Risks"])
        assert said in texts(book["Risk map"])
        assert not any(name.startswith(("Risks_", "Responses_")) for name in book.defined_names)


def test_a_risk_s_text_stays_text():
    cells = [c for row in read(made(rich()), is_computed=False)["Risks"].iter_rows() for c in row]
    assert next(c for c in cells if c.value == "=HYPERLINK(1)").data_type == "s"
