"""Meetings as a subject of reminders."""

from flask_babel import lazy_gettext as _l

from app.comms.meeting_answers import meeting_deadlines
from app.core.registries import ReminderStep, Subject, subjects


def enter_meetings() -> None:
    """Enter meetings, which take place whether somebody does something or not."""
    subjects.add(
        "meeting",
        Subject(
            label=_l("Meeting"),
            unless=_l("not sent if the meeting is cancelled"),
            reads=("meeting", "row"),
            steps=(ReminderStep("before", -1),),
            ask=meeting_deadlines,
            is_event=True,
        ),
        order=70,
    )
