"""The form of a group robot."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import Length

from app.comms.models import Vendor
from app.comms.robots import RobotDetails
from app.core.forms import Form, choices, title_field
from app.core.text import clean_line

TOO_LONG = _l("This is too long.")


class RobotForm(Form):
    """Of a robot that is there the vendor is taken out, as is the secret where its vendor
    knows none; what is secret comes empty."""

    vendor = SelectField(_l("Chat app"), choices=choices((v.value, v.label) for v in Vendor))
    name = title_field(_l("Name"), length=80)
    address = StringField(
        _l("Webhook address"),
        filters=[clean_line],
        validators=[Length(max=500, message=TOO_LONG)],
    )
    secret = PasswordField(_l("Secret"), validators=[Length(max=200, message=TOO_LONG)])
    keyword = title_field(_l("Keyword"), is_required=False, length=40)
    language = SelectField(
        _l("Language of the group"), choices=choices([("zh", "中文"), ("en", "English")])
    )

    def details(self, vendor: Vendor | None = None) -> RobotDetails:
        """What was entered; `vendor` is that of a robot that is there."""
        values: dict[str, Any] = {
            "name": self.name.data, "address": self.address.data,
            "secret": self.secret.data if self.secret else "",
            "keyword": self.keyword.data, "language": self.language.data,
        }  # fmt: skip
        return RobotDetails(
            vendor=vendor or Vendor(self.vendor.data),
            **{field: value or "" for field, value in values.items()},
        )
