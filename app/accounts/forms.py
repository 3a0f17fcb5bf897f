"""Forms of signing in, of one's own account, and of the administrator's pages."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import EqualTo, Length

from app.accounts.models import Department, Person
from app.accounts.services import DepartmentDetails, PersonDetails
from app.core.formats import words
from app.core.forms import Form, choices, required, title_field
from app.core.i18n import current_language
from app.core.localtext import LocalText
from app.core.text import clean_line

EMAIL_LENGTH = 254
LANGUAGE_CHOICES = choices([("", _l("As the browser asks")), ("zh", "中文"), ("en", "English")])


def _id_or_none(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def _email_field() -> StringField:
    return StringField(
        _l("Mail address"),
        filters=[clean_line],
        validators=[
            required(),
            Length(max=EMAIL_LENGTH, message=_l("This is too long for a mail address.")),
        ],
    )


def _password_field(label: Any) -> PasswordField:
    return PasswordField(
        label,
        validators=[required(), Length(max=1000, message=_l("This is too long."))],
    )


class LoginForm(Form):
    email = _email_field()
    password = _password_field(_l("Password"))
    next = HiddenField()


class ForgotForm(Form):
    email = _email_field()


class NewPasswordForm(Form):
    new_password = _password_field(_l("New password"))
    repeat_password = PasswordField(
        _l("New password once more"),
        validators=[
            required(),
            EqualTo("new_password", message=_l("The two do not agree. Please type both again.")),
        ],
    )


class ChangePasswordForm(NewPasswordForm):
    current_password = _password_field(_l("Present password"))


class LanguageForm(Form):
    language = RadioField(_l("Language"), choices=LANGUAGE_CHOICES)


class PersonForm(Form):
    name = title_field(_l("Full name"), length=80)
    email = _email_field()
    title = title_field(_l("Position"), is_required=False, length=80)
    department_id = SelectField(_l("Department"), coerce=_id_or_none)
    language = SelectField(_l("Language"), choices=LANGUAGE_CHOICES)
    may_start_plans = BooleanField(_l("May start plans"))
    is_admin = BooleanField(_l("Administrator: people, departments and the installation"))
    is_invited = BooleanField(_l("Send an invitation by mail now"), default=True)

    def offer(self, departments: list[Department]) -> None:
        """Fill in what can be chosen."""
        self.department_id.choices = choices(
            [("", _l("none")), *((row.id, words(row.name)) for row in departments)]
        )

    def details(self) -> PersonDetails:
        return PersonDetails(
            email=self.email.data or "",
            name=self.name.data or "",
            title=self.title.data or "",
            department_id=self.department_id.data,
            language=self.language.data or None,
            is_admin=self.is_admin.data,
            may_start_plans=self.may_start_plans.data,
        )


class DepartmentForm(Form):
    name = title_field(_l("Name of the department"), length=80)
    head_id = SelectField(_l("Head"), coerce=_id_or_none)
    is_active = BooleanField(_l("In use: can be chosen for tasks, risks and people"), default=True)

    def offer(self, people: list[Person]) -> None:
        """Fill in who can be chosen."""
        self.head_id.choices = choices(
            [
                ("", _l("nobody yet")),
                *((p.id, f"{p.name} · {p.title}" if p.title else p.name) for p in people),
            ]
        )

    def details(self, row: Department | None) -> DepartmentDetails:
        name = self.name.data or ""
        return DepartmentDetails(
            name=row.name.edited(name, current_language()) if row else LocalText(own=name),
            head_id=self.head_id.data,
            is_active=self.is_active.data,
        )
