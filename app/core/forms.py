"""What every form shares: cleaned text, plain words for what is wrong, errors at their field."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, FileField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.core.errors import DomainError
from app.core.text import clean, clean_line
from app.core.web import sent_fields

TITLE_LENGTH = 200
TEXT_LENGTH = 20_000
# No plan reaches further, and every calculation with a day still finds a calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2099


class Form(FlaskForm):
    """A form that can take a DomainError back at the field it belongs to."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The request's own fields instead of what Flask-WTF would take for them."""
            is_given = formdata is None or hasattr(formdata, "getlist")
            if is_given or not form.is_submitted():
                return super().wrap_formdata(form, formdata)
            return sent_fields(f.name for f in form._fields.values() if isinstance(f, FileField))

    def take(self, error: DomainError) -> None:
        """Show `error` at its field, or over the form."""
        if error.field and error.field in self:
            self[error.field].errors = [*self[error.field].errors, error.message]
        else:
            self.form_errors.append(error.message)


def required() -> InputRequired:
    return InputRequired(message=_l("Please fill this in."))


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a select or radio field from (value, label) pairs."""
    return [SelectChoice(value, label) for value, label in pairs]


def title_field(
    label: Any, *, is_required: bool = True, length: int = TITLE_LENGTH, **kw: Any
) -> Any:
    """One line of text; too long is said, never cut."""
    return StringField(
        label,
        filters=[clean_line],
        validators=[
            required() if is_required else Optional(),
            Length(max=length, message=_l("At most %(max)d characters; please shorten it.")),
        ],
        **kw,
    )


def text_field(
    label: Any, *, is_required: bool = False, length: int = TEXT_LENGTH, **kw: Any
) -> Any:
    """Several lines of text."""
    return TextAreaField(
        label,
        filters=[clean],
        validators=[
            required() if is_required else Optional(),
            Length(max=length, message=_l("At most %(max)d characters; please shorten it.")),
        ],
        **kw,
    )


class DayField(DateField):
    """A date. What cannot be read as one is kept in the field and said plainly."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(str(_l("This is not a date. Write it like 2026-03-31."))) from None
        if self.data is not None and not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            self.data = None
            raise ValueError(str(_l("Please give a day between the years 2000 and 2099.")))


def day_field(label: Any, *, is_required: bool = True, **kw: Any) -> DayField:
    """A date, also written 2026/3/31 or 2026年3月31日."""
    return DayField(
        label,
        format=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"],
        validators=[required() if is_required else Optional()],
        **kw,
    )
