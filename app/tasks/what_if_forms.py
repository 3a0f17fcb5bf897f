"""Forms of the what-if: which item and which dates, and the reason to apply them with."""

import json
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import NumberRange, Optional

from app.core.errors import DomainError
from app.core.forms import FIRST_YEAR, LAST_YEAR, Form, choices, day_field, text_field
from app.tasks.forms import WholeNumberField
from app.tasks.rescheduling import Change

UNREADABLE = _l("The change could not be read. Please try it again from the page.")
LONGEST = 100_000


class TryForm(Form):
    """One item by hand, or several as JSON from the chart."""

    changes = HiddenField()
    # A reason typed on the task's page goes along to where it is asked for.
    reason = HiddenField(id="typed-reason")
    key = SelectField(_l("Task or step"), validate_choice=False)
    start_on = day_field(_l("New start"), is_required=False)
    finish_on = day_field(_l("New finish"), is_required=False)
    workdays = WholeNumberField(
        _l("or working days"),
        validators=[
            Optional(),
            NumberRange(1, 2000, message=_l("Working days are a number from 1 to 2,000.")),
        ],
    )
    pull = BooleanField(_l("What follows also comes earlier where it can"))

    def offer(self, rows: list[tuple[str, str]]) -> None:
        self.key.choices = choices([("", _l("Please choose")), *rows])


class ApplyForm(Form):
    """The same change once more, with the reason. Both forms stand on one page: hence the ids."""

    changes = HiddenField(id="apply-changes")
    pull = HiddenField(id="apply-pull")
    seen = HiddenField(id="apply-seen")
    reason = text_field(_l("Reason"), length=2000)


def read_changes(text: str) -> list[Change]:
    """The changes of [{"key": "step:5", "start": "2026-11-30", "finish": …}, …].

    Raises DomainError for anything else.
    """
    try:
        rows = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DomainError(UNREADABLE)
    return [_change(row) for row in rows]


def _change(row: dict[str, Any]) -> Change:
    key = row.get("key")
    if not isinstance(key, str):
        raise DomainError(UNREADABLE)
    return Change(key, _day(row, "start", "start_on"), _day(row, "finish", "finish_on"))


def _day(row: dict[str, Any], *names: str) -> date | None:
    text = next((row[name] for name in names if row.get(name) not in (None, "")), None)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        raise DomainError(_l("This is not a date. Write it like 2026-03-31.")) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DomainError(_l("Please give a day between the years 2000 and 2099."))
    return day


def written(changes: tuple[Change, ...]) -> str:
    """The changes as `read_changes` reads them."""
    return json.dumps(
        [
            {
                "key": change.key,
                "start": change.start_on.isoformat() if change.start_on else None,
                "finish": change.finish_on.isoformat() if change.finish_on else None,
            }
            for change in changes
        ]
    )
