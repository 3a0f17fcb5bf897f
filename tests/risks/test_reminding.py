"""Since when what the register asks for is done."""

from datetime import UTC, datetime, timedelta

from app.core.db import db
from app.risks import response_services, services
from app.risks.reminding import response_deadlines, review_deadlines, signature_deadlines
from tests.conftest import NOW
from tests.risks.test_register import risk, score

NOVEMBER = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
WINDOW = {"kind": "absolute", "first_on": "2026-11-20", "last_on": "2026-11-30"}


def found(ask, key, span=NOVEMBER):
    return [row for row in ask([1], *span) if row.object_key == key]


def review():
    (row,) = found(review_deadlines, f"risk:{risk(2).id}")
    return row


def signature():
    (row,) = found(signature_deadlines, f"risk_signature:1:{risk(2).department_id}")
    return row


def respond(people):
    response = response_services.add_response(
        risk(2), title="联调", window=WINDOW, owner_id=people.owner4.id, actor=people.it, now=NOW
    )
    db.session.flush()
    return response


def test_a_completed_response_is_done_at_that_instant(people) -> None:
    response = respond(people)
    key = f"response:{response.id}"
    assert [row.done_at for row in found(response_deadlines, key)] == [None]
    response_services.complete_response(response, actor=people.it, now=NOW)
    assert [row.done_at for row in found(response_deadlines, key)] == [NOW]
    response_services.resume_response(response, actor=people.it, now=NOW)
    assert [row.done_at for row in found(response_deadlines, key)] == [None]


def test_a_dropped_response_and_a_closed_risk_are_left_out(people) -> None:
    response = respond(people)
    key = f"response:{response.id}"
    response_services.drop_response(response, reason="不做了", actor=people.pm, now=NOW)
    assert found(response_deadlines, key) == []
    response_services.resume_response(response, actor=people.pm, now=NOW)
    assert found(response_deadlines, key) != []
    services.close_risk(risk(2), reason="过去了", actor=people.pm, now=NOW)
    assert found(response_deadlines, key) == []
    assert found(review_deadlines, f"risk:{risk(2).id}") == []


def test_a_month_s_review_is_done_with_the_first_one_in_it(people) -> None:
    assert review().done_at is None and review().occurrence == "2026-11"
    score(2, people.it, at=datetime(2026, 10, 30, 2, tzinfo=UTC))
    assert review().done_at is None
    score(2, people.it, at=NOW - timedelta(days=3))
    score(2, people.it, at=NOW)
    assert review().done_at == NOW - timedelta(days=3)


def test_a_review_given_after_the_month_makes_it_moot_from_then_on(people) -> None:
    score(2, people.it, at=LATER)
    assert review().done_at == LATER


def test_a_review_that_is_asked_for_anew_is_open_again(people) -> None:
    score(2, people.it)
    response = respond(people)
    response_services.complete_response(response, actor=people.it, now=NOW)
    assert risk(2).review_asked and review().done_at is None
    score(2, people.it, at=LATER)
    assert review().done_at == NOW


def test_a_month_s_signature_is_done_when_it_was_given(people) -> None:
    assert signature().done_at is None
    score(2, people.it)
    services.sign_department(1, risk(2).department_id, "2026-11", actor=people.it, now=NOW)
    assert signature().done_at == NOW


def test_the_signature_of_a_later_month_makes_an_earlier_one_moot(people) -> None:
    score(2, people.it, at=LATER)
    services.sign_department(1, risk(2).department_id, "2026-12", actor=people.it, now=LATER)
    assert signature().done_at == LATER


def test_only_months_whose_last_working_day_lies_in_the_span_are_spoken_of(people) -> None:
    score(2, people.it)
    span = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC)
    assert review_deadlines([1], *span) == signature_deadlines([1], *span) == []
    months = datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    rows = found(review_deadlines, f"risk:{risk(2).id}", months)
    assert [(row.occurrence, row.done_at) for row in rows] == [
        ("2026-10", NOW), ("2026-11", NOW), ("2026-12", None),
    ]  # fmt: skip


def test_a_risk_is_not_spoken_of_for_months_before_it_came_up(people) -> None:
    front_desk = people.clerk.department_id
    new = services.register_risk(
        1, title="x", department_id=front_desk, actor=people.pm, now=LATER
    )
    db.session.flush()
    keys = (review_deadlines, f"risk:{new.id}"), (
        signature_deadlines, f"risk_signature:1:{front_desk}"
    )  # fmt: skip
    both = NOVEMBER[0], datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    for ask, key in keys:
        assert found(ask, key) == []
        assert [row.occurrence for row in found(ask, key, both)] == ["2026-12"]
