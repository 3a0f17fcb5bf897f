"""Since when what monitoring asks for is done."""

from datetime import UTC, date, datetime, time, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from app.core.db import db
from app.plans.models import Leave
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports import indicators, inspections
from app.reports.inspections import FindingInput
from app.reports.models import Cadence, Indicator, Inspection
from app.reports.monitoring_reminding import inspection_deadlines, measurement_deadlines
from app.reports.owing import is_owed, owed_periods, periods_due
from app.reports.periods import measurement_due_on
from app.reports.problem_solving import answer_problem, raise_problem
from app.reports.report_reminding import problem_deadlines, report_deadlines
from app.reports.reporting import return_report
from tests.conftest import NOW
from tests.reports.weeks import W47, W48, at, hand_in, running_task

SPAN = datetime(2026, 9, 28, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
CALENDAR = WorkCalendar()


def only(rows, key):
    (row,) = [row for row in rows if row.object_key == key]
    return row


def test_a_report_is_done_when_it_was_handed_in_for_the_first_time(people):
    four = running_task(4)
    key = f"report:{four.id}:{W48}"
    assert only(report_deadlines([1], *SPAN), key).done_at is None
    report = hand_in(four, W48, NOW)
    return_report(report, reason="太短", actor=people.pm, now=NOW + timedelta(hours=1))
    hand_in(four, W48, NOW + timedelta(hours=2))
    row = only(report_deadlines([1], *SPAN), key)
    assert row.done_at == NOW and row.recipients == (people.owner4.id,)


def test_a_late_report_is_done_after_it_was_due(people):
    four = running_task(4)
    hand_in(four, W47, NOW)
    row = only(report_deadlines([1], *SPAN), f"report:{four.id}:{W47}")
    assert row.due_at < row.done_at == NOW


def test_an_excused_week_is_left_out_even_with_a_report(people):
    four = running_task(4)
    hand_in(four, W48, NOW)
    db.session.add(Leave(person_id=four.owner_id, first_on=W48.monday, last_on=W48.sunday))
    db.session.flush()
    keys = {row.object_key for row in report_deadlines([1], *SPAN)}
    assert f"report:{four.id}:{W47}" in keys and f"report:{four.id}:{W48}" not in keys


def test_each_plan_s_own_hour_decides_whether_a_report_is_due_in_a_span(plan, people):
    four = running_task(4)
    span = at(W48, 5, 16, 30), at(W48, 5, 16, 45)
    assert report_deadlines([1], *span) == []
    plan.report_hour, plan.report_minute = 16, 40
    db.session.flush()
    assert f"report:{four.id}:{W48}" in {row.object_key for row in report_deadlines([1], *span)}


def test_a_problem_is_done_when_it_was_answered(people):
    problem = raise_problem(
        1, title="缺教室", owner_id=people.administration.id, answer_due_on=date(2026, 12, 2),
        actor=people.owner4, now=NOW,
    )  # fmt: skip
    db.session.flush()
    key = f"problem:{problem.id}"
    assert only(problem_deadlines([1], *SPAN), key).done_at is None
    answer_problem(problem, answer="借第二会议室", actor=people.administration, now=NOW)
    db.session.flush()
    assert only(problem_deadlines([1], *SPAN), key).done_at == NOW


def test_a_value_is_done_when_its_final_one_was_measured(people):
    indicator = db.session.scalars(
        db.select(Indicator).where(Indicator.plan_id == 1, Indicator.key == "efficiency")
    ).one()

    def done_at(period):
        rows = measurement_deadlines([1], *SPAN)
        (row,) = [r for r in rows if r.object_key == f"measurement:{indicator.id}"
                  and r.occurrence == period]  # fmt: skip
        return row.done_at

    assert done_at("2026-10") is done_at("2026-11") is None
    for period in ("2026-10", "2026-11"):
        indicators.record_measurement(
            indicator, period=period, value=300, actor=people.pm, now=NOW
        )
    db.session.flush()
    assert done_at("2026-10") == NOW
    # November is not over on the 26th: that value is interim, and the final one still owed.
    assert done_at("2026-11") is None


def test_an_inspection_is_done_when_it_was_recorded_and_an_observation_never_was_due(people):
    planned = inspections.plan_inspection(
        1, planned_on=date(2026, 11, 26), inspector_id=people.owner5.id, actor=people.pm, now=NOW
    )
    seen = inspections.report_observation(
        1, text="椅子不够坐", seen_on=date(2026, 11, 26), actor=people.clerk, now=NOW
    )
    db.session.flush()
    key = f"inspection:{planned.id}"
    assert only(inspection_deadlines([1], *SPAN), key).done_at is None
    inspections.record_inspection(
        planned, done_on=date(2026, 11, 26), place="大厅", summary="",
        findings=[FindingInput(text="好")], actor=people.owner5, now=NOW,
    )  # fmt: skip
    db.session.flush()
    row = only(inspection_deadlines([1], *SPAN), key)
    assert row.done_at == NOW and row.title.in_language("en") == "On-site inspection, 大厅"
    assert db.session.get_one(Inspection, seen.id).is_observation
    assert f"inspection:{seen.id}" not in {
        found.object_key for found in inspection_deadlines([1], *SPAN)
    }


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize("cadence", list(Cadence))
@given(begins_on=days, finish_on=days)
def test_a_period_is_owed_exactly_when_it_is_among_the_owed_ones(cadence, begins_on, finish_on):
    owed = owed_periods(str(cadence), begins_on, finish_on)
    around = owed_periods(str(cadence), date(2024, 6, 1), date(2029, 1, 1))
    assert [p for p in around if is_owed(p, str(cadence), begins_on, finish_on)] == owed


def test_where_measuring_begins_after_the_plan_s_end_the_next_period_is_wanted():
    owed = owed_periods("month", date(2026, 11, 3), date(2026, 10, 20))
    assert [period.label for period in owed] == ["2026-12"]


@pytest.mark.parametrize("cadence", list(Cadence))
@given(first=days, length=st.integers(0, 200))
def test_the_periods_due_in_a_span_are_those_whose_day_lies_in_it(cadence, first, length):
    last = first + timedelta(days=length)
    around = owed_periods(str(cadence), date(2024, 1, 1), date(2029, 1, 1))
    wanted = [p for p in around if first <= measurement_due_on(p, CALENDAR) <= last]
    assert periods_due(str(cadence), first, last, CALENDAR) == wanted[::-1]


def test_a_week_s_report_is_asked_for_in_every_span_that_holds_its_instant(people):
    four = running_task(4)
    for week in (IsoWeek(2026, number) for number in range(41, 53)):
        due = only(report_deadlines([1], *SPAN), f"report:{four.id}:{week}").due_at
        rows = report_deadlines([1], due, due)
        assert f"report:{four.id}:{week}" in {row.object_key for row in rows}
        day = datetime.combine(due.date(), time(), tzinfo=UTC)
        assert not report_deadlines([1], day, due - timedelta(seconds=1))
