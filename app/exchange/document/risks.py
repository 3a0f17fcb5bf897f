"""Section 4: the register with responses, who answers for them, and their windows."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.exchange.document.tables import Cell, Column
from app.risks.models import ResponseState
from app.risks.pages import band_word
from app.risks.state import ResponseRow, RiskRow
from app.status.sheets.book import INK_3


def write(paper: Paper, facts: DocumentFacts) -> None:
    """One row a response."""
    if not facts.sees("risk", "register"):
        paper.note(_("Left out: not for these eyes."))
        return
    rows: list[list[Any]] = []
    for risk in facts.state.risks.risks:
        standing = [r for r in risk.responses if r.state is not ResponseState.dropped]
        for n, response in enumerate(standing or (None,)):
            # The number is said again, for the row may be the first of a page.
            head = _risk(risk, facts) if n == 0 else [Cell(str(risk.number), colour=INK_3), "", ""]
            rows.append([*head, *_response(response, facts)])
    columns = [
        Column(_("No."), 9, "center"), Column(_("Risk"), 40), Column(_("Impact"), 21),
        Column(_("Response"), 40), Column(_("Who answers for it"), 22), Column(_("When"), 38),
    ]  # fmt: skip
    paper.table(columns, rows, _("No risk is open."))
    paper.note(_("Impact and probability from 1 to 5; score = probability × impact: 1–4 low, "
                 "5–9 medium, 10–15 high, 16–25 critical."))  # fmt: skip


def _risk(risk: RiskRow, facts: DocumentFacts) -> list[Any]:
    impact = risk.current[1] if risk.current else risk.plan_impact
    if risk.score is None or risk.band is None:
        score = _("not rated yet")
    else:
        score = _("score %(score)s %(band)s", score=risk.score, band=band_word(risk.band))
    whose = facts.department(risk.department_id) if risk.department_id else _("Project manager")
    return [str(risk.number), Cell(risk.title, whose, bold=True), Cell(str(impact or "–"), score)]


def _response(response: ResponseRow | None, facts: DocumentFacts) -> list[Any]:
    if response is None:
        return [_("no response planned"), "–", "–"]
    return [
        Cell(response.title, str(response.state.label)), facts.person(response.owner_id),
        _window(response, facts),
    ]  # fmt: skip


def _window(response: ResponseRow, facts: DocumentFacts) -> Cell | str:
    """The window in the plan's words, with the days that follow from it now."""
    days = ""
    if response.first_on and response.last_on:
        days = f"{facts.day(response.first_on)} –\n{facts.day(response.last_on)}"
    if response.is_window_passed:
        days = f"{days}\n{_('Window passed')}".strip()
    if not words(response.window):
        return days or _("no window yet")
    return Cell(response.window, days)
