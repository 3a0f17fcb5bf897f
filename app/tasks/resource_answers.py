"""What requests and money answer when other packages ask: to-dos, months of money."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, select

from app.core.db import db
from app.core.formats import MONTHS, day, day_plain, local_date, words
from app.core.i18n import current_language
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.registries import PlanDate, Todo
from app.tasks.answers import in_both
from app.tasks.budget_queries import planned_by_month
from app.tasks.models import BudgetLine, Resource, ResourceSource, ResourceState, Task
from app.tasks.rights import may_lend
from app.tasks.spending import last_of

NEAR = timedelta(days=7)


def resource_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """Requests that wait for the viewer's answer, own promises that fall due, and, for the task's
    owner, what was declined."""
    today = local_date(now)
    rows = []
    for resource in _resources(
        plan_id,
        Resource.state.in_((ResourceState.asked, ResourceState.promised, ResourceState.declined)),
    ):
        if resource.state is ResourceState.declined:
            if _answers_for(resource.task, viewer):
                rows.append(_declined(resource, viewer))
        elif _lends(resource, viewer):
            if resource.state is ResourceState.asked:
                rows.append(_asked(resource, viewer))
            elif resource.promised_on and resource.promised_on <= today + NEAR:
                rows.append(_promised(resource, viewer, today))
    return rows


def _asked(resource: Resource, viewer: Viewer) -> Todo:
    what = words(resource.title)
    said = [_("task %(number)s", number=resource.task.number), resource.quantity]
    if resource.needed_on:
        said.append(_("needed on %(day)s", day=day_plain(resource.needed_on)))
    if resource.source is ResourceSource.external or resource.department is None:
        title = _("%(what)s is to be bought: promise or decline", what=what)
    else:
        title = _("%(department)s is asked for %(what)s: promise or decline",
                  department=words(resource.department.name), what=what)  # fmt: skip
    return Todo(
        kind="resource", person_id=viewer.person_id, title=title,
        detail=" · ".join(part for part in said if part), url=resource_form(resource, "answer"),
        button=_("Answer"), due_on=resource.needed_on,
    )  # fmt: skip


def _promised(resource: Resource, viewer: Viewer, today: date) -> Todo:
    assert resource.promised_on is not None
    return Todo(
        kind="resource_due", person_id=viewer.person_id,
        title=_("Deliver to task %(number)s: %(title)s", number=resource.task.number,
                title=words(resource.title)),
        detail=_("promised for %(day)s", day=day(resource.promised_on)),
        url=resource_form(resource, "deliver"), button=_("It is delivered"),
        due_on=resource.promised_on, is_overdue=resource.promised_on < today,
    )  # fmt: skip


def _declined(resource: Resource, viewer: Viewer) -> Todo:
    return Todo(
        kind="resource_declined", person_id=viewer.person_id,
        title=_("Task %(number)s does not get: %(title)s", number=resource.task.number,
                title=words(resource.title)),
        detail=resource.answer, url=f"/tasks/{resource.task_id}#resource-{resource.id}",
        button=_("Open"), due_on=resource.needed_on,
    )  # fmt: skip


def _lends(resource: Resource, viewer: Viewer) -> bool:
    """The lending side, and the manager where that side has nobody to answer."""
    if may_lend(viewer, resource):
        return True
    has_nobody = resource.source is ResourceSource.internal and (
        resource.department is None or resource.department.head_id is None
    )
    return has_nobody and viewer.has(Role.manager)


def _answers_for(task: Task, viewer: Viewer) -> bool:
    if task.owner_id is None:
        return viewer.has(Role.manager)
    return task.owner_id == viewer.person_id


def resource_form(resource: Resource | Row[Any], name: str) -> str:
    """Where one of the request's forms stands open on its task's page."""
    return f"/tasks/{resource.task_id}?edit={name}-{resource.id}#resource-{resource.id}"


def budget_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """The months of the plan's money, for whoever reads all of it: sums over a part would say
    nothing about the plan."""
    if sight(viewer, "task", "money") is not Sight.all:
        return []
    lines = db.session.execute(
        select(BudgetLine, Task)
        .outerjoin(Task, Task.id == BudgetLine.task_id)
        .where(BudgetLine.plan_id == plan_id)
    )
    months = planned_by_month(plan_id, [(line, task) for line, task in lines])
    return [
        PlanDate(
            key=f"budget:{month:%Y-%m}", kind="budget",
            title=in_both(lambda m=month: month_title(m)), url=f"/plans/{plan_id}/budget",
            first_on=month, last_on=last_of(month), cents=cents,
        )
        for month, cents in months.items()
    ]  # fmt: skip


def month_title(month: date) -> str:
    """2026年12月, December 2026."""
    if current_language() == "zh":
        return f"{month.year}年{month.month}月"
    return f"{MONTHS[month.month - 1]} {month.year}"


def _resources(plan_id: int, condition: ColumnElement[bool]) -> Iterator[Resource]:
    return iter(
        db.session.scalars(
            select(Resource)
            .join(Resource.task)
            .options(db.contains_eager(Resource.task), db.joinedload(Resource.department))
            .where(Resource.plan_id == plan_id, condition)
            .order_by(Resource.needed_on, Resource.id)
        ).all()
    )
