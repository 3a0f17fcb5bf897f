"""Use cases of the weekly report: draft, submit, accept, return.

The first submission decides whether a report was on time. A returned one is put right and
submitted again; what it said of promises is then said anew, never twice.
"""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, DomainError
from app.core.events import announce
from app.core.formats import local_date, when_long
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.weeks import IsoWeek
from app.reports.content import (
    DRAFT_LIMIT,
    OutcomeGiven,
    ReportContent,
    as_typed,
    from_draft,
    tidy,
    to_draft,
)
from app.reports.events import ReportAccepted, ReportReturned, ReportSubmitted
from app.reports.models import Promise, ReportState, WeeklyReport
from app.reports.problem_solving import TEXT_LENGTH, problem_faults, raise_problem
from app.reports.promise_keeping import (
    due_promises,
    fixed_ids,
    line_faults,
    made_by,
    outcome_faults,
    promise_lines,
    settle,
    too_long,
    withdraw,
)
from app.reports.rights import must_write
from app.reports.weeks import check_week, next_report_week
from app.tasks.models import Task, TaskState
from app.tasks.rights import must_manage
from app.tasks.services import update_progress

EDITABLE = (ReportState.draft, ReportState.returned)


def find_report(task_id: int, week: IsoWeek) -> WeeklyReport | None:
    """The task's report of that week, in whatever state."""
    return db.session.scalar(
        select(WeeklyReport).where(
            WeeklyReport.task_id == task_id,
            WeeklyReport.iso_year == week.year,
            WeeklyReport.iso_week == week.week,
        )
    )


def week_of(report: WeeklyReport) -> IsoWeek:
    return IsoWeek(report.iso_year, report.iso_week)


def typed_in(report: WeeklyReport) -> dict[str, str]:
    """The report as its form's fields: what was last typed, else what was last submitted."""
    if report.draft or report.state is ReportState.draft:
        return from_draft(report.draft)
    settled = db.session.scalars(
        select(Promise).where(Promise.settled_in_id == report.id).order_by(Promise.id)
    ).all()
    followers = {
        promise.follows_id: IsoWeek(promise.due_year, promise.due_week)
        for promise in db.session.scalars(
            select(Promise).where(
                Promise.report_id == report.id, Promise.follows_id.is_not(None)
            )
        )
    }
    return as_typed(
        ReportContent(
            percent=report.progress_percent,
            forecast_finish_on=report.forecast_finish_on,
            done_text=report.done_text,
            outcomes=tuple(
                OutcomeGiven(p.id, str(p.outcome), followers.get(p.id), p.reason)
                for p in settled
            ),
            next_lines=tuple(p.text for p in made_by(report)),
        )
    )


def save_draft(
    task: Task,
    week: IsoWeek,
    *,
    fields: Mapping[str, str],
    expected_version: int | None = None,
    author: Person,
    now: datetime,
) -> WeeklyReport:
    """Keep what was typed, just as it is (`fields`: names of the form, see reports.content).

    expected_version: the report's version that the author had seen, 0 where there was none yet,
    None to save regardless. Raises Conflict with the other text, DomainError, Forbidden.
    """
    _check_open(task, week, author, now)
    report = find_report(task.id, week)
    kept = tidy(fields)
    if sum(map(len, kept.values())) > DRAFT_LIMIT:
        raise DomainError(too_long(DRAFT_LIMIT), "done_text")
    if report is None:
        report = _new_report(task, week, author, now, to_draft(kept))
        audit.record("drafted", report, actor_id=author.id, now=now)
        return report
    _must_be_editable(report)
    if typed_in(report) == kept:
        return report
    _check_version(report, expected_version)
    report.draft = to_draft(kept)
    report.saved_at = now
    if report.state is ReportState.draft:
        report.author_id = author.id
    db.session.flush()
    return report


def faults_of(
    task: Task, week: IsoWeek, content: ReportContent, now: datetime
) -> list[tuple[str, object]]:
    """Everything that is missing or does not fit before the report can be submitted, as (field,
    sentence), in the order of the page."""
    report = find_report(task.id, week)
    calendar = work_calendar()
    faults = outcome_faults(
        content, due_promises(task.id, week, report), fixed_ids(report), week, calendar
    )
    if content.percent is None:
        faults.append(("percent", _l("Please say how far the task is.")))
    elif not 0 <= content.percent <= 100:
        faults.append(("percent", _l("Progress is a number from 0 to 100.")))
    if len(content.done_text) > TEXT_LENGTH:
        faults.append(("done_text", too_long(TEXT_LENGTH)))
    people = frozenset(p.id for p in plan_people(task.plan_id)) if content.problems else frozenset()
    faults += problem_faults(content.problems, people, local_date(now))
    return faults + line_faults(content)


def submit_report(
    task: Task,
    week: IsoWeek,
    *,
    content: ReportContent,
    expected_version: int | None = None,
    author: Person,
    now: datetime,
) -> WeeklyReport:
    """Hand the report in: promises settled, next ones made, problems numbered, the task's progress
    and forecast brought up to date. Raises DomainError at the first field that does not fit,
    Conflict, Forbidden."""
    _check_open(task, week, author, now)
    report = find_report(task.id, week)
    if report is not None:
        _must_be_editable(report)
        if typed_in(report) != as_typed(content):
            _check_version(report, expected_version)
    for field, message in faults_of(task, week, content, now):
        raise DomainError(message, field or None)
    is_again = report is not None and report.state is ReportState.returned
    if report is None:
        report = _new_report(task, week, author, now)
    due, fixed = due_promises(task.id, week, report), fixed_ids(report)
    if is_again:
        withdraw(report, content.next_lines, fixed, author, now)
    forecast = content.forecast_finish_on or task.forecast_finish_on or task.finish_on
    changes = audit.change(
        report,
        state=ReportState.submitted,
        author_id=author.id,
        done_text=content.done_text,
        progress_percent=content.percent,
        forecast_finish_on=forecast,
        first_submitted_at=report.first_submitted_at or now,
        submitted_at=now,
        saved_at=now,
        decided_at=None,
        decided_by_id=None,
        draft="",
    )
    changes.pop("draft", None)
    audit.record("submitted", report, actor_id=author.id, now=now, changes=changes)
    settle(report, due, content, fixed, author, now)
    promise_lines(
        report, content.next_lines, next_report_week(week, work_calendar()), author, now
    )
    for problem in content.problems:
        raise_problem(
            report.plan_id,
            title=problem.title,
            owner_id=problem.owner_id,
            answer_due_on=problem.answer_due_on,
            details=problem.details,
            task_id=report.task_id,
            report_id=report.id,
            actor=author,
            now=now,
        )
    if _is_newest(report) and not task.is_done:
        percent = report.progress_percent
        update_progress(
            task,
            percent=percent,
            forecast_finish_on=content.forecast_finish_on or task.forecast_finish_on,
            # Finishing a task is an act of its own; 100% alone is not it.
            state=TaskState.active if percent else None,
            actor=author,
            now=now,
        )
    announce(
        ReportSubmitted(
            report.id, task.id, task.plan_id, str(week), report.owner_id, author.id, is_again, now
        )
    )
    return report


def accept_report(report: WeeklyReport, *, actor: Person, now: datetime) -> None:
    """The manager has read it and takes it."""
    must_manage(actor, report.plan_id)
    _must_wait_for_decision(report)
    changes = audit.change(
        report, state=ReportState.accepted, decided_at=now, decided_by_id=actor.id
    )
    audit.record("accepted", report, actor_id=actor.id, now=now, changes=changes)
    announce(
        ReportAccepted(
            report.id, report.task_id, report.plan_id, str(week_of(report)), report.owner_id,
            report.author_id, actor.id, now,
        )
    )  # fmt: skip


def return_report(report: WeeklyReport, *, reason: str, actor: Person, now: datetime) -> None:
    """The manager sends it back with the reason; it stays as on time as it was."""
    must_manage(actor, report.plan_id)
    _must_wait_for_decision(report)
    if not reason:
        raise DomainError(_l("Please say what should be put right."), "reason")
    changes = audit.change(
        report,
        state=ReportState.returned,
        decided_at=now,
        decided_by_id=actor.id,
        return_reason=reason,
    )
    audit.record("returned", report, actor_id=actor.id, now=now, changes=changes)
    announce(
        ReportReturned(
            report.id, report.task_id, report.plan_id, str(week_of(report)), report.owner_id,
            report.author_id, reason, actor.id, now,
        )
    )  # fmt: skip


def _check_open(task: Task, week: IsoWeek, author: Person, now: datetime) -> None:
    today = local_date(now)
    must_write(author, task, today)
    check_week(db.session.get_one(Plan, task.plan_id), task, week, today, work_calendar())


def _new_report(
    task: Task, week: IsoWeek, author: Person, now: datetime, draft: str = ""
) -> WeeklyReport:
    report = WeeklyReport(
        plan_id=task.plan_id,
        task_id=task.id,
        iso_year=week.year,
        iso_week=week.week,
        owner_id=task.owner_id,
        author_id=author.id,
        state=ReportState.draft,
        done_text="",
        progress_percent=task.progress_percent,
        forecast_finish_on=task.forecast_finish_on,
        return_reason="",
        draft=draft,
        saved_at=now,
    )
    db.session.add(report)
    db.session.flush()
    return report


def _must_be_editable(report: WeeklyReport) -> None:
    if report.state not in EDITABLE:
        raise DomainError(
            _l(
                "The report of week %(week)s was submitted on %(when)s already. It can be changed "
                "when the project manager returns it.",
                week=report.iso_week,
                when=when_long(report.submitted_at),
            )
        )


def _check_version(report: WeeklyReport, expected: int | None) -> None:
    if expected is not None and expected != report.version:
        raise Conflict(
            _l("%(name)s saved this report meanwhile. Their text stands beside yours; saving "
               "again puts yours in its place.", name=report.author.name),
            theirs=typed_in(report),
        )  # fmt: skip


def _must_wait_for_decision(report: WeeklyReport) -> None:
    if report.state is ReportState.accepted:
        raise DomainError(
            _l("This report was accepted on %(when)s already.", when=when_long(report.decided_at))
        )
    if report.state is not ReportState.submitted:
        raise DomainError(_l("This report is not submitted; there is nothing to decide yet."))


def _is_newest(report: WeeklyReport) -> bool:
    """A report handed in late for an earlier week must not put the task's progress back."""
    number = WeeklyReport.iso_year * 100 + WeeklyReport.iso_week
    later = select(WeeklyReport.id).where(
        WeeklyReport.task_id == report.task_id,
        WeeklyReport.first_submitted_at.is_not(None),
        number > report.iso_year * 100 + report.iso_week,
    )
    return db.session.scalar(later.limit(1)) is None
