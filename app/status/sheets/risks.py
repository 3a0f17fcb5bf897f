"""Sheet of the register of risks: ratings before measures, now and aimed at, and what is done.

Scores, bands and the light are computed from the ratings; the map and the counts follow them.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from xlsxwriter.utility import xl_rowcol_to_cell

from app.core.formats import words
from app.core.lights import Light
from app.risks.models import ResponseState
from app.risks.scoring import band
from app.risks.state import RiskRow
from app.status.sheets import responses
from app.status.sheets.book import BANDS, INK_2, INK_3, LINE, Book, Column, Day, Formula, Link
from app.status.sheets.cells import light_text, quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near, sentence, slot

TOP = 4
(NUMBER, RISK, DEPARTMENT, REVIEWER, INHERENT, INHERENT_I, INHERENT_SCORE, PROBABILITY, IMPACT,
 SCORE, BAND, BEFORE, TARGET, TARGET_I, TARGET_SCORE, ANSWERS, PASSED, LIGHT, REVIEWED, DUE,
 DONE, COMMENT) = range(22)  # fmt: skip
# The lowest score of each band.
FLOORS = (("critical", 16), ("high", 10), ("medium", 5), ("low", 1))


def sheet_title() -> str:
    return _("Risks")


def rows_of(facts: PackFacts) -> dict[int, int]:
    """Where each risk's row is, by the risk's number, counted from 0."""
    return {risk.number: TOP + 1 + n for n, risk in enumerate(facts.state.risks.risks)}


def band_words() -> dict[str, str]:
    return {"low": _("low"), "medium": _("medium"), "high": _("high"), "critical": _("critical")}


def unrated_word() -> str:
    return _("not rated yet")


def department_name(department_id: int | None, facts: PackFacts) -> str:
    """Whose risk it is, in words."""
    return words(facts.department(department_id)) or _("project manager")


def write(book: Book, facts: PackFacts) -> None:
    """One row a risk."""
    risks = facts.state.risks.risks
    sheet = book.add_sheet(sheet_title())
    hidden = facts.leaves_out("risk:register")
    book.heading(sheet, _("Risks and responses"))
    rated = ((pgettext("risk", "P"), 5), (pgettext("risk", "I"), 5), (_("Score"), 7))
    columns = [
        Column(_("No."), "centre", 5), Column(_("Risk"), "text", 26),
        Column(_("Department"), "text", 15), Column(_("Reviewer"), "text", 13),
        *(Column(head, "centre", width) for head, width in (
            *rated, *rated, (_("Band"), 9), (_("Score before"), 7), *rated,
            (_("Responses"), 9), (_("Windows passed"), 8), (_("Light"), 8))),
        Column(_("Reviewed"), "date", 11), Column(_("Review this month"), "centre", 9),
        Column(_("What is done about it"), "text", 40), Column(_("Comment"), "text", 24),
    ]  # fmt: skip
    last = book.table(sheet, columns, [_row(risk, r, facts, book)
                      for r, risk in enumerate(risks, start=TOP + 1)], top=TOP,
                      empty=_("Left out: not for these eyes.") if hidden
                      else _("No risk is open."))  # fmt: skip
    for col, title in ((INHERENT, _("Before measures")), (PROBABILITY, _("Now")),
                       (TARGET, _("Aimed at"))):  # fmt: skip
        style = book.style("centre", font_size=9, bold=True, font_color=INK_2, bottom=1,
                           bottom_color=LINE)  # fmt: skip
        sheet.merge_range(TOP - 1, col, TOP - 1, col + 2, "", style)
        book.text(sheet, TOP - 1, col, title, style)
    sheet.set_row(TOP, 30)
    if risks:
        _define(book, sheet, last)
        _shades(book, sheet, last)
        book.put(sheet, 1, 0, _counted(facts), font_color=INK_3)
        _checks(book, sheet, risks)
    book.text(sheet, 2, 0, _("P probability, I impact, each 1 to 5; score = P × I: 1–4 low, 5–9 "
                             "medium, 10–15 high, 16–25 critical"),
              book.style(font_color=INK_3))  # fmt: skip
    sheet.print_area(0, 0, last, len(columns) - 1)


def _row(risk: RiskRow, r: int, facts: PackFacts, book: Book) -> list[Any]:
    has_responses = bool(responses.listed(facts))
    mine = f"Responses_Risk,{near(r, NUMBER)}"
    dropped = quoted(responses.state_words()[ResponseState.dropped])
    count = sum(response.state is not ResponseState.dropped for response in risk.responses)
    passed = sum(response.is_window_passed for response in risk.responses)
    return [
        Link(f"/risks/{risk.id}", risk.number), words(risk.title),
        department_name(risk.department_id, facts), facts.person(risk.owner_id),
        *_rating(risk.inherent, r, INHERENT), *_rating(risk.current, r, PROBABILITY),
        _band(risk, r), risk.score_before if risk.score_before is not None else "–",
        *_rating(risk.target, r, TARGET),
        Formula(f"=COUNTIFS({mine})-COUNTIFS({mine},Responses_State,{dropped})", count, "centre")
        if has_responses else 0,
        Formula(f"=COUNTIFS({mine},Responses_Passed,{quoted(responses.passed_word())})", passed,
                "centre") if has_responses else 0,
        _light(risk, r, count),
        Day(risk.reviewed_at.astimezone(book.zone).date()) if risk.reviewed_at
        else _("not reviewed yet"),
        _("due") if risk.is_review_due else "",
        "\n".join(_done(response, facts) for response in risk.responses)
        or _("no response planned"),
        risk.comment or "",
    ]  # fmt: skip


def _rating(rating: tuple[int, int] | None, r: int, col: int) -> list[Any]:
    """Probability, impact, and the score as their product; in words while nobody has rated."""
    score = Formula(
        f"=IF(COUNT({near(r, col)}:{near(r, col + 1)})=2,{near(r, col)}*{near(r, col + 1)},"
        f"{quoted(unrated_word())})",
        rating[0] * rating[1] if rating else unrated_word(), "centre",
    )  # fmt: skip
    return [*(rating or ("", "")), score]


def _band(risk: RiskRow, r: int) -> Formula:
    said, score = band_words(), near(r, SCORE)
    text = '""'
    for name, floor in reversed(FLOORS):
        text = f"IF({score}>={floor},{quoted(said[name])},{text})"
    value = said[band(risk.score).value] if risk.score else ""
    return Formula(f'=IF(ISNUMBER({score}),{text},"")', value, "centre")


def _light(risk: RiskRow, r: int, count: int) -> Formula:
    """Red where a critical risk has no response that counts; a dash else."""
    score, red = near(r, SCORE), light_text(Light.red)
    is_red = risk.score is not None and risk.score >= FLOORS[0][1] and count == 0
    return Formula(
        f"=IF(ISNUMBER({score}),IF(AND({score}>={FLOORS[0][1]},{near(r, ANSWERS)}=0),"
        f'{quoted(red)},"–"),"–")', red if is_red else "–", "centre",
    )  # fmt: skip


def _done(response: Any, facts: PackFacts) -> str:
    """A response in one line: what, who, how far."""
    state = responses.state_words()[response.state]
    if response.is_window_passed:
        state = _("%(state)s, window passed", state=state)
    return _("• %(what)s: %(who)s, %(state)s", what=words(response.title),
             who=facts.person(response.owner_id), state=state)  # fmt: skip


def _define(book: Book, sheet: Any, last: int) -> None:
    for name, col in (
        ("Number", NUMBER), ("Score", SCORE), ("Band", BAND), ("Light", LIGHT),
        ("Department", DEPARTMENT), ("Probability", PROBABILITY), ("Impact", IMPACT),
        ("ProbabilityBefore", INHERENT), ("ImpactBefore", INHERENT_I),
        ("ProbabilityTarget", TARGET), ("ImpactTarget", TARGET_I),
    ):  # fmt: skip
        book.define(f"Risks_{name}", sheet, TOP + 1, col, last, col)


def _shades(book: Book, sheet: Any, last: int) -> None:
    """Scores in the shade of their band, whatever the formulas come to; darker is worse."""
    book.light_colours(sheet, TOP + 1, LIGHT, last, LIGHT)
    for col in (INHERENT_SCORE, SCORE, TARGET_SCORE):
        shade_scores(book, sheet, TOP + 1, col, last, col)
    for name, floor in FLOORS:
        ink, shade = BANDS[name]
        at = xl_rowcol_to_cell(TOP + 1, SCORE, col_abs=True)
        sheet.conditional_format(TOP + 1, BAND, last, BAND, {
            "type": "formula", "criteria": f"=AND(ISNUMBER({at}),{at}>={floor})",
            "format": book.workbook.add_format({"font_color": ink, "bg_color": shade}),
            "stop_if_true": True,
        })  # fmt: skip


def shade_scores(book: Book, sheet: Any, row: int, col: int, last_row: int, last_col: int) -> None:
    """Scores in the shade of their band; darker is worse."""
    ceiling = 25
    for name, floor in FLOORS:
        ink, shade = BANDS[name]
        sheet.conditional_format(row, col, last_row, last_col, {
            "type": "cell", "criteria": "between", "minimum": floor, "maximum": ceiling,
            "format": book.workbook.add_format({"font_color": ink, "bg_color": shade}),
        })  # fmt: skip
        ceiling = floor - 1


def _counted(facts: PackFacts) -> Formula:
    """How many risks are open, not rated, high and critical."""
    risks = facts.state.risks.risks
    return sentence(_(
        "Open: %(open)s; critical: %(critical)s, high: %(high)s; not rated yet: %(unrated)s",
        open=slot("open"), critical=slot("critical"), high=slot("high"), unrated=slot("unrated"),
    ), {
        "open": ("ROWS(Risks_Number)", len(risks)),
        "critical": ('COUNTIF(Risks_Score,">=16")', _in_band(risks, "critical")),
        "high": ('COUNTIFS(Risks_Score,">=10",Risks_Score,"<16")', _in_band(risks, "high")),
        "unrated": (f"COUNTIF(Risks_Score,{quoted(unrated_word())})",
                    sum(risk.score is None for risk in risks)),
    })  # fmt: skip


def _in_band(risks: tuple[RiskRow, ...], name: str) -> int:
    return sum(risk.score is not None and band(risk.score).value == name for risk in risks)


def _checks(book: Book, sheet: Any, risks: tuple[RiskRow, ...]) -> None:
    for r, risk in enumerate(risks, start=TOP + 1):
        if risk.score is not None:
            book.check(_("Risk %(number)s: score", number=risk.number), risk.score,
                       "=" + cell(r, SCORE, sheet.get_name()))  # fmt: skip
            book.check(_("Risk %(number)s: band", number=risk.number),
                       band_words()[band(risk.score).value],
                       "=" + cell(r, BAND, sheet.get_name()), "text")  # fmt: skip
        passed = sum(response.is_window_passed for response in risk.responses)
        book.check(_("Risk %(number)s: windows passed", number=risk.number), passed,
                   "=" + cell(r, PASSED, sheet.get_name()))  # fmt: skip
