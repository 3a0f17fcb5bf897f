"""Named cell styles in a workbook of XlsxWriter's, which knows "Normal" alone.

XlsxWriter writes xl/styles.xml as it always does, and the file is then given the names before it is
packed: for each a style of its own (`cellStyleXfs`, `cellStyles`), upon which the formats of its
cells stand (`xfId`). A style looks as most of its formats do, and each format says in what it
differs from it (`applyFont` and the like). No cell looks otherwise than before, and in all else it
follows when somebody changes the style.

What is private to XlsxWriter and used here: `Workbook._get_packager`, `Packager._write_styles_file`
and that `Packager.filenames` ends with (file on the disk, part, is binary) of the part last begun;
and that `Workbook.xf_formats` has the formats in the order of `cellXfs`. The rest is the standard,
ECMA-376 part 1, §18.8.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager

PART = "xl/styles.xml"
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# What a format consists of: numbers of entries in the lists before it, and children; and by which
# attribute it says whether it differs from its style in it.
NUMBERS = ("numFmtId", "fontId", "fillId", "borderId")
CHILDREN = ("alignment", "protection")
SAID = (
    "applyNumberFormat", "applyFont", "applyFill", "applyBorder", "applyAlignment",
    "applyProtection",
)  # fmt: skip
# General, no fill, no border.
NOTHING = "0"

Xf = Any  # an element <xf>; lxml says no types
Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A format's numbers in the order of NUMBERS, and its children's attributes by their names."""

    numbers: tuple[str, ...]
    children: tuple[Attributes, ...]


class NamedStylesWorkbook(Workbook):
    """XlsxWriter's workbook with named cell styles. `style_names`: the name of each format that
    has one; whatever cell has another is "Normal"."""

    def __init__(self, filename: Any, options: dict[str, Any]) -> None:
        super().__init__(filename, options)
        self.style_names: dict[Format, str] = {}

    def _get_packager(self) -> Packager:
        return _Packager()


class _Packager(Packager):
    def _write_styles_file(self) -> None:
        super()._write_styles_file()
        name, part, _is_binary = self.filenames[-1]
        if part != PART:
            raise RuntimeError(f"XlsxWriter wrote {part} where its styles were")
        known = self.workbook.style_names
        names = [known.get(form, "") for form in self.workbook.xf_formats]
        file = Path(name)
        file.write_bytes(with_names(file.read_bytes(), names))


def with_names(part: bytes, names: Sequence[str]) -> bytes:
    """xl/styles.xml with a named style for each name, in the order in which they first come.

    names: one for each format of the cells; "" for those that stay as they are. Raises ValueError
    when there are more or fewer of them than formats.
    """
    root = etree.fromstring(part)
    formats, styles, entries = (
        root.find(SPACE + tag) for tag in ("cellXfs", "cellStyleXfs", "cellStyles")
    )
    members: dict[str, list[tuple[Xf, Look]]] = {}
    for form, name in zip(formats, names, strict=True):
        if name:
            members.setdefault(name, []).append((form, _look(form)))
    for name, forms in members.items():
        number, shown = str(len(styles)), [look for _form, look in forms]
        style = _common(shown)
        styles.append(_element(style, shown))
        etree.SubElement(entries, SPACE + "cellStyle", name=name, xfId=number)
        for form, look in forms:
            form.set("xfId", number)
            _say_differences(form, look, style)
    for list_of in (styles, entries):
        list_of.set("count", str(len(list_of)))
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


def _look(form: Xf) -> Look:
    children = (form.find(SPACE + tag) for tag in CHILDREN)
    return Look(
        tuple(form.get(number) for number in NUMBERS),
        tuple(() if child is None else tuple(sorted(child.items())) for child in children),
    )


def _common(looks: Sequence[Look]) -> Look:
    """What formats of one name have in common: in each respect what most have, and of equals what
    is met first; but no fill or border that half of them or more do without."""
    shown, fonts, fills, borders = (
        Counter(look.numbers[n] for look in looks) for n in range(len(NUMBERS))
    )
    # A name over numbers and texts alike, such as that of totals, says no number format.
    number_format = NOTHING if NOTHING in shown else _most(shown)
    numbers = [number_format, _most(fonts)]
    for found in (fills, borders):
        numbers.append(_most(found) if 2 * found[_most(found)] > len(looks) else NOTHING)
    children = tuple(
        tuple(_usual([dict(look.children[n]) for look in looks])) for n in range(len(CHILDREN))
    )
    return Look(tuple(numbers), children)


def _usual(children: Sequence[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Each attribute with the value that most have, sorted; none where as many do without it."""
    for name in sorted({name for child in children for name in child}):
        found = Counter(child.get(name, "") for child in children)
        value = _most(found)
        if found[value] > found[""]:
            yield name, value


def _most(found: Counter[str]) -> str:
    return found.most_common(1)[0][0]


def _element(style: Look, looks: Sequence[Look]) -> Xf:
    """The style as it stands in `cellStyleXfs`. Put upon a number, it leaves the number as it is
    shown if it stands over several kinds."""
    element = etree.Element(SPACE + "xf", dict(zip(NUMBERS, style.numbers, strict=True)))
    if style.numbers[0] == NOTHING and any(look.numbers[0] != NOTHING for look in looks):
        element.set("applyNumberFormat", "0")
    for tag, attributes in zip(CHILDREN, style.children, strict=True):
        if attributes:
            etree.SubElement(element, SPACE + tag, dict(attributes))
    return element


def _say_differences(form: Xf, look: Look, style: Look) -> None:
    """Say in what a format goes its own way, and in what not: LibreOffice takes silence for yes."""
    own = (*look.numbers, *look.children)
    for said, mine, common in zip(SAID, own, (*style.numbers, *style.children), strict=True):
        form.set(said, str(int(mine != common)))
