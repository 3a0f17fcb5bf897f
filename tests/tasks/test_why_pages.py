"""Why this date? on the pages: below the table, as a part of it, for everybody of the plan."""

import re
from datetime import date

import pytest

from app.core.db import db
from app.tasks import link_services, services, step_services
from app.tasks.models import Step, Task
from app.tasks.queries import task_table
from tests.conftest import NOW
from tests.sql import counted
from tests.tasks.test_pages import TASKS, person, task, text_of

TODAY = date(2026, 11, 26)
WHY = "/tasks/4/why"


@pytest.fixture
def pm(client_of):
    return client_of("pm")


@pytest.fixture
def forecast(app, client_of):
    """The owner of task 4 expects it on 31 December."""
    client_of("owner4").post(
        "/tasks/4/progress", data={"percent": "63", "forecast_finish_on": "2026-12-31"}
    )


def step(number, of=4):
    return db.session.scalars(
        db.select(Step).join(Task).where(Task.number == of, Step.number == number)
    ).one()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4", "it", "exec", "clerk"])
def test_everybody_of_the_plan_may_ask_why(app, client_of, key, language):
    for path in (WHY, "/steps/1/why", "/tasks/1/why"):
        assert client_of(key, language).get(path).status_code == 200


def test_a_stranger_and_an_unknown_item_find_nothing(client_of, pm):
    assert client_of("stranger").get(WHY).status_code == 404
    assert pm.get("/tasks/999/why").status_code == 404
    assert pm.get("/steps/999/why").status_code == 404


def test_the_page_without_a_script_is_the_table_with_the_chain_below(pm, forecast):
    page = text_of(pm.get(WHY))
    assert "为什么任务 4 预计 12月31日完成？" in page
    # Who said it and when: the owner, today.
    assert re.search(r'<p class="yb-meta">\S+ 11月26日填报</p>', page)
    assert page.index("yb-gantt-card") < page.index("yb-why-panel")
    assert page.count("is-asked") == 1


def test_in_place_only_the_explanation_is_answered(pm, forecast):
    part = text_of(pm.get(WHY, headers={"HX-Request": "true"}))
    assert part.count("yb-why-panel") >= 1 and "<html" not in part
    assert "浮动" in part


def test_every_expected_date_of_the_table_is_a_link_to_its_reasons(app, pm):
    page = text_of(pm.get(TASKS))
    with app.app_context():
        table = task_table(1, TODAY)
        urls = {row.why_url for row in table.chart.rows}
    assert len(urls) == len(table.chart.rows) == table.task_count + table.step_count
    for url in urls:
        assert f'href="{url}" ' in page
        assert pm.get(url.split("#")[0]).status_code == 200


def test_only_the_manager_is_offered_to_try_an_earlier_day(client_of, pm):
    assert "by=-1" in text_of(pm.get(WHY))
    assert "by=-1" not in text_of(client_of("clerk").get(WHY))


def test_what_is_done_says_when_and_offers_nothing(app, pm):
    with app.app_context():
        services.complete_task(task(1), done_on=date(2026, 11, 20), actor=person("pm"), now=NOW)
        db.session.commit()
    page = text_of(pm.get("/tasks/1/why"))
    assert "为什么任务 1 是 11月20日完成的？" in page
    assert "11月26日登记" in page
    assert "by=-1" not in page and "再晚 1 天" not in page


def link_steps(app):
    """4.1 expected a week late, the rest of task 4 after it."""
    with app.app_context():
        keys = [f"step:{step(n).id}" for n in (1, 2)]
        pm = person("pm")
        link_services.add_link(1, keys[0], keys[1], lag_workdays=2, actor=pm, now=NOW)
        step_services.edit_step(
            step(1),
            title=step(1).title,
            start_on=step(1).start_on,
            finish_on=step(1).finish_on,
            is_milestone=False,
            percent=50,
            actor=pm,
            now=NOW,
        )
        step_services.expect_step(step(1), finish_on=date(2027, 1, 8), actor=pm, now=NOW)
        db.session.commit()
        return step(2).id


def test_a_step_follows_what_it_waits_for_in_the_table_and_in_its_reasons(app, pm):
    key = link_steps(app)
    page = text_of(pm.get(f"/steps/{key}/why"))
    assert "4.1 完成后，再加 2 个工作日，2027年1月13日开始" in page
    # The calendar of 2027 is not published: the dates say so.
    assert page.count("yb-tag") and "推定" in page
    with app.app_context():
        rows = {row.label: row for row in task_table(1, TODAY).chart.rows}
    assert rows["4.2"].expected_on > rows["4.2"].baseline_on
    assert rows["4.2"].days_late > 0 and rows["4.2"].is_late


def test_the_table_shows_floats_the_critical_path_and_its_filter(app, pm):
    link_steps(app)
    with app.app_context():
        everything = task_table(1, TODAY)
        chosen = task_table(1, TODAY, "critical")
    critical = [row for row in everything.chart.rows if row.is_critical and not row.is_done]
    assert everything.counts["critical"] == len(critical) > 0
    lines = [row for row in chosen.chart.rows if row.is_critical]
    assert {row.key for row in lines} == {row.key for row in critical}
    assert all(row.total_float <= 0 for row in critical)
    page = text_of(pm.get(TASKS + "?show=critical"))
    assert "关键路径" in page
    assert page.count('class="g-critical"') == len(critical) + 1


def test_a_deadline_that_cannot_be_met_is_short_of_days(app, pm):
    with app.app_context():
        row = step(4)
        row.not_after_on = date(2026, 12, 1)
        row.done_on = None
        db.session.commit()
        short = {r.key: r.total_float for r in task_table(1, TODAY).chart.rows}
        days = -short[f"step:{row.id}"]
    assert days > 0
    assert f"少 {days} 天" in text_of(pm.get(TASKS))


def test_links_are_drawn_row_by_row(app, pm):
    link_steps(app)
    with app.app_context():
        rows = {row.label: row for row in task_table(1, TODAY).chart.rows}
    assert "out" in [part.kind for part in rows["4.1"].links]
    assert "in" in [part.kind for part in rows["4.2"].links]
    assert "g-link" in text_of(pm.get(TASKS))


def test_why_needs_the_same_few_statements_however_long_the_chain(app, pm):
    def cost(path):
        pm.get(path)
        with counted() as statements:
            assert pm.get(path, headers={"HX-Request": "true"}).status_code == 200
        return len(statements)

    with app.app_context():
        key = step(2).id
    before = cost(f"/steps/{key}/why")
    link_steps(app)
    assert cost(f"/steps/{key}/why") <= before + 1
    assert before <= 20


def test_the_table_with_its_explanation_stays_within_bounds(app, pm):
    pm.get(WHY)
    with counted() as statements:
        pm.get(WHY)
    assert len(statements) <= 34, len(statements)


def test_who_said_it_is_who_last_changed_that_date_and_not_whoever_came_later(app, pm, forecast):
    before = text_of(pm.get(WHY))
    said = re.search(r'<p class="yb-meta">(\S+) 11月26日填报</p>', before).group(1)
    pm.post("/tasks/4/progress", data={"percent": "70", "forecast_finish_on": "2026-12-31"})
    after = text_of(pm.get(WHY))
    assert re.search(r'<p class="yb-meta">(\S+) 11月26日填报</p>', after).group(1) == said


def test_the_day_that_turns_a_light_is_said(pm, forecast):
    # Five working days after the baseline are amber, the sixth is red.
    assert "任务 4 转红" in text_of(pm.get(WHY))
