"""A weekly report is due on the week's last working day at 17:00."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import DayKind, WorkCalendar
from app.reports.deadlines import (
    ReportStanding,
    covered_weeks,
    due_at,
    expected_weeks,
    standing,
)

CHINA = WorkCalendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK_48 = IsoWeek(2026, 48)
DUE = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
SECOND = timedelta(seconds=1)


def test_a_report_is_due_on_friday_at_five_in_the_plans_zone() -> None:
    assert due_at(WEEK_48, CHINA, SHANGHAI) == DUE
    assert due_at(WEEK_48, CHINA, SHANGHAI, 9, 30) == datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
    berlin = due_at(WEEK_48, CHINA, ZoneInfo("Europe/Berlin"))
    assert berlin == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


def test_a_week_that_ends_with_a_working_sunday_is_due_on_it() -> None:
    assert due_at(IsoWeek(2026, 38), CHINA, SHANGHAI) == datetime(2026, 9, 20, 9, tzinfo=UTC)


def test_a_week_without_a_working_day_needs_no_report_and_the_next_covers_both() -> None:
    assert due_at(IsoWeek(2026, 8), CHINA, SHANGHAI) is None
    assert covered_weeks(IsoWeek(2026, 8), CHINA) == ()
    assert covered_weeks(IsoWeek(2026, 9), CHINA) == (IsoWeek(2026, 8), IsoWeek(2026, 9))
    assert covered_weeks(WEEK_48, CHINA) == (WEEK_48,)


@pytest.mark.parametrize(
    ("rule", "week", "day"),
    [
        ("wednesday", WEEK_48, date(2026, 11, 25)),
        ("sunday", WEEK_48, date(2026, 11, 27)),
        # 1 to 7 October are off: nothing up to Wednesday, so the first day that works.
        ("wednesday", IsoWeek(2026, 41), date(2026, 10, 8)),
        ("friday", IsoWeek(2026, 40), date(2026, 9, 30)),
    ],
)
def test_another_weekday_moves_off_days_off(rule: str, week: IsoWeek, day: date) -> None:
    due = due_at(week, CHINA, SHANGHAI, weekday_rule=rule)
    assert due is not None
    assert due.astimezone(SHANGHAI).date() == day


def test_an_unknown_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="no weekday"):
        due_at(WEEK_48, CHINA, SHANGHAI, weekday_rule="someday")


@given(
    first=st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(IsoWeek.of),
    count=st.integers(0, 30),
    closed=st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=60),
)
def test_every_week_is_covered_by_exactly_one_report(
    first: IsoWeek, count: int, closed: set[date]
) -> None:
    calendar = WorkCalendar(dict.fromkeys(closed, DayKind.company_off))
    last = first.plus(count)
    covered = [w for week in weeks_between(first, last) for w in covered_weeks(week, calendar)]
    assert len(covered) == len(set(covered))
    owed = {w for w in weeks_between(first, last) if due_at(w, calendar, SHANGHAI)}
    assert owed <= set(covered)


def test_weeks_are_expected_from_the_start_to_today() -> None:
    rows = expected_weeks(date(2026, 11, 12), None, date(2026, 11, 26), CHINA)
    assert [str(row.week) for row in rows] == ["2026-W46", "2026-W47", "2026-W48"]
    assert rows[-1].due_at == DUE


def test_nothing_is_expected_after_the_task_is_done_or_before_it_starts() -> None:
    rows = expected_weeks(date(2026, 11, 2), date(2026, 11, 11), date(2026, 11, 26), CHINA)
    assert [row.week.week for row in rows] == [45, 46]
    assert expected_weeks(date(2026, 12, 7), None, date(2026, 11, 26), CHINA) == []


def test_a_task_that_starts_on_a_saturday_reports_from_monday_on() -> None:
    rows = expected_weeks(date(2026, 11, 7), None, date(2026, 11, 26), CHINA)
    assert rows[0].week == IsoWeek(2026, 46)


def test_the_spring_festival_and_leave_excuse() -> None:
    leave = [(date(2026, 3, 2), date(2026, 3, 6)), (date(2026, 3, 9), date(2026, 3, 12))]
    rows = expected_weeks(date(2026, 2, 9), None, date(2026, 3, 13), CHINA, leave)
    assert [(row.week.week, row.excused) for row in rows] == [
        (7, None),
        (8, "no_workday"),
        (9, None),
        (10, "on_leave"),
        (11, None),  # back on the Friday
    ]


@pytest.mark.parametrize(
    ("submitted_at", "state", "now", "options", "expected"),
    [
        (DUE, "submitted", DUE, {}, ReportStanding.on_time),
        (DUE + SECOND, "submitted", DUE + SECOND, {}, ReportStanding.late),
        (DUE, "submitted", DUE, {"is_substitute": True}, ReportStanding.substitute),
        (DUE, "returned", DUE + SECOND, {}, ReportStanding.returned),
        (DUE, "accepted", DUE + SECOND, {"was_returned": True}, ReportStanding.returned),
        (DUE + SECOND, "accepted", DUE + SECOND, {"was_returned": True}, ReportStanding.late),
        (None, None, DUE, {}, ReportStanding.pending),
        (None, "draft", DUE, {}, ReportStanding.draft),
        (None, None, DUE + SECOND, {}, ReportStanding.missing),
        (None, "draft", DUE + SECOND, {}, ReportStanding.missing),
        (None, None, DUE + SECOND, {"is_excused": True}, ReportStanding.excused),
        (DUE, "submitted", DUE, {"is_excused": True}, ReportStanding.on_time),
        (None, None, DUE - SECOND, {"opens_at": DUE}, ReportStanding.not_due),
    ],
)
def test_how_a_report_stands(
    submitted_at: datetime | None,
    state: str | None,
    now: datetime,
    options: dict[str, bool],
    expected: ReportStanding,
) -> None:
    assert standing(DUE, submitted_at, state, now, **options) is expected  # type: ignore[arg-type]


def test_a_week_without_a_deadline_is_excused() -> None:
    assert standing(None, None, None, DUE) is ReportStanding.excused


def test_a_return_does_not_make_a_report_late() -> None:
    assert standing(DUE, DUE, "returned", DUE + 90 * SECOND).is_on_time
    assert not ReportStanding.late.is_on_time
    assert ReportStanding.missing.is_settled
    assert not ReportStanding.pending.is_settled
