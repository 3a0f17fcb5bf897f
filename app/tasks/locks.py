"""What the forms of tasks carry, so that two people do not overwrite each other unawares."""

from typing import Any

from app.core.locks import check_unchanged, stamp

__all__ = ["check_unchanged", "fields_of", "stamp"]


def fields_of(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a row, for a stamp."""
    return {name: getattr(row, name) for name in names}
