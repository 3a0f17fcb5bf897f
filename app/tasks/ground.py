"""What a change of dates is worked out on, and whose it may be."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.db import db
from app.core.formats import day_short, words
from app.core.permissions import Role, Viewer
from app.plans.models import Leave, Plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.models import Step, Task, item_key
from app.tasks.network import Network, network_of
from app.tasks.scheduling import calendars_of, dependency_of, items_of, plan_rows


@dataclass(frozen=True)
class Ground:
    """What a change is worked out on: the plan's rows by key, and its network today."""

    plan: Plan
    rows: dict[str, Task | Step]
    labels: dict[str, str]
    network: Network
    calendar: WorkCalendar
    today: date

    def name(self, key: str) -> str:
        """Number and title in the reader's language."""
        return f"{self.labels[key]} {words(self.rows[key].title)}"

    def task_of(self, key: str) -> Task:
        row = self.rows[key]
        found = row if isinstance(row, Task) else self.rows[item_key(row.task_id)]
        assert isinstance(found, Task)
        return found


def ground_of(plan_id: int, today: date) -> Ground:
    """A handful of statements, however large the plan."""
    found = plan_rows(plan_id)
    calendars = calendars_of(found.tasks)
    rows: dict[str, Task | Step] = {item_key(task.id): task for task in found.tasks}
    labels = {item_key(task.id): str(task.number) for task in found.tasks}
    for step in found.steps:
        key = item_key(step.task_id, step.id)
        rows[key] = step
        labels[key] = f"{labels[item_key(step.task_id)]}.{step.number}"
    network = network_of(
        items_of(found, calendars), map(dependency_of, found.links), today, calendars[None]
    )
    plan = db.session.get_one(Plan, plan_id)
    return Ground(plan, rows, labels, network, calendars[None], today)


def own_tasks(ground: Ground, viewer: Viewer) -> set[int]:
    """The tasks that the viewer owns, or whose owner they stand in for today."""
    tasks = [row for row in ground.rows.values() if isinstance(row, Task)]
    stands_in_for = set(
        db.session.scalars(
            select(Leave.person_id).where(
                Leave.substitute_id == viewer.person_id,
                Leave.first_on <= ground.today,
                Leave.last_on >= ground.today,
            )
        )
    )
    return {task.id for task in tasks if task.owner_id in {viewer.person_id, *stands_in_for}}


@dataclass(frozen=True)
class Offer:
    """Something whose dates the viewer may try."""

    key: str
    label: str
    finish_on: date
    calendar: WorkCalendar

    def finish_after(self, workdays: int) -> date:
        """Its committed finish so many working days later, or earlier when negative."""
        return self.calendar.add_workdays(self.finish_on, workdays)


def offered(plan_id: int, viewer: Viewer, today: date) -> list[Offer]:
    """What is not finished or fixed: everything for the manager, for an owner the own steps."""
    ground = ground_of(plan_id, today)
    is_manager = viewer.has(Role.manager)
    own = set() if is_manager else own_tasks(ground, viewer)
    return [
        Offer(
            key,
            _("%(name)s (%(first)s – %(last)s)", name=ground.name(key),
              first=day_short(item.start_on), last=day_short(item.finish_on)),
            item.finish_on,
            item.calendar or ground.calendar,
        )
        for key, item in ground.network.items.items()
        if item.done_on is None
        and not item.is_fixed
        and (is_manager or (item.parent is not None and ground.task_of(key).id in own))
    ]  # fmt: skip
