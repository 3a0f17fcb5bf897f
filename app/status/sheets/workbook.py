"""The whole workbook: a pure function of state, names, language and manifest to bytes.

Runs inside `in_language`, for sentences take the language that texts are being made in.
"""

from datetime import datetime, tzinfo

from flask_babel import gettext as _

from app.core.formats import words
from app.status.sheets import (
    budget,
    changes,
    check,
    compliance,
    figures,
    indicators,
    inspections,
    meetings,
    milestones,
    notes,
    problems_actions,
    report_rows,
    reports,
    responses,
    risk_map,
    risks,
    summary,
    tasks,
    trends,
)
from app.status.sheets.book import Book
from app.status.sheets.facts import PackFacts

# The order of the sheets in the workbook. The check sheet comes last: it holds what the others
# entered.
SHEETS = (
    summary, tasks, milestones, reports, compliance, report_rows, risks, risk_map, responses,
    problems_actions, indicators, figures, budget, meetings, inspections, changes, trends, notes,
    check,
)  # fmt: skip


def build_workbook(facts: PackFacts, zone: tzinfo) -> bytes:
    """The pack's bytes; the same facts give the same bytes."""
    manifest = facts.manifest
    book = Book(words(facts.state.plan.title), manifest.base_url, zone, manifest.made_at,
                manifest.look.colour)  # fmt: skip
    book.mark(manifest.sha256)
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
