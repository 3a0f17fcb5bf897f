"""The communication plan: the template's lines, edited by the manager."""

import pytest

from app.comms import comms_plan as services
from app.comms.models import CommsRow
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.localtext import LocalText
from app.core.registries import document_parts, plan_sections
from app.plans.access import viewer_of
from tests.conftest import NOW
from tests.sql import counted


@pytest.fixture
def rows(context):
    return list(services.rows_of(1))


def words_of(row, **changes):
    return {name: changes.get(name, getattr(row, name)) for name in services.FIELDS}


def typed(row, lang="zh", **changes):
    return {name: changes.get(name, getattr(row, name).in_language(lang)) for name in
            services.FIELDS}  # fmt: skip


def test_the_templates_lines_are_there_and_follow_the_readers_language(client_of, rows) -> None:
    assert len(rows) >= 5
    assert "全体前台文员" in client_of("clerk").get("/plans/1/communication").text
    assert "All front-desk clerks" in client_of("owner1", "en").get("/plans/1/communication").text


def test_an_edited_word_becomes_the_persons_and_the_others_stay_bilingual(client_of, rows) -> None:
    answer = client_of("pm").post(
        f"/communication/{rows[0].id}", data=typed(rows[0], frequency="每周五")
    )
    assert answer.status_code == 303
    db.session.expire_all()
    assert rows[0].frequency == LocalText(own="每周五")
    assert rows[0].audience.en


def test_a_line_is_added_moved_and_taken_out(client_of, rows) -> None:
    pm = client_of("pm")
    sent = {"audience": "保安", "content": "高峰时段", "channel": "", "frequency": "",
            "responsible": ""}  # fmt: skip
    assert pm.post("/plans/1/communication", data=sent).status_code == 303
    added = services.rows_of(1)[-1]
    assert added.audience.own == "保安"
    assert pm.post(f"/communication/{added.id}/move", data={"up": "1"}).status_code == 303
    db.session.expire_all()
    assert services.rows_of(1)[-2].id == added.id
    assert pm.post(f"/communication/{added.id}/remove").status_code == 303
    assert [row.id for row in services.rows_of(1)] == [row.id for row in rows]


def test_the_first_line_stays_first(people, rows) -> None:
    services.move_row(rows[0], up=True, actor=people.pm, now=NOW)
    services.move_row(rows[-1], up=False, actor=people.pm, now=NOW)
    assert list(services.rows_of(1)) == rows


def test_only_the_manager_changes_it(client_of, people, rows) -> None:
    with pytest.raises(Forbidden):
        services.remove_row(rows[0], actor=people.it, now=NOW)
    for key in ("owner1", "it", "exec", "clerk"):
        browser = client_of(key)
        assert browser.post("/plans/1/communication").status_code == 403
        assert browser.post(f"/communication/{rows[0].id}/remove").status_code == 403
        assert "edit=" not in browser.get("/plans/1/communication").text


def test_a_line_says_at_least_who_and_what(people, rows) -> None:
    with pytest.raises(DomainError) as refused:
        services.edit_row(
            rows[0], **words_of(rows[0], audience=LocalText(own="")), actor=people.pm, now=NOW
        )
    assert refused.value.field == "audience"


def test_too_long_a_word_is_refused_and_kept(client_of, rows) -> None:
    answer = client_of("pm", "en").post(
        f"/communication/{rows[0].id}", data=typed(rows[0], audience="长" * 10_000)
    )
    assert answer.status_code == 422
    assert "At most 200 characters" in answer.text
    assert "长" * 10_000 in answer.text


def test_two_people_at_one_line_are_told(people, rows) -> None:
    seen = services.row_stamp(rows[0])
    first = words_of(rows[0], channel=LocalText(own="一"))
    services.edit_row(rows[0], **first, seen=seen, actor=people.pm, now=NOW)
    with pytest.raises(Conflict) as told:
        services.edit_row(rows[0], **first, seen=seen, actor=people.pm, now=NOW)
    assert told.value.theirs["channel"].own == "一"


def test_the_document_carries_it(people, rows) -> None:
    parts = document_parts.get("comms-plan")(1)
    assert parts["comms:1"].count(";") >= 4
    viewer = viewer_of(people.clerk, 1)
    assert plan_sections.get("comms") is not None
    assert viewer.may("comms:read")


def test_the_page_needs_as_many_statements_for_many_lines(client_of, people, rows) -> None:
    pm = client_of("pm")
    pm.get("/plans/1/communication")
    with counted() as few:
        pm.get("/plans/1/communication")
    for _turn in range(20):
        services.add_row(1, **words_of(rows[0]), actor=people.pm, now=NOW)
    db.session.commit()
    with counted() as many:
        pm.get("/plans/1/communication")
    assert len(many) == len(few) <= 12
    assert db.session.scalar(db.select(db.func.count(CommsRow.id))) == len(rows) + 20


def test_others_find_nothing(client_of, rows) -> None:
    assert client_of("stranger").get("/plans/1/communication").status_code == 404
    assert client_of("pm").post("/communication/999").status_code == 404
