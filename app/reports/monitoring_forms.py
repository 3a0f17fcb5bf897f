"""Forms of the monitoring pages. Values are typed in the indicator's unit."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms import Form as PlainForm
from wtforms.validators import AnyOf, Length, Optional

from app.core.forms import Form, choices, day_field, required, text_field, title_field
from app.core.text import clean
from app.reports.models import Direction, Indicator, IndicatorKind, Measurement
from app.reports.values import PERCENT, SECONDS, parse_value
from app.tasks.forms import IdField, WholeNumberField

FINDING_LENGTH = 2000
CHOOSE = _l("Please choose one of the list.")


class ValueField(StringField):
    """A value in an indicator's unit; `data` is a number. What cannot be read stays in the
    field."""

    unit = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = parse_value(text, self.unit)
        except ValueError:
            raise ValueError(str(_hint_of(self.unit))) from None

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0]
        if self.data is None:
            return ""
        if self.unit == SECONDS:
            minutes, rest = divmod(round(self.data), 60)
            return f"{minutes}:{rest:02d}"
        return f"{self.data:g}"


def _hint_of(unit: str) -> Any:
    if unit == SECONDS:
        return _l("This is not a length of time. Write it like 350, 5:50 or 5分50秒.")
    if unit == PERCENT:
        return _l("This is not a percentage from 0 to 100. Write it like 99.5.")
    return _l("This is not a number. Write it like 12.5; it starts at 0.")


class TargetForm(Form):
    direction = SelectField(_l("Good is"), choices=choices((d.value, d.label) for d in Direction),
                            validators=[AnyOf([d.value for d in Direction], CHOOSE)])  # fmt: skip
    target = ValueField(_l("Target"))
    min_answers = WholeNumberField(_l("Answers needed to judge"), validators=[required()])
    begins_on = day_field(_l("Measuring begins on"), is_required=False)
    seen = HiddenField()


class MeasurementForm(Form):
    period = SelectField(_l("Period"), validators=[required()], validate_choice=False)
    good_count = WholeNumberField(_l("Good answers"), validators=[Optional()])
    sample_size = WholeNumberField(_l("All answers"), validators=[Optional()])
    value = ValueField(_l("Value"))
    is_whole_population = BooleanField(_l("Everybody was counted, not a sample"))
    note = text_field(_l("Note"), length=2000)
    seen = HiddenField()


def target_form(indicator: Indicator, seen: str, **kw: Any) -> TargetForm:
    """The form of what an indicator aims at."""
    form = TargetForm(
        data={"direction": indicator.direction.value, "min_answers": indicator.min_answers,
              "begins_on": indicator.begins_on, "seen": seen},
        **kw,
    )  # fmt: skip
    return _with_unit(form, "target", indicator.unit, indicator.target)


def measurement_form(
    indicator: Indicator,
    periods: list[tuple[str, str]],
    measurement: Measurement | None = None,
    seen: str = "",
    **kw: Any,
) -> MeasurementForm:
    """The form of a value; without `periods` the period stays as it is."""
    data: dict[str, Any] = {"seen": seen}
    if measurement is not None:
        data |= {name: getattr(measurement, name) for name in
                 ("good_count", "sample_size", "is_whole_population", "note")}  # fmt: skip
    form = MeasurementForm(data=data, **kw)
    form.period.choices = choices(periods)
    if not periods:
        del form.period
    if indicator.kind is IndicatorKind.proportion:
        del form.value
    else:
        del form.good_count
        form.sample_size.label.text = _l("Number of cases")
        _with_unit(form, "value", indicator.unit, measurement.value if measurement else None)
    return form


def _with_unit(form: Any, name: str, unit: str, present: float | None) -> Any:
    """Tell a value's field its unit and read what was sent once more with it."""
    field = form[name]
    field.unit = unit
    if field.raw_data:
        field.process_errors = []
        try:
            field.process_formdata(field.raw_data)
        except ValueError as error:
            field.process_errors = [error.args[0]]
    else:
        field.data = present
    return form


class PlanInspectionForm(Form):
    planned_on = day_field(_l("Day"))
    inspector_id = IdField(_l("Who goes"))
    place = title_field(_l("Place"), is_required=False, length=120)
    seen = HiddenField()


class FindingForm(PlainForm):
    """One thing looked at on an inspection."""

    stage = SelectField(_l("Stage"), validate_choice=False)
    verdict = RadioField(
        _l("How it was"),
        choices=choices([("good", _l("as it should be")), ("bad", _l("not so"))]),
        validate_choice=False,
    )  # fmt: skip
    text = StringField(
        _l("What was seen"), filters=[clean],
        validators=[Length(max=FINDING_LENGTH,
                           message=_l("At most %(max)d characters; please shorten it."))],
    )  # fmt: skip
    department_id = IdField(_l("For department"))
    needs_doing = BooleanField(_l("Needs doing: make an action item"))
    due_on = day_field(_l("Due on"), is_required=False)


class RecordForm(Form):
    done_on = day_field(_l("Day"))
    inspector_id = IdField(_l("Who went"))
    place = title_field(_l("Place"), is_required=False, length=120)
    findings = FieldList(FormField(FindingForm), max_entries=60)
    summary = text_field(_l("In short"))


class CorrectForm(Form):
    done_on = day_field(_l("Day"))
    place = title_field(_l("Place"), is_required=False, length=120)
    summary = text_field(_l("In short"))
    seen = HiddenField()


class AnotherFindingForm(Form):
    stage = SelectField(_l("Stage"), validate_choice=False)
    text = text_field(_l("What was seen"), is_required=True, length=FINDING_LENGTH)
    is_good = BooleanField(_l("This is as it should be"))
    department_id = IdField(_l("For department"))


class ActForm(Form):
    title = title_field(_l("What has to be done"))
    owner_id = IdField(_l("Who does it"))
    due_on = day_field(_l("Due on"))


class ObservationForm(Form):
    text = text_field(_l("What did you see?"), is_required=True, length=FINDING_LENGTH)
    seen_on = day_field(_l("When"))
    stage = SelectField(_l("Stage"), validate_choice=False)
    place = title_field(_l("Place"), is_required=False, length=120)
