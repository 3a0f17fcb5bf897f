"""The whole workbook: a pure function of state, names, language and manifest to bytes.

Runs inside `in_language`, for sentences take the language that texts are being made in.
"""

from datetime import datetime, tzinfo

from flask_babel import gettext as _

from app.core.formats import words
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
        as_of=_stamp(manifest.as_of, zone),
        made=_stamp(manifest.made_at, zone),
        hash=manifest.snapshot_sha256[:8],
    )
    for sheet in SHEETS:
        sheet.write(book, facts)
    return book.close()


def _stamp(instant: datetime, zone: tzinfo) -> str:
    """An instant as it stands in a printed foot: with its year, in the plan's zone."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")
