"""Form fields of plans: choices of people, and a time of day."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from app.core.forms import choices

NOBODY_YET = _l("still open")


def id_or_none(value: Any) -> int | None:
    """The id behind a choice; None for none."""
    return None if value in (None, "", "None") else int(value)


class IdField(SelectField):
    """A choice of one row by id, or of none; `data` is the id or None."""

    def __init__(self, label: Any, **kw: Any) -> None:
        super().__init__(label, coerce=id_or_none, **kw)

    def offer(self, rows: Iterable[tuple[int, str]], nothing: Any = None) -> None:
        """Set the choices; `nothing` is the words for none, left out when one must be chosen."""
        first = [("", nothing)] if nothing is not None else []
        self.choices = choices([*first, *((str(key), label) for key, label in rows)])

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(str(_l("Please choose one of the list."))) from None

    def pre_validate(self, _form: Any) -> None:
        known = {value for value, *_rest in self.choices or []}
        if ("" if self.data is None else str(self.data)) not in known:
            raise ValidationError(str(_l("Please choose one of the list.")))


class IdsField(SelectMultipleField):
    """A choice of any number of rows by id."""

    def __init__(self, label: Any, **kw: Any) -> None:
        super().__init__(label, coerce=int, **kw)

    def offer(self, rows: Iterable[tuple[int, str]]) -> None:
        self.choices = choices(rows)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = []
            raise ValueError(str(_l("Please choose from the list."))) from None

    def pre_validate(self, _form: Any) -> None:
        known = {key for key, *_rest in self.choices or []}
        if any(key not in known for key in self.data or []):
            raise ValidationError(str(_l("Please choose from the list.")))


class TimeOfDayField(StringField):
    """A time such as 17:00, also written 17：00, 17.00 or 1700, with full-width digits too; `data`
    is (hour, minute)."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = unicodedata.normalize("NFKC", valuelist[0] if valuelist else "")
        text = typed.strip().replace(".", ":")
        if not text:
            return
        if text.isdigit() and len(text) in (3, 4):
            text = f"{text[:-2]}:{text[-2:]}"
        hour, _colon, minute = text.partition(":")
        if not (
            len(text) <= 5
            and hour.isascii()
            and hour.isdigit()
            and (minute or "0").isascii()
            and (minute or "0").isdigit()
        ):
            raise ValueError(str(_l("This is not a time. Write it like 17:00.")))
        if int(hour) > 23 or int(minute or 0) > 59:
            raise ValueError(str(_l("This is not a time. Write it like 17:00.")))
        self.data = (int(hour), int(minute or 0))

    def _value(self) -> str:
        if self.data:
            return f"{self.data[0]:02d}:{self.data[1]:02d}"
        return str(self.raw_data[0]) if self.raw_data else ""


class WholeNumberField(IntegerField):
    """A whole number; anything else is said plainly and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_l("This is not a whole number."))) from None
