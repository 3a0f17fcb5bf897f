"""Forms of the page of baselines."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Form, text_field, title_field
from app.tasks.baselines import NAME_LENGTH


class TakeBaselineForm(Form):
    name = title_field(_l("Name"), length=NAME_LENGTH)
    note = text_field(_l("Note"), length=2000)


class MeasureForm(Form):
    reason = text_field(_l("Reason"), is_required=True, length=2000)
