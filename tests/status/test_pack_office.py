"""LibreOffice opens the pack, computes it anew and comes to the results that were stored."""

import io
import re
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from app.core.permissions import viewer_for
from app.status.packs import make_content
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
    """The same workbook with a wrong result stored in each formula that has a number."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f><v>)[0-9.]+(</v>)", rb"\g<1>999\g<2>", data)
            target.writestr(entry, data)
    return out.getvalue()


@pytest.mark.office
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_a_fresh_computation_comes_to_the_stored_results(people, tmp_path):
    office = needs("office")
    content, _ = make_content(viewer_for(people.pm, 1), people.pm.name, "zh", NOW, NOW)
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
            spoilt += broken[sheet.title][cell.coordinate].value == 999
            if isinstance(want, int | float):
                assert have == pytest.approx(want), (sheet.title, cell.coordinate)
            else:
                assert have == want, (sheet.title, cell.coordinate)
            checked += 1
    assert checked > 5
    assert spoilt > 3
