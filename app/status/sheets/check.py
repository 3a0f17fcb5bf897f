"""The check sheet: each figure as the server computed it, as the workbook's own formulas come to
it, and the difference. Whoever changes a row sees it here."""

from flask_babel import gettext as _

from app.status.sheets.book import Book, Column, Formula, Styled
from app.status.sheets.facts import PackFacts

TOP = 4
# Words and numbers of every kind stand in one column.
CENTRED = (("align", "center"),)


def sheet_title() -> str:
    return _("Check")


def write(book: Book, facts: PackFacts) -> None:
    """One row a figure that any sheet entered with `Book.check`; the last sheet to be written."""
    sheet = book.add_sheet(sheet_title(), landscape=False)
    book.heading(sheet, _("The pack checks itself"),
                 _("Each figure as computed by the server and by this workbook's formulas; a "
                   "difference means that a cell was changed"))  # fmt: skip
    first, last = TOP + 2, TOP + 1 + len(book.checks)
    agree, differ = _("All figures agree"), _("Figures that differ:")
    if book.checks:
        area = f"D{first}:D{last}"
        book.put(sheet, 2, 0, Formula(
            f'=IF(SUM({area})=0,"{agree}","{differ} "&COUNTIF({area},">0"))', agree, "text",
        ), bold=True, font_color=book.brand)  # fmt: skip
        book.define("Check_Differences", sheet, first - 1, 3, last - 1, 3)
    rows = []
    for n, check in enumerate(book.checks, start=first):
        kind = "centre" if check.kind == "text" else check.kind
        rows.append([
            check.label,
            Styled(check.value, kind, props=CENTRED),
            Styled(Formula(check.formula, check.value, kind), kind, props=CENTRED),
            Styled(Formula(_difference(n, check.kind), 0, "count"), props=CENTRED),
        ])  # fmt: skip
    columns = [
        Column(_("Figure"), "text", 44), Column(_("Server"), "centre", 18),
        Column(_("Formula"), "centre", 18), Column(_("Difference"), "centre", 13),
    ]  # fmt: skip
    book.table(sheet, columns, rows, top=TOP, empty=_("The plan has no figures yet."))
    sheet.print_area(0, 0, max(last, TOP + 1), 3)


def _difference(row: int, kind: str) -> str:
    """Numbers by how far they are apart, words by whether they are the same."""
    if kind == "text":
        return f"=IF(EXACT(B{row},C{row}),0,1)"
    return f"=IF(ISNUMBER(C{row}),ROUND(ABS(B{row}-C{row}),8),1)"
