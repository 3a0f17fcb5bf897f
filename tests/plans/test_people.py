"""Roles, heads, leave and the company's own calendar."""

from datetime import date, timedelta

import pytest

from app.accounts.events import DepartmentHeadChanged
from app.accounts.models import Department
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.events import announce
from app.core.permissions import Role
from app.plans import daybook, leave, members
from app.plans.calendars import substitute_of, work_calendar
from app.plans.models import CalendarDay, Leave
from tests.conftest import NOW

MONDAY = date(2026, 11, 30)


def roles(person):
    return members._roles(1, person.id)


def test_a_role_is_given_and_taken(plan, people):
    members.add_member(plan, people.stranger.id, Role.executive, actor=people.pm, now=NOW)
    assert roles(people.stranger) == {Role.executive}
    members.remove_member(plan, people.stranger.id, Role.executive, actor=people.pm, now=NOW)
    assert roles(people.stranger) == set()
    actions = db.session.scalars(
        db.select(AuditEntry.action).where(AuditEntry.object_type == "plan_members")
    ).all()
    assert actions == ["role given", "role taken"]


def test_the_last_manager_stays(plan, people):
    with pytest.raises(DomainError):
        members.remove_member(plan, people.pm.id, Role.manager, actor=people.pm, now=NOW)
    members.add_member(plan, people.clerk.id, Role.manager, actor=people.pm, now=NOW)
    people.clerk.is_enabled = False
    with pytest.raises(DomainError):
        members.remove_member(plan, people.pm.id, Role.manager, actor=people.pm, now=NOW)
    people.clerk.is_enabled = True
    members.remove_member(plan, people.pm.id, Role.manager, actor=people.pm, now=NOW)


@pytest.mark.parametrize(
    ("who", "role"),
    [("owner1", Role.owner), ("training", Role.head), ("exec", Role.executive)],
)
def test_tied_roles_are_not_taken_by_hand(plan, people, who, role):
    with pytest.raises(DomainError):
        members.remove_member(plan, getattr(people, who).id, role, actor=people.pm, now=NOW)


@pytest.mark.parametrize("role", [Role.head, Role.owner])
def test_tied_roles_are_not_given_by_hand(plan, people, role):
    with pytest.raises(DomainError):
        members.add_member(plan, people.clerk.id, role, actor=people.pm, now=NOW)


def test_only_the_manager_changes_roles(plan, people, client_of):
    with pytest.raises(Forbidden):
        members.add_member(plan, people.stranger.id, Role.member, actor=people.exec, now=NOW)
    data = {"person_id": people.stranger.id, "role": "manager"}
    assert client_of("exec").post("/plans/1/people/add", data=data).status_code == 403
    assert client_of("pm").post("/plans/1/people/add", data=data).status_code == 303
    url = f"/plans/1/people/{people.stranger.id}/manager/remove"
    assert client_of("pm").post(url).status_code == 303
    assert client_of("pm").post(url).status_code == 404
    assert client_of("pm").post(f"/plans/1/people/{people.pm.id}/king/remove").status_code == 404
    url = f"/plans/1/people/{people.pm.id}/manager/remove"
    answer = client_of("pm", "en").post(url)
    assert answer.status_code == 422 and "needs a project manager" in answer.text


def test_a_blank_head_is_named_once(plan, people, client_of):
    desk = db.session.scalars(db.select(Department).where(Department.key == "front_desk")).one()
    url = f"/plans/1/departments/{desk.id}/head"
    data = {"person_id": people.clerk.id}
    assert client_of("pm").post(url, data=data).status_code == 303
    assert Role.head in roles(people.clerk)
    answer = client_of("pm", "en").post(url, data={"person_id": people.owner1.id})
    assert answer.status_code == 422 and "An administrator can change it" in answer.text
    assert client_of("pm").post("/plans/1/departments/99/head", data=data).status_code == 404


def test_the_head_role_follows_the_department(plan, people):
    it = db.session.scalars(db.select(Department).where(Department.key == "it")).one()
    it.head_id = people.owner4.id
    announce(DepartmentHeadChanged(it.id, people.it.id, people.owner4.id))
    assert Role.head in roles(people.owner4) and Role.head not in roles(people.it)


def test_leave_has_a_substitute_on_its_days(people):
    leave.enter_leave(
        people.owner5.id, MONDAY, MONDAY + timedelta(days=4), people.owner4.id,
        actor=people.owner5, now=NOW,
    )  # fmt: skip
    assert substitute_of(people.owner5.id, MONDAY) == people.owner4.id
    assert substitute_of(people.owner5.id, MONDAY + timedelta(days=5)) is None


@pytest.mark.parametrize(
    ("first", "last", "substitute", "field"),
    [
        (MONDAY, MONDAY - timedelta(days=1), None, "last_on"),
        (MONDAY, MONDAY + timedelta(days=400), None, "last_on"),
        (MONDAY, MONDAY, "owner5", "substitute_id"),
        (MONDAY, MONDAY, "stranger", "substitute_id"),
    ],
)
def test_leave_that_cannot_be(people, first, last, substitute, field):
    substitute_id = getattr(people, substitute).id if substitute else None
    with pytest.raises(DomainError) as refused:
        leave.enter_leave(
            people.owner5.id, first, last, substitute_id, actor=people.owner5, now=NOW
        )
    assert refused.value.field == field


def test_leave_does_not_overlap(people):
    leave.enter_leave(people.owner5.id, MONDAY, MONDAY, actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        leave.enter_leave(
            people.owner5.id, MONDAY - timedelta(days=3), MONDAY, actor=people.pm, now=NOW
        )


def test_nobody_enters_leave_for_others_but_the_manager(people):
    with pytest.raises(Forbidden):
        leave.enter_leave(people.owner5.id, MONDAY, MONDAY, actor=people.owner1, now=NOW)
    with pytest.raises(Forbidden):
        leave.enter_leave(people.stranger.id, MONDAY, MONDAY, actor=people.pm, now=NOW)


def test_leave_on_the_pages(client_of, people):
    owner = client_of("owner5", "en")
    data = {"first_on": "2026-12-01", "last_on": "2026-12-02", "substitute_id": people.owner4.id}
    # Somebody else's name in the form changes nothing: it is one's own leave.
    forged = {**data, "person_id": people.owner1.id}
    assert owner.post("/leave", data=forged).status_code == 303
    row = db.session.scalars(db.select(Leave)).one()
    assert row.person_id == people.owner5.id
    assert "Tue 1 Dec" in owner.get("/leave").text
    bad = owner.post("/leave", data={**data, "last_on": "soon", "first_on": "2026-12-20"})
    assert bad.status_code == 422 and "soon" in bad.text and "2026-12-20" in bad.text
    assert client_of("owner1").post(f"/leave/{row.id}/remove").status_code == 404
    assert "邓志强" in client_of("clerk").get("/plans/1/people").text
    assert client_of("pm").post(f"/leave/{row.id}/remove", data={"plan_id": 1}).status_code == 303
    assert client_of("pm").post("/plans/1/leave", data={**data, "person_id": people.stranger.id}
                                ).status_code == 422  # fmt: skip


def test_leave_that_is_over_stays(people):
    row = leave.enter_leave(
        people.owner5.id, date(2026, 11, 2), date(2026, 11, 3), actor=people.pm, now=NOW
    )
    with pytest.raises(DomainError):
        leave.remove_leave(row.id, actor=people.pm, now=NOW)
    with pytest.raises(NotFound):
        leave.remove_leave(4711, actor=people.pm, now=NOW)


def test_a_day_of_the_company_overrides_the_official_one(people):
    day = daybook.set_day(date(2026, 12, 31), False, "年会", actor=people.admin, now=NOW)
    assert not work_calendar().is_workday(date(2026, 12, 31))
    daybook.remove_day(day.id, actor=people.admin, now=NOW)
    assert work_calendar().is_workday(date(2026, 12, 31))
    told = db.select(AuditEntry.action).where(AuditEntry.object_type == "calendar_days")
    assert db.session.scalars(told).all() == ["set", "removed"]


def test_days_that_are_so_anyway_and_years_out_of_reach(people):
    for on, works in ((date(2026, 2, 14), True), (date(2026, 2, 15), False),
                      (date(1999, 1, 1), True), (date(2150, 1, 1), True)):  # fmt: skip
        with pytest.raises(DomainError):
            daybook.set_day(on, works, "", actor=people.admin, now=NOW)
    with pytest.raises(Forbidden):
        daybook.set_day(date(2026, 12, 31), False, "", actor=people.pm, now=NOW)
    # An estimated day can be confirmed by hand.
    daybook.set_day(date(2027, 3, 1), True, "", actor=people.admin, now=NOW)


def test_the_year_in_months(client_of):
    page = client_of("clerk", "en").get("/plans/1/calendar?year=2027").text
    assert "not published yet" in page and "New Year" in page
    page = client_of("clerk", "zh").get("/plans/1/calendar?year=2026").text
    assert "春节" in page and "调休上班" in page and "推定" not in page
    for year in ("0000", "9999", "abc", "-1", "２０２６"):
        assert client_of("clerk").get(f"/plans/1/calendar?year={year}").status_code == 200


def test_the_administrator_edits_days(client_of, context):
    admin = client_of("admin", "en")
    data = {"on": "2026-12-31", "kind": "off", "name": "<b>Party</b>"}
    asked = admin.post("/admin/calendar", data=data)
    assert asked.status_code == 200 and "What would move" in asked.text
    assert db.session.scalar(db.select(CalendarDay.id)) is None
    assert admin.post("/admin/calendar", data={**data, "sure": "1"}).status_code == 303
    page = admin.get("/admin/calendar?year=2026").text
    assert "&lt;b&gt;Party" in page and "<b>Party" not in page
    key = db.session.scalar(db.select(CalendarDay.id))
    assert admin.post("/admin/calendar", data={"on": "x", "kind": "off"}).status_code == 422
    assert admin.post("/admin/calendar", data={"on": "2026-12-30"}).status_code == 422
    assert client_of("pm").get("/admin/calendar").status_code == 404
    assert "What would move" in admin.post(f"/admin/calendar/{key}/remove").text
    sure = {"sure": "1"}
    assert admin.post(f"/admin/calendar/{key}/remove", data=sure).status_code == 303
    assert admin.post(f"/admin/calendar/{key}/remove", data=sure).status_code == 404
