"""Whatever a browser or a hostile script sends to whatever address: never a 500.

The manager, who is administrator, owner and head here too, sends every form of the installation
with one kind of nonsense after the other. Which fields a form has is asked of the form itself.
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import Length

from app.core import web
from app.core.forms import Form
from app.core.permissions import PUBLIC
from tests.architecture.everything import address, ids_of, make_everything, names_in

# Names that views read past their forms.
LOOSE = (
    "department_id", "month", "go", "at", "template_key", "plan_id", "version", "step", "seen",
    "percent", "done", "next_0", "problem_0_title", "outcome_1", "forecast_finish_on",
)  # fmt: skip
# What ends or removes something comes last, so that the others still find it.
LAST = ("remove", "close", "cancel", "complete", "drop", "settle", "disable", "logout", "sign-ins")
LONG = "奇" * 9_990 + "😀" * 10
HUGE = "9" * 5_000
ABOVE = str(2**63)
NASTY = {
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>",
    "formula": '=HYPERLINK("http://x.example","y")',
    "controls": "\x00\x01\x1b[31m a\r\nBcc: x@y.example\u2028\ufffe",
    "unknown words": "no-such-choice",
    "other digits": "²١1_0",
    "negative": "-1",
    "beyond 64 bits": ABOVE,
    "five thousand digits": HUGE,
    "ten thousand characters": LONG,
    "first day of time": "0001-01-01",
    "last day of time": "9999-12-31",
    "no such day": "2026-02-30",
}
DAYS = ("first day of time", "last day of time")
ALONE = ("controls", "beyond 64 bits")


@contextmanager
def forms_made() -> Iterator[list[Form]]:
    """The forms that a request fills from what was sent."""
    made: list[Form] = []
    original = Form.process

    def process(self: Form, formdata: Any = None, *args: Any, **kwargs: Any) -> None:
        if formdata is not None:
            made.append(self)
        original(self, formdata, *args, **kwargs)

    Form.process = process  # type: ignore[method-assign]
    try:
        yield made
    finally:
        Form.process = original  # type: ignore[method-assign]


def leaves(form: Any) -> Iterator[Any]:
    """The fields that carry a value of their own; a list of lines has one line."""
    for field in form:
        if isinstance(field, FieldList):
            if not field.entries:
                field.append_entry()
            for entry in field.entries[:1]:
                yield from leaves(entry.form) if isinstance(entry, FormField) else (entry,)
        elif isinstance(field, FormField):
            yield from leaves(field.form)
        else:
            yield field


def fitting(field: Any) -> str | None:
    """A value that fits the field, as a browser would send it; None leaves it out."""
    if isinstance(field, FileField):
        return None
    if isinstance(field, SelectField | SelectMultipleField):
        values = [choice.value for choice in field._choices_from_input(field.choices) or []]
        return str(values[-1]) if values else None
    if isinstance(field, DateField):
        return "2026-12-08"
    if isinstance(field, TimeField):
        return "14:00"
    if isinstance(field, IntegerField):
        return "3"
    if isinstance(field, BooleanField):
        return "y"
    if isinstance(field, HiddenField):
        return ""
    known = {"report_time": "17:00", "email": "new@example.com"}
    return known.get(field.short_name, "12")


class Target:
    """A route that takes forms: its address and the fields of its forms."""

    def __init__(self, client: FlaskClient, path: str, has_page: bool) -> None:
        self.path = path
        page = client.get(path).get_data(as_text=True) if has_page else ""
        with forms_made() as made:
            self.status = client.post(path, data={"nothing": "1"}).status_code
        fields = [field for form in made for field in leaves(form)]
        self.fields = {field.name: fitting(field) for field in fields}
        self.longest = {
            field.name: validator.max
            for field in fields
            for validator in field.validators
            if isinstance(validator, Length) and validator.max > 0
        }
        self.days = {field.name for field in fields if isinstance(field, DateField)}
        self.names = {*self.fields, *LOOSE, *names_in(page)}

    def filled(self, **values: str) -> dict[str, str]:
        """The form as it should be, but for `values`."""
        return {k: v for k, v in {**self.fields, **values}.items() if v is not None}


@pytest.fixture
def targets(people: SimpleNamespace, plan: Any, client_of: Callable, app: Any) -> Iterator[Any]:
    """(client, targets): every route that takes a form, as whoever may do everything."""
    make_everything(people, plan)
    ids = ids_of(plan)
    client = client_of("pm")
    rules = [r for r in app.url_map.iter_rules() if "POST" in (r.methods or ())]
    rules.sort(key=lambda r: (any(word in r.rule for word in LAST), "logout" in r.rule, r.rule))

    def walk() -> Iterator[Target]:
        for rule in rules:
            if app.view_functions[rule.endpoint].permission == PUBLIC and "login" in rule.rule:
                continue
            yield Target(client, address(app, rule, ids), "GET" in rule.methods)

    return client, walk


class Broken(list[str]):
    """What broke, each line once, with the place in our code."""

    def exception(self, _event: str, **_more: Any) -> None:
        """Stands in for the shell's log: called where an answer becomes 500."""
        error = sys.exc_info()[1]
        frames = [f for f in traceback.extract_tb(error.__traceback__ if error else None)]
        ours = [f for f in frames if "/app/" in f.filename] or frames
        place = f"{ours[-1].filename.split('/app/')[-1]}:{ours[-1].lineno}" if ours else "?"
        self.place = f"{place}: {error!r:.200}"

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_more: None

    def look(self, response: Any, what: str) -> Any:
        if response.status_code >= 500:
            line = f"{response.request.method} {response.request.path[:80]} [{what}] {self.place}"
            self.append(line)
        return response


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    """Collects what answered 500; the test fails at its end when something did."""
    found = Broken()
    monkeypatch.setattr(web, "log", found)
    yield found
    assert not found, "\n".join(dict.fromkeys(found))


def test_every_form_takes_nonsense_in_all_its_fields(targets: Any, broken: Broken) -> None:
    """Four times, each field with another kind each time: a page is shown again for each."""
    client, walk = targets
    kinds = list(NASTY)
    for at, target in enumerate(walk()):
        for turn in range(0, len(kinds), 3):
            names = enumerate(sorted(target.names), start=at + turn)
            data = {name: NASTY[kinds[number % len(kinds)]] for number, name in names}
            broken.look(client.post(target.path, data=data), f"turn {at + turn}")


def test_every_field_takes_nonsense_in_a_form_that_fits(targets: Any, broken: Broken) -> None:
    """So each field's own use is reached, and not only the first field's refusal."""
    client, walk = targets
    for target in walk():
        for name in target.fields:
            kinds = DAYS if name in target.days else ALONE
            for what in kinds:
                sent = client.post(target.path, data=target.filled(**{name: NASTY[what]}))
                broken.look(sent, f"{what} in {name}")


def test_the_longest_text_that_fits_is_kept(targets: Any, broken: Broken) -> None:
    """PostgreSQL refuses what does not fit its column; SQLite would take anything."""
    client, walk = targets
    for target in walk():
        longest = {name: "奇" * length for name, length in target.longest.items()}
        if longest:
            broken.look(client.post(target.path, data=target.filled(**longest)), "longest")


def test_forms_that_are_none(targets: Any, broken: Broken) -> None:
    """Nothing at all, every field missing, JSON of every shape, broken bodies, strange names."""
    client, walk = targets
    parts, fields = "multipart/form-data", "application/x-www-form-urlencoded"
    lists = ("lines", "findings")
    for target in walk():
        for what, sent in {
            "nothing": {},
            "nested JSON": {"json": {name: {"a": [None, "\ud800"]} for name in target.names}},
            "a list of JSON": {"json": [1, [2]]},
            "broken parts": {"data": b"--x\r\nno", "content_type": f"{parts}; boundary=x"},
            "no UTF-8": {"data": b"title=%ff%fe%00&%ff=1", "content_type": fields},
            "odd names": {"data": {f"{n}-{k}-id": "1" for n in lists for k in ("²", HUGE)}},
            "many values": {"data": {n: ["1", "2", ""] for n in target.names}},
        }.items():
            broken.look(client.post(target.path, **sent), what)


def test_files_in_the_place_of_text(targets: Any, broken: Broken) -> None:
    from io import BytesIO

    client, walk = targets
    for target in walk():
        data = {name: (BytesIO(b"\x00MZ"), "../../x.exe") for name in target.names}
        broken.look(client.post(target.path, data=data), "files")


def test_text_that_is_too_long_is_refused_and_kept(targets: Any) -> None:
    """10,000 characters and emoji in a title: a sentence, and nothing lost."""
    client, walk = targets
    kept = 0
    for target in walk():
        if "title" not in target.fields:
            continue
        response = client.post(target.path, data=target.filled(title=LONG))
        assert response.status_code == 422, target.path
        assert LONG in response.get_data(as_text=True), target.path
        kept += 1
    assert kept > 8


@pytest.mark.parametrize("value", ["-1", ABOVE, HUGE, "²\x00<b>", LONG[:2000]])
def test_every_page_takes_nonsense_in_its_address(
    people: SimpleNamespace, plan: Any, client_of: Callable, app: Any, broken: Broken, value: str
) -> None:
    make_everything(people, plan)
    ids, client = ids_of(plan), client_of("pm")
    names = ("page", "person", "show", "edit", "open", "year", "q", "state", "next", "task", "days",
             "channel", "result", "period", "on", "week", "month", "stage", "lang")  # fmt: skip
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        path = address(app, rule, ids)
        if rule.endpoint == "health.readyz":
            continue
        for given in (dict.fromkeys(names, value), {"edit": f"step-{value}"}):
            broken.look(client.get(path, query_string=given), value[:40])


@pytest.mark.parametrize(
    "value", ["0", ABOVE, HUGE, "%00²", "..%2f..%2fetc%2fpasswd", "a%0d%0aX-Y:%20z"]
)
def test_every_address_takes_nonsense_in_the_place_of_an_id(
    people: SimpleNamespace, plan: Any, client_of: Callable, app: Any, broken: Broken, value: str
) -> None:
    make_everything(people, plan)
    ids, client = ids_of(plan), client_of("pm")
    for rule in app.url_map.iter_rules():
        for argument in rule.arguments:
            if argument == "filename":
                continue
            parts = {k: str(ids.get(k) or 1) for k in rule.arguments} | {argument: value}
            path = "".join(
                parts[text] if is_argument else text for is_argument, text in rule._trace
            ).lstrip("|")
            for method in (rule.methods or set()) & {"GET", "POST"}:
                broken.look(client.open(path, method=method), value[:40])


@pytest.mark.parametrize("headers", [
    {"Origin": "http://["}, {"Referer": "http://["}, {"Referer": "http://localhost//evil.example"},
    {"Host": "evil.example\\@localhost"}, {"Host": "a b"}, {"Accept-Language": "\u00ff;q=x,," * 50},
    {"X-Request-ID": "x" * 5000}, {"Cookie": "yingbin=\x7f.x.y"}, {"X-Forwarded-For": "\u00ff"},
    {"Content-Length": "x"}, {"HX-Request": "true", "HX-Target": "\u00ff"},
])  # fmt: skip
def test_strange_headers(client_of: Callable, broken: Broken, headers: dict[str, str]) -> None:
    for who in (None, "pm"):
        client = client_of(who)
        for path in ("/plans/1", "/login", "/plans"):
            broken.look(client.get(path, headers=headers), str(headers)[:80])
        for path in ("/tasks/1/words", "/login", "/language/zh"):
            response = client.post(path, headers=headers, data={"title": "x"})
            broken.look(response, str(headers)[:80])
            assert "evil.example" not in response.headers.get("Location", "")
