"""Shared files: rights, versions, what may be uploaded, and how a download leaves."""

import io
import zipfile
from urllib.parse import quote

import pytest

from app.comms import files as services
from app.comms.file_kinds import MOST_BYTES, is_what_it_says, safe_name
from app.comms.models import FileVersion, SharedFile, Visibility
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.plans.access import viewer_of
from tests.conftest import NOW
from tests.sql import counted

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")


def share(person, filename="标准.txt", content=b"greet", **values):
    return services.share_file(
        1, title=values.pop("title", "接待流程标准"), filename=filename, content=content,
        actor=person, now=NOW, **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 x"), ("a.PNG", PNG), ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.docx", DOCX), ("a.xlsx", XLSX), ("a.zip", DOCX), ("a.txt", "迎宾".encode("gb18030")),
        ("a.csv", "姓名,电话".encode()), ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1.."),
    ],
)  # fmt: skip
def test_a_file_that_is_what_it_says_may_be_shared(name, content) -> None:
    assert is_what_it_says(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><script>"), ("a.png", b"%PDF-1.7"), ("a.docx", XLSX),
        ("a.docx", b"PK\x03\x04 broken"), ("a.xlsx", b"PK"), ("a.txt", b"MZ\x90\x00\x03\x00\x00"),
        ("a.exe", b"MZ"), ("a.html", b"<html>"), ("a.svg", b"<svg>"), ("a", b"text"),
        ("a.webp", b"RIFF....WAVE"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_may_not(name, content) -> None:
    assert not is_what_it_says(name, content)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("C:\\temp\\表.xlsx", "表.xlsx"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"), (" a.txt. ", "a.txt"), ("...", ""),
    ],
)  # fmt: skip
def test_a_name_loses_its_folders_and_keeps_its_extension(sent, kept) -> None:
    assert safe_name(sent) == kept


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "empty"), ("a.exe", b"MZ", "cannot be shared"),
        ("a.pdf", b"no", "not a .pdf"),
        ("", b"x", "choose a file"),
    ],
)  # fmt: skip
def test_what_cannot_be_shared_is_said_at_the_file(
    client_of, context, name, content, words
) -> None:
    answer = client_of("pm", "en").post(
        "/plans/1/files",
        data={"upload": (io.BytesIO(content), name), "title": "kept", "visibility": "everyone"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="kept"' in answer.text
    assert db.session.scalars(db.select(SharedFile)).first() is None


def test_a_file_of_more_than_twenty_megabytes_is_refused(people) -> None:
    with pytest.raises(DomainError, match="20 MB") as refused:
        share(people.owner1, content=b"x" * (MOST_BYTES + 1))
    assert refused.value.field == "upload"
    assert share(people.owner1, content=b"x" * MOST_BYTES).id


def test_a_file_is_shared_on_the_page_under_its_own_name(client_of, context) -> None:
    answer = client_of("owner1").post(
        "/plans/1/files",
        data={"upload": (io.BytesIO(DOCX), "接待标准.docx"), "visibility": "everyone"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert db.session.scalars(db.select(SharedFile)).one().title == "接待标准.docx"


def test_a_download_is_saved_and_never_shown(client_of, people) -> None:
    file = share(people.owner1, filename='标准 "终稿".txt')
    db.session.commit()
    answer = client_of("clerk").get(f"/file-versions/{file.versions[0].id}/download")
    assert answer.data == b"greet"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''" + quote("标准 ") in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        (Visibility.everyone, {"pm", "owner1", "owner2", "it", "exec", "clerk"}),
        (Visibility.heads, {"pm", "owner1", "it", "exec"}),
        (Visibility.managers, {"pm", "owner1", "exec"}),
    ],
)
def test_who_may_open_a_file_is_kept_to(client_of, people, visibility, readers) -> None:
    file = share(people.owner1, title="只给看的人", visibility=visibility)
    db.session.commit()
    version_id = file.versions[0].id
    for key in ("pm", "owner1", "owner2", "it", "exec", "clerk", "stranger"):
        browser = client_of(key)
        expected = 200 if key in readers else 404
        for url in (f"/files/{file.id}", f"/file-versions/{version_id}/download"):
            assert browser.get(url).status_code == expected, (key, url)
        if key != "stranger":
            listed = "只给看的人" in browser.get("/plans/1/files").text
            assert listed == (key in readers), key


def test_versions_are_kept_and_the_same_file_twice_is_refused(people) -> None:
    file = share(people.owner1)
    newer = services.add_version(
        file, filename="标准2.txt", content=b"two", actor=people.owner2, now=NOW
    )
    assert newer.number == 2
    with pytest.raises(DomainError) as refused:
        services.add_version(
            file, filename="标准2.txt", content=b"two", actor=people.owner2, now=NOW
        )
    assert refused.value.field == "upload"
    assert [v.number for v in services.versions_of(file)] == [2, 1]


def test_a_hidden_file_takes_no_version_from_who_cannot_see_it(people) -> None:
    file = share(people.pm, visibility=Visibility.managers)
    with pytest.raises(NotFound):
        services.add_version(file, filename="a.txt", content=b"x", actor=people.owner2, now=NOW)


def test_members_read_and_do_not_share(client_of, people) -> None:
    with pytest.raises(Forbidden):
        share(people.clerk)
    assert client_of("clerk").post("/plans/1/files").status_code == 403


def test_a_removed_file_is_gone_for_others_and_can_be_put_back(client_of, people) -> None:
    file = share(people.owner1, title="一份要移除的文件")
    db.session.commit()
    owner, other = client_of("owner1"), client_of("owner2")
    assert other.post(f"/files/{file.id}/remove").status_code == 403
    assert owner.post(f"/files/{file.id}/remove").status_code == 303
    assert other.get(f"/files/{file.id}").status_code == 404
    assert "一份要移除的文件" not in other.get("/plans/1/files").text
    assert "一份要移除的文件" in owner.get("/plans/1/files").text
    assert owner.post(f"/files/{file.id}/restore").status_code == 303
    assert other.get(f"/files/{file.id}").status_code == 200


def test_two_people_at_one_files_words_are_told(people) -> None:
    file = share(people.owner1)
    seen = services.file_stamp(file)
    change = {"description": "", "visibility": Visibility.heads, "actor": people.pm, "now": NOW}
    services.edit_file(file, title="一", seen=seen, **change)
    with pytest.raises(Conflict) as told:
        services.edit_file(file, title="二", seen=seen, **change)
    assert told.value.theirs["title"] == "一"


def test_what_happens_to_a_file_is_in_the_trail_without_its_bytes(people) -> None:
    share(people.owner1, content=b"a secret sentence")
    entries = db.session.scalars(
        db.select(AuditEntry).where(
            AuditEntry.object_type.in_(["shared_files", "file_versions"])
        )
    ).all()
    assert {entry.action for entry in entries} == {"shared", "uploaded"}
    assert "secret" not in str([entry.changes for entry in entries])


def test_the_list_needs_as_many_statements_for_many_files(client_of, people) -> None:
    share(people.owner1)
    db.session.commit()
    pm = client_of("pm")
    pm.get("/plans/1/files")
    with counted() as few:
        pm.get("/plans/1/files")
    for number in range(20):
        share(people.owner2, title=f"file {number}", content=f"{number}".encode())
    db.session.commit()
    with counted() as many:
        pm.get("/plans/1/files")
    assert len(many) == len(few) <= 12
    assert not any("content" in statement.split("FROM")[0] for statement in many)


def test_the_newest_comes_first(people) -> None:
    first, second = share(people.owner1, title="a"), share(people.owner1, title="b", content=b"2")
    rows = services.file_entries(viewer_of(people.clerk, 1))
    assert [row.file.id for row in rows] == [second.id, first.id]
    assert isinstance(rows[0].latest, FileVersion)
