"""What the Gantt chart is told: dates as the schedule computes them, and who may move what."""

import re
from datetime import date
from pathlib import Path

import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.plans.access import viewer_of
from app.plans.calendars import work_calendar
from app.plans.models import Leave
from app.tasks.gantt_data import chart_frame, gantt_data
from app.tasks.models import Link, LinkKind, Step, pair_of
from app.tasks.scheduling import plan_schedule
from tests.sql import counted

TODAY = date(2026, 11, 26)
APP = Path(__file__).parents[2] / "app"


@pytest.fixture
def steps(tasks) -> dict[str, Step]:
    """Two steps and a milestone of task 4, the second waiting for the first."""
    rows = {
        "first": Step(number=91, title=LocalText(zh="导入", en="Import"),
                      start_on=date(2026, 11, 30), finish_on=date(2026, 12, 11)),
        "second": Step(number=92, title=LocalText(zh="试运行", en="Trial run"),
                       start_on=date(2026, 12, 14), finish_on=date(2026, 12, 18)),
        "gate": Step(number=93, title=LocalText(zh="验收", en="Acceptance"), is_milestone=True,
                     start_on=date(2026, 12, 25), finish_on=date(2026, 12, 25)),
    }  # fmt: skip
    for row in rows.values():
        row.plan_id, row.task_id = 1, tasks.t4.id
        db.session.add(row)
    db.session.flush()
    keys = [f"step:{rows[name].id}" for name in ("first", "second")]
    db.session.add(
        Link(plan_id=1, before_task_id=tasks.t4.id, before_step_id=rows["first"].id,
             after_task_id=tasks.t4.id, after_step_id=rows["second"].id, kind=LinkKind.FS,
             pair=pair_of(*keys))
    )  # fmt: skip
    db.session.commit()
    return rows


def drawn(person) -> dict:
    return gantt_data(1, viewer_of(person, 1), TODAY)


def by_key(data) -> dict:
    return {item["key"]: item for item in data["items"]}


def movable(person) -> set[str]:
    return {item["number"].split(".")[0] for item in drawn(person)["items"] if item["may_edit"]}


def test_tasks_come_by_number_each_followed_by_its_steps(people, steps):
    items = drawn(people.pm)["items"]
    numbers = [tuple(map(int, item["number"].split("."))) for item in items]
    assert numbers == sorted(numbers)
    for item in items:
        assert (item["parent"] is None) == (item["kind"] == "task")
    assert by_key({"items": items})[f"step:{steps['gate'].id}"]["kind"] == "milestone"


def test_dates_are_the_schedules_and_end_on_the_morning_after(people, steps):
    schedule = plan_schedule(1, TODAY)
    for item in drawn(people.pm)["items"]:
        timing = schedule.of(item["key"])
        assert item["finish"] == timing.finish.isoformat()
        if item["kind"] != "milestone":
            assert item["start"] == min(timing.start, timing.finish).isoformat()
        assert (date.fromisoformat(item["end"]) - date.fromisoformat(item["finish"])).days == 1
        if not item["is_done"]:
            assert item["float"] == timing.total_float
        # A task with steps is critical through them, and they alone are outlined.
        assert item["critical"] == (item["key"] in schedule.critical)


def test_a_link_names_its_ends_and_is_critical_only_where_it_holds_a_critical_item(
    people, steps, tasks
):
    first, second = (f"step:{steps[name].id}" for name in ("first", "second"))
    link = next(row for row in drawn(people.pm)["links"] if row["after"] == second)
    assert (link["before"], link["kind"], link["lag"]) == (first, "FS", 0)
    assert link["critical"] is False
    # Pushed to the plan's end, both are critical, and the second stands where the first lets it.
    steps["first"].start_on, steps["first"].finish_on = date(2026, 11, 30), date(2027, 1, 29)
    db.session.commit()
    link = next(row for row in drawn(people.pm)["links"] if row["after"] == second)
    assert link["critical"] is True


def test_the_manager_moves_all_that_is_open_owners_their_own_steps_readers_nothing(
    people, steps, tasks
):
    open_tasks = {str(t.number) for t in vars(tasks).values() if not t.is_done}
    assert movable(people.pm) == open_tasks
    assert movable(people.owner4) == {"4"}
    own = [item for item in drawn(people.owner4)["items"] if item["may_edit"]]
    assert all(item["kind"] != "task" for item in own)
    for reader in (people.clerk, people.exec, people.training, people.owner1):
        assert "4" not in movable(reader)
    assert drawn(people.clerk)["may_link"] is False


def test_who_stands_in_for_the_owner_moves_the_owners_steps(people, steps):
    db.session.add(
        Leave(person_id=people.owner4.id, substitute_id=people.owner5.id,
              first_on=date(2026, 11, 23), last_on=date(2026, 11, 27))
    )  # fmt: skip
    db.session.commit()
    assert "4" in movable(people.owner5)
    assert "4" not in movable(people.owner3)


def test_what_is_finished_cannot_be_moved(people, steps):
    steps["first"].done_on, steps["first"].progress_percent = date(2026, 11, 25), 100
    db.session.commit()
    item = by_key(drawn(people.pm))[f"step:{steps['first'].id}"]
    assert item["is_done"] and not item["may_edit"] and item["float"] is None


def test_days_off_are_the_calendars_and_unpublished_months_are_named(people):
    data = drawn(people.pm)
    calendar = work_calendar()
    first = date.fromisoformat(data["first"])
    off = set()
    for start, length, _is_holiday in data["rests"]:
        begin = date.fromisoformat(start).toordinal()
        off |= set(range(begin, begin + length))
    for ordinal in range(first.toordinal(), date.fromisoformat(data["last"]).toordinal() + 1):
        assert (ordinal in off) != calendar.is_workday(date.fromordinal(ordinal))
    assert data["estimated"][0] == "2027-01"
    assert date(2026, 10, 10).toordinal() not in off, "a make-up workday is no day off"


def test_a_plan_of_many_steps_needs_no_more_statements(people, tasks):
    def ask() -> int:
        db.session.expire_all()
        viewer = viewer_of(people.owner4, 1)
        with counted() as statements:
            gantt_data(1, viewer, TODAY)
        return len(statements)

    few = ask()
    for number in range(100, 200):
        db.session.add(
            Step(plan_id=1, task_id=tasks.t4.id, number=number, title=LocalText(zh="步", en="s"),
                 start_on=date(2026, 12, 1), finish_on=date(2026, 12, 2))
        )  # fmt: skip
    db.session.commit()
    assert ask() <= few


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4", "it", "exec", "clerk"])
def test_everybody_of_the_plan_sees_the_chart(app, client_of, key, language):
    page = client_of(key, language).get("/plans/1/tasks/gantt")
    assert page.status_code == 200
    assert "dhtmlxgantt.js" in page.get_data(as_text=True)


def test_a_stranger_finds_no_chart(app, client_of):
    stranger = client_of("stranger")
    assert stranger.get("/plans/1/tasks/gantt").status_code == 404
    assert stranger.get("/plans/1/tasks/gantt.json").status_code == 404


@pytest.mark.parametrize(("key", "may"), [("pm", True), ("owner4", True), ("exec", False)])
def test_the_page_says_whether_its_reader_may_move_anything(people, plan, key, may):
    viewer = viewer_of(getattr(people, key), plan.id)
    frame = chart_frame(plan.id, viewer, TODAY)
    rows = gantt_data(plan.id, viewer, TODAY)["items"]
    assert frame.may_edit is may is any(row["may_edit"] for row in rows)
    assert frame.task_count + frame.step_count == len(rows)


def test_a_title_cannot_end_the_data(app, client_of, tasks):
    tasks.t4.title = LocalText(zh="</script><script>x", en="</script><script>x")
    pm = client_of("pm")
    assert "</script><script>x" not in pm.get("/plans/1/tasks/gantt").get_data(as_text=True)
    answer = pm.get("/plans/1/tasks/gantt.json")
    assert answer.mimetype == "application/json"
    assert "</script><script>x" in [item["title"] for item in answer.get_json()["items"]]


def test_no_other_page_brings_the_chart_library():
    users = {
        path.name for path in APP.rglob("*.html") if "dhtmlx" in path.read_text(encoding="utf-8")
    }
    assert users == {"gantt.html"}


def test_the_table_of_tasks_has_no_chart_library_and_leads_to_the_chart(app, client_of):
    text = client_of("pm").get("/plans/1/tasks").get_data(as_text=True)
    assert "dhtmlx" not in text
    assert 'href="/plans/1/tasks/gantt"' in text


def test_the_charts_remote_functions_are_never_called():
    own = (APP / "static" / "js").glob("*.js")
    assert not [path for path in own if re.search(r"exportTo|importFrom", path.read_text("utf-8"))]
