"""Reads for what tasks need: requests as they stand, with what the viewer may do about each.

A fixed number of SQL statements, however many requests there are.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app.core.db import db
from app.core.formats import day_plain, words
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.plans.access import manager_ids
from app.plans.models import Leave
from app.tasks.models import Resource, ResourceSource, ResourceState, Task
from app.tasks.rights import may_answer

FILTERS: dict[str, object] = {
    "all": _l("All"), "open": _l("Not asked for yet"), "asked": _l("Waiting for an answer"),
    "promised": _l("Promise given"), "declined": _l("Declined"), "delivered": _l("Here already"),
    "trouble": _l("Late or declined"),
}  # fmt: skip


@dataclass(frozen=True)
class RequestLine:
    """A resource on a page. `acts`: what the viewer may do about it now, in words of the page:
    ask, withdraw, answer, deliver, unanswer, edit. `standing` and `said_by`: the answer, and whose
    word it is, in a sentence. `is_late`: promised for a day after the one on which it is needed;
    `is_overdue`: promised for a day that has passed, and not delivered."""

    resource: Resource
    standing: str
    said_by: str
    is_late: bool
    is_overdue: bool
    acts: frozenset[str]

    @property
    def is_trouble(self) -> bool:
        return self.is_late or self.is_overdue or self.resource.state is ResourceState.declined


@dataclass(frozen=True)
class Lender:
    """What one department is asked for; `counts` by state."""

    name: str
    lines: tuple[RequestLine, ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class RequestTable:
    """The page over all tasks: the chosen requests by lender, the filters' numbers."""

    lenders: tuple[Lender, ...]
    counts: dict[str, int]


def request_table(plan_id: int, viewer: Viewer, today: date, chosen: str = "all") -> RequestTable:
    """All requests of the plan by department; `chosen`: a key of FILTERS. What no department
    lends stands last."""
    lines = _lines(Resource.plan_id == plan_id, plan_id, viewer, today)
    counts = {key: sum(_is_in(key, line) for line in lines) for key in FILTERS}
    by_lender: dict[str, list[RequestLine]] = defaultdict(list)
    for line in lines:
        if _is_in(chosen, line):
            department = line.resource.department
            by_lender[words(department.name) if department else ""].append(line)
    return RequestTable(
        lenders=tuple(
            Lender(
                name=name,
                lines=tuple(rows),
                counts={s.value: sum(r.resource.state is s for r in rows) for s in ResourceState},
            )
            for name, rows in sorted(by_lender.items(), key=lambda pair: (not pair[0], pair[0]))
        ),
        counts=counts,
    )


def requests_of(task: Task, viewer: Viewer, today: date) -> list[RequestLine]:
    """What the task needs, where the viewer may read it."""
    return _lines(Resource.task_id == task.id, task.plan_id, viewer, today)


def request_line(
    resource: Resource, viewer: Viewer, is_mine: bool, today: date, managers: tuple[int, ...] = ()
) -> RequestLine:
    """The resource in the viewer's eyes; `is_mine`: whether the viewer may update its task."""
    return RequestLine(
        resource=resource,
        standing=standing(resource),
        said_by=said_by(resource, managers),
        is_late=is_promised_late(resource),
        is_overdue=is_overdue(resource, today),
        acts=_acts(resource, is_mine, may_answer(viewer, resource)),
    )


def _lines(
    condition: ColumnElement[bool], plan_id: int, viewer: Viewer, today: date
) -> list[RequestLine]:
    if sight(viewer, "resource", "row") is Sight.none:
        return []
    rows = db.session.scalars(
        select(Resource)
        .join(Resource.task)
        .options(
            db.contains_eager(Resource.task),
            db.joinedload(Resource.department),
            db.joinedload(Resource.answered_by),
        )
        .where(condition)
        .order_by(Task.number, Resource.kind, Resource.id)
    ).all()
    is_mine = _updater(viewer, today)
    managers = manager_ids(plan_id)
    return [request_line(r, viewer, is_mine(r.task), today, managers) for r in rows]


def _updater(viewer: Viewer, today: date) -> Callable[[Task], bool]:
    """`rights.may_update` for any number of tasks, with one statement."""
    if viewer.has(Role.manager):
        return lambda _task: True
    owners = {viewer.person_id} | set(
        db.session.scalars(
            select(Leave.person_id).where(
                Leave.substitute_id == viewer.person_id,
                Leave.first_on <= today,
                Leave.last_on >= today,
            )
        )
    )
    return lambda task: task.owner_id in owners


def _is_in(chosen: str, line: RequestLine) -> bool:
    if chosen == "trouble":
        return line.is_trouble
    return chosen == "all" or line.resource.state == chosen


def said_by(resource: Resource, managers: tuple[int, ...]) -> str:
    """Whose answer it is; a manager who wrote it down for the head is said to have done so."""
    person = resource.answered_by
    if person is None:
        return ""
    head_id = resource.department.head_id if resource.department else None
    is_own = person.id == head_id and resource.source is ResourceSource.internal
    if person.id in managers and not is_own:
        return _("noted by %(name)s on the lending side’s behalf", name=person.name)
    return _("answered by %(name)s", name=person.name)


def is_promised_late(resource: Resource) -> bool:
    """Promised for a day after the one on which it is needed."""
    return (
        resource.state is ResourceState.promised
        and resource.promised_on is not None
        and resource.needed_on is not None
        and resource.promised_on > resource.needed_on
    )


def is_overdue(resource: Resource, today: date) -> bool:
    """Promised for a day that has passed."""
    return (
        resource.state is ResourceState.promised
        and resource.promised_on is not None
        and resource.promised_on < today
    )


def standing(resource: Resource) -> str:
    """What is to be said of the answer: "promised for 3 Dec, needed on 1 Dec"."""
    if resource.state is ResourceState.delivered and resource.delivered_on:
        if resource.promised_on and resource.delivered_on > resource.promised_on:
            return _("delivered on %(day)s, promised for %(promised)s",
                     day=day_plain(resource.delivered_on),
                     promised=day_plain(resource.promised_on))  # fmt: skip
        return _("delivered on %(day)s", day=day_plain(resource.delivered_on))
    if resource.state is ResourceState.promised and resource.promised_on:
        if is_promised_late(resource):
            return _("promised for %(day)s, needed on %(needed)s",
                     day=day_plain(resource.promised_on),
                     needed=day_plain(resource.needed_on))  # fmt: skip
        return _("promised for %(day)s", day=day_plain(resource.promised_on))
    return str(resource.state.label)


def _acts(resource: Resource, is_mine: bool, is_lending: bool) -> frozenset[str]:
    state = resource.state
    allowed = {
        "edit": is_mine,
        "ask": is_mine and state in (ResourceState.open, ResourceState.declined),
        "withdraw": is_mine and state is ResourceState.asked,
        "answer": is_lending and state in (
            ResourceState.asked, ResourceState.promised, ResourceState.declined),
        "deliver": (is_lending or is_mine) and state is ResourceState.promised,
        "unanswer": is_lending and state in (
            ResourceState.promised, ResourceState.declined, ResourceState.delivered),
    }  # fmt: skip
    return frozenset(act for act, may in allowed.items() if may)
