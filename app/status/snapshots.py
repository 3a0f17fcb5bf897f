"""States of a plan written down: when they are taken, read back, and read as a trend.

A state is written down at each week's close, with every pack, when a baseline is kept and when the
plan is signed. It holds what one pair of eyes read, and is shown to nobody who reads less.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from app.accounts.models import Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from app.core.matrix import eyes_key
from app.core.permissions import Role, Viewer
from app.core.reading_back import Unreadable, read_pieces
from app.core.snapshots import Snapshot, canonical, keep, packed_up
from app.plans.access import manager_ids, viewer_of
from app.plans.events import PlanSigned
from app.status.figures import Figure, figures_of
from app.status.state import PlanState, plan_state
from app.tasks.events import BaselineKept

WEEK = "week:"
PACK = "pack"
SIGNATURE = "state:signed:"
BASELINE = "state:baseline:"
# Kept so that a pack that is built a little later still shows the instant that was asked for.
ASKED = "state:asked"
# What the audit trail holds that changes nothing in a plan.
NO_CHANGE = ("packs", "pack_schedules", "pack_sendings")


@dataclass(frozen=True)
class TrendPoint:
    """The figures of one snapshot; `reason` says why it was taken ("week:2026-W48")."""

    at: datetime
    reason: str
    figures: dict[str, Figure]


def packed_state(state: PlanState, viewer: Viewer, reason: str, now: datetime) -> Snapshot:
    """The state ready to be written down, with its figures and with whose sight it is."""
    return packed_up(
        state.plan.id, state, reason, now,
        eyes=eyes_key(viewer), figures=canonical(figures_of(state)),
    )  # fmt: skip


def packed_for_manager(plan_id: int, reason: str, now: datetime) -> Snapshot | None:
    """The plan as its manager sees it, ready to be written down; None while nobody manages it."""
    viewer = manager_of(plan_id)
    if viewer is None:
        return None
    return packed_state(plan_state(plan_id, now, viewer), viewer, reason, now)


def keep_for_manager(plan_id: int, reason: str, now: datetime) -> Snapshot | None:
    """The same, written down in the running transaction."""
    snapshot = packed_for_manager(plan_id, reason, now)
    return keep(snapshot) if snapshot else None


def manager_of(plan_id: int) -> Viewer | None:
    """The eyes of the plan's first project manager."""
    ids = manager_ids(plan_id)
    person = db.session.get(Person, ids[0]) if ids else None
    viewer = viewer_of(person, plan_id) if person else None
    return viewer if viewer and viewer.has(Role.manager) else None


def signed(event: PlanSigned) -> None:
    """Somebody signed: the plan at that instant."""
    keep_for_manager(event.plan_id, f"{SIGNATURE}{event.step}", event.at)


def baseline_kept(event: BaselineKept) -> None:
    """A baseline was kept: everything else at that instant."""
    keep_for_manager(event.plan_id, f"{BASELINE}{event.baseline_id}", event.at)


def read_state(snapshot: Snapshot) -> PlanState:
    """The state as it was written down. Raises DomainError where an older version wrote it in
    another shape, or where what was written is damaged."""
    try:
        return read_pieces(PlanState, snapshot.chunks())
    except (zlib.error, EOFError) as problem:
        raise DomainError(_("What was kept of this state is damaged.")) from problem
    except Unreadable as problem:
        raise DomainError(
            _("This state was kept by an older version and can no longer be compared.")
        ) from problem


def comparable(viewer: Viewer, until: datetime) -> Select[tuple[Snapshot]]:
    """The snapshots that the viewer may be shown, taken at or before `until`, newest first."""
    return (
        select(Snapshot)
        .where(
            Snapshot.plan_id == viewer.plan_id,
            Snapshot.eyes == eyes_key(viewer),
            Snapshot.taken_at <= until,
        )
        .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
    )


def state_at(viewer: Viewer, instant: datetime) -> tuple[PlanState, Snapshot | None]:
    """The plan at an instant: live while nothing was changed since, else as it was last written
    down at or before it, which says its own instant.

    Raises DomainError where nothing was written down that early for these eyes.
    """
    if not changed_after(viewer.plan_id, instant):
        return plan_state(viewer.plan_id, instant, viewer), None
    snapshot = newest_before(viewer, instant)
    if snapshot is None:
        raise DomainError(
            _("The plan has changed since then, and no state of it was kept that early."), "as_of"
        )
    return read_state(snapshot), snapshot


def changed_after(plan_id: int, instant: datetime) -> bool:
    """Whether the plan's audit trail knows of a change after the instant."""
    return (
        db.session.scalar(
            select(AuditEntry.id)
            .where(AuditEntry.plan_id == plan_id, AuditEntry.at > instant,
                   AuditEntry.object_type.not_in(NO_CHANGE))
            .limit(1)
        )
        is not None
    )  # fmt: skip


def newest_before(viewer: Viewer, instant: datetime) -> Snapshot | None:
    """The newest snapshot at or before the instant that the viewer may be shown."""
    return db.session.scalars(
        comparable(viewer, instant)
        .options(undefer(Snapshot.body), undefer(Snapshot.packed))
        .limit(1)
    ).first()


def trend(viewer: Viewer, until: datetime, most: int) -> tuple[TrendPoint, ...]:
    """The last closed weeks, oldest first; what was written down without figures is not in it."""
    rows: Sequence[Snapshot] = db.session.scalars(
        comparable(viewer, until)
        .where(Snapshot.reason.startswith(WEEK), Snapshot.figures != "")
        .limit(most)
    ).all()
    return tuple(
        TrendPoint(row.taken_at, row.reason, json.loads(row.figures)) for row in reversed(rows)
    )
