"""Sheet of the meetings, with the next one at its head, and under them every decision."""

from typing import Any

from flask_babel import gettext as _

from app.comms.models import MeetingState
from app.comms.state import MeetingEntry
from app.core.formats import when_long, words
from app.status.sheets.book import HAIRLINE, INK_3, Book, Column, Formula, Link
from app.status.sheets.cells import lines_of, quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near, sentence, slot

TOP = 4
(NUMBER, TITLE, WHEN, PLACE, CHAIR, STATE, ASKED, ACCEPTED, PRESENT, RATE, MINUTES,
 DECISIONS) = range(12)  # fmt: skip


def sheet_title() -> str:
    return _("Meetings")


def rows_of(facts: PackFacts) -> dict[int, int]:
    """Where each meeting's row is, by its id, counted from 0."""
    return {meeting.id: TOP + 1 + n for n, meeting in enumerate(facts.state.comms.meetings)}


def write(book: Book, facts: PackFacts) -> None:
    """One row a meeting, then one row a decision."""
    comms = facts.state.comms
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Meetings and decisions"))
    book.text(sheet, 2, 0, _next(facts), book.style(bold=True))
    decided = [(n, meeting, text) for n, meeting in enumerate(comms.meetings, start=1)
               for text in meeting.decisions]  # fmt: skip
    columns = [
        Column(_("No."), "centre", 6), Column(_("Meeting"), "text", 40),
        Column(_("When"), "centre", 19), Column(_("Place"), "text", 26),
        Column(_("Chair"), "text", 13), Column(_("State"), "centre", 11),
        Column(_("Asked"), "centre", 9), Column(_("Accepted"), "centre", 10),
        Column(_("Present"), "centre", 10), Column(_("Attendance"), "percent", 13),
        Column(_("Minutes"), "centre", 15), Column(_("Decisions"), "centre", 11),
    ]  # fmt: skip
    last = book.table(sheet, columns, [_row(meeting, r, facts, bool(decided)) for r, meeting
                                       in enumerate(comms.meetings, start=TOP + 1)], top=TOP,
                      empty=_("No meeting is planned yet."))  # fmt: skip
    if comms.meetings:
        for name, col in (("Number", NUMBER), ("State", STATE), ("Asked", ASKED),
                          ("Present", PRESENT)):  # fmt: skip
            book.define(f"Meetings_{name}", sheet, TOP + 1, col, last, col)
        book.put(sheet, 1, 0, _counted(book, sheet, facts), font_color=INK_3)
    last = _decisions(book, sheet, facts, decided, last + 3)
    sheet.print_area(0, 0, last, DECISIONS)


def _next(facts: PackFacts) -> str:
    comms = facts.state.comms
    coming = next((m for m in comms.meetings if m.id == comms.next_meeting_id), None)
    if coming is None:
        return _("No further meeting is planned.")
    return _("Next: %(title)s, %(when)s, %(place)s; %(accepted)s of %(asked)s accepted",
             title=words(coming.title), when=when_long(coming.starts_at),
             place=coming.place or _("place not set yet"), accepted=coming.accepted,
             asked=coming.asked)  # fmt: skip


def _row(meeting: MeetingEntry, r: int, facts: PackFacts, has_decisions: bool) -> list[Any]:
    is_held = meeting.state is MeetingState.held
    rate: Any = _("not held yet") if meeting.state is MeetingState.planned else "–"
    if is_held:
        none = _("nobody asked")
        rate = Formula(
            f"=IF({near(r, ASKED)}=0,{quoted(none)},{near(r, PRESENT)}/{near(r, ASKED)})",
            meeting.present / meeting.asked if meeting.asked else none, "percent",
        )  # fmt: skip
    minutes = (_("written") if meeting.has_minutes else _("not written yet")) if is_held else "–"
    decisions: Any = "–"
    if facts.leaves_out("meeting:minutes"):
        decisions = _("left out")
    elif has_decisions:
        decisions = Formula(f"=COUNTIF(Decisions_Meeting,{near(r, NUMBER)})",
                            len(meeting.decisions), "centre")  # fmt: skip
    return [
        r - TOP, Link(f"/meetings/{meeting.id}", words(meeting.title)), meeting.starts_at,
        meeting.place or _("not set yet"), facts.person(meeting.chair_id),
        words(meeting.state.label), meeting.asked, meeting.accepted,
        meeting.present if is_held else "–", rate, minutes, decisions,
    ]  # fmt: skip


def _counted(book: Book, sheet: Any, facts: PackFacts) -> Formula:
    """How many meetings were held, how many are to come, and how many came to them."""
    meetings = facts.state.comms.meetings
    held = [meeting for meeting in meetings if meeting.state is MeetingState.held]
    planned = sum(meeting.state is MeetingState.planned for meeting in meetings)
    asked, present = sum(m.asked for m in held), sum(m.present for m in held)
    word = quoted(MeetingState.held.label)
    figures = {
        "held": (f"COUNTIF(Meetings_State,{word})", len(held)),
        "planned": (f"COUNTIF(Meetings_State,{quoted(MeetingState.planned.label)})", planned),
        "present": (f"SUMIFS(Meetings_Present,Meetings_State,{word})", present),
        "asked": (f"SUMIFS(Meetings_Asked,Meetings_State,{word})", asked),
    }
    for key, label in (("held", _("Meetings held")), ("planned", _("Meetings planned")),
                       ("present", _("Present at meetings held")),
                       ("asked", _("Asked to meetings held"))):  # fmt: skip
        book.check(label, figures[key][1], "=" + figures[key][0])
    for r, meeting in enumerate(meetings, start=TOP + 1):
        if meeting.state is MeetingState.held and meeting.asked:
            book.check(_("Meeting %(number)s: attendance", number=r - TOP),
                       meeting.present / meeting.asked, "=" + cell(r, RATE, sheet.get_name()),
                       "percent")  # fmt: skip
    return sentence(_(
        "Held: %(held)s, to come: %(planned)s; present at those held: %(present)s of %(asked)s",
        held=slot("held"), planned=slot("planned"), present=slot("present"), asked=slot("asked"),
    ), figures)  # fmt: skip


def _decisions(
    book: Book, sheet: Any, facts: PackFacts, decided: list[tuple[int, MeetingEntry, str]],
    top: int,
) -> int:  # fmt: skip
    """Each decision with the meeting that took it, newest last; answers the last row."""
    book.lead(sheet, top - 1, 0, _("Decisions"), "")
    if not decided:
        book.text(sheet, top, 0, _("Decisions are left out: not for these eyes.")
                  if facts.leaves_out("meeting:minutes") else _("Nothing was decided yet."),
                  book.style(font_color=INK_3))  # fmt: skip
        return top
    book.heads(sheet, top, 0, [
        Column(_("No."), "centre"), Column(_("Meeting")), Column(_("When"), "centre"),
        Column(_("Decision")), *(Column("") for _n in range(PLACE + 1, DECISIONS + 1)),
    ])  # fmt: skip
    line = HAIRLINE | {"valign": "vcenter"}
    wide = book.style("wrap", **line)
    for r, (number, meeting, text) in enumerate(decided, start=top + 1):
        book.put(sheet, r, 0, number, "centre", **line)
        book.text(sheet, r, TITLE, words(meeting.title), book.style(**line))
        book.put(sheet, r, WHEN, meeting.starts_at, "centre", **line)
        sheet.merge_range(r, PLACE, r, DECISIONS, "", wide)
        book.text(sheet, r, PLACE, text, wide)
        sheet.set_row(r, 18 + 14 * (lines_of(text, 108) - 1))
    last = top + len(decided)
    book.define("Decisions_Meeting", sheet, top + 1, 0, last, 0)
    for n, meeting in enumerate(facts.state.comms.meetings, start=1):
        book.check(_("Meeting %(number)s: decisions", number=n), len(meeting.decisions),
                   "=" + cell(TOP + n, DECISIONS, sheet.get_name()))  # fmt: skip
    return last
