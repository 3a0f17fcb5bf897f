"""Reads a workbook that somebody brings: from bytes to plain rows that know their cells.

What is no workbook of ours was refused by `core.uploads` before. No database is asked.
"""

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from app.core.errors import DomainError
from app.core.text import clean
from app.core.uploads import (
    MOST_INFLATED,
    SHARED_STRINGS,
    damaged,
    formula_cells,
    look_inside,
    refusal,
    shared_strings,
)
from app.exchange.cells import DAY_ZERO, DAY_ZERO_1904, Bad, CellError, Kind, Value, fold, parse
from app.exchange.matching import FileRow, FileSheet, Rows
from app.exchange.sheets import (
    BY_KEY,
    HIDDEN_SHEET,
    ID,
    LISTS_SHEET,
    NAME_PREFIX,
    NOTES_TITLE,
    SHEETS,
    Column,
    SheetKind,
    choices_known,
    headers_of,
    in_both,
    titles,
)
from app.exchange.writing import FORMAT, MARK

MOST_ROWS = 20_000
MOST_COLUMNS = 60
# Of a sheet whose columns are recognised although title and hidden name are gone.
ALIKE = 0.8

_KEY = re.compile(r"(?:person|department|task|step):[1-9][0-9]{0,8}")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ERRORS = frozenset({"#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!"})


@dataclass(frozen=True)
class Origin:
    """What the hidden sheet says: the plan, its data version, language and exported values."""

    plan_id: int
    data_version: int
    language: str
    exported: Mapping[str, Rows]
    labels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class RawRow:
    """number: the sheet's row, from 1. cells: what the file holds, by column."""

    number: int
    row_id: str | None
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class RawSheet:
    """A sheet as the file has it. letters: of each column that was found."""

    key: str
    title: str
    letters: Mapping[str, str]
    rows: tuple[RawRow, ...]
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RawBook:
    """missing: sheets that were exported and are not in the file. ignored: heads of columns that
    are none of ours, by sheet title."""

    origin: Origin
    sheets: tuple[RawSheet, ...]
    missing: tuple[SheetKind, ...] = ()
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    day_zero: date = DAY_ZERO


def read_workbook(content: bytes, filename: str) -> RawBook:
    """What the file holds. Raises DomainError with a sentence that names the file, and the sheet
    and the cell where there is one."""
    parts = look_inside(content, filename)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            if SHARED_STRINGS in parts:
                # openpyxl drops the escape of an escape and keeps the others: "_x0041_" that was
                # typed could no longer be told from an A that was escaped.
                strings = shared_strings(parts[SHARED_STRINGS])
                for page in book.worksheets:
                    page._shared_strings = strings
            return _read(book, parts, filename)
        finally:
            book.close()
    except DomainError:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part leads to: KeyError, ValueError, a parser's own.
        raise damaged(filename) from error


def file_sheet(
    raw: RawSheet, origin: Origin, labels: Mapping[str, Mapping[str, str]], day_zero: date
) -> FileSheet:
    """The sheet with its cells understood. labels: what goes by which words now; what the
    workbook itself says comes first."""
    sheet = BY_KEY[raw.key]
    known = {c.key: _known(c, origin, labels) for c in sheet.columns}
    columns = {column.key: column for column in sheet.columns}
    rows = []
    for row in raw.rows:
        cells: dict[str, Value | Bad] = {}
        addresses = {}
        for key, value in row.cells.items():
            address = f"{raw.letters[key]}{row.number}"
            addresses[key] = address
            cells[key] = _value(columns[key], value, known[key], day_zero,
                                address in raw.formulas)  # fmt: skip
        rows.append(FileRow(row.number, row.row_id, cells, addresses))
    return FileSheet(raw.key, raw.title, tuple(rows), raw.letters[ID])


def _read(book: Any, parts: Mapping[str, bytes], filename: str) -> RawBook:
    origin = _origin(book, filename)
    by_sheet, unknown = _which(book, origin)
    exported = [sheet for sheet in SHEETS if sheet.key in origin.exported]
    missing = tuple(sheet for sheet in exported if sheet.key not in by_sheet)
    if missing and unknown:
        raise refusal(
            _l("%(file)s: the sheet “%(sheet)s” is missing, and “%(other)s” is none of ours. If "
               "it is the same, give it its name back.", file=filename, sheet=missing[0].title,
               other=unknown[0])
        )  # fmt: skip
    sheets, ignored = [], {}
    for key, page in by_sheet.items():
        if key not in origin.exported:
            continue
        formulas = formula_cells(parts.get(_part(page), b""))
        raw, others = _sheet(BY_KEY[key], page, formulas, filename)
        sheets.append(raw)
        if others:
            ignored[page.title] = others
    day_zero = DAY_ZERO_1904 if book.epoch == CALENDAR_MAC_1904 else DAY_ZERO
    order = [sheet.key for sheet in SHEETS]
    sheets.sort(key=lambda raw: order.index(raw.key))
    return RawBook(origin, tuple(sheets), missing, ignored, day_zero)


def _part(page: Any) -> str:
    return str(page._worksheet_path).lstrip("/")


def _origin(book: Any, filename: str) -> Origin:
    """The hidden sheet. Raises DomainError without it."""
    foreign = refusal(_l("%(file)s was not exported from here, or its hidden sheet is gone. Export "
                     "the plan anew and enter your changes there.", file=filename))  # fmt: skip
    if HIDDEN_SHEET not in book.sheetnames:
        raise foreign
    page = book[HIDDEN_SHEET]
    page.reset_dimensions()
    try:
        cells = [row[0] for row in page.iter_rows(max_col=1, values_only=True) if row]
        if [str(cell) for cell in cells[:2]] != [MARK, str(FORMAT)]:
            raise foreign
        about = unpacked([str(cell) for cell in cells[2:] if cell is not None])
        exported = {}
        for key, columns in about["columns"].items():
            if key in BY_KEY:
                exported[key] = {
                    str(row_id): dict(zip(columns, map(_plain, values), strict=True))
                    for row_id, values in about["rows"][key].items()
                }
        labels = {
            str(refers): {str(key): str(label) for key, label in rows.items()}
            for refers, rows in about["labels"].items()
        }
        return Origin(
            int(about["plan_id"]), int(about["data_version"]), str(about["language"]),
            exported, labels,
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error):
        raise foreign from None


def unpacked(pieces: Sequence[str]) -> Any:
    """What `writing.packed` wrote. Raises ValueError, zlib.error on anything else."""
    text = "".join(piece.removeprefix("z") for piece in pieces)
    # Its inflated size is capped like that of the archive around it.
    inflater = zlib.decompressobj()
    plain = inflater.decompress(base64.b64decode(text, validate=True), MOST_INFLATED)
    if inflater.unconsumed_tail:
        raise ValueError("larger than any plan")
    return json.loads(plain)


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, str | int):
        return value
    raise ValueError("no plain value")


def _which(book: Any, origin: Origin) -> tuple[dict[str, Any], list[str]]:
    """Our sheets by key, and the titles of those that are none of ours: by title, else by the
    hidden name that follows a sheet, else by its heads."""
    known, found, rest = titles(), {}, []
    hidden = {HIDDEN_SHEET, LISTS_SHEET}
    notes = {fold(text) for text in in_both(NOTES_TITLE)}
    named = _named(book)
    for page in book.worksheets:
        title = fold(page.title)
        if page.title in hidden or title in notes:
            continue
        key = known.get(title)
        if key is None or key in found:
            rest.append(page)
        else:
            found[key] = page
    unknown = []
    for page in rest:
        key = named.get(page.title) or _by_heads(page, set(origin.exported) - set(found))
        if key is None or key in found:
            unknown.append(page.title)
        else:
            found[key] = page
    return found, unknown


def _named(book: Any) -> dict[str, str]:
    """Title of a sheet → its key, by the hidden names."""
    answer = {}
    for name, defined in book.defined_names.items():
        if name.startswith(NAME_PREFIX) and name[len(NAME_PREFIX) :] in BY_KEY:
            title = str(defined.attr_text or "").rpartition("!")[0].strip("'").replace("''", "'")
            answer[title] = name[len(NAME_PREFIX) :]
    return answer


def _by_heads(page: Any, keys: set[str]) -> str | None:
    page.reset_dimensions()
    first = next(page.iter_rows(max_row=1, max_col=MOST_COLUMNS, values_only=True), ())
    heads = {fold(clean(str(cell))) for cell in first if cell is not None}
    fitting = []
    for key in keys:
        columns = {column for head, column in headers_of(BY_KEY[key]).items() if head in heads}
        if len(columns) >= ALIKE * (len(BY_KEY[key].columns) + 1):
            fitting.append(key)
    return fitting[0] if len(fitting) == 1 else None


def _sheet(
    sheet: SheetKind, page: Any, formulas: frozenset[str], filename: str
) -> tuple[RawSheet, tuple[str, ...]]:
    page.reset_dimensions()
    rows = page.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    head = next(rows, ())
    heads, letters, others = headers_of(sheet), {}, []
    for n, cell in enumerate(head, start=1):
        text = clean("" if cell is None else str(cell))
        key = heads.get(fold(text))
        if key is not None and key in letters:
            raise refusal(_l("%(file)s: in the sheet “%(sheet)s” the column “%(column)s” stands "
                         "twice, in %(first)s1 and %(second)s1.", file=filename, sheet=page.title,
                         column=text, first=letters[key], second=get_column_letter(n)))  # fmt: skip
        if key is not None:
            letters[key] = get_column_letter(n)
        elif text:
            others.append(text)
    if ID not in letters:
        raise refusal(_l("%(file)s: the sheet “%(sheet)s” lacks the first column with the IDs "
                     "(cell A1). Export the plan anew and enter your changes there.",
                     file=filename, sheet=page.title))  # fmt: skip
    by_index = {_index(letter): key for key, letter in letters.items()}
    found = tuple(_raw_rows(rows, by_index, page.title, filename))
    return RawSheet(sheet.key, page.title, letters, found, formulas), tuple(others)


def _index(letter: str) -> int:
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - ord("A") + 1
    return number - 1


def _raw_rows(
    rows: Iterator[tuple[Any, ...]], columns: Mapping[int, str], title: str, filename: str
) -> Iterator[RawRow]:
    count = 0
    for number, line in enumerate(rows, start=2):
        cells = {}
        for index, key in columns.items():
            value = line[index] if index < len(line) else None
            cells[key] = _cleaned(value) if isinstance(value, str) else value
        if all(value is None or value == "" for value in cells.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise refusal(_l("%(file)s: the sheet “%(sheet)s” has more than %(most)s rows.",
                         file=filename, sheet=title, most=f"{MOST_ROWS:,}"))  # fmt: skip
        row_id = cells.pop(ID)
        text = "" if row_id is None else clean(str(row_id)).lower()
        yield RawRow(number, text or None, cells)


def _unescaped(text: str) -> str:
    # ECMA-376 part 1, 22.9.2.19: _xHHHH_ stands for a character, _x005F_ for the underscore.
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text) if "_x" in text else text


def _cleaned(text: str) -> str:
    return clean(_unescaped(text))


def _value(
    column: Column, raw: Any, known: Mapping[str, Value], day_zero: date, is_formula: bool
) -> Value | Bad:
    if is_formula and raw is None:
        return Bad("=", _l("This cell holds a formula without a result. Write the value itself."))
    if isinstance(raw, str) and raw in _ERRORS:
        return Bad(raw, _l("This cell holds the error %(error)s. Write the value itself.",
                           error=raw))  # fmt: skip
    try:
        return parse(column.kind, raw, known, day_zero)
    except CellError as error:
        text = raw.isoformat() if isinstance(raw, datetime) else str(raw)
        return Bad(text[:80], error.reason)


def _known(
    column: Column, origin: Origin, labels: Mapping[str, Mapping[str, str]]
) -> dict[str, Value]:
    if column.kind not in (Kind.choice, Kind.yes_no, Kind.ref):
        return {}
    if not column.refers:
        return dict(choices_known(column))
    known: dict[str, Value] = {}
    # What the workbook itself says wins: its reader chose from those words.
    for source in (origin.labels.get(column.refers, {}), labels.get(column.refers, {})):
        for key, label in source.items():
            if not _KEY.fullmatch(key):
                continue
            text = fold(label)
            known.setdefault(text, key)
            if column.refers in ("task", "item"):
                known.setdefault("#" + text.split(" ", 1)[0], key)
    return known
