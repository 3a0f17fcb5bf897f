"""Section 6: who heads what, the communication plan, the meetings and what they decided."""

from typing import Any

from flask_babel import gettext as _

from app.comms.models import MeetingState
from app.comms.state import MeetingEntry
from app.core.formats import local, words
from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.exchange.document.tables import Cell, Column


def write(paper: Paper, facts: DocumentFacts) -> None:
    """Three tables, and the decisions where there are any."""
    paper.heading(2, _("Departments and their heads"))
    paper.table(
        [Column(_("Department"), 85), Column(_("Head"), 85)],
        [[Cell(row.name, bold=True), facts.person(row.head_id)] for row in facts.heads],
        _("Nothing here yet."),
    )
    paper.heading(2, _("Communication plan"))
    paper.table(
        [Column(_("Who is told"), 34), Column(_("What"), 46), Column(_("Through what"), 32),
         Column(_("How often"), 30), Column(_("By whom"), 28)],
        [[Cell(row.audience, bold=True), row.content, _or_dash(row.channel),
          _or_dash(row.frequency), _or_dash(row.responsible)] for row in facts.comms_plan],
        _("The communication plan has no lines yet."),
    )  # fmt: skip
    paper.heading(2, _("Meetings"))
    _meetings(paper, facts)


def _or_dash(value: Any) -> str:
    return words(value) or "–"


def _meetings(paper: Paper, facts: DocumentFacts) -> None:
    meetings = facts.state.comms.meetings
    paper.table(
        [Column(_("When"), 34), Column(_("Meeting"), 56), Column(_("Place"), 32),
         Column(_("Chair"), 24), Column(_("State"), 24)],
        [[_when(row), Cell(row.title, bold=True), row.place or "–",
          facts.person(row.chair_id), Cell(str(row.state.label), _attendance(row))]
         for row in meetings],
        _("No meeting is planned yet."),
    )  # fmt: skip
    if facts.sees_own_alone("meeting", "row"):
        paper.note(_("Only what concerns this reader is listed."))
    decided = [
        [_when(row), Cell(row.title, bold=True), text] for row in meetings for text in row.decisions
    ]
    if decided:
        paper.heading(2, _("Decisions"))
        paper.table([Column(_("When"), 34), Column(_("Meeting"), 50), Column(_("Decision"), 86)],
                    decided, "")  # fmt: skip


def _when(row: MeetingEntry) -> str:
    return f"{local(row.starts_at):%Y-%m-%d %H:%M}"


def _attendance(row: MeetingEntry) -> str:
    if row.state is not MeetingState.held:
        return ""
    return _("%(present)s of %(asked)s present", present=row.present, asked=row.asked)
