"""What a browser may be made to do: no form without its token, no page that runs what people wrote,
no session from before the sign-in, no way out of this host."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, Text, select, update

from app.accounts.models import Department, Person, SignIn
from app.core.db import Base, LocalTextType, StrEnumType, db
from app.core.localtext import LocalText
from app.plans.models import Plan
from tests.architecture.everything import address, ids_of, make_everything
from tests.architecture.test_bad_input import Broken, broken  # noqa: F401
from tests.conftest import PASSWORD

MARK = '"><img src=x onerror=alert(1)>{{1234567*7}}=1+1'
RAW = ("<img src=x", "8641969")
# Columns whose words only the program writes.
OURS = {
    "email", "password_hash", "key", "token_hash", "month", "period", "url", "unique_key", "unit",
    "sha256", "object_key", "occurrence", "kind", "template_key", "section", "action", "cadence",
    "object_type", "language", "sort_name", "stage", "review_asked", "draft", "message_id", "stamp",
    "subject_id", "address", "channel", "claimed_by", "session_token", "pair",
}  # fmt: skip
# Not pages; the test database is not made by migrations, so it is never "ready".
UNREAD = ("static", "health.metrics", "health.readyz")


@pytest.fixture
def with_csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def test_no_form_is_taken_without_its_token(
    with_csrf: None, app: Flask, people: SimpleNamespace, plan: Plan, client_of: Callable
) -> None:
    make_everything(people, plan)
    ids, client = ids_of(plan), client_of("pm")
    foreign = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        path = address(app, rule, ids)
        response = client.post(path, data={"title": "theirs"}, headers=foreign)
        # The sign-in page sends back to itself; a wrong address is none.
        assert response.status_code in ({303} if rule.endpoint == "accounts.login" else {400}), path
        assert "theirs" not in response.get_data(as_text=True), path


def _has_room(kind: String | Text) -> bool:
    """What is too short for the mark holds no words of people."""
    return kind.length is None or kind.length >= len(MARK)


def fill_with_markup() -> int:
    """Write the mark into everything that people write; how many columns that is."""
    filled = 0
    for mapper in Base.registry.mappers:
        names = {}
        for column in mapper.local_table.columns:  # type: ignore[attr-defined]
            if column.name in OURS or isinstance(column.type, StrEnumType) or column.foreign_keys:
                continue
            if isinstance(column.type, LocalTextType):
                names[column.name] = LocalText(own=MARK)
            elif isinstance(column.type, String | Text) and _has_room(column.type):
                names[column.name] = MARK
        kept = ("audit", "snapshots")  # Written by the program alone.
        if names and not mapper.local_table.name.startswith(kept):  # type: ignore[attr-defined]
            # Behind the program's back: some rows are never changed by it.
            db.session.execute(update(mapper.local_table).values(names))
            filled += len(names)
    db.session.commit()
    return filled


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_runs_what_people_wrote(
    app: Flask, people: SimpleNamespace, plan: Plan, client_of: Callable, language: str,
    broken: Broken,  # noqa: F811
) -> None:  # fmt: skip
    make_everything(people, plan)
    ids = ids_of(plan)
    assert fill_with_markup() > 40
    client = client_of("pm", language)
    shown = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in UNREAD:
            continue
        response = client.get(address(app, rule, ids))
        broken.look(response, "markup")
        if response.mimetype != "text/html":
            continue
        text = response.get_data(as_text=True)
        assert not any(raw in text for raw in RAW), rule
        shown += "&lt;img src=x" in text
    assert shown > 15


def test_a_sign_in_makes_a_new_session(app: Flask, people: SimpleNamespace) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["_user_id"] = "a token that I know"
    form = {"email": people.pm.email, "password": PASSWORD, "next": "//evil.example/x"}
    response = client.post("/login", data=form)
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] != "a token that I know"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example",
     "javascript:alert(1)", "/%0d%0aX: y", "http:///evil.example", "/\r\nX-Y: z", "/\x00/evil"],
)  # fmt: skip
def test_signing_in_never_leads_out_of_this_host(
    app: Flask, people: SimpleNamespace, target: str
) -> None:
    form = {"email": people.pm.email, "password": PASSWORD, "next": target}
    location = app.test_client().post("/login", data=form).headers["Location"]
    assert location.startswith("/") and not location.startswith(("//", "/\\"))
    assert not {"\r", "\n"} & set(location)


def test_whoever_is_disabled_is_out_at_once(
    people: SimpleNamespace, client_of: Callable[..., FlaskClient]
) -> None:
    theirs, admin = client_of("clerk"), client_of("admin")
    assert theirs.get("/plans").status_code == 200
    assert admin.post(f"/admin/people/{people.clerk.id}/disable").status_code == 303
    assert theirs.get("/plans").status_code == 302
    assert theirs.post("/account/language", data={"language": "en"}).status_code == 401
    admin.post(f"/admin/people/{people.clerk.id}/enable")
    # The old sign-in does not come back with the right.
    assert theirs.get("/plans").status_code == 302
    rows = select(SignIn).where(SignIn.person_id == people.clerk.id)
    assert db.session.scalars(rows).all() == []


def test_names_cannot_carry_a_second_line_into_a_mail(
    people: SimpleNamespace, client_of: Callable[..., FlaskClient]
) -> None:
    form = {"name": "A\r\nBcc: x@y.example", "email": "a@example.com", "language": ""}
    client_of("admin").post("/admin/people/new", data=form)
    row = db.session.scalar(select(Person).where(Person.email == "a@example.com"))
    assert row is not None and row.name == "A Bcc: x@y.example"
    client_of("admin").post("/admin/departments/new", data={"name": "D\nSubject: x"})
    names = [d.name.own for d in db.session.scalars(select(Department))]
    assert "D Subject: x" in names
    form = {"title": "T\x00\r\nTo: x@y.example", "owner_id": people.pm.id, "due_on": "2026-12-01"}
    client_of("pm").post("/plans/1/actions/new", data=form)
    page: Any = client_of("pm").get("/plans/1/actions").get_data(as_text=True)
    assert "T To: x@y.example" in page


@pytest.mark.parametrize("path", ["/login", "/plans/1", "/nothing"])
def test_every_answer_carries_its_guards(client_of: Callable[..., FlaskClient], path: str) -> None:
    headers = client_of("pm").get(path, base_url="https://localhost").headers
    policy = headers["Content-Security-Policy"]
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in headers["Strict-Transport-Security"]
