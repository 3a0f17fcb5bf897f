"""The register's use cases: who scores, what is kept, when a month can be signed."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.events import _handlers, subscribe
from app.core.localtext import LocalText
from app.risks import response_services, services
from app.risks.events import ResponseCompleted, RiskReviewed, RisksSigned
from app.risks.models import Response, ResponseState, Risk, RiskReview, RiskState
from tests.conftest import NOW

OCTOBER = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)


def risk(number: int) -> Risk:
    return db.session.scalars(db.select(Risk).where(Risk.number == number)).one()


def responses_of(number: int) -> list[Response]:
    return list(
        db.session.scalars(
            db.select(Response).where(Response.risk_id == risk(number).id).order_by(Response.id)
        )
    )


def score(number: int, person, probability=4, impact=3, at=NOW, **more) -> RiskReview:
    return services.review_risk(
        risk(number), probability=probability, impact=impact, actor=person, now=at, **more
    )


@pytest.fixture
def heard(context: Flask):
    """The events that were announced."""
    events: list[object] = []
    kinds = (RiskReviewed, ResponseCompleted, RisksSigned)
    for kind in kinds:
        subscribe(kind, events.append)
    yield events
    for kind in kinds:
        _handlers[kind].remove(events.append)


def test_the_first_review_is_the_inherent_score_and_later_ones_are_not(people, heard) -> None:
    score(2, people.it, 3, 3, at=OCTOBER)
    score(2, people.it, 4, 3, comment="联调问题多", target=(2, 2))
    row = risk(2)
    assert (row.inherent_probability, row.inherent_impact) == (3, 3)
    assert row.score == 12 and row.reviewed_at == NOW
    assert (row.target_probability, row.target_impact) == (2, 2)
    reviews = db.session.scalars(db.select(RiskReview).order_by(RiskReview.id)).all()
    assert [(r.score_before, r.probability * r.impact) for r in reviews] == [(None, 9), (9, 12)]
    assert [e.score for e in heard] == [9, 12]


@pytest.mark.parametrize("key", ["pm", "training", "owner4", "exec"])
def test_only_the_head_of_the_department_reviews_its_risks(people, key) -> None:
    with pytest.raises(Forbidden):
        score(2, getattr(people, key))
    assert risk(2).score is None


def test_the_project_manager_reviews_what_belongs_to_no_department(people) -> None:
    with pytest.raises(Forbidden):
        score(5, people.it)
    score(5, people.pm, 3, 3)
    assert risk(5).score == 9


def test_a_stranger_does_not_learn_that_the_risk_is_there(people) -> None:
    with pytest.raises(NotFound):
        score(2, people.stranger)


@pytest.mark.parametrize(
    ("probability", "impact", "field"),
    [(0, 3, "probability"), (6, 3, "probability"), (3, None, "impact")],
)
def test_a_rating_is_one_to_five(people, probability, impact, field) -> None:
    with pytest.raises(DomainError) as caught:
        score(2, people.it, probability, impact)
    assert caught.value.field == field


def test_the_second_of_two_reviewers_is_told_what_the_first_said(people) -> None:
    seen = risk(2).version
    score(2, people.it, 3, 3, comment="first", expected_version=seen)
    db.session.flush()
    with pytest.raises(Conflict) as caught:
        score(2, people.it, 5, 5, expected_version=seen)
    assert caught.value.theirs == {"probability": 3, "impact": 3, "comment": "first"}
    assert risk(2).score == 9


def test_a_finished_response_asks_for_a_new_score_and_the_review_answers(people, heard) -> None:
    score(1, people.training, 3, 4)
    response = responses_of(1)[0]
    response_services.complete_response(response, actor=people.training, now=NOW)
    assert response.state is ResponseState.done and response.done_at == NOW
    assert risk(1).review_asked == "response_done"
    score(1, people.training, 2, 4)
    assert risk(1).review_asked == ""
    assert [type(e) for e in heard] == [RiskReviewed, ResponseCompleted, RiskReviewed]


def test_taking_a_finished_response_up_again_takes_the_question_back(people) -> None:
    score(1, people.training, 3, 4, at=OCTOBER)
    first, second = responses_of(1)
    for response in (first, second):
        response_services.complete_response(response, actor=people.training, now=NOW)
    response_services.resume_response(first, actor=people.training, now=NOW)
    assert risk(1).review_asked == "response_done"
    response_services.resume_response(second, actor=people.training, now=NOW)
    assert risk(1).review_asked == "" and second.done_at is None


def test_a_response_is_carried_by_its_owner_and_planned_by_head_and_manager(people) -> None:
    added = response_services.add_response(
        risk(2), title="联调问题每天清零", owner_id=people.owner4.id, actor=people.pm, now=NOW
    )
    with pytest.raises(Forbidden):
        response_services.complete_response(added, actor=people.owner1, now=NOW)
    with pytest.raises(Forbidden):
        response_services.drop_response(added, reason="x", actor=people.owner4, now=NOW)
    response_services.start_response(added, actor=people.owner4, now=NOW)
    response_services.complete_response(added, actor=people.owner4, now=NOW)
    with pytest.raises(DomainError):
        response_services.complete_response(added, actor=people.owner4, now=NOW)


@pytest.mark.parametrize("key", ["stranger", "clerk"])
def test_nobody_answers_for_a_response_who_cannot_read_it(people, key) -> None:
    with pytest.raises(DomainError) as caught:
        response_services.add_response(
            risk(2), title="x", owner_id=getattr(people, key).id, actor=people.it, now=NOW
        )
    assert caught.value.field == "owner_id"


def test_a_changed_window_loses_the_plan_s_words_and_an_unchanged_one_keeps_them(people) -> None:
    response = responses_of(2)[0]
    values = {"title": response.title, "owner_id": None, "actor": people.it, "now": NOW}
    response_services.edit_response(response, window=response.window, **values)
    assert response.window_text.zh == "系统实施期间"
    response_services.edit_response(response, window={"kind": "whole_plan"}, **values)
    assert not response.window_text and response.window == {"kind": "whole_plan"}


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"kind": "during_task", "task": 99}, "window_task"),
        ({"kind": "relative", "anchor": "task_finish:99", "months": 1}, "window_task"),
        ({"kind": "relative", "anchor": "<script>", "months": 1}, "window_kind"),
    ],
)
def test_a_window_must_hang_on_something_of_this_plan(people, window, field) -> None:
    with pytest.raises(DomainError) as caught:
        response_services.add_response(
            risk(2), title="x", window=window, actor=people.it, now=NOW
        )
    assert caught.value.field == field


def test_two_people_at_one_response_and_the_second_is_told(people) -> None:
    response = responses_of(2)[0]
    seen = response_services.stamp_of(response)
    values = {"owner_id": None, "window": None, "seen": seen, "now": NOW}
    response_services.edit_response(response, title="theirs", actor=people.it, **values)
    with pytest.raises(Conflict):
        response_services.edit_response(response, title="mine", actor=people.pm, **values)
    assert response.title == LocalText(own="theirs")


def test_a_month_is_signed_only_when_every_risk_of_it_was_reviewed(people, heard) -> None:
    department = risk(2).department_id
    second = services.register_risk(
        1, title="客户信息被越权查看", department_id=department, actor=people.pm, now=OCTOBER
    )
    assert second.number == 6
    score(2, people.it, 3, 3, at=OCTOBER)
    score(6, people.it, 2, 5)
    with pytest.raises(DomainError) as caught:
        services.sign_department(1, department, "2026-11", actor=people.it, now=NOW)
    assert "2" in str(caught.value) and "6" not in str(caught.value)
    score(2, people.it, 4, 3)
    services.sign_department(1, department, "2026-11", actor=people.it, now=NOW)
    assert isinstance(heard[-1], RisksSigned)
    with pytest.raises(DomainError):
        services.sign_department(1, department, "2026-11", actor=people.it, now=NOW)


def test_the_manager_signs_once_for_risks_without_a_department(people) -> None:
    score(5, people.pm, 3, 3)
    services.sign_department(1, None, "2026-11", actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        services.sign_department(1, None, "2026-11", actor=people.pm, now=NOW)


def test_nobody_signs_for_another_department_nor_for_another_month(people) -> None:
    score(2, people.it)
    department = risk(2).department_id
    with pytest.raises(Forbidden):
        services.sign_department(1, department, "2026-11", actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        services.sign_department(1, department, "2026-12", actor=people.it, now=NOW)
    with pytest.raises(DomainError):
        services.sign_department(
            1, people.finance.department_id, "2026-11", actor=people.finance, now=NOW
        )


def test_a_closed_risk_takes_no_review_until_it_is_reopened(people) -> None:
    score(2, people.it)
    with pytest.raises(DomainError):
        services.close_risk(risk(2), reason="", actor=people.pm, now=NOW)
    services.close_risk(risk(2), reason="系统已验收", actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        score(2, people.it)
    services.reopen_risk(risk(2), actor=people.pm, now=NOW)
    assert risk(2).state is RiskState.open and risk(2).review_asked == "reopened"


def test_every_change_is_in_the_trail(people) -> None:
    score(2, people.it, comment="c")
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "reviewed")
    ).one()
    assert entry.actor_id == people.it.id and entry.plan_id == 1
    assert entry.changes["current_probability"] == [None, 4]


def test_a_risk_s_words_stay_bilingual_until_somebody_changes_them(people) -> None:
    row = risk(1)
    services.edit_risk(
        row, title=row.title.edited("前台文员培训效果不佳", "zh"), description="",
        department_id=row.department_id, actor=people.pm, now=NOW,
    )  # fmt: skip
    assert row.title.en == "The training does not take"
    with pytest.raises(DomainError) as caught:
        services.edit_risk(
            row, title="x", description="", department_id=999, actor=people.pm, now=NOW
        )
    assert caught.value.field == "department_id"


