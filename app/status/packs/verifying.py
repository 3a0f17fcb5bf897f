"""What a workbook is: which pack of this installation, and whether anything in it was changed.

The bytes tell a pack that nobody touched. One that was opened and saved anew still carries its
manifest's hash in its properties; then every cell is held against the pack's own.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import get_column_letter

from app.core.errors import DomainError
from app.core.uploads import damaged, look_inside
from app.status.models import Pack
from app.status.packs.making import content_of, read_manifest
from app.status.packs.queries import pack_by_hash, pack_by_manifest
from app.status.sheets.book import MANIFEST_PROPERTY

# So many changed cells are named; the others are counted.
NAMED = 50
PROPERTIES = "docProps/custom.xml"
# A program that computes anew may differ in the last digits.
CLOSE = 1e-9
# Beside the cells: that a sheet is hidden, and what the workbook's names stand for.
HIDDEN, NAMES = "hidden", "names"
# A number in a formula, and not the row of a cell's address.
NUMBER = re.compile(r"(?<![A-Z_\d.])\d+(?:\.\d+)?(?:E[+-]?\d+)?")

Cells = dict[str, dict[str, tuple[Any, Any]]]


@dataclass(frozen=True)
class CellChange:
    """A cell that is not as it was made, or a whole sheet where `cell` is empty. A formula and its
    stored result are both held against the pack's; is_result: the formula is the same and comes to
    something else, mostly because another cell was changed."""

    sheet: str
    cell: str
    was: str
    now: str
    is_result: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a file is. pack: None for one that is not known here. changes: the first NAMED of them;
    `more`: how many others there are. Cells, names and hidden sheets are held against the pack's;
    charts, pictures, comments, links and how things look are not: of those only equal bytes
    tell. is_rebuilt: the pack's manifest gave the same once more; None where another version of
    the program built it, or it can no longer be built."""

    sha256: str
    pack: Pack | None = None
    is_same_bytes: bool = False
    changes: tuple[CellChange, ...] = ()
    more: int = 0
    is_rebuilt: bool | None = None

    @property
    def is_unchanged(self) -> bool:
        return self.pack is not None and not self.changes


def verify(content: bytes, filename: str, program_version: str) -> Verdict:
    """Find the file's pack and say what is different. Raises DomainError at "upload" for what is
    no workbook, too large or damaged."""
    sha256 = hashlib.sha256(content).hexdigest()
    pack = pack_by_hash(sha256)
    if pack is not None:
        return Verdict(sha256, pack, True, is_rebuilt=is_rebuilt(pack, program_version))
    look_inside(content, filename)
    manifest_sha256 = _manifest_hash(content)
    pack = pack_by_manifest(manifest_sha256) if manifest_sha256 else None
    if pack is None:
        return Verdict(sha256)
    try:
        changes = sorted(
            differences(_cells(pack.content or b""), _cells(content)), key=lambda c: c.is_result
        )
    except DomainError:
        raise
    except Exception as problem:  # whatever a stranger's file makes the reader stumble over
        raise damaged(filename) from problem
    return Verdict(
        sha256, pack, False, tuple(changes[:NAMED]), max(0, len(changes) - NAMED),
        is_rebuilt(pack, program_version),
    )  # fmt: skip


def is_rebuilt(pack: Pack, program_version: str) -> bool | None:
    """Whether the manifest gives the pack's bytes once more; None where that cannot be tried."""
    if not pack.manifest or pack.program_version != program_version:
        return None
    try:
        return _is_same_archive(content_of(read_manifest(pack.manifest)), pack.content or b"")
    except (DomainError, LookupError):
        return None


def _is_same_archive(made: bytes, kept: bytes) -> bool:
    """Whether both are the same to the byte, or pack the same parts by another machine's zlib."""
    if made == kept:
        return True
    with zipfile.ZipFile(io.BytesIO(made)) as one, zipfile.ZipFile(io.BytesIO(kept)) as other:
        return one.namelist() == other.namelist() and all(
            one.read(name) == other.read(name) for name in one.namelist()
        )


def _manifest_hash(content: bytes) -> str:
    """The hash that the file carries in its properties; empty without one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if PROPERTIES not in archive.namelist():
            return ""
        try:
            root = ElementTree.fromstring(archive.read(PROPERTIES))
        except ElementTree.ParseError:
            return ""
    for entry in root:
        if entry.get("name") == MANIFEST_PROPERTY:
            return "".join(entry.itertext()).strip()[:64]
    return ""


def _cells(content: bytes) -> Cells:
    """By sheet and address: what was written into a cell, and the result stored with it."""
    found: Cells = {}
    for is_result in (False, True):
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=is_result)
        for sheet in book.worksheets:
            # What the file says of the sheet's size is a claim; cells beyond it count too.
            sheet.reset_dimensions()
            cells = found.setdefault(sheet.title, {})
            if not is_result and sheet.sheet_state != "visible":
                cells[HIDDEN] = (sheet.sheet_state, None)
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is None or cell.value == "":
                        continue
                    address = f"{get_column_letter(cell.column)}{cell.row}"
                    if is_result:
                        cells[address] = (cells.get(address, (None, None))[0], cell.value)
                    else:
                        cells[address] = (cell.value, None)
        if not is_result:
            found[NAMES] = {
                name: (f"={entry.attr_text}", None) for name, entry in book.defined_names.items()
            }
        book.close()
    return found


def differences(was: Cells, now: Cells) -> Iterator[CellChange]:
    """Every cell that differs, sheet by sheet in the pack's order; sheets that went or came."""
    for title in was:
        if title not in now:
            yield CellChange(title, "", title, "")
            continue
        before, after = was[title], now[title]
        for address in sorted({*before, *after}, key=_place):
            old = before.get(address, (None, None))
            new = after.get(address, (None, None))
            if not _is_same(old[0], new[0]):
                yield CellChange(title, address, _shown(old[0]), _shown(new[0]))
            elif new[1] is not None and not _is_same(old[1], new[1]):
                # Some programs store no results; whoever opens the file then computes them anew.
                yield CellChange(title, address, _shown(old[1]), _shown(new[1]), is_result=True)
    for title in now:
        if title not in was:
            yield CellChange(title, "", "", title)


def _place(address: str) -> tuple[int, int, str]:
    """Cells row by row; names, and that a sheet is hidden, by their own words."""
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :] or 0), len(letters), letters


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, str) and isinstance(new, str):
        if old.startswith("=") and new.startswith("="):
            return _plain_formula(old) == _plain_formula(new)
        return _plain_text(old) == _plain_text(new)
    old, new = _number(old), _number(new)
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= CLOSE * max(1.0, abs(old), abs(new))
    return bool(old == new)


def _number(value: Any) -> Any:
    """Numbers, dates and times on one scale: days since the workbook's first day."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime):
        # Programs round a time to their own last digit.
        return round((value - datetime(1899, 12, 30)) / timedelta(days=1), 6)
    if isinstance(value, date):
        return float((value - date(1899, 12, 30)).days)
    if isinstance(value, time):
        return round((value.hour * 3600 + value.minute * 60 + value.second) / 86400, 6)
    if isinstance(value, timedelta):
        return round(value / timedelta(days=1), 6)
    return value


def _plain_text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("_x000D_", "").strip()


def _plain_formula(formula: str) -> str:
    """A formula without what programs add or drop when they save it: spaces, quotes of sheets,
    prefixes of functions, other spellings of a number."""
    parts = formula.split('"')
    # Every second part stands between quotes and is text: of that not a letter may differ.
    for n in range(0, len(parts), 2):
        plain = re.sub(r"\s+|'|\$|_xlfn\.|_xlws\.", "", parts[n]).upper()
        parts[n] = NUMBER.sub(lambda found: repr(float(found.group())), plain)
    return '"'.join(parts)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    return str(value)[:200]
