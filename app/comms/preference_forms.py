"""The form of how a person wants to be reminded."""

from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from app.comms.meeting_forms import WEEKDAYS
from app.comms.models import Pace
from app.comms.preference_services import Wishes
from app.core.forms import Form, choices, required
from app.plans.fields import IdsField, TimeOfDayField

ALL_DAYS = (*WEEKDAYS, (5, _l("Saturday")), (6, _l("Sunday")))
YES, NO = "yes", "no"


class PreferencesForm(Form):
    has_mail = RadioField(
        _l("Also by mail"), choices=choices([(YES, _l("yes")), (NO, _l("no"))]),
        validators=[required()],
    )  # fmt: skip
    pace = RadioField(
        _l("Several at a time"), choices=choices((pace.value, pace.label) for pace in Pace),
        validators=[required()],
    )  # fmt: skip
    daily_at = TimeOfDayField(_l("Time of the one mail a day"), validators=[required()])
    days = IdsField(_l("Days on which mail may come"), choices=choices(ALL_DAYS))
    quiet_from = TimeOfDayField(_l("Quiet from"), validators=[required()])
    quiet_until = TimeOfDayField(_l("Quiet until"), validators=[required()])

    def wishes(self) -> Wishes:
        """What was chosen."""
        return Wishes(
            has_mail=self.has_mail.data == YES,
            pace=Pace(self.pace.data),
            daily_at=time(*self.daily_at.data),
            days=frozenset(self.days.data or ()),
            quiet_from=time(*self.quiet_from.data),
            quiet_until=time(*self.quiet_until.data),
        )


def fields_of(wishes: Wishes) -> dict[str, Any]:
    """The form's values for what holds now."""
    return {
        "has_mail": YES if wishes.has_mail else NO,
        "pace": wishes.pace.value,
        "daily_at": _pair(wishes.daily_at),
        "days": sorted(wishes.days),
        "quiet_from": _pair(wishes.quiet_from),
        "quiet_until": _pair(wishes.quiet_until),
    }


def _pair(at: time) -> tuple[int, int]:
    return at.hour, at.minute
