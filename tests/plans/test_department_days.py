"""Days of one department: its head enters them, and only its own work rests."""

from datetime import date

import pytest

from app.accounts.models import Department
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.plans.calendars import calendar_for, work_calendar
from app.plans.consequences import consequences
from app.plans.department_days import (
    days_by_department,
    remove_department_day,
    set_department_day,
)
from app.plans.models import DepartmentDay
from app.tasks.models import OffDay, Task
from tests.conftest import NOW
from tests.sql import counted

FRIDAY, SATURDAY, MONDAY = date(2026, 12, 18), date(2026, 12, 19), date(2026, 12, 21)


def department(key):
    return db.session.scalars(db.select(Department).where(Department.key == key)).one()


@pytest.fixture
def it(context):
    return department("it")


def rest(actor, row, on=FRIDAY, *, works=False, name="机房停电"):
    return set_department_day(row.id, on, works, name, actor=actor, now=NOW)


def test_a_head_enters_a_day_of_the_own_department(people, it):
    rest(people.it, it)
    assert not calendar_for(it.id, None).is_workday(FRIDAY)
    assert work_calendar().is_workday(FRIDAY)
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.object_type == "department_days")
    ).one()
    assert entry.actor_id == people.it.id and entry.changes["on"] == [None, "2026-12-18"]


def test_saying_it_again_replaces_it_and_removing_it_ends_it(people, it):
    row = rest(people.admin, it)
    assert rest(people.it, it, name="割接").id == row.id
    assert calendar_for(it.id, None).reason(FRIDAY, "zh").name == "割接"
    assert remove_department_day(it.id, row.id, actor=people.it, now=NOW) == FRIDAY
    assert calendar_for(it.id, None).is_workday(FRIDAY)


@pytest.mark.parametrize("who", ["training", "pm", "exec", "clerk", "stranger"])
def test_nobody_else_touches_them(people, it, who):
    row = rest(people.it, it)
    with pytest.raises(NotFound):
        rest(getattr(people, who), it, MONDAY)
    with pytest.raises(NotFound):
        remove_department_day(it.id, row.id, actor=getattr(people, who), now=NOW)
    # Nor through the own department's address.
    with pytest.raises(NotFound):
        remove_department_day(department("training").id, row.id, actor=people.training, now=NOW)


@pytest.mark.parametrize(
    ("on", "works"),
    [(FRIDAY, True), (SATURDAY, False), (date(1999, 1, 4), False), (date(2150, 1, 4), False)],
)
def test_a_day_that_is_so_anyway_or_out_of_reach(people, it, on, works):
    with pytest.raises(DomainError):
        rest(people.it, it, on, works=works)


def test_a_department_may_work_while_the_company_rests(people, it):
    rest(people.it, it, SATURDAY, works=True, name="割接")
    assert calendar_for(it.id, None).is_workday(SATURDAY)


def test_its_tasks_dates_follow_and_no_other_departments(people, it, plan):
    rows = db.session.scalars(db.select(Task).where(Task.plan_id == plan.id)).all()
    mine, other = rows[:2]
    for task, key in ((mine, "it"), (other, "training")):
        task.start_on, task.finish_on = date(2026, 12, 7), FRIDAY
        task.department_id, task.off_day = department(key).id, OffDay.following
    db.session.flush()
    rest(people.it, it)
    assert (mine.finish_on, other.finish_on) == (MONDAY, FRIDAY)


def test_whoever_has_no_part_in_a_plan_is_not_even_told_its_name(people, it, plan):
    task = db.session.scalars(db.select(Task).where(Task.plan_id == plan.id)).first()
    task.start_on, task.finish_on = date(2026, 12, 7), FRIDAY
    task.department_id, task.off_day = it.id, OffDay.following
    it.head_id = people.stranger.id
    db.session.flush()

    def change():
        return rest(people.stranger, it)

    (moves,) = consequences(change, people.stranger, NOW)
    assert moves.title is None and moves.rows is None and moves.counts
    assert db.session.scalar(db.select(DepartmentDay.id)) is None
    it.head_id = people.it.id
    db.session.flush()
    (moves,) = consequences(lambda: rest(people.it, it), people.it, NOW)
    assert moves.title is not None and moves.rows


def test_the_heads_page(client_of, people, it):
    url = f"/departments/{it.id}/days"
    head = client_of("it", "en")
    assert head.get(url + "?year=2026").status_code == 200
    data = {"on": "2026-12-18", "kind": "off", "name": "<b>x</b>", "sure": "1"}
    assert head.post(url, data=data).status_code == 303
    page = head.get(url + "?year=2026").text
    assert "&lt;b&gt;x" in page and "<b>x" not in page
    assert "&lt;b&gt;x" in client_of("clerk", "en").get("/plans/1/calendar?year=2026").text
    assert head.post(url, data={"on": "2026-12-19", "kind": "off"}).status_code == 422
    assert head.post(url, data={"on": "no day"}).status_code == 422
    key = db.session.scalar(db.select(DepartmentDay.id))
    for who in ("training", "pm", "clerk", "stranger"):
        assert client_of(who).get(url).status_code == 404
        assert client_of(who).post(url, data=data).status_code == 404
        assert client_of(who).post(f"{url}/{key}/remove").status_code == 404
    assert head.post(f"{url}/{key}/remove", data={"sure": "1"}).status_code == 303
    assert head.post(f"{url}/{key}/remove", data={"sure": "1"}).status_code == 404
    assert head.get("/departments/999/days").status_code == 404


def test_the_way_there(client_of, people, it):
    link = f"/departments/{it.id}/days"
    assert link in client_of("admin").get("/admin/calendar").text
    assert link in client_of("it").get("/plans/1/calendar").text
    assert link not in client_of("pm").get("/plans/1/calendar").text
    assert client_of("admin").get(link).status_code == 200


def test_the_list_of_departments_costs_two_statements(people, it):
    rest(people.it, it)
    with counted() as statements:
        found = days_by_department(2026)
    assert len(statements) == 2
    assert {row.key: number for row, number in found}["it"] == 1
