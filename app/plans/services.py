"""Use cases of the document: its cover and its words.

Words of the template follow the reader's language until somebody changes them; saving a text
unchanged keeps both languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.events import announce
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, stamp
from app.core.permissions import Role
from app.plans.access import ensure_role, viewer_of
from app.plans.events import CoverChanged
from app.plans.models import Plan, PlanPhase, PlanText

# Sections of one paragraph each; the others are lists.
SINGLE = frozenset({"working_group", "duties", "platform", "practices", "basis"})
# Sections whose lines have a heading of their own.
TITLED = frozenset({"goal", "stage", "resource_part", "monitoring", "evaluation", "duty"})
LISTS = (
    "goal",
    "key_task",
    "stage",
    "resource_part",
    "resource_policy",
    "monitoring",
    "evaluation",
    "audience",
    "content",
    "channel",
    "frequency",
    "duty",
    "outcome",
    "outlook",
)
SECTIONS = frozenset(LISTS) | SINGLE
MOST_LINES = 50


@dataclass(frozen=True)
class CoverDetails:
    """What stands on the cover; people by id."""

    title: LocalText
    company: str
    prepared_by_id: int | None
    reviewed_by_id: int | None
    approved_by_id: int | None
    prepared_on: date | None
    go_live_on: date | None
    report_hour: int
    report_minute: int
    inspection_interval_weeks: int | None


@dataclass(frozen=True)
class Line:
    """A line of a text section as somebody typed it; `id` None is a new one."""

    id: int | None
    title: str
    body: str

    @property
    def is_empty(self) -> bool:
        return not self.title and not self.body


def must_edit(plan: Plan, actor: Person) -> None:
    """Only the project manager changes the document, and only while the plan is under way."""
    viewer = viewer_of(actor, plan.id)
    if viewer is None or not viewer.has(Role.manager):
        raise Forbidden(_l("Only the project manager changes the plan."))
    if plan.state is not PlanPhase.active:
        raise DomainError(_l("This plan is closed and can only be read."))


def cover_values(plan: Plan) -> dict[str, Any]:
    """The cover as it stands, by the names of CoverDetails."""
    return {name: getattr(plan, name) for name in CoverDetails.__dataclass_fields__}


def edit_cover(
    plan: Plan,
    details: CoverDetails,
    *,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Fill in the cover. Whoever is named there gets a role, so that they can read and sign.

    Raises Forbidden, DomainError (at the field), Conflict.
    """
    must_edit(plan, actor)
    check_unchanged(version, plan.version, cover_values(plan))
    if not details.title:
        raise DomainError(_l("Please fill this in."), "title")
    if details.go_live_on is not None and details.go_live_on < plan.start_on:
        raise DomainError(_l("This lies before the plan's start."), "go_live_on")
    weeks = details.inspection_interval_weeks
    if weeks is not None and not 1 <= weeks <= 26:
        raise DomainError(_l("Between 1 and 26 weeks."), "inspection_interval_weeks")
    before = cover_values(plan)
    for field in ("prepared_by_id", "reviewed_by_id", "approved_by_id"):
        person_id = getattr(details, field)
        if person_id is not None and person_id != before[field]:
            enabled_person(person_id, field)
    changes = audit.change(
        plan, **{name: getattr(details, name) for name in CoverDetails.__dataclass_fields__}
    )
    if not changes:
        return
    give_cover_roles(plan)
    audit.record(
        "cover changed", plan, actor_id=actor.id, now=now, plan_id=plan.id, changes=changes
    )
    announce(CoverChanged(plan.id, tuple(changes), actor.id, now))


def give_cover_roles(plan: Plan) -> None:
    """Those named on the cover can open the plan: the approver as an executive."""
    if plan.approved_by_id:
        ensure_role(plan.id, plan.approved_by_id, Role.executive)
    for person_id in (plan.prepared_by_id, plan.reviewed_by_id):
        if person_id:
            ensure_role(plan.id, person_id, Role.member)


def enabled_person(person_id: int, field: str | None = None) -> Person:
    """The person, who must be able to sign in. Raises DomainError."""
    person = db.session.get(Person, person_id)
    if person is None or not person.is_enabled:
        raise DomainError(_l("Please choose somebody who can sign in."), field)
    return person


def edit_purpose(
    plan: Plan, text: str, lang: str, *, seen: str | None = None, actor: Person, now: datetime
) -> None:
    """Change the purpose, read in `lang`; `seen` is the stamp of what stood there."""
    must_edit(plan, actor)
    check_unchanged(seen, stamp(plan.purpose), {"purpose": plan.purpose})
    if not text:
        raise DomainError(_l("Please fill this in."), "purpose")
    changes = audit.change(plan, purpose=plan.purpose.edited(text, lang))
    if changes:
        audit.record(
            "purpose changed", plan, actor_id=actor.id, now=now, plan_id=plan.id, changes=changes
        )


def texts_of(plan_id: int, section: str) -> list[PlanText]:
    """The lines of one section in their order."""
    return list(
        db.session.scalars(
            select(PlanText)
            .where(PlanText.plan_id == plan_id, PlanText.section == section)
            .order_by(PlanText.position, PlanText.id)
        )
    )


def texts_stamp(rows: Sequence[PlanText]) -> str:
    """Mark of a section's lines, for two people at one form."""
    return stamp([[row.id, row.title, row.body] for row in rows])


def edit_texts(
    plan: Plan,
    section: str,
    lines: Sequence[Line],
    lang: str,
    *,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a section's lines, read in `lang`: an emptied line is removed, a new one added.

    Raises NotFound (no such section, a line of another plan), DomainError, Conflict.
    """
    must_edit(plan, actor)
    if section not in SECTIONS:
        raise NotFound(_l("This plan has no such section."))
    rows = texts_of(plan.id, section)
    check_unchanged(seen, texts_stamp(rows), {"lines": rows})
    by_id = {row.id: row for row in rows}
    if any(line.id is not None and line.id not in by_id for line in lines):
        raise NotFound(_l("This line is not part of this plan."))
    kept = [line for line in lines if not line.is_empty]
    if len(kept) > MOST_LINES:
        raise DomainError(_("At most %(max)d lines, please.", max=MOST_LINES))
    if section in SINGLE and not kept:
        raise DomainError(_l("Please fill this in."))
    for row in rows:
        if row.id not in {line.id for line in kept}:
            audit.record(
                "removed",
                row,
                actor_id=actor.id,
                now=now,
                changes={"title": (row.title, None), "body": (row.body, None)},
            )
            db.session.delete(row)
    # A line keeps its place when another one goes: it is what a signature knows it by.
    place = max((row.position for row in rows), default=0)
    for line in kept:
        if line.id is None:
            place += 1
            _add_line(plan, section, place, line, actor, now)
            continue
        row = by_id[line.id]
        changes = audit.change(
            row, title=row.title.edited(line.title, lang), body=row.body.edited(line.body, lang)
        )
        if changes:
            audit.record("changed", row, actor_id=actor.id, now=now, changes=changes)
    db.session.flush()


def _add_line(
    plan: Plan, section: str, place: int, line: Line, actor: Person, now: datetime
) -> None:
    row = PlanText(
        plan_id=plan.id,
        section=section,
        position=place,
        title=LocalText(own=line.title) if line.title else LocalText(),
        body=LocalText(own=line.body) if line.body else LocalText(),
    )
    db.session.add(row)
    changes = {"title": (None, row.title), "body": (None, row.body)}
    audit.record("added", row, actor_id=actor.id, now=now, changes=changes)
