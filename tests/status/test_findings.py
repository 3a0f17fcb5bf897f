"""What the plan's lights say: the headline, the findings, the rule behind each."""

from dataclasses import replace
from datetime import date

import pytest

from app.core.i18n import in_language
from app.core.lights import Light
from app.plans.access import viewer_of
from app.plans.calendars import work_calendar
from app.reports import indicators
from app.reports.models import Indicator
from app.status import findings
from app.status.progress_lines import progress_lines
from app.status.state import judge, plan_state
from app.tasks import services
from app.tasks.models import Task
from tests.conftest import NOW


@pytest.fixture
def state(plan, people):
    """The plan with one indicator that misses its target and task 4 four days late."""
    from app.core.db import db

    four = db.session.scalars(db.select(Task).where(Task.number == 4)).one()
    services.update_progress(
        four, percent=70, forecast_finish_on=date(2026, 12, 30), actor=people.owner4, now=NOW
    )
    row = db.session.scalars(db.select(Indicator).where(Indicator.key == "efficiency")).one()
    indicators.record_measurement(
        row, period="2026-10", value=350, sample_size=412, is_whole_population=True,
        actor=people.pm, now=NOW,
    )  # fmt: skip
    return plan_state(plan.id, NOW, viewer_of(people.pm, plan.id))


def only(state, *numbers):
    """The state as if only these tasks were there; judged anew."""
    tasks = replace(state.tasks, tasks=tuple(t for t in state.tasks.tasks if t.number in numbers))
    light, found = judge(tasks, state.risks, state.monitoring, state.today)
    return replace(state, tasks=tasks, light=light, findings=found)


def test_the_headline_counts_what_is_not_as_it_should_be(state):
    few = only(state, 4)
    assert few.light is Light.red
    with in_language("zh"):
        assert findings.headline(few) == "1 项指标没有达标，1 项任务晚了"
        assert findings.headline(few, is_named=True) == "接待效率没有达标，任务 4 晚 4 个工作日"
    with in_language("en"):
        assert findings.headline(few) == "1 indicator misses its target, 1 task is late"


def test_a_plan_without_trouble_says_so_and_one_without_facts_says_that(state):
    good = replace(state, findings=(), light=Light.green)
    with in_language("zh"):
        assert findings.headline(good) == "能判断的都按计划进行"
        assert findings.headline(replace(good, light=Light.grey)) == "现在还没有能判断的"


def test_a_finding_gives_its_numbers_and_its_rule(state):
    few = only(state, 4)
    indicator, task = findings.troubles(few)
    with in_language("en"):
        assert findings.finding_lead(indicator, few) == "Reception efficiency"
        said = findings.finding_sentence(indicator, few)
        assert "5 min 50 s" in said and "17% over" in said and "412" in said
        assert findings.finding_lead(task, few) == "Task 4"
        assert findings.finding_sentence(task, few) == (
            "is expected on 30 Dec, 4 working days after the baseline. 2 more days turn it red."
        )
        assert findings.finding_why(task, few).startswith("Amber, as it is 1 to 5 working days")
    assert findings.finding_url(task) == f"/tasks/{task.object_id}"


def test_every_rule_of_a_task_has_its_words(state):
    row = only(state, 4).findings
    task = next(f for f in row if f.kind == "task")
    for rule in ("late_red", "late_amber", "spi_red", "spi_amber", "done", "not_started",
                 "on_schedule"):  # fmt: skip
        finding = replace(task, rule_key=rule)
        assert findings.finding_sentence(finding, state)
        assert findings.finding_why(finding, state)


def test_the_lines_begin_at_nothing_and_end_at_the_whole(state):
    lines = progress_lines(state, work_calendar())
    assert lines.planned[0][1] == 0 and lines.planned[-1][1] == 100
    assert lines.actual[-1] == (state.today, float(state.tasks.percent))
    assert lines.expected[0] == lines.actual[-1] and lines.expected[-1][1] == 100
    for line in (lines.planned, lines.expected):
        assert [y for _day, y in line] == sorted(y for _day, y in line)
        assert [day for day, _y in line] == sorted(day for day, _y in line)
