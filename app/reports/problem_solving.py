"""Problems: something an owner met gets a number, somebody who owes the answer, and a day.

It ends by an answer, an action item, a risk or a decision of a meeting.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import local_date
from app.plans.models import Plan
from app.reports.content import ProblemAsked
from app.reports.events import ProblemEnded, ProblemPassedOn, ProblemRaised
from app.reports.models import Problem, ProblemState
from app.reports.promise_keeping import too_long
from app.reports.rights import may_answer, may_pass_on
from app.tasks.actions import create_action
from app.tasks.models import ActionItem, ActionSource
from app.tasks.rights import eyes, someone_of_plan

TITLE_LENGTH = 200
TEXT_LENGTH = 20_000


def problem_faults(
    problems: tuple[ProblemAsked, ...], people: frozenset[int], today: date
) -> list[tuple[str, object]]:
    """What is missing or does not fit in a report's problems, as (field, sentence)."""
    faults: list[tuple[str, object]] = []
    for n, problem in enumerate(problems):
        name = f"problem-{n}"
        if not problem.title:
            faults.append((f"{name}-title", _l("Please say what the problem is.")))
        elif len(problem.title) > TITLE_LENGTH:
            faults.append((f"{name}-title", too_long(TITLE_LENGTH)))
        if len(problem.details) > TEXT_LENGTH:
            faults.append((f"{name}-details", too_long(TEXT_LENGTH)))
        if problem.owner_id is None:
            faults.append((f"{name}-owner_id", _l("Please say who should answer.")))
        elif problem.owner_id not in people:
            faults.append(
                (
                    f"{name}-owner_id",
                    _l("This person has no part in the plan. Add them to its people first."),
                )
            )
        if problem.answer_due_on is None:
            faults.append((f"{name}-answer_due_on", _l("Please say by when.")))
        elif problem.answer_due_on < today:
            faults.append((f"{name}-answer_due_on", _l("This day has passed already.")))
    return faults


def raise_problem(
    plan_id: int,
    *,
    title: str,
    owner_id: int,
    answer_due_on: date,
    details: str = "",
    task_id: int | None = None,
    report_id: int | None = None,
    actor: Person,
    now: datetime,
) -> Problem:
    """A new problem with the plan's next number. `owner_id` is who owes the answer."""
    eyes(actor, plan_id)
    if not title:
        raise DomainError(_l("Please say what the problem is."), "title")
    if len(title) > TITLE_LENGTH:
        raise DomainError(too_long(TITLE_LENGTH), "title")
    someone_of_plan(plan_id, owner_id, "owner_id")
    _check_due(answer_due_on, now)
    problem = Problem(
        plan_id=plan_id,
        number=_next_number(plan_id),
        title=title,
        details=details,
        task_id=task_id,
        report_id=report_id,
        raised_by_id=actor.id,
        raised_at=now,
        owner_id=owner_id,
        answer_due_on=answer_due_on,
    )
    db.session.add(problem)
    audit.record("raised", problem, actor_id=actor.id, now=now)
    announce(
        ProblemRaised(
            problem.id, plan_id, problem.number, title, owner_id, actor.id, answer_due_on, now
        )
    )
    return problem


def answer_problem(problem: Problem, *, answer: str, actor: Person, now: datetime) -> None:
    """End it by an answer. Whoever is asked, whoever asked, and the manager may."""
    _must_answer(problem, actor)
    if not answer:
        raise DomainError(_l("Please write the answer."), "answer")
    _end(problem, ProblemState.answered, answer, actor, now)


def make_action(
    problem: Problem, *, title: str, owner_id: int, due_on: date, actor: Person, now: datetime
) -> ActionItem:
    """End it by an action item, which is then chased like any other."""
    _must_answer(problem, actor)
    action = create_action(
        problem.plan_id,
        title=title,
        owner_id=owner_id,
        due_on=due_on,
        source=ActionSource.problem,
        source_id=problem.id,
        task_id=problem.task_id,
        actor=actor,
        now=now,
    )
    _end(problem, ProblemState.action, "", actor, now)
    return action


def settle_problem(
    problem: Problem, *, state: ProblemState, note: str, actor: Person, now: datetime
) -> None:
    """End it as a risk or as a decision of a meeting; `note` says which."""
    _must_answer(problem, actor)
    if state not in (ProblemState.risk, ProblemState.decision):
        raise DomainError(_l("Please choose what it became."), "state")
    if not note:
        raise DomainError(_l("Please say which risk or which decision."), "note")
    _end(problem, state, note, actor, now)


def pass_on(
    problem: Problem, *, owner_id: int, answer_due_on: date, actor: Person, now: datetime
) -> None:
    """Ask somebody else, or for another day. Whoever asked, and the manager may."""
    _must_be_open(problem)
    if not may_pass_on(eyes(actor, problem.plan_id), problem):
        raise Forbidden(_l("Only whoever asked and the project manager may change this."))
    someone_of_plan(problem.plan_id, owner_id, "owner_id")
    if answer_due_on != problem.answer_due_on:
        _check_due(answer_due_on, now)
    former = problem.owner_id
    changes = audit.change(problem, owner_id=owner_id, answer_due_on=answer_due_on)
    if not changes:
        return
    audit.record("passed_on", problem, actor_id=actor.id, now=now, changes=changes)
    announce(
        ProblemPassedOn(
            problem.id, problem.plan_id, problem.number, problem.title, owner_id, former,
            answer_due_on, actor.id, now,
        )
    )  # fmt: skip


def reopen_problem(problem: Problem, *, actor: Person, now: datetime) -> None:
    """Take the end back: the answer did not help. Its words stay until the next answer."""
    if problem.state is ProblemState.open:
        return
    if not may_pass_on(eyes(actor, problem.plan_id), problem):
        raise Forbidden(_l("Only whoever asked and the project manager may change this."))
    changes = audit.change(problem, state=ProblemState.open, ended_at=None)
    audit.record("reopened", problem, actor_id=actor.id, now=now, changes=changes)


def _must_be_open(problem: Problem) -> None:
    if problem.state is not ProblemState.open:
        raise DomainError(_l("This problem has ended already."))


def _must_answer(problem: Problem, actor: Person) -> None:
    _must_be_open(problem)
    if not may_answer(eyes(actor, problem.plan_id), problem):
        raise Forbidden(
            _l("Only whoever is asked, whoever asked and the project manager may answer.")
        )


def _end(
    problem: Problem, state: ProblemState, answer: str, actor: Person, now: datetime
) -> None:
    changes = audit.change(problem, state=state, answer=answer, ended_at=now)
    audit.record(str(state), problem, actor_id=actor.id, now=now, changes=changes)
    announce(
        ProblemEnded(
            problem.id, problem.plan_id, problem.number, problem.title, state,
            problem.raised_by_id, actor.id, now,
        )
    )  # fmt: skip


def _check_due(answer_due_on: date, now: datetime) -> None:
    if answer_due_on < local_date(now):
        raise DomainError(_l("This day has passed already."), "answer_due_on")


def _next_number(plan_id: int) -> int:
    # PostgreSQL: one writer at a time per plan, or two would count the same number. SQLite's
    # writing transaction has locked already.
    db.session.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update(key_share=True))
    last = db.session.scalar(select(func.max(Problem.number)).where(Problem.plan_id == plan_id))
    return (last or 0) + 1
