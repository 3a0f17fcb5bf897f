"""Sheet of the meetings and what they decided."""

from flask_babel import gettext as _

from app.status.pack.book import INK_3, Book, Column, Link
from app.status.pack.facts import PackFacts


def write(book: Book, facts: PackFacts) -> None:
    """One row a decision."""
    comms = facts.state.comms
    sheet = book.add_sheet(_("Meetings"))
    book.heading(sheet, _("Meetings and decisions"),
                 _("Shared files: %(files)s; best practices: %(practices)s",
                   files=comms.file_count, practices=comms.practice_count))  # fmt: skip
    rows = []
    for meeting in comms.meetings:
        head = [
            Link(f"/meetings/{meeting.id}", meeting.title), meeting.starts_at, meeting.place,
            facts.person(meeting.chair_id),
            meeting.state.label,
            _("%(present)s of %(asked)s present", present=meeting.present, asked=meeting.asked)
            if meeting.state == "held"
            else _("%(accepted)s of %(asked)s accepted", accepted=meeting.accepted,
                   asked=meeting.asked),
            _("written") if meeting.has_minutes else _("not written yet")
            if meeting.state == "held" else "",
        ]  # fmt: skip
        decisions = meeting.decisions or ("",)
        for n, text in enumerate(decisions):
            rows.append([*(head if n == 0 else [head[0], head[1], "", "", "", "", ""]), text])
    columns = [
        Column(_("Meeting"), "text"), Column(_("When"), "centre", 18),
        Column(_("Place"), "text"), Column(_("Chair"), "text"), Column(_("State"), "text", 11),
        Column(_("Attendance"), "text", 20), Column(_("Minutes"), "text", 14),
        Column(_("Decision"), "text", 60),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, empty=_("No meeting is planned yet."))
    if facts.leaves_out("meeting:minutes"):
        last += 1
        book.text(sheet, last, 0, _("Decisions are left out: not for these eyes."),
                  book.style(font_color=INK_3))  # fmt: skip
    sheet.print_area(0, 0, last, len(columns) - 1)
