"""Forms of the plan page, the people of a plan, leave and the calendar."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField, SelectField
from wtforms import Form as PlainForm
from wtforms.validators import NumberRange, Optional

from app.accounts.models import Person
from app.core.formats import words
from app.core.forms import Form, choices, day_field, required, text_field, title_field
from app.core.text import whole_number_or_none
from app.plans.fields import NOBODY_YET, IdField, TimeOfDayField, WholeNumberField
from app.plans.members import BY_HAND
from app.plans.models import Plan, PlanText
from app.plans.services import Line, texts_stamp


class CoverForm(Form):
    title = title_field(_l("Title"))
    company = title_field(_l("Company"), is_required=False, length=120)
    prepared_by_id = IdField(_l("Prepared by"))
    reviewed_by_id = IdField(lazy_pgettext("cover", "Reviewed by"))
    approved_by_id = IdField(_l("Approved by"))
    prepared_on = day_field(_l("Date prepared"), is_required=False)
    go_live_on = day_field(_l("Put into effect"), is_required=False)
    report_time = TimeOfDayField(_l("Weekly reports are due at"), validators=[required()])
    inspection_interval_weeks = WholeNumberField(
        _l("Weeks between inspections"),
        validators=[Optional(), NumberRange(1, 26, message=_l("Between 1 and 26 weeks."))],
    )
    version = HiddenField()

    def offer(self, people: list[Person]) -> None:
        """Set the choices of people."""
        rows = people_choices(people)
        for field in (self.prepared_by_id, self.reviewed_by_id, self.approved_by_id):
            field.offer(rows, nothing=NOBODY_YET)


def cover_form(plan: Plan, people: list[Person], **options: Any) -> CoverForm:
    """The cover's form, filled in with what stands there."""
    form = CoverForm(
        title=words(plan.title),
        company=plan.company,
        prepared_by_id=plan.prepared_by_id,
        reviewed_by_id=plan.reviewed_by_id,
        approved_by_id=plan.approved_by_id,
        prepared_on=plan.prepared_on,
        go_live_on=plan.go_live_on,
        report_time=(plan.report_hour, plan.report_minute),
        inspection_interval_weeks=plan.inspection_interval_weeks,
        version=str(plan.version),
        **options,
    )
    form.offer(people)
    return form


class PurposeForm(Form):
    purpose = text_field(_l("Purpose"), is_required=True, length=2000)
    seen = HiddenField()


class LineForm(PlainForm):
    id = HiddenField()
    title = title_field(_l("Heading"), is_required=False)
    body = text_field(_l("Text"), length=2000)


class TextsForm(Form):
    lines = FieldList(FormField(LineForm))
    seen = HiddenField()

    def typed(self, rows: list[PlanText], has_title: bool) -> list[Line]:
        """The lines as use cases take them; a heading that the form does not show stays."""
        headings = {row.id: words(row.title) for row in rows}
        lines = []
        for entry in self.lines:
            line_id = whole_number_or_none(entry.form.id.data)
            body = entry.form.body.data or ""
            title = entry.form.title.data or ""
            if not has_title:
                title = headings.get(line_id or 0, "") if body else ""
            lines.append(Line(line_id, title, body))
        return lines


def texts_form(rows: list[PlanText], **options: Any) -> TextsForm:
    """The form of a section's lines, filled in with what the reader sees."""
    return TextsForm(
        lines=[{"id": row.id, "title": words(row.title), "body": words(row.body)} for row in rows],
        seen=texts_stamp(rows),
        **options,
    )


class SignForm(Form):
    step = HiddenField()
    seen = HiddenField()


class MemberForm(Form):
    person_id = IdField(_l("Person"))
    role = SelectField(_l("Role"), choices=choices((role.value, role.label) for role in BY_HAND))

    def offer(self, people: list[Person]) -> None:
        self.person_id.offer(people_choices(people))


class HeadForm(Form):
    person_id = IdField(_l("Head"))

    def offer(self, people: list[Person]) -> None:
        self.person_id.offer(people_choices(people))


class LeaveForm(Form):
    person_id = IdField(_l("Who is away"))
    first_on = day_field(_l("First day"))
    last_on = day_field(_l("Last day"))
    substitute_id = IdField(_l("Who stands in"))

    def offer(self, people: list[Person], substitutes: list[Person]) -> None:
        self.person_id.offer(people_choices(people))
        self.substitute_id.offer(people_choices(substitutes), nothing=_l("nobody"))


class DayForm(Form):
    on = day_field(_l("Day"))
    kind = RadioField(
        _l("On this day the company"),
        choices=choices([("off", _l("is off")), ("work", _l("works"))]),
        validators=[required()],
    )
    name = title_field(_l("Name"), is_required=False, length=80)


class DepartmentDayForm(DayForm):
    kind = RadioField(
        _l("On this day the department"),
        choices=choices([("off", _l("is off")), ("work", _l("works"))]),
        validators=[required()],
    )


def people_choices(people: list[Person]) -> list[tuple[int, str]]:
    """People by name, with their e-mail where two have the same."""
    names = [person.name for person in people]
    return [(p.id, f"{p.name} ({p.email})" if names.count(p.name) > 1 else p.name) for p in people]


class ImportForm(Form):
    year = WholeNumberField(_l("Year"), validators=[required()])
    file = FileField(_l("File"))
    is_whole = BooleanField(_l("The file holds the year’s whole arrangement, as it was published"))


class ApplyForm(Form):
    """The preview's own form: what was read travels with it and is read again."""

    year = HiddenField()
    text = HiddenField()
    filename = HiddenField()
    is_whole = HiddenField()
    seen = HiddenField()
