"""The list of packs with their hashes, and the page that says what a workbook is."""

import io
import re
import zipfile

import openpyxl
import pytest

from app.core import uploads
from app.core.db import db
from app.core.permissions import Role
from app.plans.access import ensure_role
from app.status.models import Pack
from app.status.packs.services import build_pack, request_pack
from tests.architecture.everything import start_other_plan
from tests.conftest import NOW
from tests.sql import counted

pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")


def made(people, plan_id=1, actor=None, language="en") -> Pack:
    actor = actor or people.pm
    pack = request_pack(
        plan_id, language=language, as_of=NOW, actor=actor, eyes=actor, now=NOW
    )  # fmt: skip
    db.session.commit()
    build_pack(pack.id, NOW)
    db.session.expire_all()
    assert pack.content, pack.error
    return pack


def checked(client, content: bytes, name="pack.xlsx", plan_id=1) -> tuple[int, str]:
    answer = client.post(
        f"/plans/{plan_id}/packs/verify", data={"upload": (io.BytesIO(content), name)}
    )
    return answer.status_code, answer.get_data(as_text=True).split("<main")[1]


def saved_anew(content: bytes, **texts: str) -> bytes:
    """The same parts packed once more, with other words in place of some."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as anew,
    ):
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename == "xl/sharedStrings.xml":
                for old, new in texts.items():
                    assert old.encode() in part
                    part = part.replace(old.encode(), new.encode())
            anew.writestr(entry.filename, part)
    return target.getvalue()


def test_a_pack_as_it_was_downloaded_is_unchanged_and_says_what_it_is(client_of, people):
    pack = made(people)
    status, text = checked(client_of("exec", "en"), pack.content)
    assert status == 200 and "This pack is unchanged" in text
    assert "Built again from its manifest, it comes out the same." in text
    for said in (people.pm.name, "English", pack.sha256, pack.manifest_sha256, "16:20"):
        assert said in text, said


def test_a_changed_cell_is_named_with_what_was_and_what_is(client_of, people):
    pack = made(people)
    book = openpyxl.load_workbook(io.BytesIO(pack.content))
    title = str(book.worksheets[1]["A1"].value)
    spoiled = saved_anew(pack.content, **{title: "&lt;b&gt;quite another"})
    status, text = checked(client_of("exec", "en"), spoiled)
    assert status == 200
    # The same words may stand in other cells too.
    assert re.search(r"\d+ cells? in this pack (is|are) not as (it was|they were) made", text)
    rows = text.split("In this file</th>")[1].split("</tr>")
    (row,) = [r for r in rows if ">A1<" in r and f">{book.worksheets[1].title}<" in r]
    assert title in row and "&lt;b&gt;quite another" in row
    assert "<b>quite" not in text


def test_a_pack_that_was_only_saved_anew_says_so(client_of, people):
    pack = made(people)
    status, text = checked(client_of("exec", "en"), saved_anew(pack.content))
    assert status == 200
    assert "This pack was saved anew; its cells hold what they held" in text


def test_a_stranger_to_the_plan_does_not_learn_that_a_pack_is_of_it(client_of, people):
    other = start_other_plan(people)
    pack = made(people, other.id, people.stranger)
    for content in (pack.content, saved_anew(pack.content)):
        status, text = checked(client_of("exec", "en"), content)
        assert status == 200 and "This file is not known here" in text
        assert pack.manifest_sha256 not in text and people.stranger.name not in text
    # Whoever reads both is told.
    ensure_role(other.id, people.exec.id, Role.executive)
    _status, text = checked(client_of("exec", "en"), pack.content)
    assert "This pack is unchanged" in text and people.stranger.name in text


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.xlsx"), (b"PK\x03\x04 nothing", "a.xlsx"), (b"hello", "a.txt"),
     (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99, "<i>.xls")],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_in_a_sentence(client_of, context, content, name):
    status, text = checked(client_of("exec", "en"), content, name)
    assert status == 422 and "yb-missing" in text and "<i>" not in text


def test_a_file_that_is_too_large_is_not_opened(client_of, context, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    status, text = checked(client_of("exec", "en"), b"PK\x03\x04" + b"0" * 1000)
    assert status == 422 and "too large: at most 20 MB" in text


def test_without_a_file_the_page_asks_for_one(client_of, context):
    client = client_of("exec", "en")
    assert client.get("/plans/1/packs/verify").status_code == 200
    answer = client.post("/plans/1/packs/verify")
    assert answer.status_code == 422
    assert "Please choose the workbook to check." in answer.get_data(as_text=True)


def test_whoever_reads_no_packs_checks_none(client_of, context):
    assert client_of("clerk").get("/plans/1/packs/verify").status_code in (403, 404)
    assert client_of("stranger").get("/plans/1/packs/verify").status_code == 404


def test_the_list_shows_week_hashes_makers_and_downloads(client_of, people):
    pack = made(people)
    client_of("exec").get(f"/packs/{pack.id}.xlsx")
    text = client_of("pm", "en").get("/plans/1/packs").get_data(as_text=True)
    for said in ("Week 48", pack.sha256, pack.manifest_sha256, people.exec.name, people.pm.name,
                 f"{round(pack.size / 1024)} KB", "/plans/1/packs/verify"):  # fmt: skip
        assert said in text, said


def test_the_list_needs_as_many_statements_for_many_packs(client_of, people):
    def add(count):
        for _each in range(count):
            request_pack(1, language="zh", as_of=NOW, actor=people.pm, eyes=people.pm, now=NOW)
        db.session.commit()

    client = client_of("exec")
    add(1)
    client.get("/plans/1/packs")
    with counted() as few:
        client.get("/plans/1/packs")
    add(30)
    with counted() as many:
        client.get("/plans/1/packs")
    assert len(few) == len(many)


def test_the_page_stands_under_the_tab_of_the_packs(client_of):
    page = client_of("exec").get("/plans/1/packs/verify").get_data(as_text=True)
    assert '<a href="/plans/1/packs" aria-current="page">' in page
