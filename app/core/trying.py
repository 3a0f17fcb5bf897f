"""Trying a change: do it, ask every feature where its dates stand, take it back.

The preview runs the very code that applies the change, and so cannot promise anything else.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.core.db import db
from app.core.permissions import Viewer
from app.core.registries import PlanDate, plan_dates
from app.core.revisions import taken_back


@dataclass(frozen=True)
class Moved:
    """A dated thing that a change moves: None before = it appears, None after = it goes."""

    before: PlanDate | None
    after: PlanDate | None

    @property
    def kind(self) -> str:
        return self.present.kind

    @property
    def present(self) -> PlanDate:
        """The thing as it will be, or as it was when it goes."""
        found = self.after or self.before
        assert found is not None
        return found


@contextmanager
def trial() -> Iterator[None]:
    """What happens inside is taken back, whatever comes; rows read inside are read anew after."""
    db.session.flush()
    savepoint = db.session.begin_nested()
    with taken_back(db.session):
        try:
            yield
        finally:
            savepoint.rollback()
            db.session.expire_all()


def dates_of(plan_id: int, viewer: Viewer, now: datetime) -> tuple[PlanDate, ...]:
    """Every feature's dates of this plan as they stand now, in the features' order."""
    db.session.flush()
    return tuple(row for _name, answer in plan_dates for row in answer(plan_id, viewer, now))


def differences(before: Iterable[PlanDate], after: Iterable[PlanDate]) -> list[Moved]:
    """What differs, in the order of `before`, then what is new."""
    old = {row.key: row for row in before}
    new = {row.key: row for row in after}
    moved = [Moved(row, new.get(key)) for key, row in old.items() if new.get(key) != row]
    return moved + [Moved(None, row) for key, row in new.items() if key not in old]


def try_change(
    change: Callable[[], object], plan_id: int, viewer: Viewer, now: datetime
) -> list[Moved]:
    """What `change` would move in this plan. Raises what `change` raises; nothing is kept."""
    before = dates_of(plan_id, viewer, now)
    with trial():
        change()
        after = dates_of(plan_id, viewer, now)
    return differences(before, after)
