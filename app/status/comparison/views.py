"""The page that says what changed between two packs or other kept states of a plan."""

from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _

from app.core.errors import DomainError, NotFound
from app.core.permissions import requires
from app.core.web import request_now
from app.status.comparison.comparing import changes_between
from app.status.comparison.queries import NOW, first_choice, side_of, sides, state_of
from app.status.comparison.values import Names, grouped
from app.status.comparison.words import details, sentence
from app.status.packs.views import bp
from app.status.state import names_of_departments, names_of_people


@bp.get("/plans/<int:plan_id>/packs/compare")
@requires("pack:read")
def compare(plan_id: int) -> Any:
    """`?from=` and `?to=`: a kept state's id, or `now`; the older of both comes first. Unless they
    are named: the newest pack against now."""
    viewer, now = g.viewer, request_now()
    shown = sides(viewer, now)
    proposed = first_choice(shown)
    if proposed is None:
        return render_template("status/compare.html", plan_id=plan_id, sides=shown)
    before, after = proposed, shown[0]
    trouble, status, found = "", 200, None
    try:
        chosen = [
            side_of(request.args.get(name) or default, shown, viewer, now)
            for name, default in (("from", proposed.key), ("to", NOW))
        ]
        before, after = sorted(chosen, key=lambda side: (side.at, side.key == NOW))
        found = state_of(before, viewer), state_of(after, viewer)
    except ValueError:
        trouble, status = _("The address names no state of this plan. Please choose two."), 422
    except NotFound:
        raise
    except DomainError as error:
        trouble, status = error.message, 422
    names = Names(names_of_people(), names_of_departments())
    changes = changes_between(*found) if found else ()
    return (
        render_template(
            "status/compare.html",
            plan_id=plan_id,
            sides=shown,
            before=before,
            after=after,
            trouble=trouble,
            state=found[1] if found else None,
            count=len(changes),
            groups=grouped(changes),
            say=lambda change: sentence(change, names),
            details=details,
        ),
        status,
    )
