"""Forms of the round trip."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, HiddenField

from app.core.forms import Form, text_field


class UploadForm(Form):
    upload = FileField(_l("Workbook"))


class ApplyForm(Form):
    """The word to apply what the preview showed."""

    seen = HiddenField()
    removes = BooleanField(_l("Remove the rows that the file lacks"))
    leaves_out = BooleanField(_l("Leave out the rows in which something is refused"))
    reason = text_field(_l("Reason"), length=2000)
