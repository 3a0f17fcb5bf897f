"""The document under the pen: it grows downwards, and the same calls make the same bytes."""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.oxml.text.paragraph import CT_P
from docx.shared import Mm
from flask_babel import gettext as _

from app.core.formats import words
from app.core.text import clean, clean_line
from app.exchange.document.elements import add, new
from app.exchange.document.packing import with_fixed_times
from app.exchange.document.styles import BRAND, WIDTH_MM, dress, heading_number, new_list
from app.exchange.document.tables import Cell, Column, Row, lined_table, plain_table
from app.exchange.document.text import (
    add_field,
    add_run,
    begin_field,
    end_field,
    make_paragraph,
)

# What Word takes for a property of the file.
PROPERTY_LIMIT = 255
# Parts of the library's template: a picture of an empty page, a second copy of the styles.
UNWANTED = ("/thumbnail", "/stylesWithEffects", "/customXml", "/extended-properties")
# Stand where the fields of a translated sentence go.
PAGE, PAGES = "\ue000", "\ue001"


class Paper:
    """A document of Word in this project's styles, in one language (zh, en), with titles and rules
    in `brand`."""

    def __init__(self, language: str, brand: str = BRAND) -> None:
        self.language = language
        self.document = docx.Document()
        for part in (self.document.part.package, self.document.part):
            for key, relation in list(part.rels.items()):
                if relation.reltype.endswith(UNWANTED):
                    del part.rels[key]
        dress(self.document, language, brand)
        self._body = self.document.element.body
        self._headings: list[tuple[int, str, str]] = []
        self._contents_after: CT_P | None = None

    def text(self, value: Any, style: str = "Normal", **marks: Any) -> CT_P:
        """A paragraph; marks are those of `make_paragraph`."""
        paragraph = make_paragraph(value, style, **marks)
        self._append(paragraph)
        return paragraph

    def picture(self, content: bytes, width_mm: float, height_mm: float) -> None:
        """A PNG or JPEG picture on a line of its own, of that size."""
        run = self.document.add_paragraph(style="Cover Company").add_run()
        run.add_picture(io.BytesIO(content), Mm(width_mm), Mm(height_mm))

    def note(self, value: Any) -> None:
        """Something small, said about what stands around it."""
        self.text(value, "Note")

    def heading(self, level: int, value: Any, *, on_new_page: bool = False) -> None:
        """A numbered heading of level 1 or 2 that the table of contents names."""
        text = clean_line(words(value))
        paragraph = self.text(text, f"Heading {level}")
        if on_new_page:
            paragraph.get_or_add_pPr().get_or_add_pageBreakBefore()
        key = len(self._headings) + 1
        name = f"_Toc{key:08d}"
        self._headings.append((level, text, name))
        paragraph.insert(1, new("bookmarkStart", id=key, name=name))
        add(paragraph, "bookmarkEnd", id=key)

    def numbered(self, values: Sequence[Any]) -> None:
        """A list that counts from 1."""
        key = new_list(self.document)
        for value in values:
            numbering = self.text(value, "List Number").get_or_add_pPr().get_or_add_numPr()
            numbering.get_or_add_ilvl().val = 0
            numbering.get_or_add_numId().val = key

    def pairs(self, rows: Sequence[tuple[Any, Any]], first: float = 40) -> None:
        """Words, and beside them what is said of them; `first` is the words' width in mm."""
        self._append(
            plain_table(
                [(Cell(word, bold=True), meaning) for word, meaning in rows],
                (first, WIDTH_MM - first),
            )
        )
        self.gap()

    def table(self, columns: Sequence[Column], rows: Sequence[Row], empty: str) -> None:
        """A table; `empty` is said where there is no row."""
        if not rows:
            self.note(empty)
            return
        self._append(lined_table(columns, rows))
        self.gap()

    def gap(self) -> None:
        """An empty line: Word joins two tables that touch."""
        self.text("", "Gap")

    def contents(self, title: str) -> None:
        """The table of contents stands here; it is written once the headings are known."""
        self._contents_after = self.text(title, "TOC Heading")

    def frame(self, head: Sequence[Any], foot: Any) -> None:
        """Head (left and right) and foot of every page but the cover."""
        section = self.document.sections[0]
        left, right = (clean_line(words(value)) for value in head)
        add_run(section.header.paragraphs[0]._p, f"{left}\t{right}")
        paragraph = section.footer.paragraphs[0]._p
        add_run(paragraph, f"{clean_line(words(foot))}\t")
        sentence = _("Page %(page)s of %(pages)s", page=PAGE, pages=PAGES)
        for piece in re.split(f"([{PAGE}{PAGES}])", sentence):
            if piece in (PAGE, PAGES):
                add_field(paragraph, "PAGE" if piece == PAGE else "NUMPAGES", "1")
            elif piece:
                add_run(paragraph, piece)

    def close(self, *, title: str, subject: str, author: str, at: datetime) -> bytes:
        """The document's bytes; `at` is the only time in them."""
        self._write_contents()
        properties = self.document.core_properties
        properties.title = clean(title)[:PROPERTY_LIMIT]
        properties.subject = clean(subject)[:PROPERTY_LIMIT]
        properties.author = properties.last_modified_by = clean(author)[:PROPERTY_LIMIT]
        naive = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        properties.created = properties.modified = naive
        properties.comments = properties.keywords = ""
        properties.language = self.language
        buffer = io.BytesIO()
        self.document.save(buffer)
        return with_fixed_times(buffer.getvalue())

    def _append(self, element: Any) -> None:
        self._body.insert_element_before(element, "w:sectPr")

    def _write_contents(self) -> None:
        """One line a heading, each a link. Only Word knows on which page a heading stands and
        fills that in on opening; until then no number is shown that could be wrong."""
        after = self._contents_after
        if after is None:
            return
        counted = [0, 0]
        for n, (level, text, name) in enumerate(self._headings):
            counted = [counted[0] + 1, 0] if level == 1 else [counted[0], counted[1] + 1]
            line = make_paragraph("", f"toc {level}")
            if n == 0:
                begin_field(line, 'TOC \\o "1-2" \\h \\z \\u', is_stale=True)
            link = add(line, "hyperlink", anchor=name)
            add_run(link, heading_number(self.language, level, *counted) + text)
            if n == len(self._headings) - 1:
                end_field(line)
            after.addnext(line)
            after = line
