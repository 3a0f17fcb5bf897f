"""Sheet of the risks: the register with responses and windows, and the 5×5 map in cells."""

from typing import Any

from flask_babel import gettext as _

from app.risks.scoring import band
from app.status.pack.book import BANDS, HAIR, INK_3, Book, Column, Day, Link, Styled
from app.status.pack.facts import PackFacts

MAP_CELLS = {"low": "#F7F8F8", "medium": "#ECEFF0", "high": "#DDE2E4", "critical": "#C8D0D3"}


def band_words() -> dict[str, str]:
    return {"low": _("low"), "medium": _("medium"), "high": _("high"), "critical": _("critical")}


def score_cell(score: int | None) -> Any:
    """The score with its band in its shade; in words while nobody has rated it."""
    if score is None:
        return Styled(_("not rated yet"), "centre")
    ink, shade = BANDS[band(score).value]
    return Styled(
        f"{score} {band_words()[band(score).value]}", "centre", bold=True,
        props=(("font_color", ink), ("bg_color", shade)),
    )  # fmt: skip


def write(book: Book, facts: PackFacts) -> None:
    """One row a response; the map stands under the register."""
    risks = facts.state.risks
    sheet = book.add_sheet(_("Risks"))
    book.heading(sheet, _("Risks and responses"),
                 _("Score = probability × impact: 1–4 low, 5–9 medium, 10–15 high, "
                   "16–25 critical"))  # fmt: skip
    rows = []
    for risk in risks.risks:
        head = [
            Link(f"/risks/{risk.id}", str(risk.number)), Styled(risk.title, "wrap", bold=True),
            facts.department(risk.department_id) or _("project manager"),
            facts.person(risk.owner_id), _rating(risk.inherent), _rating(risk.current),
            score_cell(risk.score), _rating(risk.target),
            Day(risk.reviewed_at.astimezone(book.zone).date()) if risk.reviewed_at
            else _("not reviewed yet"),
            _("due") if risk.is_review_due else "", risk.comment or "",
        ]  # fmt: skip
        for n, response in enumerate(risk.responses or (None,)):
            first = head if n == 0 else [head[0], Styled(risk.title, "wrap"), head[2], *[""] * 8]
            rows.append([*first, *_response(response, facts)])
    columns = [
        Column(_("No."), "text", 7), Column(_("Risk"), "text", 25),
        Column(_("Department"), "text", 13), Column(_("Reviewer"), "text"),
        Column(_("Inherent"), "centre", 9), Column(_("Current"), "centre", 9),
        Column(_("Score"), "centre", 13), Column(_("Target rating"), "centre", 10),
        Column(_("Reviewed"), "date", 13), Column(_("Review this month"), "centre", 11),
        Column(_("Comment"), "text", 28), Column(_("Response"), "text", 26),
        Column(_("Answers for it"), "text"), Column(_("Window"), "text", 22),
        Column(_("From"), "date", 12), Column(_("Until"), "date", 18),
        Column(_("State"), "text", 16),
    ]  # fmt: skip
    hidden = facts.leaves_out("risk:register")
    last = book.table(sheet, columns, rows, empty=_("Left out: not for these eyes.") if hidden
                      else _("No risk is open."))  # fmt: skip
    if not hidden:
        last = _map(book, sheet, facts, last + 3)
    sheet.print_area(0, 0, last, len(columns) - 1)


def _rating(rating: tuple[int, int] | None) -> Any:
    if rating is None:
        return Styled(_("not rated yet"), "centre")
    return Styled(f"{rating[0]} × {rating[1]}", "centre")


def _response(response: Any, facts: PackFacts) -> list[Any]:
    if response is None:
        return [_("no response planned"), "", "", "", "", ""]
    state = str(response.state.label)
    if response.is_window_passed:
        state = Styled(_("%(state)s, window passed", state=state), "wrap", bold=True)
    return [
        response.title, facts.person(response.owner_id), response.window,
        Day(response.first_on, response.is_estimated and response.first_on is not None
            and facts.calendar.is_estimated(response.first_on)),
        Day(response.last_on, response.is_estimated), state,
    ]  # fmt: skip


def _map(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """Current ratings by their numbers: probability upwards, impact to the right."""
    book.text(sheet, top, 1, _("Map of the current ratings"), book.style(font_size=12, bold=True))
    book.text(sheet, top, 3, _("numbers are risks; probability upwards, impact to the right"),
              book.style(font_color=INK_3))  # fmt: skip
    for probability in range(5, 0, -1):
        row = top + 6 - probability
        sheet.set_row(row, 30)
        book.text(sheet, row, 2, _("probability %(number)s", number=probability),
                  book.style(font_color=INK_3, align="right"))  # fmt: skip
        for impact in range(1, 6):
            here = [r.number for r in facts.state.risks.risks if r.current == (probability, impact)]
            shade = MAP_CELLS[band(probability * impact).value]
            book.text(sheet, row, 2 + impact, ", ".join(map(str, here)), book.style(
                "centre", bg_color=shade, bold=True, border=1, border_color=HAIR))  # fmt: skip
    for impact in range(1, 6):
        book.text(sheet, top + 6, 2 + impact, _("impact %(number)s", number=impact),
                  book.style("centre", font_color=INK_3))  # fmt: skip
    unrated = [str(r.number) for r in facts.state.risks.risks if r.current is None]
    if unrated:
        book.text(sheet, top + 7, 2, _("Not rated yet: %(numbers)s", numbers=", ".join(unrated)),
                  book.style(font_color=INK_3))  # fmt: skip
    return top + 7
