"""The plan document in Word: what it says, to whom, in which language."""

import io
import zipfile
from datetime import date

import docx
import pytest
from docx.oxml.ns import qn

from app.core.db import db
from app.core.localtext import LocalText
from app.exchange.document.making import make_document
from app.plans import signoff
from app.plans.models import PlanText, SignStep
from app.risks.models import Risk
from app.risks.response_services import add_response
from app.status.look.choosing import LookDetails, choose_look
from app.tasks.budget_services import add_budget_line
from app.tasks.models import ResourceKind, ResourceSource, Step
from app.tasks.resource_services import add_resource
from app.tasks.services import describe_task
from app.tasks.step_services import add_step
from tests.conftest import NOW
from tests.sql import counted
from tests.status.test_look import png

PAGE = "/plans/1/document.docx"


class Doc:
    """A document as a reader finds it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.document = docx.Document(io.BytesIO(content))
        self.paragraphs = [p for p in self.document.element.body.iter(qn("w:p"))]
        self.lines = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in self.paragraphs]
        self.text = "\n".join(self.lines)

    def table(self, head: str) -> list[list[str]]:
        """The rows of the first table one of whose heads is `head`."""
        for table in self.document.tables:
            rows = [
                ["\n".join("".join(t.text or "" for t in p.iter(qn("w:t")))
                           for p in cell.findall(qn("w:p")))
                 for cell in row.findall(qn("w:tc"))]
                for row in table._tbl.findall(qn("w:tr"))
            ]  # fmt: skip
            if head in rows[0]:
                return rows
        raise KeyError(head)

    def part(self, name: str) -> str:
        return zipfile.ZipFile(io.BytesIO(self.content)).read(name).decode()


@pytest.fixture
def written(people, plan):
    """written("pm", "en") → the document in that person's eyes."""

    def make(who="pm", language="en", now=NOW):
        return Doc(make_document(1, eyes=getattr(people, who), language=language, now=now))

    return make


@pytest.fixture
def filled(people, plan, task):
    """Money, a resource and a step of task 1."""
    who = {"actor": people.pm, "now": NOW}
    add_budget_line(1, title=LocalText(own="Course hall"), planned_cents=1_234_500,
                    task_id=task(1).id, **who)  # fmt: skip
    add_resource(task(1), kind=ResourceKind.human, title=LocalText(own="Two trainers"),
                 source=ResourceSource.internal, **who)  # fmt: skip
    add_step(task(1), title=LocalText(own="Rehearse"), start_on=date(2026, 10, 12),
             finish_on=date(2026, 10, 13), **who)  # fmt: skip
    db.session.flush()


HEADINGS = {
    "en": ["Purpose and goals", "Key tasks", "Work plan", "Risks and responses",
           "Monitoring and evaluation", "Communication and collaboration", "Summary and outlook"],
    "zh": ["目的与目标", "关键任务", "工作计划", "风险与应对", "监控与评估", "沟通与协作",
           "总结与展望"],
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_sections_stand_in_their_order(written, language):
    book = written(language=language).document
    found = [p.text for p in book.paragraphs if p.style.name == "Heading 1"]
    assert found == HEADINGS[language]
    assert [p.text for p in book.paragraphs if p.style.name == "Title"] == [
        {"zh": "前台文员的客户接待流程标准计划",
         "en": "Standard plan for the front-desk clerks’ customer-reception process"}[language]
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_of_the_plan_stands_in_the_document(written, language, plan):
    text = written(language=language).text
    assert plan.purpose.in_language(language) in text
    rows = db.session.scalars(db.select(PlanText).where(PlanText.plan_id == 1)).all()
    assert len(rows) > 50
    missing = [row.section for row in rows if row.body.in_language(language) not in text]
    assert missing == []


def test_tasks_stand_with_owner_dates_steps_resources_and_money(written, filled, task, people):
    book = written()
    first = book.table("Baseline finish")[1]
    assert first[0] == "1"
    assert first[1].startswith("Set the reception standard")
    assert first[2] == "周敏\nAdministration"
    assert first[3:6] == [str(task(1).start_on), str(task(1).finish_on),
                          str(task(1).baseline_finish_on)]  # fmt: skip
    assert any("Rehearse" in row[1] for row in book.table("Step (◆ milestone)") if len(row) > 1)
    assert any("Two trainers" in row[2] for row in book.table("Resource"))
    assert ["Course hall", "1", "–", "12,345", "0", "12,345"] in book.table("Budget line (yuan)")


def test_a_date_on_an_unpublished_calendar_is_marked_and_explained(written, task):
    assert "2027-01-29 (est.)" in written().text
    assert "2027-01-29 （推定）" in written(language="zh").text
    assert "for which the official holidays are not published yet" in written().text
    assert f"{task(1).start_on} (est.)" not in written().text


def test_risks_stand_with_responses_and_windows(written):
    row = written().table("Response")[1]
    assert (row[0], row[1].split("\n")) == ("1", ["The training does not take", "Training"])
    assert "罗国平" in row[4]
    assert row[5].startswith("Within a month after the training\n20")


def test_indicators_heads_and_the_communication_plan_are_in(written):
    book = written()
    assert [row[0] for row in book.table("Indicator")[1:]] == [
        "Customer satisfaction", "Reception efficiency", "Training effect", "System health",
    ]  # fmt: skip
    assert ["Training", "罗国平"] in book.table("Head")
    assert len(book.table("Who is told")) > 3


# The sign-off


def test_an_unsigned_plan_leaves_room_for_a_pen(written):
    rows = written().table("Signature")
    assert [row[0] for row in rows] == ["Step", "Prepared by", "Reviewed by", "Approved by"]
    assert [row[1:] for row in rows[1:]] == [
        ["许文静", "", ""], ["方丽华", "", ""], ["梁永康", "", ""],
    ]  # fmt: skip
    assert "This plan is under way but not approved yet." in written().text


def sign_all(plan, people):
    for step, who in zip(SignStep, (people.pm, people.administration, people.exec), strict=True):
        signoff.sign_plan(plan, step, actor=who, now=NOW)
        db.session.flush()


def test_signatures_stand_with_name_instant_and_the_wording_they_cover(written, plan, people):
    sign_all(plan, people)
    book = written()
    assert book.table("Signature")[3][2].startswith("梁永康\nsigned in the system, wording ")
    mark = book.table("Signature")[3][2][-8:]
    assert book.table("Signature")[3][3] == "Thu 26 November 2026 16:20"
    assert f"2026-11-26 16:20 · {mark}" in book.text
    assert "Approved in exactly this wording on 26 November 2026." in book.text


def test_a_change_after_the_approval_is_said_and_changes_the_mark(written, plan, people, task):
    sign_all(plan, people)
    mark = written().table("Signature")[3][2][-8:]
    describe_task(task(2), title=LocalText(own="Otherwise"), description="", weight=1,
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.flush()
    book = written()
    assert "1 part of the plan has changed since it was approved." in book.text
    assert "They are: Task 2 · title." in book.text
    assert "1 part changed since" in book.text
    assert f"· {mark}" not in book.text


# Whose eyes


def test_a_clerk_finds_neither_money_nor_risks_and_is_told_so(written, filled):
    book = written("clerk")
    assert book.lines.count("Left out: not for these eyes.") == 3
    for secret in ("Course hall", "Two trainers", "The training does not take"):
        assert secret not in book.text
        assert secret in written("pm").text
    assert "money, resources, register of risks: not for these eyes" in book.text
    assert "Rehearse" in book.text
    assert "Nothing" in written("pm").lines


def test_a_clerk_is_not_told_which_risk_changed(written, plan, people):
    sign_all(plan, people)
    risk = db.session.scalars(db.select(Risk).where(Risk.plan_id == 1)).first()
    add_response(risk, title=LocalText(own="x"), actor=people.pm, now=NOW)
    db.session.flush()
    assert "They are: Risk 1." in written("pm").text
    assert "1 part of the plan has changed" in written("clerk").text
    assert "Risk 1" not in written("clerk").text


def test_who_reads_own_money_alone_is_told_that_there_is_more(written, filled):
    note = "Only what concerns this reader is listed."
    assert "Course hall" in written("owner1").text
    assert note in written("owner1").lines
    assert "Course hall" not in written("owner3").text
    assert note not in written("pm").lines


def test_the_route_answers_the_plans_people_alone(client_of):
    for who, language in (("pm", "en"), ("clerk", "zh"), ("exec", None)):
        answer = client_of(who, language).get(PAGE)
        assert answer.status_code == 200
        assert answer.mimetype.endswith("wordprocessingml.document")
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        Doc(answer.data)
    for who in ("stranger", "admin"):
        assert client_of(who).get(PAGE).status_code == 404
    assert client_of("pm").get("/plans/99/document.docx").status_code == 404
    assert client_of(None).get(PAGE).status_code == 302
    assert PAGE in client_of("clerk").get("/plans/1").get_data(as_text=True)


# Its form


def test_two_builds_of_one_state_are_equal_to_the_byte(written):
    assert written().content == written().content
    assert written().content != written(language="zh").content


def test_it_is_a4_with_styles_fonts_and_fields_of_word(written):
    book = written(language="zh")
    section = book.document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    styles = book.part("word/styles.xml")
    assert 'w:eastAsia="微软雅黑"' in styles
    assert "0F6670" in styles
    assert "Theme=" not in styles.split("</w:docDefaults>")[0]
    assert "chineseCountingThousand" in book.part("word/numbering.xml")
    assert "TOC \\o" in book.part("word/document.xml")
    foot = book.document.sections[0].footer._element.xml
    assert " PAGE " in foot and " NUMPAGES " in foot and "第 " in foot
    assert "前台文员的客户接待流程标准计划" in book.document.sections[0].header._element.xml


def test_heads_are_repeated_and_rows_stay_whole(written):
    book = written()
    lined = [t for t in book.document.tables if t.style.name == "Plan Table"]
    assert len(lined) > 6
    for table in lined:
        rows = table._tbl.findall(qn("w:tr"))
        assert rows[0].find(f".//{qn('w:tblHeader')}") is not None
        assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in rows)


def test_properties_name_the_plan_and_its_own_instant(written):
    properties = written().document.core_properties
    assert properties.title.startswith("Standard plan")
    assert properties.author == "许文静"
    assert properties.created == properties.modified == NOW
    times = {e.date_time for e in zipfile.ZipFile(io.BytesIO(written().content)).infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_the_contents_name_the_headings_with_their_numbers(written):
    book = written(language="zh").document
    lines = [p._p for p in book.paragraphs if p.style.name.startswith("toc ")]
    text = ["".join(t.text or "" for t in line.iter(qn("w:t"))) for line in lines]
    assert text[:3] == ["一、目的与目标", "（一）目的", "（二）目标"]
    assert "三、工作计划" in text
    headings = [p for p in book.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert len(text) == len(headings)


# Cost and command


def test_it_asks_the_same_number_of_questions_for_a_long_plan(app, people, plan, task):
    def cost():
        db.session.commit()
        db.session.expire_all()
        with counted() as statements:
            make_document(1, eyes=people.pm, language="en", now=NOW)
        return len(statements)

    before = cost()
    for n in range(30):
        db.session.add(
            Step(plan_id=1, task_id=task(1).id, number=100 + n, title=LocalText(own=f"s{n}"),
                 start_on=date(2026, 10, 12), finish_on=date(2026, 10, 13))
        )  # fmt: skip
        add_budget_line(1, title=LocalText(own=f"b{n}"), planned_cents=100, actor=people.pm,
                        now=NOW)  # fmt: skip
    assert cost() == before


def test_export_writes_the_document_where_the_name_ends_so(app, plan, people, tmp_path):
    db.session.commit()
    run = app.test_cli_runner().invoke
    path = tmp_path / "plan.DOCX"
    answer = run(args=["plan", "export", "1", "-o", str(path), "--lang", "en",
                       "--as", "clerk@example.com"])  # fmt: skip
    assert answer.exit_code == 0
    assert "Left out: not for these eyes." in Doc(path.read_bytes()).text
    other = run(args=["plan", "export", "1", "-o", str(path), "--as", "stranger@example.com"])
    assert other.exit_code == 1
    assert "does not exist" in other.output


def test_the_company_s_logo_and_colour_are_on_it(written, people):
    plain = written("pm").content
    choose_look(LookDetails(company="", colour="#7A1F5C", logo=png(300, 80)), actor=people.admin,
                now=NOW)  # fmt: skip
    dressed = written("pm").content
    with zipfile.ZipFile(io.BytesIO(plain)) as before, zipfile.ZipFile(io.BytesIO(dressed)) as now:
        pictures = [name for name in now.namelist() if name.startswith("word/media/")]
        assert len(pictures) == 1
        assert not any(name.startswith("word/media/") for name in before.namelist())
        assert b"7A1F5C" in now.read("word/styles.xml")
        assert b"7A1F5C" not in before.read("word/styles.xml")
    assert written("pm").content == dressed
