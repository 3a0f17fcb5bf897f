"""From eyes, language and instant to a manifest, and from a manifest to a workbook's bytes.

A workbook is built from a manifest and the states that it names, and from nothing else. The first
build has them in memory; every later one reads back what was written down, which is equal.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import in_language
from app.core.matrix import MATRIX, Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.core.reading_back import Unreadable, read_plain
from app.core.snapshots import Snapshot, digest_of
from app.plans.calendars import work_calendar
from app.status.comparison.comparing import Comparison, compare
from app.status.look.choosing import current_look, logo_of
from app.status.packs.manifest import Compared, Manifest, people_in
from app.status.packs.queries import last_offered
from app.status.sheets.facts import PackFacts
from app.status.sheets.workbook import build_workbook
from app.status.snapshots import (
    PACK,
    keep_state,
    newest_before,
    read_state,
    state_at,
    trend,
)
from app.status.state import PlanState, names_of_departments, names_of_people, plan_state

TREND_WEEKS = 12
MOMENT = timedelta(microseconds=1)
# So far beside the plan's own span its pack counts working days.
AROUND = timedelta(days=400)


@dataclass(frozen=True)
class Ask:
    """What a pack is asked to be: through whose eyes, with their name, in which language, of which
    instant, and when that was asked. is_live: as the plan stands now, which `as_of` is."""

    viewer: Viewer
    eyes: str
    language: str
    as_of: datetime
    made_at: datetime
    is_live: bool = False


@dataclass(frozen=True)
class Shown:
    """What a pack shows: a state, and what changed in it since the pack before. Of a year's plan
    a second state would take fifty megabytes, so the earlier one is not kept."""

    state: PlanState
    comparison: Comparison | None


@dataclass(frozen=True)
class Written:
    """What was written down for a pack: its manifest and the rows that it names."""

    manifest: Manifest
    snapshot_id: int
    compared_with_id: int | None


@dataclass(frozen=True)
class Made:
    """A workbook with what it was made of."""

    content: bytes
    written: Written


def make(ask: Ask) -> Made:
    """All three steps within one transaction."""
    state, kept_id = state_for(ask)
    written, shown = write_down(ask, state, kept_id)
    return Made(content_of(written.manifest, shown), written)


def state_for(ask: Ask) -> tuple[PlanState, int | None]:
    """The state that the pack shows, and the snapshot that it was read from, if it was. Writes
    nothing. Raises DomainError where the state at that instant is not known."""
    with one_reading():
        if ask.is_live:
            return plan_state(ask.viewer.plan_id, ask.as_of, ask.viewer), None
        state, kept = state_at(ask.viewer, ask.as_of)
        return state, kept.id if kept else None


def write_down(ask: Ask, state: PlanState, kept_id: int | None) -> tuple[Written, Shown]:
    """Keep the state, unless that was done already, and say what the pack is made of; and what
    follows from that, so that nobody need read it back at once."""
    viewer = ask.viewer
    snapshot = (
        db.session.get_one(Snapshot, kept_id) if kept_id else _kept_before(state, viewer)
    ) or keep_state(state, viewer, PACK, state.as_of)
    comparison, mentioned = None, people_in(state)
    before = last_offered(viewer, state.as_of - MOMENT)
    if before is not None:
        try:
            earlier = read_state(before)
        except DomainError:
            before = None  # an older version kept it in another shape
        else:
            comparison = compare(earlier, state)
            mentioned |= people_in(earlier)
    manifest = _manifest(ask, snapshot, before, state, mentioned)
    written = Written(manifest, snapshot.id, before.id if before else None)
    return written, Shown(state, comparison)


def content_of(manifest: Manifest, shown: Shown | None = None) -> bytes:
    """The workbook's bytes, the same for the same manifest. Raises DomainError where a snapshot or
    the logo that it names is not here. shown: what the manifest names, if it is at hand."""
    known = shown or _shown(manifest)
    logo = logo_of(manifest.look.logo_sha256) if manifest.look.logo_sha256 else None
    zone = ZoneInfo(manifest.timezone)
    with in_language(manifest.language), _standing_at(manifest.as_of, zone):
        return build_workbook(PackFacts(known.state, manifest, known.comparison, logo), zone)


def read_manifest(text: str) -> Manifest:
    """A pack's manifest. Raises DomainError where an older version wrote it otherwise."""
    try:
        return read_plain(Manifest, json.loads(text))
    except (Unreadable, json.JSONDecodeError) as problem:
        raise DomainError(
            _("This pack was built by an older version and cannot be built again.")
        ) from problem


def _manifest(
    ask: Ask, snapshot: Snapshot, before: Snapshot | None, state: PlanState, mentioned: set[int]
) -> Manifest:
    settings, names, calendar = current_app.config["SETTINGS"], names_of_people(), work_calendar()
    first, last = state.plan.start_on - AROUND, state.plan.finish_on + AROUND
    return Manifest(
        plan_id=ask.viewer.plan_id,
        as_of=state.as_of,
        made_at=ask.made_at,
        eyes_id=ask.viewer.person_id,
        eyes=ask.eyes,
        language=ask.language,
        snapshot_sha256=snapshot.sha256,
        program_version=current_app.config["PROGRAM_VERSION"],
        base_url=settings.base_url,
        timezone=settings.timezone,
        compared=before and Compared(before.sha256, before.taken_at, before.reason),
        look=current_look(),
        people={key: names[key] for key in sorted(mentioned) if key in names},
        departments=names_of_departments(),
        calendar={
            on.isoformat(): kind for on, kind in sorted(calendar.overrides.items())
            if first <= on <= last
        },
        published=tuple(sorted(calendar.published)),
        trend=trend(ask.viewer, state.as_of, TREND_WEEKS),
        own_parts=tuple(
            f"{thing}:{field}" for thing, field in MATRIX
            if sight(ask.viewer, thing, field) is Sight.own
        ),
    )  # fmt: skip


def _kept_before(state: PlanState, viewer: Viewer) -> Snapshot | None:
    """The same state for the same eyes, if it was written down already."""
    newest = newest_before(viewer, state.as_of)
    if newest is None or newest.taken_at != state.as_of:
        return None
    return newest if newest.sha256 == digest_of(state) else None


def _shown(manifest: Manifest) -> Shown:
    """What the manifest names, read back."""
    state = read_state(_snapshot(manifest, manifest.snapshot_sha256))
    if manifest.compared is None:
        return Shown(state, None)
    return Shown(state, compare(read_state(_snapshot(manifest, manifest.compared.sha256)), state))


def _snapshot(manifest: Manifest, sha256: str) -> Snapshot:
    row = db.session.scalars(
        select(Snapshot).where(Snapshot.plan_id == manifest.plan_id, Snapshot.sha256 == sha256)
    ).first()
    if row is None:
        raise DomainError(_("The state that this pack shows is no longer kept here."))
    return row


@contextmanager
def _standing_at(instant: datetime, zone: ZoneInfo) -> Iterator[None]:
    """Dates in sentences name the year where it is not that of the pack's data, and are those of
    the pack's zone."""
    before = {name: g.get(name) for name in ("now", "zone")}
    g.now, g.zone = instant, zone
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                g.pop(name)
            else:
                setattr(g, name, value)
