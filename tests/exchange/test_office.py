"""LibreOffice opens the exported workbook and saves it anew: nothing has changed."""

import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.exchange import previewing, services
from app.tasks.actions import create_action
from app.tasks.budget_services import add_budget_line
from tests.conftest import NOW
from tests.requirements import needs


def saved_anew(office: str, content: bytes, folder: Path) -> bytes:
    """The workbook after LibreOffice opened it and saved it as .xlsx."""
    source = folder / "plan.xlsx"
    source.write_bytes(content)
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"),
         str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return (folder / "out" / "plan.xlsx").read_bytes()


@pytest.mark.office
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_saved_by_libreoffice_says_no_changes(people, plan, tmp_path, language):
    office = needs("office")
    text = "=1+1 两行\n_x0041_ 'a' <b> & 😀"
    add_budget_line(1, title=LocalText(own="=SUM(A1)"), planned_cents=123_45, actor=people.pm,
                    now=NOW)  # fmt: skip
    create_action(1, title="-1 @x", details=text, owner_id=people.clerk.id,
                  due_on=date(2026, 12, 1), actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    content = services.export_plan(1, eyes=people.pm, language=language, now=NOW)
    saved = saved_anew(office, content, tmp_path)
    assert saved != content
    book = openpyxl.load_workbook(tmp_path / "out" / "plan.xlsx")
    assert book["_yingbin"].sheet_state != "visible"
    assert not any(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row)
    assert previewing.preview_of(1, "plan.xlsx", saved, actor=people.pm, now=NOW).rows == ()
