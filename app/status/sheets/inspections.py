"""Sheet of the inspections and observations: what was looked at, what was found, what follows."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.formats import words
from app.reports.monitoring_state import FindingRow, InspectionRow
from app.status.sheets.book import INK_3, Book, Column, Day, Formula, Link
from app.status.sheets.cells import quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import sentence, slot

TOP = 3
STANDING, VERDICT, ACTION = 5, 7, 9


def sheet_title() -> str:
    return _("Inspections")


def verdict_words() -> tuple[str, str]:
    """(good, to be mended)."""
    return pgettext("finding", "good"), pgettext("finding", "to improve")


def listed(facts: PackFacts) -> list[tuple[InspectionRow, FindingRow | None]]:
    """The sheet's rows by day: each inspection with each of its findings, or with None."""
    monitoring = facts.state.monitoring
    rows = sorted((*monitoring.inspections, *monitoring.observations),
                  key=lambda row: (row.on, row.id))  # fmt: skip
    return [(row, finding) for row in rows for finding in row.findings or (None,)]


def write(book: Book, facts: PackFacts) -> None:
    """One row a finding; inspections that are still to come have a row too."""
    rows = listed(facts)
    sheet = book.add_sheet(sheet_title())
    hidden = facts.leaves_out("inspection:row")
    book.heading(sheet, _("Inspections and observations"))
    numbers = {action.id: action.number for action in facts.state.tasks.actions}
    lines: list[list[Any]] = []
    before = None
    for inspection, finding in rows:
        is_first, before = inspection is not before, inspection
        lines.append([
            *_head(inspection, facts, is_first),
            *(_found(finding, numbers, facts) if finding else ("", "", "", "")),
        ])  # fmt: skip
    columns = [
        Column(_("Day"), "date", 12), Column(_("Kind"), "text", 13),
        Column(_("Place"), "text", 28), Column(_("Inspector"), "text", 13),
        Column(_("Summary"), "text", 26), Column(_("State"), "text", 16),
        Column(_("Finding"), "text", 46), Column(_("Verdict"), "centre", 13),
        Column(_("Department"), "text", 16), Column(_("Action item"), "centre", 12),
    ]  # fmt: skip
    last = book.table(sheet, columns, lines, top=TOP, empty=_("Left out: not for these eyes.")
                      if hidden else _("No inspection is planned yet."))  # fmt: skip
    if rows:
        for name, col in (("State", STANDING), ("Verdict", VERDICT), ("Action", ACTION)):
            book.define(f"Inspections_{name}", sheet, TOP + 1, col, last, col)
        book.put(sheet, 1, 0, _counted(book, facts), font_color=INK_3)
    sheet.print_area(0, 0, last, len(columns) - 1)


def _head(inspection: InspectionRow, facts: PackFacts, is_first: bool) -> list[Any]:
    kind = _("observation") if inspection.is_observation else _("inspection")
    who = facts.person(inspection.inspector_id)
    if not is_first:
        return [Day(inspection.on), kind, inspection.place, who, "", ""]
    if inspection.is_recorded:
        state = _("recorded")
    elif inspection.is_overdue:
        state = _("not recorded, %(days)s working days overdue", days=inspection.days_overdue)
    else:
        state = _("planned")
    shown = Link(f"/inspections/{inspection.id}", kind)
    return [Day(inspection.on), shown, inspection.place, who, inspection.summary, state]


def _found(finding: FindingRow, numbers: dict[int, int], facts: PackFacts) -> list[Any]:
    good, bad = verdict_words()
    number = numbers.get(finding.action_id) if finding.action_id else None
    return [
        finding.text, good if finding.is_good else bad,
        words(facts.department(finding.department_id)),
        Link(f"/actions/{finding.action_id}", f"A-{number}") if number else "",
    ]  # fmt: skip


def _counted(book: Book, facts: PackFacts) -> Formula:
    """How many findings there are of each kind, and how many led to an action item."""
    monitoring, (good, bad) = facts.state.monitoring, verdict_words()
    findings = [f for row in (*monitoring.inspections, *monitoring.observations)
                for f in row.findings]  # fmt: skip
    numbers = {action.id for action in facts.state.tasks.actions}
    figures = {
        "good": (f"COUNTIF(Inspections_Verdict,{quoted(good)})", sum(f.is_good for f in findings)),
        "bad": (f"COUNTIF(Inspections_Verdict,{quoted(bad)})",
                sum(not f.is_good for f in findings)),
        "actions": ('COUNTIF(Inspections_Action,"A-*")',
                    sum(f.action_id in numbers for f in findings)),
        "recorded": (f"COUNTIF(Inspections_State,{quoted(_('recorded'))})",
                     sum(row.is_recorded for row in (*monitoring.inspections,
                                                     *monitoring.observations))),
    }  # fmt: skip
    for key, label in (("good", _("Findings that are good")),
                       ("bad", _("Findings to improve")),
                       ("actions", _("Findings with an action item")),
                       ("recorded", _("Inspections and observations recorded"))):  # fmt: skip
        book.check(label, figures[key][1], "=" + figures[key][0])
    return sentence(_(
        "Recorded: %(recorded)s; findings: %(good)s good, %(bad)s to improve, %(actions)s with an "
        "action item", recorded=slot("recorded"), good=slot("good"), bad=slot("bad"),
        actions=slot("actions"),
    ), figures)  # fmt: skip
