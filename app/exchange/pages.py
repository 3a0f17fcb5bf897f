"""What the preview shows: each sheet's rows and cells in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from app.core.formats import money
from app.core.text import shortened
from app.exchange.cells import Kind, Value
from app.exchange.matching import CellChange, Outcome, RowChange
from app.exchange.previewing import Preview
from app.exchange.services import conflict_key
from app.exchange.sheets import BY_KEY, SHEETS, Column
from app.exchange.writing import label_of

# So many rows of a sheet are written out; what has to be decided or corrected always is.
MOST_LINES = 200
LONGEST = 160
WORDS: dict[Outcome, Any] = {
    Outcome.added: lazy_pgettext("import", "new"),
    Outcome.changed: lazy_pgettext("import", "changed"),
    Outcome.removed: lazy_pgettext("import", "removed"),
    Outcome.conflict: lazy_pgettext("import", "conflict"),
    Outcome.refused: lazy_pgettext("import", "refused"),
    Outcome.kept: lazy_pgettext("import", "kept"),
}
TAGS = {Outcome.conflict: "solid", Outcome.refused: "solid", Outcome.added: "brand",
        Outcome.changed: "brand"}  # fmt: skip
NOTHING = _l("empty")


@dataclass(frozen=True)
class Line:
    """A cell of a row, or the row itself. conflict: the name of its choice, "" without one.
    text: what a cell holds that could not be read."""

    row: str
    column: str
    address: str
    outcome: Outcome
    exported: str
    now: str
    file: str
    reason: Any
    conflict: str = ""

    @property
    def word(self) -> Any:
        return WORDS[self.outcome]

    @property
    def tag(self) -> str:
        return TAGS.get(self.outcome, "soft")


@dataclass(frozen=True)
class SheetPage:
    """A sheet's part of the preview. more: rows that are not written out."""

    key: str
    title: str
    file_title: str
    counts: str
    lines: tuple[Line, ...]
    more: int


def sheet_pages(preview: Preview) -> list[SheetPage]:
    """The sheets in which something differs, in the workbook's order."""
    file_titles = {raw.key: raw.title for raw in preview.book.sheets}
    pages = []
    for sheet in SHEETS:
        rows = preview.of_sheet(sheet.key)
        if not rows:
            continue
        lines: list[Line] = []
        more = 0
        for row in rows:
            is_pressing = row.outcome in (Outcome.conflict, Outcome.refused)
            if len(lines) >= MOST_LINES and not is_pressing:
                more += 1
                continue
            lines += _lines(row, preview, file_titles[sheet.key])
        pages.append(
            SheetPage(sheet.key, str(sheet.title), file_titles[sheet.key],
                      counts_of([row.outcome for row in rows]), tuple(lines), more)
        )  # fmt: skip
    return pages


def counts_of(outcomes: list[Outcome]) -> str:
    """“3 changed, 1 new”: how many of each, in a fixed order."""
    order = (Outcome.conflict, Outcome.refused, Outcome.changed, Outcome.added, Outcome.removed,
             Outcome.kept)  # fmt: skip
    parts = [
        _("%(count)s %(what)s", count=outcomes.count(outcome), what=WORDS[outcome])
        for outcome in order
        if outcome in outcomes
    ]
    return _(", ").join(parts)


def summary(preview: Preview) -> str:
    """The whole preview in a sentence."""
    counts = preview.counts
    differing = sum(counts[o] for o in (Outcome.added, Outcome.changed, Outcome.conflict,
                                        Outcome.removed, Outcome.refused))  # fmt: skip
    if not differing:
        return _("No changes: the file says what the plan says.")
    said = ngettext(
        "%(num)s row differs from the plan: %(counts)s.",
        "%(num)s rows differ from the plan: %(counts)s.",
        differing,
        counts=counts_of(
            [outcome for outcome, n in counts.items() for _n in range(n)
             if outcome is not Outcome.kept]
        ),
    )  # fmt: skip
    return str(said)


def _lines(row: RowChange, preview: Preview, title: str) -> list[Line]:
    name = _name(row, preview)
    if not row.cells:
        where = _where(title, row.address)
        return [Line(name, "", where, row.outcome, "", "", "", row.reason)]
    lines = []
    for n, cell in enumerate(row.cells):
        column = BY_KEY[row.sheet].column(cell.column)
        is_open = cell.outcome is Outcome.conflict and not row.is_refused
        lines.append(
            Line(
                row=name if n == 0 else "",
                column=str(column.label),
                address=_where(title, cell.address),
                outcome=cell.outcome,
                exported=_shown(column, cell.exported, preview),
                now="" if row.key.startswith("new:") else _shown(column, cell.now, preview),
                file=cell.shown or _shown(column, cell.file, preview),
                reason=cell.reason,
                conflict=conflict_key(row, cell.column) if is_open else "",
            )
        )
    return lines


def cell_sentence(row: RowChange, cell: CellChange | None, preview: Preview) -> str:
    """“任务!F12: why”, for the command line."""
    title = next((raw.title for raw in preview.book.sheets if raw.key == row.sheet), row.sheet)
    if cell is None:
        return f"{_where(title, row.address)} {row.reason}"
    return f"{_where(title, cell.address)} {cell.reason}"


def _where(title: str, address: str) -> str:
    return f"{title}!{address}" if address else title


def _name(row: RowChange, preview: Preview) -> str:
    """What the row is called: by what it is now, else by what the file says."""
    values: Mapping[str, Value] = preview.content.sheets[row.sheet].get(row.key) or {
        cell.column: cell.file for cell in row.cells
    }
    sheet = BY_KEY[row.sheet]
    if row.sheet == "links":
        ends = [_shown(sheet.column(end), values.get(end), preview) for end in ("before", "after")]
        return " → ".join(ends)
    number, title = values.get("number"), values.get("title")
    return shortened(" ".join(str(v) for v in (number, title) if v not in (None, "")), 80)


def _shown(column: Column, value: Value, preview: Preview) -> str:
    if value is None:
        return str(NOTHING)
    if column.kind is Kind.percent:
        return f"{value}%"
    if column.kind is Kind.money:
        return money(int(value))
    return shortened(label_of(column, value, preview.content.choices), LONGEST)
