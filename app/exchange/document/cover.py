"""The cover with the sign-off 编制 → 审核 → 批准, and the page that says what this copy is."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.formats import day_long, local, when_long
from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.exchange.document.tables import Cell, Column
from app.plans.models import SignStep
from app.plans.parts import reads_part
from app.plans.signoff import Signature, approval_words
from app.status.look.pictures import read_picture
from app.status.sheets.book import INK_3
from app.status.sheets.notes import part_words

# Of the hash of a wording so much is shown that two can be told apart.
SHOWN_OF_HASH = 8
# A line of the sign-off is high enough for a pen.
PEN_MM = 15
# The company's picture is at most so wide and high.
LOGO_MM = (60, 16)
WORDS_MM = 44
MOST_CHANGES = 8
# Parts of the matrix that the document would show.
SHOWN_PARTS = ("task:money", "resource:row", "risk:register")


def write_cover(paper: Paper, facts: DocumentFacts) -> None:
    """The first page: whose plan it is, from when to when, and who stands for it."""
    plan = facts.plan
    picture = read_picture(facts.logo) if facts.logo else None
    if facts.logo and picture:
        scale = min(LOGO_MM[0] / picture.width, LOGO_MM[1] / picture.height)
        paper.picture(facts.logo, picture.width * scale, picture.height * scale)
    paper.text(plan.company or _("Company still open"), "Cover Company")
    paper.text(plan.title, "Title")
    paper.text(_("Plan document"), "Subtitle")
    paper.text("", "Cover Rule")
    paper.pairs(_cover_facts(facts), first=WORDS_MM)
    paper.text(_("Sign-off"), "Cover Heading")
    paper.table(
        [Column(pgettext("sign-off", "Step"), 28), Column(pgettext("sign-off", "Name"), 34),
         Column(_("Signature"), 64), Column(_("Date"), 44)],
        [_sign_row(link) for link in facts.chain],
        "",
    )  # fmt: skip
    paper.note(_standing(facts))


def _cover_facts(facts: DocumentFacts) -> list[tuple[Any, Any]]:
    plan = facts.plan
    managers = [facts.person(key) for key in facts.state.plan.manager_ids]
    runs = _("%(first)s to %(last)s", first=day_long(plan.start_on), last=day_long(plan.finish_on))
    return [
        (_("Version"), _version(facts)),
        (_("Project manager"), pgettext("list", ", ").join(managers) or _open()),
        (_("Date prepared"), day_long(plan.prepared_on) if plan.prepared_on else _open()),
        (_("The plan runs"), _estimated(facts, plan.finish_on, runs)),
        (_("Put into effect"), _estimated(facts, plan.go_live_on, day_long(plan.go_live_on))
         if plan.go_live_on else _open()),
        (_("Weekly reports are due"),
         _("last working day of the week, %(time)s",
           time=f"{plan.report_hour:02d}:{plan.report_minute:02d}")),
        (_("On-site inspection"),
         ngettext("every week", "every %(num)s weeks", plan.inspection_interval_weeks)
         if plan.inspection_interval_weeks else _open()),
    ]  # fmt: skip


def _version(facts: DocumentFacts) -> str:
    """The day and the wording: two copies with the same mark say the same."""
    at = local(facts.state.as_of)
    return f"{at:%Y-%m-%d %H:%M} · {facts.wording[:SHOWN_OF_HASH]}"


def _estimated(facts: DocumentFacts, on: Any, text: str) -> str:
    return f"{text} {_('(est.)')}" if facts.calendar.is_estimated(on) else text


def _open() -> Cell:
    return Cell(_("still open"), colour=INK_3)


def _sign_row(link: Signature) -> list[Cell]:
    """A signature as it was given, or room for a pen."""
    names = {
        SignStep.prepared: _("Prepared by"), SignStep.reviewed: pgettext("cover", "Reviewed by"),
        SignStep.approved: _("Approved by"),
    }  # fmt: skip
    named = Cell(link.person_name) if link.person_name else _open()
    signature, at = Cell(), ""
    if link.signed_at is not None:
        said = _("signed in the system, wording %(hash)s", hash=link.sha256[:SHOWN_OF_HASH])
        if link.changes:
            said += "\n" + ngettext(
                "%(num)s part changed since", "%(num)s parts changed since", len(link.changes)
            )
        signature, at = Cell(link.signed_by or "–", said, bold=True), when_long(link.signed_at)
    row = [Cell(names[link.step], bold=True), named, signature, Cell(at)]
    return [replace(cell, height=PEN_MM) for cell in row]


def _standing(facts: DocumentFacts) -> str:
    """What the signatures are worth for this wording, and what changed since the approval."""
    approved = facts.chain[-1]
    if approved.signed_at is not None and approved.is_current:
        return _("Approved in exactly this wording on %(day)s.", day=day_long(approved.signed_at))
    said = facts.notice or ""
    if not said and approved.changes:
        # A closed plan carries no notice, but its paper still differs from what was approved.
        said = approval_words(True, len(approved.changes)) or ""
    labels = [change.label for change in approved.changes if reads_part(facts.viewer, change.key)]
    if not labels:
        return said
    named = pgettext("list", "; ").join(labels[:MOST_CHANGES])
    if len(approved.changes) > min(len(labels), MOST_CHANGES):
        return _("%(sentence)s Among them: %(parts)s.", sentence=said, parts=named)
    return _("%(sentence)s They are: %(parts)s.", sentence=said, parts=named)


def write_front(paper: Paper, facts: DocumentFacts) -> None:
    """The second page: what this copy is, and the table of contents."""
    paper.text(_("About this copy"), "Front Heading")
    known = part_words()
    missing = [known[part] for part in facts.state.left_out if part in SHOWN_PARTS]
    rows: list[tuple[Any, Any]] = [
        (_("Data as of"), when_long(facts.state.as_of)),
        (_("Wording"), _("%(hash)s: a signature with the same mark covers exactly these words",
                         hash=facts.wording[:SHOWN_OF_HASH])),
        (_("Whose eyes"), facts.eyes),
        (_("Left out"), _("%(parts)s: not for these eyes",
                          parts=pgettext("list", ", ").join(missing)) if missing
         else _("Nothing")),
    ]  # fmt: skip
    if facts.calendar.is_estimated(_last_day(facts)):
        rows.append((_("(est.)"), _("The date rests on a year for which the official holidays are "
                                    "not published yet.")))  # fmt: skip
    paper.pairs(rows, first=WORDS_MM)
    paper.contents(_("Table of contents"))


def _last_day(facts: DocumentFacts) -> Any:
    state = facts.state
    ends = [facts.plan.finish_on, *(task.expected_finish_on for task in state.tasks.tasks)]
    ends += [r.last_on for risk in state.risks.risks for r in risk.responses if r.last_on]
    return max(ends)
