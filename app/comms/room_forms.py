"""Forms of the simple rooms: files, practices, the communication plan."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField
from wtforms.validators import AnyOf

from app.comms.models import Visibility
from app.core.forms import Form, choices, text_field, title_field
from app.tasks.forms import IdField

_VISIBILITIES = choices((v.value, v.label) for v in Visibility)
_ONE_OF_THEM = AnyOf([v.value for v in Visibility], _l("Please choose one of the list."))


class ShareForm(Form):
    upload = FileField(_l("File"))
    title = title_field(_l("Title"), is_required=False)
    description = text_field(_l("What it is for"), length=2000)
    visibility = SelectField(
        _l("Who may open it"), choices=_VISIBILITIES, validators=[_ONE_OF_THEM]
    )


class VersionForm(Form):
    upload = FileField(_l("File"))
    note = title_field(_l("About this version"), is_required=False)


class FileForm(Form):
    title = title_field(_l("Title"))
    description = text_field(_l("What it is for"), length=2000)
    visibility = SelectField(
        _l("Who may open it"), choices=_VISIBILITIES, validators=[_ONE_OF_THEM]
    )
    seen = HiddenField()


class PracticeForm(Form):
    title = title_field(_l("Title"))
    text = text_field(_l("What worked, and how"), is_required=True)
    department_id = IdField(_l("Department"))
    seen = HiddenField()


class LineForm(Form):
    audience = title_field(_l("Who is told"))
    content = text_field(_l("What"), is_required=True, length=1000)
    channel = title_field(_l("Through what"), is_required=False)
    frequency = title_field(_l("How often"), is_required=False)
    responsible = title_field(_l("By whom"), is_required=False)
    seen = HiddenField()
