"""What this package tells those to its right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PasswordResetAsked:
    """A mail with a link for setting a password is wanted.

    The token is not here, for it must not rest readable in an outbox: whoever sends the mail asks
    `app.accounts.resets.issue_reset_token(reset_id, now)` at the moment of sending.
    """

    reset_id: int
    person_id: int
    is_invitation: bool


@dataclass(frozen=True)
class DepartmentHeadChanged:
    """Another person (or nobody) heads the department from now on."""

    department_id: int
    former_head_id: int | None
    head_id: int | None


@dataclass(frozen=True)
class PersonDisabled:
    """A person left: nothing should wait for them or be sent to them any more."""

    person_id: int
