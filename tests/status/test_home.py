"""The home page of each role: what do I owe, what is in trouble, what is next."""

import re
from datetime import date, timedelta

import pytest

from app.accounts.models import SignIn
from app.accounts.sign_in import hash_token
from app.core.db import db
from app.core.permissions import Role
from app.plans.access import ensure_role, viewer_of
from app.status.comparison.values import Names
from app.status.home.last_visit import changes_since, last_visit
from app.status.state import plan_state
from app.tasks import actions, services
from app.tasks.models import Task
from tests.conftest import NOW
from tests.sql import counted

ROLES = {
    "pm": "别人逾期", "owner4": "您的承诺", "training": "本部门的风险", "exec": "最近两周的变化",
    "clerk": "/observations/new",
}  # fmt: skip


def page(client_of, key, language=None):
    answer = client_of(key, language).get("/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("key", list(ROLES))
def test_each_role_has_its_own_page(client_of, plan, key):
    assert ROLES[key] in page(client_of, key)


@pytest.mark.parametrize("key", ["pm", "owner4", "training", "exec", "clerk"])
def test_the_page_is_complete_in_english(client_of, plan, people, key):
    text = page(client_of, key, "en")
    body = text.split("<main")[1].split("</main>")[0]
    for name in (person.name for person in vars(people).values()):
        body = body.replace(name, "")
    assert "Week 9 of" in body
    assert not re.findall(r"[\u4e00-\u9fff]+", body)


def test_whoever_has_several_roles_gets_the_first_and_all_todos(client_of, plan, people):
    ensure_role(plan.id, people.owner4.id, Role.head)
    ensure_role(plan.id, people.owner4.id, Role.manager)
    text = page(client_of, "owner4")
    assert "别人逾期" in text and "第 48 周周报，任务 4" in text


def test_the_manager_sees_what_others_owe_and_not_in_their_own_list(client_of, plan, people):
    actions.create_action(
        plan.id, title="定场地", owner_id=people.owner2.id, due_on=date(2026, 11, 16),
        actor=people.pm, now=NOW - timedelta(days=12),
    )  # fmt: skip
    text = page(client_of, "pm")
    overdue = text.split("别人逾期")[1]
    assert "韩雪梅：定场地" in overdue
    assert "韩雪梅：定场地" not in page(client_of, "owner2")


def test_a_plan_that_is_not_approved_says_so_on_every_home_page(client_of, plan):
    for key in ROLES:
        if key != "owner4":
            assert "还没有批准" in page(client_of, key), key


def test_without_a_plan_the_page_says_what_to_do(client_of, context):
    assert "请项目经理把您加进计划的人员" in page(client_of, "stranger")


def test_nobody_signed_in_is_sent_to_the_sign_in(client_of):
    assert client_of(None).get("/").status_code in (302, 303)


def test_what_changed_is_told_since_the_last_visit(plan, people):
    four = db.session.scalars(db.select(Task).where(Task.number == 4)).one()
    visit = NOW - timedelta(days=3)
    services.update_progress(
        four, percent=20, forecast_finish_on=date(2026, 12, 30), actor=people.owner4,
        now=visit - timedelta(days=1),
    )  # fmt: skip
    services.update_progress(
        four, percent=30, forecast_finish_on=date(2027, 1, 5), actor=people.owner4,
        now=visit + timedelta(days=1),
    )  # fmt: skip
    eyes = viewer_of(people.exec, plan.id)
    (change,) = changes_since(eyes, plan_state(plan.id, NOW, eyes), Names({}, {}), visit)
    assert "1月5日" in change.text and "12月30日" in change.text
    assert change.url == f"/tasks/{four.id}"


def test_the_last_visit_is_another_one_than_this(people):
    def sign_in(token, began, seen):
        db.session.add(SignIn(token_hash=hash_token(token), person_id=people.exec.id,
                              created_at=began, seen_at=seen, expires_at=NOW))  # fmt: skip

    here = hash_token("here")
    assert last_visit(people.exec.id, here, NOW) is None
    sign_in("here", NOW - timedelta(minutes=5), NOW)
    assert last_visit(people.exec.id, here, NOW) is None
    sign_in("before", NOW - timedelta(days=9), NOW - timedelta(days=8))
    db.session.flush()
    assert last_visit(people.exec.id, here, NOW) == NOW - timedelta(days=8)


@pytest.mark.parametrize("key", list(ROLES))
def test_a_home_page_needs_as_many_statements_for_many_rows(client_of, plan, people, key):
    client = client_of(key)
    client.get("/")
    _add_actions(plan, people, 1)
    db.session.commit()
    with counted() as few:
        client.get("/")
    _add_actions(plan, people, 40)
    db.session.commit()
    with counted() as many:
        client.get("/")
    # The manager's page also asks every feature what it will remind of.
    assert len(many) == len(few) <= (80 if key == "pm" else 60)


def _add_actions(plan, people, count):
    for number in range(count):
        for owner in (people.owner4, people.training, people.clerk):
            actions.create_action(
                plan.id, title=f"事项 {number}", owner_id=owner.id, due_on=date(2026, 11, 20),
                actor=people.pm, now=NOW - timedelta(days=10),
            )  # fmt: skip
