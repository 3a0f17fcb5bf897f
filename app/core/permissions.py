"""Who may do what: denied unless a role is named here.

Every route declares a permission with `requires`. A permission that belongs to a plan is checked
against the person's roles in that plan before the view runs; a person without any role in the plan
gets 404, as if it did not exist. What of an object a role may *read* is in `core.matrix`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import g
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.errors import Forbidden, NotFound

P = ParamSpec("P")
R = TypeVar("R")


class Role(StrEnum):
    """A person's part in one plan."""

    manager = "manager"
    owner = "owner"
    head = "head"
    executive = "executive"
    member = "member"

    @property
    def label(self) -> Any:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.manager: _l("project manager"),
    Role.owner: _l("sub-task owner"),
    Role.head: _l("department head"),
    Role.executive: _l("executive"),
    Role.member: _l("member"),
}

EVERYONE = frozenset(Role)
_M, _O, _H, _E = Role.manager, Role.owner, Role.head, Role.executive

PUBLIC = "public"
SIGNED_IN = "signed-in"
ADMINISTRATOR = "installation:admin"

# Permissions inside a plan → roles that hold them. "own" limits are the use case's to check.
IN_PLAN: dict[str, frozenset[Role]] = {
    "plan:read": EVERYONE,
    "plan:edit": frozenset({_M}),
    # Whoever the cover names, whatever their role.
    "plan:sign": EVERYONE,
    # Take the plan out as a workbook and bring it back: each cell is its own use case's to check.
    "plan:exchange": EVERYONE,
    "task:read": EVERYONE,
    "task:edit": frozenset({_M}),
    "task:update": frozenset({_M, _O}),
    "budget:read": frozenset({_M, _O, _H, _E}),
    "budget:edit": frozenset({_M, _H}),
    "resource:read": frozenset({_M, _O, _H, _E}),
    "resource:edit": frozenset({_M, _O, _H}),
    "action:read": EVERYONE,
    "action:create": frozenset({_M, _O, _H}),
    "action:update": EVERYONE,
    "report:read": frozenset({_M, _O, _H, _E}),
    "report:write": frozenset({_M, _O}),
    "report:decide": frozenset({_M}),
    "problem:read": frozenset({_M, _O, _H, _E}),
    "problem:answer": frozenset({_M, _O, _H, _E}),
    "risk:read": frozenset({_M, _O, _H, _E}),
    "risk:edit": frozenset({_M}),
    "risk:review": frozenset({_M, _H}),
    "inspection:read": EVERYONE,
    "inspection:record": EVERYONE,
    "indicator:read": EVERYONE,
    "indicator:edit": frozenset({_M}),
    "meeting:read": EVERYONE,
    "meeting:answer": EVERYONE,
    "meeting:edit": frozenset({_M}),
    "file:read": EVERYONE,
    "file:share": frozenset({_M, _O, _H}),
    "practice:read": EVERYONE,
    "practice:write": EVERYONE,
    "comms:read": EVERYONE,
    "comms:edit": frozenset({_M}),
    "reminder:read": EVERYONE,
    "pack:read": frozenset({_M, _E}),
    "pack:build": frozenset({_M, _E}),
    # Who gets packs by mail, and when.
    "pack:send": frozenset({_M}),
    "audit:read": frozenset({_M}),
}


@dataclass(frozen=True)
class Viewer:
    """A person's eyes on one plan.

    department_ids: departments that the person heads. is_finance: heads the department that
    budgets, and so sees all money.
    """

    person_id: int
    plan_id: int
    roles: frozenset[Role]
    department_ids: frozenset[int] = frozenset()
    is_finance: bool = False

    def may(self, permission: str) -> bool:
        return not self.roles.isdisjoint(IN_PLAN[permission])

    def has(self, role: Role) -> bool:
        return role in self.roles


# Set by the packages that know: who a person is in a plan, and which plan an id in a URL is of.
_viewer_of: Callable[[Any, int], Viewer | None] | None = None
_plan_of: dict[str, Callable[[int], int | None]] = {}
# Where not every row of a plan is for every reader: whether the viewer reads this one.
_reads_row: dict[str, Callable[[Viewer, int], bool]] = {}


def set_viewer_lookup(lookup: Callable[[Any, int], Viewer | None]) -> None:
    """`lookup(person, plan_id)` answers the person's eyes, or None without a role."""
    global _viewer_of
    _viewer_of = lookup


def set_plan_lookup(argument: str, lookup: Callable[[int], int | None]) -> None:
    """`lookup(id)` answers the plan of the object that the URL argument names."""
    _plan_of[argument] = lookup


def set_row_sight(argument: str, reads: Callable[[Viewer, int], bool]) -> None:
    """`reads(viewer, id)` answers whether the viewer reads the row that the URL argument names, so
    that whoever may not change it is told 404 instead of 403 where they do not see it."""
    _reads_row[argument] = reads


def viewer_for(person: Any, plan_id: int) -> Viewer | None:
    if _viewer_of is None:
        raise RuntimeError("no viewer lookup is registered")
    return _viewer_of(person, plan_id)


def requires(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what a view needs: PUBLIC, SIGNED_IN, ADMINISTRATOR or one of IN_PLAN.

    For a permission in a plan the URL must hold `plan_id` or an argument known to
    `set_plan_lookup`; the view finds `g.viewer` (Viewer) set. Raises NotFound or Forbidden.
    """
    if permission not in (PUBLIC, SIGNED_IN, ADMINISTRATOR) and permission not in IN_PLAN:
        raise ValueError(f"unknown permission {permission}")

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            check(permission, kwargs)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return declare


def check(permission: str, arguments: dict[str, Any]) -> None:
    """The guard behind `requires`; sets `g.viewer` for plan permissions."""
    if permission == PUBLIC:
        return
    if not current_user.is_authenticated:
        raise SignInNeeded
    if permission == SIGNED_IN:
        return
    if permission == ADMINISTRATOR:
        if not current_user.is_admin:
            raise NotFound(_l("This page does not exist, or not for you."))
        return
    viewer = _viewer_in(arguments)
    if viewer is None or not viewer.may("plan:read"):
        raise NotFound(_l("This page does not exist, or not for you."))
    if not viewer.may(permission):
        # Whoever may not even read this kind of thing is not told that it is there.
        reading = permission.split(":")[0] + ":read"
        if permission == reading or not viewer.may(reading if reading in IN_PLAN else "plan:read"):
            raise NotFound(_l("This page does not exist, or not for you."))
        for argument, reads in _reads_row.items():
            if argument in arguments and not reads(viewer, arguments[argument]):
                raise NotFound(_l("This page does not exist, or not for you."))
        raise Forbidden(_l("You can read this, but not change it."))
    g.viewer = viewer


def _viewer_in(arguments: dict[str, Any]) -> Viewer | None:
    plan_id = arguments.get("plan_id")
    if plan_id is None:
        for argument, lookup in _plan_of.items():
            if argument in arguments:
                plan_id = lookup(arguments[argument])
                break
        else:
            raise RuntimeError(f"no plan can be found from {sorted(arguments)}")
    return None if plan_id is None else viewer_for(current_user, plan_id)


class SignInNeeded(Exception):
    """The person must sign in first; the web shell sends them there and back."""
