"""What can be compared of a plan: the states that were kept of it, and the one that stands now."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

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
        .with_only_columns(Snapshot.id, Snapshot.reason, Snapshot.taken_at)
        # The pack that was built from it stands in the list already.
        .where(Snapshot.reason != ASKED)
        .limit(SHOWN)
    ).all()
    names = _baseline_names(viewer.plan_id)
    return [
        Side(NOW, _("now"), now),
        *(_side(row.id, row.reason, row.taken_at, names) for row in rows),
    ]


def side_of(key: str, shown: list[Side], viewer: Viewer, now: datetime) -> Side:
    """The side that an address names. Raises ValueError for nonsense, NotFound for a state that is
    not the plan's or not for these eyes."""
    found = next((side for side in shown if side.key == key), None)
    if found is not None:
        return found
    row = db.session.execute(
        comparable(viewer, now)
        .with_only_columns(Snapshot.id, Snapshot.reason, Snapshot.taken_at)
        .where(Snapshot.id == whole_number(key))
    ).first()
    if row is None:
        raise NotFound(NOT_HERE)
    return _side(row.id, row.reason, row.taken_at, _baseline_names(viewer.plan_id))


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


def _side(snapshot_id: int, reason: str, at: datetime, names: dict[str, str]) -> Side:
    name = _("%(what)s, %(when)s", what=_reason_words(reason, names), when=when(at))
    return Side(str(snapshot_id), name, at, reason == PACK)


def _reason_words(reason: str, names: dict[str, str]) -> str:
    """Why a state was kept."""
    if reason == PACK:
        return _("Status pack")
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
