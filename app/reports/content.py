"""What a weekly report says: as values for the use cases, and as typed for drafts.

A draft keeps every field just as it was typed, also what is no date and no number yet; the names
are those of the form. Values come out of it only when the report is submitted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.plans.weeks import IsoWeek

# More than this is no report; it protects the database, not the reader.
DRAFT_LIMIT = 200_000
NAMES = re.compile(
    r"percent|forecast_finish_on|done_text"
    r"|outcome-\d{1,12}-(outcome|new_week|reason)"
    r"|problem-\d{1,4}-(title|details|owner_id|answer_due_on)"
    r"|line-\d{1,4}-text"
)
ROW = re.compile(r"(problem|line)-(\d+)-(\w+)")


@dataclass(frozen=True)
class OutcomeGiven:
    """What became of a promise: done, slipped (new week, reason), dropped (reason); "" = not
    said yet."""

    promise_id: int
    outcome: str = ""
    new_week: IsoWeek | None = None
    reason: str = ""


@dataclass(frozen=True)
class ProblemAsked:
    """A problem met this week: who is asked for an answer, and by when."""

    title: str
    owner_id: int | None
    answer_due_on: date | None
    details: str = ""


@dataclass(frozen=True)
class ReportContent:
    """A whole report. percent: 0–100; forecast_finish_on None = as the task has it."""

    percent: int | None
    forecast_finish_on: date | None = None
    done_text: str = ""
    outcomes: tuple[OutcomeGiven, ...] = ()
    problems: tuple[ProblemAsked, ...] = ()
    next_lines: tuple[str, ...] = ()

    def outcome_of(self, promise_id: int) -> OutcomeGiven:
        for given in self.outcomes:
            if given.promise_id == promise_id:
                return given
        return OutcomeGiven(promise_id)


def as_typed(content: ReportContent) -> dict[str, str]:
    """The content as a form's fields."""
    fields = {
        "percent": "" if content.percent is None else str(content.percent),
        "forecast_finish_on": _day(content.forecast_finish_on),
        "done_text": content.done_text,
    }
    for given in content.outcomes:
        name = f"outcome-{given.promise_id}"
        fields[f"{name}-outcome"] = given.outcome
        fields[f"{name}-new_week"] = "" if given.new_week is None else str(given.new_week)
        fields[f"{name}-reason"] = given.reason
    for n, problem in enumerate(content.problems):
        fields[f"problem-{n}-title"] = problem.title
        fields[f"problem-{n}-details"] = problem.details
        fields[f"problem-{n}-owner_id"] = str(problem.owner_id or "")
        fields[f"problem-{n}-answer_due_on"] = _day(problem.answer_due_on)
    for n, line in enumerate(content.next_lines):
        fields[f"line-{n}-text"] = line
    return tidy(fields)


def tidy(fields: Mapping[str, str]) -> dict[str, str]:
    """The report's own fields, without empty rows, rows numbered from 0 in their order."""
    kept = {name: text for name, text in fields.items() if NAMES.fullmatch(name)}
    rows: dict[tuple[str, int], dict[str, str]] = {}
    plain = {}
    for name, text in kept.items():
        row = ROW.fullmatch(name)
        if row:
            rows.setdefault((row[1], int(row[2])), {})[row[3]] = text
        else:
            plain[name] = text
    numbers = {"problem": 0, "line": 0}
    for (kind, _number), parts in sorted(rows.items()):
        if any(text.strip() for text in parts.values()):
            for part, text in parts.items():
                plain[f"{kind}-{numbers[kind]}-{part}"] = text
            numbers[kind] += 1
    return plain


def rows_in(fields: Mapping[str, str], kind: str) -> int:
    """How many rows of "problem" or "line" tidy fields hold."""
    found = (ROW.fullmatch(name) for name in fields)
    return max((int(row[2]) + 1 for row in found if row and row[1] == kind), default=0)


def to_draft(fields: Mapping[str, str]) -> str:
    """Fields as a draft's text. ASCII only, so that no character typed can break the database."""
    return json.dumps(dict(sorted(fields.items())), separators=(",", ":"))


def from_draft(text: str) -> dict[str, str]:
    return json.loads(text) if text else {}


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
