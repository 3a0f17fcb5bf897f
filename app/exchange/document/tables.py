"""Tables as elements of Word.

A cell is small and there are thousands of them, so rows are put together from `elements`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.formats import words
from app.exchange.document.elements import add, new, twips
from app.exchange.document.styles import SUNKEN, TABLE_STYLE, style_id
from app.exchange.document.text import make_paragraph

# A row with less text than this is kept on one page; a longer one could be higher than a page.
KEPT_TOGETHER = 1_200


@dataclass(frozen=True)
class Column:
    """A column of a table. width: millimetres; align: left, center or right."""

    head: str
    width: float
    align: str = "left"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell. `second` is said smaller under it; `height` (mm) is left free at
    least, so that a pen finds room."""

    text: Any = ""
    second: Any = ""
    bold: bool = False
    colour: str = ""
    height: float = 0


@dataclass(frozen=True)
class Band:
    """A row across the whole table that names what follows."""

    text: Any
    second: Any = ""


# A row: texts, LocalTexts and Cells, one a column, or a Band.
Row = Sequence[Any] | Band


def lined_table(columns: Sequence[Column], rows: Sequence[Row]) -> Any:
    """A table with a shaded head that is repeated on each page."""
    table = _empty_table([column.width for column in columns], has_lines=True)
    _add_row(table, [column.head for column in columns], columns, "Table Head", is_head=True)
    for row in rows:
        if isinstance(row, Band):
            _add_band(table, row, columns)
        else:
            _add_row(table, row, columns, "Table Text")
    return table


def plain_table(rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Any:
    """A table without lines and head, its text as large as the paragraphs'."""
    columns = [Column("", width) for width in widths]
    table = _empty_table(widths, has_lines=False)
    for row in rows:
        _add_row(table, row, columns, "Pair")
    return table


def _empty_table(widths: Sequence[float], *, has_lines: bool) -> Any:
    table = new("tbl")
    properties = add(table, "tblPr")
    if has_lines:
        add(properties, "tblStyle", val=style_id(TABLE_STYLE))
    add(properties, "tblW", w=twips(sum(widths)), type="dxa")
    add(properties, "tblLayout", type="fixed")
    if has_lines:
        add(properties, "tblLook", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0,
            noHBand=1, noVBand=1)  # fmt: skip
    else:
        # The words begin where the paragraphs do.
        add(add(properties, "tblCellMar"), "left", w=0, type="dxa")
    grid = add(table, "tblGrid")
    for width in widths:
        add(grid, "gridCol", w=twips(width))
    return table


def _add_row(
    table: Any, values: Sequence[Any], columns: Sequence[Column], style: str, *,
    is_head: bool = False,
) -> None:  # fmt: skip
    cells = [value if isinstance(value, Cell) else Cell(value) for value in values]
    row, properties = _new_row(table, cells)
    height = max(cell.height for cell in cells)
    if height:
        add(properties, "trHeight", val=twips(height), hRule="atLeast")
    if is_head:
        add(properties, "tblHeader")
    for cell, column in zip(cells, columns, strict=True):
        element, place = _new_cell(row, column.width)
        if height:
            add(place, "vAlign", val="center")
        _write(element, cell, style, column.align)


def _add_band(table: Any, band: Band, columns: Sequence[Column]) -> None:
    cell = Cell(band.text, band.second, bold=True)
    row, _properties = _new_row(table, [cell])
    element, place = _new_cell(row, sum(column.width for column in columns))
    add(place, "gridSpan", val=len(columns))
    add(place, "shd", val="clear", color="auto", fill=SUNKEN)
    # A band at the foot of a page would name nothing.
    _write(element, cell, "Table Text", "left", is_kept=True)


def _new_row(table: Any, cells: Sequence[Cell]) -> tuple[Any, Any]:
    """A row and its properties; it stays on one page unless it could be higher than one."""
    row = add(table, "tr")
    properties = add(row, "trPr")
    if sum(len(words(cell.text)) + len(words(cell.second)) for cell in cells) < KEPT_TOGETHER:
        add(properties, "cantSplit")
    return row, properties


def _new_cell(row: Any, width: float) -> tuple[Any, Any]:
    element = add(row, "tc")
    properties = add(element, "tcPr")
    add(properties, "tcW", w=twips(width), type="dxa")
    return element, properties


def _write(element: Any, cell: Cell, style: str, align: str, *, is_kept: bool = False) -> None:
    element.append(make_paragraph(cell.text, style, bold=cell.bold, colour=cell.colour,
                                  align=align, is_kept=is_kept))  # fmt: skip
    if words(cell.second):
        element.append(make_paragraph(cell.second, "Table Small", align=align, is_kept=is_kept))
