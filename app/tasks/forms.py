"""Forms of the tasks' pages. Amounts are typed in yuan and kept in cents."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import AnyOf, NumberRange, Optional, ValidationError

from app.core.forms import Form, choices, day_field, required, text_field, title_field
from app.tasks.models import ResourceKind, ResourceSource
from app.tasks.money import parse_yuan, yuan_text

NOBODY = ""
NOBODY_YET = _l("nobody yet")
NO_DEPARTMENT = _l("no department")
NO_TASK = _l("no task")


class WholeNumberField(IntegerField):
    """A whole number; anything else is said plainly and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_l("This is not a whole number."))) from None


class MoneyField(StringField):
    """An amount in yuan; `data` is cents."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = parse_yuan(text)
        except ValueError:
            raise ValueError(str(_l("This is not an amount. Write it like 12,000.50."))) from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else yuan_text(self.data)


class IdField(SelectField):
    """A choice of one row by id, or of none; `data` is the id or None."""

    def __init__(self, label: Any, **kw: Any) -> None:
        super().__init__(label, coerce=_id_or_none, **kw)

    def offer(self, rows: list[tuple[int, str]], nothing: Any = None) -> None:
        """Set the choices; `nothing` is the words for none, left out when one must be chosen."""
        first = [(NOBODY, nothing)] if nothing is not None else []
        self.choices = choices([*first, *((str(key), label) for key, label in rows)])

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(str(_l("Please choose one of the list."))) from None

    def pre_validate(self, _form: Any) -> None:
        known = {choice.value for choice in self.choices or []}
        if ("" if self.data is None else str(self.data)) not in known:
            raise ValidationError(str(_l("Please choose one of the list.")))


def _id_or_none(value: Any) -> int | None:
    if value in (None, "", "None"):
        return None
    return int(value)


def percent_field(label: Any) -> WholeNumberField:
    return WholeNumberField(
        label,
        validators=[
            required(),
            NumberRange(0, 100, message=_l("Progress is a number from 0 to 100.")),
        ],
    )


class ProgressForm(Form):
    """How far, and when it is expected to end."""

    version = HiddenField()
    percent = percent_field(_l("Progress"))
    forecast_finish_on = day_field(_l("Expected finish"), is_required=False)
    done_on = day_field(_l("Finished on"), is_required=False)


class CompleteForm(Form):
    done_on = day_field(_l("Finished on"))


class ReopenForm(Form):
    percent = percent_field(_l("Progress"))
    reason = text_field(_l("Reason"), is_required=True, length=2000)


class AssignForm(Form):
    version = HiddenField()
    owner_id = IdField(_l("Owner"))
    department_id = IdField(_l("Department"))


class DatesForm(Form):
    version = HiddenField()
    start_on = day_field(_l("First day"))
    finish_on = day_field(_l("Last day"))
    reason = text_field(_l("Reason"), length=2000)


class WordsForm(Form):
    version = HiddenField()
    title = title_field(_l("Title"))
    description = text_field(_l("Description"))
    weight = WholeNumberField(
        _l("Weight in the plan’s progress"),
        validators=[
            required(),
            NumberRange(0, 1000, message=_l("The weight is a number from 0 to 1,000.")),
        ],
    )


class StepForm(Form):
    seen = HiddenField()
    title = title_field(_l("Title"))
    start_on = day_field(_l("First day"))
    finish_on = day_field(_l("Last day"))
    is_milestone = BooleanField(_l("This is a milestone"))


class StepEditForm(StepForm):
    percent = percent_field(_l("Progress"))
    forecast_finish_on = day_field(_l("Expected finish"), is_required=False)


class ResourceForm(Form):
    seen = HiddenField()
    kind = SelectField(_l("Kind"), choices=choices((k.value, k.label) for k in ResourceKind))
    title = title_field(_l("What is needed"))
    source = SelectField(
        _l("From where"), choices=choices((s.value, s.label) for s in ResourceSource)
    )
    department_id = IdField(_l("Lending or buying department"))
    quantity = title_field(_l("How much"), is_required=False, length=80)
    needed_on = day_field(_l("Needed from"), is_required=False)
    needed_until_on = day_field(_l("Needed until"), is_required=False)
    note = text_field(_l("Note"), length=2000)


class AnswerForm(Form):
    """The lending side's word: a promise with its day, or a no with its reason."""

    seen = HiddenField()
    state = RadioField(
        _l("Answer"),
        choices=choices((("promised", _l("Promise it")), ("declined", _l("Decline it")))),
        validate_choice=False,
        validators=[AnyOf(("promised", "declined"), message=_l("Please choose one."))],
    )
    promised_on = day_field(_l("Promised for"), is_required=False)
    answer = text_field(_l("A word with it"), length=2000)


class DeliverForm(Form):
    delivered_on = day_field(_l("Delivered on"))


class BudgetForm(Form):
    seen = HiddenField()
    title = title_field(_l("What for"))
    department_id = IdField(_l("Department"))
    planned = MoneyField(_l("Budget"), validators=[required()])
    committed = MoneyField(_l("Ordered or signed"), validators=[Optional()])
    actual = MoneyField(_l("Used so far"), validators=[Optional()])
    forecast = MoneyField(_l("Expected in the end"), validators=[Optional()])


class PlanBudgetForm(BudgetForm):
    """A line from the plan's page, which also says of which task."""

    task_id = IdField(_l("Task"))


class ActionForm(Form):
    title = title_field(_l("What has to be done"))
    details = text_field(_l("Details"))
    owner_id = IdField(_l("Who does it"))
    due_on = day_field(_l("Due on"))
    department_id = IdField(_l("Department"))
    task_id = IdField(_l("Task"))


class CloseForm(Form):
    evidence = text_field(_l("How can one see that it is done?"), is_required=True, length=4000)


class CancelForm(Form):
    reason = text_field(_l("Reason"), is_required=True, length=2000)


class ReassignForm(Form):
    seen = HiddenField()
    owner_id = IdField(_l("Who does it"))


class ActionDateForm(Form):
    seen = HiddenField()
    due_on = day_field(_l("Due on"))
    reason = text_field(_l("Reason"), length=2000)
