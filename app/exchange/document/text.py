"""Text and fields as elements of Word. What people wrote enters by `make_paragraph` alone."""

import re
import unicodedata
from typing import Any

from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P

from app.core.formats import words
from app.core.text import clean
from app.exchange.document.elements import add, new
from app.exchange.document.styles import style_id

_SPACE = qn("xml:space")


def reads_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is of a script that runs to the left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def make_paragraph(
    value: Any, style: str, *, bold: bool = False, colour: str = "", align: str = "left",
    is_kept: bool = False,
) -> CT_P:  # fmt: skip
    """A paragraph in a named style, without control characters, and running to the left where its
    letters do. align: left, center or right; colour: "#RRGGBB"; is_kept: on one page with what
    follows."""
    text = clean(words(value))
    turned = reads_right_to_left(text)
    paragraph: CT_P = new("p")
    properties = add(paragraph, "pPr")
    add(properties, "pStyle", val=style_id(style))
    if is_kept:
        add(properties, "keepNext")
    if turned:
        add(properties, "bidi")
    if align != "left":
        add(properties, "jc", val=align)
    if text:
        add_run(paragraph, text, bold=bold, colour=colour, turned=turned)
    return paragraph


def add_run(
    parent: Any, text: str, *, bold: bool = False, colour: str = "", turned: bool = False
) -> None:
    """A run at the end of a paragraph or link; line breaks and tabs become Word's."""
    run = add(parent, "r")
    if bold or colour or turned:
        properties = add(run, "rPr")
        if bold:
            add(properties, "b")
        if colour:
            add(properties, "color", val=colour[1:])
        if turned:
            add(properties, "rtl")
    for piece in re.split(r"([\n\t])", text):
        if piece == "\n":
            add(run, "br")
        elif piece == "\t":
            add(run, "tab")
        elif piece:
            _add_text(run, "t", piece)


def add_field(paragraph: CT_P, code: str, shown: str) -> None:
    """A whole field with what it shows until Word computes it."""
    begin_field(paragraph, code)
    add_run(paragraph, shown)
    end_field(paragraph)


def begin_field(paragraph: CT_P, code: str, *, is_stale: bool = False) -> None:
    """The begin of a field, to be ended by `end_field`; Word computes a stale one on opening."""
    mark = add(add(paragraph, "r"), "fldChar", fldCharType="begin")
    if is_stale:
        mark.set(qn("w:dirty"), "true")
    _add_text(add(paragraph, "r"), "instrText", f" {code} ")
    add(add(paragraph, "r"), "fldChar", fldCharType="separate")


def end_field(paragraph: CT_P) -> None:
    """The end of the field that was begun last."""
    add(add(paragraph, "r"), "fldChar", fldCharType="end")


def _add_text(run: Any, tag: str, text: str) -> None:
    element = add(run, tag)
    element.set(_SPACE, "preserve")
    element.text = text
