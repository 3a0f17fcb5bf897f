"""Forms of the meetings' pages."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms import TimeField as _TimeField
from wtforms.validators import InputRequired

from app.comms.meetings import instant
from app.comms.models import Meeting
from app.core.formats import local
from app.core.forms import Form, choices, day_field, required, text_field, title_field

NTH = (
    (1, _l("first")), (2, _l("second")), (3, _l("third")), (4, _l("fourth")), (-1, _l("last")),
)  # fmt: skip
WEEKDAYS = (
    (0, _l("Monday")), (1, _l("Tuesday")), (2, _l("Wednesday")), (3, _l("Thursday")),
    (4, _l("Friday")),
)  # fmt: skip


class TimeField(_TimeField):
    """A time of day; what is none is said plainly and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_l("This is not a time. Write it like 14:00."))) from None


class WhenForm(Form):
    """When and where a meeting is."""

    on = day_field(_l("Day"))
    starts = TimeField(_l("From"), validators=[required()])
    ends = TimeField(_l("To"), validators=[required()])
    place = title_field(_l("Place"), is_required=False, length=120)

    @property
    def starts_at(self) -> datetime:
        return instant(self.on.data, self.starts.data.hour, self.starts.data.minute)

    @property
    def ends_at(self) -> datetime:
        return instant(self.on.data, self.ends.data.hour, self.ends.data.minute)

    def show(self, meeting: Meeting) -> None:
        """Fill in when the meeting is now."""
        self.on.data = local(meeting.starts_at).date()
        self.starts.data = local(meeting.starts_at).time()
        self.ends.data = local(meeting.ends_at).time()
        self.place.data = meeting.place


class MeetingForm(WhenForm):
    """A meeting outside the series."""

    title = title_field(_l("Subject"))
    person_ids = SelectMultipleField(_l("Who is asked"), coerce=int)


class SeriesForm(Form):
    """When a series meets."""

    nth = SelectField(
        _l("Which week of the month"),
        coerce=int,
        choices=choices(NTH),
    )
    weekday = SelectField(
        _l("Weekday"),
        coerce=int,
        choices=choices(WEEKDAYS),
    )
    starts = TimeField(_l("Time"), validators=[required()])
    minutes_long = IntegerField(
        _l("Length in minutes"), validators=[InputRequired(message=_l("Please fill this in."))]
    )
    place = title_field(_l("Place"), is_required=False, length=120)
    is_active = BooleanField(_l("This series meets"))


class ReasonForm(Form):
    reason = text_field(_l("Reason"), is_required=True, length=1000)


class PersonForm(Form):
    person_id = SelectField(_l("Person"), coerce=int)


class MinutesForm(Form):
    """Who came and what was said."""

    present_ids = SelectMultipleField(_l("Who came"), coerce=int)
    minutes = text_field(_l("Minutes"), is_required=True)
    version = title_field("version", is_required=False, length=10)


class DecisionForm(Form):
    text = text_field(_l("Decision"), is_required=True, length=2000)


class AgendaForm(Form):
    title = title_field(_l("Point"))


class ActionForm(Form):
    """An action item that comes out of the meeting."""

    title = title_field(_l("What has to be done"))
    owner_id = SelectField(_l("Who"), coerce=int)
    due_on = day_field(_l("Until"))


class AnswerForm(Form):
    answer = RadioField(
        _l("Your answer"),
        choices=choices([("accepted", _l("Coming")), ("declined", _l("Not coming"))]),
    )


def default_times(form: WhenForm, now: datetime) -> None:
    """A new meeting is proposed for tomorrow at ten, for an hour."""
    day = local(now).date() + timedelta(days=1)
    form.on.data = day
    form.starts.data = datetime(2000, 1, 1, 10).time()
    form.ends.data = datetime(2000, 1, 1, 11).time()


def offer_people(field: Any, people: list[Any]) -> None:
    """The choices of a field of people."""
    field.choices = choices((person.id, person.name) for person in people)
