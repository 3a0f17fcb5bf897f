"""What waits for a decision: only what nobody below can settle, each with its page."""

from dataclasses import replace
from datetime import timedelta

from app.core.db import db
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.reports.problem_solving import raise_problem
from app.risks.models import ResponseState
from app.status.decisions import decisions_needed
from app.status.state import PlanFinding, plan_state
from app.tasks.budget_services import add_budget_line
from app.tasks.models import Resource, ResourceState
from tests.conftest import NOW


def found(person):
    return decisions_needed(plan_state(1, NOW, viewer_for(person, 1)))


def kinds(person):
    return [decision.kind for decision in found(person)]


def test_a_plan_without_approval_waits_for_it(people, context):
    assert kinds(people.exec)[0] == "approval"
    state = plan_state(1, NOW, viewer_for(people.exec, 1))
    approved = replace(state.plan, is_approved=True, is_approval_current=True)
    assert all(d.kind != "approval" for d in decisions_needed(replace(state, plan=approved)))
    changed = replace(approved, is_approval_current=False, changed_since_approval=3)
    assert "3" in decisions_needed(replace(state, plan=changed))[0].text


def test_money_over_the_budget_waits_but_not_money_within_it(people, context):
    line = {"task_id": 2, "title": LocalText(own="培训"), "actor": people.pm, "now": NOW}
    add_budget_line(1, planned_cents=100_000, forecast_cents=90_000, **line)
    assert "money" not in kinds(people.exec)
    add_budget_line(1, planned_cents=100_000, forecast_cents=130_000, **line)
    said = next(d for d in found(people.exec) if d.kind == "money")
    assert "200" in said.text
    assert "10.0%" in said.text
    assert "money" not in kinds(people.clerk)


def test_a_critical_risk_without_response_and_a_window_that_passed_wait(people, context):
    state = plan_state(1, NOW, viewer_for(people.exec, 1))
    risk = next(r for r in state.risks.risks if r.responses and r.responses[0].last_on)
    bare = PlanFinding(Light.red, "critical_risk_without_response", {}, "risk", risk.id, 1)
    waits = replace(state, findings=(*state.findings, bare))
    assert [d.kind for d in decisions_needed(waits) if d.url == f"/risks/{risk.id}"] == ["risk"]

    def with_response(**values):
        response = replace(risk.responses[0], **values)
        rows = (replace(risk, responses=(response,)),)
        return {d.kind for d in decisions_needed(
            replace(state, risks=replace(state.risks, risks=rows)))}  # fmt: skip

    assert "response" in with_response(is_window_passed=True, state=ResponseState.planned)
    assert "response" not in with_response(is_window_passed=False, state=ResponseState.planned)
    assert "response" not in with_response(is_window_passed=True, state=ResponseState.done)


def test_an_overdue_problem_and_a_declined_resource_wait(people, context):
    raise_problem(1, title="打印机", owner_id=people.owner1.id,
                  answer_due_on=NOW.date() - timedelta(days=3), actor=people.pm,
                  now=NOW - timedelta(days=9))  # fmt: skip
    resource = db.session.get_one(Resource, 1)
    resource.state, resource.answer = ResourceState.declined, "没有人"
    db.session.flush()
    decisions = found(people.exec)
    assert {"problem", "resource"} <= {d.kind for d in decisions}
    assert all(d.url.startswith("/") for d in decisions)
    assert "打印机" in next(d.text for d in decisions if d.kind == "problem")
