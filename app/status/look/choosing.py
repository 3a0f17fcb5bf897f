"""How the company's packs and documents look: the newest choice counts, every logo is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core.audit import record
from app.core.db import db
from app.core.errors import DomainError
from app.core.text import clean_line
from app.status.look.colours import LEAST_CONTRAST, colour_or_none, contrast_on_white
from app.status.look.pictures import read_picture
from app.status.models import CompanyLook
from app.status.packs.manifest import Look

MOST_BYTES = 512 * 1024
MOST_PIXELS = 2000
COMPANY_LENGTH = 120
NO_PICTURE = _l("Please choose a PNG or a JPEG. This file is neither, or it is damaged.")


@dataclass(frozen=True)
class LookDetails:
    """What an administrator chooses. Empty company and colour stand for ours; logo None: as it
    is; has_logo False: none at all."""

    company: str
    colour: str
    logo: bytes | None = None
    has_logo: bool = True


@dataclass(frozen=True)
class Chosen:
    """A choice of the past: when, by whom (name), what."""

    at: datetime
    by: str
    look: Look


def current_look() -> Look:
    """What was chosen last; ours while nobody chose."""
    row = db.session.scalars(select(CompanyLook).order_by(CompanyLook.id.desc()).limit(1)).first()
    return Look(row.company, row.colour, row.logo_sha256) if row else Look()


def logo_of(sha256: str) -> bytes:
    """The picture by its hash. Raises DomainError where it is not here."""
    content = db.session.scalar(
        select(CompanyLook.logo)
        .where(CompanyLook.logo_sha256 == sha256, CompanyLook.logo.is_not(None))
        .limit(1)
    )
    if content is None:
        raise DomainError(_("The logo of this pack is no longer kept here."))
    return content


def choose_look(details: LookDetails, *, actor: Person, now: datetime) -> Look:
    """From now on packs look like this. Raises DomainError at the field that does not fit."""
    before = current_look()
    company = clean_line(details.company)
    if len(company) > COMPANY_LENGTH:
        raise DomainError(
            _("At most %(max)d characters; please shorten it.", max=COMPANY_LENGTH), "company"
        )
    colour = _colour(details.colour)
    sha256, logo = before.logo_sha256, None
    if details.logo is not None:
        _check_logo(details.logo)
        sha256, logo = hashlib.sha256(details.logo).hexdigest(), details.logo
    elif not details.has_logo:
        sha256 = None
    look = Look(company, colour, sha256)
    if look == before:
        return look
    row = CompanyLook(
        company=company, colour=colour, logo_sha256=sha256, set_at=now, set_by_id=actor.id,
        logo=None if logo is None or _is_kept(sha256) else logo,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("choose_look", row, actor_id=actor.id, now=now)
    return look


def choices_made(most: int = 10) -> list[Chosen]:
    """The newest choices first."""
    rows = db.session.execute(
        select(CompanyLook, Person.name)
        .join(Person, Person.id == CompanyLook.set_by_id)
        .order_by(CompanyLook.id.desc())
        .limit(most)
    )
    return [
        Chosen(row.set_at, name, Look(row.company, row.colour, row.logo_sha256))
        for row, name in rows
    ]


def _colour(text: str) -> str:
    wanted = clean_line(text)
    if not wanted:
        return ""
    colour = colour_or_none(wanted)
    if colour is None:
        raise DomainError(_("Please write the colour like #0F6670."), "colour")
    contrast = contrast_on_white(colour)
    if contrast < LEAST_CONTRAST:
        raise DomainError(
            _("On white paper %(colour)s is too pale to read: its contrast is %(contrast)s to 1, "
              "and 4.5 to 1 is needed. Please choose a darker one.", colour=colour,
              contrast=f"{int(contrast * 10) / 10:.1f}"),
            "colour",
        )  # fmt: skip
    return colour


def _check_logo(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise DomainError(_("The picture is larger than 512 KB. Please make it smaller."), "logo")
    picture = read_picture(content)
    if picture is None:
        raise DomainError(NO_PICTURE, "logo")
    if max(picture.width, picture.height) > MOST_PIXELS:
        raise DomainError(
            _("The picture has %(width)s × %(height)s pixels; at most %(most)s × %(most)s fit.",
              width=picture.width, height=picture.height, most=MOST_PIXELS),
            "logo",
        )  # fmt: skip


def _is_kept(sha256: str | None) -> bool:
    return db.session.scalar(
        select(CompanyLook.id)
        .where(CompanyLook.logo_sha256 == sha256, CompanyLook.logo.is_not(None))
        .limit(1)
    ) is not None  # fmt: skip
