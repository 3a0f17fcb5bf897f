"""What makes a good password, changing it, and the way back when it is forgotten."""

from datetime import timedelta

import pytest

from app.accounts import resets, services
from app.accounts.events import PasswordResetAsked
from app.accounts.models import PasswordReset, SignIn
from app.accounts.passwords import check_password
from app.accounts.resets import LinkDead, issue_reset_token, link_of
from app.accounts.sign_in import verified_person
from app.accounts.throttle import LIMIT
from app.core import clock, events
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from tests.conftest import NOW, PASSWORD

OWN = ("许文静", "xu.wenjing@faraway.example")
NEW = "three quiet doors open"


@pytest.fixture
def asked(monkeypatch):
    """The requests for a mail that were announced."""
    heard = []
    monkeypatch.setattr(
        events, "_handlers", {**events._handlers, PasswordResetAsked: [heard.append]}
    )
    return heard


def forms(new=NEW, current=PASSWORD, repeat=None):
    return {"current_password": current, "new_password": new, "repeat_password": repeat or new}


@pytest.mark.parametrize(
    "password",
    [NEW, "three quiet doors", "大堂的灯每天早上六点由保安小陈打开", "73019482756103948271",
     "Ax9!Ax9!b7Kq2mZw"],
)  # fmt: skip
def test_long_passwords_of_any_characters_are_taken(password):
    check_password(password, OWN)


@pytest.mark.parametrize(
    "password",
    ["fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "qwertyuiopasdfghjkl",
     "123456789012345678", "abcdefghijklmnopqrst", "passwordpassword", "Password123456789",
     "xu.wenjing@faraway.example", "faraway.example2026", "许文静许文静许文静许文静许文静",
     "x" * 201, "WelcomeYingbin12345"],
)  # fmt: skip
def test_short_or_guessable_passwords_are_refused(password):
    with pytest.raises(DomainError):
        check_password(password, OWN)


def test_changing_the_password_needs_the_present_one_and_ends_other_sign_ins(client_of, people):
    here, elsewhere = client_of("pm"), client_of("pm")
    assert here.post("/account/password", data=forms(current="wrong")).status_code == 422
    assert elsewhere.get("/account").status_code == 200
    assert here.post("/account/password", data=forms()).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    db.session.expire_all()
    assert verified_person("pm@example.com", NEW) and not verified_person(
        "pm@example.com", PASSWORD
    )


def test_the_present_password_cannot_be_guessed_from_an_open_browser(client_of):
    client = client_of("pm")
    for _ in range(LIMIT):
        client.post("/account/password", data=forms(current="wrong"))
    assert client.post("/account/password", data=forms()).status_code == 429


def test_two_different_new_passwords_are_told_at_the_field(client_of):
    answer = client_of("pm").post("/account/password", data=forms(repeat="something else here"))
    assert answer.status_code == 422
    assert "两次输入的不一致" in answer.text


def test_no_password_enters_the_audit_trail(client_of, people):
    client_of("pm").post("/account/password", data=forms())
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "change_password")
    ).one()
    assert entry.changes == {} and entry.actor_id == people.pm.id


def test_asking_for_a_reset_never_says_whether_the_address_is_known(client_of, asked, people):
    answers = [
        client_of(None).post("/password/forgot", data={"email": email})
        for email in ("pm@example.com", "nobody@example.com")
    ]
    assert len({(a.status_code, a.location, a.text) for a in answers}) == 1
    assert [a.person_id for a in asked] == [people.pm.id]
    assert "邮件" in client_of(None).get(answers[0].location).text


def test_asking_again_and_again_is_slowed_down(client_of, asked):
    client = client_of(None)
    for _ in range(LIMIT):
        client.post("/password/forgot", data={"email": "pm@example.com"})
    assert client.post("/password/forgot", data={"email": "pm@example.com"}).status_code == 429
    assert len(asked) == LIMIT


def test_disabled_people_get_no_link(client_of, asked, people):
    people.pm.is_enabled = False
    db.session.commit()
    client_of(None).post("/password/forgot", data={"email": "pm@example.com"})
    assert asked == []


def test_the_link_works_once_and_ends_every_sign_in(client_of, people):
    signed_in = client_of("pm")
    reset = resets.prepare_reset(people.pm, is_invitation=False, now=NOW)
    path = link_of(issue_reset_token(reset.id, NOW)).removeprefix("http://localhost")
    db.session.commit()
    client = client_of(None)
    assert "pm@example.com" in client.get(path).text
    assert client.post(path, data=forms("too short")).status_code == 422
    assert client.post(path, data=forms()).location == "/login"
    assert client.get(path).status_code == 404
    assert client.post(path, data=forms("another long sentence")).status_code == 404
    assert signed_in.get("/account").status_code == 302
    db.session.expire_all()
    assert verified_person("pm@example.com", NEW)
    assert db.session.scalar(db.select(db.func.count()).select_from(SignIn)) == 0


@pytest.mark.parametrize(
    ("is_invitation", "valid"), [(False, timedelta(hours=1)), (True, timedelta(days=7))]
)
def test_the_time_of_a_link_runs_from_the_sending(people, is_invitation, valid):
    reset = resets.prepare_reset(people.pm, is_invitation=is_invitation, now=NOW)
    sent = NOW + timedelta(hours=5)
    token = issue_reset_token(reset.id, sent)
    services.person_behind_link(token, sent + valid - timedelta(seconds=1))
    with pytest.raises(LinkDead):
        services.person_behind_link(token, sent + valid)


def test_the_clear_token_rests_nowhere(people):
    reset = resets.prepare_reset(people.pm, is_invitation=False, now=NOW)
    token = issue_reset_token(reset.id, NOW)
    row = db.session.get(PasswordReset, reset.id)
    assert token not in repr([getattr(row, c.key) for c in PasswordReset.__table__.columns])


def test_a_link_that_was_used_or_whose_person_left_is_not_sent(people):
    used = resets.prepare_reset(people.pm, is_invitation=False, now=NOW)
    left = resets.prepare_reset(people.clerk, is_invitation=False, now=NOW)
    resets.close_resets(people.pm.id, NOW)
    people.clerk.is_enabled = False
    db.session.flush()
    db.session.expire_all()
    for reset in (used, left):
        with pytest.raises(LinkDead):
            issue_reset_token(reset.id, NOW)


def test_the_link_stands_under_the_base_address_whatever_host_was_asked(client_of, context):
    assert link_of("t") == "http://localhost/password/reset/t"


def test_tokens_stay_out_of_the_log(client_of, monkeypatch):
    said = []
    monkeypatch.setattr(
        "app.core.web.log", type("Log", (), {"info": lambda _s, *a, **k: said.append(k)})()
    )
    client_of(None).get("/password/reset/a-secret-token")
    assert said and "a-secret-token" not in repr(said)


def test_guessing_links_is_slowed_down(client_of, monkeypatch):
    monkeypatch.setattr("app.accounts.throttle.ADDRESS_LIMIT", 2)
    client = client_of(None)
    codes = [client.post("/password/reset/guess", data=forms()).status_code for _ in range(3)]
    assert codes == [404, 404, 429]
    with clock.fixed_at(NOW + timedelta(minutes=16)):
        assert client.post("/password/reset/guess", data=forms()).status_code == 404
