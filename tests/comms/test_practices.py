"""Best practices: everybody writes, the author changes, a removed one comes back."""

import pytest

from app.comms import practices as services
from app.comms.models import Practice
from app.core.db import db
from app.core.errors import Conflict, Forbidden
from tests.conftest import NOW
from tests.sql import counted


def add(person, title="等候时间牌由领班更新", text="领班每 20 分钟看一次。"):
    return services.add_practice(1, title=title, text=text, actor=person, now=NOW)


def test_a_practice_is_of_its_authors_department(people) -> None:
    assert add(people.owner3).department_id == people.marketing.department_id


def test_a_member_writes_and_changes_own_practices_alone(client_of, people) -> None:
    theirs = add(people.owner1)
    db.session.commit()
    clerk = client_of("clerk")
    sent = {"title": "问候前先看胸牌", "text": "叫得出姓名的客户更愿意等。", "department_id": ""}
    assert clerk.post("/plans/1/practices", data=sent).status_code == 303
    mine = db.session.scalars(db.select(Practice).where(Practice.id != theirs.id)).one()
    assert clerk.get(f"/practices/{mine.id}").status_code == 200
    changed = clerk.post(f"/practices/{mine.id}", data={**sent, "title": "先看胸牌"})
    assert changed.status_code == 303
    assert clerk.get(f"/practices/{theirs.id}").status_code == 404
    assert clerk.post(f"/practices/{theirs.id}/remove").status_code == 404
    with pytest.raises(Forbidden):
        services.remove_practice(theirs, actor=people.clerk, now=NOW)


def test_a_removed_practice_can_be_put_back_by_its_author(client_of, people) -> None:
    practice = add(people.owner1)
    db.session.commit()
    author, other = client_of("owner1"), client_of("owner2")
    assert author.post(f"/practices/{practice.id}/remove").status_code == 303
    assert practice.title not in other.get("/plans/1/practices").text
    assert practice.title in author.get("/plans/1/practices").text
    assert author.post(f"/practices/{practice.id}/restore").status_code == 303
    assert practice.title in other.get("/plans/1/practices").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Please fill this in"), ({"text": ""}, "Please fill this in"),
        ({"title": "😀" * 10_000}, "At most 200 characters"),
        ({"department_id": "999"}, "Please choose one of the list"),
    ],
)  # fmt: skip
def test_a_practice_that_is_wrong_keeps_what_was_typed(client_of, context, changes, words) -> None:
    sent = {"title": "a title", "text": "my text", "department_id": "", **changes}
    answer = client_of("clerk", "en").post("/plans/1/practices", data=sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert (changes.get("title") or "a title") in answer.text or "my text" in answer.text
    assert db.session.scalars(db.select(Practice)).first() is None


def test_a_script_in_a_practice_is_shown_as_text(client_of, people) -> None:
    add(people.owner1, title="<script>x</script>", text="=HYPERLINK(1)<b>")
    db.session.commit()
    page = client_of("clerk").get("/plans/1/practices").text
    assert "<script>x" not in page
    assert "=HYPERLINK(1)&lt;b&gt;" in page


def test_two_people_at_one_practice_are_told(people) -> None:
    practice = add(people.owner1)
    seen = services.practice_stamp(practice)
    change = {"text": "x", "department_id": None, "seen": seen, "now": NOW}
    services.edit_practice(practice, title="一", actor=people.owner1, **change)
    with pytest.raises(Conflict) as told:
        services.edit_practice(practice, title="二", actor=people.pm, **change)
    assert told.value.theirs["title"] == "一"


def test_the_list_needs_as_many_statements_for_many_practices(client_of, people) -> None:
    add(people.owner1)
    db.session.commit()
    pm = client_of("pm")
    pm.get("/plans/1/practices")
    with counted() as few:
        pm.get("/plans/1/practices")
    for _turn in range(20):
        add(people.owner3)
    db.session.commit()
    with counted() as many:
        pm.get("/plans/1/practices")
    assert len(many) == len(few) <= 12


def test_others_find_nothing(client_of) -> None:
    assert client_of("stranger").get("/plans/1/practices").status_code == 404
    assert client_of("pm").get("/practices/99").status_code == 404
