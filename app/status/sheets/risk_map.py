"""Sheet of the risk map: the register on three 5×5 maps (before measures, now, aimed at), the
counts by band against last month's, and the departments' signatures.

The maps are computed from the ratings of the register, so that a rating that is changed there
moves its risk here.
"""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.risks.months import previous_month
from app.risks.pages import month_name
from app.risks.scoring import band
from app.risks.state import Rating, RiskRow, SignatureRow
from app.status.sheets import risks
from app.status.sheets.book import (
    BANDS,
    HAIRLINE,
    INK,
    INK_2,
    INK_3,
    LINE,
    SUNKEN,
    Book,
    Column,
    Day,
    Formula,
)
from app.status.sheets.cells import quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near
from app.status.sheets.palette import MAP_CELLS

TOP = 3
# Columns: the labels, then three maps of five with a gap after each, then the tables.
LABELS, FIRST, STEP = 0, 1, 6
RIGHT = FIRST + 3 * STEP
# A map's cell names its risks while the register is short: a formula holds 8,192 characters.
NAMED_AT_MOST = 60


def sheet_title() -> str:
    return _("Risk map")


def write(book: Book, facts: PackFacts) -> None:
    """Maps above; below them the risks by number, at the right bands and signatures."""
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Risk map"))
    sheet.set_column(LABELS, LABELS, 14)
    for n in range(3):
        left = FIRST + n * STEP
        sheet.set_column(left, left + 4, 7)
        sheet.set_column(left + 5, left + 5, 2)
    for col, width in enumerate((24, 14, 14, 14), start=RIGHT):
        sheet.set_column(col, col, width)
    register = facts.state.risks.risks
    if not register:
        hidden = facts.leaves_out("risk:register")
        book.text(sheet, TOP, 0, _("Left out: not for these eyes.") if hidden
                  else _("No risk is open."), book.style(font_color=INK_3))  # fmt: skip
        sheet.print_area(0, 0, TOP, RIGHT)
        return
    is_named = len(register) <= NAMED_AT_MOST
    book.text(sheet, 1, 0, _("Cells hold the numbers of the risks; probability upwards, impact to "
                             "the right") if is_named
              else _("Cells hold how many risks there are; probability upwards, impact to the "
                     "right"), book.style(font_color=INK_3))  # fmt: skip
    for n, (title, kind, columns, name) in enumerate((
        (_("Before measures"), "inherent", (risks.INHERENT, risks.INHERENT_I), "Before"),
        (_("Now"), "current", (risks.PROBABILITY, risks.IMPACT), ""),
        (_("Aimed at"), "target", (risks.TARGET, risks.TARGET_I), "Target"),
    )):  # fmt: skip
        ratings = [(risk, getattr(risk, kind)) for risk in register]
        _map(book, sheet, FIRST + n * STEP, title, ratings, columns, name, is_named)
    _bands(book, sheet, facts, TOP)
    below = TOP + 9
    last = _by_number(book, sheet, facts, below) if is_named else below
    last = max(last, _signatures(book, sheet, facts, below))
    sheet.freeze_panes(TOP, 0)
    sheet.print_area(0, 0, last, RIGHT + 3)


def _map(
    book: Book, sheet: Any, left: int, title: str, ratings: list[tuple[RiskRow, Rating | None]],
    columns: tuple[int, int], name: str, is_named: bool,
) -> None:  # fmt: skip
    book.text(sheet, TOP, left, title, book.style(font_size=12, bold=True))
    quiet = {"font_color": INK_3, "font_size": 9}
    for probability in range(5, 0, -1):
        row = TOP + 6 - probability
        sheet.set_row(row, 40)
        if left == FIRST:
            said = _("probability %(number)s", number=probability)
            book.text(sheet, row, LABELS, said, book.style(align="right", **quiet))
        for impact in range(1, 6):
            shade = MAP_CELLS[band(probability * impact).value]
            style: dict[str, Any] = {"bg_color": shade, "bold": True, "border": 1,
                                     "border_color": "#FFFFFF", "text_wrap": True}  # fmt: skip
            here = [risk.number for risk, rating in ratings if rating == (probability, impact)]
            if is_named:
                text = _numbers(ratings, columns, probability, impact)
                value: Any = ", ".join(map(str, here))
            else:
                text = (f"=COUNTIFS(Risks_Probability{name},{probability},"
                        f"Risks_Impact{name},{impact})")  # fmt: skip
                value = len(here)
                style["num_format"] = "0;;"
            book.put(sheet, row, left + impact - 1, Formula(text, value, "centre"), **style)
            if here:
                book.check(
                    _("Map “%(title)s”, probability %(probability)s, impact %(impact)s",
                      title=title, probability=probability, impact=impact), value,
                    "=" + cell(row, left + impact - 1, sheet.get_name()),
                    "text" if is_named else "count",
                )  # fmt: skip
    for impact in range(1, 6):
        book.text(sheet, TOP + 6, left + impact - 1, _("impact %(number)s", number=impact),
                  book.style("centre", **quiet))  # fmt: skip
    unrated = [str(risk.number) for risk, rating in ratings if rating is None]
    if unrated and is_named:
        book.text(sheet, TOP + 7, left, _("Not rated yet: %(numbers)s", numbers=", ".join(unrated)),
                  book.style(**quiet))  # fmt: skip


def _numbers(
    ratings: list[tuple[RiskRow, Rating | None]], columns: tuple[int, int], probability: int,
    impact: int,
) -> str:  # fmt: skip
    """The numbers of the risks that stand in a cell, as a formula over the register's rows."""
    name, key = risks.sheet_title(), 10 * probability + impact
    parts = [
        f"IF(10*{cell(r, columns[0], name)}+{cell(r, columns[1], name)}={key},"
        f'{cell(r, risks.NUMBER, name)}&" ","")'
        for r in range(risks.TOP + 1, risks.TOP + 1 + len(ratings))
    ]
    return f'=SUBSTITUTE(TRIM({"&".join(parts)})," ",", ")'


def _by_number(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """What each number is, with its score before measures, now and aimed at."""
    register, name = facts.state.risks.risks, risks.sheet_title()
    title_end, scores = FIRST + 2 * STEP - 2, FIRST + 2 * STEP
    book.heads(sheet, top, LABELS, [
        Column(_("Risk"), "centre"), *(Column("") for _n in range(FIRST, scores)),
        Column(_("Before"), "centre"), Column(_("Now"), "centre"), Column(_("Aim"), "centre"),
    ])  # fmt: skip
    style = book.style(bold=True, font_color=INK_2, font_size=9, bottom=1, bottom_color=LINE,
                       bg_color=SUNKEN)  # fmt: skip
    sheet.merge_range(top, FIRST, top, title_end, "", style)
    book.text(sheet, top, FIRST, _("What could happen"), style)
    line = HAIRLINE
    for n, risk in enumerate(register):
        row, at = top + 1 + n, risks.TOP + 1 + n
        sheet.set_row(row, 20)
        book.put(sheet, row, LABELS, risk.number, "centre", **line)
        style = book.style(**line)
        sheet.merge_range(row, FIRST, row, title_end, "", style)
        book.text(sheet, row, FIRST, words(risk.title), style)
        for col, source, rating in (
            (scores, risks.INHERENT_SCORE, risk.inherent), (scores + 1, risks.SCORE, risk.current),
            (scores + 2, risks.TARGET_SCORE, risk.target),
        ):  # fmt: skip
            address = cell(at, source, name)
            book.put(sheet, row, col, Formula(
                f'=IF(ISNUMBER({address}),{address},"–")',
                rating[0] * rating[1] if rating else "–", "centre"), **line)  # fmt: skip
    risks.shade_scores(book, sheet, top + 1, scores, top + len(register), scores + 2)
    return top + len(register)


def _bands(book: Book, sheet: Any, facts: PackFacts, top: int) -> None:
    """How many risks stand in each band, now and at the end of last month."""
    state, said = facts.state.risks, risks.band_words()
    counted = {str(row.band): row for row in state.bands}
    before = month_name(previous_month(state.month))
    book.heads(sheet, top, RIGHT, [
        Column(_("Band")), Column(_("Now"), "centre"),
        Column(_("End of %(month)s", month=before), "centre"), Column(_("Change"), "centre"),
    ])  # fmt: skip
    lines: list[tuple[str, str, int, int, dict[str, Any]]] = []
    ceiling = 26
    for name, floor in risks.FLOORS:
        ink, shade = BANDS[name]
        row = counted.get(name)
        lines.append((
            _("%(band)s, %(from)s–%(to)s", **{"band": said[name], "from": floor,
                                              "to": ceiling - 1}),
            f'COUNTIFS(Risks_Score,">={floor}",Risks_Score,"<{ceiling}")',
            row.now if row else 0, row.before if row else 0,
            {"font_color": ink, "bg_color": shade, "bold": True},
        ))  # fmt: skip
        ceiling = floor
    unrated = risks.unrated_word()
    lines.append((unrated, f"COUNTIF(Risks_Score,{quoted(unrated)})", state.unrated,
                  state.unrated_before, {"font_color": INK_2}))  # fmt: skip
    for n, (label, formula, now, then, style) in enumerate(lines, start=top + 1):
        line = HAIRLINE
        book.text(sheet, n, RIGHT, label, book.style(**line, **style, indent=1))
        book.put(sheet, n, RIGHT + 1, Formula("=" + formula, now, "centre"), bold=True, **line)
        book.put(sheet, n, RIGHT + 2, then, "centre", **line)
        change = Formula(f"={near(n, RIGHT + 1)}-{near(n, RIGHT + 2)}", now - then, "centre")
        book.put(sheet, n, RIGHT + 3, change, num_format='+0;-0;"–"', **line)
        book.check(_("Risks: %(band)s", band=label), now,
                   "=" + cell(n, RIGHT + 1, sheet.get_name()))  # fmt: skip
    book.text(sheet, top + 6, RIGHT, _("Closed since the plan began: %(count)s",
              count=state.closed), book.style(font_color=INK_3, font_size=9))  # fmt: skip


def _signatures(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """Who signed this month's review for each department, and who has not yet."""
    state = facts.state.risks
    book.heads(sheet, top, RIGHT, [
        Column(_("Signature of %(month)s", month=month_name(state.month))),
        Column(_("Risks"), "centre"), Column(_("Signed"), "centre"),
        Column(_("Not reviewed"), "centre"),
    ])  # fmt: skip
    line = HAIRLINE
    for n, signature in enumerate(state.signatures):
        row = top + 1 + n
        sheet.set_row(row, 20)
        department = risks.department_name(signature.department_id, facts)
        who = _("%(department)s, %(name)s", department=department,
                name=facts.person(signature.person_id))  # fmt: skip
        book.text(sheet, row, RIGHT, who, book.style(**line))
        formula = f"SUMPRODUCT(--EXACT(Risks_Department,{quoted(department)}))"
        book.put(sheet, row, RIGHT + 1, Formula("=" + formula, signature.risks, "centre"), **line)
        book.check(_("Open risks of %(department)s", department=department), signature.risks,
                   "=" + cell(row, RIGHT + 1, sheet.get_name()))  # fmt: skip
        _signed(book, sheet, facts, signature, row)
        book.text(sheet, row, RIGHT + 3, ", ".join(map(str, signature.unreviewed)) or "–",
                  book.style("centre", **line))  # fmt: skip
    last = top + 1 + len(state.signatures)
    book.text(sheet, last, RIGHT, _("Due on %(day)s, the month’s last working day",
              day=state.due_on.isoformat()), book.style(font_color=INK_3, font_size=9))  # fmt: skip
    return last


def _signed(
    book: Book, sheet: Any, facts: PackFacts, signature: SignatureRow, row: int
) -> None:  # fmt: skip
    """The day of the signature; in words where there is none, or where it is out of date."""
    line = HAIRLINE
    if signature.signed_at is None:
        is_late = facts.state.today > facts.state.risks.due_on
        said = _("not signed, overdue") if is_late else _("not signed yet")
        style = book.style("centre", bold=True, font_color=INK, **line)
        book.text(sheet, row, RIGHT + 2, said, style)
    elif signature.is_changed_since:
        said = _("%(day)s, changed since", day=f"{signature.signed_at.astimezone(book.zone):%m-%d}")
        book.text(sheet, row, RIGHT + 2, said, book.style("centre", bold=True, **line))
    else:
        book.put(sheet, row, RIGHT + 2, Day(signature.signed_at.astimezone(book.zone).date()),
                 **line)  # fmt: skip
