"""Section 5: the indicators with target and latest value, and how often is looked on site."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.exchange.document.tables import Cell, Column
from app.reports import indicator_words as say
from app.reports.monitoring_state import IndicatorRow
from app.status.sheets.book import LIGHT_COLOURS, light_text


def write(paper: Paper, facts: DocumentFacts) -> None:
    """The table of indicators, then the inspections in a sentence."""
    paper.heading(2, _("Indicators"))
    columns = [
        Column(_("Indicator"), 32), Column(_("How often"), 22), Column(_("Measured as"), 48),
        Column(_("Target"), 22), Column(_("Now"), 28), Column(_("Light"), 18),
    ]  # fmt: skip
    rows = [_row(row) for row in facts.state.monitoring.indicators]
    paper.table(columns, rows, _("No indicator is set up yet."))
    paper.heading(2, _("On-site inspections"))
    paper.pairs(_inspections(facts))
    if facts.sees_own_alone("inspection", "row"):
        paper.note(_("Only what concerns this reader is listed."))


def _row(row: IndicatorRow) -> list[Any]:
    ink, _tint = LIGHT_COLOURS[row.light]
    return [
        Cell(row.title, bold=True), str(row.cadence.label), row.measured_as, say.target_text(row),
        Cell(say.headline(row), say.period_name(row.latest.period) if row.latest else ""),
        Cell(light_text(row.light), bold=True, colour=ink),
    ]  # fmt: skip


def _inspections(facts: DocumentFacts) -> list[tuple[Any, Any]]:
    interval = facts.plan.inspection_interval_weeks
    rows = facts.state.monitoring.inspections
    coming = [row.on for row in rows if not row.is_recorded and row.on >= facts.state.today]
    return [
        (_("How often"), ngettext("every week", "every %(num)s weeks", interval) if interval
         else _("still open")),
        (_("Recorded so far"), str(sum(row.is_recorded for row in rows))),
        (_("The next one"), facts.day(min(coming)) if coming else _("not planned yet")),
    ]  # fmt: skip
