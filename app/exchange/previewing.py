"""Makes the preview of a workbook: reads it, compares it with the plan, and tries everything out.

The trial runs the very code that applies, so that what the preview refuses is what the use cases
refuse; then all of it is taken back.
"""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.comms import outbox
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.formats import local_date
from app.core.i18n import current_language, in_language
from app.core.permissions import Viewer, viewer_for
from app.core.snapshots import canonical
from app.core.trying import trial
from app.core.web import NOT_HERE
from app.exchange.applying import Carrier, needs_reason
from app.exchange.carrying import Refusal
from app.exchange.content import PlanContent, read_plan, with_missing_people
from app.exchange.matching import Outcome, RowChange, Rule, compare, refused
from app.exchange.models import Upload
from app.exchange.reading import RawBook, file_sheet, read_workbook
from app.exchange.sheets import BY_KEY, NO_NEW_TASK, RowKind, SheetKind, Write

# What a trial gives where the reason is still to be said.
UNSAID = "…"


@dataclass(frozen=True)
class Preview:
    """What a workbook would change now. rows: those that differ, by sheet in the workbook's order;
    moved_on: whether the plan changed since the export; sha256: names these very changes."""

    book: RawBook
    content: PlanContent
    rows: tuple[RowChange, ...]
    sha256: str
    moved_on: bool

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(row.outcome for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change and nothing is refused."""
        return not any(row.outcome is not Outcome.kept for row in self.rows)

    @property
    def needs_reason(self) -> bool:
        return needs_reason(self.rows)

    @property
    def unread(self) -> list[SheetKind]:
        """Sheets of the file that somebody else exported and this person may not read."""
        keys = {raw.key for raw in self.book.sheets}
        return [sheet for sheet in self.content.left_out if sheet.key in keys]

    def of_sheet(self, key: str) -> list[RowChange]:
        return [row for row in self.rows if row.sheet == key]


def preview_of(
    plan_id: int, filename: str, content: bytes, *, actor: Person, now: datetime
) -> Preview:
    """What the workbook would change, for this person. Everything is tried and taken back.

    Raises DomainError on a workbook that cannot be read or is of another plan, NotFound.
    """
    viewer = eyes_of(actor, plan_id)
    book = _read(content, filename)
    if book.origin.plan_id != plan_id:
        raise DomainError(
            _l("%(file)s is of another plan (number %(number)s), not of this one.", file=filename,
               number=book.origin.plan_id),
            "upload",
        )  # fmt: skip
    with in_language(language_of(book)):
        present = with_missing_people(read_plan(viewer))
    rows = _differences(book, present)
    tried = [row for row in rows if _is_to_try(row)]
    if tried:
        with trial(), outbox.kept_back():
            carrier = Carrier(plan_id, actor, now, UNSAID, language_of(book))
            rows = with_refusals(rows, carrier.run(tried))
    return Preview(
        book, present, tuple(rows), _sha256(rows), present.data_version != book.origin.data_version
    )


def preview_shown(upload: Upload, *, actor: Person, now: datetime) -> Preview:
    """The upload's preview for its page: the one just made while nothing at all has changed since,
    else a new one. What is applied is always computed anew."""
    made = _LAST.get(upload.id)
    if made is not None and made[0] == _key(upload.content, actor, now):
        return made[1]
    preview = preview_of(upload.plan_id, upload.filename, upload.content, actor=actor, now=now)
    keep(upload, preview, actor=actor, now=now)
    return preview


def _read(content: bytes, filename: str) -> RawBook:
    return _read_once(hashlib.sha256(content).hexdigest(), content, filename)


@lru_cache(maxsize=2)
def _read_once(_sha256: str, content: bytes, filename: str) -> RawBook:
    # The same bytes are read when they come, when they are shown and when they are applied.
    return read_workbook(content, filename)


# The page comes right after the upload: a preview of thousands of rows is not made twice for it.
_LAST: OrderedDict[int, tuple[object, Preview]] = OrderedDict()
KEPT = 4


def _key(content: bytes, actor: Person, now: datetime) -> object:
    """What a preview depends on: the bytes, the reader, the day, and every change so far."""
    newest = db.session.scalar(select(func.max(AuditEntry.id)))
    return hashlib.sha256(content).digest(), actor.id, local_date(now), current_language(), newest


def keep(upload: Upload, preview: Preview, *, actor: Person, now: datetime) -> None:
    """Remember the preview for the page that comes next."""
    _LAST[upload.id] = (_key(upload.content, actor, now), preview)
    while len(_LAST) > KEPT:
        _LAST.popitem(last=False)


def language_of(book: RawBook) -> str:
    """The language that the workbook was exported in."""
    return "en" if book.origin.language == "en" else "zh"


def eyes_of(person: Person, plan_id: int) -> Viewer:
    """The person's eyes on the plan. Raises NotFound without a part in it."""
    viewer = viewer_for(person, plan_id)
    if viewer is None:
        raise NotFound(NOT_HERE)
    return viewer


def _differences(book: RawBook, present: PlanContent) -> list[RowChange]:
    rows = []
    for raw in book.sheets:
        sheet = BY_KEY[raw.key]
        if raw.key not in present.sheets:
            # Exported by somebody who reads more than this person does.
            continue
        rows += compare(
            file_sheet(raw, book.origin, present.choices.labels, book.day_zero),
            rules_of(sheet),
            book.origin.exported[raw.key],
            present.sheets[raw.key],
            sheet.prefixes,
            _no_new_task if raw.key == "tasks" else None,
            _removing_of(sheet),
        )
    return rows


def rules_of(sheet: SheetKind) -> list[Rule]:
    """What matching must know of a sheet's columns."""
    return [
        Rule(
            column.key,
            is_read_only=column.write is Write.never,
            is_for_new=column.write is Write.new,
            is_required=column.is_required,
            is_always=column.is_always,
            of=column.of,
        )
        for column in sheet.columns
    ]


def _no_new_task(cells: Mapping[str, Any]) -> Any:
    return NO_NEW_TASK if cells.get("row_kind") == RowKind.task else None


def _removing_of(sheet: SheetKind) -> Any:
    if sheet.key == "tasks":
        return lambda row_id: sheet.no_removing if row_id.startswith("task-") else None
    return lambda _row_id: sheet.no_removing


def _is_to_try(row: RowChange) -> bool:
    return row.outcome in (Outcome.added, Outcome.changed, Outcome.conflict, Outcome.removed)


def with_refusals(rows: Sequence[RowChange], refusals: Sequence[Refusal]) -> list[RowChange]:
    """The rows with what was refused. What cannot go is kept, and stops nothing."""
    by_row: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in refusals:
        by_row.setdefault(refusal.key, []).append(refusal)
    found = []
    for row in rows:
        for refusal in by_row.get((row.sheet, row.key), ()):
            if row.outcome is Outcome.removed:
                row = replace(row, outcome=Outcome.kept, reason=refusal.reason)
            else:
                row = refused(row, refusal.reason, refusal.columns)
        found.append(row)
    return found


def _sha256(rows: Sequence[RowChange]) -> str:
    plain = [
        [row.sheet, row.key, row.outcome.value,
         [[c.column, c.outcome.value, c.exported, c.now, c.file] for c in row.cells]]
        for row in rows
    ]  # fmt: skip
    return hashlib.sha256(canonical(plain).encode()).hexdigest()


