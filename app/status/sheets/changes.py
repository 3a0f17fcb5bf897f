"""Sheet of what changed since the state before: one row a change, most important first."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.formats import when_long, words
from app.core.lights import Light
from app.status.comparison.change import Change, Kind
from app.status.comparison.values import Names, group_name, place, shown
from app.status.comparison.words import sentence
from app.status.sheets.book import Book, Column, Day, Link, Styled
from app.status.sheets.facts import PackFacts


def sheet_title() -> str:
    return _("Changes")


def write(book: Book, facts: PackFacts) -> None:
    """Every change with what stood before and what stands now; in words where there is none."""
    sheet = book.add_sheet(sheet_title())
    names = Names(facts.people, facts.departments)
    rows = [
        [
            group_name(change), Link(change.path, place(change, names)), words(change.title),
            cell(change, change.old, names), cell(change, change.new, names),
            sentence(change, names),
        ]
        for change in facts.changes
    ]  # fmt: skip
    book.heading(sheet, _("What changed"), _since(facts, len(rows)))
    columns = [
        Column(pgettext("comparison", "Part of the plan"), "text", 22),
        Column(pgettext("comparison", "Where"), "text", 18), Column(_("What"), "text", 32),
        Column(pgettext("comparison", "Before"), "centre", 20),
        Column(pgettext("comparison", "Now"), "centre", 20),
        Column(_("In a sentence"), "text", 60),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, empty=_("There is nothing to list."))
    sheet.print_area(0, 0, last, len(columns) - 1)


def _since(facts: PackFacts, count: int) -> str:
    """What the sheet compares with, and how much it found."""
    if facts.before_at is None:
        lost_at = facts.manifest.lost_at
        if lost_at is None:
            return _("There is no earlier pack to compare with.")
        return _("What was kept for the pack with data of %(when)s can no longer be read, so that "
                 "nothing can be said of what has changed since.",
                 when=when_long(lost_at))  # fmt: skip
    when = when_long(facts.before_at)
    if not count:
        return _("Nothing that is compared has changed since %(when)s.", when=when)
    return ngettext("%(num)s change since %(when)s; money in yuan",
                    "%(num)s changes since %(when)s; money in yuan", count, when=when)  # fmt: skip


def cell(change: Change, value: Any, names: Names) -> Any:
    """An old or new value as a cell holds it: days, money and percents as such, the rest in
    words. What came or went has no value; the side on which it stands says so."""
    if change.kind is not Kind.changed:
        came = _("added") if change.kind is Kind.new else _("removed")
        return _words("" if value is None else came)
    if isinstance(value, Light):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return Day(value)
    if isinstance(value, int) and change.field.endswith("_cents"):
        return Styled(value / 100, "money", props=(("align", "center"),))
    if change.field == "percent":
        return Styled(value / 100, "percent")
    if change.field in ("score", "days_late") and value is not None:
        return Styled(value, "centre")
    return _words(shown(change, value, names))


def _words(text: str) -> Styled:
    return Styled(text, "wrap", props=(("align", "center"),))
