"""How long a workbook of 5,000 rows takes from its arrival until its preview stands on the page.

    .venv/bin/python benchmarks/import_workbook.py

A plan with 5,000 rows over all six sheets is exported, 500 of its cells are edited, and the file is
sent to the import page as a browser would: upload, then the page with the preview. Prints seconds
by the clock and of the processor (median and best of the runs, the last reading forgotten between
them) and the ratio to openpyxl merely reading every cell of the same file in the same run. Exits
with 1 when the processor's median is over the limit: what else the machine does is not ours.
"""

import io
import logging
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from flask import Flask

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app import create_app
from app.accounts.models import Person
from app.accounts.sign_in import begin_sign_in
from app.core import clock
from app.core.db import db
from app.core.localtext import LocalText
from app.exchange import previewing, services
from app.risks.models import Risk
from app.tasks.models import (
    ActionItem,
    BudgetLine,
    Link,
    Resource,
    ResourceKind,
    Step,
    Task,
    item_key,
    pair_of,
)
from tests.conftest import NOW, make_world, settings_for

TASKS, STEPS_A_TASK, LINKS, RESOURCES, LINES, RISKS, ACTIONS = 100, 24, 1000, 600, 400, 100, 400
EDITS, RUNS = 500, 5
LIMIT_S = 5.0
START = date(2026, 10, 12)
# By the clock, and of the processor.
Seconds = tuple[float, float]


def now() -> Seconds:
    return time.perf_counter(), time.process_time()


def since(began: Seconds) -> Seconds:
    return time.perf_counter() - began[0], time.process_time() - began[1]


def fill(plan_id: int) -> int:
    """Rows of every kind beside those of the template; answers how many the workbook has."""
    pm = db.session.scalars(db.select(Person).where(Person.email == "pm@example.com")).one()
    for number in range(6, TASKS + 1):
        first = START + timedelta(days=number % 90)
        last = first + timedelta(days=40)
        db.session.add(
            Task(plan_id=plan_id, number=number, title=LocalText(own=f"任务 {number}"),
                 description="说明一句话。", owner_id=pm.id, duration_workdays=28, start_on=first,
                 finish_on=last, baseline_start_on=first, baseline_finish_on=last, weight=1)
        )  # fmt: skip
    db.session.flush()
    tasks = db.session.scalars(db.select(Task).where(Task.plan_id == plan_id)).all()
    for task in tasks:
        for number in range(100, 100 + STEPS_A_TASK):
            first = task.start_on + timedelta(days=number - 100)
            db.session.add(
                Step(plan_id=plan_id, task_id=task.id, number=number, start_on=first,
                     title=LocalText(own=f"步骤 {task.number}-{number}"), finish_on=first,
                     baseline_start_on=first, baseline_finish_on=first)
            )  # fmt: skip
    for number in range(RESOURCES):
        task, title = tasks[number % TASKS], LocalText(own=f"资源 {number}")
        db.session.add(Resource(plan_id=plan_id, task_id=task.id, kind=ResourceKind.human,
                                title=title, quantity="2 人"))  # fmt: skip
    for number in range(LINES):
        db.session.add(BudgetLine(plan_id=plan_id, task_id=tasks[number % TASKS].id,
                                  title=LocalText(own=f"预算 {number}"), planned_cents=100_00,
                                  forecast_cents=100_00))  # fmt: skip
    for number in range(RISKS):
        db.session.add(Risk(plan_id=plan_id, number=100 + number, created_at=NOW,
                            title=LocalText(own=f"风险 {number}")))  # fmt: skip
    for number in range(ACTIONS):
        db.session.add(ActionItem(plan_id=plan_id, number=100 + number, title=f"行动 {number}",
                                  owner_id=pm.id, due_on=date(2026, 12, 30), created_at=NOW,
                                  created_by_id=pm.id))  # fmt: skip
    db.session.flush()
    steps = db.session.scalars(
        db.select(Step).where(Step.plan_id == plan_id, Step.number >= 100).order_by(Step.id)
    ).all()
    for before, after in zip(steps[:LINKS], steps[1 : LINKS + 1], strict=True):
        db.session.add(
            Link(plan_id=plan_id, before_task_id=before.task_id, before_step_id=before.id,
                 after_task_id=after.task_id, after_step_id=after.id,
                 pair=pair_of(item_key(before.task_id, before.id),
                              item_key(after.task_id, after.id)))
        )  # fmt: skip
    db.session.commit()
    counted = (Task, Step, Link, Resource, BudgetLine, Risk, ActionItem)
    return sum(
        db.session.scalar(db.select(db.func.count()).select_from(table)) or 0 for table in counted
    )


def edited(content: bytes) -> bytes:
    """The workbook after somebody changed cells of every sheet in it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    share = EDITS // 5
    changes = {"任务": ("标题", "改名"), "依赖关系": ("间隔工作日", 2), "资源": ("数量", "3 人"),
               "预算": ("实际（元）", 12.5), "风险": ("标题", "改名")}  # fmt: skip
    for title, (head, value) in changes.items():
        sheet = book[title]
        column = next(cell.column for cell in sheet[1] if cell.value == head)
        last = sheet.max_row
        for row in range(last - share + 1, last + 1):
            sheet.cell(row, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def merely_read(content: bytes) -> Seconds:
    began = now()
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for sheet in book.worksheets:
        for _row in sheet.iter_rows(values_only=True):
            pass
    book.close()
    return since(began)


def browser(app: Flask) -> Any:
    client = app.test_client()
    with app.app_context():
        pm = db.session.scalars(db.select(Person).where(Person.email == "pm@example.com")).one()
        token = begin_sign_in(pm, clock.now())
        db.session.commit()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    return client


def until_preview(client: Any, content: bytes) -> Seconds:
    previewing._read_once.cache_clear()
    began = now()
    sent = client.post("/plans/1/exchange", data={"upload": (io.BytesIO(content), "plan.xlsx")})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    page = client.get(sent.location)
    seconds = since(began)
    assert page.status_code == 200
    assert f"有 {EDITS} 行" in page.get_data(as_text=True)
    return seconds


def line(name: str, runs: list[Seconds]) -> str:
    wall, own = ([run[n] for run in runs] for n in (0, 1))
    return (f"{name} processor: median {statistics.median(own):.2f} s, best {min(own):.2f} s; "
            f"clock: median {statistics.median(wall):.2f} s, best {min(wall):.2f} s")  # fmt: skip


def main() -> int:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, clock.fixed_at(NOW):
        place = Path(folder)
        app = create_app(settings_for(f"sqlite:///{place / 'benchmark.db'}", place))
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        with app.app_context():
            db.create_all()
            make_world()
            rows = fill(1)
            pm = db.session.scalars(db.select(Person).where(Person.email == "pm@example.com")).one()
            began = now()
            exported = services.export_plan(1, eyes=pm, language="zh", now=NOW)
            export_s = since(began)[1]
            db.session.remove()
        content = edited(exported)
        client = browser(app)
        reading, importing = [], []
        for _run in range(RUNS):
            reading.append(merely_read(content))
            importing.append(until_preview(client, content))
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    median, base = (statistics.median(run[1] for run in runs) for runs in (importing, reading))
    print(f"workbook: {rows:,} rows, {len(content):,} bytes, {EDITS} cells edited; "
          f"exported in {export_s:.2f} s of the processor")  # fmt: skip
    print(line("upload until the preview's page,", importing), f"(limit {LIMIT_S:.0f} s)")
    print(line("openpyxl merely reading the file,", reading))
    print(f"ratio of the processor's medians: {median / base:.2f}")
    return 0 if median < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
