"""Looks into an uploaded archive before anything of it is parsed.

Its kind, its size when inflated, macros, encryption and entities are refused with a sentence.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError

MOST_BYTES = 20 * 1024 * 1024
MOST_INFLATED = 150 * 1024 * 1024
MOST_PARTS = 2_000

SHARED_STRINGS = "xl/sharedStrings.xml"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f[\s>/]')


def refusal(sentence: Any) -> DomainError:
    """A sentence about the file, at the form's field."""
    return DomainError(sentence, "upload")


def damaged(filename: str) -> DomainError:
    """What is said of a file that breaks while it is read."""
    return refusal(
        _l("%(file)s cannot be read: it is damaged, or no Excel workbook. Open it in Excel and "
           "save it as .xlsx once more.", file=filename)
    )  # fmt: skip


def locked(filename: str) -> DomainError:
    """What is said of a file with a password."""
    return refusal(
        _l("%(file)s is protected by a password. Save it without one and bring it again.",
           file=filename)
    )  # fmt: skip


def look_inside(content: bytes, filename: str) -> dict[str, bytes]:
    """Refuses what is no workbook of ours before it is parsed; answers the parts that hold sheets
    with formulas, and the shared strings with escapes in them, by name."""
    if len(content) > MOST_BYTES:
        raise refusal(_l("%(file)s is too large: at most 20 MB.", file=filename))
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise locked(filename)
        raise refusal(
            _l("%(file)s is a workbook of the old kind (.xls). Save it as .xlsx and bring it "
               "again.", file=filename)
        )  # fmt: skip
    if not content.startswith(b"PK\x03\x04"):
        raise refusal(_l("%(file)s is no Excel workbook (.xlsx), whatever its name says.",
                     file=filename))  # fmt: skip
    too_large = refusal(_l("%(file)s is far larger inside than outside and is not opened.",
                       file=filename))  # fmt: skip
    parts: dict[str, bytes] = {}
    inflated = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or sum(e.file_size for e in entries) > MOST_INFLATED:
                raise too_large
            _check_names([entry.filename for entry in entries], filename)
            for entry in entries:
                if entry.flag_bits & 1:
                    raise locked(filename)
                pieces = []
                with archive.open(entry) as stream:
                    # What the directory declares is a claim; what comes out is counted.
                    while piece := stream.read(1 << 20):
                        inflated += len(piece)
                        if inflated > MOST_INFLATED:
                            raise too_large
                        pieces.append(piece)
                data = b"".join(pieces)
                if entry.filename.endswith((".xml", ".rels")):
                    _check_xml(data, filename)
                if entry.filename == "[Content_Types].xml" and b"macroEnabled" in data:
                    raise _with_macros(filename)
                if entry.filename.startswith("xl/worksheets/") and b"<f" in data:
                    parts[entry.filename] = data
                if entry.filename == SHARED_STRINGS and b"_x" in data:
                    parts[entry.filename] = data
    except DomainError:
        raise
    except Exception as error:
        raise damaged(filename) from error
    return parts


def _with_macros(filename: str) -> DomainError:
    return refusal(
        _l("%(file)s holds macros. Save it as a workbook without macros (.xlsx) and bring it "
           "again.", file=filename)
    )  # fmt: skip


def _check_names(names: Sequence[str], filename: str) -> None:
    if any("vbaproject" in name.lower() for name in names):
        raise _with_macros(filename)
    if filename.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise _with_macros(filename)
    if "xl/workbook.xml" not in names:
        raise refusal(_l("%(file)s is no Excel workbook (.xlsx), whatever its name says.",
                     file=filename))  # fmt: skip
    if len(set(names)) != len(names):
        raise damaged(filename)


def _check_xml(data: bytes, filename: str) -> None:
    """A workbook never declares entities; whoever does wants the parser to inflate them."""
    for encoding in ("ascii", "utf-16-le", "utf-16-be"):
        if "<!DOCTYPE".encode(encoding) in data or "<!ENTITY".encode(encoding) in data:
            raise refusal(_l("%(file)s holds declarations that no workbook has, and is not opened.",
                         file=filename))  # fmt: skip


def shared_strings(part: bytes) -> list[str]:
    """The workbook's strings as they are written, escapes and all, without how they are spoken."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = []
    for item in ElementTree.fromstring(part):
        runs = [child for child in item if child.tag in (f"{name}t", f"{name}r")]
        texts = [text for run in runs for text in run.iter(f"{name}t")]
        found.append("".join(text.text or "" for text in texts))
    return found


def formula_cells(part: bytes) -> frozenset[str]:
    """Addresses of the cells of a sheet's XML that hold a formula."""
    return frozenset(match.decode() for match in _CELL.findall(part))
