"""Reads of packs: the list with who downloaded what."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, undefer

from app.accounts.models import Person
from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.permissions import Viewer
from app.core.snapshots import Snapshot
from app.core.web import NOT_HERE
from app.plans.weeks import IsoWeek
from app.status.models import Pack, PackDownload, PackState
from app.status.snapshots import comparable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 50
FINISHED = (PackState.ready, PackState.failed)


@dataclass(frozen=True)
class Download:
    """A person's downloads of a pack."""

    name: str
    last_at: datetime
    count: int


@dataclass(frozen=True)
class PackEntry:
    """A pack of the list."""

    pack: Pack
    downloads: tuple[Download, ...]

    @property
    def is_finished(self) -> bool:
        return self.pack.state in FINISHED

    @property
    def week(self) -> int:
        """The ISO week number of its data."""
        return IsoWeek.of(local_date(self.pack.as_of)).week


def packs_of_plan(plan_id: int) -> list[PackEntry]:
    """The newest packs, whatever their state; two statements."""
    packs = db.session.scalars(
        select(Pack)
        .where(Pack.plan_id == plan_id)
        .options(joinedload(Pack.eyes), joinedload(Pack.requested_by))
        .order_by(Pack.requested_at.desc(), Pack.id.desc())
        .limit(SHOWN)
    ).all()
    rows = db.session.execute(
        select(PackDownload.pack_id, Person.name, func.max(PackDownload.at), func.count())
        .join(Person, Person.id == PackDownload.person_id)
        .where(PackDownload.pack_id.in_([pack.id for pack in packs]))
        .group_by(PackDownload.pack_id, Person.id, Person.name)
        .order_by(func.max(PackDownload.at).desc(), Person.name)
    )
    found: dict[int, list[Download]] = defaultdict(list)
    for pack_id, name, last_at, count in rows:
        found[pack_id].append(Download(name, last_at, count))
    return [PackEntry(pack, tuple(found[pack.id])) for pack in packs]


def plan_of_pack(pack_id: int) -> int | None:
    """The plan that a pack belongs to."""
    return db.session.scalar(select(Pack.plan_id).where(Pack.id == pack_id))


def file_name(pack: Pack) -> str:
    """What the workbook is called as a file."""
    return f"yingbin-{pack.plan_id}-{local_date(pack.as_of)}-{pack.language}.xlsx"


def ready_pack(pack_id: int) -> Pack:
    """A pack that can be downloaded. Raises NotFound."""
    pack = db.session.get(Pack, pack_id)
    if pack is None or pack.state is not PackState.ready or pack.content is None:
        raise NotFound(NOT_HERE)
    return pack


def offered_snapshots(plan_id: int) -> Select[tuple[int | None]]:
    """The snapshots that the plan's ready packs show; as a subquery."""
    return select(Pack.snapshot_id).where(
        Pack.plan_id == plan_id, Pack.state == PackState.ready, Pack.snapshot_id.is_not(None)
    )


def last_offered(viewer: Viewer, until: datetime) -> Snapshot | None:
    """The state of the newest pack at or before the instant that was built and that the viewer may
    be shown."""
    return db.session.scalars(
        comparable(viewer, until)
        .where(Snapshot.id.in_(offered_snapshots(viewer.plan_id)))
        .limit(1)
    ).first()


def pack_by_manifest(sha256: str) -> Pack | None:
    """The first pack that was built from the manifest of this hash, with its bytes."""
    return db.session.scalars(
        select(Pack)
        .where(Pack.manifest_sha256 == sha256, Pack.state == PackState.ready)
        .options(undefer(Pack.content))
        .order_by(Pack.id)
        .limit(1)
    ).first()


def pack_by_hash(sha256: str) -> Pack | None:
    """The pack whose bytes have this hash."""
    return db.session.scalars(
        select(Pack).where(Pack.sha256 == sha256, Pack.state == PackState.ready).order_by(Pack.id)
    ).first()
