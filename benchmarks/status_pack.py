"""How long the status pack takes beside XlsxWriter alone, and how much memory a large one needs.

    .venv/bin/python benchmarks/status_pack.py

While a pack is built once, every call upon XlsxWriter is written down: each cell, format, chart,
sparkline and conditional format. The baseline is those calls again on a new workbook, with nothing
of ours between. Both are measured in turn in the same run, as milliseconds of the processor, with
what was written down and the plan's state out of the collector's sight. Two plans:

* the demo's pack on its ninth week's Thursday, by itself and with everything from the request on:
  the state read from the database, written down as a snapshot, read back and built;
* 500 tasks with 52 weeks of reports: 26,000 reports with 78,000 promises, written as rows.

The large plan's memory is that of a process of its own that builds a pack and nothing else, as the
job of packs does: the plan's first one, and, after another week of reports and a few changes, the
second, which says what changed since the first.

Exits with 1 when a limit is missed.
"""

import gc
import logging
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import insert
from xlsxwriter import Workbook

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app import create_app
from app.accounts.models import Person
from app.core.db import db
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.core.settings import demo_settings, sqlite_url
from app.ops.demo.making import demo_mark, make_demo
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.weeks import IsoWeek
from app.reports.deadlines import due_at
from app.reports.models import Outcome, Promise, ReportState, WeeklyReport
from app.risks.models import Risk
from app.status.models import PackState
from app.status.packs import making as pack_making
from app.status.packs.making import Ask, draft_of, make
from app.status.packs.services import build_pack, request_pack
from app.status.sheets import book as book_module
from app.status.sheets.facts import PackFacts
from app.status.sheets.named_styles import PART, NamedStylesWorkbook
from app.status.sheets.workbook import build_workbook
from app.tasks.models import Step, Task, TaskState

DEMO_AT = datetime(2026, 11, 26, 8, 20, tzinfo=UTC)
# Thursday of the large plan's 53rd week.
LARGE_AT = datetime(2027, 9, 30, 8, 20, tzinfo=UTC)
START, FINISH = date(2026, 9, 28), date(2027, 12, 31)
TASKS, STEPS_A_TASK, WEEKS, PROMISES = 500, 5, 52, 3
DEMO_ROUNDS, LARGE_ROUNDS = 15, 4
DEMO_LIMIT, WHOLE_LIMIT, LARGE_LIMIT, MEMORY_LIMIT_MB = 1.5, 2.0, 1.3, 300
# What of XlsxWriter is an object that later calls refer to.
MAKERS = ("add_worksheet", "add_format", "add_chart")


class Script:
    """The calls of one build: (number of the object, method, arguments). Objects are numbered in
    the order in which they were made; 0 is the workbook, 1 its standing format."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.made: list[tuple[str, tuple[Any, ...], dict[str, Any], int | bool]] = []
        self.calls: list[tuple[int, str, tuple[Any, ...], dict[str, Any]]] = []
        self.numbers: dict[int, int] = {}
        self.depth = 0

    def watch(self, thing: Any) -> None:
        """Write down every public call upon the object that comes from outside XlsxWriter."""
        number = self.numbers[id(thing)] = len(self.numbers)
        for name in dir(type(thing)):
            method = getattr(thing, name)
            if name.startswith("_") or not callable(method) or name in ("close", "get_name"):
                continue
            setattr(thing, name, partial(self._call, thing, number, name, method))

    def _call(
        self, thing: Any, number: int, name: str, method: Callable[..., Any],
        *args: Any, **named: Any,
    ) -> Any:  # fmt: skip
        self.depth += 1
        try:
            answer = method(*args, **named)
        finally:
            self.depth -= 1
        if self.depth:
            return answer
        if name in MAKERS:
            self.made.append((name, args, named, thing.constant_memory))
            self.watch(answer)
        else:
            self.calls.append((number, name, args, named))
        return answer

    def run(self) -> tuple[float, bytes]:
        """The same calls again: milliseconds of the processor, and the file. Finding out which
        format is meant is not counted: a script would have it in a variable."""
        buffer = BytesIO()
        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            workbook = Workbook(buffer, self.options | {"tmpdir": folder})
            things: list[Any] = [workbook, workbook.formats[0]]
            for name, args, named, is_long in self.made:
                workbook.constant_memory = is_long
                things.append(getattr(workbook, name)(*args, **named))
            workbook.constant_memory = False
            spent = time.process_time() - began
            calls = [
                (getattr(things[number], name), self._own(args, things), self._own(named, things))
                for number, name, args, named in self.calls
            ]
            gc.collect()
            gc.freeze()
            began = time.process_time()
            for method, arguments, named in calls:
                method(*arguments, **named)
            workbook.close()
        spent += time.process_time() - began
        gc.unfreeze()
        return 1000 * spent, buffer.getvalue()

    def _own(self, value: Any, things: list[Any]) -> Any:
        """The arguments with this run's formats, sheets and charts."""
        if isinstance(value, tuple | list):
            return type(value)(self._own(part, things) for part in value)
        if isinstance(value, dict):
            return {key: self._own(part, things) for key, part in value.items()}
        number = self.numbers.get(id(value))
        return value if number is None else things[number]


def written_down(build: Callable[[], bytes]) -> Script:
    """What one build asks of XlsxWriter."""
    script = Script()

    def recorded(target: Any, options: dict[str, Any]) -> NamedStylesWorkbook:
        script.options = {key: value for key, value in options.items() if key != "tmpdir"}
        workbook = NamedStylesWorkbook(target, options)
        script.watch(workbook)
        script.watch(workbook.formats[0])
        # Its numbers hold as long as the objects do.
        script.workbook = workbook  # type: ignore[attr-defined]
        return workbook

    book_module.NamedStylesWorkbook = recorded  # type: ignore[misc,assignment]
    try:
        build()
    finally:
        book_module.NamedStylesWorkbook = NamedStylesWorkbook  # type: ignore[misc]
    return script


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook, without the one of its styles."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != PART}


def timed(act: Callable[[], Any]) -> float:
    """Milliseconds of the processor."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    act()
    spent = time.process_time() - began
    gc.unfreeze()
    return 1000 * spent


def compare(
    app: Flask, address: str, at: datetime, rounds: int, *, is_whole: bool
) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Medians of bare XlsxWriter, of building the workbook, and of everything (0 if not asked);
    and of how many times the first of its own round each of the others took, for a machine that is
    slower for a while is so for all of a round."""
    with app.test_request_context():
        ask = ask_of(address, at)
        facts = facts_of(ask)
        db.session.rollback()

        def build() -> bytes:
            zone = ZoneInfo(facts.manifest.timezone)
            with in_language("zh"), pack_making._standing_at(at, zone):
                return build_workbook(facts, zone)

        script = written_down(build)
        # A baseline that wrote less would be none; the names of the styles it cannot write.
        assert parts(script.run()[1]) == parts(build())
        bare, ours, whole = [], [], []
        for _round in range(rounds):
            bare.append(script.run()[0])
            ours.append(timed(build))
            if is_whole:
                whole.append(timed(partial(make, ask)))
                db.session.rollback()
    whole = whole or [0.0] * rounds
    times = tuple(statistics.median(row) for row in (bare, ours, whole))
    ratios = tuple(
        statistics.median(one / base for one, base in zip(row, bare, strict=True))
        for row in (ours, whole)
    )
    return times, ratios  # type: ignore[return-value]


def person(address: str) -> Person:
    return db.session.scalars(db.select(Person).where(Person.email == address)).one()


def ask_of(address: str, at: datetime) -> Ask:
    """The manager's pack of the plan."""
    eyes = person(address)
    viewer = viewer_for(eyes, 1)
    assert viewer is not None
    return Ask(viewer, eyes.name, "zh", at, at)


def facts_of(ask: Ask) -> PackFacts:
    """What the pack's sheets are written from."""
    draft = draft_of(ask)
    return PackFacts(draft.shown.state, draft.manifest, draft.shown.comparison)


def demo(folder: Path) -> Flask:
    """The demo as `flask demo` makes it."""
    settings = demo_settings(folder, base_url="http://127.0.0.1:8000", mail_url=None)
    app = create_app(settings)
    with app.app_context(), in_language("zh"):
        mark = demo_mark(DEMO_AT, "zh", app.config["PROGRAM_VERSION"], settings)
        make_demo(create_app, settings, mark, DEMO_AT, lambda _week: None)
    return app


def large_app(folder: Path) -> Flask:
    settings = demo_settings(folder, base_url="http://127.0.0.1:8000", mail_url=None)
    return create_app(replace(settings, database_url=sqlite_url(folder / "large.db")))


def fill(folder: Path) -> None:
    """The large plan's rows. How they came about is not what is measured."""
    # Here alone: what the tests bring along is no memory of the program's.
    from tests.conftest import make_world

    app = large_app(folder)
    with app.test_request_context():
        db.create_all()
        make_world()
        people = {row.email.split("@")[0]: row.id for row in db.session.scalars(db.select(Person))}
        db.session.get_one(Plan, 1).finish_on = FINISH
        owners = [people[f"owner{n}"] for n in range(1, 6)]
        db.session.execute(insert(Task), [
            {"plan_id": 1, "number": n, "title": LocalText(own=f"第 {n} 项：门店 {n} 的接待标准"),
             "description": "", "owner_id": owners[n % 5], "duration_workdays": 200,
             "start_on": START, "finish_on": FINISH, "baseline_start_on": START,
             "baseline_finish_on": FINISH - timedelta(days=n % 12), "weight": 1 + n % 3,
             "state": TaskState.active, "progress_percent": 40 + n % 60}
            for n in range(6, TASKS + 1)
        ])  # fmt: skip
        tasks = db.session.execute(
            db.select(Task.id, Task.number, Task.owner_id).where(Task.plan_id == 1)
        ).all()
        db.session.execute(insert(Step), [
            {"plan_id": 1, "task_id": task_id, "number": 100 + n,
             "title": LocalText(own=f"步骤 {n}：{number} 号门店"),
             "start_on": START + timedelta(weeks=10 * n),
             "finish_on": START + timedelta(weeks=10 * n + 9), "is_milestone": n == 4,
             "progress_percent": 100 if n < 4 else 30,
             "done_on": START + timedelta(weeks=10 * n + 9) if n < 4 else None}
            for task_id, number, _owner in tasks for n in range(STEPS_A_TASK)
        ])  # fmt: skip
        for at in range(WEEKS):
            report_on(at, [row.tuple() for row in tasks], people["pm"])
        db.session.commit()


def report_on(at: int, tasks: list[tuple[int, int, int]], decided_by_id: int) -> None:
    """Everybody's report of the plan's week `at`, counted from 0, with its promises. tasks: id,
    number and owner."""
    calendar, zone, week = work_calendar(), ZoneInfo("Asia/Shanghai"), IsoWeek.of(START).plus(at)
    deadline = due_at(week, calendar, zone) or due_at(week.next(), calendar, zone)
    assert deadline is not None
    due = week.plus(1)
    reports: list[dict[str, Any]] = []
    promises: list[dict[str, Any]] = []
    for key, (task_id, number, owner) in enumerate(tasks, start=1 + at * len(tasks)):
        sent_at = deadline + timedelta(hours=20 if (at + number) % 9 == 0 else -2)
        reports.append({
            "id": key, "plan_id": 1, "task_id": task_id, "iso_year": week.year,
            "iso_week": week.week, "owner_id": owner, "author_id": owner,
            "state": ReportState.accepted, "progress_percent": min(99, 2 * at),
            "done_text": f"按计划推进第 {at} 周的安排，检查前台三次，记录 {number} 条。",
            "saved_at": sent_at, "first_submitted_at": sent_at, "submitted_at": sent_at,
            "decided_at": sent_at, "decided_by_id": decided_by_id, "return_reason": "",
        })  # fmt: skip
        for n in range(PROMISES):
            is_slipped = (at + number + n) % 7 == 0
            outcome = Outcome.slipped if is_slipped else Outcome.done
            promises.append({
                "plan_id": 1, "task_id": task_id, "report_id": key,
                "text": f"下周完成门店 {number} 的第 {n} 项安排，交培训部",
                "made_year": week.year, "made_week": week.week, "due_year": due.year,
                "due_week": due.week, "outcome": outcome,
                "reason": "场地没有定下来" if is_slipped else "", "settled_in_id": key,
            })  # fmt: skip
    db.session.execute(insert(WeeklyReport), reports)
    db.session.execute(insert(Promise), promises)


def change(folder: Path) -> None:
    """A week later: another report of everybody, a risk with a score, a task that ends later."""
    with large_app(folder).test_request_context():
        tasks = db.session.scalars(db.select(Task).where(Task.plan_id == 1).order_by(Task.id)).all()
        owned = [(task.id, task.number, task.owner_id) for task in tasks if task.owner_id]
        manager = person("pm@example.com").id
        report_on(WEEKS, owned, manager)
        risk = db.session.scalars(db.select(Risk).where(Risk.plan_id == 1)).first()
        assert risk is not None
        risk.current_probability, risk.current_impact, risk.reviewed_at = 5, 5, LARGE_AT
        tasks[-1].finish_on = FINISH + timedelta(days=14)
        db.session.commit()


def first(folder: Path) -> None:
    peak(folder, LARGE_AT)


def second(folder: Path) -> None:
    peak(folder, LARGE_AT + timedelta(weeks=1))


def peak(folder: Path, at: datetime) -> None:
    """Build the large plan's next pack and say how much memory the process took at most, in MB,
    how large the file is, and whether it is compared with an earlier one."""
    app = large_app(folder)
    with app.test_request_context():
        pack = request_pack(1, language="zh", actor=person("pm@example.com"), now=at)
        db.session.commit()
        assert build_pack(pack.id, at)
        assert pack.state is PackState.ready, pack.error
        said = pack.size, int(pack.compared_with_id is not None)
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, *said)


def in_its_own_process(what: str, folder: Path) -> str:
    """Run a part of this script alone; answers what it printed."""
    return subprocess.run(
        [sys.executable, __file__, what, str(folder)], check=True, capture_output=True, text=True
    ).stdout


def peak_of(which: str, folder: Path) -> tuple[float, float]:
    """MB at most, and the file's bytes, of the first or the second pack."""
    memory, size, is_compared = (float(n) for n in in_its_own_process(which, folder).split())
    assert bool(is_compared) == (which == "second")
    return memory, size


def main() -> int:
    logging.disable(logging.ERROR)
    if len(sys.argv) == 3:
        {"fill": fill, "first": first, "change": change, "second": second}[sys.argv[1]](
            Path(sys.argv[2])
        )
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The large plan first, while this process is small: a child begins with its parent's peak.
        in_its_own_process("fill", folder)
        memories = [peak_of("first", folder)]
        # A copy, for the times are measured of the plan as it stands now.
        (folder / "later").mkdir()
        for file in folder.glob("large.db*"):
            shutil.copy(file, folder / "later")
        in_its_own_process("change", folder / "later")
        memories.append(peak_of("second", folder / "later"))
        (folder / "demo").mkdir()
        small, (demo_ratio, whole_ratio) = compare(
            demo(folder / "demo"), "pm@demo.example", DEMO_AT, DEMO_ROUNDS, is_whole=True
        )
        large, (large_ratio, _none) = compare(large_app(folder), "pm@example.com", LARGE_AT,
                                              LARGE_ROUNDS, is_whole=False)  # fmt: skip
    ratios = demo_ratio, whole_ratio, large_ratio
    print(f"demo: bare XlsxWriter {small[0]:.0f} ms, workbook {small[1]:.0f} ms "
          f"({ratios[0]:.2f}×, limit {DEMO_LIMIT}×)")  # fmt: skip
    print(f"demo from the database to the bytes {small[2]:.0f} ms "
          f"({ratios[1]:.2f}×, limit {WHOLE_LIMIT}×)")  # fmt: skip
    print(f"{TASKS} tasks, {WEEKS} weeks: bare XlsxWriter {large[0]:.0f} ms, workbook "
          f"{large[1]:.0f} ms ({ratios[2]:.2f}×, limit {LARGE_LIMIT}×)")  # fmt: skip
    for which, (memory, size) in zip(("first", "second"), memories, strict=True):
        print(f"{TASKS} tasks, {WEEKS} weeks: {memory:.0f} MB at most for the {which} pack "
              f"(limit {MEMORY_LIMIT_MB} MB), a file of {size / 1e6:.1f} MB")  # fmt: skip
    limits = DEMO_LIMIT, WHOLE_LIMIT, LARGE_LIMIT
    is_good = all(r <= most for r, most in zip(ratios, limits, strict=True))
    is_small = all(memory < MEMORY_LIMIT_MB for memory, _size in memories)
    return 0 if is_good and is_small else 1


if __name__ == "__main__":
    sys.exit(main())
