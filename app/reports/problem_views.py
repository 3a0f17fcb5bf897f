"""The pages of problems: the list, and one problem with what may become of it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.formats import local_date
from app.core.forms import Form, choices
from app.core.matrix import Sight, sight
from app.core.permissions import requires
from app.core.web import request_now
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.reports import forms
from app.reports.models import Problem, ProblemState
from app.reports.problem_solving import (
    answer_problem,
    make_action,
    pass_on,
    reopen_problem,
    settle_problem,
)
from app.reports.rights import may_answer, may_pass_on
from app.reports.views import bp
from app.tasks.actions import actions_from
from app.tasks.models import ActionSource
from app.tasks.progress import days_late

PER_PAGE = 30


@bp.route("/plans/<int:plan_id>/problems")
@requires("problem:read")
def problems(plan_id: int) -> Any:
    """All problems of the plan, the most urgent first."""
    today = local_date(request_now())
    chosen = request.args.get("show", "open")
    conditions = _filters(today)
    chosen = chosen if chosen in conditions else "open"
    base = Problem.plan_id == plan_id
    counts = db.session.execute(
        select(*(func.sum(db.case((c, 1), else_=0)) for c in conditions.values())).where(base)
    ).one()
    page = db.paginate(
        select(Problem)
        .where(base, conditions[chosen])
        .options(joinedload(Problem.owner), joinedload(Problem.raised_by))
        .order_by(Problem.state != ProblemState.open, Problem.answer_due_on, Problem.number),
        per_page=PER_PAGE,
        max_per_page=PER_PAGE,
        error_out=False,
    )
    calendar = work_calendar()
    labels = {
        "open": pgettext("problems", "Open"),
        "overdue": _("Overdue"),
        "mine": _("For me to answer"),
        "all": _("All"),
    }
    return render_template(
        "reports/problems.html",
        page=page,
        today=today,
        late={p.id: days_late(p.answer_due_on, today, calendar) for p in page.items},
        chosen=chosen,
        filters=[
            SimpleNamespace(
                label=labels[name], url=url_for(".problems", plan_id=plan_id, show=name),
                is_active=name == chosen, count=count or 0,
            )
            for name, count in zip(conditions, counts, strict=True)
        ],
        plan_id=plan_id,
    )  # fmt: skip


def _filters(today: Any) -> dict[str, ColumnElement[bool]]:
    is_open = Problem.state == ProblemState.open
    return {
        "open": is_open,
        "overdue": is_open & (Problem.answer_due_on < today),
        "mine": is_open & (Problem.owner_id == g.viewer.person_id),
        "all": Problem.id.is_not(None),
    }


@bp.route("/problems/<int:problem_id>")
@requires("problem:read")
def show_problem(problem_id: int) -> Any:
    return _page(_readable(problem_id), {})


@bp.route("/problems/<int:problem_id>/answer", methods=["POST"])
@requires("problem:answer")
def answer(problem_id: int) -> Any:
    problem, form = _readable(problem_id), forms.AnswerForm()
    return _attempt(
        problem, "answer", form, _("The answer is saved."),
        lambda now: answer_problem(problem, answer=form.answer.data, actor=current_user, now=now),
    )  # fmt: skip


@bp.route("/problems/<int:problem_id>/action", methods=["POST"])
@requires("problem:answer")
def to_action(problem_id: int) -> Any:
    problem = _readable(problem_id)
    form = _with_people(forms.ActionForm(), problem)
    return _attempt(
        problem, "action", form, _("The problem became an action item."),
        lambda now: make_action(
            problem, title=form.title.data, owner_id=form.owner_id.data,  # type: ignore[attr-defined]
            due_on=form.due_on.data, actor=current_user, now=now,  # type: ignore[attr-defined]
        ),
    )  # fmt: skip


@bp.route("/problems/<int:problem_id>/settle", methods=["POST"])
@requires("problem:answer")
def settle(problem_id: int) -> Any:
    problem, form = _readable(problem_id), forms.SettleForm()
    return _attempt(
        problem, "settle", form, _("The problem has ended."),
        lambda now: settle_problem(
            problem, state=ProblemState(form.state.data), note=form.note.data,
            actor=current_user, now=now,
        ),
    )  # fmt: skip


@bp.route("/problems/<int:problem_id>/pass-on", methods=["POST"])
@requires("problem:answer")
def hand_over(problem_id: int) -> Any:
    problem = _readable(problem_id)
    form = _with_people(forms.PassOnForm(), problem)
    return _attempt(
        problem, "pass_on", form, _("Saved."),
        lambda now: pass_on(
            problem, owner_id=form.owner_id.data,  # type: ignore[attr-defined]
            answer_due_on=form.answer_due_on.data,  # type: ignore[attr-defined]
            actor=current_user, now=now,
        ),
    )  # fmt: skip


@bp.route("/problems/<int:problem_id>/reopen", methods=["POST"])
@requires("problem:answer")
def reopen(problem_id: int) -> Any:
    problem = _readable(problem_id)
    reopen_problem(problem, actor=current_user, now=request_now())
    flash(_("The problem is open again."))
    return redirect(url_for(".show_problem", problem_id=problem_id), 303)


def _readable(problem_id: int) -> Problem:
    problem = db.session.get_one(Problem, problem_id)
    seen = sight(g.viewer, "problem", "row")
    if seen is not Sight.all and not may_answer(g.viewer, problem):
        raise NotFound(_("This page does not exist, or not for you."))
    return problem


def _attempt(
    problem: Problem, name: str, form: Form, said: str, act: Callable[[Any], object]
) -> Any:
    """Run a use case with a form; what does not fit is shown with the form open."""
    if form.validate_on_submit():
        try:
            act(request_now())
        except (Forbidden, NotFound):
            raise
        except DomainError as error:
            form.take(error)
        else:
            flash(said)
            return redirect(url_for(".show_problem", problem_id=problem.id), 303)
    return _page(problem, {name: form}), 422


def _with_people(form: Any, problem: Problem) -> Any:
    form.owner_id.choices = choices((p.id, p.name) for p in plan_people(problem.plan_id))
    return form


def _page(problem: Problem, sent: dict[str, Form]) -> str:
    today = local_date(request_now())
    made: dict[str, Any] = {
        "answer": forms.AnswerForm(formdata=None),
        "action": _with_people(
            forms.ActionForm(formdata=None, title=problem.title, owner_id=problem.owner_id),
            problem,
        ),
        "settle": forms.SettleForm(formdata=None),
        "pass_on": _with_people(
            forms.PassOnForm(formdata=None, owner_id=problem.owner_id,
                             answer_due_on=problem.answer_due_on),
            problem,
        ),
    }  # fmt: skip
    made.update(sent)
    actions = actions_from(problem.plan_id, ActionSource.problem, [problem.id])
    return render_template(
        "reports/problem.html",
        problem=problem,
        forms_of=made,
        sent=set(sent),
        actions=actions[problem.id],
        today=today,
        late=days_late(problem.answer_due_on, today, work_calendar()),
        may_answer=may_answer(g.viewer, problem) and g.viewer.may("problem:answer"),
        may_pass_on=may_pass_on(g.viewer, problem) and g.viewer.may("problem:answer"),
    )
