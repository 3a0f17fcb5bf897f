"""Windows hang on committed dates and follow them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.risks.windows import Window, WindowKind, add_months, from_json, resolve, to_json

CALENDAR = WorkCalendar()
ANCHORS = {
    "plan_start": date(2026, 9, 28),
    "plan_finish": date(2027, 1, 29),
    "go_live": date(2026, 10, 28),
    "task_start:4": date(2026, 10, 9),
    "task_finish:4": date(2026, 12, 25),
    "task_start:3": date(2026, 10, 12),
    "design_finish:3": date(2026, 12, 4),
    "task_finish:2": date(2026, 12, 11),
}
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def window_of(plain):
    window = from_json(plain)
    assert window is not None
    return window


@pytest.mark.parametrize(
    ("plain", "span"),
    [
        ({"kind": "relative", "anchor": "task_finish:2", "months": 1},
         (date(2026, 12, 11), date(2027, 1, 11))),
        ({"kind": "relative", "anchor": "go_live", "months": 1},
         (date(2026, 10, 28), date(2026, 11, 28))),
        ({"kind": "during_task", "task": 4}, (date(2026, 10, 9), date(2026, 12, 25))),
        ({"kind": "design_phase", "task": 3}, (date(2026, 10, 12), date(2026, 12, 4))),
        ({"kind": "whole_plan"}, (date(2026, 9, 28), date(2027, 1, 29))),
        ({"kind": "absolute", "first_on": "2026-11-02", "last_on": "2026-11-13"},
         (date(2026, 11, 2), date(2026, 11, 13))),
        # Ten working days that end where task 4 does: "before the trial run begins".
        ({"kind": "relative", "anchor": "task_finish:4", "offset_workdays": -10, "workdays": 10},
         (date(2026, 12, 11), date(2026, 12, 25))),
    ],
)  # fmt: skip
def test_each_window_of_the_plan_resolves(plain, span) -> None:
    assert resolve(window_of(plain), ANCHORS, CALENDAR) == span


def test_a_window_without_its_anchor_has_no_days_yet() -> None:
    window = window_of({"kind": "relative", "anchor": "go_live", "months": 1})
    assert resolve(window, {"go_live": None}, CALENDAR) is None
    assert resolve(window, {}, CALENDAR) is None


def test_months_are_clamped_to_the_month_s_end() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2027, 11, 30), 3) == date(2028, 2, 29)


@pytest.mark.parametrize(
    "plain",
    [
        {"kind": "sometime"},
        {"kind": "absolute", "first_on": "2026-11-13", "last_on": "2026-11-02"},
        {"kind": "absolute", "first_on": "soon", "last_on": "2026-11-02"},
        {"kind": "absolute", "first_on": 3, "last_on": "2026-11-02"},
        {"kind": "relative", "anchor": "full_moon", "months": 1},
        {"kind": "relative", "anchor": "go_live"},
        {"kind": "relative", "anchor": "go_live", "months": 1, "workdays": 3},
        {"kind": "relative", "anchor": "go_live", "months": 0},
        {"kind": "relative", "anchor": "go_live", "months": 37},
        {"kind": "relative", "anchor": "go_live", "months": "1"},
        {"kind": "relative", "anchor": "go_live", "workdays": 501},
        {"kind": "relative", "anchor": "go_live", "workdays": 3, "offset_workdays": -501},
        {"kind": "during_task"},
        {"kind": "design_phase", "task": 0},
        {"kind": "whole_plan", "colour": "blue"},
    ],
)
def test_what_is_no_window_is_refused(plain) -> None:
    with pytest.raises(ValueError):
        from_json(plain)


@given(DAYS, st.integers(1, 36), st.integers(-30, 30))
def test_a_relative_window_moves_with_its_anchor_and_never_ends_before_it_begins(
    day, months, offset
) -> None:
    window = Window(
        WindowKind.relative, anchor="go_live", months=months, offset_workdays=offset
    )
    span = resolve(window, {"go_live": day}, CALENDAR)
    assert span is not None and span[0] <= span[1]
    moved = resolve(window, {"go_live": day + timedelta(days=31)}, CALENDAR)
    assert moved is not None and moved[0] > span[0] and moved[1] > span[1]


@given(
    st.one_of(
        st.tuples(DAYS, DAYS).map(
            lambda d: Window(WindowKind.absolute, first_on=min(d), last_on=max(d))
        ),
        st.integers(1, 99).map(lambda n: Window(WindowKind.design_phase, task=n)),
        st.integers(1, 500).map(
            lambda n: Window(WindowKind.relative, anchor=f"task_start:{n}", workdays=n)
        ),
    )
)
def test_a_window_survives_being_written_down(window) -> None:
    assert from_json(to_json(window)) == window
