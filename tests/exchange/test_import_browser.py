"""A workbook with a conflict, in a real browser: export, change on both sides, choose, apply."""

import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from app.core.db import db
from app.core.localtext import LocalText
from app.tasks.services import describe_task
from tests.conftest import NOW

pytestmark = pytest.mark.browser


def edited(path: Path, changes: dict[str, str]) -> None:
    book = openpyxl.load_workbook(path)
    for address, text in changes.items():
        book["任务"][address] = text
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize("choice", ["file", "now"])
def test_a_conflict_shows_three_values_and_the_chosen_one_stands(
    visitor_of, task, people, tmp_path, choice
):
    before = task(1).title.zh
    with visitor_of("pm") as pm:
        page = pm.goes_to("/plans/1/tasks")
        with page.expect_download() as download:
            page.get_by_role("link", name="导出 Excel").click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        edited(path, {"E2": "文件里的标题", "E3": "一步新的标题"})
        describe_task(task(1), title=LocalText(own="系统里的标题"), description="", weight=1,
                      actor=people.pm, now=NOW)  # fmt: skip
        db.session.commit()

        page = pm.goes_to("/plans/1/exchange")
        page.set_input_files("[name=upload]", path)
        page.get_by_role("button", name="显示改动").click()
        expect(page.locator("#summary")).to_contain_text("1 行冲突、1 行改动")
        row = page.locator("#tasks tr", has_text="任务!E2")
        for value in (before, "系统里的标题", "文件里的标题"):
            expect(row).to_contain_text(value)
        assert task(1).title.own == "系统里的标题"

        page.get_by_role("button", name="应用这些改动").click()
        expect(page.get_by_role("alert").first).to_contain_text("请逐个决定冲突")
        assert "422" in pm.complaints.pop()
        page.locator(f"#tasks input[value={choice}]").check()
        page.get_by_role("button", name="应用这些改动").click()
        expect(page.locator("main")).to_contain_text("已应用")
        page = pm.goes_to("/tasks/1")
        expect(page.locator("h1")).to_contain_text(
            "文件里的标题" if choice == "file" else "系统里的标题"
        )
        expect(page.locator("main")).to_contain_text("一步新的标题")


def test_the_preview_fits_the_phone_and_the_keyboard_reaches_each_choice(
    visitor_of, task, people, export, tmp_path
):
    book = export()
    book.set("任务", "task-1", "标题", "文件里的标题")
    path = tmp_path / "plan.xlsx"
    path.write_bytes(book.content)
    describe_task(task(1), title=LocalText(own="系统里的标题"), description="", weight=1,
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    with visitor_of("pm", phone=True) as pm:
        page = pm.goes_to("/plans/1/exchange")
        page.set_input_files("[name=upload]", path)
        page.get_by_role("button", name="显示改动").click()
        page.wait_for_selector("#summary")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#tasks input[value=file]").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#tasks input[value=now]")).to_be_checked()
