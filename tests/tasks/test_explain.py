"""Why a date is what it is, what a day more costs, and where a day is won."""

from datetime import date

import pytest

from app.plans.workcalendar import DayKind, DayWords, WorkCalendar
from app.tasks.explain import DayRun, days_between, explain
from app.tasks.network import Item, network_of, timed
from app.tasks.one_day import cost_of_a_day, where_a_day_is_won
from app.tasks.schedule import Dependency

TODAY = date(2026, 11, 26)
PLAN_START = date(2026, 9, 28)
CALENDAR = WorkCalendar()


def d(month, day, year=2026):
    return date(year, month, day)


def step(number, first, last, **more):
    return Item(f"step:{number}", "task:4", first, last, **more)


def task(number, first, last, **more):
    return Item(f"task:{number}", None, first, last, **more)


def plan_of(items, links, calendar=CALENDAR, today=TODAY):
    return timed(network_of(items, links, today, calendar), calendar, PLAN_START)


def system(**more):
    """Task 4 of the demo: registration expected a week late, import and trial run after it."""
    items = [
        task(4, d(10, 12), d(12, 18), has_started=True, **more),
        step(2, d(11, 2), d(11, 20), has_started=True, forecast_on=d(11, 27)),
        step(3, d(11, 23), d(12, 4)),
        step(4, d(12, 7), d(12, 18)),
        task(5, d(12, 21), d(1, 8, 2027)),
    ]
    links = [
        Dependency("step:2", "step:3"),
        Dependency("step:3", "step:4"),
        Dependency("task:4", "task:5"),
    ]
    return items, links


def why(items, links, key, **more):
    calendar = more.get("calendar", CALENDAR)
    today = more.get("today", TODAY)
    return explain(plan_of(items, links, **more), key, today, calendar)


def told(chain):
    return [(r.key, r.kind, r.on) for r in chain]


def test_a_chain_goes_back_to_what_an_owner_expects():
    assert told(why(*system(), "task:4")) == [
        ("step:2", "expected", d(11, 27)),
        ("step:3", "link", d(12, 11)),
        ("step:4", "link", d(12, 25)),
        ("task:4", "part", d(12, 25)),
    ]


def test_each_link_says_what_it_waits_for_from_which_day_and_how_long_it_takes():
    reason = why(*system(), "step:3")[-1]
    assert (reason.because, reason.because_on, reason.link_kind, reason.lag) == (
        "step:2", d(11, 27), "FS", 0,
    )  # fmt: skip
    assert (reason.start, reason.finish, reason.workdays) == (d(11, 30), d(12, 11), 10)
    # Only weekends lie between and within.
    assert (reason.between, reason.during) == ((), ())


def test_a_chain_ends_at_what_has_happened():
    items = [task(1, d(10, 12), d(10, 23), done_on=d(10, 21)), task(2, d(10, 26), d(12, 11))]
    chain = why(items, [Dependency("task:1", "task:2", lag=30)], "task:2")
    assert told(chain) == [("task:1", "done", d(10, 21)), ("task:2", "link", chain[-1].finish)]
    assert (chain[0].because, chain[1].lag) == (None, 30)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (task(1, d(12, 1), d(12, 4)), "committed_start"),
        (task(1, d(12, 1), d(12, 4), not_before_on=d(12, 3)), "not_before"),
        (task(1, d(12, 1), d(12, 4), not_before_on=d(11, 30)), "committed_start"),
        (task(1, d(12, 1), d(12, 4), is_fixed=True), "fixed"),
        (task(1, d(11, 2), d(12, 4), has_started=True), "committed"),
        (task(1, d(11, 2), d(12, 4), has_started=True, forecast_on=d(12, 8)), "expected"),
        (task(1, d(11, 2), d(12, 4), forecast_on=d(12, 18)), "expected"),
        (task(1, d(11, 2), d(11, 20), has_started=True), "today"),
        (task(1, d(11, 2), d(11, 4)), "today"),
        (task(1, d(9, 1), d(12, 31)), "plan_start"),
        (task(1, d(11, 2), d(11, 4), done_on=d(11, 5)), "done"),
    ],
)
def test_what_waits_for_nothing_says_what_holds_it(item, kind):
    assert [r.kind for r in why([item], [], "task:1")] == [kind]


def test_the_last_day_of_a_task_with_steps_may_be_its_owners_own_word():
    chain = why(*system(forecast_on=d(12, 31)), "task:4")
    assert told(chain) == [("task:4", "expected", d(12, 31))]


def test_a_step_that_begins_with_its_task_leads_to_what_the_task_waits_for():
    items = [
        task(1, d(10, 12), d(12, 4), has_started=True, forecast_on=d(12, 9)),
        task(4, d(12, 7), d(12, 18)),
        step(1, d(12, 7), d(12, 9)),
    ]
    assert told(why(items, [Dependency("task:1", "task:4")], "step:1")) == [
        ("task:1", "expected", d(12, 9)),
        ("task:4", "link", d(12, 10)),
        ("step:1", "inside", d(12, 14)),
    ]


def test_holidays_and_make_up_workdays_are_named_and_weekends_are_not():
    items = [
        task(1, d(9, 1), d(9, 24), has_started=True, forecast_on=d(9, 30)),
        task(2, d(9, 25), d(9, 30)),
    ]
    chain = why(items, [Dependency("task:1", "task:2")], "task:2", today=d(9, 28))
    run = chain[-1].between[0]
    assert (run.first, run.last, run.kind) == (d(10, 1), d(10, 7), DayKind.holiday)
    assert run.name[0].startswith("国庆") or "中秋" in run.name[0]
    assert chain[-1].start == d(10, 8)
    # Saturday 10 October makes up for one of them.
    assert [(r.first, r.kind) for r in chain[-1].during] == [(d(10, 10), DayKind.makeup)]


def test_a_companys_departments_and_persons_days_are_told_apart():
    calendar = CALENDAR.overlaid(
        {d(12, 1): DayKind.company_off, d(12, 2): DayKind.company_off,
         d(12, 3): DayKind.leave, d(12, 5): DayKind.department_work},
        {d(12, 1): DayWords(("盘点", "Stocktaking")), d(12, 2): DayWords(("盘点", "Stocktaking")),
         d(12, 3): DayWords(whose=("何俊", "何俊"))},
    )  # fmt: skip
    assert days_between(d(11, 28), d(12, 6), calendar) == (
        DayRun(d(12, 1), d(12, 2), DayKind.company_off, ("盘点", "Stocktaking")),
        DayRun(d(12, 3), d(12, 3), DayKind.leave, whose=("何俊", "何俊")),
        DayRun(d(12, 5), d(12, 5), DayKind.department_work),
    )


def test_a_date_in_a_year_without_a_published_calendar_is_estimated():
    chain = why(*system(), "task:5")
    assert [r.is_estimated for r in chain] == [False] * 4 + [True]


def test_of_two_that_hold_a_date_the_other_is_named_too():
    items, links = system()
    items.append(step(9, d(12, 14), d(12, 25)))
    last = why(items, links, "task:4")[-1]
    assert {last.because, last.also[0].key} == {"step:4", "step:9"}


def test_a_day_more_moves_what_follows_and_the_plans_end():
    cost = cost_of_a_day(plan_of(*system()), "step:2", CALENDAR)
    assert [(key, after) for key, _before, after in cost.moves] == [
        ("step:3", d(12, 14)), ("task:4", d(12, 28)), ("step:4", d(12, 28)),
        ("task:5", d(1, 18, 2027)),
    ]  # fmt: skip
    assert cost.finish == (d(1, 15, 2027), d(1, 18, 2027))
    assert cost.moves_the_end


def test_a_day_more_of_what_has_float_moves_nothing():
    items, links = system()
    items.append(task(6, d(12, 1), d(12, 4)))
    cost = cost_of_a_day(plan_of(items, links), "task:6", CALENDAR)
    assert (cost.moves, cost.moves_the_end) == ((), False)


def test_a_day_more_of_a_milestone_is_the_next_working_day():
    items = [
        task(1, d(12, 4), d(12, 4), is_milestone=True),
        task(2, d(12, 7), d(12, 11)),
    ]
    cost = cost_of_a_day(plan_of(items, [Dependency("task:1", "task:2")]), "task:1", CALENDAR)
    assert cost.moves == (("task:2", d(12, 11), d(12, 14)),)


def test_what_is_done_costs_and_wins_nothing():
    plan = plan_of([task(1, d(10, 12), d(10, 23), done_on=d(10, 21))], [])
    assert cost_of_a_day(plan, "task:1", CALENDAR) is None
    chain = explain(plan, "task:1", TODAY, CALENDAR)
    assert where_a_day_is_won(plan, chain, TODAY, CALENDAR).wins == ()


def won(items, links, key):
    plan = plan_of(items, links)
    chain = explain(plan, key, TODAY, CALENDAR)
    found = where_a_day_is_won(plan, chain, TODAY, CALENDAR)
    return [(w.key, w.kind, w.finish) for w in found.wins], found.with_own


def test_a_day_is_won_at_every_link_that_alone_brings_the_end_forward():
    items, links = system()
    assert won(items, links, "step:4") == (
        [(f"step:{n}", "item", d(12, 24)) for n in (2, 3, 4)], False,
    )  # fmt: skip


def test_a_wait_can_be_shortened_too():
    items, links = system()
    links[0] = Dependency("step:2", "step:3", lag=2)
    assert [(key, kind) for key, kind, _on in won(items, links, "step:3")[0]] == [
        ("step:2", "item"), ("step:3", "lag"), ("step:3", "item"),
    ]  # fmt: skip


def test_no_day_is_won_before_a_committed_start():
    items, links = system()
    # The trial run was committed to begin on the very day that the import lets it.
    items[3] = step(4, d(12, 14), d(12, 25))
    assert won(items, links, "step:4") == ([("step:4", "item", d(12, 24))], False)


def test_an_owners_own_word_for_the_task_has_to_move_along():
    wins, with_own = won(*system(forecast_on=d(12, 25)), "task:4")
    assert (with_own, [w[0] for w in wins]) == (True, ["step:2", "step:3", "step:4"])


def test_no_day_is_won_where_two_hold_the_same_date():
    items, links = system()
    items.append(step(9, d(12, 14), d(12, 25)))
    assert won(items, links, "task:4") == ([], False)


def test_work_of_today_cannot_end_yesterday():
    items = [task(1, d(11, 2), d(11, 20), has_started=True)]
    assert won(items, [], "task:1") == ([], False)


def test_of_two_that_hold_a_start_the_one_still_open_is_told():
    items = [
        task(1, d(10, 12), d(11, 26), done_on=d(11, 26)),
        task(2, d(10, 12), d(11, 26), has_started=True),
        task(3, d(11, 27), d(12, 4)),
    ]
    links = [Dependency("task:1", "task:3"), Dependency("task:2", "task:3")]
    assert why(items, links, "task:3")[-1].because == "task:2"


def test_a_first_step_begins_as_committed_rather_than_with_its_task():
    items = [task(4, d(12, 7), d(12, 18)), step(1, d(12, 7), d(12, 9))]
    assert told(why(items, [], "step:1")) == [("step:1", "committed_start", d(12, 9))]


def test_neighbouring_days_worked_by_a_department_are_one_run():
    calendar = CALENDAR.overlaid(
        {d(12, 5): DayKind.department_work, d(12, 6): DayKind.department_work}, {}
    )
    runs = days_between(d(12, 4), d(12, 7), calendar)
    assert [(run.first, run.last) for run in runs] == [(d(12, 5), d(12, 6))]


def test_a_task_ends_later_through_its_last_step_and_what_waits_for_that():
    items, links = system()
    links[2] = Dependency("step:4", "task:5")
    cost = cost_of_a_day(plan_of(items, links), "task:4", CALENDAR)
    assert [key for key, _before, _after in cost.moves] == ["task:5"]
