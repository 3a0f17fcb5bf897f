"""LibreOffice opens the pack, computes it anew and comes to the results that were stored."""

import io
import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.reports.indicators import record_measurement
from app.reports.models import Indicator
from app.reports.problem_solving import raise_problem
from app.status.packs.making import Ask, content_of, make
from app.tasks.budget_services import add_budget_line
from app.tasks.models import Task
from app.tasks.services import update_progress
from tests.conftest import NOW
from tests.requirements import needs

# LibreOffice keeps stored results unless its profile says: always compute.
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


def computed_anew(office: str, content: bytes, folder: Path) -> openpyxl.Workbook:
    """The workbook after LibreOffice opened it, computed everything and saved it."""
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS)
    source = folder / "pack.xlsx"
    source.write_bytes(content)
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return openpyxl.load_workbook(folder / "out" / "pack.xlsx", data_only=True)


def spoiled(content: bytes) -> bytes:
    """The same workbook with a wrong result stored in each formula."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f><v>)[^<]*(</v>)", rb"\g<1>999\g<2>", data)
            target.writestr(entry, data)
    return out.getvalue()


def check_sheet(book: openpyxl.Workbook) -> list[tuple[str, object, object, object]]:
    """(figure, server, formula, difference) of every line of the check sheet, the last sheet."""
    rows = book.worksheets[-1].iter_rows(min_row=6, max_col=4, values_only=True)
    return [tuple(row) for row in rows if row[0] is not None]


@pytest.fixture
def content(people) -> bytes:
    """A pack with money, a risk that is rated, a report and a problem in it."""
    add_budget_line(1, task_id=2, title=LocalText(own="培训"), planned_cents=100_050,
                    actual_cents=40_025, forecast_cents=120_075, actor=people.pm,
                    now=NOW)  # fmt: skip
    raise_problem(1, title="打印机", owner_id=people.owner1.id,
                  answer_due_on=NOW.date() - timedelta(days=9), actor=people.pm,
                  now=NOW - timedelta(days=20))  # fmt: skip
    for number, period, values in (
        (1, "2026-Q4", {"good_count": 28, "sample_size": 31}),
        (2, "2026-09", {"value": 372, "sample_size": 380, "is_whole_population": True}),
        (2, "2026-10", {"value": 350, "sample_size": 412, "is_whole_population": True}),
    ):  # fmt: skip
        indicator = db.session.scalars(
            db.select(Indicator).where(Indicator.plan_id == 1, Indicator.number == number)
        ).one()
        record_measurement(indicator, period=period, actor=people.pm, now=NOW, **values)
    for task_id, percent in ((1, 33), (3, 71), (4, 5)):
        update_progress(db.session.get_one(Task, task_id), percent=percent, actor=people.pm,
                        now=NOW)  # fmt: skip
    db.session.flush()
    made = make(Ask(viewer_for(people.pm, 1), people.pm.name, "zh", NOW, NOW))
    # What is read back from the snapshot makes the very same workbook.
    assert content_of(made.written.manifest) == made.content
    return made.content


@pytest.mark.office
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_a_fresh_computation_comes_to_the_stored_results(content, tmp_path):
    office = needs("office")
    wrong = spoiled(content)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    stored = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    broken = openpyxl.load_workbook(io.BytesIO(wrong), data_only=True)
    fresh = computed_anew(office, wrong, tmp_path)
    checked = spoilt = 0
    for sheet in formulas.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if c.data_type == "f"):
            want = stored[sheet.title][cell.coordinate].value
            have = fresh[sheet.title][cell.coordinate].value
            spoilt += str(broken[sheet.title][cell.coordinate].value) == "999"
            if isinstance(want, int | float):
                assert have == pytest.approx(want), (sheet.title, cell.coordinate)
            else:
                assert have == want, (sheet.title, cell.coordinate)
            checked += 1
    assert checked > 100
    assert spoilt > checked * 0.9


@pytest.mark.office
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_the_check_sheet_finds_no_difference_and_then_the_one_that_was_made(content, tmp_path):
    office = needs("office")
    lines = check_sheet(computed_anew(office, spoiled(content), tmp_path))
    assert len(lines) > 20
    for label, server, formula, difference in lines:
        assert difference == 0, (label, server, formula)
    # One row is changed: what was done of a task.
    book = openpyxl.load_workbook(io.BytesIO(content))
    name = book.defined_names["Tasks_Done"].attr_text
    title, area = name.replace("$", "").rsplit("!", 1)
    book[title.strip("'")][area.split(":")[0]] = 0.99
    changed = io.BytesIO()
    book.save(changed)
    lines = check_sheet(computed_anew(office, changed.getvalue(), tmp_path))
    differing = [label for label, _server, _formula, difference in lines if difference != 0]
    assert differing
    assert len(differing) < len(lines)
