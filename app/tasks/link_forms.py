"""Forms about what waits for what, and about what constrains a date."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import NumberRange

from app.core.forms import Form, choices, day_field, required
from app.tasks.forms import WholeNumberField
from app.tasks.link_services import LONGEST_LAG
from app.tasks.models import LinkKind, OffDay

LAG_RANGE = NumberRange(
    -LONGEST_LAG,
    LONGEST_LAG,
    message=_l("Please give a number of working days from -250 to 250."),
)


class LinkForm(Form):
    """Two ends, and how the one waits for the other."""

    before = SelectField(_l("What it waits for"), validate_choice=False, validators=[required()])
    after = SelectField(_l("What waits"), validate_choice=False, validators=[required()])
    kind = SelectField(_l("How it waits"), choices=choices((k.value, k.label) for k in LinkKind),
                       default=LinkKind.FS.value)  # fmt: skip
    lag_workdays = WholeNumberField(
        _l("Working days in between"), default=0, validators=[required(), LAG_RANGE],
        description=_l("Below 0 the two overlap."),
    )  # fmt: skip


class LinkEditForm(Form):
    """Another kind or lag."""

    seen = HiddenField()
    kind = SelectField(_l("How it waits"), choices=choices((k.value, k.label) for k in LinkKind))
    lag_workdays = WholeNumberField(
        _l("Working days in between"), validators=[required(), LAG_RANGE],
        description=_l("Below 0 the two overlap."),
    )  # fmt: skip


class RuleForm(Form):
    """What holds an item's dates."""

    seen = HiddenField()
    not_before_on = day_field(_l("Starts no earlier than"), is_required=False)
    not_after_on = day_field(_l("Finishes no later than"), is_required=False)
    is_fixed = BooleanField(_l("The dates are fixed; what it waits for does not move them"))
    off_day = SelectField(
        _l("When a date falls on a day off"), choices=choices((o.value, o.label) for o in OffDay)
    )
