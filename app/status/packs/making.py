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
from app.core.snapshots import Snapshot, digest_of, keep
from app.plans.calendars import work_calendar
from app.status.comparison.comparing import Comparison, compare
from app.status.look.choosing import current_look, logo_of
from app.status.packs.manifest import AROUND, Compared, Manifest, people_in
from app.status.packs.queries import last_offered
from app.status.sheets.facts import PackFacts
from app.status.sheets.workbook import build_workbook
from app.status.snapshots import (
    PACK,
    newest_before,
    packed_state,
    read_state,
    state_at,
    trend,
)
from app.status.state import PlanState, names_of_departments, names_of_people, plan_state

TREND_WEEKS = 12
MOMENT = timedelta(microseconds=1)


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
    """What a pack shows: a state, and what changed in it since the pack before; neither that nor
    `lost_at` for the first pack. lost_at: the instant of the pack before, if what it showed can no
    longer be read.

    Of a year's plan a second state would take fifty megabytes, so the earlier one is not kept.
    """

    state: PlanState
    comparison: Comparison | None = None
    lost_at: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """What a pack will be made of, nothing of which is written down yet.

    new: the state that it shows, ready to be written down; None where it was before, as snapshot
    `kept_id`. compared_with_id: the earlier snapshot.
    """

    manifest: Manifest
    shown: Shown
    new: Snapshot | None
    kept_id: int | None
    compared_with_id: int | None


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
    draft = draft_of(ask)
    written = write_down(draft)
    return Made(content_of(draft.manifest, draft.shown), written)


def draft_of(ask: Ask) -> Draft:
    """Read everything that the pack needs, and pack up its state; this takes long where the plan
    is, and writes nothing. Raises DomainError where the state at that instant is not known."""
    viewer = ask.viewer
    with one_reading():
        if ask.is_live:
            state, kept = plan_state(viewer.plan_id, ask.as_of, viewer), None
        else:
            state, kept = state_at(viewer, ask.as_of)
    kept = kept or _kept_before(state, viewer)
    new = None if kept else packed_state(state, viewer, PACK, state.as_of)
    comparison, mentioned, lost_at = None, people_in(state), None
    before = last_offered(viewer, state.as_of - MOMENT)
    if before is not None:
        try:
            earlier = read_state(before)
        except DomainError:
            before, lost_at = None, before.taken_at
        else:
            comparison = compare(earlier, state)
            mentioned |= people_in(earlier)
    manifest = _manifest(ask, (new or kept).sha256, before, lost_at, state, mentioned)  # type: ignore[union-attr]
    return Draft(manifest, Shown(state, comparison, lost_at), new, kept.id if kept else None,
                 before.id if before else None)  # fmt: skip


def write_down(draft: Draft) -> Written:
    """Keep the state, unless that was done already."""
    snapshot_id = keep(draft.new).id if draft.new else draft.kept_id
    assert snapshot_id is not None
    return Written(draft.manifest, snapshot_id, draft.compared_with_id)


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
    ask: Ask, snapshot_sha256: str, before: Snapshot | None, lost_at: datetime | None,
    state: PlanState, mentioned: set[int],
) -> Manifest:  # fmt: skip
    settings, names, calendar = current_app.config["SETTINGS"], names_of_people(), work_calendar()
    first, last = state.plan.start_on - AROUND, state.plan.finish_on + AROUND
    return Manifest(
        plan_id=ask.viewer.plan_id,
        as_of=state.as_of,
        made_at=ask.made_at,
        eyes_id=ask.viewer.person_id,
        eyes=ask.eyes,
        language=ask.language,
        snapshot_sha256=snapshot_sha256,
        program_version=current_app.config["PROGRAM_VERSION"],
        base_url=settings.base_url,
        timezone=settings.timezone,
        compared=before and Compared(before.sha256, before.taken_at, before.reason),
        lost_at=lost_at,
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
        return Shown(state, lost_at=manifest.lost_at)
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
