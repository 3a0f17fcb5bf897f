"""The workbook as a file in a mail: fetched when the mail leaves, if everybody still agrees.

The company must allow it, the schedule ask for it, and the reader still be allowed to read it; else
the mail goes with its link alone.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.i18n import in_language
from app.core.matrix import eyes_key
from app.core.permissions import viewer_for
from app.core.registries import Enclosure
from app.core.text import whole_number_or_none
from app.status.distribution.models import PackSchedule, PackSending, SendingPack
from app.status.distribution.policy import may_attach
from app.status.distribution.recipients import READ
from app.status.models import Pack, PackState
from app.status.packs.queries import XLSX, file_name

MOST_BYTES = 10 * 1024 * 1024


def enclosed(plan_id: int, object_key: str, person_id: int, language: str) -> Enclosure | None:
    """The workbook of a `pack:<id>` for this person; None where it must not go along."""
    pack_id = whole_number_or_none(object_key.partition(":")[2])
    if pack_id is None or not may_attach():
        return None
    found = db.session.execute(
        select(Pack, SendingPack.eyes)
        .join(SendingPack, SendingPack.pack_id == Pack.id)
        .join(PackSending, PackSending.id == SendingPack.sending_id)
        .join(PackSchedule, PackSchedule.id == PackSending.schedule_id)
        .where(
            Pack.id == pack_id, Pack.plan_id == plan_id, Pack.state == PackState.ready,
            PackSchedule.has_file,
        )
    ).first()  # fmt: skip
    if found is None or not _may_read(person_id, plan_id, found.eyes):
        return None
    pack = found.Pack
    with in_language(language):
        if (pack.size or 0) > MOST_BYTES:
            return Enclosure(
                _("The file is larger than %(num)d MB and not attached; the link leads to it.",
                  num=MOST_BYTES // 1024 // 1024)
            )  # fmt: skip
        return Enclosure(_("The workbook is attached."), file_name(pack), XLSX, pack.content or b"")


def _may_read(person_id: int, plan_id: int, eyes: str) -> bool:
    person = db.session.get(Person, person_id)
    viewer = viewer_for(person, plan_id) if person else None
    return viewer is not None and viewer.may(READ) and eyes_key(viewer) == eyes
