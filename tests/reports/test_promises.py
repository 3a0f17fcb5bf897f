"""Promises come back in their week and need an outcome; slips are counted, nothing is doubled."""

import pytest

from app.core.db import db
from app.core.errors import DomainError
from app.plans.models import CalendarDay
from app.plans.weeks import IsoWeek
from app.reports.content import OutcomeGiven
from app.reports.models import Outcome, Promise
from app.reports.promise_keeping import due_promises
from app.reports.promises import kept_rate
from app.reports.reporting import find_report, return_report
from tests.conftest import NOW
from tests.reports.weeks import W42, W47, W48, W49, at, hand_in, running_task


@pytest.fixture
def four(people, plan):
    return running_task(4)


def due(task, week):
    return due_promises(task.id, week, find_report(task.id, week))


def outcomes() -> list[str]:
    return [p.outcome for p in db.session.scalars(db.select(Promise).order_by(Promise.id))]


def test_next_weeks_lines_come_back_in_that_week(four):
    hand_in(four, W47, next_lines=("写完初稿", "走访 3 家"))
    assert [p.text for p in due(four, W48)] == ["写完初稿", "走访 3 家"]
    assert due(four, W47) == []


def test_each_promise_needs_an_outcome(four):
    hand_in(four, W47, next_lines=("a", "b"))
    first, second = due(four, W48)
    with pytest.raises(DomainError) as told:
        hand_in(four, W48, NOW, outcomes=(OutcomeGiven(first.id, "done"),))
    assert told.value.field == f"outcome-{second.id}-outcome"


def test_what_was_promised_for_a_missing_week_waits_for_the_next_report(four):
    hand_in(four, W42, next_lines=("von früher",))
    assert [p.text for p in due(four, W48)] == ["von früher"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "dropped"}, "reason"),
        ({"outcome": "slipped", "new_week": W49}, "reason"),
        ({"outcome": "slipped", "reason": "x"}, "new_week"),
        ({"outcome": "slipped", "reason": "x", "new_week": W48}, "new_week"),
        ({"outcome": "slipped", "reason": "x", "new_week": W47}, "new_week"),
        ({"outcome": "slipped", "reason": "x", "new_week": IsoWeek(9999, 52)}, "new_week"),
        ({"outcome": "dropped", "reason": "x" * 501}, "reason"),
        ({"outcome": "nonsense"}, "outcome"),
    ],
)
def test_a_slip_or_drop_that_is_not_whole_is_refused_at_its_line(four, given, field):
    hand_in(four, W47)
    (promise,) = due(four, W48)
    with pytest.raises(DomainError) as told:
        hand_in(four, W48, NOW, outcomes=(OutcomeGiven(promise.id, **given),))
    assert told.value.field == f"outcome-{promise.id}-{field}"


def test_a_slip_to_a_week_without_workdays_is_refused(four):
    for day in W49.days:
        db.session.add(CalendarDay(on=day, is_workday=False))
    hand_in(four, W47)
    (promise,) = due(four, W48)
    with pytest.raises(DomainError) as told:
        hand_in(four, W48, NOW, outcomes=(OutcomeGiven(promise.id, "slipped", W49, "x"),))
    assert told.value.field.endswith("new_week")


def test_a_promise_of_another_task_is_refused(four, people):
    other = running_task(5)
    hand_in(other, W47)
    (foreign,) = due(other, W48)
    with pytest.raises(DomainError):
        hand_in(four, W48, NOW, outcomes=(OutcomeGiven(foreign.id, "done"),))


def test_a_slip_is_counted_and_comes_back_by_itself(four):
    hand_in(four, W47, next_lines=("清洗资料",))
    (promise,) = due(four, W48)
    slip = OutcomeGiven(promise.id, "slipped", W49, "310 条疑似重复")
    hand_in(four, W48, NOW, outcomes=(slip,), next_lines=())
    (later,) = due(four, W49)
    assert (later.text, later.slip_count, later.follows_id) == ("清洗资料", 1, promise.id)
    assert kept_rate(outcomes()) == (0, 1)


def test_next_week_needs_a_line_unless_something_slips_or_all_is_done(four):
    with pytest.raises(DomainError) as told:
        hand_in(four, W47, next_lines=())
    assert told.value.field == "line-0-text"
    assert hand_in(four, W47, next_lines=(), percent=100)


def test_lines_skip_a_week_without_workdays(four):
    for day in W48.days:
        db.session.add(CalendarDay(on=day, is_workday=False))
    hand_in(four, W47)
    (promise,) = db.session.scalars(db.select(Promise))
    assert promise.due_week == 49


def test_a_returned_report_says_anew_what_it_said_and_doubles_nothing(four, people):
    hand_in(four, W47, next_lines=("a", "b"))
    a, b = due(four, W48)
    slip = OutcomeGiven(b.id, "slipped", W49, "x")
    report = hand_in(four, W48, NOW, outcomes=(OutcomeGiven(a.id, "done"), slip),
                     next_lines=("c", "d"))  # fmt: skip
    return_report(report, reason="nein", actor=people.pm, now=NOW)
    assert {p.id for p in due(four, W48)} == {a.id, b.id}
    drop = OutcomeGiven(a.id, "dropped", None, "nicht nötig")
    hand_in(four, W48, NOW, outcomes=(drop, OutcomeGiven(b.id, "done")), next_lines=("c", "e"))
    assert (a.outcome, b.outcome) == (Outcome.dropped, Outcome.done)
    assert sorted(p.text for p in due(four, W49)) == ["c", "e"]
    assert kept_rate(outcomes()) == (1, 2)


def test_a_slip_that_was_answered_since_is_not_taken_back(four, people):
    hand_in(four, W42, next_lines=("a",))
    (a,) = due(four, W47)
    report = hand_in(four, W47, outcomes=(OutcomeGiven(a.id, "slipped", W48, "x"),),
                     next_lines=())  # fmt: skip
    return_report(report, reason="nein", actor=people.pm, now=at(W47, 5, 16))
    hand_in(four, W48, NOW)
    hand_in(four, W47, NOW, outcomes=(), next_lines=("f",))
    assert a.outcome is Outcome.slipped
    assert sum(p.text == "a" for p in db.session.scalars(db.select(Promise))) == 2
