"""Sheet of problems and action items: what waits for whom."""

from flask_babel import gettext as _

from app.status.pack.book import INK_3, Book, Column, Day, Link, Styled
from app.status.pack.facts import PackFacts


def write(book: Book, facts: PackFacts) -> None:
    """Both in one table, so that one filter on the owner shows all that a person owes."""
    state = facts.state
    sheet = book.add_sheet(_("Problems and actions"))
    open_problems = sum(p.state == "open" for p in state.reports.problems)
    open_actions = sum(a.state == "open" for a in state.tasks.actions)
    book.heading(sheet, _("Problems and action items"),
                 _("Open: %(problems)s problems, %(actions)s action items",
                   problems=open_problems, actions=open_actions))  # fmt: skip
    rows = [
        [
            Link(f"/problems/{p.id}", f"P-{p.number}"), _("problem"), p.title,
            facts.person(p.owner_id), Styled(facts.task_number(p.task_id), "centre"),
            facts.person(p.raised_by_id), Day(p.answer_due_on), p.state.label,
            Styled(p.days_overdue, "centre", bold=True) if p.is_overdue else "",
            p.answer,
        ]
        for p in state.reports.problems
    ] + [
        [
            Link(f"/actions/{a.id}", f"A-{a.number}"), _("action"), a.title,
            facts.person(a.owner_id), Styled(facts.task_number(a.task_id), "centre"),
            a.source.label, Day(a.due_on), a.state.label,
            Styled(a.days_overdue, "centre", bold=True) if a.is_overdue else "",
            a.evidence,
        ]
        for a in state.tasks.actions
    ]  # fmt: skip
    columns = [
        Column(_("No."), "text", 8), Column(_("Kind"), "text", 9), Column(_("What"), "text", 48),
        Column(_("Waits for"), "text"), Column(_("Task"), "centre", 7),
        Column(_("From whom"), "text"), Column(_("Due"), "date", 12), Column(_("State"), "text"),
        Column(_("Days overdue"), "centre", 10), Column(_("Answer or evidence"), "text", 46),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, empty=_("Nothing is open or was closed."))
    if facts.leaves_out("problem:row"):
        last += 1
        book.text(sheet, last, 0, _("Problems are left out: not for these eyes."),
                  book.style(font_color=INK_3))  # fmt: skip
    sheet.print_area(0, 0, last, len(columns) - 1)
