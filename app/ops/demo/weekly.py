"""The weekly reports: drafted, submitted, returned, accepted, with promises and problems."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from app.core.db import db
from app.core.formats import local_date
from app.ops.demo.stage import Event, Stage
from app.plans.calendars import work_calendar
from app.plans.weeks import IsoWeek
from app.reports.content import OutcomeGiven, ProblemAsked, ReportContent, as_typed
from app.reports.deadlines import due_at
from app.reports.models import Problem
from app.reports.problem_solving import answer_problem
from app.reports.promise_keeping import due_promises
from app.reports.reporting import (
    accept_report,
    find_report,
    return_report,
    save_draft,
    submit_report,
)
from app.tasks.models import Task


def week_of(stage: Stage, number: int) -> IsoWeek:
    """The ISO week of the story's week."""
    return IsoWeek.of(stage.times.first_monday).plus(number - 1)


def _reporting_week(stage: Stage, number: int) -> IsoWeek:
    """The story's week, or the next one that has a working day."""
    week = week_of(stage, number)
    while due_at(week, stage.times.calendar, stage.times.zone) is None:
        week = week.next()
    return week


def events(stage: Stage) -> Iterator[Event]:
    at = stage.times.at
    texts = {
        promise["key"]: promise["text"]
        for row in stage.story["reports"]
        for promise in row.get("promises", [])
    }
    for row in stage.story["reports"]:
        if due_at(week_of(stage, row["week"]), stage.times.calendar, stage.times.zone) is None:
            continue  # a week without a working day needs no report
        if "saved_at" in row:
            yield Event(at(row["saved_at"]), partial(_draft, row=row, texts=texts), "draft")
        if "submitted_at" in row:
            yield Event(at(row["submitted_at"]), partial(_submit, row=row, texts=texts), "report")
        if "returned_at" in row:
            yield Event(at(row["returned_at"]), partial(_return, row=row), "report")
            yield Event(at(row["resubmitted_at"]), partial(_submit, row=row, texts=texts), "report")
        if "accepted_at" in row:
            yield Event(at(row["accepted_at"]), partial(_accept, row=row), "report")
        for problem in row.get("problems", []):
            if "answered_at" in problem:
                yield Event(at(problem["answered_at"]), partial(_answer, problem=problem), "answer")


def _content(
    stage: Stage,
    task: Task,
    row: dict[str, Any],
    texts: dict[str, str],
    now: datetime,
    is_first: bool,
) -> ReportContent:
    """What the story's row says, with the outcomes tied to the promises that really are due."""
    week = week_of(stage, row["week"])
    told = {texts[o["promise"]]: o for o in row.get("outcomes", [])}
    outcomes = []
    for promise in due_promises(task.id, week, find_report(task.id, week)):
        # What came due in a holiday week has no outcome of its own in the story: it was done.
        outcome = told.get(promise.text, {"result": "done"})
        new_week = outcome.get("new_week")
        outcomes.append(
            OutcomeGiven(
                promise_id=promise.id,
                outcome=outcome["result"],
                new_week=_reporting_week(stage, new_week) if new_week else None,
                reason=outcome.get("reason", ""),
            )
        )
    percent = row["progress_percent"]
    if is_first and "first_percent" in row:
        percent = row["first_percent"]
    forecast = stage.day(row["forecast"]) if row.get("forecast") else None
    today = local_date(now)
    calendar = work_calendar()
    return ReportContent(
        percent=percent,
        forecast_finish_on=None if forecast is None else max(forecast, today),
        done_text=row.get("done", ""),
        outcomes=tuple(outcomes),
        problems=tuple(
            ProblemAsked(
                title=problem["title"],
                owner_id=stage.person(problem["asked"]).id,
                answer_due_on=calendar.add_workdays(today, problem["due_workdays"]),
            )
            for problem in row.get("problems", [])
            if is_first
        ),
        next_lines=tuple(promise["text"] for promise in row.get("promises", [])),
    )


def _draft(stage: Stage, now: datetime, row: dict[str, Any], texts: dict[str, str]) -> None:
    task = stage.task(row["task"])
    save_draft(
        task,
        week_of(stage, row["week"]),
        fields=as_typed(_content(stage, task, row, texts, now, True)),
        author=stage.person(row["owner"]),
        now=now,
    )


def _submit(stage: Stage, now: datetime, row: dict[str, Any], texts: dict[str, str]) -> None:
    task, week = stage.task(row["task"]), week_of(stage, row["week"])
    is_first = find_report(task.id, week) is None
    report = submit_report(
        task,
        week,
        content=_content(stage, task, row, texts, now, is_first),
        author=stage.person(row.get("submitted_by", row["owner"])),
        now=now,
    )
    db.session.flush()
    if is_first:
        numbers = db.session.scalars(
            db.select(Problem).where(Problem.report_id == report.id).order_by(Problem.id)
        )
        for problem, made in zip(row.get("problems", []), numbers, strict=True):
            stage.keep("problem", problem["key"], made.id)


def _return(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    report = find_report(stage.task(row["task"]).id, week_of(stage, row["week"]))
    return_report(report, reason=row["return_reason"], actor=stage.person("pm"), now=now)


def _accept(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    report = find_report(stage.task(row["task"]).id, week_of(stage, row["week"]))
    accept_report(report, actor=stage.person("pm"), now=now)


def _answer(stage: Stage, now: datetime, problem: dict[str, Any]) -> None:
    problem_id = stage.kept("problem", problem["key"])
    if problem_id:
        answer_problem(
            db.session.get_one(Problem, problem_id),
            answer=problem["answer"],
            actor=stage.person(problem["asked"]),
            now=now,
        )
