"""The pages of the round trip and its commands."""

import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.localtext import LocalText
from app.exchange.models import Upload, UploadState
from app.exchange.services import export_plan
from app.tasks.services import describe_task
from tests.conftest import NOW

INDEX = "/plans/1/exchange"


def sent(client, book, name="计划.xlsx"):
    content = book if isinstance(book, bytes) else book.content
    return client.post(INDEX, data={"upload": (io.BytesIO(content), name)})


def seen_in(page: str) -> str:
    return re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page)[1]


def with_title(export, text="新的标题"):
    book = export()
    book.set("任务", "task-1", "标题", text)
    return book


@pytest.mark.parametrize("who", ["pm", "owner1", "finance", "exec", "clerk"])
def test_everybody_of_the_plan_takes_out_what_they_may_read(client_of, who):
    client = client_of(who)
    assert client.get(INDEX).status_code == 200
    answer = client.get(f"{INDEX}/plan.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    names = openpyxl.load_workbook(io.BytesIO(answer.data)).sheetnames
    assert ("预算" in names) == (who != "clerk")


def test_a_workbook_goes_through_the_pages(client_of, export, task):
    client = client_of("pm")
    answer = sent(client, with_title(export))
    page = client.get(answer.location).get_data(as_text=True)
    assert "任务!E2" in page and "新的标题" in page
    assert task(1).title.own is None
    done = client.post(f"{answer.location}/apply", data={"seen": seen_in(page)})
    assert done.status_code == 303
    db.session.expire_all()
    assert task(1).title.own == "新的标题"
    assert client.get(answer.location).status_code == 302  # there is nothing more to decide


def test_an_upload_is_its_bringers_alone(client_of, export):
    where = sent(client_of("pm"), with_title(export)).location
    for who in ("owner1", "exec", "stranger"):
        client = client_of(who)
        assert client.get(where).status_code == 404
        assert client.post(f"{where}/apply", data={"seen": "x"}).status_code == 404
        assert client.post(f"{where}/drop").status_code == 404


def test_a_plan_that_moved_on_shows_the_new_changes_and_keeps_the_old_state(
    client_of, export, task, people
):
    client = client_of("pm")
    where = sent(client, with_title(export)).location
    seen = seen_in(client.get(where).get_data(as_text=True))
    describe_task(task(1), title=LocalText(own="系统里的"), description="", weight=1,
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    answer = client.post(f"{where}/apply", data={"seen": seen})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "系统里的" in page, seen_in(page) != seen) == (409, True, True)
    db.session.expire_all()
    assert task(1).title.own == "系统里的"
    done = client.post(f"{where}/apply", data={
        "seen": seen_in(page), "conflict:tasks.task-1.title": "file"})  # fmt: skip
    assert done.status_code == 303
    db.session.expire_all()
    assert task(1).title.own == "新的标题"


def test_a_page_of_a_preview_is_new_when_something_changed_meanwhile(
    client_of, export, task, people
):
    client = client_of("pm")
    where = sent(client, with_title(export)).location
    assert "系统里的" not in client.get(where).get_data(as_text=True)
    describe_task(task(1), title=LocalText(own="系统里的"), description="", weight=1,
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    assert "系统里的" in client.get(where).get_data(as_text=True)


def test_a_dropped_workbook_changes_nothing_and_cannot_be_applied(client_of, export, task):
    client = client_of("pm")
    where = sent(client, with_title(export)).location
    seen = seen_in(client.get(where).get_data(as_text=True))
    assert client.post(f"{where}/drop").status_code == 303
    assert client.post(f"{where}/apply", data={"seen": seen}).status_code == 422
    assert task(1).title.own is None


def test_a_newer_workbook_takes_the_place_of_the_one_that_waits(client_of, export):
    client = client_of("pm")
    sent(client, with_title(export))
    sent(client, with_title(export, "noch einer"))
    states = db.session.scalars(select(Upload.state).order_by(Upload.id)).all()
    assert states == [UploadState.dropped, UploadState.waiting]


def test_what_is_refused_stands_with_its_cell_and_applies_nothing(client_of, export, task):
    book = with_title(export)
    where = book.set("任务", "task-2", "开始日", "3/1/26")
    client = client_of("pm")
    place = sent(client, book).location
    page = client.get(place).get_data(as_text=True)
    assert where in page and "3/1/26" in page
    answer = client.post(f"{place}/apply", data={"seen": seen_in(page)})
    assert answer.status_code == 422
    db.session.expire_all()
    assert task(1).title.own is None


def test_user_text_is_escaped_on_the_preview(client_of, export):
    client = client_of("pm")
    where = sent(client, with_title(export, "<script>alert(1)</script>")).location
    assert "<script>alert(1)" not in client.get(where).get_data(as_text=True)


def test_a_file_that_is_none_is_said_at_the_field_in_both_languages(client_of):
    for language, word in (("zh", "不是 Excel"), ("en", "no Excel workbook")):
        answer = sent(client_of("pm", language), b"a,b,c", "x.xlsx")
        assert answer.status_code == 422
        assert word in answer.get_data(as_text=True)


def test_export_and_import_by_command(app, plan, people, task, tmp_path):
    path = tmp_path / "plan.xlsx"
    run = app.test_cli_runner().invoke
    db.session.commit()
    assert run(args=["plan", "export", "1", "-o", str(path)]).exit_code == 0
    answer = run(args=["plan", "import", str(path), "--dry-run"])
    assert (answer.exit_code, "No changes" in answer.output) == (0, True)
    book = openpyxl.load_workbook(path)
    book["任务"]["E2"], book["任务"]["I2"] = "新的标题", "3/1/26"
    book.save(path)
    answer = run(args=["plan", "import", str(path)])
    assert answer.exit_code == 1
    assert "任务!I2" in answer.output
    book["任务"]["I2"] = "2026-12-31"
    book.save(path)
    for arguments, word in ((["--dry-run"], "1 row differs"), ([], "say why")):
        assert word in run(args=["plan", "import", str(path), *arguments]).output
        db.session.expire_all()
        assert task(1).title.own is None
    answer = run(args=["plan", "import", str(path), "--reason", "later"])
    assert (answer.exit_code, "Rows applied: 1" in answer.output) == (0, True)
    db.session.expire_all()
    assert task(1).title.own == "新的标题"


def test_commands_say_what_they_cannot_do(app, plan, people, tmp_path):
    run = app.test_cli_runner().invoke
    path = tmp_path / "x.xlsx"
    db.session.commit()
    assert "no plan 99" in run(args=["plan", "export", "99", "-o", str(path)]).output
    assert run(args=["plan", "export", "1", "-o", str(path), "--as", "x@y"]).exit_code == 1
    path.write_bytes(b"nothing")
    answer = run(args=["plan", "import", str(path)])
    assert (answer.exit_code, "x.xlsx is no Excel workbook" in answer.output) == (1, True)
    path.write_bytes(export_plan(1, eyes=people.pm, language="en", now=NOW))
    answer = run(args=["plan", "import", str(path), "--as", "owner1@example.com", "--dry-run"])
    assert answer.exit_code == 0
