"""The reasons behind a date, as whole sentences in both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.core.i18n import in_language
from app.core.lights import Light
from app.core.localtext import LocalText
from app.plans.workcalendar import DayKind, DayWords, WorkCalendar
from app.tasks import why_words
from app.tasks.explain import DayRun, explain
from app.tasks.network import Item, network_of, timed
from app.tasks.one_day import cost_of_a_day, where_a_day_is_won
from app.tasks.schedule import Dependency
from app.tasks.why_queries import Named, Said, WhyFacts

TODAY = date(2026, 11, 26)
TITLES = {
    "task:1": ("1", "流程标准", "Standards"),
    "task:4": ("4", "客户系统", "Customer system"),
    "task:5": ("5", "检查", "Inspections"),
    "step:2": ("4.2", "登记与查询", "Registration"),
    "step:3": ("4.3", "导入与权限 v2", "Import v2"),
    "step:4": ("4.4", "试运行", "Trial run"),
}


def d(month, day):
    return date(2026, month, day)


def names(baselines, done, late):
    return {
        key: Named(key, label, LocalText(zh=zh, en=en), 4, key.startswith("task"), key in done,
                   baselines.get(key), late.get(key), Light.amber if key == "task:4" else None)
        for key, (label, zh, en) in TITLES.items()
    }  # fmt: skip


def facts_of(items, links, key, calendar=None, said=None, turns=(), baselines=None, late=None):
    calendar = calendar or WorkCalendar()
    made = timed(network_of(items, links, TODAY, calendar), calendar, d(9, 28))
    chain = explain(made, key, TODAY, calendar)
    done = {item.key for item in items if item.done_on}
    return WhyFacts(
        1, key, chain, made.of(key).total_float, cost_of_a_day(made, key, calendar),
        where_a_day_is_won(made, chain, TODAY, calendar), turns,
        names(baselines or {}, done, late or {}), said,
    )  # fmt: skip


def item(key, first, last, **more):
    parent = "task:4" if key.startswith("step") else None
    return Item(key, parent, first, last, **more)


@pytest.fixture
def system():
    """Task 4: registration a week late by its owner's word, the rest follows, then task 5."""
    items = [
        item("task:4", d(10, 12), d(12, 18), has_started=True, forecast_on=d(12, 25)),
        item("step:2", d(11, 2), d(11, 20), has_started=True, forecast_on=d(11, 27)),
        item("step:3", d(11, 23), d(12, 4)),
        item("step:4", d(12, 7), d(12, 18)),
        item("task:5", d(12, 21), d(12, 24)),
    ]
    links = [
        Dependency("step:2", "step:3"), Dependency("step:3", "step:4", lag=0),
        Dependency("task:4", "task:5"),
    ]  # fmt: skip
    return items, links


SAID = Said("何俊", datetime(2026, 11, 25, 9, tzinfo=UTC))


def lines(facts, language):
    with in_language(language):
        why = why_words.told(facts)
        return why, [(c.head, c.value, *c.lines) for c in why.cards]


def test_the_chain_stands_as_cards_that_end_in_the_asked_date(context, system):
    facts = facts_of(
        *system, "task:4", said=SAID, baselines={"step:2": d(11, 20), "task:4": d(12, 18)},
        late={"step:2": 5, "task:4": 5},
    )  # fmt: skip
    why, cards = lines(facts, "zh")
    assert why.title == "为什么任务 4 预计 12月25日完成？"
    assert cards == [
        ("4.2 登记与查询", "11月27日完成", "何俊 11月25日填报", "基准 11月20日，晚 5 个工作日"),
        ("4.3 导入与权限 v2", "12月11日完成", "4.2 完成后，11月30日开始", "要 10 个工作日"),
        ("4.4 试运行", "12月25日完成", "4.3 完成后，12月14日开始", "要 10 个工作日"),
        ("任务 4", "12月25日，晚 5 个工作日", "随最后一步 4.4 一起完成",
         "基准 12月18日，晚 5 个工作日"),
    ]  # fmt: skip
    why, cards = lines(facts, "en")
    assert why.title == "Why is task 4 expected to finish on 25 Dec?"
    assert cards == [
        ("4.2 Registration", "finishes on 27 Nov", "reported by 何俊 on 25 Nov",
         "baseline 20 Nov, 5 working days late"),
        ("4.3 Import v2", "finishes on 11 Dec", "after 4.2 is finished: starts on 30 Nov",
         "takes 10 working days"),
        ("4.4 Trial run", "finishes on 25 Dec", "after 4.3 is finished: starts on 14 Dec",
         "takes 10 working days"),
        ("Task 4", "25 Dec, 5 working days late", "with 4.4, its last step",
         "baseline 18 Dec, 5 working days late"),
    ]  # fmt: skip


def test_the_two_sentences_of_a_manager(context, system):
    facts = facts_of(*system, "task:4", turns=(("task:4", Light.red),))
    with in_language("zh"):
        said = why_words.told(facts).says
    assert said.startswith("浮动 0 天：再晚 1 天，任务 4 转红，任务 5 检查和计划结束日（到 ")
    assert said.endswith(
        "）跟着后移。4.2、4.3 或 4.4 少用 1 个工作日，12月25日就提前到 12月24日。"
        "任务 4 自己的日期也要一起改早。"
    )
    with in_language("en"):
        said = why_words.told(facts).says
    assert said.startswith(
        "0 days of float: one working day more turns task 4 red and moves task 5 Inspections and "
        "the plan’s end (to "
    )
    assert said.endswith(
        "). One working day less for 4.2, 4.3 or 4.4 brings 25 Dec forward to 24 Dec. The date "
        "given for task 4 itself has to move along."
    )


@pytest.mark.parametrize(
    ("kind", "lag", "zh", "en"),
    [
        ("FS", 0,
         "4.3 导入与权限 v2 11月30日开始，因为 4.2 登记与查询 11月27日完成。",
         "4.3 Import v2 starts on 30 Nov because 4.2 Registration finishes on 27 Nov."),
        ("FS", 2,
         "4.3 导入与权限 v2 12月2日开始，因为 4.2 登记与查询 11月27日完成，再加 2 个工作日。",
         "4.3 Import v2 starts on 2 Dec because 4.2 Registration finishes on 27 Nov, plus 2 "
         "working days."),
        ("FS", -1,
         "4.3 导入与权限 v2 11月27日开始，因为 4.2 登记与查询 11月27日完成，提前 1 个工作日。",
         "4.3 Import v2 starts on 27 Nov because 4.2 Registration finishes on 27 Nov, less 1 "
         "working day."),
        ("SS", 22,
         "4.3 导入与权限 v2 12月2日开始，因为 4.2 登记与查询 11月2日开始，再加 22 个工作日。",
         "4.3 Import v2 starts on 2 Dec because 4.2 Registration starts on 2 Nov, plus 22 "
         "working days."),
        ("FF", 8,
         "4.3 导入与权限 v2 12月9日完成，因为 4.2 登记与查询 11月27日完成，再加 8 个工作日。",
         "4.3 Import v2 finishes on 9 Dec because 4.2 Registration finishes on 27 Nov, plus 8 "
         "working days."),
        ("SF", 27,
         "4.3 导入与权限 v2 12月8日完成，因为 4.2 登记与查询 11月2日开始，再加 27 个工作日。",
         "4.3 Import v2 finishes on 8 Dec because 4.2 Registration starts on 2 Nov, plus 27 "
         "working days."),
    ],
)  # fmt: skip
def test_a_link_is_one_sentence_that_can_be_read_aloud(context, kind, lag, zh, en):
    items = [
        item("task:4", d(10, 12), d(12, 18), has_started=True),
        item("step:2", d(11, 2), d(11, 20), has_started=True, forecast_on=d(11, 27)),
        item("step:3", d(11, 23), d(11, 27)),
    ]
    facts = facts_of(items, [Dependency("step:2", "step:3", kind, lag)], "step:3")
    for language, expected in (("zh", zh), ("en", en)):
        with in_language(language):
            assert why_words.sentence(facts, facts.asked).startswith(expected)


def test_days_off_and_make_up_workdays_are_named_in_the_sentence(context):
    calendar = WorkCalendar().overlaid(
        {d(11, 28): DayKind.makeup, d(12, 1): DayKind.company_off},
        {d(12, 1): DayWords(("盘点", "Stocktaking"))},
    )
    items = [
        item("task:4", d(10, 12), d(12, 18), has_started=True),
        item("step:2", d(11, 2), d(11, 20), has_started=True, forecast_on=d(11, 26)),
        item("step:3", d(11, 23), d(11, 27)),
    ]
    facts = facts_of(items, [Dependency("step:2", "step:3")], "step:3", calendar)
    with in_language("zh"):
        assert why_words.sentence(facts, facts.asked) == (
            "4.3 导入与权限 v2 11月27日开始，因为 4.2 登记与查询 11月26日完成。"
            "要 5 个工作日，12月3日完成；11月28日补班；12月1日公司放假（盘点）。"
        )
    with in_language("en"):
        assert why_words.sentence(facts, facts.asked) == (
            "4.3 Import v2 starts on 27 Nov because 4.2 Registration finishes on 26 Nov. It takes "
            "5 working days and finishes on 3 Dec; 28 Nov is a make-up workday; 1 Dec off at the "
            "company (Stocktaking)."
        )


@pytest.mark.parametrize(
    ("run", "zh", "en"),
    [
        (DayRun(d(10, 1), d(10, 7), DayKind.holiday, ("国庆节", "National Day")),
         "10月1日 至 10月7日国庆节放假", "1 Oct to 7 Oct off for National Day"),
        (DayRun(d(10, 1), d(10, 1), DayKind.holiday), "10月1日放假", "1 Oct off"),
        (DayRun(d(12, 5), d(12, 5), DayKind.department_work), "12月5日要上班", "5 Dec worked"),
        (DayRun(d(12, 5), d(12, 5), DayKind.department_off, whose=("前厅部", "Front office")),
         "12月5日前厅部放假", "5 Dec off in Front office"),
        (DayRun(d(12, 3), d(12, 3), DayKind.leave, whose=("何俊", "何俊")),
         "12月3日何俊休假", "何俊 on leave 3 Dec"),
    ],
)  # fmt: skip
def test_every_kind_of_special_day_has_its_words(context, run, zh, en):
    with in_language("zh"):
        assert why_words._run(run) == zh
    with in_language("en"):
        assert why_words._run(run) == en


@pytest.mark.parametrize(
    ("more", "said", "zh", "en"),
    [
        ({"done_on": d(11, 24)}, SAID, "任务 1 流程标准 11月24日完成：何俊 11月25日登记。",
         "Task 1 Standards was finished on 24 Nov: entered by 何俊 on 25 Nov."),
        ({"done_on": d(11, 24)}, None, "任务 1 流程标准 11月24日完成：已经完成。",
         "Task 1 Standards was finished on 24 Nov: it is finished."),
        ({"has_started": True, "forecast_on": d(12, 8)}, SAID,
         "任务 1 流程标准 12月8日完成：何俊 11月25日填报。",
         "Task 1 Standards finishes on 8 Dec: reported by 何俊 on 25 Nov."),
        ({"has_started": True}, None, "任务 1 流程标准 12月4日完成：承诺的日期。",
         "Task 1 Standards finishes on 4 Dec: the committed day."),
        ({}, None, "任务 1 流程标准 12月4日完成：承诺 12月1日开始。",
         "Task 1 Standards finishes on 4 Dec: committed to start on 1 Dec."),
        ({"not_before_on": d(12, 2)}, SAID,
         "任务 1 流程标准 12月7日完成：不能早于 12月2日开始，何俊 11月25日定的。",
         "Task 1 Standards finishes on 7 Dec: not to start before 2 Dec, set by 何俊 on 25 Nov."),
        ({"is_fixed": True}, None, "任务 1 流程标准 12月4日完成：日期是固定的。",
         "Task 1 Standards finishes on 4 Dec: its dates are fixed."),
    ],
)  # fmt: skip
def test_a_chain_begins_with_what_happened_or_what_somebody_said(context, more, said, zh, en):
    facts = facts_of([item("task:1", d(12, 1), d(12, 4), **more)], [], "task:1", said=said)
    with in_language("zh"):
        assert why_words.sentence(facts, facts.asked) == zh
    with in_language("en"):
        assert why_words.sentence(facts, facts.asked) == en


def test_late_work_ends_today_at_the_earliest(context):
    items = [item("task:1", d(11, 2), d(11, 20), has_started=True)]
    why, cards = lines(facts_of(items, [], "task:1"), "zh")
    assert cards == [("任务 1", "11月26日完成", "还没完成，最早是今天")]
    assert why.says == (
        "浮动 0 天：再晚 1 天，计划结束日（到 11月27日）跟着后移。"
        "链上任何一环单独早 1 个工作日，11月26日都不会提前，因为没做完的事不会在今天之前完成。"
    )


def test_a_committed_start_that_holds_on_the_way_is_named(context, system):
    items, links = system
    items[3] = item("step:4", d(12, 14), d(12, 24), not_after_on=d(12, 22))
    facts = facts_of(items, [*links, Dependency("step:4", "task:5", lag=1)], "task:5")
    with in_language("zh"):
        assert why_words.told(facts).win.startswith("任务 5 少用 1 个工作日")
    facts = facts_of(items, links, "step:4")
    with in_language("zh"):
        assert why_words.cost(facts).startswith("少 2 天：再晚 1 天，")
    with in_language("en"):
        assert why_words.cost(facts).startswith("2 days short: one working day more ")


def test_of_many_that_move_the_first_three_are_named_and_the_rest_counted(context, system):
    facts = facts_of(*system, "step:2")
    moves = tuple((key, d(12, 4), d(12, 7)) for key in ("step:3", "task:4", "step:4", "task:5",
                                                        "task:1"))  # fmt: skip
    facts = replace(facts, cost=replace(facts.cost, moves=moves, finish=(d(12, 24), d(12, 24))))
    with in_language("zh"):
        # Task 4 only moves around its steps.
        assert why_words.cost(facts) == (
            "浮动 0 天：再晚 1 天，4.3 导入与权限 v2、4.4 试运行、任务 5 检查和另外 1 项跟着后移，"
            "计划结束日不变。"
        )
    with in_language("en"):
        assert why_words.cost(facts) == (
            "0 days of float: one working day more moves 4.3 Import v2, 4.4 Trial run, task 5 "
            "Inspections and 1 other and leaves the plan’s end where it is."
        )


def test_a_date_before_its_baseline_is_early(context):
    items = [item("task:1", d(12, 1), d(12, 4))]
    facts = facts_of(items, [], "task:1", baselines={"task:1": d(12, 8)}, late={"task:1": -2})
    assert lines(facts, "zh")[1][0][-1] == "基准 12月8日，早 2 个工作日"
    assert lines(facts, "en")[1][0][-1] == "baseline 8 Dec, 2 working days early"
