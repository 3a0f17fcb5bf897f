"""Sheet of problems and action items: what waits for whom.

Both are in one table, so that one filter on the owner shows all that a person owes; beside it
stands how much waits for each. What is overdue is computed from state and due day.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.status.sheets.book import HAIRLINE, INK_3, LINE, Book, Column, Day, Formula, Link
from app.status.sheets.cells import quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near, sentence, slot
from app.status.sheets.gantt import TODAY
from app.status.sheets.workdays import days_after

TOP = 4
NUMBER, KIND, WHAT, WHO, TASK, FROM, DUE, STATE, OVERDUE, DAYS, ANSWER = range(11)
PEOPLE = ANSWER + 2
# The people who owe most stand beside the table; more would make the page too long to print.
MOST_PEOPLE = 40


@dataclass(frozen=True)
class Wait:
    """A row of the table, a problem or an action item."""

    path: str
    label: str
    kind: str
    title: str
    who: str
    task_id: int | None
    source: str
    due_on: date
    state: str
    is_open: bool
    is_overdue: bool
    days_overdue: int
    answer: str


def sheet_title() -> str:
    return _("Problems and actions")


def kind_words() -> tuple[str, str]:
    """(problem, action)."""
    return _("problem"), _("action")


def listed(facts: PackFacts) -> list[Wait]:
    """The table's rows: what is open first, by its due day; then what has ended, in order."""
    problem, action = kind_words()
    rows = [
        Wait(f"/problems/{p.id}", f"P-{p.number}", problem, p.title, facts.person(p.owner_id),
             p.task_id, facts.person(p.raised_by_id), p.answer_due_on, words(p.state.label),
             p.state == "open", p.is_overdue, p.days_overdue, p.answer)
        for p in facts.state.reports.problems
    ] + [
        Wait(f"/actions/{a.id}", f"A-{a.number}", action, a.title, facts.person(a.owner_id),
             a.task_id, words(a.source.label), a.due_on, words(a.state.label), a.state == "open",
             a.is_overdue, a.days_overdue, a.evidence)
        for a in facts.state.tasks.actions
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (not row.is_open, row.due_on if row.is_open else date.max))


def write(book: Book, facts: PackFacts) -> None:
    """The table, the counts at its head, the people at its right."""
    rows = listed(facts)
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Problems and action items"))
    columns = [
        Column(_("No."), "text", 7), Column(_("Kind"), "text", 8), Column(_("What"), "text", 40),
        Column(_("Waits for"), "text", 13), Column(_("Task"), "centre", 6),
        Column(_("From whom"), "text", 13), Column(_("Due"), "date", 11),
        Column(_("State"), "text", 13), Column(_("Overdue"), "centre", 10),
        Column(_("Working days late"), "centre", 13), Column(_("Answer or evidence"), "text", 36),
    ]  # fmt: skip
    last = book.table(sheet, columns, [_row(wait, r, facts)
                      for r, wait in enumerate(rows, start=TOP + 1)], top=TOP,
                      empty=_("Nothing is open or was closed."))  # fmt: skip
    sheet.set_row(TOP, 30)
    end = last
    if rows:
        for name, col in (("Kind", KIND), ("State", STATE), ("Overdue", OVERDUE), ("Who", WHO)):
            book.define(f"Waits_{name}", sheet, TOP + 1, col, last, col)
        for r, wait in enumerate(rows, start=TOP + 1):
            book.check(_("%(number)s: overdue", number=wait.label),
                       overdue_word() if wait.is_overdue else "–",
                       "=" + cell(r, OVERDUE, sheet.get_name()), "text")  # fmt: skip
        sheet.conditional_format(TOP + 1, OVERDUE, last, DAYS, {
            "type": "formula", "criteria": f"=${near(TOP + 1, OVERDUE)}={quoted(overdue_word())}",
            "format": book.workbook.add_format({"bold": True}),
        })  # fmt: skip
        end = max(last, _people(book, sheet, rows))
    _counts(book, sheet, facts, rows)
    if facts.leaves_out("problem:row"):
        end += 1
        book.text(sheet, end, 0, _("Problems are left out: not for these eyes."),
                  book.style(font_color=INK_3))  # fmt: skip
    sheet.print_area(0, 0, end, PEOPLE + 4)


def overdue_word() -> str:
    return _("overdue")


def _row(wait: Wait, r: int, facts: PackFacts) -> list[Any]:
    formula = (f"=IF(AND({near(r, STATE)}={quoted(_('open'))},{near(r, DUE)}<{TODAY}),"
               f'{quoted(overdue_word())},"–")')  # fmt: skip
    late: Any = wait.days_overdue if wait.is_overdue else ""
    if facts.exceptions.cover(wait.due_on, facts.state.today):
        since = days_after(near(r, DUE), TODAY, facts.exceptions)
        late = Formula(f"=IF({near(r, OVERDUE)}={quoted(overdue_word())},{since},\"\")", late,
                       "centre")  # fmt: skip
    return [
        Link(wait.path, wait.label), wait.kind, wait.title, wait.who,
        facts.task_number(wait.task_id), wait.source, Day(wait.due_on), wait.state,
        Formula(formula, overdue_word() if wait.is_overdue else "–", "centre"),
        late, wait.answer,
    ]  # fmt: skip


def _counts(book: Book, sheet: Any, facts: PackFacts, rows: list[Wait]) -> None:
    """Open and overdue of each kind, in cells of their own with names, and in a sentence. What
    these eyes may not read is not counted as none."""
    problem, action = kind_words()
    said = [_("Action items: %(open)s open, %(late)s overdue", open=slot("actions_open"),
              late=slot("actions_overdue"))]  # fmt: skip
    kinds = [("Actions", action, _("Action items open"), _("Action items overdue"), PEOPLE + 3)]
    if not facts.leaves_out("problem:row"):
        said.insert(0, _("Problems: %(open)s open, %(late)s overdue", open=slot("problems_open"),
                         late=slot("problems_overdue")))  # fmt: skip
        kinds.insert(0, ("Problems", problem, _("Problems open"), _("Problems overdue"),
                         PEOPLE + 1))  # fmt: skip
    figures: dict[str, tuple[str, Any]] = {}
    for name, kind, said_open, said_overdue, left in kinds:
        mine = [wait for wait in rows if wait.kind == kind]
        for col, (what, title, column, word, count) in enumerate((
            ("Open", said_open, "Waits_State", _("open"), sum(w.is_open for w in mine)),
            ("Overdue", said_overdue, "Waits_Overdue", overdue_word(),
             sum(w.is_overdue for w in mine)),
        ), start=left):  # fmt: skip
            formula = f"COUNTIFS(Waits_Kind,{quoted(kind)},{column},{quoted(word)})"
            value: Any = Formula(f"={formula}", count, "centre") if rows else 0
            book.put(sheet, TOP - 2, col, title, "wrap", font_size=9, font_color=INK_3,
                     align="center", valign="bottom")  # fmt: skip
            book.put(sheet, TOP - 1, col, value, "centre", bold=True, font_size=14)
            address = book.define(f"{name}_{what}", sheet, TOP - 1, col, TOP - 1, col)
            figures[address.lower()] = (address, count)
            book.check(title, count, f"={address}")
    sheet.set_column(PEOPLE - 1, PEOPLE - 1, 2)
    sheet.set_column(PEOPLE, PEOPLE, 16)
    sheet.set_column(PEOPLE + 1, PEOPLE + 4, 9)
    sheet.set_row(TOP - 2, 28)
    sheet.set_row(TOP - 1, 22)
    whole = said[0] if len(said) == 1 else _("%(first)s; %(second)s", first=said[0],
                                             second=said[1])  # fmt: skip
    book.put(sheet, 1, 0, sentence(whole, figures), font_color=INK_3)


def _people(book: Book, sheet: Any, rows: list[Wait]) -> int:
    """How much waits for each person, most first; answers the last row."""
    problem, action = kind_words()
    owed = Counter((wait.who, wait.kind) for wait in rows if wait.is_open)
    late = Counter((wait.who, wait.kind) for wait in rows if wait.is_overdue)
    total = Counter(wait.who for wait in rows if wait.is_open)
    shown = sorted(total, key=lambda name: (-total[name], name))[:MOST_PEOPLE]
    book.heads(sheet, TOP, PEOPLE, [
        Column(_("Waits for")), Column(_("Problems open"), "centre"),
        Column(_("of these overdue"), "centre"), Column(_("Action items open"), "centre"),
        Column(_("of these overdue"), "centre"),
    ])  # fmt: skip
    sheet.set_row(TOP, 30)
    line = HAIRLINE
    for r, name in enumerate(shown, start=TOP + 1):
        book.text(sheet, r, PEOPLE, name, book.style(**line))
        for n, kind in enumerate((problem, action)):
            for k, (column, word, count) in enumerate((
                ("Waits_State", _("open"), owed[name, kind]),
                ("Waits_Overdue", overdue_word(), late[name, kind]),
            )):  # fmt: skip
                # Compared, not searched for: a name may hold what a search takes for a wildcard.
                formula = (f"=SUMPRODUCT(EXACT(Waits_Who,{near(r, PEOPLE)})"
                           f"*(Waits_Kind={quoted(kind)})*({column}={quoted(word)}))")  # fmt: skip
                col = PEOPLE + 1 + 2 * n + k
                book.put(sheet, r, col, Formula(formula, count, "centre"), num_format='0;-0;"–"',
                         **line)  # fmt: skip
                book.check(_("%(name)s, %(kind)s, %(state)s", name=name, kind=kind, state=word),
                           count, "=" + cell(r, col, sheet.get_name()))  # fmt: skip
    last = TOP + len(shown)
    if len(total) > len(shown):
        last += 1
        book.text(sheet, last, PEOPLE, _("the %(count)s to whom most waits", count=len(shown)),
                  book.style(font_color=INK_3, font_size=9, top=1, top_color=LINE))  # fmt: skip
    return max(last, TOP + 1)
