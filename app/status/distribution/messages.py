"""The messages of a sending: the cover for each reader, and word to the managers when it fails."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.comms import outbox, wording
from app.comms.models import Channel
from app.comms.planning import manners_of
from app.comms.rules import label
from app.comms.wording import ENCLOSED, Words
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import when_long
from app.core.i18n import LANGUAGES, in_language
from app.core.localtext import LocalText
from app.core.snapshots import Snapshot
from app.plans.access import manager_ids
from app.status.comparison.comparing import compare
from app.status.comparison.values import Names
from app.status.distribution.cover import Cover, cover_of
from app.status.distribution.models import PackSending
from app.status.distribution.recipients import Recipient
from app.status.distribution.rhythm_words import rhythm_words
from app.status.home.showing import own_todos
from app.status.models import Pack
from app.status.packs.making import Shown, read_manifest
from app.status.snapshots import read_state
from app.status.state import PlanState, names_of_departments, names_of_people

SENT, FAILED = "pack_sent", "pack_failed"


def occurrence_of(sending: PackSending) -> str:
    """Tells one sending from the next, in the outbox."""
    return f"{sending.slot_at:%Y-%m-%dT%H:%M:%S}"


def rows_of(
    sending: PackSending,
    groups: dict[tuple[str, str], list[Recipient]],
    packs: dict[tuple[str, str], int],
    now: datetime,
) -> dict[tuple[str, str], dict[int, list[dict[str, Any]]]]:
    """The outbox rows of every reader, by what they read and by person."""
    members = [recipient for group in groups.values() for recipient in group]
    manners = manners_of([recipient.person.id for recipient in members], now)
    names = Names(names_of_people(), names_of_departments())
    why = wording.in_all(lambda: why_words(sending))
    found: dict[tuple[str, str], dict[int, list[dict[str, Any]]]] = {}
    for key, group in groups.items():
        pack = shown_by(packs[key])
        # The same for all of them; the ledger may be read in either language.
        general = covers(pack, names)
        about = outbox.About(sending.plan_id, SENT, f"pack:{packs[key]}", occurrence_of(sending),
                             f"/packs/{packs[key]}.xlsx")  # fmt: skip
        found[key] = {}
        for recipient in group:
            words = _words(sending, recipient, about, pack, names, general, why, now)
            rows = outbox.rows_to(recipient.addressee, about, words, manners, now)
            found[key][recipient.person.id] = [_without_file(row) for row in rows]
    return found


def _without_file(row: dict[str, Any]) -> dict[str, Any]:
    """In the app there is no file beside the text."""
    if row["channel"] is not Channel.inbox:
        return row
    return {**row, "body_text": row["body_text"].replace(ENCLOSED, "")}


def shown_by(pack_id: int) -> Shown:
    """What a built pack shows. Raises DomainError where its snapshot is not here."""
    row = db.session.execute(
        select(Pack.snapshot_id, Pack.compared_with_id, Pack.manifest).where(Pack.id == pack_id)
    ).one()
    snapshot = db.session.get(Snapshot, row.snapshot_id) if row.snapshot_id else None
    if snapshot is None:
        raise DomainError(_("The state that this pack shows is no longer kept here."))
    state = read_state(snapshot)
    if row.compared_with_id is None:
        return Shown(state, lost_at=read_manifest(row.manifest).lost_at)
    return compared(state, db.session.get(Snapshot, row.compared_with_id))


def compared(state: PlanState, before: Snapshot | None) -> Shown:
    """The state with what changed in it since an earlier one, if there is one."""
    if before is None:
        return Shown(state)
    try:
        return Shown(state, compare(read_state(before), state))
    except DomainError:
        return Shown(state, lost_at=before.taken_at)


def covers(pack: Shown, names: Names) -> dict[str, Cover]:
    """The cover without anybody's own to-dos, in each language."""
    found: dict[str, Cover] = {}
    for lang in LANGUAGES:
        with in_language(lang):
            found[lang] = cover_of(pack, names)
    return found


def why_words(sending: PackSending) -> str:
    """Why somebody gets it, as it stands after "Why you get this:"."""
    schedule = sending.schedule
    if sending.asked_by is not None:
        return _("you are on the list “%(list)s”, and %(name)s sent it now",
                 list=schedule.audience.label, name=sending.asked_by.name)  # fmt: skip
    return _("you are on the list “%(list)s” of this plan’s status packs, sent %(rhythm)s",
             list=schedule.audience.label, rhythm=rhythm_words(schedule.rhythm))  # fmt: skip


def _words(
    sending: PackSending,
    recipient: Recipient,
    about: outbox.About,
    pack: Shown,
    names: Names,
    general: dict[str, Cover],
    why: dict[str, str],
    now: datetime,
) -> Words:
    """One reader's cover, with what waits for them."""
    lang = recipient.language
    with in_language(lang):
        todos = own_todos(recipient.viewer, now)
        cover = cover_of(pack, names, todos)
    return Words(
        *rendered(recipient, cover, why[lang], about.url, sending.plan_id,
                  has_file=sending.schedule.has_file),
        {
            "title": LocalText(**{key: each.title for key, each in general.items()}).to_plain(),
            "label": wording.in_all(lambda: label(SENT)),
            "why": why,
            "fact": {key: "\n".join(each.facts) for key, each in general.items()},
        },
    )  # fmt: skip


def rendered(
    recipient: Recipient, cover: Cover, why: str, url: str, plan_id: int, *, has_file: bool
) -> tuple[str, str, str]:
    """Subject, text and HTML of a reader's mail."""
    return wording.render(
        "pack_sent", recipient.addressee, cover=cover, why=why, link=wording.absolute(url),
        absolute=wording.absolute, ledger=wording.absolute(f"/plans/{plan_id}/reminders"),
        enclosed=ENCLOSED if has_file else "",
    )  # fmt: skip


def tell_managers(sending: PackSending, now: datetime) -> None:
    """Say once that a sending has not gone out; who was told before is not told again."""
    to, plan_id = sending.schedule.audience, sending.plan_id
    for person_id in manager_ids(plan_id):
        outbox.notify(
            kind=FAILED, object_key=f"pack_sending:{sending.id}", occurrence="1",
            recipient_id=person_id, plan_id=plan_id,
            title=_both(lambda: _("To %(list)s, %(when)s", list=to.label,
                                  when=when_long(sending.slot_at))),
            text=_both(lambda: _("The pack could not be built. It is tried again by itself; until "
                                 "then nobody gets it.")),
            url=f"/plans/{plan_id}/packs/distribution",
            reason=_both(lambda: _("you manage this plan")), now=now,
        )  # fmt: skip


def _both(say: Callable[[], str]) -> LocalText:
    return LocalText(**wording.in_all(say))
