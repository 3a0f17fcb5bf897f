"""What the simple rooms answer when other packages ask: the document's section 6."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy import select

from app.comms.comms_plan import rows_of
from app.comms.models import FileVersion, SharedFile
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


def comms_plan_sections(plan_id: int, viewer: Viewer, now: datetime) -> list[tuple[int, Markup]]:
    """The communication plan in the document, with the way to files and practices."""
    markup = render_template(
        "comms/comms_plan_section.html", rows=rows_of(plan_id), plan_id=plan_id
    )
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
