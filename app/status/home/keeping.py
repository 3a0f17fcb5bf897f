"""How long a home page holds: until something is written that it shows, or until time turns it.

A page is kept whole, for one person in one language. It shows nothing that is not in the plans in
which the person has a part or common to all of them, so that the marks of those say whether
anything was written since; what time turns is named here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Table, bindparam, or_, select

from app.core.db import db
from app.core.formats import local_date, zone
from app.core.kept import Holed
from app.core.revisions import COMMON, Revision
from app.plans.models import PlanMember
from app.status.state import PlanState

# Where the application's extensions hold the kept pages, and how many a process keeps (some 30 KB
# each).
SHELF = "kept home pages"
MOST = 500

# Over tables and made once: each look at a home page asks this, and mostly little else.
_REVISIONS: Table = Revision.__table__  # type: ignore[assignment]
_MEMBERS: Table = PlanMember.__table__  # type: ignore[assignment]
_MARKS = (
    select(_REVISIONS.c.plan_id, _REVISIONS.c.mark, _REVISIONS.c.changed_at)
    .where(
        or_(
            _REVISIONS.c.plan_id == COMMON,
            _REVISIONS.c.plan_id.in_(
                select(_MEMBERS.c.plan_id).where(_MEMBERS.c.person_id == bindparam("person_id"))
            ),
        )
    )
    .order_by(_REVISIONS.c.plan_id)
)


@dataclass(frozen=True)
class Marks:
    """The marks of everything that a person's pages are made of: (plan, mark, changed_at)."""

    rows: tuple[tuple[int, str, datetime], ...]

    def are_shown_at(self, instant: datetime) -> bool:
        """Whether what is read as of the instant shows every change under these marks: none was
        written by a clock that is ahead of it."""
        return all(changed_at <= instant for _plan, _mark, changed_at in self.rows)


@dataclass(frozen=True)
class KeptHome:
    """A drawn page. `visited_at` is the last visit that an executive's page tells from; of other
    pages `is_since_visit` is False."""

    page: Holed
    is_since_visit: bool
    visited_at: datetime | None


def marks_of(person_id: int) -> Marks:
    """The newest marks of the plans in which the person has a part, and of what is common."""
    return Marks(tuple(tuple(row) for row in db.session.execute(_MARKS, {"person_id": person_id})))


def day_begins(instant: datetime, days: int = 0) -> datetime:
    """Midnight at which the instant's day began, or the day so many `days` later."""
    return datetime.combine(local_date(instant) + timedelta(days=days), time(), tzinfo=zone())


def turns_at(state: PlanState, reminders: Iterable[datetime]) -> datetime:
    """The first instant, from the state's own on, at which the page may say something else although
    nothing was written.

    At such an instant itself some rules have turned and others have not: a page of that very
    instant holds for nothing.
    """
    return min(at for at in turning(state, reminders) if at >= state.as_of)


def turning(state: PlanState, reminders: Iterable[datetime]) -> list[datetime]:
    """What turns a page: the day ends, a week's reports fall due, a meeting begins or ends, one of
    the `reminders` to come is sent."""
    instants = [day_begins(state.as_of, days=1), *reminders]
    dues = (state.reports.due_at, *(week.due_at for week in state.reports.weeks))
    instants += [at for at in dues if at is not None]
    for meeting in state.comms.meetings:
        instants += (meeting.starts_at, meeting.ends_at)
    return instants
