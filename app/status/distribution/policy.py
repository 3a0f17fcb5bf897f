"""Whether packs may leave the house as files in mails: the company's choice, off by default."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.status.distribution.models import PackPolicy


def newest_policies(most: int = 10) -> list[PackPolicy]:
    """What was chosen, newest first, with who chose it."""
    return list(
        db.session.scalars(
            select(PackPolicy)
            .options(joinedload(PackPolicy.set_by))
            .order_by(PackPolicy.id.desc())
            .limit(most)
        )
    )


def may_attach() -> bool:
    """Whether a mail may carry the workbook itself."""
    return bool(
        db.session.scalar(select(PackPolicy.may_attach).order_by(PackPolicy.id.desc()).limit(1))
    )


def allow_files(is_allowed: bool, *, actor: Person, now: datetime) -> None:
    """Allow the workbook in mails, or forbid it; it counts for what leaves from now on."""
    before = may_attach()
    if before == is_allowed:
        return
    row = PackPolicy(may_attach=is_allowed, set_at=now, set_by_id=actor.id)
    db.session.add(row)
    audit.record(
        "pack.files_allowed" if is_allowed else "pack.files_forbidden", row, actor_id=actor.id,
        now=now, changes={"may_attach": (before, is_allowed)},
    )  # fmt: skip
