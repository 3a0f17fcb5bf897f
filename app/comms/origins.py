"""What an action item may have come from here: a meeting."""

from flask_babel import gettext as _

from app.comms.meeting_queries import reads_meeting
from app.comms.models import Meeting
from app.core.db import db
from app.core.formats import day, words
from app.core.permissions import Viewer
from app.core.registries import Origin


def meeting_origin(viewer: Viewer, meeting_id: int) -> Origin | None:
    """The meeting, if the viewer reads it."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None or meeting.plan_id != viewer.plan_id:
        return None
    if not reads_meeting(viewer, meeting_id):
        return None
    title = _("%(title)s of %(day)s", title=words(meeting.title), day=day(meeting.starts_at))
    return Origin(title, f"/meetings/{meeting.id}")
