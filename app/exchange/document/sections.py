"""Sections 1 to 7: the plan's own words in their order, and its registers where they belong.

Which words stand in which section is told by the plan page's own lists, so that screen and paper
are of one order.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.formats import words
from app.exchange.document import communication, monitoring, risks, work
from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.plans.document import SECTIONS, SHORT_LISTS, WORDS
from app.plans.services import TITLED

# What a section shows beside its words.
REGISTERS: Mapping[int, Callable[[Paper, DocumentFacts], None]] = {
    3: work.write,
    4: risks.write,
    5: monitoring.write,
    6: communication.write,
}
# The work plan begins with its tasks, the other sections with their words.
REGISTER_FIRST = frozenset({3})


def write_sections(paper: Paper, facts: DocumentFacts) -> None:
    """Everything after the cover."""
    for number, heading in SECTIONS:
        if number == 0:
            continue
        paper.heading(1, heading, on_new_page=number == 1)
        if number == 1:
            paper.heading(2, _("Purpose"))
            paper.text(facts.plan.purpose or _nothing(), "Lead")
        register = REGISTERS.get(number)
        if register and number in REGISTER_FIRST:
            register(paper, facts)
        for block in WORDS.get(number, ()):
            _write_block(paper, facts, block)
        if register and number not in REGISTER_FIRST:
            register(paper, facts)


def _write_block(paper: Paper, facts: DocumentFacts, block: str | tuple[str, Any]) -> None:
    if isinstance(block, str):
        heading, groups = SHORT_LISTS[block]
        paper.heading(2, heading)
        paper.pairs([_short_list(facts, section, title) for section, title in groups])
        return
    section, title = block
    rows = facts.texts.get(section, [])
    if title:
        paper.heading(2, title)
    if not rows:
        paper.note(_nothing())
    elif section == "resource_part":
        lines: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            lines[words(row.title)].append(words(row.body))
        paper.pairs([(name, "\n".join(bodies)) for name, bodies in lines.items()])
    elif section in TITLED:
        paper.pairs([(row.title, row.body) for row in rows])
    elif len(rows) == 1:
        paper.text(rows[0].body)
    else:
        paper.numbered([row.body for row in rows])


def _short_list(facts: DocumentFacts, section: str, title: Any) -> tuple[Any, Any]:
    """A few words in one line. Without a title of the page, the line's own is taken."""
    rows = facts.texts.get(section, [])
    name = title or (rows[0].title if rows else "")
    return name, pgettext("list", "; ").join(words(row.body) for row in rows) or _nothing()


def _nothing() -> str:
    return _("Nothing here yet.")
