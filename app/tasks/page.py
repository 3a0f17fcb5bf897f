"""What stands on a task's page, and how its forms are filled and taken back.

The page carries many small forms; a POST to any of them that fails shows the same page again with
that form open, what was typed, and what is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import render_template

from app.accounts.queries import department_choices, enabled_people, person_names
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.formats import day_long, local_date, words
from app.core.forms import Form
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.web import request_now
from app.plans.calendars import work_calendar
from app.tasks import forms, history, link_forms, link_page, queries
from app.tasks.budget_services import budget_stamp
from app.tasks.models import BudgetLine, Link, Resource, ResourceState, Step, Task, item_key
from app.tasks.money import yuan_text
from app.tasks.progress import pace_finish
from app.tasks.resource_queries import requests_of
from app.tasks.rights import may_edit_money, may_update, sees_money_of
from app.tasks.rows import resource_stamp
from app.tasks.services import progress_values
from app.tasks.state import expected_finish
from app.tasks.step_services import is_outside, step_stamp

FORM_NAMES = {
    "progress_percent": "percent", "planned_cents": "planned", "committed_cents": "committed",
    "actual_cents": "actual", "forecast_cents": "forecast",
}  # fmt: skip


def attempt(form: Form, act: Callable[[], object], lock: Callable[[], object] | None = None) -> int:
    """Run a use case with a form: 303 when it is done, 422 or 409 when the form must be shown
    again. `lock` answers the present version or stamp, which the form then carries."""
    if not form.validate_on_submit():
        return 422
    try:
        act()
    except (Forbidden, NotFound):
        raise
    except Conflict as error:
        form.take(error)
        form.theirs = theirs(form, error)  # type: ignore[attr-defined]
        if lock is not None:
            (form["version"] if "version" in form else form["seen"]).data = str(lock())
        return error.status
    except DomainError as error:
        form.take(error)
        return error.status
    return 303


def theirs(form: Form, error: Conflict) -> list[tuple[str, str]]:
    """What the other person saved, as (label, text) of the form's own fields."""
    rows = []
    for name, value in error.theirs.items():
        field_name = FORM_NAMES.get(name, name)
        if field_name in form:
            rows.append((str(form[field_name].label.text), _said(form[field_name], value)))
    return rows


def _said(form_field: Any, value: Any) -> str:
    if isinstance(form_field, forms.IdField):
        key = "" if value is None else str(value)
        return next((str(c.label) for c in form_field.choices if c.value == key), "–")
    if isinstance(form_field, forms.MoneyField):
        return yuan_text(value)
    if isinstance(value, date):
        return day_long(value)
    if isinstance(value, LocalText):
        return words(value)
    return "–" if value is None or value == "" else str(getattr(value, "label", value))


@dataclass
class TaskForms:
    """The forms of a task's page, by name; made as they are asked for. `opened` is the name of
    the one that shows in place ("step-12")."""

    task: Task
    opened: str = ""
    made: dict[str, Form] = field(default_factory=dict)

    def get(self, name: str) -> Form:
        if name not in self.made:
            kind, _dash, key = name.partition("-")
            if key:
                table, make = ROW_FORMS[kind]
                self.made[name] = make(db.session.get_one(table, int(key)))
            else:
                self.made[name] = getattr(self, f"_{name}")()
        return self.made[name]

    def failed(self, name: str) -> bool:
        """Whether this form was sent and did not fit."""
        return name in self.made and bool(self.made[name].errors)

    def _progress(self) -> Form:
        form = forms.ProgressForm(formdata=None, data=progress_values(self.task))
        form.version.data = str(self.task.version)
        return form

    def _complete(self) -> Form:
        return forms.CompleteForm(formdata=None)

    def _reopen(self) -> Form:
        return forms.ReopenForm(formdata=None, percent=90)

    def _assign(self) -> Form:
        return offered(
            forms.AssignForm(formdata=None, owner_id=self.task.owner_id,
                             department_id=self.task.department_id,
                             version=str(self.task.version)),
            self.task,
        )  # fmt: skip

    def _dates(self) -> Form:
        return forms.DatesForm(formdata=None, start_on=self.task.start_on,
                               finish_on=self.task.finish_on,
                               version=str(self.task.version))  # fmt: skip

    def _words(self) -> Form:
        return forms.WordsForm(formdata=None, title=words(self.task.title),
                               description=self.task.description, weight=self.task.weight,
                               version=str(self.task.version))  # fmt: skip

    def _step(self) -> Form:
        return forms.StepForm(formdata=None, start_on=self.task.start_on,
                              finish_on=self.task.finish_on)  # fmt: skip

    def _link(self) -> Form:
        form = link_forms.LinkForm(formdata=None, after=item_key(self.task.id))
        return link_page.offer_ends(form, self.task)

    def _resource(self) -> Form:
        return offered(forms.ResourceForm(formdata=None), self.task)

    def _budget(self) -> Form:
        return offered(
            forms.BudgetForm(formdata=None, department_id=self.task.department_id), self.task
        )


def step_form(step: Step) -> Form:
    """The form that changes a step."""
    return forms.StepEditForm(
        formdata=None, title=words(step.title), start_on=step.start_on, finish_on=step.finish_on,
        is_milestone=step.is_milestone, percent=step.progress_percent, seen=step_stamp(step),
        forecast_finish_on=step.forecast_finish_on,
    )  # fmt: skip


def resource_form(resource: Resource) -> Form:
    """The form that changes a resource."""
    return offered(
        forms.ResourceForm(
            formdata=None, kind=resource.kind, title=words(resource.title), source=resource.source,
            department_id=resource.department_id, quantity=resource.quantity,
            needed_on=resource.needed_on, needed_until_on=resource.needed_until_on,
            note=resource.note, seen=resource_stamp(resource),
        ),
        resource.task,
    )  # fmt: skip


def answer_form(resource: Resource) -> Form:
    """The form in which the lending side answers; nothing is chosen before it is."""
    is_answered = resource.state in (ResourceState.promised, ResourceState.declined)
    return forms.AnswerForm(
        formdata=None, state=resource.state.value if is_answered else None,
        promised_on=resource.promised_on or resource.needed_on, answer=resource.answer,
        seen=resource_stamp(resource),
    )  # fmt: skip


def deliver_form(resource: Resource) -> Form:
    """The form that says on which day it has come: today unless said."""
    return forms.DeliverForm(formdata=None, delivered_on=local_date(request_now()))


def budget_form(line: BudgetLine) -> Form:
    """The form that changes a line of money."""
    return offered(
        forms.BudgetForm(
            formdata=None, title=words(line.title), department_id=line.department_id,
            planned=line.planned_cents, committed=line.committed_cents, actual=line.actual_cents,
            forecast=line.forecast_cents, seen=budget_stamp(line),
        ),
        line.task,
    )  # fmt: skip


ROW_FORMS: dict[str, tuple[type, Callable[[Any], Form]]] = {
    "step": (Step, step_form),
    "link": (Link, link_page.link_form),
    "taskrules": (Task, link_page.rule_form),
    "steprules": (Step, link_page.rule_form),
    "resource": (Resource, resource_form),
    "answer": (Resource, answer_form),
    "deliver": (Resource, deliver_form),
    "budget": (BudgetLine, budget_form),
}


def offered(form: Any, task: Task | None) -> Any:
    """The form with its choices of people and departments."""
    if "owner_id" in form:
        people = [(p.id, p.name) for p in enabled_people()]
        if task is not None and task.owner is not None and not task.owner.is_enabled:
            people.append((task.owner.id, task.owner.name))
        form.owner_id.offer(people, nothing=forms.NOBODY_YET)
    if "department_id" in form:
        form.department_id.offer(
            department_choices(),
            nothing=forms.NO_DEPARTMENT,
        )
    return form


def render_task(
    task: Task, viewer: Viewer, today: date, kept: TaskForms | None = None, status: int = 200
) -> tuple[str, int]:
    """A task's page, with the forms that `kept` brings back."""
    kept = kept or TaskForms(task)
    row, steps, chart = queries.task_alone(task, today)
    rows = {step.id: step for step in steps}
    resources = requests_of(task, viewer, today)
    money = queries.money_of(task.plan_id, viewer, task.id)
    is_mine = may_update(viewer, task, today)
    return (
        render_template(
            "tasks/show.html",
            task=task,
            row=row,
            chart=chart,
            steps=list(rows.values()),
            linked=link_page.links_of(task),
            outside={s.id for s in steps if is_outside(s, task)},  # type: ignore[arg-type]
            light=queries.light_of(row, today),
            pace_on=_pace(task, today),
            resources=resources,
            sees_resources=sight(viewer, "resource", "row") is not Sight.none,
            money=money if money or sees_money_of(viewer, task) else None,
            may_edit_line=lambda line: may_edit_money(viewer, line.department_id),
            may_add_money=may_edit_money(viewer, task.department_id),
            actions=queries.actions_of_task(task, viewer),
            history=_history(task, viewer, steps, resources, money or []),
            may_manage=viewer.has(Role.manager),
            may_update=is_mine,
            may_act=viewer.may("action:create"),
            forms_of=kept,
            today=today,
        ),
        status,
    )


def _pace(task: Task, today: date) -> date | None:
    """The finish that follows from the pace so far; None where nothing is known yet."""
    if task.is_done:
        return None
    pace = pace_finish(
        task.start_on, task.finish_on, task.progress_percent, today, work_calendar()
    )
    return pace if pace != expected_finish(task, today) else None


def _history(
    task: Task, viewer: Viewer, steps: list[Any], resources: list[Any], money: list[Any]
) -> list[history.Told] | None:
    if sight(viewer, "audit", "row") is Sight.none:
        return None
    parts = {
        "steps": {s.id: words(s.title) for s in steps},
        "resources": {r.id: words(r.title) for r in (line.resource for line in resources)},
        "budget_lines": {line.id: words(line.title) for line, _task, _name in money},
    }
    rows = queries.history_of(
        ("tasks", [task.id]), *((table, list(titles)) for table, titles in parts.items())
    )
    people = person_names(history.ids_in(rows, "owner_id"))
    departments = dict(department_choices())
    known = {"owner_id": people, "department_id": departments}
    return history.tell(
        rows,
        {(table, key): text for table, titles in parts.items() for key, text in titles.items()},
        lambda name, key: known[name].get(key, f"#{key}"),
    )
