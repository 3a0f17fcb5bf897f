"""Who may do what to which risk: the object-level half of permissions.

The head of the risk's department reviews it; a risk without a department is the project manager's.
"""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core.errors import Forbidden, NotFound
from app.core.matrix import Sight, sight
from app.core.permissions import IN_PLAN, Role, Viewer
from app.plans.access import viewer_of

# Who may read the register, and so may answer for a response in it.
READERS = tuple(sorted(IN_PLAN["risk:read"]))


def eyes(actor: Person, plan_id: int) -> Viewer:
    """The actor's eyes on the plan. Raises NotFound without a role in it."""
    viewer = viewer_of(actor, plan_id)
    if viewer is None:
        raise NotFound(_l("This page does not exist, or not for you."))
    return viewer


def must_manage(actor: Person, plan_id: int) -> Viewer:
    """Raises Forbidden unless the actor manages the plan."""
    viewer = eyes(actor, plan_id)
    if not viewer.has(Role.manager):
        raise Forbidden(_l("Only the project manager may do this."))
    return viewer


def may_review(viewer: Viewer, department_id: int | None) -> bool:
    """The department's head; the project manager for risks without a department."""
    if department_id is None:
        return viewer.has(Role.manager)
    return department_id in viewer.department_ids


def must_review(actor: Person, plan_id: int, department_id: int | None) -> Viewer:
    """Raises Forbidden unless the actor reviews this department's risks."""
    viewer = eyes(actor, plan_id)
    if not may_review(viewer, department_id):
        raise Forbidden(
            _l("The head of the risk’s department reviews it, and nobody else.")
            if department_id is not None
            else _l("A risk without a department is reviewed by the project manager.")
        )
    return viewer


def may_steer(viewer: Viewer, department_id: int | None) -> bool:
    """Plan responses and set a target: the project manager and the risk's reviewer."""
    return viewer.has(Role.manager) or may_review(viewer, department_id)


def must_steer(actor: Person, plan_id: int, department_id: int | None) -> Viewer:
    """Raises Forbidden unless the actor may plan what is done about the risk."""
    viewer = eyes(actor, plan_id)
    if not may_steer(viewer, department_id):
        raise Forbidden(
            _l("Only the project manager and the head of the risk’s department may do this.")
        )
    return viewer


def sees_reviews(
    viewer: Viewer, department_id: int | None, owner_ids: Iterable[int | None]
) -> bool:
    """Whether the viewer reads what was said at the risk's reviews: all, or the own risks only
    (those of the own department and those with a response to answer for)."""
    seen = sight(viewer, "risk", "review")
    is_own = department_id in viewer.department_ids or viewer.person_id in owner_ids
    return seen is Sight.all or (seen is Sight.own and is_own)
