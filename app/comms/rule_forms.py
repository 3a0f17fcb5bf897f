"""Forms of the reminder rules' pages."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from app.accounts.models import Person
from app.comms.due import ABOVE, RESPONSIBLE, Through
from app.comms.meeting_forms import TimeField
from app.comms.models import Channel
from app.comms.readers import Readers, selectors
from app.comms.rule_queries import Offered, PlanRule, ways_of
from app.comms.rule_services import SUBJECT_LENGTH, TEXT_LENGTH, RuleDetails, problems_of
from app.core.forms import Form, choices, text_field, title_field
from app.core.i18n import LANGUAGES
from app.core.permissions import Role
from app.core.registries import Subject
from app.core.text import whole_number_or_none
from app.tasks.forms import WholeNumberField

FILL_IN = _l("Please fill this in.")
WAYS: dict[Through, Any] = {
    Through.inbox: Channel.inbox.label, Through.mail: Channel.mail.label,
    Through.group: _l("chat group"),
}  # fmt: skip


class RuleForm(Form):
    """One step: when, to whom, through what, in which words."""

    number = WholeNumberField(_l("How far"), validators=[InputRequired(message=FILL_IN)])
    unit = SelectField(
        _l("Unit"), choices=choices([("days", _l("working days")), ("hours", _l("hours"))])
    )
    side = SelectField(
        _l("Before or after"),
        choices=choices([("before", _l("before it is due")), ("after", _l("after it was due"))]),
    )
    at = TimeField(_l("Time of day"), validators=[Optional()])
    # Checked by the use case, which says more than that a choice is not valid.
    to = SelectMultipleField(_l("To whom"), coerce=str, validate_choice=False)
    channels = SelectMultipleField(_l("Through what"), coerce=str, validate_choice=False)
    is_on = BooleanField(_l("This rule is in use"))
    subject_zh = title_field(_l("Subject line in Chinese"), is_required=False,
                             length=SUBJECT_LENGTH)  # fmt: skip
    text_zh = text_field(_l("Text in Chinese"), length=TEXT_LENGTH)
    subject_en = title_field(_l("Subject line in English"), is_required=False,
                             length=SUBJECT_LENGTH)  # fmt: skip
    text_en = text_field(_l("Text in English"), length=TEXT_LENGTH)
    seen = HiddenField()

    def __init__(self, plan_id: int, kind: str, **kw: Any) -> None:
        super().__init__(**kw)
        self.plan_id, self.kind = plan_id, kind

    def show(self, step: PlanRule) -> None:
        """Fill in what the step says now."""
        rule = step.rule
        self.number.data, self.unit.data = abs(rule.offset), "hours" if rule.is_hours else "days"
        if self.side is not None:
            self.side.data = "after" if rule.offset > 0 else "before"
        self.at.data = time(rule.hour, rule.minute)
        self.to.data, self.channels.data = list(rule.to), list(rule.through)
        self.is_on.data, self.seen.data = step.is_on, step.stamp
        for lang, subject, text in rule.wording:
            self[f"subject_{lang}"].data, self[f"text_{lang}"].data = subject, text

    def validate(self, extra_validators: Any = None) -> bool:
        """Say everything that does not fit at once, also what the use case would refuse."""
        super().validate(extra_validators)
        if self.unit.data != "hours" and self.at.data is None and not self.at.errors:
            self.at.errors = [FILL_IN]
        if (self.number.data or 0) < 0:
            self.number.errors = [_l("Please write 0 or more.")]
        for problem in problems_of(self.plan_id, self.kind, self.details()):
            if not self[problem.field].errors:
                self.take(problem)
        return not self.errors

    def details(self) -> RuleDetails:
        """What was entered."""
        number = self.number.data or 0
        # There is no after for what is over then.
        is_after = self.side is not None and self.side.data == "after"
        return RuleDetails(
            offset=number if is_after else -number,
            is_hours=self.unit.data == "hours",
            at=self.at.data or time(9, 7),
            to=tuple(self.to.data or ()),
            channels=tuple(self.channels.data or ()),
            wording={
                lang: {
                    "subject": self[f"subject_{lang}"].data or "",
                    "text": self[f"text_{lang}"].data or "",
                }
                for lang in LANGUAGES
            },
            is_on=bool(self.is_on.data),
        )

    @property
    def has_words(self) -> bool:
        """Whether the part of own wording has something to show."""
        fields = [self[f"{name}_{lang}"] for name in ("subject", "text") for lang in LANGUAGES]
        return any(field.data or field.errors for field in fields)


class GroupsForm(Form):
    """The chat groups that the plan posts to."""

    robot_ids = SelectMultipleField(_l("Chat groups"), coerce=str, validate_choice=False)
    seen = HiddenField()

    def chosen(self) -> list[int]:
        """What was ticked; 0, which no robot has, for what is no id."""
        return [whole_number_or_none(value) or 0 for value in self.robot_ids.data or ()]


def offer(
    form: RuleForm, subject: Subject, readers: Readers, people: Sequence[Person]
) -> None:
    """Give the form its choices of people and ways."""
    named = selectors(readers)
    if subject.is_event:
        about = [(RESPONSIBLE, _("whoever is asked"))]
        del form.side
    else:
        about = [
            (RESPONSIBLE, _("whoever is responsible")),
            (ABOVE, _("the line above and the project manager")),
        ]
    roles = [(f"role:{role}", _role(role, named)) for role in Role]
    by_name = [(f"person:{person.id}", person.name) for person in people]
    form.to.choices = choices([*about, *roles, *by_name])
    form.channels.choices = choices((str(way), WAYS[way]) for way in ways_of(form.kind))


def _role(role: Role, named: Mapping[str, Sequence[int]]) -> str:
    count = len(named.get(f"role:{role}", ()))
    return ngettext("%(role)s (%(num)d person)", "%(role)s (%(num)d people)", count,
                    role=role.label)  # fmt: skip


def offer_groups(form: GroupsForm, offered: Sequence[Offered]) -> None:
    form.robot_ids.choices = choices((str(row.robot.id), row.robot.name) for row in offered)
