"""Shortcuts for the tests of the round trip: a workbook to edit, and what it would change."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from app.core.db import db
from app.exchange import previewing, services
from app.exchange.matching import Outcome
from app.tasks.models import Task
from tests.conftest import NOW


@dataclass
class Book:
    """An exported workbook in the hands of somebody with a spreadsheet program."""

    workbook: openpyxl.Workbook

    def sheet(self, title: str) -> Any:
        return self.workbook[title]

    def column(self, title: str, head: str) -> str:
        """The letter of a column by its head."""
        for cell in self.workbook[title][1]:
            if cell.value == head:
                return str(cell.column_letter)
        raise KeyError(head)

    def row(self, title: str, row_id: str) -> int:
        for cell in self.workbook[title]["A"]:
            if cell.value == row_id:
                return int(cell.row)
        raise KeyError(row_id)

    def set(self, title: str, row_id: str, head: str, value: Any) -> str:
        """Write into a cell; answers where: "任务!F12"."""
        address = f"{self.column(title, head)}{self.row(title, row_id)}"
        self.workbook[title][address] = value
        return f"{title}!{address}"

    def add(self, title: str, **values: Any) -> int:
        """A new row below the last one; answers its number."""
        number = self.workbook[title].max_row + 1
        for head, value in values.items():
            self.workbook[title][f"{self.column(title, head)}{number}"] = value
        return number

    def drop(self, title: str, row_id: str) -> None:
        self.workbook[title].delete_rows(self.row(title, row_id))

    @property
    def content(self) -> bytes:
        out = io.BytesIO()
        self.workbook.save(out)
        return out.getvalue()


@pytest.fixture
def export(people: SimpleNamespace, plan: Any) -> Callable[..., Book]:
    """export("pm", "zh") → the workbook in that person's eyes."""

    def make(who: str = "pm", language: str = "zh") -> Book:
        content = services.export_plan(
            1, eyes=getattr(people, who), language=language, now=NOW
        )
        return Book(openpyxl.load_workbook(io.BytesIO(content)))

    return make


@pytest.fixture
def preview(people: SimpleNamespace) -> Callable[..., previewing.Preview]:
    """preview(book or bytes, "pm") → what it would change."""

    def make(book: Book | bytes, who: str = "pm", name: str = "计划.xlsx") -> previewing.Preview:
        content = book if isinstance(book, bytes) else book.content
        return previewing.preview_of(1, name, content, actor=getattr(people, who), now=NOW)

    return make


@pytest.fixture
def bring(people: SimpleNamespace) -> Callable[..., int]:
    """bring(book, "pm", reason="…") → applies it and keeps it."""

    def make(book: Book, who: str = "pm", **decided: Any) -> int:
        actor = getattr(people, who)
        upload = services.take_in(
            1, filename="计划.xlsx", content=book.content, actor=actor, now=NOW
        )
        db.session.commit()
        count = services.apply_upload(
            upload, services.Decision(**decided), seen=upload.changes_sha256, actor=actor, now=NOW
        )
        db.session.commit()
        return count

    return make


@pytest.fixture
def task(plan: Any) -> Callable[[int], Task]:
    """task(2) → the plan's second task."""
    return lambda number: db.session.scalars(
        db.select(Task).where(Task.plan_id == 1, Task.number == number)
    ).one()


def outcomes(found: previewing.Preview) -> dict[str, str]:
    """What becomes of each row that differs, by its id."""
    return {row.key: row.outcome.value for row in found.rows}


def refusals(found: previewing.Preview) -> list[tuple[str, str]]:
    """Sheet and cell, and the sentence, of everything that is refused."""
    titles = {raw.key: raw.title for raw in found.book.sheets}
    said = []
    for row in found.rows:
        for cell in row.cells:
            if cell.outcome is Outcome.refused:
                said.append((f"{titles[row.sheet]}!{cell.address}", str(cell.reason)))
        if row.is_refused and not row.cells:
            said.append((f"{titles[row.sheet]}!{row.address}", str(row.reason)))
    return said
