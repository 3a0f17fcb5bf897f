"""Use cases of the round trip: take a workbook out, bring it in, apply it, drop it.

Nothing is applied until its reader says so, and the word to apply counts only for the changes that
were shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comms import outbox
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.formats import words
from app.core.i18n import in_language
from app.core.text import clean_line, shortened
from app.core.web import NOT_HERE
from app.exchange.applying import Carrier, needs_reason
from app.exchange.content import read_plan, with_missing_people
from app.exchange.digest import tell
from app.exchange.matching import Outcome, RowChange
from app.exchange.models import Upload, UploadState
from app.exchange.previewing import (
    Preview,
    eyes_of,
    keep,
    language_of,
    preview_of,
    with_refusals,
)
from app.exchange.writing import Origin, write_workbook
from app.plans.models import Plan

WAITING = 5


@dataclass(frozen=True)
class Decision:
    """What the reader said. conflicts: whether the file wins, by `conflict_key`; removes: rows
    that the file lacks go; leaves_out: rows with a refused cell are left out instead of stopping
    everything."""

    conflicts: Mapping[str, bool] = field(default_factory=dict)
    removes: bool = False
    leaves_out: bool = False
    reason: str = ""


class MovedOn(Exception):
    """The plan changed since the preview; `preview` is the new one."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("the plan moved on")
        self.preview = preview


class NotApplied(Exception):
    """Something was refused while applying; `preview` says what. Nothing may be kept."""

    def __init__(self, preview: Preview, message: Any, field: str | None = None) -> None:
        super().__init__("not applied")
        self.preview, self.message, self.field = preview, message, field


def export_plan(plan_id: int, *, eyes: Person, language: str, now: datetime) -> bytes:
    """The plan as a workbook, as far as `eyes` reads it. Raises NotFound without a part in it."""
    viewer = eyes_of(eyes, plan_id)
    settings = current_app.config["SETTINGS"]
    with in_language(language):
        content = with_missing_people(read_plan(viewer))
        plan = db.session.get_one(Plan, plan_id)
        origin = Origin(words(plan.title), eyes.name, now, settings.base_url, settings.zone)
        return write_workbook(content, origin)


def take_in(
    plan_id: int, *, filename: str, content: bytes, actor: Person, now: datetime
) -> Upload:
    """Keep a workbook that waits for its reader's word. Raises DomainError at "upload"."""
    name = shortened(clean_line(filename), 200)
    if not content:
        raise DomainError(_l("Please choose a workbook."), "upload")
    preview = preview_of(plan_id, name, content, actor=actor, now=now)
    _drop_former(plan_id, actor, now)
    upload = Upload(
        plan_id=plan_id, person_id=actor.id, filename=name, content=content, uploaded_at=now,
        changes_sha256=preview.sha256,
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    keep(upload, preview, actor=actor, now=now)
    return upload


def apply_upload(
    upload: Upload, decision: Decision, *, seen: str, actor: Person, now: datetime
) -> int:
    """Carry out what the preview `seen` (its sha256) showed; answers how many rows changed.

    All or nothing, in the running transaction. Raises MovedOn when the changes are no longer those
    of the preview, NotApplied when something is refused (then nothing may be committed), NotFound.
    """
    _must_wait(upload, actor)
    preview = preview_of(upload.plan_id, upload.filename, upload.content, actor=actor, now=now)
    if preview.sha256 != seen:
        raise MovedOn(preview)
    count = carry_out(preview, decision, actor=actor, now=now)
    changes = audit.change(upload, state=UploadState.applied, ended_at=now)
    changes["rows"] = (None, count)
    audit.record("imported", upload, actor_id=actor.id, now=now, changes=changes)
    return count


def carry_out(preview: Preview, decision: Decision, *, actor: Person, now: datetime) -> int:
    """Carry out what was decided of a preview; answers how many rows. Raises NotApplied."""
    if not decision.leaves_out and any(row.is_refused for row in preview.rows):
        raise NotApplied(
            preview, _l("Something is refused. Correct it in the file, or leave those rows out."),
            "leaves_out",
        )  # fmt: skip
    if any(key not in decision.conflicts for key in conflicts_of(preview.rows)):
        raise NotApplied(preview, _l("Please decide each conflict: the file, or what stands now."))
    rows = decided(preview.rows, decision)
    if not rows:
        raise NotApplied(preview, _l("Nothing is left that would be applied."))
    if needs_reason(rows) and not decision.reason:
        raise NotApplied(preview, _l("Please say why; it is kept with the change."), "reason")
    carrier = Carrier(
        preview.content.plan_id, actor, now, decision.reason, language_of(preview.book)
    )
    with outbox.kept_back() as notices:
        refusals = carrier.run(rows)
    if refusals:
        found = replace(preview, rows=tuple(with_refusals(preview.rows, refusals)))
        raise NotApplied(
            found, _l("Something is refused. Correct it in the file, or leave those rows out.")
        )
    tell(preview.content.plan_id, notices, actor=actor, now=now)
    return len(rows)


def drop_upload(upload: Upload, *, actor: Person, now: datetime) -> None:
    """Take the workbook back; nothing of it was applied."""
    _must_wait(upload, actor)
    _drop(upload, now)


def upload_of(plan_id: int, upload_id: int, person_id: int) -> Upload:
    """The person's own upload. Raises NotFound."""
    upload = db.session.get(Upload, upload_id)
    if upload is None or (upload.plan_id, upload.person_id) != (plan_id, person_id):
        raise NotFound(NOT_HERE)
    return upload


def my_uploads(plan_id: int, person_id: int) -> list[Upload]:
    """The person's last workbooks of this plan, newest first."""
    return list(
        db.session.scalars(
            select(Upload)
            .where(Upload.plan_id == plan_id, Upload.person_id == person_id)
            .order_by(Upload.id.desc())
            .limit(WAITING)
        )
    )


def decided(rows: Sequence[RowChange], decision: Decision) -> list[RowChange]:
    """The rows that are carried out, each with the cells that are asked for and no other."""
    found = []
    for row in rows:
        if row.outcome in (Outcome.kept, Outcome.refused):
            continue
        if row.outcome is Outcome.removed:
            if decision.removes:
                found.append(row)
            continue
        cells = tuple(
            cell for cell in row.cells
            if cell.outcome is not Outcome.conflict
            or decision.conflicts[conflict_key(row, cell.column)]
        )  # fmt: skip
        if cells:
            found.append(replace(row, cells=cells))
    return found


def conflicts_of(rows: Sequence[RowChange]) -> list[str]:
    """The conflicts that wait for a decision. A row that is refused as a whole has none."""
    return [
        conflict_key(row, cell.column)
        for row in rows
        if not row.is_refused
        for cell in row.cells
        if cell.outcome is Outcome.conflict
    ]


def conflict_key(row: RowChange, column: str) -> str:
    """The name of one conflict in a form."""
    return f"{row.sheet}.{row.key}.{column}"


def _must_wait(upload: Upload, actor: Person) -> None:
    if upload.person_id != actor.id:
        raise NotFound(NOT_HERE)
    if upload.state is not UploadState.waiting:
        raise DomainError(_l("This workbook was applied or dropped already. Bring it once more."))


def _drop_former(plan_id: int, actor: Person, now: datetime) -> None:
    """Whoever brings a newer workbook no longer means the older one."""
    former = select(Upload).where(
        Upload.plan_id == plan_id, Upload.person_id == actor.id,
        Upload.state == UploadState.waiting,
    )  # fmt: skip
    for upload in db.session.scalars(former):
        _drop(upload, now)


def _drop(upload: Upload, now: datetime) -> None:
    # What was not applied is evidence of nothing: its bytes are not kept.
    upload.state, upload.ended_at, upload.content = UploadState.dropped, now, b""
