"""What is wrong with a calendar file, and what a date that moves is, in the reader's words."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.plans.calendar_csv import Problem, ProblemKind

MOST_SAID = 20

# Kinds of dates as features name them (see `registries.PlanDate`).
KINDS = {
    "plan": _l("The plan"), "task": _l("Tasks"), "step": _l("Steps"), "action": _l("Action items"),
    "resource": _l("Resources"), "budget": _l("Budget"), "window": _l("Response windows"),
    "report": _l("Weekly reports"), "measurement": _l("Measurements"),
    "inspection": _l("Inspections"), "problem": _l("Problems"), "meeting": _l("Meetings"),
    "reminder": _l("Reminders"), "baseline": _l("Baselines"),
}  # fmt: skip


def kind_word(kind: str) -> Any:
    """What dates of this kind are called."""
    return KINDS.get(kind, _l("Other dates"))


def sentences(problems: Sequence[Problem], filename: str, year: int) -> list[str]:
    """What is wrong with a file, in whole sentences that name the file and the line."""
    said = [_sentence(problem, filename, year) for problem in problems[:MOST_SAID]]
    rest = len(problems) - len(said)
    if rest:
        said.append(_("%(file)s: %(count)s more lines cannot be read.", file=filename, count=rest))
    return said


def _sentence(problem: Problem, filename: str, year: int) -> str:
    what = str(_what(problem, year))
    if problem.line is None:
        return _("%(file)s: %(what)s", file=filename, what=what)
    return _("%(file)s, line %(line)s: %(what)s", file=filename, line=problem.line, what=what)


def _what(problem: Problem, year: int) -> str:
    value = problem.value
    match problem.kind:
        case ProblemKind.too_large:
            return _("The file is larger than 200 KB. A year needs about 3 KB.")
        case ProblemKind.too_long:
            return _("The file has more than 2,000 rows. A year needs about 40.")
        case ProblemKind.empty:
            return _("There is no day in the file.")
        case ProblemKind.not_csv:
            return _("This is not a CSV file. Save the table as CSV and choose that file.")
        case ProblemKind.no_date_column:
            return _("No column is called “date”.")
        case ProblemKind.no_kind_column:
            return _("No column says whether a day is worked; call it “workday or off”.")
        case ProblemKind.no_date:
            return _("The date is missing.")
        case ProblemKind.unclear_date:
            return _("“%(value)s” could be several days. Write it like 2027-01-31.", value=value)
        case ProblemKind.not_a_date:
            return _("“%(value)s” is not a date. Write it like 2027-01-31.", value=value)
        case ProblemKind.no_such_day:
            return _("There is no %(value)s.", value=value)
        case ProblemKind.other_year:
            return _("%(value)s is not in %(year)s.", value=value, year=year)
        case ProblemKind.no_kind:
            return _("It is missing whether the day is worked. Write “work” or “off”.")
        case ProblemKind.unclear_kind:
            return _("“%(value)s” is unclear. Write “work” or “off”.", value=value)
        case ProblemKind.long_name:
            return _("The name is longer than 80 characters.")
        case ProblemKind.duplicate:
            return _("%(day)s stands on line %(line)s already.", day=value, line=problem.first_line)
        case ProblemKind.no_such_department:
            return _("There is no department called “%(value)s”.", value=value)
