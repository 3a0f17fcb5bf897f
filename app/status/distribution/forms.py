"""Forms of the packs' distribution."""

from collections.abc import Mapping
from datetime import time

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField

from app.comms.meeting_forms import WEEKDAYS, TimeField
from app.core.forms import Form, choices, required
from app.core.text import whole_number_or_none
from app.status.distribution.models import Audience, PackSchedule
from app.status.distribution.schedule import Cadence
from app.status.distribution.services import OWN_LANGUAGE, ScheduleDetails

AUDIENCES = {
    Audience.executives: _l("the plan’s executives"),
    Audience.managers: _l("its project managers"),
    Audience.chosen: _l("people whom I choose"),
}
LANGUAGE_NAMES = {
    OWN_LANGUAGE: _l("each reader’s own"), "zh": "中文", "en": "English",
}  # fmt: skip
FRIDAY = 4
EVENING = time(17)


class ScheduleForm(Form):
    """One schedule: to whom, when, in which language, with or without the file."""

    audience = RadioField(
        _l("To whom"), choices=choices((key.value, label) for key, label in AUDIENCES.items()),
        validators=[required()],
    )  # fmt: skip
    # Checked by the use case, which says more than that a choice is not valid.
    person_ids = SelectMultipleField(_l("Chosen people"), coerce=str, validate_choice=False)
    cadence = RadioField(
        _l("How often"),
        choices=choices([
            (Cadence.weekly.value, _l("each week")),
            (Cadence.monthly.value, _l("on the last working day of each month")),
        ]),
        validators=[required()],
    )  # fmt: skip
    weekday = SelectField(_l("Day of the week"), coerce=int, choices=choices(WEEKDAYS))
    at = TimeField(_l("Time of day"), validators=[required()])
    language = SelectField(_l("Language"), choices=choices(LANGUAGE_NAMES.items()))
    has_file = BooleanField(_l("Attach the workbook to the mail"))
    is_on = BooleanField(_l("This schedule is in use"))
    seen = HiddenField()

    def show(self, row: PackSchedule | None) -> None:
        """Fill in what the schedule says; a new one begins with Friday evening."""
        self.audience.data = row.audience.value if row else Audience.executives.value
        self.person_ids.data = [str(i) for i in row.person_ids] if row else []
        self.cadence.data = row.cadence.value if row else Cadence.weekly.value
        self.weekday.data = row.weekday if row else FRIDAY
        self.at.data = row.rhythm.at if row else EVENING
        self.language.data = row.language if row else OWN_LANGUAGE
        self.is_on.data = row.is_on if row else True
        if self.has_file is not None:
            self.has_file.data = row.has_file if row else False
        self.seen.data = str(row.version) if row else ""

    def details(self) -> ScheduleDetails:
        """What was entered, of a form that is valid. 0, which nobody has, for what is no id."""
        return ScheduleDetails(
            audience=Audience(self.audience.data),
            person_ids=tuple(whole_number_or_none(i) or 0 for i in self.person_ids.data or ()),
            cadence=Cadence(self.cadence.data),
            weekday=self.weekday.data,
            at=self.at.data,
            language=self.language.data,
            has_file=None if self.has_file is None else bool(self.has_file.data),
            is_on=bool(self.is_on.data),
        )


def offer(form: ScheduleForm, people: Mapping[int, str], *, may_attach: bool) -> None:
    """Give the form its people; without the company's leave there is no file to choose."""
    form.person_ids.choices = choices((str(i), name) for i, name in people.items())
    if not may_attach:
        del form.has_file


class PolicyForm(Form):
    """Whether the workbook may leave in mails."""

    may_attach = BooleanField(_l("Packs may be attached to mails"))

