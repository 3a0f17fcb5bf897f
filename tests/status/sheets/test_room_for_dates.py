"""A date that does not fit is shown as ###; the mark of an estimated one needs room too."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.status.sheets.cells import line_width
from app.status.sheets.workbook import SHEETS
from tests.status.sheets.sheets import built, facts_of, read, rich

FAR = date(2027, 1, 29)
pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]


def width_of(sheet: Any, column: int) -> float:
    """Neighbours of one width are written down as one."""
    return next(d.width for d in sheet.column_dimensions.values() if d.min <= column <= d.max)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_estimated_date_fits_its_column(language: str) -> None:
    plain = rich()
    state = replace(
        plain,
        tasks=replace(plain.tasks, tasks=tuple(
            replace(task, expected_finish_on=FAR, finish_on=FAR, done_on=None, is_estimated=True)
            for task in plain.tasks.tasks
        )),
        risks=replace(plain.risks, risks=tuple(
            replace(risk, responses=tuple(
                replace(row, first_on=FAR, last_on=FAR, is_estimated=True)
                for row in risk.responses
            ))
            for risk in plain.risks.risks
        )),
    )  # fmt: skip
    book = read(built(facts_of(state, language), *SHEETS[:-1]))
    marked = 0
    for sheet in book.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if getattr(c, "is_date", False)):
            shown = cell.number_format.replace('"', "")
            room = width_of(sheet, cell.column)
            # A date's own characters are narrow, the mark's are not.
            assert room >= line_width(shown) + 1, (sheet.title, cell.coordinate, shown, room)
            marked += "(" in shown or "（" in shown
    assert marked >= 6
