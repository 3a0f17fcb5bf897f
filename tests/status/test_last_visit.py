"""What an executive is told of since the last visit: what happened since, and what a comparison
adds, each fact once."""

from dataclasses import replace
from datetime import date, timedelta

from app.core.i18n import in_language
from app.core.lights import Light
from app.status.comparison.values import Names
from app.status.home.last_visit import MOST, Entry, told_since
from app.status.state import PlanFinding
from tests.status.states import AT, LATER, put, sample

BEFORE = sample()
VISIT = AT + timedelta(days=3)
NOW = VISIT + timedelta(days=3)
NEXT = date(2027, 1, 8)
NAMES = Names({1: "何俊"}, {})
RED = PlanFinding(Light.red, "late_red", {}, "task", 7, 4)


def moved(at, old=LATER, new=NEXT, name="forecast_finish_on", kind="tasks", object_id=7):
    return Entry(at, kind, object_id, {name: [old.isoformat(), new.isoformat()]})


def told(after, entries=(), before=BEFORE):
    with in_language("en"):
        return told_since(after, VISIT, entries, before, NAMES)


def late(state=BEFORE):
    """Task 4 is expected later, and red for it."""
    after = put(state, "tasks.tasks.0", expected_finish_on=NEXT, days_late=6)
    return put(after, "", findings=(RED, BEFORE.findings[1]), as_of=NOW)


def test_a_fact_is_told_once_with_its_day(context):
    rows = told(late(), [moved(VISIT + timedelta(days=1))])
    assert [(row.text[:31], row.is_dated) for row in rows] == [
        ("Task 4 turned from amber to red", False), ("Task 4 is now expected on 8 Jan", True),
    ]  # fmt: skip
    assert rows[0].at == BEFORE.as_of
    assert rows[1].at == VISIT + timedelta(days=1)


def test_what_moved_before_the_visit_was_seen_then(context):
    rows = told(late(), [moved(VISIT - timedelta(days=1))])
    assert [row.text[:11] for row in rows] == ["Task 4 turn"]


def test_a_comparison_tells_what_has_no_day(context):
    after = put(BEFORE, "tasks.steps.0", finish_on=NEXT)
    after = put(after, "", light=Light.red, as_of=NOW)
    after = put(after, "risks", risks=())
    rows = told(after)
    assert {row.text for row in rows} == {
        "The plan turned from amber to red",
        "Milestone 4.3 “Training” moved to 8 Jan, before 30 Dec",
        "Risk 2 “Training” was closed",
    }
    assert not any(row.is_dated for row in rows)
    assert told(after, before=None) == []


def test_what_happened_before_the_visit_is_not_told(context):
    old = put(BEFORE, "risks.signatures.0", signed_at=VISIT - timedelta(hours=1))
    assert told(old) == []
    new = put(BEFORE, "risks.signatures.0", signed_at=VISIT + timedelta(hours=1))
    assert [row.is_dated for row in told(new)] == [True]


def test_what_the_events_tell_exactly_is_not_taken_from_a_comparison(context):
    """Its committed date moved between the kept state and the visit: seen then."""
    assert told(put(BEFORE, "tasks.tasks.0", finish_on=NEXT)) == []
    (row,) = told(put(BEFORE, "tasks.tasks.0", finish_on=NEXT),
                  [moved(VISIT + timedelta(days=1), name="finish_on")])  # fmt: skip
    assert row.text == "Task 4 is now committed for 8 Jan, before 30 Dec"


def test_money_is_told_of_the_line(context):
    entry = Entry(VISIT + timedelta(days=1), "budget_lines", 81,
                  {"forecast_cents": [100_000, 130_000]})  # fmt: skip
    after = put(BEFORE, "tasks.budget.0", forecast_cents=130_000)
    (row,) = told(after, [entry])
    assert (row.text, row.url) == ("Training is expected to cost 300 yuan more", "/plans/1/budget")


def test_details_of_the_work_are_left_to_those_who_do_it(context):
    after = put(BEFORE, "tasks.tasks.0", percent=30, owner_id=None)
    assert told(put(after, "tasks.actions.0", is_overdue=True)) == []


def test_a_long_absence_is_told_by_what_matters_most(context):
    many = put(BEFORE, "reports", promises=tuple(
        replace(BEFORE.reports.promises[0], id=n, outcome="slipped") for n in range(100, 120)
    ))  # fmt: skip
    rows = told(put(many, "", light=Light.red))
    assert len(rows) == MOST
    assert "The plan turned from amber to red" in {row.text for row in rows}
