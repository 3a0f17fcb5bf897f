"""What the simple rooms answer when other packages ask: the document's section 6."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy import select

from app.comms.comms_plan import rows_of
from app.comms.models import FileVersion, MeetingState, SharedFile
from app.comms.state import CommsState
from app.core.db import db
from app.core.permissions import Viewer


def comms_plan_parts(plan_id: int) -> dict[str, str]:
    """The communication plan as a signature sees it, a part for each line."""
    return {
        f"comms:{number}": "; ".join(
            words.to_json()
            for words in (row.audience, row.content, row.channel, row.frequency, row.responsible)
        )
        for number, row in enumerate(rows_of(plan_id), start=1)
    }


def comms_sections(part: CommsState, viewer: Viewer, now: datetime) -> list[tuple[int, Markup]]:
    """The communication plan in the document, with the next meeting and what is shared."""
    markup = render_template(
        "comms/plan_section.html", rows=rows_of(viewer.plan_id), plan_id=viewer.plan_id, part=part,
        meeting=next((m for m in part.meetings if m.id == part.next_meeting_id), None),
        held=sum(m.state is MeetingState.held for m in part.meetings),
    )  # fmt: skip
    return [(6, Markup(markup))]  # noqa: S704


def plan_of(table: Any) -> Callable[[int], int | None]:
    """A look-up of the plan that a row of `table` is of."""
    return lambda key: db.session.scalar(select(table.plan_id).where(table.id == key))


def plan_of_version(version_id: int) -> int | None:
    """The plan of a file's version."""
    return db.session.scalar(
        select(SharedFile.plan_id)
        .join(FileVersion, FileVersion.file_id == SharedFile.id)
        .where(FileVersion.id == version_id)
    )
