"""Forms of the register's pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.validators import NumberRange, Optional

from app.core.forms import Form, choices, day_field, required, text_field, title_field
from app.risks.windows import MOST_MONTHS, MOST_WORKDAYS, Window, WindowKind
from app.tasks.forms import IdField, WholeNumberField

COMMENT_LENGTH = 2000
# The choices of a window's kind that the form shows, "" for none yet.
AFTER_MONTHS, AFTER_WORKDAYS = "months", "workdays"


def rating_field(label: Any, *, is_required: bool = True) -> WholeNumberField:
    """1 to 5, nothing chosen beforehand."""
    return WholeNumberField(
        label,
        validators=[
            required() if is_required else Optional(),
            NumberRange(1, 5, message=_l("Please choose a number from 1 to 5.")),
        ],
    )


class RiskForm(Form):
    """A risk's words and where it belongs."""

    version = HiddenField()
    title = title_field(_l("Risk"))
    description = text_field(_l("How it would show, what it would cost"), length=4000)
    department_id = IdField(_l("Department that reviews it"))
    plan_impact = rating_field(_l("Likely impact"), is_required=False)


class ReviewForm(Form):
    """A review: how likely, how bad, and why."""

    version = HiddenField()
    probability = rating_field(_l("Probability"))
    impact = rating_field(_l("Impact"))
    comment = text_field(_l("Comment"), length=COMMENT_LENGTH)
    target_probability = rating_field(_l("Target probability"), is_required=False)
    target_impact = rating_field(_l("Target impact"), is_required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Half a target is none."""
        is_valid = super().validate(extra_validators)
        return half_target(self) and is_valid

    @property
    def target(self) -> tuple[int, int] | None:
        return target_in(self)


class TargetForm(Form):
    """Where the risk is to be brought."""

    target_probability = rating_field(_l("Target probability"))
    target_impact = rating_field(_l("Target impact"))

    @property
    def target(self) -> tuple[int, int] | None:
        return target_in(self)


class ReasonForm(Form):
    """Why a risk is closed or a response dropped."""

    reason = text_field(_l("Reason"), is_required=True, length=COMMENT_LENGTH)


class ResponseForm(Form):
    """A response with its owner and window."""

    seen = HiddenField()
    title = title_field(_l("What is done about it"))
    owner_id = IdField(_l("Who answers for it"))
    window_kind = SelectField(
        _l("When"),
        choices=choices([
            ("", _l("not said yet")),
            (AFTER_MONTHS, _l("months after …")),
            (AFTER_WORKDAYS, _l("working days after …")),
            (WindowKind.during_task.value, _l("while a task runs")),
            (WindowKind.design_phase.value, _l("design phase of a task")),
            (WindowKind.whole_plan.value, _l("the whole project")),
            (WindowKind.absolute.value, _l("fixed days")),
        ]),
        default="",
    )
    length = WholeNumberField(
        _l("How many"),
        validators=[
            Optional(),
            NumberRange(
                1, MOST_WORKDAYS, message=_l("Please give a number from %(min)s to %(max)s.")
            ),
        ],
    )
    anchor = SelectField(
        _l("After"), choices=[], validate_choice=False, filters=[lambda value: value or None]
    )
    window_task = IdField(_l("Task"))
    first_on = day_field(_l("First day"), is_required=False)
    last_on = day_field(_l("Last day"), is_required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """What the chosen kind of window needs must be there."""
        is_valid = super().validate(extra_validators)
        for field in self._missing():
            if not field.errors:
                field.errors = [_l("Please fill this in.")]
            is_valid = False
        kind = self.window_kind.data
        months = self.length.data or 0
        if kind == AFTER_MONTHS and months > MOST_MONTHS and not self.length.errors:
            self.length.errors = [_l("At most %(num)s months.", num=MOST_MONTHS)]
            is_valid = False
        first, last = self.first_on.data, self.last_on.data
        if kind == WindowKind.absolute.value and first and last and last < first:
            self.last_on.errors = [_l("The finish lies before the start.")]
            is_valid = False
        return is_valid

    def _missing(self) -> list[Any]:
        needs: Mapping[str, tuple[Any, ...]] = {
            AFTER_MONTHS: (self.length, self.anchor),
            AFTER_WORKDAYS: (self.length, self.anchor),
            WindowKind.during_task.value: (self.window_task,),
            WindowKind.design_phase.value: (self.window_task,),
            WindowKind.absolute.value: (self.first_on, self.last_on),
        }
        return [field for field in needs.get(self.window_kind.data, ()) if field.data is None]

    def show_window(self, window: Window | None) -> None:
        """Fill the fields from a stored window."""
        if window is None:
            return
        self.window_kind.data = window.kind.value
        self.window_task.data = window.task
        self.first_on.data, self.last_on.data = window.first_on, window.last_on
        if window.kind is WindowKind.relative:
            self.window_kind.data = AFTER_MONTHS if window.months else AFTER_WORKDAYS
            self.length.data = window.months or window.workdays
            self.anchor.data = window.anchor

    def window(self, former: Window | None = None) -> dict[str, Any] | None:
        """The window as it is stored. An offset, which the form does not show, stays while
        nothing else of the window was changed."""
        kind = self.window_kind.data
        if not kind:
            return None
        if kind in (AFTER_MONTHS, AFTER_WORKDAYS):
            plain = {"kind": "relative", "anchor": self.anchor.data, kind: self.length.data}
            if former is not None and former.offset_workdays:
                same = (former.anchor, former.months, former.workdays) == (
                    plain["anchor"], plain.get("months"), plain.get("workdays"),
                )  # fmt: skip
                if same:
                    plain["offset_workdays"] = former.offset_workdays
            return plain
        if kind == WindowKind.absolute.value:
            return {
                "kind": kind,
                "first_on": self.first_on.data.isoformat(),
                "last_on": self.last_on.data.isoformat(),
            }
        if kind == WindowKind.whole_plan.value:
            return {"kind": kind}
        return {"kind": kind, "task": self.window_task.data}


def half_target(form: Any) -> bool:
    """False, and said at the field, when only one of the target's two ratings is there."""
    given = [form.target_probability.data, form.target_impact.data]
    if None not in given or given == [None, None]:
        return True
    field = form.target_probability if given[0] is None else form.target_impact
    if not field.errors:
        field.errors = [_l("A target has both a probability and an impact.")]
    return False


def target_in(form: Any) -> tuple[int, int] | None:
    """The target that the form holds, or None."""
    if form.target_probability.data is None or form.target_impact.data is None:
        return None
    return form.target_probability.data, form.target_impact.data
