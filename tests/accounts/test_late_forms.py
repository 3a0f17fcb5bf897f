"""A form sent after the sign-in ended: nothing typed is lost, and it can be sent again."""

import re

import pytest

from app.accounts.models import Department, SignIn
from app.core.db import db
from tests.conftest import PASSWORD

HERE = {"Origin": "http://localhost"}
PATH = "/admin/departments/new"
TYPED = {"name": "夜班与周末接待组", "head_id": "", "is_active": "y"}


@pytest.fixture
def guarded(app, monkeypatch):
    """The application with its forms guarded, as outside the tests."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def token_of(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def sign_in(client):
    token = token_of(client.get("/login").text)
    data = {"email": "admin@example.com", "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=data).status_code == 303


def count(client):
    with client.application.app_context():
        return db.session.scalar(db.select(db.func.count()).select_from(Department))


def test_the_text_survives_the_end_of_a_sign_in_and_is_sent_after_the_next(guarded, client_of):
    client = client_of(None)
    sign_in(client)
    token = token_of(client.get(PATH).text)
    with guarded.app_context():
        db.session.execute(db.delete(SignIn))
        db.session.commit()
    before = count(client)

    late = client.post(
        PATH,
        data={**TYPED, "csrf_token": token},
        headers={"Referer": f"http://localhost{PATH}", **HERE},
    )
    assert late.status_code == 401
    assert TYPED["name"] in late.text and f'action="{PATH}"' in late.text
    assert f'href="/login?next={PATH}"' in late.text and 'target="_blank"' in late.text
    assert client.get("/csrf").status_code == 302

    sign_in(client)
    fresh = client.get("/csrf").json["csrf_token"]
    assert fresh != token
    assert client.post(PATH, data={**TYPED, "csrf_token": fresh}).status_code == 303
    assert count(client) == before + 1


def test_without_a_script_the_second_press_sends_it(guarded, client_of):
    client = client_of(None)
    sign_in(client)
    old = token_of(client.get(PATH).text)
    client.post("/logout", data={"csrf_token": token_of(client.get("/account").text)})
    late = client.post(PATH, data={**TYPED, "csrf_token": old}, headers=HERE)
    assert late.status_code == 401 and TYPED["name"] in late.text

    sign_in(client)
    again = client.post(PATH, data={**TYPED, "csrf_token": token_of(late.text)}, headers=HERE)
    assert again.status_code == 400 and TYPED["name"] in again.text
    assert "打开得太久" in again.text
    fresh = token_of(again.text.split("data-resend")[1])
    assert client.post(PATH, data={**TYPED, "csrf_token": fresh}).status_code == 303


def test_passwords_are_never_shown_again(guarded, client_of):
    client = client_of(None)
    sign_in(client)
    late = client.post(
        "/account/password", data={"current_password": PASSWORD, "x": "kept text"}, headers=HERE
    )
    assert late.status_code == 400
    assert PASSWORD not in late.text and "kept text" in late.text


def test_a_sign_in_form_that_is_too_old_leads_to_a_fresh_one(guarded, client_of):
    answer = client_of(None).post(
        "/login",
        data={"email": "pm@example.com", "password": PASSWORD, "next": "/account"},
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert 'value="/account"' in answer.text and "打开得太久" in answer.text


def test_a_button_without_text_asks_to_sign_in_and_try_again(guarded, client_of):
    answer = client_of(None).post("/account/sign-ins/end")
    assert answer.status_code == 401
    assert "data-resend" not in answer.text and "请登录后再试一次" in answer.text


def test_scripts_in_the_kept_text_stay_text(guarded, client_of):
    answer = client_of(None).post(
        PATH, data={"name": "</textarea><script>alert(1)</script>"}, headers=HERE
    )
    assert "&lt;script&gt;alert" in answer.text and "<script>alert" not in answer.text


def test_another_site_cannot_lay_its_text_under_our_button(guarded, client_of):
    answer = client_of(None).post(PATH, data=TYPED, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 401 and TYPED["name"] not in answer.text
