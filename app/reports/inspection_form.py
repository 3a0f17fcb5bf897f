"""The form of an inspection's record: a row for each item of the checklist, and further ones.

Kept beside the views, since a row is checked as a whole: what was looked at, how it was, and what
follows from it.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.queries import department_choices
from app.core.formats import words
from app.core.forms import choices
from app.core.localtext import LocalText
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.reports import inspections as services
from app.reports import monitoring_forms as forms
from app.tasks.page import attempt

# Working days that a new action item is given unless somebody says otherwise.
ACTION_DAYS = 5
NO_STAGE = _l("no stage")


def record_form(plan: Plan, today: date, *, is_first_look: bool) -> Any:
    """The record's form; on a first look with one row for each item of the checklist."""
    form = forms.RecordForm()
    form.inspector_id.offer([(p.id, p.name) for p in plan_people(plan.id)])
    if is_first_look:
        due_on = work_calendar().add_workdays(today, ACTION_DAYS)
        for item in services.checklist_of(plan):
            form.findings.append_entry({"stage": item["stage"], "due_on": due_on})
    for entry in form.findings:
        offer(entry.form, plan)
    return form


def record(
    form: Any, plan: Plan, today: date, act: Callable[[list[Any]], object]
) -> int:
    """Check the rows, then run the use case with the findings."""
    checklist = services.checklist_of(plan)
    findings = []
    is_clear = form.validate_on_submit()
    for number, entry in enumerate(form.findings):
        row = entry.form
        verdict = row.verdict.data if row.verdict.data in ("good", "bad") else None
        text = row.text.data
        if verdict == "good" and not text and number < len(checklist):
            # Looked at and in order: the checklist's own words say what that means.
            text = words(LocalText.of(checklist[number]["text"]))
        if not text and verdict is None:
            continue
        if not text:
            row.text.errors = [*row.text.errors, _("Please say what was seen.")]
            is_clear = False
        elif verdict is None:
            row.verdict.errors = [_("Please say whether it was as it should be.")]
            is_clear = False
        needs_doing = verdict == "bad" and row.needs_doing.data
        if needs_doing and row.due_on.data is None and not row.due_on.errors:
            row.due_on.errors = [_("Please fill this in.")]
            is_clear = False
        elif needs_doing and row.due_on.data and row.due_on.data < today:
            row.due_on.errors = [_("This day has passed already.")]
            is_clear = False
        findings.append(
            services.FindingInput(
                text=text, stage=known(row.stage), is_good=verdict == "good",
                department_id=row.department_id.data, needs_doing=needs_doing,
                due_on=row.due_on.data,
            )
        )  # fmt: skip
    return attempt(form, lambda: act(findings)) if is_clear else 422


def blank_row(plan: Plan, today: date) -> Any:
    """A further row as the page adds it; `__n__` becomes its number."""
    row = offer(forms.FindingForm(prefix="findings-__n__-"), plan)
    row.due_on.data = work_calendar().add_workdays(today, ACTION_DAYS)
    return row


def offer(form: Any, plan: Plan) -> Any:
    """The form with its choices of stages and departments."""
    form.stage.choices = stages(plan)
    form.department_id.offer(
        department_choices(), nothing=_l("no department")
    )
    return form


def stages(plan: Plan) -> list[Any]:
    """The stages to choose from, none first."""
    titles = stage_titles(plan).items()
    return choices([("", str(NO_STAGE)), *((key, words(title)) for key, title in titles)])


def stage_titles(plan: Plan) -> dict[str, LocalText]:
    """Stage key → its title."""
    return {key: LocalText.of(title) for key, title in services.stages_of(plan).items()}


def known(field: Any) -> str:
    """The stage chosen, or none where it is not one of the list."""
    return field.data if field.data in {key for key, *_rest in field.choices} else ""
