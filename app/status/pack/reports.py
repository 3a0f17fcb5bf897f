"""Sheet of the weekly reports: who owed what, what was written, what became of promises."""

from flask_babel import gettext as _

from app.core.formats import week, when_long
from app.plans.weeks import IsoWeek
from app.reports.deadlines import ReportStanding
from app.status.pack.book import Book, Column, Day, Link, Styled
from app.status.pack.facts import PackFacts


def week_name(text: str) -> str:
    """2026-W48 → week 48."""
    return week(IsoWeek.parse(text))


def standing_words() -> dict[str, str]:
    """A report's standing in words."""
    return {
        ReportStanding.on_time: _("on time"), ReportStanding.substitute: _("by a substitute"),
        ReportStanding.late: _("late"), ReportStanding.returned: _("returned"),
        ReportStanding.missing: _("missing"), ReportStanding.draft: _("not handed in yet"),
        ReportStanding.pending: _("not handed in yet"), ReportStanding.not_due: "–",
        ReportStanding.excused: _("excused"),
    }  # fmt: skip


def write(book: Book, facts: PackFacts) -> None:
    """One row a promise under its report, so that filters work on both."""
    reports = facts.state.reports
    sheet = book.add_sheet(_("Weekly reports"))
    due = _("due %(when)s", when=when_long(reports.due_at)) if reports.due_at else ""
    meta = _("%(week)s: %(done)s of %(all)s handed in; promises kept: %(kept)s of %(settled)s",
             week=week_name(reports.week), done=reports.handed_in, all=reports.expected,
             kept=reports.kept, settled=reports.settled)  # fmt: skip
    book.heading(sheet, _("Weekly reports and promises"), " · ".join(filter(None, (meta, due))))
    said = standing_words()
    made: dict[int, list] = {}
    for promise in reports.promises:
        made.setdefault(promise.report_id, []).append(promise)
    rows = []
    for report in sorted(reports.reports, key=lambda r: (r.week, r.task_number), reverse=True):
        head = [
            Styled(week_name(report.week), "centre"), Link(f"/reports/{report.id}",
                                                           str(report.task_number)),
            facts.person(report.owner_id), said.get(report.standing, report.standing),
            report.percent / 100, Day(report.forecast_finish_on), report.done_text,
        ]  # fmt: skip
        lines = made.get(report.id) or [None]
        for n, promise in enumerate(lines):
            first = head if n == 0 else [*head[:3], "", "", "", ""]
            if promise is None:
                rows.append([*first, "", "", "", "", ""])
                continue
            slipped = promise.slip_count or (1 if promise.slipped_to else 0)
            rows.append([
                *first, promise.text, Styled(week_name(promise.due_week), "centre"),
                promise.outcome.label, slipped if slipped else "",
                " ".join(filter(None, (
                    _("to %(week)s", week=week_name(promise.slipped_to))
                    if promise.slipped_to else "", promise.reason))),
            ])  # fmt: skip
    columns = [
        Column(_("Week"), "centre", 10), Column(_("Task"), "centre", 7), Column(_("Owner")),
        Column(_("Handed in"), "text", 13), Column(_("Done"), "percent", 8),
        Column(_("Forecast finish"), "date", 13), Column(_("What was done"), "text", 46),
        Column(_("Promised for the next week"), "text", 40), Column(_("Due"), "centre", 10),
        Column(_("Outcome"), "text", 12), Column(_("Slips"), "centre", 7),
        Column(_("Reason"), "text", 30),
    ]  # fmt: skip
    hidden = facts.leaves_out("report:text")
    last = book.table(sheet, columns, rows, empty=_("Left out: not for these eyes.") if hidden
                      else _("No report has been handed in yet."))  # fmt: skip
    sheet.print_area(0, 0, last, len(columns) - 1)
