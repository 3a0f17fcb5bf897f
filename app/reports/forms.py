"""Forms of reports and problems.

A weekly report is one HTML form with rows: an outcome a promise, problems, next week's lines. The
sheet binds typed fields to the rows and reads them as values; which of them are missing is said by
the use case alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.accounts.models import Person
from app.core.formats import day_plain, week
from app.core.forms import (
    Form,
    choices,
    day_field,
    required,
    text_field,
    title_field,
)
from app.core.text import clean, clean_line
from app.plans.weeks import IsoWeek
from app.reports.content import OutcomeGiven, ProblemAsked, ReportContent, rows_in
from app.reports.models import Outcome, ProblemState, Promise

OUTCOMES = [
    (Outcome.done.value, _l("Done")),
    (Outcome.slipped.value, _l("Slipped")),
    (Outcome.dropped.value, _l("Dropped")),
]


class Part(Form):
    """A part of a larger form: the token stands once, outside of it."""

    class Meta:
        csrf = False


class WholeNumberField(IntegerField):
    """A number; what is none is kept in the field and said plainly."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().rstrip("%％") if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = int(text)
            except ValueError:
                raise ValueError(str(_l("This is not a number."))) from None


class HeadPart(Part):
    percent = WholeNumberField(_l("Progress"))
    forecast_finish_on = day_field(_l("Expected finish"), is_required=False)
    done_text = TextAreaField(_l("What else was done this week"), filters=[clean])


class OutcomePart(Part):
    outcome = RadioField(_l("Outcome"), choices=choices(OUTCOMES), validate_choice=False)
    new_week = SelectField(_l("Slips to"), validate_choice=False)
    reason = StringField(_l("Reason"), filters=[clean_line])


class ProblemPart(Part):
    title = StringField(_l("Problem"), filters=[clean_line])
    owner_id = SelectField(_l("Who should answer"), validate_choice=False)
    answer_due_on = day_field(_l("Answer by"), is_required=False)
    details = TextAreaField(_l("What one should know about it"), filters=[clean])


class LinePart(Part):
    text = StringField(_l("Promise"), filters=[clean_line])


@dataclass
class Sheet:
    """A report's form over typed fields. `version` is the report's that the person has seen."""

    head: HeadPart
    outcomes: dict[int, OutcomePart]
    problems: list[ProblemPart]
    lines: list[LinePart]
    version: int
    errors: list[Any] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return [self.head, *self.outcomes.values(), *self.problems, *self.lines]

    @property
    def field_errors(self) -> int:
        """How many fields say that something is missing or does not fit."""
        return sum(1 for part in self.parts for f in part if f.errors)

    def content(self) -> ReportContent:
        """What the fields say, as values; what cannot be read as one is None."""
        head = self.head
        return ReportContent(
            percent=head.percent.data,
            forecast_finish_on=head.forecast_finish_on.data,
            done_text=head.done_text.data or "",
            outcomes=tuple(
                OutcomeGiven(
                    key,
                    part.outcome.data if part.outcome.data in set(Outcome) else "",
                    _week(part.new_week.data),
                    part.reason.data or "",
                )
                for key, part in self.outcomes.items()
            ),
            problems=tuple(
                ProblemAsked(
                    part.title.data or "",
                    _id(part.owner_id.data),
                    part.answer_due_on.data,
                    part.details.data or "",
                )
                for part in self.problems
            ),
            next_lines=tuple(part.text.data for part in self.lines if part.text.data),
        )

    def can_be_read(self) -> bool:
        """Whether every number and date is one; marks the fields that are not."""
        return all([part.validate() for part in self.parts])

    def mark(self, faults: list[tuple[str, object]]) -> None:
        """Put each sentence at its field, beside what could not be read there."""
        by_name = {f.name: f for part in self.parts for f in part}
        for name, sentence in faults:
            found = by_name.get(name)
            if found is None:
                self.errors.append(sentence)
            elif not found.errors:
                found.errors = [sentence]


def sheet_of(
    fields: Mapping[str, str],
    version: int,
    due: list[Promise],
    people: list[Person],
    later: list[tuple[IsoWeek, date]],
) -> Sheet:
    """The form over these fields. `later`: weeks to which a promise may slip, with their last
    workdays."""
    typed: MultiDict[str, str] = MultiDict(fields)
    weeks = [("", _("Choose a week"))]
    weeks += [
        (str(w), _("%(week)s, %(day)s", week=week(w), day=day_plain(last))) for w, last in later
    ]
    names = [("", _("Choose a person")), *((str(p.id), p.name) for p in people)]
    outcomes = {}
    for promise in due:
        part = OutcomePart(typed, prefix=f"outcome-{promise.id}-")
        part.new_week.choices = choices(weeks)
        outcomes[promise.id] = part
    return Sheet(
        head=HeadPart(typed),
        outcomes=outcomes,
        problems=[
            problem_part(typed, str(n), names) for n in range(rows_in(fields, "problem"))
        ],
        lines=[LinePart(typed, prefix=f"line-{n}-") for n in range(rows_in(fields, "line"))],
        version=version,
    )


def problem_part(
    typed: MultiDict[str, str] | None, key: str, names: list[tuple[str, str]]
) -> ProblemPart:
    """A row for a problem; `key` is its number, or "__n__" for the row that is copied."""
    part = ProblemPart(typed, prefix=f"problem-{key}-")
    part.owner_id.choices = choices(names)
    return part


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _week(text: str | None) -> IsoWeek | None:
    try:
        return IsoWeek.parse(text or "")
    except ValueError:
        return None


class ReturnForm(Form):
    """Send a report back."""

    reason = text_field(_l("What should be put right"), is_required=True, length=2000)


class AnswerForm(Form):
    answer = text_field(_l("Answer"), is_required=True)


class ActionForm(Form):
    """Let the problem become an action item."""

    title = title_field(_l("What has to be done"))
    owner_id = SelectField(_l("Who does it"), coerce=int, validators=[required()])
    due_on = day_field(_l("Due"))


class SettleForm(Form):
    state = RadioField(
        _l("It became"),
        choices=choices(
            [
                (ProblemState.risk.value, _l("a risk")),
                (ProblemState.decision.value, _l("a decision of a meeting")),
            ]
        ),
        validators=[InputRequired(message=_l("Please choose what it became."))],
    )
    note = text_field(_l("Which one"), is_required=True, length=2000)


class PassOnForm(Form):
    owner_id = SelectField(_l("Who should answer"), coerce=int, validators=[required()])
    answer_due_on = day_field(_l("Answer by"))
