"""A state with something of every kind in it, and sheets built from it alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from app.comms.models import MeetingState
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.deadlines import due_at
from app.reports.models import Outcome, ProblemState
from app.reports.monitoring_state import FindingRow, InspectionRow
from app.reports.state import WeekColumn, WeekStanding
from app.risks.models import ResponseState
from app.risks.scoring import Band, band
from app.risks.state import BandCount
from app.status.packs.manifest import Manifest
from app.status.sheets import check
from app.status.sheets.book import Book
from app.status.sheets.facts import PackFacts
from app.status.state import PlanState
from app.tasks.models import ActionState
from tests.status.states import AT, sample

ZONE = ZoneInfo("Asia/Shanghai")
WEEKS = ("2026-W45", "2026-W46", "2026-W47")
NAMES = {1: "何俊", 2: "王*", 3: "=1+1", 4: 'O\'Brien "Bob"'}


def own(text: str) -> LocalText:
    return LocalText(own=text)


def rich() -> PlanState:
    """Three owners over three weeks (the last still runs), six risks, waits for people with odd
    names, meetings, inspections. Friday 2026-11-20 17:00 Shanghai has not come yet."""
    plain = sample()
    state = replace(
        plain,
        tasks=replace(plain.tasks, tasks=_tasks(plain), actions=_actions(plain)),
        reports=_reports(plain),
        risks=_risks(plain),
        monitoring=replace(plain.monitoring, inspections=_inspections()),
        comms=replace(plain.comms, meetings=_meetings(plain)),
    )
    return state


def _tasks(plain: PlanState) -> tuple[Any, ...]:
    first = replace(plain.tasks.tasks[0], start_on=date(2026, 11, 2))
    # The second was done in week 45, and its owner wrote once more.
    return (first, replace(first, id=8, number=5, done_on=date(2026, 11, 6)),
            replace(first, id=9, number=6))  # fmt: skip


def _actions(plain: PlanState) -> tuple[Any, ...]:
    action = plain.tasks.actions[0]
    late = {"due_on": date(2026, 11, 18), "is_overdue": True, "days_overdue": 2}
    return (
        action,
        replace(action, id=6, number=3, owner_id=2, **late),
        replace(action, id=7, number=4, owner_id=3, **late),
        replace(action, id=8, number=5, owner_id=4, state=ActionState.closed,
                due_on=date(2026, 11, 1)),
    )  # fmt: skip


def _reports(plain: PlanState) -> Any:
    columns = []
    for name in WEEKS:
        week = IsoWeek.parse(name)
        due = due_at(week, WorkCalendar(), ZONE)
        columns.append(
            WeekColumn(name, week.week, week.monday, week.sunday, due, name == WEEKS[-1])
        )
    standings = {
        7: ("late", "returned", "draft"), 8: ("on_time", "on_time", "not_due"),
        9: ("missing", "substitute", "pending"),
    }  # fmt: skip
    owed = {7: (2, 1), 8: (1, 1), 9: (2, 1)}
    promises = _promises(plain)
    row = plain.reports.rows[0]
    rows, reports = [], []
    for n, (task_id, words) in enumerate(standings.items()):
        mine = [p.outcome for p in promises if p.task_id == task_id]
        cells = []
        for k, (week, word) in enumerate(zip(WEEKS, words, strict=True)):
            is_in = word in ("late", "returned", "on_time", "substitute")
            report_id = 100 + 10 * n + k if is_in else None
            cells.append(WeekStanding(week, word, report_id))
            if report_id:
                reports.append(replace(
                    plain.reports.reports[0], id=report_id, task_id=task_id, task_number=4 + n,
                    owner_id=1 + n, week=week, standing=word, done_text=f"做了 {task_id} {week}",
                ))  # fmt: skip
        rows.append(replace(
            row, task_id=task_id, task_number=4 + n, owner_id=1 + n, cells=tuple(cells),
            owed=owed[task_id][0], on_time=owed[task_id][1],
            settled=sum(o is not Outcome.pending for o in mine), kept=mine.count(Outcome.done),
        ))  # fmt: skip
    problem = plain.reports.problems[0]
    problems = (
        problem,
        replace(problem, id=42, number=2, owner_id=2, answer_due_on=date(2026, 11, 19),
                is_overdue=True, days_overdue=1),
        replace(problem, id=43, number=3, owner_id=4, state=ProblemState.answered,
                answer_due_on=date(2026, 11, 2)),
    )  # fmt: skip
    outcomes = [p.outcome for p in promises]
    settled = sum(o is not Outcome.pending for o in outcomes)
    return replace(
        plain.reports, weeks=tuple(columns), rows=tuple(rows), reports=tuple(reports),
        promises=promises, problems=problems, week=WEEKS[-1], through_week=WEEKS[1],
        due_at=columns[-1].due_at, owed=sum(row.owed for row in rows),
        on_time=sum(row.on_time for row in rows), settled=settled,
        kept=outcomes.count(Outcome.done), slipped=outcomes.count(Outcome.slipped),
        dropped=outcomes.count(Outcome.dropped),
    )  # fmt: skip


def _promises(plain: PlanState) -> tuple[Any, ...]:
    promise = plain.reports.promises[0]

    def made(key: int, task: int, report: int, text: str, due: str, outcome: Outcome,
             **more: Any) -> Any:  # fmt: skip
        week = str(IsoWeek.parse(due).previous())
        return replace(
            promise, id=key, task_id=task, task_number=task - 3, report_id=report, text=text,
            made_week=week, due_week=due, outcome=outcome, **more,
        )  # fmt: skip

    return (
        made(1, 7, 100, "讲义定稿", "2026-W46", Outcome.done),
        made(2, 7, 100, "洗 2,400 条资料", "2026-W46", Outcome.slipped, reason="人手不够",
             slipped_to="2026-W47"),
        made(3, 7, 101, "洗 2,400 条资料", "2026-W47", Outcome.pending, slip_count=1, follows_id=2),
        made(4, 8, 110, "=1+1", "2026-W46", Outcome.dropped, reason="不再需要"),
        made(5, 9, 121, "收 30 份", "2026-W47", Outcome.pending),
    )  # fmt: skip


def _risks(plain: PlanState) -> Any:
    risk = plain.risks.risks[0]
    response = risk.responses[0]
    dropped = replace(response, id=31, state=ResponseState.dropped)
    passed = replace(response, id=32, last_on=date(2026, 11, 19), is_window_passed=True)

    def rated(number: int, current: tuple[int, int] | None, **more: Any) -> Any:
        score = current[0] * current[1] if current else None
        more = {"target": (1, 2), "department_id": number % 2 + 1, **more}
        return replace(risk, id=number, number=number, current=current, score=score,
                       band=band(score) if score else None, **more)  # fmt: skip

    rows = (
        rated(1, (5, 5), responses=(dropped,), title=own("=HYPERLINK(1)")),
        rated(2, (4, 4), responses=(response, passed)),
        rated(3, (2, 5), responses=(), inherent=None),
        rated(4, (3, 3)), rated(5, (1, 4)), rated(6, None, target=None, responses=()),
    )  # fmt: skip
    counts = [sum(row.band is name for row in rows) for name in reversed(Band)]
    signature = plain.risks.signatures[0]
    return replace(
        plain.risks, risks=rows, unrated=1,
        bands=tuple(BandCount(name, count, 1)
                    for name, count in zip(reversed(Band), counts, strict=True)),
        signatures=(replace(signature, department_id=2, risks=3, signed_at=AT),
                    replace(signature, department_id=1, risks=3, unreviewed=(6,))),
    )  # fmt: skip


def _inspections() -> tuple[Any, ...]:
    finding = FindingRow(1, "greet", "起身问候", True, None, None)
    return (
        InspectionRow(1, date(2026, 11, 5), date(2026, 11, 5), "总部前台", 1, "照标准做", False,
                      True, False, 0, (finding, replace(finding, id=2, text="没有核对电话",
                                                        is_good=False, action_id=5))),
        InspectionRow(2, date(2026, 11, 18), None, "东区", 2, "", False, False, True, 2, ()),
    )  # fmt: skip


def _meetings(plain: PlanState) -> tuple[Any, ...]:
    coming = plain.comms.meetings[0]
    held = {"state": MeetingState.held, "has_minutes": True}
    return (
        replace(coming, id=59, starts_at=AT - timedelta(days=20), asked=4, present=3,
                decisions=("先做一楼", "=1+1"), **held),
        replace(coming, id=60, starts_at=AT - timedelta(days=9), asked=0, decisions=(), **held),
        replace(coming, decisions=()),
    )  # fmt: skip


def facts_of(state: PlanState, language: str = "zh") -> PackFacts:
    """The state with names and a calendar, as a pack has them."""
    made_at = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    manifest = Manifest(
        plan_id=1, as_of=state.as_of, made_at=made_at, eyes_id=1, eyes="许文静",
        language=language, snapshot_sha256="0" * 64, program_version="1",
        base_url="http://pack.example", people=NAMES,
        departments={1: LocalText(zh="培训部", en="Training"),
                     2: LocalText(zh="行政部", en="Administration")},
        published=(2026, 2027),
    )  # fmt: skip
    return PackFacts(state, manifest)


def built(facts: PackFacts, *modules: ModuleType) -> bytes:
    """A workbook of these sheets and the check sheet."""
    with in_language(facts.manifest.language):
        book = Book("Plan", facts.manifest.base_url, ZONE, facts.manifest.made_at)
        for module in (*modules, check):
            module.write(book, facts)
        return book.close()


def read(content: bytes, *, is_computed: bool = True) -> openpyxl.Workbook:
    """The workbook with stored results, or with its formulas."""
    return openpyxl.load_workbook(BytesIO(content), data_only=is_computed)


def column(book: openpyxl.Workbook, name: str) -> list[Any]:
    """The values of a named range of one column or cell, from top to bottom."""
    title, area = book.defined_names[name].attr_text.replace("$", "").rsplit("!", 1)
    cells = book[title.strip("'")][area]
    return [row[0].value for row in cells] if isinstance(cells, tuple) else [cells.value]


def texts(sheet: Any) -> list[str]:
    return [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]
