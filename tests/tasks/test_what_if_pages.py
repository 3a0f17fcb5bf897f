"""The pages of the what-if, as people use and misuse them."""

import json
import re
from datetime import date

import pytest

from app.core.db import db
from app.tasks import services
from app.tasks.models import Step, Task
from tests.conftest import NOW

PAGE = "/plans/1/what-if"
APPLY = PAGE + "/apply"
LATE = "2027-01-08"
PART = {"HX-Request": "true"}


@pytest.fixture
def pm(client_of):
    return client_of("pm")


def task(number):
    return db.session.scalars(db.select(Task).where(Task.number == number)).one()


def text_of(response):
    return response.get_data(as_text=True)


def asked(*rows):
    return json.dumps([{"key": key, **dates} for key, dates in rows])


LATER = asked(("task:4", {"finish": LATE}))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4"])
def test_manager_and_owners_open_the_page(client_of, key, language):
    assert client_of(key, language).get(PAGE).status_code == 200


def test_others_may_not_and_a_stranger_finds_nothing(client_of):
    assert client_of("exec").get(PAGE).status_code == 403
    assert client_of("stranger").get(PAGE).status_code == 404
    assert client_of("clerk").post(APPLY, data={"changes": LATER}).status_code == 403


def test_the_tasks_page_leads_the_manager_to_it(client_of, pm):
    assert PAGE in text_of(pm.get("/plans/1/tasks"))
    assert PAGE not in text_of(client_of("owner4").get("/plans/1/tasks"))


def test_a_link_brings_the_form_filled_in(pm, tasks):
    text = text_of(pm.get(f"{PAGE}?key=task:4&by=-1"))
    assert 'value="2026-12-23"' in text and 'selected value="task:4"' in text
    for query in ("key=task:99&by=1", "key=task:4&by=x", "key=task:4&by=99999", "by=3", "key="):
        assert pm.get(f"{PAGE}?{query}").status_code == 200


def test_the_form_by_hand_shows_the_consequences(pm, tasks):
    answer = pm.post(PAGE, data={"key": "task:4", "finish_on": LATE})
    text = text_of(answer)
    assert answer.status_code == 200 and 'name="seen"' in text and 'name="reason"' in text
    assert "计划结束" in text and "应对窗口" in text and "<html" in text
    assert task(4).finish_on == date(2026, 12, 24)


def test_working_days_stand_in_for_a_finish(pm, tasks):
    text = text_of(pm.post(PAGE, data={"key": "task:5", "workdays": "1"}))
    assert f"→ {task(5).start_on}" not in text and "data-sentence" in text


def test_from_a_tasks_own_page_the_dates_and_the_reason_go_along(pm, tasks):
    assert f'formaction="{PAGE}"' in text_of(pm.get("/tasks/4?edit=dates"))
    data = {"key": "task:4", "start_on": "2026-10-16", "finish_on": LATE, "reason": "客户改期"}
    answer = pm.post(PAGE, data=data)
    assert answer.status_code == 200 and "客户改期" in text_of(answer)


def test_a_day_earlier_lets_what_follows_come_earlier_too(pm, tasks):
    assert "checked" in text_of(pm.get(f"{PAGE}?key=task:4&by=-1"))
    assert "checked" not in text_of(pm.get(f"{PAGE}?key=task:4&by=1"))


def test_no_field_of_the_two_forms_takes_anothers_label(pm):
    text = text_of(pm.post(PAGE, data={"key": "task:4", "finish_on": LATE}))
    ids = re.findall(r'<(?:input|textarea|select)[^>]* id="([^"]+)"', text)
    assert len(ids) == len(set(ids)) and {"pull", "reason", "apply-pull"} <= set(ids)


def test_the_chart_takes_only_the_part(pm):
    text = text_of(pm.post(PAGE, data={"changes": LATER}, headers=PART))
    assert "<html" not in text and "data-what-if" in text and "hx-post" in text
    assert "data-what-if-drop" in text


def test_applying_leads_back_with_the_result(pm, tasks):
    answer = pm.post(APPLY, data={"changes": LATER, "reason": "客户改期"})
    assert answer.status_code == 303 and answer.location.endswith("/plans/1/tasks")
    assert task(4).finish_on.isoformat() == LATE
    assert "已应用" in text_of(pm.get(answer.location))


def test_from_the_chart_it_leads_back_by_htmx(pm):
    answer = pm.post(APPLY, data={"changes": LATER, "reason": "x"}, headers=PART)
    assert answer.status_code == 204 and answer.headers["HX-Redirect"] == "/plans/1/tasks"
    here = {**PART, "HX-Current-URL": "http://localhost/plans/1/tasks/gantt"}
    again = asked(("task:4", {"finish": "2027-01-11"}))
    answer = pm.post(APPLY, data={"changes": again, "reason": "x"}, headers=here)
    assert answer.headers["HX-Redirect"] == "/plans/1/tasks/gantt"


@pytest.mark.parametrize("headers", [{}, PART])
def test_without_a_reason_all_that_was_typed_comes_back(pm, tasks, headers):
    data = {"changes": LATER, "pull": "y", "reason": ""}
    answer = pm.post(APPLY, data=data, headers=headers)
    text = text_of(answer)
    assert answer.status_code == 422 and LATE in text and "请写明原因" in text
    assert 'value="y"' in text.split('name="pull"')[1 if headers else -1]
    assert task(4).finish_on == date(2026, 12, 24)


def test_a_reason_too_long_comes_back_whole(pm, tasks):
    answer = pm.post(APPLY, data={"changes": LATER, "reason": "长" * 2001})
    assert answer.status_code == 422 and "长" * 2001 in text_of(answer)


def test_dates_that_others_moved_meanwhile_are_shown_and_the_second_press_applies(
    pm, people, tasks
):
    text = text_of(pm.post(PAGE, data={"changes": LATER}))
    seen = text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    services.change_task_dates(
        tasks.t3, start_on=tasks.t3.start_on, finish_on=date(2027, 1, 29), reason="x",
        actor=people.pm, now=NOW,
    )  # fmt: skip
    answer = pm.post(APPLY, data={"changes": LATER, "reason": "客户改期", "seen": seen})
    text = text_of(answer)
    assert answer.status_code == 409 and "客户改期" in text and "01-29" in text
    assert task(4).finish_on == date(2026, 12, 24)
    fresh = text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = pm.post(APPLY, data={"changes": LATER, "reason": "客户改期", "seen": fresh})
    assert answer.status_code == 303 and task(4).finish_on.isoformat() == LATE


def test_an_owner_reads_who_may_apply_what_reaches_beyond(client_of, tasks):
    last = db.session.scalars(
        db.select(Step).where(Step.task_id == tasks.t4.id).order_by(Step.number.desc())
    ).first()
    changes = asked((f"step:{last.id}", {"finish": LATE}))
    owner = client_of("owner4")
    text = text_of(owner.post(PAGE, data={"changes": changes}))
    assert "只有项目经理" in text and APPLY not in text
    assert owner.post(APPLY, data={"changes": changes, "reason": "x"}).status_code == 403
    assert task(4).finish_on == date(2026, 12, 24)


@pytest.mark.parametrize(
    "changes",
    ["", "[", "{}", "[1]", "[[]]", '[{"key": 1}]', '[{"key": "task:4", "finish": 20270108}]',
     '[{"key": "task:4", "finish": "2027-02-30"}]', '[{"key": "task:4", "start": "0001-01-01"}]',
     '[{"key": "task:4", "start": "9999-12-31"}]', '[{"key": "task:99", "finish": "2027-01-08"}]',
     '[{"key": "task:4"}]', "[" * 60_000, "null", "1e999", "NaN", '[{"key": null}]', "[]",
     '[{"key": "task:4", "finish": ["2027-01-08"]}]', LATER[:-1] + "," + LATER[1:],
     '[{"key": "task:4", "start": "2026-09-01", "finish": "2026-12-24"}]'],
)  # fmt: skip
@pytest.mark.parametrize("path", [PAGE, APPLY])
def test_a_change_that_makes_no_sense_is_answered_with_a_sentence(pm, path, changes):
    for headers in ({}, PART):
        answer = pm.post(path, data={"changes": changes, "reason": "x"}, headers=headers)
        assert answer.status_code == 422
        assert "yb-note" in text_of(answer) or "yb-missing" in text_of(answer)
