"""What can be compared of a plan: the states that were kept of it, and the one that stands now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import week, when
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.core.snapshots import Snapshot
from app.core.text import whole_number
from app.core.web import NOT_HERE
from app.plans.models import SignStep
from app.plans.weeks import IsoWeek
from app.status.packs.queries import offered_snapshots
from app.status.snapshots import ASKED, BASELINE, PACK, SIGNATURE, WEEK, comparable, read_state
from app.status.state import PlanState, plan_state
from app.tasks.baseline_queries import shown_name
from app.tasks.models import Baseline

# How an address names the plan as it stands.
NOW = "now"
# So many kept states are offered, the newest; older ones can still be named by an address.
SHOWN = 200


@dataclass(frozen=True)
class Side:
    """One of the two: its key in addresses, what it is called, of which instant it is."""

    key: str
    name: str
    at: datetime
    is_pack: bool = False


def sides(viewer: Viewer, now: datetime) -> list[Side]:
    """What the viewer may choose from: now, then the kept states, newest first. Two statements."""
    rows = db.session.execute(
        comparable(viewer, now)
        .with_only_columns(Snapshot.id, Snapshot.reason, Snapshot.taken_at,
                           _of_pack(viewer).label("is_of_pack"))
        .where(or_(Snapshot.reason != ASKED, _of_pack(viewer)))
        .limit(SHOWN)
    ).all()
    names = _baseline_names(viewer.plan_id)
    return [
        Side(NOW, _("now"), now),
        *(_side(row, names) for row in rows),
    ]


def side_of(key: str, shown: list[Side], viewer: Viewer, now: datetime) -> Side:
    """The side that an address names. Raises ValueError for nonsense, NotFound for a state that is
    not the plan's or not for these eyes."""
    found = next((side for side in shown if side.key == key), None)
    if found is not None:
        return found
    row = db.session.execute(
        comparable(viewer, now)
        .with_only_columns(Snapshot.id, Snapshot.reason, Snapshot.taken_at,
                           _of_pack(viewer).label("is_of_pack"))
        .where(Snapshot.id == whole_number(key))
    ).first()
    if row is None:
        raise NotFound(NOT_HERE)
    return _side(row, _baseline_names(viewer.plan_id))


def first_choice(shown: list[Side]) -> Side | None:
    """What is compared with now unless somebody chooses: the newest pack, else the newest kept
    state; None while nothing was kept."""
    kept = shown[1:]
    return next((side for side in kept if side.is_pack), kept[0] if kept else None)


def state_of(side: Side, viewer: Viewer) -> PlanState:
    """The state of a side. Raises DomainError where an older version kept it in another shape."""
    if side.key == NOW:
        with one_reading():
            return plan_state(viewer.plan_id, side.at, viewer)
    return read_state(db.session.get_one(Snapshot, int(side.key)))


def _of_pack(viewer: Viewer) -> Any:
    """Whether a pack that was offered shows the snapshot."""
    return Snapshot.id.in_(offered_snapshots(viewer.plan_id))


def _side(row: Any, names: dict[str, str]) -> Side:
    is_pack = row.is_of_pack or row.reason == PACK
    what = _("Status pack") if is_pack else _reason_words(row.reason, names)
    name = _("%(what)s, %(when)s", what=what, when=when(row.taken_at))
    return Side(str(row.id), name, row.taken_at, is_pack)


def _reason_words(reason: str, names: dict[str, str]) -> str:
    """Why a state was kept."""
    if reason.startswith(WEEK):
        return _("End of %(week)s", week=week(IsoWeek.parse(reason.removeprefix(WEEK))))
    if reason.startswith(BASELINE):
        name = names.get(reason.removeprefix(BASELINE))
        return _("Baseline “%(name)s”", name=name) if name else _("Baseline")
    if reason.startswith(SIGNATURE):
        return _("Signature: %(step)s", step=SignStep(reason.removeprefix(SIGNATURE)).label)
    return _("Kept state")


def _baseline_names(plan_id: int) -> dict[str, str]:
    rows = db.session.execute(select(Baseline.id, Baseline.name).where(Baseline.plan_id == plan_id))
    return {str(row.id): shown_name(row.name) for row in rows}
