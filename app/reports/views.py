"""The pages of weekly reports: the matrix, writing, reading."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.queries import person_names
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.formats import local_date, week
from app.core.permissions import Role, requires
from app.core.unit_of_work import rollback
from app.core.web import request_now
from app.plans.weeks import IsoWeek
from app.reports import reading
from app.reports.desk import Desk, desk_of
from app.reports.forms import ReturnForm
from app.reports.matrix import cell_urls, due_words
from app.reports.models import ReportState, WeeklyReport
from app.reports.queries import read_reports
from app.reports.report_answers import owed_weeks, writes
from app.reports.reporting import (
    EDITABLE,
    accept_report,
    faults_of,
    find_report,
    return_report,
    save_draft,
    submit_report,
)
from app.reports.rights import may_write, reads_report
from app.reports.state import state_of
from app.reports.weeks import week_named
from app.tasks.models import Task

bp = Blueprint("reports", __name__, template_folder="templates")

SHOWN_WEEKS = 18


@bp.route("/plans/<int:plan_id>/reports")
@requires("report:read")
def index(plan_id: int) -> Any:
    """Owners × weeks, kept promises, this week's line."""
    ledger = read_reports(plan_id, request_now(), has_problems=False)
    state = state_of(ledger, g.viewer)
    mine = [task for task in ledger.tasks if writes(ledger, task, g.viewer.person_id)]
    owed = [(task, of, standing) for task in mine for of, standing in owed_weeks(ledger, task)]
    returned = [
        report for report in ledger.reports.values()
        if report.state is ReportState.returned and report.task_id in {t.id for t in mine}
    ]  # fmt: skip
    waiting = sorted(
        (r for r in ledger.reports.values() if r.state is ReportState.submitted),
        key=lambda r: (r.submitted_at, r.id),
    )
    people = [t.owner_id for t in ledger.tasks] + [r.author_id for r in ledger.reports.values()]
    return render_template(
        "reports/index.html",
        state=state,
        tasks={task.id: task for task in ledger.tasks},
        weeks=state.weeks[-SHOWN_WEEKS:],
        names=person_names(people),
        urls=cell_urls(ledger, state, g.viewer, [task.id for task in mine]),
        due_words=due_words,
        owed=owed,
        returned=returned,
        waiting=waiting if g.viewer.may("report:decide") else [],
        promises=reading.promises_of_week(state),
        today=ledger.today,
        plan=ledger.plan,
    )


def _task(plan_id: int, task_id: int) -> Task:
    task = db.session.get(Task, task_id)
    if task is None or task.plan_id != plan_id:
        raise _not_yours()
    return task


def _must_be_writer(is_writer: bool) -> None:
    """Whoever reads no reports at all is not told that there is one to write."""
    if not is_writer and not g.viewer.may("report:read"):
        raise _not_yours()
    if not is_writer:
        raise Forbidden(
            _("Only the task’s owner, or who stands in during leave, writes its report.")
        )


@bp.route("/plans/<int:plan_id>/reports/<int:task_id>/<week>", methods=["GET", "POST"])
@requires("plan:read")
def write(plan_id: int, task_id: int, week: str) -> Any:
    """Write the task's report of a week. Open to who may write it, whatever their role: a
    substitute may be anybody of the plan. Others are led to the report itself."""
    task, of = _task(plan_id, task_id), week_named(week)
    now = request_now()
    report = find_report(task.id, of)
    is_writer = may_write(current_user.id, task, local_date(now))
    is_in = report is not None and report.first_submitted_at is not None
    is_reading = request.method == "GET" and is_in
    if report and is_reading and not (is_writer and report.state in EDITABLE):
        return redirect(url_for("reports.show", report_id=report.id))
    _must_be_writer(is_writer)
    if request.method == "POST":
        return _submit(task, of)
    return _page(desk_of(task, of, g.viewer, now))


def _submit(task: Task, of: IsoWeek) -> Any:
    now, typed = request_now(), request.form.to_dict()
    desk = desk_of(task, of, g.viewer, now, fields=typed, version=_version())
    content = desk.sheet.content()
    faults = faults_of(task, of, content, now)
    if not desk.sheet.can_be_read() or faults:
        desk.sheet.mark(faults)
        report = find_report(task.id, of)
        if report is None or report.state in EDITABLE:
            return _page(desk), 422
    try:
        report = submit_report(
            task, of, content=content, expected_version=_version(), author=current_user, now=now
        )
    except (Forbidden, NotFound):
        raise
    except Conflict as error:
        return _both_texts(task, of, typed, error)
    except DomainError as error:
        rollback()
        desk = desk_of(_task(task.plan_id, task.id), of, g.viewer, now, fields=typed,
                       version=_version())  # fmt: skip
        desk.sheet.mark([(error.field or "", error.message)])
        return _page(desk), error.status
    flash(_("The report of %(week)s is submitted.", week=week(of)))
    return redirect(url_for("reports.show", report_id=report.id), 303)


@bp.route("/plans/<int:plan_id>/reports/<int:task_id>/<week>/draft", methods=["POST"])
@requires("plan:read")
def draft(plan_id: int, task_id: int, week: str) -> Any:
    """Keep what was typed; the page's autosave calls it and reads the new version."""
    task, of = _task(plan_id, task_id), week_named(week)
    _must_be_writer(may_write(current_user.id, task, local_date(request_now())))
    is_autosave = request.headers.get("X-Requested-With") == "autosave"
    typed = request.form.to_dict()
    try:
        report = save_draft(
            task, of, fields=typed, expected_version=_version(), author=current_user,
            now=request_now(),
        )  # fmt: skip
    except Conflict as error:
        if is_autosave:
            raise
        return _both_texts(task, of, typed, error)
    if is_autosave:
        return "", 204, {"X-Version": str(report.version)}
    flash(_("The draft is saved."))
    return redirect(
        url_for("reports.write", plan_id=plan_id, task_id=task_id, week=str(of)), 303
    )


def _both_texts(task: Task, of: IsoWeek, typed: dict[str, str], error: Conflict) -> Any:
    """Somebody saved meanwhile: theirs stands beside, and sending again puts this one in."""
    report = find_report(task.id, of)
    desk = desk_of(
        task, of, g.viewer, request_now(), fields=typed,
        version=report.version if report else 0, theirs=error.theirs,
    )  # fmt: skip
    desk.sheet.errors.append(error.message)
    return _page(desk), error.status


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _page(desk: Desk) -> str:
    return render_template(
        "reports/write.html",
        desk=desk,
        sheet=desk.sheet,
        now=request_now(),
        today=local_date(request_now()),
        is_substitute=desk.task.owner_id != current_user.id,
    )


def _not_yours() -> NotFound:
    return NotFound(_("This page does not exist, or not for you."))


@bp.route("/reports/<int:report_id>")
@requires("report:read")
def show(report_id: int) -> Any:
    """A report as it was handed in, with what became of its promises."""
    return _show(report_id, ReturnForm(formdata=None))


@bp.route("/reports/<int:report_id>/accept", methods=["POST"])
@requires("report:decide")
def accept(report_id: int) -> Any:
    report = _readable(report_id)
    accept_report(report, actor=current_user, now=request_now())
    flash(_("The report of %(week)s is accepted.", week=week(report.iso_week)))
    return redirect(url_for("reports.show", report_id=report_id), 303)


@bp.route("/reports/<int:report_id>/return", methods=["POST"])
@requires("report:decide")
def send_back(report_id: int) -> Any:
    report, form = _readable(report_id), ReturnForm()
    if not form.validate_on_submit():
        return _show(report_id, form), 422
    return_report(report, reason=form.reason.data, actor=current_user, now=request_now())
    flash(_("The report of %(week)s is returned.", week=week(report.iso_week)))
    return redirect(url_for("reports.show", report_id=report_id), 303)


def _readable(report_id: int) -> WeeklyReport:
    report = db.session.get_one(WeeklyReport, report_id)
    if not reads_report(g.viewer, report, report.task):
        raise _not_yours()
    return report


def _show(report_id: int, form: ReturnForm) -> Any:
    report = _readable(report_id)
    if report.first_submitted_at is None:
        return redirect(
            url_for("reports.write", plan_id=report.plan_id, task_id=report.task_id,
                    week=f"{report.iso_year}-W{report.iso_week:02d}")
        )  # fmt: skip
    return render_template(
        "reports/show.html",
        page=reading.report_page(report, g.viewer, request_now()),
        report=report,
        form=form,
        may_decide=g.viewer.has(Role.manager) and report.state is ReportState.submitted,
        may_write=may_write(current_user.id, report.task, local_date(request_now()))
        and report.state in EDITABLE,
    )
