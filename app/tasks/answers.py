"""What the tasks answer when other packages ask: to-dos, blanks, the document.

Addresses are written out as the fixed paths of the design, since jobs ask outside of a request.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core.db import db
from app.core.formats import day, day_plain, local_date, words, zone
from app.core.i18n import LANGUAGES, in_language
from app.core.localtext import LocalText
from app.core.permissions import Role, Viewer
from app.core.registries import AgendaPoint, Todo
from app.plans.calendars import work_calendar
from app.tasks.bars import why_of
from app.tasks.models import ActionItem, ActionState, Resource, Task, TaskState
from app.tasks.queries import against_baseline, draw, names_of_owners
from app.tasks.state import (
    TaskRow,
    TasksState,
    action_rows,
    expected_finish,
    step_rows,
    task_rows,
)

NEAR = timedelta(days=7)
DAY_ENDS = time(23, 59, 59)


def in_both(say: Callable[[], str]) -> LocalText:
    """What `say` answers in each language."""
    said = {}
    for lang in LANGUAGES:
        with in_language(lang):
            said[lang] = say()
    return LocalText(**said)


def sentence(say: Callable[[], str]) -> Callable[..., LocalText]:
    """Fills the blanks of what `say` answers ("Task %(number)s"), in each language. Translated once
    and filled for thousands of rows; values that are LocalText go in in the same language."""
    blank = in_both(say)

    def fill(**values: Any) -> LocalText:
        return LocalText(
            **{
                lang: blank.in_language(lang)
                % {
                    name: value.in_language(lang) if isinstance(value, LocalText) else value
                    for name, value in values.items()
                }
                for lang in LANGUAGES
            }
        )

    return fill


def task_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """What waits for the viewer: own tasks near their end, own actions; for the
    manager tasks without owner and tasks whose commitment no longer holds."""
    today = local_date(now)
    rows: list[Todo] = []
    tasks = db.session.scalars(
        select(Task)
        .where(Task.plan_id == plan_id, Task.state != TaskState.done)
        .order_by(Task.number)
    ).all()
    for task in tasks:
        name = _("Task %(number)s: %(title)s", number=task.number, title=words(task.title))
        url = f"/tasks/{task.id}"
        if task.owner_id == viewer.person_id and task.finish_on <= today + NEAR:
            rows.append(
                Todo(
                    kind="task", person_id=viewer.person_id, title=name,
                    detail=_("committed for %(day)s, %(percent)s%% done",
                             day=day(task.finish_on), percent=task.progress_percent),
                    url=url, button=_("Update"), due_on=task.finish_on,
                    is_overdue=task.is_overdue(today),
                )
            )  # fmt: skip
        if viewer.has(Role.manager) and task.owner_id is None:
            rows.append(
                Todo(
                    kind="task_owner", person_id=viewer.person_id, title=name,
                    detail=_("nobody owns this task yet"), url=f"{url}?edit=assign#assign",
                    button=_("Assign"),
                )
            )  # fmt: skip
        expected = expected_finish(task, today)
        if viewer.has(Role.manager) and expected > task.finish_on:
            rows.append(
                Todo(
                    kind="task_dates", person_id=viewer.person_id,
                    title=_("Change the dates of task %(number)s?", number=task.number),
                    detail=_("committed for %(day)s, expected on %(expected)s",
                             day=day_plain(task.finish_on), expected=day_plain(expected)),
                    url=f"{url}?edit=dates#dates", button=_("Open"), due_on=task.finish_on,
                )
            )  # fmt: skip
    return rows + _action_todos(plan_id, viewer, today)


def _action_todos(plan_id: int, viewer: Viewer, today: date) -> list[Todo]:
    actions = db.session.scalars(
        select(ActionItem)
        .where(
            ActionItem.plan_id == plan_id,
            ActionItem.state == ActionState.open,
            ActionItem.owner_id == viewer.person_id,
        )
        .order_by(ActionItem.due_on, ActionItem.number)
    )
    return [
        Todo(
            kind="action", person_id=viewer.person_id, title=action.title,
            detail=_("action item A-%(number)s, due %(day)s", number=action.number,
                     day=day(action.due_on)),
            url=f"/actions/{action.id}", button=_("Open"), due_on=action.due_on,
            is_overdue=action.is_overdue(today),
        )
        for action in actions
    ]  # fmt: skip


def task_blanks(plan_id: int) -> list[tuple[str, str]]:
    """Tasks without an owner, or whose owner has left."""
    return [
        (
            _("Owner of task %(number)s, %(title)s", number=task.number, title=words(task.title)),
            f"/tasks/{task.id}?edit=assign#assign",
        )
        for task in db.session.scalars(
            select(Task)
            .outerjoin(Task.owner)
            .where(
                Task.plan_id == plan_id,
                Task.done_on.is_(None) | Task.owner_id.is_(None),
                Task.owner_id.is_(None) | Person.is_enabled.is_(False),
            )
            .order_by(Task.number)
        )
    ]


def task_document_parts(plan_id: int) -> dict[str, str]:
    """Section 3 as a signature sees it: people and departments by id, words in both languages.

    How far a task is belongs to the week, not to the document, and is left out.
    """
    needs: dict[int, list[str]] = defaultdict(list)
    for r in db.session.scalars(
        select(Resource).where(Resource.plan_id == plan_id).order_by(Resource.id)
    ):
        lender = f"department:{r.department_id}" if r.department_id else ""
        needs[r.task_id].append(
            " · ".join(part for part in (r.title.to_json(), lender, r.quantity) if part)
        )
    parts = {}
    for task in db.session.scalars(
        select(Task).where(Task.plan_id == plan_id).order_by(Task.number)
    ):
        key = f"task:{task.number}"
        parts[f"{key}:title"] = task.title.to_json()
        parts[f"{key}:owner"] = f"person:{task.owner_id}" if task.owner_id else ""
        parts[f"{key}:department"] = (
            f"department:{task.department_id}" if task.department_id else ""
        )
        parts[f"{key}:dates"] = f"{task.start_on.isoformat()}; {task.finish_on.isoformat()}"
        parts[f"{key}:resources"] = "; ".join(needs[task.id])
    return parts


def task_sections(part: TasksState, viewer: Viewer, now: datetime) -> list[tuple[int, Markup]]:
    """The timetable of the document's section 3."""
    today, tasks = local_date(now), part.tasks
    chart = draw(tasks, (), tasks, today, work_calendar(), names_of_owners(tasks))
    whys = {task.id: why_of(task, today) for task in tasks}
    return [(3, Markup(render_template("tasks/timetable.html", chart=chart, whys=whys)))]  # noqa: S704


def task_agenda_points(plan_id: int, viewer: Viewer, now: datetime) -> list[AgendaPoint]:
    """Tasks that are later than their baseline, and the overdue action items as one point."""
    today = local_date(now)
    calendar = work_calendar()
    tasks = task_rows(plan_id, today, calendar, step_rows(plan_id, today, calendar))
    points = [
        AgendaPoint(in_both(lambda t=task: _late_sentence(t)), f"/tasks/{task.id}",
                    weight=100 + task.days_late)
        for task in tasks
        if task.days_late and task.done_on is None
    ]  # fmt: skip
    overdue = [a for a in action_rows(plan_id, today, calendar, viewer) if a.is_overdue]
    if overdue:
        numbers = [f"A-{action.number}" for action in overdue]
        points.append(
            AgendaPoint(
                in_both(lambda: _overdue_sentence(numbers)),
                f"/plans/{plan_id}/actions?show=overdue",
                weight=60,
            )
        )
    return points


def _late_sentence(task: TaskRow) -> str:
    return _(
        "Task %(number)s, %(title)s: expected on %(day)s, %(late)s",
        number=task.number,
        title=words(task.title),
        day=day_plain(task.expected_finish_on),
        late=against_baseline(task),
    )


def _overdue_sentence(numbers: list[str]) -> str:
    return ngettext(
        "%(num)s overdue action item: %(list)s",
        "%(num)s overdue action items: %(list)s",
        len(numbers),
        list=_(", ").join(numbers),
    )


def why_owner_stays(plan_id: int, person_id: int, role: Role) -> str | None:
    """Whoever owns tasks keeps the owner role until the tasks are moved."""
    if role is not Role.owner:
        return None
    numbers = db.session.scalars(
        select(Task.number)
        .where(Task.plan_id == plan_id, Task.owner_id == person_id)
        .order_by(Task.number)
    ).all()
    if not numbers:
        return None
    return _(
        "Owns task %(numbers)s. Give it to somebody else first.",
        numbers=_(", ").join(str(number) for number in numbers),
    )


def what_a_person_owns(person_id: int) -> list[str]:
    """What would stay behind if the person left: open tasks and action items, counted."""
    tasks = db.session.scalar(
        select(func.count())
        .select_from(Task)
        .where(Task.owner_id == person_id, Task.state != TaskState.done)
    )
    actions = db.session.scalar(
        select(func.count())
        .select_from(ActionItem)
        .where(ActionItem.owner_id == person_id, ActionItem.state == ActionState.open)
    )
    said = []
    if tasks:
        said.append(ngettext("Owns %(num)s open task.", "Owns %(num)s open tasks.", tasks))
    if actions:
        said.append(
            ngettext("Has %(num)s open action item.", "Has %(num)s open action items.", actions)
        )
    return said


def end_of(on: date) -> datetime:
    """The instant at which something due on this day is overdue."""
    return datetime.combine(on, DAY_ENDS, tzinfo=zone())


def begin_of(on: date) -> datetime:
    """The instant at which the day begins: when something is done of which only the day is kept."""
    return datetime.combine(on, time(), tzinfo=zone())
