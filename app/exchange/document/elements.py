"""Elements of WordprocessingML, put together fast.

The library finds the place of each child anew, which takes longer than everything else in a table
of thousands of cells. Here elements are appended in the order that the standard (ECMA-376, part 1,
clause 17) wants.
"""

from functools import lru_cache
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml.etree import SubElement

name_of = lru_cache(maxsize=256)(qn)


def new(tag: str, **attributes: Any) -> Any:
    """An element without a parent; tag and attributes are those of `w`, without the prefix."""
    element = OxmlElement(f"w:{tag}")
    _set(element, attributes)
    return element


def add(parent: Any, tag: str, **attributes: Any) -> Any:
    """A new last child of `parent`."""
    element = SubElement(parent, name_of(f"w:{tag}"))
    _set(element, attributes)
    return element


def twips(millimetres: float) -> int:
    """A length in twentieths of a point."""
    return int(Mm(millimetres).twips)


def _set(element: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        element.set(name_of(f"w:{name}"), str(value))
