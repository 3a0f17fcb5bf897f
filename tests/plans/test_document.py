"""The live document: its sections, its blanks, changing it in place, two people at one form."""

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.permissions import Role
from app.plans import services
from app.plans.models import Plan, PlanMember, PlanText
from app.plans.queries import open_blanks
from tests.conftest import NOW
from tests.sql import counted


def lines(rows, lang="zh"):
    return [
        services.Line(row.id, row.title.in_language(lang), row.body.in_language(lang))
        for row in rows
    ]


@pytest.mark.parametrize("who", ["pm", "owner1", "training", "exec", "clerk"])
def test_everybody_in_the_plan_reads_the_whole_document(client_of, who):
    page = client_of(who, "en").get("/plans/1")
    assert page.status_code == 200
    for words in (
        "1 Purpose and goals", "2 Key tasks", "3 Work plan", "4 Risks and responses",
        "5 Monitoring and evaluation", "6 Communication", "7 Summary and outlook",
        "Raise customer satisfaction", "See off", "Training picks the trainers", "DingTalk",
        "Customer experience keeps improving",
    ):  # fmt: skip
        assert words in page.text, words


def test_a_stranger_finds_no_plan(client_of):
    client = client_of("stranger")
    for path in ("/plans/1", "/plans/1/people", "/plans/1/calendar", "/plans/77"):
        assert client.get(path).status_code == 404


def test_blanks_are_listed_for_the_manager_with_a_way_to_fill_them(client_of, plan):
    plan.approved_by_id = None
    plan.company = ""
    db.session.commit()
    labels = [label for label, _url in open_blanks(plan.id)]
    assert "公司" in labels and "批准人" in labels and "前台负责人" in labels
    assert "/plans/1?edit=cover#cover" in client_of("pm").get("/plans/1").text
    assert "待填写" not in client_of("clerk").get("/plans/1").text


def test_unchanged_words_keep_both_languages(plan, people):
    rows = services.texts_of(plan.id, "goal")
    typed = lines(rows)
    typed[0] = services.Line(rows[0].id, typed[0].title, "三分钟内有人接待")
    services.edit_texts(plan, "goal", typed, "zh", actor=people.pm, now=NOW)
    assert rows[0].body.in_language("en") == "三分钟内有人接待"
    assert rows[0].title.in_language("en") == "Raise customer satisfaction"
    assert rows[1].body.in_language("en") == "One standard process that all clerks follow"


def test_an_emptied_line_goes_and_the_others_keep_their_place(plan, people):
    rows = services.texts_of(plan.id, "goal")
    typed = lines(rows)
    typed[1] = services.Line(rows[1].id, "", "")
    typed.append(services.Line(None, "降低投诉", "按月统计"))
    services.edit_texts(plan, "goal", typed, "zh", actor=people.pm, now=NOW)
    places = [row.position for row in services.texts_of(plan.id, "goal")]
    assert places == [1, 3, 4, 5, 6]
    actions = db.session.scalars(
        db.select(AuditEntry.action).where(AuditEntry.object_type == "plan_texts")
    ).all()
    assert sorted(actions) == ["added", "removed"]


def test_only_the_manager_changes_words(plan, people):
    with pytest.raises(Forbidden):
        services.edit_purpose(plan, "x", "zh", actor=people.exec, now=NOW)


def test_a_line_of_another_section_is_refused(plan, people):
    other = services.texts_of(plan.id, "outlook")[0]
    with pytest.raises(NotFound):
        services.edit_texts(
            plan, "goal", [services.Line(other.id, "", "x")], "zh", actor=people.pm, now=NOW
        )
    with pytest.raises(NotFound):
        services.edit_texts(plan, "nonsense", [], "zh", actor=people.pm, now=NOW)


def test_the_second_saver_is_told_and_both_texts_are_shown(client_of, context):
    first, second = client_of("pm"), client_of("pm")
    rows = services.texts_of(1, "outlook")
    seen = services.texts_stamp(rows)
    form = {"seen": seen}
    for n, row in enumerate(rows):
        form[f"lines-{n}-id"] = row.id
        form[f"lines-{n}-body"] = row.body.zh
    db.session.remove()
    url = "/plans/1/texts/outlook"
    assert first.post(url, data={**form, "lines-0-body": "先存的话"}).status_code == 303
    answer = second.post(url, data={**form, "lines-0-body": "后存的话"})
    assert answer.status_code == 409
    assert "先存的话" in answer.text and "后存的话" in answer.text
    assert db.session.scalar(
        db.select(PlanText.body).where(PlanText.id == form["lines-0-id"])
    ).own == "先存的话"  # fmt: skip


def test_the_cover_is_locked_by_its_version(plan, people):
    with pytest.raises(Conflict):
        services.edit_cover(
            plan, services.CoverDetails(**services.cover_values(plan)), version=plan.version + 1,
            actor=people.pm, now=NOW,
        )  # fmt: skip


COVER = {
    "title": "前台文员的客户接待流程标准计划", "company": "远山", "prepared_by_id": "",
    "reviewed_by_id": "", "approved_by_id": "", "prepared_on": "", "go_live_on": "",
    "report_time": "16:30", "inspection_interval_weeks": "3",
}  # fmt: skip


def test_the_cover_is_saved_and_the_title_stays_bilingual(client_of, people):
    data = {**COVER, "version": "1", "approved_by_id": people.owner1.id}
    assert client_of("pm").post("/plans/1/cover", data=data).status_code == 303
    db.session.expire_all()
    plan = db.session.get_one(Plan, 1)
    assert (plan.report_hour, plan.report_minute, plan.inspection_interval_weeks) == (16, 30, 3)
    assert plan.title.own is None and plan.title.en.startswith("Standard plan")
    roles = db.session.scalars(
        db.select(PlanMember.role).where(PlanMember.person_id == people.owner1.id)
    ).all()
    assert Role.executive in roles


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prepared_on", "next week"), ("report_time", "25:00"), ("report_time", "noon"),
        ("inspection_interval_weeks", "often"), ("inspection_interval_weeks", "99"),
        ("approved_by_id", "4711"), ("approved_by_id", "x"), ("title", "长" * 10_000),
        ("title", "😀" * 201), ("title", ""), ("go_live_on", "2020-01-01"),
    ],
)  # fmt: skip
def test_bad_input_on_the_cover_is_said_and_nothing_is_lost(client_of, field, value):
    data = {**COVER, "version": "1", "company": "还没存的公司", field: value}
    answer = client_of("pm").post("/plans/1/cover", data=data)
    assert answer.status_code == 422
    assert "还没存的公司" in answer.text
    if value and not field.endswith("_id"):
        assert value in answer.text


def test_markup_and_control_characters_do_no_harm(client_of):
    client = client_of("pm")
    data = {**COVER, "version": "1", "company": "<script>alert(1)</script>\x07=HYPERLINK(1)"}
    assert client.post("/plans/1/cover", data=data).status_code == 303
    page = client.get("/plans/1").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "\x07" not in page


def test_too_many_lines_are_refused(plan, people):
    many = [services.Line(None, "", str(n)) for n in range(51)]
    with pytest.raises(DomainError):
        services.edit_texts(plan, "outlook", many, "zh", actor=people.pm, now=NOW)


def test_lists_of_plans_and_people_need_few_statements(client_of, people):
    client = client_of("pm")
    client.get("/plans/1")
    with counted() as few:
        assert client.get("/plans").status_code == 200
    with counted() as before:
        assert client.get("/plans/1/people").status_code == 200
    for person in (people.stranger, people.admin):
        db.session.add(PlanMember(plan_id=1, person_id=person.id, role=Role.member))
    source = db.session.get_one(Plan, 1)
    for _n in range(20):
        copy = Plan(
            template_key="reception", title=source.title, purpose=source.purpose,
            start_on=source.start_on, finish_on=source.finish_on, created_at=NOW,
            created_by_id=people.pm.id,
        )  # fmt: skip
        db.session.add(copy)
        db.session.flush()
        db.session.add(PlanMember(plan_id=copy.id, person_id=people.pm.id, role=Role.manager))
    db.session.commit()
    with counted() as many:
        client.get("/plans")
    with counted() as after:
        client.get("/plans/1/people")
    assert len(few) == len(many) <= 12, few
    assert len(before) == len(after) <= 12, before
