"""Sheet of the risks' responses: who does what in which window. The register counts its rows."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.risks.models import ResponseState
from app.risks.state import ResponseRow, RiskRow
from app.status.sheets.book import INK_3, Book, Column, Day, Formula, Link
from app.status.sheets.cells import quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import near, sentence, slot

TOP = 3
RISK, STATE, FROM, UNTIL, PASSED = 0, 4, 6, 7, 8


def sheet_title() -> str:
    return _("Responses to risks")


def listed(facts: PackFacts) -> list[tuple[RiskRow, ResponseRow]]:
    """The sheet's rows in their order."""
    return [(risk, response) for risk in facts.state.risks.risks for response in risk.responses]


def passed_word() -> str:
    return _("window passed")


def state_words() -> dict[ResponseState, str]:
    return {state: words(state.label) for state in ResponseState}


def write(book: Book, facts: PackFacts) -> None:
    """A row a response; whether its window has passed is computed from its state and last day."""
    rows = listed(facts)
    sheet = book.add_sheet(sheet_title())
    hidden = facts.leaves_out("risk:register")
    book.heading(sheet, _("Responses to risks"))
    day, said = facts.state.today, state_words()
    planned, active = (quoted(said[s]) for s in (ResponseState.planned, ResponseState.active))
    today = f"DATE({day.year},{day.month},{day.day})"
    lines: list[list[Any]] = []
    for r, (risk, response) in enumerate(rows, start=TOP + 1):
        state, until = near(r, STATE), near(r, UNTIL)
        passed = (f"=IF(AND(ISNUMBER({until}),{until}<{today},OR({state}={planned},"
                  f'{state}={active})),{quoted(passed_word())},"")')  # fmt: skip
        is_estimated = (response.first_on is not None
                        and facts.calendar.is_estimated(response.first_on))  # fmt: skip
        lines.append([
            Link(f"/risks/{risk.id}", risk.number), words(risk.title), words(response.title),
            facts.person(response.owner_id), said[response.state], words(response.window),
            Day(response.first_on, response.is_estimated and is_estimated),
            Day(response.last_on, response.is_estimated),
            Formula(passed, passed_word() if response.is_window_passed else "", "centre"),
        ])  # fmt: skip
    columns = [
        Column(_("Risk"), "centre", 7), Column(_("What could happen"), "text", 32),
        Column(_("Response"), "text", 34), Column(_("Answers for it"), "text", 14),
        Column(_("State"), "centre", 12), Column(_("Window"), "text", 30),
        Column(_("From"), "date", 20), Column(_("Until"), "date", 20),
        Column(_("Window passed"), "centre", 15),
    ]  # fmt: skip
    last = book.table(sheet, columns, lines, top=TOP, empty=_("Left out: not for these eyes.")
                      if hidden else _("No response is planned."))  # fmt: skip
    if rows:
        book.define("Responses_Risk", sheet, TOP + 1, RISK, last, RISK)
        book.define("Responses_State", sheet, TOP + 1, STATE, last, STATE)
        book.define("Responses_Passed", sheet, TOP + 1, PASSED, last, PASSED)
        book.put(sheet, 1, 0, _counted(book, rows), font_color=INK_3)
    sheet.print_area(0, 0, last, len(columns) - 1)


def _counted(book: Book, rows: list[tuple[RiskRow, ResponseRow]]) -> Formula:
    """How many there are in each state, and how many windows have passed."""
    said = state_words()
    figures: dict[str, tuple[str, Any]] = {}
    for state in ResponseState:
        count = sum(response.state is state for _risk, response in rows)
        formula = f"COUNTIF(Responses_State,{quoted(said[state])})"
        figures[state.value] = (formula, count)
        book.check(_("Responses: %(state)s", state=said[state]), count, "=" + formula)
    passed = sum(response.is_window_passed for _risk, response in rows)
    figures["passed"] = (f"COUNTIF(Responses_Passed,{quoted(passed_word())})", passed)
    book.check(_("Responses whose window has passed"), passed, "=" + figures["passed"][0])
    return sentence(_(
        "Planned: %(planned)s, under way: %(active)s, done: %(done)s, dropped: %(dropped)s; "
        "windows passed without being done: %(passed)s",
        planned=slot("planned"), active=slot("active"), done=slot("done"),
        dropped=slot("dropped"), passed=slot("passed"),
    ), figures)  # fmt: skip
