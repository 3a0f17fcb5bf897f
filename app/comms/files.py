"""Use cases of the shared files: one place where departments put what others need.

A file has versions, the newest first; nothing is overwritten, and a removed file can be put back.
Who may open it is set with the file.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.comms.file_kinds import MOST_BYTES, TYPES, extension_of, is_what_it_says, safe_name
from app.comms.models import FileVersion, SharedFile, Visibility
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.locks import check_unchanged, stamp
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.text import clean_line
from app.tasks.rights import eyes

FIELDS = ("title", "description", "visibility")
# Who opens a file of each visibility, beside the person who shares it.
READERS: dict[Visibility, frozenset[Role]] = {
    Visibility.everyone: frozenset(Role),
    Visibility.heads: frozenset({Role.manager, Role.head, Role.executive}),
    Visibility.managers: frozenset({Role.manager, Role.executive}),
}


@dataclass(frozen=True)
class FileEntry:
    """A file in the list with its newest version, without bytes."""

    file: SharedFile
    latest: FileVersion
    versions: int


def share_file(
    plan_id: int,
    *,
    title: str,
    description: str = "",
    visibility: Visibility = Visibility.everyone,
    filename: str,
    content: bytes,
    note: str = "",
    actor: Person,
    now: datetime,
) -> SharedFile:
    """Share a file with the plan. Raises Forbidden, DomainError at `title` or `upload`."""
    _must_share(eyes(actor, plan_id))
    filename = _checked(filename, content)
    file = SharedFile(
        plan_id=plan_id, title=title or filename, description=description,
        visibility=visibility, owner_id=actor.id,
    )  # fmt: skip
    db.session.add(file)
    audit.record("shared", file, actor_id=actor.id, now=now)
    _add_version(file, 1, filename, content, note, actor, now)
    return file


def add_version(
    file: SharedFile,
    *,
    filename: str,
    content: bytes,
    note: str = "",
    actor: Person,
    now: datetime,
) -> FileVersion:
    """A newer version; the older ones stay. Whoever may share and sees the file may add one.

    Raises NotFound, Forbidden, DomainError at `upload`.
    """
    viewer = eyes(actor, file.plan_id)
    _must_see(viewer, file)
    _must_share(viewer)
    _must_be_there(file)
    filename = _checked(filename, content)
    # One writer at a time, or two would count the same number.
    db.session.execute(select(SharedFile.id).where(SharedFile.id == file.id).with_for_update())
    newest = db.session.scalars(
        select(FileVersion)
        .where(FileVersion.file_id == file.id)
        .order_by(FileVersion.number.desc())
        .limit(1)
    ).one()
    if newest.sha256 == hashlib.sha256(content).hexdigest():
        raise DomainError(_l("This is the same file as the newest version."), "upload")
    return _add_version(file, newest.number + 1, filename, content, note, actor, now)


def edit_file(
    file: SharedFile,
    *,
    title: str,
    description: str,
    visibility: Visibility,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change its words or who may open it; whoever shares it and the manager may."""
    _must_keep(eyes(actor, file.plan_id), file)
    check_unchanged(seen, file_stamp(file), _fields(file))
    changes = audit.change(file, title=title, description=description, visibility=visibility)
    if changes:
        audit.record("changed", file, actor_id=actor.id, now=now, changes=changes)


def remove_file(file: SharedFile, *, actor: Person, now: datetime) -> None:
    """Take it from the list; it can be put back."""
    _must_keep(eyes(actor, file.plan_id), file)
    _must_be_there(file)
    changes = audit.change(file, removed_at=now)
    audit.record("removed", file, actor_id=actor.id, now=now, changes=changes)


def restore_file(file: SharedFile, *, actor: Person, now: datetime) -> None:
    """Put a removed file back."""
    _must_keep(eyes(actor, file.plan_id), file)
    changes = audit.change(file, removed_at=None)
    if changes:
        audit.record("restored", file, actor_id=actor.id, now=now, changes=changes)


def file_entries(viewer: Viewer, *, is_removed: bool = False) -> list[FileEntry]:
    """The files that the viewer may open, latest first; or the removed ones they may restore."""
    newest = (
        select(FileVersion.file_id, func.max(FileVersion.number).label("number"))
        .group_by(FileVersion.file_id)
        .subquery()
    )
    wanted = (
        select(SharedFile, FileVersion)
        .join(newest, newest.c.file_id == SharedFile.id)
        .join(
            FileVersion,
            (FileVersion.file_id == SharedFile.id) & (FileVersion.number == newest.c.number),
        )
        .options(joinedload(FileVersion.uploaded_by), joinedload(SharedFile.owner))
        .where(SharedFile.plan_id == viewer.plan_id, seen_by(viewer))
        .order_by(FileVersion.uploaded_at.desc(), SharedFile.id.desc())
    )
    if is_removed:
        wanted = wanted.where(SharedFile.removed_at.is_not(None))
    else:
        wanted = wanted.where(SharedFile.removed_at.is_(None))
    rows = [FileEntry(file, latest, latest.number) for file, latest in db.session.execute(wanted)]
    return [row for row in rows if may_keep(viewer, row.file)] if is_removed else rows


def versions_of(file: SharedFile) -> Sequence[FileVersion]:
    """Its versions, newest first, without bytes."""
    return db.session.scalars(
        select(FileVersion)
        .options(joinedload(FileVersion.uploaded_by))
        .where(FileVersion.file_id == file.id)
        .order_by(FileVersion.number.desc())
    ).all()


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a file is one the viewer may open."""
    if sight(viewer, "file", "row") is Sight.none:
        return SharedFile.id.is_(None)
    open_to = [v for v, roles in READERS.items() if not roles.isdisjoint(viewer.roles)]
    return or_(SharedFile.visibility.in_(open_to), SharedFile.owner_id == viewer.person_id)


def sees_file(viewer: Viewer, file: SharedFile) -> bool:
    """Whether the viewer may open the file; a removed one only who can put it back."""
    if file.removed_at is not None:
        return may_keep(viewer, file)
    is_open = not READERS[file.visibility].isdisjoint(viewer.roles)
    return is_open or file.owner_id == viewer.person_id


def may_keep(viewer: Viewer, file: SharedFile) -> bool:
    """Change or remove it: whoever shares it, and the manager."""
    return viewer.has(Role.manager) or file.owner_id == viewer.person_id


def file_stamp(file: SharedFile) -> str:
    return stamp(_fields(file))


def _add_version(
    file: SharedFile,
    number: int,
    filename: str,
    content: bytes,
    note: str,
    actor: Person,
    now: datetime,
) -> FileVersion:
    version = FileVersion(
        file_id=file.id, number=number, filename=filename, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), note=note, uploaded_by_id=actor.id,
        uploaded_at=now, content=content,
    )  # fmt: skip
    db.session.add(version)
    audit.record(
        "uploaded", version, actor_id=actor.id, now=now, plan_id=file.plan_id,
        changes={"filename": (None, filename), "size": (None, len(content))},
    )  # fmt: skip
    return version


def _checked(filename: str, content: bytes) -> str:
    """The name to keep. Raises DomainError at `upload` for what may not be shared."""
    filename = safe_name(clean_line(filename))
    if not filename:
        raise DomainError(_l("Please choose a file."), "upload")
    if extension_of(filename) not in TYPES:
        raise DomainError(
            _l("This kind of file cannot be shared. These can: %(kinds)s.",
               kinds=", ".join(TYPES)),
            "upload",
        )  # fmt: skip
    if not content:
        raise DomainError(_l("This file is empty."), "upload")
    if len(content) > MOST_BYTES:
        raise DomainError(
            _l("This file has %(size)s MB; at most 20 MB can be shared.",
               size=f"{len(content) / 1024 / 1024:.1f}"),
            "upload",
        )  # fmt: skip
    if not is_what_it_says(filename, content):
        raise DomainError(
            _l("What is inside is not a .%(kind)s file. Please save it anew in that format, or "
               "give it its right name.", kind=extension_of(filename)),
            "upload",
        )  # fmt: skip
    return filename


def _must_share(viewer: Viewer) -> None:
    if not viewer.may("file:share"):
        raise Forbidden(_l("Members read the files; sharing is for owners and heads."))


def _must_see(viewer: Viewer, file: SharedFile) -> None:
    if not sees_file(viewer, file):
        raise NotFound(_l("This page does not exist, or not for you."))


def _must_keep(viewer: Viewer, file: SharedFile) -> None:
    _must_see(viewer, file)
    if not may_keep(viewer, file):
        raise Forbidden(_l("Only whoever shares it and the project manager may change it."))


def _must_be_there(file: SharedFile) -> None:
    if file.removed_at is not None:
        raise DomainError(_l("This file has been removed. Put it back first."))


def _fields(file: SharedFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in FIELDS}
