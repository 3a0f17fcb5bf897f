"""Sign-off 编制 → 审核 → 批准: each signs what stood there at that instant.

A signature is a snapshot of the whole document. What changed since is found by comparing parts,
can be signed again, and the chain holds: nobody reviews what was not prepared in that wording.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.queries import person_names
from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.events import announce
from app.core.locks import stamp
from app.core.registries import document_parts
from app.core.snapshots import Snapshot, take_snapshot
from app.plans.events import PlanSigned
from app.plans.models import Plan, PlanPhase, SignOff, SignStep
from app.plans.parts import Reader

CHAIN = (SignStep.prepared, SignStep.reviewed, SignStep.approved)


class PartChangeKind(StrEnum):
    """What happened to a part of the document since a signature."""

    added = "added"
    removed = "removed"
    changed = "changed"


@dataclass(frozen=True)
class PartChange:
    """One part that differs; `was` and `now` in the reader's language."""

    key: str
    kind: PartChangeKind
    label: str
    was: str
    now: str


@dataclass(frozen=True)
class Signature:
    """A step of the chain as it stands: who is to sign, who signed, and whether it still holds.

    `changes` is empty while the signature holds, and for a step not signed yet.
    """

    step: SignStep
    person_id: int | None
    person_name: str | None
    signed_by_id: int | None
    signed_by: str | None
    signed_at: datetime | None
    is_current: bool
    changes: tuple[PartChange, ...]
    sha256: str = ""


@dataclass(frozen=True)
class ApprovalStanding:
    """Whether the plan was approved, and whether in the wording that stands now."""

    is_approved: bool
    is_current: bool
    approved_at: datetime | None = None
    changes: tuple[PartChange, ...] = ()


def document_of(plan_id: int) -> dict[str, str]:
    """The whole document in parts, put together from every package's answer."""
    parts: dict[str, str] = {}
    for _name, answer in document_parts:
        parts.update(answer(plan_id))
    return parts


def sign_plan(
    plan: Plan, step: SignStep, *, actor: Person, now: datetime, seen: str | None = None
) -> SignOff:
    """Sign the document as it stands. `seen` is the stamp of what the actor read.

    Raises Forbidden (only the person named on the cover signs), DomainError (closed plan, an
    earlier signature missing, already signed in this wording), Conflict (changed while reading).
    """
    if actor.id != named_for(plan, step):
        raise Forbidden(_l("Only the person named on the cover signs here."))
    if plan.state is not PlanPhase.active:
        raise DomainError(_l("This plan is closed; there is nothing left to sign."))
    document = document_of(plan.id)
    if seen is not None and seen != stamp(document):
        raise Conflict(
            _l(
                "The document changed while you were reading. Please look at it once more, then "
                "sign."
            )
        )
    signed = signed_documents(plan.id)
    for earlier in CHAIN[: CHAIN.index(step)]:
        if earlier not in signed or signed[earlier][1] != document:
            raise DomainError(_not_yet(earlier))
    if step in signed and signed[step][1] == document and signed[step][0].person_id == actor.id:
        raise DomainError(_l("You have signed exactly this wording already."))
    snapshot = take_snapshot(plan.id, document, f"signed:{step}", now)
    row = SignOff(
        plan_id=plan.id, step=step, person_id=actor.id, signed_at=now, snapshot_id=snapshot.id
    )
    db.session.add(row)
    audit.record(
        "signed",
        row,
        actor_id=actor.id,
        now=now,
        changes={"step": (None, step), "snapshot": (None, snapshot.sha256)},
    )
    announce(PlanSigned(plan.id, step, actor.id, now))
    return row


def _not_yet(step: SignStep) -> str:
    if step is SignStep.prepared:
        return _("Whoever prepared the plan signs this wording first.")
    return _("Whoever reviews the plan signs this wording first.")


def named_for(plan: Plan, step: SignStep) -> int | None:
    """The person whom the cover names for a step."""
    return {
        SignStep.prepared: plan.prepared_by_id,
        SignStep.reviewed: plan.reviewed_by_id,
        SignStep.approved: plan.approved_by_id,
    }[step]


def signed_documents(plan_id: int) -> dict[SignStep, tuple[SignOff, dict[str, str], str]]:
    """The newest signature of each step with the document it covers and its hash."""
    rows = db.session.execute(
        select(SignOff, Snapshot.body, Snapshot.sha256)
        .join(Snapshot, Snapshot.id == SignOff.snapshot_id)
        .where(SignOff.plan_id == plan_id, SignOff.withdrawn_at.is_(None))
        .order_by(SignOff.signed_at, SignOff.id)
    )
    # Later ones take the place of earlier ones.
    return {row[0].step: (row[0], json.loads(row[1]), row[2]) for row in rows}


def sign_chain(plan: Plan, document: Mapping[str, str] | None = None) -> list[Signature]:
    """The three steps in order, each with what changed since it was signed."""
    document = document_of(plan.id) if document is None else dict(document)
    signed = signed_documents(plan.id)
    ids = {i for step in CHAIN if (i := named_for(plan, step))}
    ids |= {row.person_id for row, _doc, _sha in signed.values()}
    names = person_names(ids)
    chain = []
    for step in CHAIN:
        named = named_for(plan, step)
        if step not in signed:
            chain.append(Signature(step, named, names.get(named or 0), None, None, None, False, ()))
            continue
        row, before, sha = signed[step]
        changes = compare(before, document)
        chain.append(
            Signature(
                step,
                named,
                names.get(named or 0),
                row.person_id,
                names.get(row.person_id),
                row.signed_at,
                not changes,
                changes,
                sha,
            )
        )
    return chain


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PartChange, ...]:
    """What differs between two documents, in the order of the newer one."""
    keys = [
        key
        for key in (*after, *(k for k in before if k not in after))
        if before.get(key) != after.get(key)
    ]
    if not keys:
        return ()
    texts = [before.get(key, "") for key in keys] + [after.get(key, "") for key in keys]
    reader = Reader(texts, keys)
    return tuple(
        PartChange(
            key=key,
            kind=(
                PartChangeKind.added
                if not before.get(key)
                else PartChangeKind.removed
                if not after.get(key)
                else PartChangeKind.changed
            ),
            label=reader.label(key),
            was=reader.text(before.get(key, "")),
            now=reader.text(after.get(key, "")),
        )
        for key in keys
    )


def step_to_sign(plan: Plan, chain: list[Signature], person_id: int) -> SignStep | None:
    """The step that waits for this person now, or None."""
    if plan.state is not PlanPhase.active:
        return None
    for link in chain:
        is_signed = link.is_current and link.signed_by_id == link.person_id
        if not is_signed and link.person_id == person_id:
            return link.step
        if not link.is_current:
            return None
    return None


def approval_standing(plan_id: int) -> ApprovalStanding:
    """Whether the plan is approved, in which wording, and what changed since."""
    signed = signed_documents(plan_id).get(SignStep.approved)
    if signed is None:
        return ApprovalStanding(is_approved=False, is_current=False)
    changes = compare(signed[1], document_of(plan_id))
    return ApprovalStanding(True, not changes, signed[0].signed_at, changes)


def plan_notice(plan: Plan, standing: ApprovalStanding | None = None) -> str | None:
    """The sentence that an active plan without a standing approval carries everywhere it counts
    (plan page, home pages, packs); None when there is nothing to say."""
    if plan.state is not PlanPhase.active:
        return None
    standing = standing or approval_standing(plan.id)
    return approval_words(standing.is_approved, len(standing.changes))


def approval_words(is_approved: bool, changes: int) -> str | None:
    """What is to be said of an approval that does not stand; `changes` since it was given."""
    if not is_approved:
        return _("This plan is under way but not approved yet.")
    if changes:
        return ngettext(
            "%(num)s part of the plan has changed since it was approved.",
            "%(num)s parts of the plan have changed since it was approved.",
            changes,
        )
    return None
