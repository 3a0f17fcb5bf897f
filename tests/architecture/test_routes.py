"""Every route declares its permission, and nothing changes by reading."""

import ast
import inspect
import textwrap

import pytest
from flask import Flask

from app.core.permissions import ADMINISTRATOR, IN_PLAN, PUBLIC, SIGNED_IN

READING = {"GET", "HEAD", "OPTIONS"}


def rules(app: Flask):
    return [r for r in app.url_map.iter_rules() if r.endpoint != "static"]


def test_every_route_declares_a_permission(database) -> None:
    app = database.app
    for rule in rules(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        assert permission in {PUBLIC, SIGNED_IN, ADMINISTRATOR, *IN_PLAN}, rule


def test_only_the_doors_are_public(database) -> None:
    app = database.app
    public = {
        rule.rule for rule in rules(app) if app.view_functions[rule.endpoint].permission == PUBLIC
    }
    assert public <= {
        "/login", "/logout", "/language/<any(zh, en):language>", "/password/forgot",
        "/password/reset/<token>", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip


def test_reading_routes_never_write(database) -> None:
    """A view that answers GET alone must not call a use case that changes something."""
    app = database.app
    verbs = ("record(", "session.add(", "session.delete(", "announce(")
    for rule in rules(app):
        if rule.methods <= READING:
            view = inspect.unwrap(app.view_functions[rule.endpoint])
            source = ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(view))))
            assert not any(verb in source for verb in verbs), rule


def argument_values(rule) -> dict[str, object]:
    """An id that exists in the world (1) for each argument of a URL."""
    values: dict[str, object] = {}
    for argument in rule.arguments:
        words = {"language": "zh", "lang": "zh", "token": "x", "week": "2026-W48"}
        values[argument] = words.get(argument, 1)
    return values


@pytest.mark.parametrize("person", [None, "stranger"])
def test_outsiders_reach_no_plan_page(client_of, database, person) -> None:
    app = database.app
    client = client_of(person)
    for rule in rules(app):
        permission = app.view_functions[rule.endpoint].permission
        if permission in (PUBLIC, SIGNED_IN) or "GET" not in rule.methods:
            continue
        with app.test_request_context():
            url = app.url_for(rule.endpoint, **argument_values(rule))
        status = client.get(url).status_code
        assert status == (302 if person is None else 404), (url, status)


@pytest.mark.parametrize("person", [None, "stranger", "clerk"])
def test_outsiders_change_nothing(client_of, database, person) -> None:
    """POST by nobody is asked to sign in; by a stranger it is 404; by a member without the
    right it is refused."""
    app = database.app
    client = client_of(person)
    for rule in rules(app):
        permission = app.view_functions[rule.endpoint].permission
        if permission in (PUBLIC, SIGNED_IN) or "POST" not in rule.methods:
            continue
        if person == "clerk" and (
            permission == ADMINISTRATOR or "member" in IN_PLAN.get(permission, ())
        ):
            continue
        with app.test_request_context():
            url = app.url_for(rule.endpoint, **argument_values(rule))
        status = client.post(url).status_code
        expected = {None: {401}, "stranger": {404}, "clerk": {403, 404}}[person]
        assert status in expected, (url, status)
