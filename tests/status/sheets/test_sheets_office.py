"""LibreOffice computes the sheets of reports, risks, waits, meetings and inspections anew."""

from io import BytesIO

import pytest

from app.status.sheets import (
    compliance,
    inspections,
    meetings,
    notes,
    problems_actions,
    report_rows,
    reports,
    responses,
    risk_map,
    risks,
)
from tests.requirements import needs
from tests.status.sheets.sheets import built, column, facts_of, read, rich
from tests.status.test_pack_office import check_sheet, computed_anew, spoiled

MODULES = (reports, compliance, report_rows, risks, risk_map, responses, problems_actions, meetings,
           inspections, notes)  # fmt: skip
pytestmark = [
    pytest.mark.office,
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_formula_comes_to_its_stored_result_and_to_the_server_s_figure(language, tmp_path):
    office = needs("office")
    content = built(facts_of(rich(), language), *MODULES)
    formulas, stored = read(content, is_computed=False), read(content)
    fresh = computed_anew(office, spoiled(content), tmp_path)
    found = 0
    for sheet in formulas.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if c.data_type == "f"):
            want = stored[sheet.title][cell.coordinate].value
            have = fresh[sheet.title][cell.coordinate].value
            assert (have or None) == (want or None) or have == pytest.approx(want), (
                sheet.title, cell.coordinate, cell.value, want, have)  # fmt: skip
            found += 1
    assert found > 250
    lines = check_sheet(fresh)
    assert len(lines) > 80
    assert [line for line in lines if line[3] != 0] == []


def test_a_rating_that_is_changed_moves_its_risk_on_the_map(tmp_path):
    office = needs("office")
    book = read(built(facts_of(rich(), "en"), *MODULES), is_computed=False)
    register = book["Risks"]
    register.cell(risks.TOP + 2 + 3, risks.PROBABILITY + 1).value = 5
    register.cell(risks.TOP + 2 + 3, risks.IMPACT + 1).value = 5
    book["Responses to risks"].cell(responses.TOP + 2, responses.STATE + 1).value = "planned"
    mark = book["Reports by week"].cell(compliance.TOP + 2, compliance.WEEKS + 1)
    mark.value = "T"
    changed = BytesIO()
    book.save(changed)
    fresh = computed_anew(office, changed.getvalue(), tmp_path)
    assert column(fresh, "Risks_Score")[3] == 25
    assert column(fresh, "Risks_Band")[3] == "critical"
    # The first risk has a response that counts again, and so its light is no longer red.
    assert column(fresh, "Risks_Light")[0] == "–"
    first = risk_map.FIRST + risk_map.STEP
    assert fresh["Risk map"].cell(risk_map.TOP + 2, first + 5).value == "1, 4"
    assert column(fresh, "Reports_OnTime")[0] == 2
    differing = {line[0] for line in check_sheet(fresh) if line[3] != 0}
    assert {"Risk 4: score", "Risk 4: band", "Risks: critical, 16–25"} <= differing
    assert "Risk 2: score" not in differing
