"""Two people at one form: the second is told, and both texts are kept.

A form carries what its reader had seen: a row's version, or a stamp of the values shown.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict
from app.core.snapshots import canonical

CHANGED = _l("Somebody else saved this meanwhile. Their text stands below, yours is still in the "
             "form; saving again puts yours in its place.")  # fmt: skip


def stamp(values: Any) -> str:
    """A short mark of these values: equal exactly while nobody changed them."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()[:16]


def check_unchanged(seen: object, present: object, theirs: Mapping[str, Any]) -> None:
    """Raise Conflict, carrying `theirs`, when somebody saved since `seen`; None is not checked."""
    if seen is not None and str(seen) != str(present):
        raise Conflict(CHANGED, theirs=dict(theirs))


def fields_of(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a row, for a stamp."""
    return {name: getattr(row, name) for name in names}
