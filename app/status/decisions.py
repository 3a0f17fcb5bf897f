"""What of the plan waits for a decision from above: found in the state, said in a sentence.

A thing is here only when nobody below can settle it alone, or was given the time to and did not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.formats import day_plain, money, words
from app.risks.models import ResponseState
from app.status.state import PlanState
from app.tasks.budget_queries import money_sum
from app.tasks.models import ResourceState

# Less than one part in so many of the budget is said in yuan alone: it would be 0.0%.
SMALLEST = 2000


@dataclass(frozen=True)
class Decision:
    """One of them: what it is about (approval, risk, response, money, resource, problem), the
    sentence, the page."""

    kind: str
    text: str
    url: str


def decisions_needed(state: PlanState) -> tuple[Decision, ...]:
    """What waits, the plan's own standing first."""
    return tuple(
        [*_approval(state), *_risks(state), *_money(state), *_resources(state), *_problems(state)]
    )


def _approval(state: PlanState) -> Iterator[Decision]:
    plan = state.plan
    if not plan.is_approved:
        yield Decision("approval", _("The plan waits for its approval."), f"/plans/{plan.id}")
    elif not plan.is_approval_current:
        text = ngettext(
            "%(num)s part of the plan changed since it was approved.",
            "%(num)s parts of the plan changed since it was approved.",
            plan.changed_since_approval,
        )
        yield Decision("approval", text, f"/plans/{plan.id}")


def _risks(state: PlanState) -> Iterator[Decision]:
    bare = {f.object_id for f in state.findings if f.kind == "risk"}
    for risk in state.risks.risks:
        if risk.id in bare:
            text = _("Risk %(number)s “%(title)s” is critical and has no response.",
                     number=risk.number, title=words(risk.title))  # fmt: skip
            yield Decision("risk", text, f"/risks/{risk.id}")
    for risk in state.risks.risks:
        for response in risk.responses:
            if not response.is_window_passed or response.last_on is None:
                continue
            if response.state is ResponseState.done:
                continue
            text = _("Risk %(number)s: “%(title)s” was due by %(day)s and is not done.",
                     number=risk.number, title=words(response.title),
                     day=day_plain(response.last_on))  # fmt: skip
            yield Decision("response", text, f"/risks/{risk.id}")


def _money(state: PlanState) -> Iterator[Decision]:
    total = money_sum(state.tasks.budget or ())
    planned, over = total.planned_cents, total.forecast_cents - total.planned_cents
    if over > 0:
        if over * SMALLEST < planned or not planned:
            text = _("%(sum)s yuan more than the budget are expected.", sum=money(over))
        else:
            text = _("%(sum)s yuan more than the budget are expected, %(percent)s%% over.",
                     sum=money(over), percent=f"{100 * over / planned:.1f}")  # fmt: skip
        yield Decision("money", text, f"/plans/{state.plan.id}/tasks#money")


def _resources(state: PlanState) -> Iterator[Decision]:
    numbers = {task.id: task.number for task in state.tasks.tasks if task.done_on is None}
    for row in state.tasks.resources:
        if row.state is ResourceState.declined and row.task_id in numbers:
            text = _("Task %(number)s: “%(title)s” was declined.",
                     number=numbers[row.task_id], title=words(row.title))  # fmt: skip
            yield Decision("resource", text, f"/tasks/{row.task_id}")


def _problems(state: PlanState) -> Iterator[Decision]:
    for row in state.reports.problems:
        if row.days_overdue > 0:
            text = ngettext(
                "Problem P-%(number)s “%(title)s” waits for an answer %(num)s working day too "
                "long.",
                "Problem P-%(number)s “%(title)s” waits for an answer %(num)s working days too "
                "long.",
                row.days_overdue, number=row.number, title=row.title,
            )  # fmt: skip
            yield Decision("problem", text, f"/problems/{row.id}")
