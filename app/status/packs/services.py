"""Status packs: asking for one, building it outside the request, counting who downloaded it.

A pack's row says what it is to be before it is built; the work claims the row under a lease, so
that it survives a restart and is never done twice at once.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from app.accounts.models import Person
from app.core.audit import record
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES
from app.core.permissions import viewer_for
from app.core.unit_of_work import own_transaction, reading, unit_of_work
from app.plans.access import manager_ids
from app.status.models import Pack, PackDownload, PackState
from app.status.packs.making import Ask, Made, content_of, draft_of, write_down

log = structlog.get_logger()

LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Claim:
    """A pack that this process builds until then."""

    pack_id: int
    until: datetime


class LeaseLost(Exception):
    """The build took longer than its lease, and somebody else took it over."""


def request_pack(
    plan_id: int,
    *,
    language: str,
    actor: Person,
    now: datetime,
    as_of: datetime | None = None,
    eyes: Person | None = None,
) -> Pack:
    """A pack that waits to be built, in the eyes of `eyes` (default: the plan's manager).

    as_of: the instant whose data it shows; None for the plan as it stands when it is built, which
    is then the instant that the pack says.
    """
    if language not in LANGUAGES:
        raise DomainError(_("A pack is in Chinese or in English."), "language")
    if as_of is not None and as_of > now:
        raise DomainError(_("A pack shows what stood, not what is to come."), "as_of")
    eyes = eyes or default_eyes(plan_id)
    if viewer_for(eyes, plan_id) is None:
        raise DomainError(_("%(name)s has no part in this plan.", name=eyes.name), "eyes")
    pack = Pack(
        plan_id=plan_id, state=PackState.queued, requested_by_id=actor.id, requested_at=now,
        eyes_id=eyes.id, language=language, as_of=as_of or now, is_live=as_of is None,
        program_version=current_app.config["PROGRAM_VERSION"],
    )  # fmt: skip
    db.session.add(pack)
    db.session.flush()
    record("pack.requested", pack, actor_id=actor.id, now=now)
    return pack


def default_eyes(plan_id: int) -> Person:
    """The plan's project manager."""
    managers = manager_ids(plan_id)
    if not managers:
        raise DomainError(_("The plan has no project manager through whose eyes to look."), "eyes")
    return db.session.get_one(Person, managers[0])


def build_pack(pack_id: int, now: datetime) -> bool:
    """Build the pack in transactions of its own; False when somebody else is at it.

    Call it outside of any unit of work.
    """
    claim = _claim(pack_id, now)
    if claim is None:
        return False
    try:
        _keep(claim, _make(claim, now), now)
    except LeaseLost:
        # Whoever took over offers the pack; a second one in its place would be another file.
        log.warning("pack taken over", pack=pack_id)
    except Exception as problem:  # the row must say that it failed, whatever it was
        log.exception("pack failed", pack=pack_id)
        with suppress(LeaseLost):
            _step(claim, state=PackState.failed, step="", finished_at=now, lease_until=None,
                  error=f"{type(problem).__name__}: {problem}"[:500])  # fmt: skip
    return True


def build_waiting(now: datetime) -> int:
    """Build what waits, and what a process left behind when it stopped; answers how many."""
    waiting = db.session.scalars(select(Pack.id).where(_is_free(now)).order_by(Pack.id)).all()
    return sum(build_pack(pack_id, now) for pack_id in waiting)


def note_download(pack: Pack, actor: Person, now: datetime) -> None:
    """Count a download, in a transaction of its own: the request itself only reads."""
    row = PackDownload(pack_id=pack.id, person_id=actor.id, at=now)
    with own_transaction() as session:
        session.add(row)


def _is_free(now: datetime) -> object:
    return or_(
        Pack.state == PackState.queued,
        (Pack.state == PackState.building) & (Pack.lease_until < now),
    )


def _claim(pack_id: int, now: datetime) -> Claim | None:
    until = now + LEASE
    with unit_of_work():
        result = db.session.execute(
            update(Pack)
            .where(Pack.id == pack_id, _is_free(now))
            .values(state=PackState.building, lease_until=until, step="reading", percent=10)
        )
        return Claim(pack_id, until) if result.rowcount == 1 else None


def _make(claim: Claim, now: datetime) -> Made:
    """The workbook. What takes long, reading, packing and building, holds up nobody who writes."""
    with reading():
        pack = db.session.get_one(Pack, claim.pack_id)
        viewer = viewer_for(pack.eyes, pack.plan_id)
        if viewer is None:
            raise DomainError(_("%(name)s has no part in this plan.", name=pack.eyes.name))
        as_of = now if pack.is_live else pack.as_of
        ask = Ask(
            viewer, pack.eyes.name, pack.language, as_of, max(as_of, pack.requested_at),
            pack.is_live,
        )  # fmt: skip
        draft = draft_of(ask)
    with unit_of_work():
        written = write_down(draft)
    _step(claim, step="writing", percent=50)
    with reading():
        return Made(content_of(draft.manifest, draft.shown), written)


def _keep(claim: Claim, made: Made, now: datetime) -> None:
    """Offer the pack: all of it in one transaction, or nothing."""
    manifest = made.written.manifest
    _step(claim, state=PackState.ready, step="", percent=100, finished_at=now, lease_until=None,
          content=made.content, size=len(made.content),
          sha256=hashlib.sha256(made.content).hexdigest(), snapshot_id=made.written.snapshot_id,
          compared_with_id=made.written.compared_with_id, manifest=manifest.to_json(),
          manifest_sha256=manifest.sha256, as_of=manifest.as_of, error="")  # fmt: skip


def _step(claim: Claim, **values: object) -> None:
    """Change the row while it is still ours. Raises LeaseLost."""
    with unit_of_work():
        result = db.session.execute(
            update(Pack)
            .where(Pack.id == claim.pack_id, Pack.state == PackState.building,
                   Pack.lease_until == claim.until)
            .values(**values)
        )  # fmt: skip
        if result.rowcount != 1:
            raise LeaseLost
