"""Use cases of the packs' distribution: schedules, and sending one at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comms.readers import readers_of
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.i18n import LANGUAGES
from app.core.locks import check_unchanged
from app.core.web import NOT_HERE
from app.status.distribution.models import Audience, PackSchedule, PackSending, SendingState
from app.status.distribution.recipients import may_be_chosen, recipients_of
from app.status.distribution.schedule import Cadence
from app.tasks.rights import must_manage

OWN_LANGUAGE = ""
RHYTHM = ("cadence", "weekday", "hour", "minute")
# What two people at one form may both change.
FIELDS = ("audience", "person_ids", *RHYTHM, "language", "has_file", "is_on")


@dataclass(frozen=True)
class ScheduleDetails:
    """What a manager enters. has_file: None leaves it as it is."""

    audience: Audience
    person_ids: tuple[int, ...]
    cadence: Cadence
    weekday: int
    at: time
    language: str = OWN_LANGUAGE
    has_file: bool | None = None
    is_on: bool = True


def add_schedule(
    plan_id: int, details: ScheduleDetails, *, actor: Person, now: datetime
) -> PackSchedule:
    """A new schedule, whose first sending is the next of its rhythm. Raises Forbidden,
    DomainError."""
    must_manage(actor, plan_id)
    row = PackSchedule(
        plan_id=plan_id, created_by_id=actor.id, created_at=now, sent_until_at=now,
        has_file=False, **_checked(plan_id, details),
    )  # fmt: skip
    row.has_file = bool(details.has_file)
    db.session.add(row)
    audit.record("pack.schedule_added", row, actor_id=actor.id, now=now, changes={
        name: (None, getattr(row, name)) for name in FIELDS
    })  # fmt: skip
    return row


def change_schedule(
    plan_id: int, schedule_id: int, details: ScheduleDetails, *, seen: str | None = None,
    actor: Person, now: datetime,
) -> PackSchedule:  # fmt: skip
    """Change a schedule. With another rhythm, or switched on again, it goes on from now: what would
    have been sent before is not made up for. Raises Forbidden, NotFound, Conflict, DomainError."""
    must_manage(actor, plan_id)
    row = schedule_of(plan_id, schedule_id)
    check_unchanged(seen, row.version, {name: getattr(row, name) for name in FIELDS})
    values = _checked(plan_id, details)
    if details.has_file is not None:
        values["has_file"] = details.has_file
    changes = audit.change(row, **values)
    if changes.keys() & {*RHYTHM, "is_on"}:
        row.sent_until_at = now
    if changes:
        audit.record(
            "pack.schedule_changed", row, actor_id=actor.id, now=now, changes=changes
        )
    return row


def switch_schedule(
    plan_id: int, schedule_id: int, *, is_on: bool, actor: Person, now: datetime
) -> None:
    """Switch it off, or on from now. Raises Forbidden, NotFound."""
    must_manage(actor, plan_id)
    row = schedule_of(plan_id, schedule_id)
    changes = audit.change(row, is_on=is_on)
    if changes:
        row.sent_until_at = now
        audit.record(
            "pack.schedule_changed", row, actor_id=actor.id, now=now, changes=changes
        )


def remove_schedule(plan_id: int, schedule_id: int, *, actor: Person, now: datetime) -> None:
    """Take it out; what it sent stays in the list. Raises Forbidden, NotFound."""
    must_manage(actor, plan_id)
    row = schedule_of(plan_id, schedule_id)
    changes = audit.change(row, removed_at=now)
    audit.record("pack.schedule_removed", row, actor_id=actor.id, now=now, changes=changes)


def send_now(
    plan_id: int, schedule_id: int, *, actor: Person, now: datetime
) -> tuple[PackSending, int]:
    """Have its pack built and sent at once, whatever its rhythm; answers how many people it goes
    to. Raises Forbidden, NotFound, DomainError (nobody to send to, or one is on its way)."""
    must_manage(actor, plan_id)
    row = schedule_of(plan_id, schedule_id, is_locked=True)
    recipients = recipients_of(row)
    if not recipients:
        raise DomainError(_l("Nobody of this list may read packs, so there is nobody to send to."))
    if _is_on_its_way(row.id):
        raise DomainError(_l("A pack for this list is on its way already."))
    sending = PackSending(
        plan_id=plan_id, schedule_id=row.id, slot_at=now, asked_by_id=actor.id, next_try_at=now,
        error="",
    )  # fmt: skip
    db.session.add(sending)
    audit.record("pack.sent_by_hand", sending, actor_id=actor.id, now=now)
    return sending, len(recipients)


def schedule_of(plan_id: int, schedule_id: int, *, is_locked: bool = False) -> PackSchedule:
    """A schedule of the plan that was not taken out. Raises NotFound."""
    found = select(PackSchedule).where(
        PackSchedule.id == schedule_id, PackSchedule.plan_id == plan_id,
        PackSchedule.removed_at.is_(None),
    )  # fmt: skip
    row = db.session.scalar(found.with_for_update() if is_locked else found)
    if row is None:
        raise NotFound(NOT_HERE)
    return row


def _is_on_its_way(schedule_id: int) -> bool:
    return (
        db.session.scalar(
            select(PackSending.id)
            .where(PackSending.schedule_id == schedule_id,
                   PackSending.state == SendingState.waiting,
                   PackSending.asked_by_id.is_not(None))
            .limit(1)
        )
        is not None
    )  # fmt: skip


def _checked(plan_id: int, details: ScheduleDetails) -> dict[str, Any]:
    """The columns' values. Raises DomainError at the field that does not fit."""
    problem = next(iter(problems_of(plan_id, details)), None)
    if problem is not None:
        raise problem
    is_chosen = details.audience is Audience.chosen
    return {
        "audience": details.audience,
        "person_ids": sorted(set(details.person_ids)) if is_chosen else [],
        "cadence": details.cadence,
        "weekday": details.weekday,
        "hour": details.at.hour,
        "minute": details.at.minute,
        "language": details.language,
        "is_on": details.is_on,
    }


def problems_of(plan_id: int, details: ScheduleDetails) -> Iterable[DomainError]:
    """What does not fit, each at its field."""
    if details.audience is Audience.chosen:
        if not details.person_ids:
            yield DomainError(_("Please choose at least one person."), "person_ids")
        elif set(details.person_ids) - may_be_chosen(readers_of(plan_id)).keys():
            yield DomainError(
                _("Only people of this plan who may read its packs can be chosen."), "person_ids"
            )
    if not 0 <= details.weekday <= 4:
        yield DomainError(_("Please choose a day of the week."), "weekday")
    if details.language not in (OWN_LANGUAGE, *LANGUAGES):
        yield DomainError(_("A pack is in Chinese or in English."), "language")
