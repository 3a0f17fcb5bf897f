"""The whole workbook: a pure function of state, names, language and manifest to bytes.

Runs inside `in_language`, for sentences take the language that texts are being made in.
"""

from datetime import tzinfo

from flask_babel import gettext as _

from app.core.formats import when, words
from app.status.pack import (
    figures,
    indicators,
    meetings,
    notes,
    problems_actions,
    reports,
    risks,
    summary,
    tasks,
)
from app.status.pack.book import Book
from app.status.pack.facts import PackFacts

# The order of the sheets in the workbook.
SHEETS = (summary, tasks, reports, risks, problems_actions, indicators, figures, meetings, notes)


def build_workbook(facts: PackFacts, base_url: str, zone: tzinfo) -> bytes:
    """The pack's bytes; the same facts give the same bytes."""
    manifest = facts.manifest
    book = Book(words(facts.state.plan.title), base_url, zone, manifest.made_at)
    book.footer = _(
        "Data as of %(as_of)s   made %(made)s   snapshot %(hash)s",
        as_of=when(manifest.as_of),
        made=when(manifest.made_at),
        hash=manifest.snapshot_sha256[:8],
    )
    for sheet in SHEETS:
        sheet.write(book, facts)
    return book.close()
