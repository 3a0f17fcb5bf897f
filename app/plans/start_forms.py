"""The form of the guided start: one form in three steps, so that going back loses nothing.

Every page sends all fields; those of the other steps travel as hidden ones.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import HiddenField, SelectField

from app.accounts.models import Person
from app.core.errors import DomainError
from app.core.formats import words
from app.core.forms import Form, choices, day_field, title_field
from app.core.localtext import LocalText
from app.plans.fields import NOBODY_YET, IdField, IdsField
from app.plans.forms import people_choices
from app.plans.starting import PlanStart, departments_of, propose_task_dates
from app.plans.template import load_template, template_keys

STEPS = ("basis", "people", "dates")


@dataclass(frozen=True)
class TaskToPlan:
    """A task of the template as the guided start shows it."""

    number: int
    title: str
    workdays: int
    after: tuple[int, ...]


class StartForm(Form):
    """The fields that every template has; `start_form` adds those of one template."""

    template_key = SelectField(_l("Template"))
    company = title_field(_l("Company"), is_required=False, length=120)
    start_on = day_field(_l("The plan starts on"))
    manager_id = IdField(_l("Project manager"))
    prepared_by_id = IdField(_l("Prepared by"))
    reviewed_by_id = IdField(lazy_pgettext("cover", "Reviewed by"))
    approved_by_id = IdField(_l("Approved by"))
    prepared_on = day_field(_l("Date prepared"), is_required=False)
    executive_ids = IdsField(_l("Executives"))
    member_ids = IdsField(_l("Members"))
    # What the dates in the form were proposed for: another start or template proposes anew.
    proposed_for = HiddenField()

    template: dict[str, Any]
    fixed_heads: dict[str, str]
    tasks: list[TaskToPlan]

    def fields_of(self, step: str) -> list[str]:
        """Names of the fields that a step shows."""
        tasks = [task["number"] for task in self.template["tasks"]]
        if step == "basis":
            return ["template_key", "company", "start_on"]
        if step == "people":
            heads = [f"head_{row['key']}" for row in self.template["departments"]]
            return [
                "manager_id",
                "prepared_by_id",
                "reviewed_by_id",
                "approved_by_id",
                "prepared_on",
                *[f"owner_{n}" for n in tasks],
                *[name for name in heads if name in self],
                "executive_ids",
                "member_ids",
            ]
        return [f"task_{n}_{end}_on" for n in tasks for end in ("start", "finish")]

    def first_wrong_step(self, last: str) -> str | None:
        """The first step up to `last` whose fields do not fit; what comes later is not due yet and
        loses its errors."""
        due = STEPS[: STEPS.index(last) + 1]
        for step in STEPS[len(due) :]:
            for name in self.fields_of(step):
                self[name].errors = ()
        for step in due:
            if any(self[name].errors for name in self.fields_of(step)):
                return step
        return last if self.form_errors else None

    def hidden_values(self, shown: str) -> list[tuple[str, str]]:
        """Names and values of the steps that are not shown, as they travel with the form."""
        rows = []
        for name in (name for step in STEPS if step != shown for name in self.fields_of(step)):
            field = self[name]
            if isinstance(field, IdsField):
                rows += [(name, str(key)) for key in field.data or []]
            elif isinstance(field, SelectField):
                rows.append((name, "" if field.data is None else str(field.data)))
            else:
                rows.append((name, field._value()))
        return rows

    def propose(self) -> bool:
        """Fill in the dates when they were proposed for another start; True when they were."""
        wanted = f"{self.template_key.data} {self.start_on.data}"
        if self.proposed_for.data == wanted:
            return False
        for number, (first, last) in propose_task_dates(
            self.template_key.data, self.start_on.data
        ).items():
            for end, day in (("start", first), ("finish", last)):
                field = self[f"task_{number}_{end}_on"]
                field.data, field.raw_data, field.errors = day, None, []
        is_first = not self.proposed_for.data
        self.proposed_for.data = wanted
        return not is_first

    def to_start(self) -> PlanStart:
        """What the use case takes."""
        tasks = [task["number"] for task in self.template["tasks"]]
        heads = {
            row["key"]: self[f"head_{row['key']}"].data
            for row in self.template["departments"]
            if f"head_{row['key']}" in self
        }
        return PlanStart(
            template_key=self.template_key.data,
            start_on=self.start_on.data,
            company=self.company.data,
            manager_id=self.manager_id.data,
            prepared_by_id=self.prepared_by_id.data,
            reviewed_by_id=self.reviewed_by_id.data,
            approved_by_id=self.approved_by_id.data,
            prepared_on=self.prepared_on.data,
            owners={n: self[f"owner_{n}"].data for n in tasks if self[f"owner_{n}"].data},
            heads={key: person_id for key, person_id in heads.items() if person_id},
            executive_ids=tuple(self.executive_ids.data or ()),
            member_ids=tuple(self.member_ids.data or ()),
            dates={
                n: (self[f"task_{n}_start_on"].data, self[f"task_{n}_finish_on"].data)
                for n in tasks
            },
        )


def start_form(template_key: str, people: list[Person], actor_id: int, today: date) -> StartForm:
    """The form for one template. Raises NotFound on an unknown one."""
    template = load_template(template_key)
    departments = departments_of(template)
    fields: dict[str, Any] = {}
    fixed: dict[str, str] = {}
    for row in template["departments"]:
        department = departments.get(row["key"])
        name = words(department.name if department else LocalText.of(row["name"]))
        if department is not None and department.head is not None:
            fixed[name] = department.head.name
        else:
            fields[f"head_{row['key']}"] = IdField(_("Head of %(department)s", department=name))
    tasks = []
    for task in template["tasks"]:
        title = f"{task['number']} {words(LocalText.of(task['title']))}"
        tasks.append(
            TaskToPlan(
                task["number"], title, task["duration_workdays"], tuple(task.get("after", ()))
            )
        )
        fields[f"owner_{task['number']}"] = IdField(title)
        fields[f"task_{task['number']}_start_on"] = day_field(_("%(task)s: first day", task=title))
        fields[f"task_{task['number']}_finish_on"] = day_field(_("%(task)s: last day", task=title))
    form = type("TemplateStartForm", (StartForm,), fields)(
        template_key=template_key, manager_id=actor_id, start_on=None, prepared_on=today
    )
    form.template, form.fixed_heads, form.tasks = template, fixed, tasks
    form.template_key.choices = choices(
        (key, words(LocalText.of(load_template(key)["title"]))) for key in template_keys()
    )
    everybody = people_choices(people)
    for field in form:
        if isinstance(field, IdField):
            field.offer(everybody, nothing=None if field.name == "manager_id" else NOBODY_YET)
        elif isinstance(field, IdsField):
            field.offer(everybody)
    return form


def check_order(form: StartForm) -> None:
    """Say at the fields themselves which task ends before it begins or begins before the plan."""
    for task in form.template["tasks"]:
        first = form[f"task_{task['number']}_start_on"]
        last = form[f"task_{task['number']}_finish_on"]
        if first.data and last.data and last.data < first.data:
            form.take(DomainError(_l("The finish lies before the start."), last.name))
        if first.data and form.start_on.data and first.data < form.start_on.data:
            form.take(DomainError(_l("This task would begin before the plan does."), first.name))
