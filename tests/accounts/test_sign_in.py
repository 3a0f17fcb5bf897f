"""Signing in and out: who gets in, who is slowed down, and what is remembered."""

import pytest

from app.accounts.models import Attempt, SignIn
from app.accounts.next_page import local_path, page_they_came_from
from app.accounts.throttle import LIMIT
from app.core import clock
from app.core.db import db
from tests.conftest import NOW, PASSWORD


def sign_in(client, email="pm@example.com", password=PASSWORD, **more):
    return client.post("/login", data={"email": email, "password": password, **more})


def test_the_right_password_opens_the_page_that_was_asked_for(client_of):
    client = client_of(None)
    asked = client.get("/account?x=1")
    assert asked.location == "/login?next=/account?x%3D1"
    page = client.get(asked.location).text
    assert 'name="next"' in page and 'value="/account?x=1"' in page
    answer = sign_in(client, next="/account?x=1")
    assert (answer.status_code, answer.location) == (303, "/account?x=1")
    assert "许文静" in client.get("/account").text


def test_the_mail_address_may_be_typed_in_any_case(client_of):
    assert sign_in(client_of(None), " PM@Example.com ").status_code == 303


@pytest.mark.parametrize("email", ["pm@example.com", "nobody@example.com", "", "汉\x00'; --"])
def test_a_wrong_password_gets_the_same_words_as_an_unknown_person(client_of, email):
    answer = sign_in(client_of(None), email or "x", "wrong")
    assert answer.status_code == 422
    assert "邮箱或密码不对" in answer.text


def test_people_without_a_password_or_disabled_cannot_sign_in(client_of, people):
    people.clerk.password_hash = None
    people.owner1.is_enabled = False
    db.session.commit()
    assert sign_in(client_of(None), "clerk@example.com", "").status_code == 422
    assert sign_in(client_of(None), "owner1@example.com").status_code == 422


def test_ten_wrong_tries_close_the_door_even_for_the_right_password(client_of):
    client = client_of(None)
    for _ in range(LIMIT):
        sign_in(client, password="wrong")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "15 分钟" in answer.text


def test_unknown_people_are_slowed_down_with_the_same_words(client_of):
    client = client_of(None)
    answers = [sign_in(client, "nobody@example.com", "wrong") for _ in range(LIMIT + 1)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429


def test_one_address_cannot_try_many_people(client_of, monkeypatch):
    monkeypatch.setattr("app.accounts.throttle.ADDRESS_LIMIT", 3)
    client = client_of(None)
    for n in range(3):
        sign_in(client, f"person{n}@example.com", "wrong")
    assert sign_in(client).status_code == 429


def test_a_quarter_of_an_hour_later_the_door_is_open_again(client_of):
    client = client_of(None)
    for _ in range(LIMIT + 1):
        sign_in(client, password="wrong")
    with clock.fixed_at(NOW.replace(hour=9)):
        assert sign_in(client).status_code == 303


def test_a_right_password_wipes_the_count_and_costs_the_address_nothing(client_of, context):
    client = client_of(None)
    sign_in(client, password="wrong")
    sign_in(client)
    assert db.session.scalar(db.select(db.func.count()).select_from(Attempt)) == 0


def test_the_password_is_not_shown_again_after_an_error(client_of):
    assert "hunter2-secret" not in sign_in(client_of(None), password="hunter2-secret").text


def test_signing_in_begins_a_new_session(client_of, app):
    client = client_of(None)
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"]


def test_signing_out_ends_the_session_for_a_copied_cookie_too(client_of, context):
    client = client_of("pm")
    with client.session_transaction() as session:
        token = session["_user_id"]
    assert client.post("/logout").location == "/login"
    thief = client_of(None)
    with thief.session_transaction() as session:
        session["_user_id"] = token
    assert thief.get("/account").status_code == 302
    assert db.session.scalar(db.select(db.func.count()).select_from(SignIn)) == 0


def test_somebody_signed_in_does_not_see_the_form_again(client_of):
    assert client_of("pm").get("/login?next=/account").location == "/account"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil",
     "javascript:alert(1)", "/\t/evil.example", "evil", "", None, "/" + "x" * 3000],
)  # fmt: skip
def test_the_way_after_signing_in_never_leads_out_of_the_house(wanted):
    assert local_path(wanted) == "/"


def test_a_local_path_is_kept_with_its_question():
    assert local_path("/plans/1?week=48") == "/plans/1?week=48"


def test_the_page_they_came_from_must_be_ours():
    assert (
        page_they_came_from("http://localhost/plans/1?a=b", "http://localhost/") == "/plans/1?a=b"
    )
    assert page_they_came_from("http://localhost.evil/x", "http://localhost/") == "/"
    assert page_they_came_from(None, "http://localhost/") == "/"


def test_next_from_the_form_is_checked_too(client_of):
    assert sign_in(client_of(None), next="//evil.example").location == "/"


def test_the_language_can_be_switched_before_signing_in_and_stays(client_of):
    client = client_of(None)
    answer = client.post(
        "/language/en", headers={"Referer": "http://localhost/login?next=/account"}
    )
    assert answer.location == "/login?next=/account"
    assert "Sign in" in client.get("/login").text
    assert client.post("/language/fr").status_code == 404


def test_the_language_of_a_person_is_kept_with_the_person(client_of, people):
    client = client_of("pm")
    client.post("/language/en")
    assert "My account" in client.get("/account").text
    db.session.refresh(people.pm)
    assert people.pm.language == "en"


def test_after_a_switch_on_a_page_that_can_only_be_posted_to_the_home_page_comes(client_of):
    answer = client_of("pm").post(
        "/language/en", headers={"Referer": "http://localhost/account/password"}
    )
    assert answer.location == "/"
