"""The plan document holds whatever people write, and a plan in which nothing is written yet."""

import io

import docx
import pytest
from docx.oxml.ns import qn

from app.comms.models import CommsRow, Meeting
from app.core.db import db
from app.core.localtext import LocalText
from app.exchange.document.making import make_document
from app.exchange.document.text import reads_right_to_left
from app.plans.models import PlanText
from app.reports.models import Indicator
from app.risks.models import Response, Risk
from app.tasks.models import Link, Resource, Step, Task
from tests.conftest import NOW


@pytest.fixture
def lines(people, plan):
    """lines("en") → the text of every paragraph, tables included."""

    def make(language="en"):
        content = make_document(1, eyes=people.pm, language=language, now=NOW)
        body = docx.Document(io.BytesIO(content)).element.body
        return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]

    return make


def retitle(task, text):
    """What the database held before texts were cleaned on their way in."""
    task(1).title = LocalText(own=text)
    db.session.flush()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("bell\x07 and \x1b[31mred\x00\ud800\ufffe", "bell and [31mred"),
        ("=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
        ("<w:br/>&amp;]]>", "<w:br/>&amp;]]>"),
        ("مرحبا بكم 5", "مرحبا بكم 5"),
        ("family 👨‍👩‍👧 and 𠮷", "family 👨‍👩‍👧 and 𠮷"),
        ("%(num)s {0} %s", "%(num)s {0} %s"),
    ],
)  # fmt: skip
def test_what_people_type_comes_through(lines, task, monkeypatch, typed, kept):
    # A lone surrogate reaches no database, so the title is set where the document reads it.
    monkeypatch.setattr(LocalText, "in_language", _instead(LocalText.in_language, typed))
    retitle(task, "typed")
    assert kept in lines()


def _instead(original, typed):
    return lambda self, lang: typed if self.own == "typed" else original(self, lang)


def test_right_to_left_text_runs_to_the_left(people, plan, task):
    retitle(task, "مرحبا")
    content = make_document(1, eyes=people.pm, language="en", now=NOW)
    body = docx.Document(io.BytesIO(content)).element.body
    paragraph = next(t for t in body.iter(qn("w:t")) if t.text == "مرحبا").getparent().getparent()
    assert paragraph.pPr.find(qn("w:bidi")) is not None
    assert paragraph.find(f".//{qn('w:rtl')}") is not None
    assert [reads_right_to_left(text) for text in ("123 שלום", "abc שלום", "42", "")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_text_longer_than_a_page_is_whole_and_may_break_over_pages(people, plan, task):
    text = "流程 " * 20_000
    retitle(task, text)
    content = make_document(1, eyes=people.pm, language="zh", now=NOW)
    body = docx.Document(io.BytesIO(content)).element.body
    rows = [
        row for row in body.iter(qn("w:tr"))
        if any(text.strip() == t.text for t in row.iter(qn("w:t")))
    ]  # fmt: skip
    assert rows
    assert all(row.find(f".//{qn('w:cantSplit')}") is None for row in rows)


def test_a_title_of_the_plan_as_long_as_can_be_is_whole_on_the_cover(lines, plan):
    plan.title = LocalText(own="标" * 5_000)
    db.session.flush()
    assert "标" * 5_000 in lines("zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_plan_says_so_in_words(lines, plan, language):
    for table in (Meeting, CommsRow, Response, Risk, Indicator, Resource, Link, Step, Task,
                  PlanText):  # fmt: skip
        for row in db.session.scalars(db.select(table)).all():
            db.session.delete(row)
        db.session.flush()
    plan.company, plan.title, plan.purpose = "", LocalText(own=""), LocalText(own="")
    plan.prepared_by_id = plan.reviewed_by_id = plan.approved_by_id = None
    plan.prepared_on = plan.go_live_on = plan.inspection_interval_weeks = None
    db.session.flush()
    said = lines(language)
    expected = {
        "en": ("The plan has no tasks yet.", "No risk is open.", "No money is planned yet.",
               "No meeting is planned yet.", "Nothing here yet.", "still open"),
        "zh": ("计划里还没有任务。", "没有未关闭的风险。", "还没有费用预算。", "还没有安排会议。"),
    }[language]  # fmt: skip
    assert [sentence for sentence in expected if sentence not in said] == []


def test_without_a_manager_the_command_asks_for_eyes(app, plan, people, tmp_path):
    path = tmp_path / "plan.docx"
    db.session.commit()
    run = app.test_cli_runner().invoke
    answer = run(args=["plan", "export", "9", "-o", str(path)])
    assert (answer.exit_code, "no plan 9" in answer.output, path.exists()) == (1, True, False)
