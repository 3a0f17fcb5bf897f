"""Problems get a number, somebody who owes the answer, and an end."""

from datetime import date

import pytest

from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import subscribe
from app.core.registries import todos
from app.plans.access import viewer_of
from app.reports.content import ProblemAsked
from app.reports.events import ProblemEnded, ProblemRaised
from app.reports.models import Problem, ProblemState
from app.reports.problem_solving import (
    answer_problem,
    make_action,
    pass_on,
    raise_problem,
    reopen_problem,
    settle_problem,
)
from app.reports.report_answers import report_agenda_points
from app.reports.report_reminding import problem_deadlines
from app.tasks.models import ActionItem, ActionSource
from tests.conftest import NOW
from tests.reports.weeks import W48, at, hand_in, running_task
from tests.sql import counted

DAY = date(2026, 12, 1)


@pytest.fixture
def problem(people, plan):
    return raise_problem(
        1, title="由谁确认留哪一条？", owner_id=people.administration.id, answer_due_on=DAY,
        actor=people.owner4, now=NOW,
    )  # fmt: skip


def test_a_reports_problems_become_numbered_rows(people, plan):
    heard = []
    subscribe(ProblemRaised, heard.append)
    asked = tuple(ProblemAsked(t, people.it.id, DAY) for t in ("first", "second"))
    report = hand_in(running_task(4), W48, NOW, problems=asked)
    rows = db.session.scalars(db.select(Problem).order_by(Problem.number)).all()
    assert [(p.number, p.title, p.report_id) for p in rows] == [
        (1, "first", report.id), (2, "second", report.id),
    ]  # fmt: skip
    assert [e.number for e in heard[-2:]] == [1, 2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"owner_id": None}, "owner_id"),
        ({"owner_id": 999}, "owner_id"),
        ({"answer_due_on": None}, "answer_due_on"),
        ({"answer_due_on": date(2026, 11, 25)}, "answer_due_on"),
    ],
)
def test_a_problem_that_is_not_whole_is_refused_at_its_line(people, plan, change, field):
    values = {"title": "x", "owner_id": people.it.id, "answer_due_on": DAY, **change}
    with pytest.raises(DomainError) as told:
        hand_in(running_task(4), W48, NOW, problems=(ProblemAsked(**values),))
    assert told.value.field == f"problem-0-{field}"


def test_a_stranger_to_the_plan_cannot_be_asked(people, plan):
    with pytest.raises(DomainError):
        raise_problem(1, title="x", owner_id=people.stranger.id, answer_due_on=DAY,
                      actor=people.owner4, now=NOW)  # fmt: skip


def test_it_ends_by_an_answer_and_can_be_opened_again(problem, people):
    heard = []
    subscribe(ProblemEnded, heard.append)
    with pytest.raises(Forbidden):
        answer_problem(problem, answer="x", actor=people.it, now=NOW)
    answer_problem(problem, answer="留最近的一条", actor=people.administration, now=NOW)
    assert (problem.state, problem.ended_at) == (ProblemState.answered, NOW)
    assert heard[-1].state is ProblemState.answered
    with pytest.raises(DomainError):
        answer_problem(problem, answer="again", actor=people.administration, now=NOW)
    reopen_problem(problem, actor=people.owner4, now=NOW)
    assert problem.state is ProblemState.open and problem.answer == "留最近的一条"


def test_it_becomes_an_action_item(problem, people):
    make_action(problem, title="逐条确认", owner_id=people.clerk.id, due_on=DAY,
                actor=people.administration, now=NOW)  # fmt: skip
    action = db.session.scalars(db.select(ActionItem)).one()
    assert (action.source, action.source_id) == (ActionSource.problem, problem.id)
    assert problem.state is ProblemState.action


def test_it_becomes_a_risk_or_a_decision_and_says_which(problem, people):
    with pytest.raises(DomainError):
        settle_problem(problem, state=ProblemState.decision, note="", actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        settle_problem(problem, state=ProblemState.open, note="x", actor=people.pm, now=NOW)
    settle_problem(problem, state=ProblemState.decision, note="11月27日进度会", actor=people.pm,
                   now=NOW)  # fmt: skip
    assert problem.state is ProblemState.decision


def test_it_is_passed_on_by_whoever_asked(problem, people):
    with pytest.raises(Forbidden):
        pass_on(problem, owner_id=people.it.id, answer_due_on=DAY, actor=people.administration,
                now=NOW)  # fmt: skip
    pass_on(problem, owner_id=people.it.id, answer_due_on=DAY, actor=people.owner4, now=NOW)
    assert problem.owner_id == people.it.id


def test_an_owed_answer_is_a_todo_a_deadline_and_once_overdue_a_point(problem, people):
    (todo,) = [t for t in todos.get("reports")(1, viewer_of(people.administration, 1), NOW)
               if t.kind == "problem"]  # fmt: skip
    assert todo.url == f"/problems/{problem.id}" and not todo.is_overdue
    (deadline,) = problem_deadlines([1], NOW, at(W48, 7, 0).replace(month=12))
    assert deadline.recipients == (people.administration.id,)
    assert deadline.escalate_to == (people.pm.id,)
    viewer = viewer_of(people.pm, 1)
    assert not any("P-1" in p.title.zh for p in report_agenda_points(1, viewer, NOW))
    late = NOW.replace(month=12, day=3)
    assert any("P-1" in p.title.zh for p in report_agenda_points(1, viewer, late))


def test_the_pages_answer_and_keep_what_was_typed(problem, client_of):
    db.session.commit()
    client = client_of("administration")
    assert "由谁确认留哪一条" in client.get("/plans/1/problems").text
    assert client.get("/problems/1").status_code == 200
    answer = client.post("/problems/1/action", data={"title": "Tu es", "due_on": "morgen"})
    assert answer.status_code == 422 and "morgen" in answer.text
    assert client.post("/problems/1/settle", data={"note": "x"}).status_code == 422
    assert client.post("/problems/1/answer", data={"answer": ""}).status_code == 422
    assert client_of("it").post("/problems/1/answer", data={"answer": "x"}).status_code == 403
    assert client.post("/problems/1/answer", data={"answer": "<b>A</b>"}).status_code == 303
    page = client.get("/problems/1").text
    assert "&lt;b&gt;A" in page
    assert client_of("clerk").get("/problems/1").status_code == 404
    assert client_of("stranger").get("/problems/1").status_code == 404
    assert client.get("/problems/77").status_code == 404


def test_the_list_needs_twelve_statements_at_most_however_long_it_is(problem, people, client_of):
    db.session.commit()
    client = client_of("pm")
    client.get("/plans/1/problems")
    with counted() as few:
        client.get("/plans/1/problems?show=all")
    keys = ("owner1", "owner2", "owner3", "it", "training", "exec")
    for n in range(60):
        raise_problem(1, title=f"问题 {n}", owner_id=getattr(people, keys[n % 6]).id,
                      answer_due_on=DAY, actor=getattr(people, keys[(n + 1) % 6]),
                      now=NOW)  # fmt: skip
    db.session.commit()
    with counted() as many:
        page = client.get("/plans/1/problems?show=all")
    assert "page=2" in page.text
    assert len(many) <= 12 and len(many) <= len(few) + 1
