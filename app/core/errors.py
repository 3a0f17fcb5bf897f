"""What can go wrong in the domain, said in the person's language.

A use case raises one of these; the web shell turns it into a message at the field or a page.
"""

from typing import Any


class DomainError(Exception):
    """A rule was broken. `message` is a (lazy) translated sentence; `field` names the form's
    field it belongs to, or None for the form as a whole."""

    status = 422

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(str(message) if isinstance(message, str) else "")
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """It does not exist, or not for this person."""

    status = 404


class Forbidden(DomainError):
    """The person may see it but not do this with it."""

    status = 403


class Conflict(DomainError):
    """Somebody else changed it in the meantime. `theirs` maps field names to what they saved,
    so that both texts can be shown."""

    status = 409

    def __init__(self, message: Any, theirs: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.theirs = theirs or {}
