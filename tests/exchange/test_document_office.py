"""LibreOffice Writer opens the document and lays it out on pages."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.exchange.document.making import make_document
from app.tasks.models import Step
from tests.conftest import NOW
from tests.requirements import needs


def laid_out(office: str, content: bytes, folder: Path) -> list[str]:
    """The text of each page."""
    source = folder / "plan.docx"
    source.write_bytes(content)
    done = subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(folder), str(source)],
        check=True, capture_output=True, timeout=180, text=True,
    )  # fmt: skip
    assert "Error" not in done.stdout + done.stderr
    text = subprocess.run(
        ["pdftotext", "-layout", str(folder / "plan.pdf"), "-"],
        check=True, capture_output=True, timeout=60, text=True,
    ).stdout  # fmt: skip
    return text.split("\f")[:-1]


@pytest.mark.office
@pytest.mark.parametrize(
    ("language", "foot", "heading"),
    [("en", "Page 3 of {}", "1 Purpose and goals"), ("zh", "第 3 页，共 {} 页", "一、目的与目标")],
)
def test_a_word_processor_shows_cover_contents_and_numbered_sections(
    people, plan, tmp_path, language, foot, heading
):
    office = needs("writer")
    needs("pdftotext")
    content = make_document(1, eyes=people.pm, language=language, now=NOW)
    pages = laid_out(office, content, tmp_path)
    assert 6 <= len(pages) <= 20
    assert plan.company in pages[0]
    assert "梁永康" in pages[0]
    # The number is the word processor's own, made from the heading's style.
    assert heading in pages[2]
    assert foot.format(len(pages)) in pages[2]
    assert all(page.strip() for page in pages)


@pytest.mark.office
def test_a_long_table_repeats_its_head_on_each_page(people, plan, task, tmp_path):
    office = needs("writer")
    needs("pdftotext")
    for n in range(120):
        db.session.add(
            Step(plan_id=1, task_id=task(1).id, number=100 + n, title=LocalText(own=f"step {n}"),
                 start_on=date(2026, 10, 12), finish_on=date(2026, 10, 13))
        )  # fmt: skip
    db.session.flush()
    content = make_document(1, eyes=people.pm, language="en", now=NOW)
    pages = laid_out(office, content, tmp_path)
    full = [page for page in pages if page.count("step ") > 10]
    assert len(full) > 2
    assert all("milestone)" in page for page in full)
