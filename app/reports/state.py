"""The weekly reports' part of a plan's state: who reported when, what became of what was promised,
which problems wait. The compliance matrix page shows these very rows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.weeks import IsoWeek
from app.reports.deadlines import ReportStanding
from app.reports.models import Outcome, Problem, ProblemState, Promise, ReportState
from app.reports.promises import kept_percent, kept_rate
from app.reports.queries import Ledger, due_in, made_in, read_reports
from app.reports.rights import is_concerned, reads_promise, reads_report
from app.tasks.models import Task
from app.tasks.progress import days_late


@dataclass(frozen=True)
class WeekColumn:
    """A week of the plan: "2026-W48", its first and last day, when its reports are due (None:
    it has no working day)."""

    week: str
    number: int
    first_on: date
    last_on: date
    due_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class WeekStanding:
    """A cell: a standing of reports.deadlines.ReportStanding; `report_id` once it was handed in
    (a draft's is not said)."""

    week: str
    standing: str
    report_id: int | None


@dataclass(frozen=True)
class ComplianceRow:
    """A task's row. kept of settled promises; owed and on_time count reports whose deadline has
    passed; the due_* count this week's promises: all, settled, kept, slipped before."""

    task_id: int
    task_number: int
    owner_id: int | None
    is_done: bool
    cells: tuple[WeekStanding, ...]
    kept: int
    settled: int
    owed: int
    on_time: int
    due_count: int
    due_settled: int
    due_kept: int
    due_slipped_before: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report that was handed in, with its text."""

    id: int
    task_id: int
    task_number: int
    owner_id: int
    author_id: int
    week: str
    state: ReportState
    standing: str
    percent: int
    forecast_finish_on: date | None
    done_text: str
    first_submitted_at: datetime
    submitted_at: datetime
    decided_at: datetime | None
    decided_by_id: int | None
    return_reason: str


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise and what became of it. `slipped_to`: the week of its successor."""

    id: int
    task_id: int
    task_number: int
    report_id: int
    text: str
    made_week: str
    due_week: str
    outcome: Outcome
    reason: str
    slipped_to: str | None
    slip_count: int
    follows_id: int | None


@dataclass(frozen=True)
class ProblemRow:
    """A problem P-<number>. `days_overdue` counts working days."""

    id: int
    number: int
    title: str
    details: str
    task_id: int | None
    report_id: int | None
    raised_by_id: int
    raised_at: datetime
    owner_id: int
    answer_due_on: date
    state: ProblemState
    answer: str
    ended_at: datetime | None
    is_overdue: bool
    days_overdue: int


@dataclass(frozen=True)
class ReportsState:
    """Weekly reports at one instant, as far as the viewer may read them.

    week: the one that is reported on now, due at due_at; handed_in of expected this week.
    owed, on_time: reports whose deadline has passed, through `through_week`. kept_percent is None
    while nothing is settled.
    """

    weeks: tuple[WeekColumn, ...]
    rows: tuple[ComplianceRow, ...]
    reports: tuple[ReportRow, ...]
    promises: tuple[PromiseRow, ...]
    problems: tuple[ProblemRow, ...]
    week: str
    due_at: datetime | None
    handed_in: int
    expected: int
    owed: int
    on_time: int
    through_week: str | None
    kept: int
    settled: int
    kept_percent: int | None
    slipped: int
    dropped: int


def reports_state(plan_id: int, as_of: datetime, viewer: Viewer) -> ReportsState:
    """The state of the plan's reports at `as_of`, through the viewer's eyes."""
    return state_of(read_reports(plan_id, as_of), viewer)


def state_of(ledger: Ledger, viewer: Viewer) -> ReportsState:
    """The same from a ledger that was read already."""
    sees_standing = sight(viewer, "report", "standing") is not Sight.none
    sees_rate = sight(viewer, "promise", "rate") is not Sight.none
    rows = tuple(_row(ledger, task, sees_rate) for task in ledger.tasks) if sees_standing else ()
    this_week = [cell for row in rows for cell in row.cells if cell.week == str(ledger.week)]
    counted = [c for c in this_week if c.standing not in ("not_due", "excused")]
    outcomes = [p.outcome for p in ledger.promises] if sees_rate else []
    kept, settled = kept_rate(outcomes)
    due_at = ledger.due_at(ledger.week)
    return ReportsState(
        weeks=_columns(ledger) if sees_standing else (),
        rows=rows,
        reports=_reports(ledger, viewer),
        promises=_promises(ledger, viewer),
        problems=_problems(ledger, viewer),
        week=str(ledger.week),
        due_at=due_at,
        handed_in=sum(c.standing not in ("missing", "draft", "pending") for c in counted),
        expected=len(counted),
        owed=sum(row.owed for row in rows),
        on_time=sum(row.on_time for row in rows),
        through_week=_through(ledger),
        kept=kept,
        settled=settled,
        kept_percent=kept_percent(kept, settled),
        slipped=outcomes.count(Outcome.slipped),
        dropped=outcomes.count(Outcome.dropped),
    )


def problem_row(problem: Problem, ledger: Ledger) -> ProblemRow:
    """One problem as it stands on the ledger's day."""
    is_overdue = problem.is_overdue(ledger.today)
    late = days_late(problem.answer_due_on, ledger.today, ledger.calendar) if is_overdue else 0
    return ProblemRow(
        id=problem.id,
        number=problem.number,
        title=problem.title,
        details=problem.details,
        task_id=problem.task_id,
        report_id=problem.report_id,
        raised_by_id=problem.raised_by_id,
        raised_at=problem.raised_at,
        owner_id=problem.owner_id,
        answer_due_on=problem.answer_due_on,
        state=problem.state,
        answer=problem.answer,
        ended_at=problem.ended_at,
        is_overdue=is_overdue,
        days_overdue=max(0, late),
    )


def _columns(ledger: Ledger) -> tuple[WeekColumn, ...]:
    return tuple(
        WeekColumn(
            week=str(week),
            number=week.week,
            first_on=week.monday,
            last_on=week.sunday,
            due_at=ledger.due_at(week),
            is_current=week == ledger.week,
        )
        for week in ledger.weeks
    )


def _through(ledger: Ledger) -> str | None:
    """The newest week whose deadline has passed."""
    for week in reversed(ledger.weeks):
        due_at = ledger.due_at(week)
        if due_at is not None and due_at <= ledger.as_of:
            return str(week)
    return None


def _row(ledger: Ledger, task: Task, sees_rate: bool) -> ComplianceRow:
    expected = ledger.expected(task)
    cells, owed, on_time = [], 0, 0
    for week in ledger.weeks:
        standing = ledger.standing(task, week, expected)
        report = ledger.reports.get((task.id, week))
        is_in = report is not None and report.first_submitted_at is not None
        cells.append(WeekStanding(str(week), standing.value, report.id if is_in else None))  # type: ignore[union-attr]
        deadline = ledger.due_at(week)
        if week in expected and deadline is not None and deadline <= ledger.as_of:
            owed += standing.is_settled
            on_time += standing.is_on_time
    mine = ledger.promises_of[task.id]
    kept, settled = kept_rate(p.outcome for p in mine) if sees_rate else (0, 0)
    due = [
        p for p in mine
        if due_in(p) == ledger.week or (p.outcome is Outcome.pending and due_in(p) < ledger.week)
    ]  # fmt: skip
    return ComplianceRow(
        task_id=task.id,
        task_number=task.number,
        owner_id=task.owner_id,
        is_done=task.is_done,
        cells=tuple(cells),
        kept=kept,
        settled=settled,
        owed=owed,
        on_time=on_time,
        due_count=len(due),
        due_settled=sum(p.outcome is not Outcome.pending for p in due),
        due_kept=sum(p.outcome is Outcome.done for p in due),
        due_slipped_before=sum(p.slip_count > 0 for p in due),
    )


def _reports(ledger: Ledger, viewer: Viewer) -> tuple[ReportRow, ...]:
    tasks = {task.id: task for task in ledger.tasks}
    expected = {task.id: ledger.expected(task) for task in ledger.tasks}
    rows = []
    for (task_id, week), report in ledger.reports.items():
        task = tasks[task_id]
        if report.first_submitted_at is None or not reads_report(viewer, report, task):
            continue
        rows.append(_report_row(report, task, week, ledger.standing(task, week, expected[task_id])))
    return tuple(sorted(rows, key=lambda row: (row.week, row.task_number)))


def _report_row(
    report: Row[Any], task: Task, week: IsoWeek, standing: ReportStanding
) -> ReportRow:  # fmt: skip
    first = report.first_submitted_at
    assert first is not None  # only reports that were handed in have a row
    return ReportRow(
        id=report.id,
        task_id=task.id,
        task_number=task.number,
        owner_id=report.owner_id,
        author_id=report.author_id,
        week=str(week),
        state=report.state,
        standing=standing.value,
        percent=report.progress_percent,
        forecast_finish_on=report.forecast_finish_on,
        done_text=report.done_text,
        first_submitted_at=first,
        submitted_at=report.submitted_at or first,
        decided_at=report.decided_at,
        decided_by_id=report.decided_by_id,
        return_reason=report.return_reason,
    )


def _promises(ledger: Ledger, viewer: Viewer) -> tuple[PromiseRow, ...]:
    tasks = {task.id: task for task in ledger.tasks}
    successor = {p.follows_id: p for p in ledger.promises if p.follows_id is not None}
    return tuple(
        promise_row(promise, tasks[promise.task_id], successor.get(promise.id))
        for promise in ledger.promises
        if reads_promise(viewer, promise, tasks[promise.task_id])
    )


def promise_row(promise: Promise, task: Task, successor: Promise | None) -> PromiseRow:
    """One promise; `successor` is the row that it slipped to."""
    return PromiseRow(
        id=promise.id,
        task_id=promise.task_id,
        task_number=task.number,
        report_id=promise.report_id,
        text=promise.text,
        made_week=str(made_in(promise)),
        due_week=str(due_in(promise)),
        outcome=promise.outcome,
        reason=promise.reason,
        slipped_to=None if successor is None else str(due_in(successor)),
        slip_count=promise.slip_count,
        follows_id=promise.follows_id,
    )


def _problems(ledger: Ledger, viewer: Viewer) -> tuple[ProblemRow, ...]:
    seen = sight(viewer, "problem", "row")
    if seen is Sight.none:
        return ()
    tasks = {task.id: task for task in ledger.tasks}

    def is_own(problem: Problem) -> bool:
        task = tasks.get(problem.task_id) if problem.task_id else None
        return viewer.person_id in (problem.owner_id, problem.raised_by_id) or (
            task is not None and is_concerned(viewer, task)
        )

    return tuple(
        problem_row(problem, ledger)
        for problem in ledger.problems
        if seen is Sight.all or is_own(problem)
    )
