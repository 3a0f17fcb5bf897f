"""Inspections: planned by the interval, recorded by who went, findings become actions."""

from datetime import UTC, date, datetime

import pytest

from app.accounts.models import Department
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.registries import todos
from app.plans.access import viewer_of
from app.plans.calendars import work_calendar
from app.reports import inspections as services
from app.reports.inspections import FindingInput
from app.reports.models import Finding, Inspection
from app.reports.monitoring_reminding import inspection_deadlines
from app.reports.monitoring_state import monitoring_state
from app.tasks.models import ActionItem, ActionSource
from tests.conftest import NOW
from tests.sql import counted

TODAY = date(2026, 11, 26)


def department(key):
    return db.session.scalars(db.select(Department).where(Department.key == key)).one()


@pytest.fixture
def planned(people):
    inspection = services.plan_inspection(
        1, planned_on=TODAY, inspector_id=people.owner5.id, place="总部前台",
        actor=people.pm, now=NOW,
    )  # fmt: skip
    db.session.commit()
    return inspection


def test_the_next_days_are_proposed_on_working_days(plan, people, planned) -> None:
    days = services.proposed_days(plan, planned.planned_on, work_calendar(), TODAY)
    assert days[:2] == [date(2026, 12, 10), date(2026, 12, 24)]
    assert all(work_calendar().is_workday(day) for day in days)
    plan.inspection_interval_weeks = None
    assert services.proposed_days(plan, None, work_calendar(), TODAY) == []


def test_a_finding_that_needs_doing_becomes_an_action_of_the_departments_head(
    people, planned
) -> None:
    it = department("it")
    services.record_inspection(
        planned, done_on=TODAY, place="总部前台", summary="",
        findings=[
            FindingInput("问候及时", "greet", is_good=True),
            FindingInput("查重复客户太慢", "register", department_id=it.id, needs_doing=True,
                         due_on=date(2026, 12, 4)),
        ],
        actor=people.owner5, now=NOW,
    )  # fmt: skip
    action = db.session.scalars(db.select(ActionItem)).one()
    assert (action.owner_id, action.source, action.source_id) == (
        people.it.id, ActionSource.inspection, planned.id,
    )  # fmt: skip
    assert action.due_on == date(2026, 12, 4)
    finding = db.session.scalars(db.select(Finding).where(Finding.stage == "register")).one()
    assert finding.action_id == action.id


def test_where_a_department_has_no_head_the_manager_gets_the_action(people, planned) -> None:
    services.record_inspection(
        planned, done_on=TODAY, place="", summary="",
        findings=[FindingInput("没有核对电话", department_id=department("front_desk").id,
                               needs_doing=True)],
        actor=people.owner5, now=NOW,
    )  # fmt: skip
    assert db.session.scalars(db.select(ActionItem)).one().owner_id == people.pm.id


def test_only_who_is_named_and_the_manager_record(people, planned) -> None:
    with pytest.raises(Forbidden):
        services.record_inspection(
            planned, done_on=TODAY, place="", summary="x", findings=[], actor=people.owner1,
            now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("done_on", "summary", "field"),
    [(date(2026, 11, 27), "x", "done_on"), (date(2026, 9, 1), "x", "done_on"),
     (TODAY, "", "summary")],
)  # fmt: skip
def test_a_record_that_cannot_be_is_refused(people, planned, done_on, summary, field) -> None:
    with pytest.raises(DomainError) as refused:
        services.record_inspection(
            planned, done_on=done_on, place="", summary=summary, findings=[],
            actor=people.pm, now=NOW,
        )  # fmt: skip
    assert refused.value.field == field


def test_an_inspection_is_recorded_once(people, planned) -> None:
    record = {"done_on": TODAY, "place": "", "summary": "x", "findings": []}
    services.record_inspection(planned, **record, actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        services.record_inspection(planned, **record, actor=people.pm, now=NOW)


def test_an_inspection_not_recorded_is_overdue(people, planned) -> None:
    later = datetime(2026, 11, 30, 2, tzinfo=UTC)
    row = monitoring_state(1, later, viewer_of(people.pm, 1)).inspections[0]
    assert row.is_overdue
    assert row.days_overdue == 2


def test_who_goes_is_asked_for_the_record(people, planned) -> None:
    ask = todos.get("monitoring")
    assert [t.kind for t in ask(1, viewer_of(people.owner5, 1), NOW)] == ["inspection"]
    assert ask(1, viewer_of(people.owner1, 1), NOW) == []
    found = inspection_deadlines([1], NOW, datetime(2026, 11, 27, tzinfo=UTC))
    assert [(d.kind, d.recipients) for d in found] == [("inspection", (people.owner5.id,))]


def test_an_observation_is_no_inspection_and_is_seen_by_its_author_and_the_manager(
    people,
) -> None:
    services.report_observation(
        1, text="椅子不够坐", seen_on=TODAY, stage="guide", actor=people.clerk, now=NOW
    )
    mine = monitoring_state(1, NOW, viewer_of(people.clerk, 1))
    theirs = monitoring_state(1, NOW, viewer_of(people.pm, 1))
    assert mine.inspections == theirs.inspections == ()
    assert mine.observations == theirs.observations
    assert theirs.observations[0].findings[0].text == "椅子不够坐"


def test_a_member_sees_own_inspections_alone(client_of, people, planned) -> None:
    clerk = client_of("clerk")
    assert "总部前台" not in clerk.get("/plans/1/inspections").text
    assert clerk.get(f"/inspections/{planned.id}").status_code == 404
    assert client_of("it").get(f"/inspections/{planned.id}").status_code == 200


def test_a_person_without_a_part_in_the_plan_cannot_be_named(people) -> None:
    with pytest.raises(DomainError) as refused:
        services.plan_inspection(
            1, planned_on=TODAY, inspector_id=people.stranger.id, actor=people.pm, now=NOW
        )
    assert refused.value.field == "inspector_id"


def record_form(**changes):
    return {
        "done_on": "2026-11-26", "place": "总部前台", "summary": "",
        "findings-0-stage": "greet", "findings-0-verdict": "good", "findings-0-text": "",
        "findings-1-stage": "register", "findings-1-verdict": "bad",
        "findings-1-text": "没有核对电话", "findings-1-department_id": "",
        "findings-1-needs_doing": "y", "findings-1-due_on": "2026-12-04",
        "findings-7-stage": "", "findings-7-verdict": "bad", "findings-7-text": "灯坏了",
        **changes,
    }  # fmt: skip


def test_an_inspection_is_recorded_on_the_page(client_of, people, planned) -> None:
    owner5 = client_of("owner5")
    page = owner5.get(f"/inspections/{planned.id}/record")
    assert "客户进门后半分钟内有人起身问候" in page.text
    answer = owner5.post(f"/inspections/{planned.id}/record", data=record_form())
    assert answer.status_code == 303
    texts = [f.text for f in db.session.scalars(db.select(Finding).order_by(Finding.id))]
    assert texts == ["客户进门后半分钟内有人起身问候", "没有核对电话", "灯坏了"]
    assert db.session.scalars(db.select(ActionItem)).one().title == "没有核对电话"
    shown = owner5.get(f"/inspections/{planned.id}").text
    assert "A-1" in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"findings-1-text": ""}, "Please say what was seen"),
        ({"findings-7-verdict": ""}, "Please say whether it was"),
        ({"findings-1-due_on": "soon"}, "This is not a date"),
        ({"findings-1-due_on": "2026-11-01"}, "This day has passed already"),
        ({"findings-7-text": "长" * 10_000}, "At most 2000 characters"),
        ({"done_on": "yesterday"}, "This is not a date"),
        ({"findings-1-department_id": "999"}, "Please choose one of the list"),
    ],
)
def test_a_record_that_is_wrong_keeps_what_was_typed(
    client_of, planned, changes, said
) -> None:
    answer = client_of("owner5", "en").post(
        f"/inspections/{planned.id}/record", data=record_form(**changes)
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert "总部前台" in answer.text
    assert db.session.scalars(db.select(Finding)).first() is None


def test_script_and_control_characters_do_no_harm(client_of, planned) -> None:
    text = "<script>alert(1)</script>\x00\x07=HYPERLINK(1)"
    pm = client_of("pm")
    assert pm.post(
        f"/inspections/{planned.id}/record", data=record_form(**{"findings-7-text": text})
    ).status_code == 303  # fmt: skip
    page = pm.get(f"/inspections/{planned.id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;=HYPERLINK(1)" in page


def test_the_manager_plans_moves_and_takes_off(client_of, people) -> None:
    pm = client_of("pm")
    sent = {"planned_on": "2026-12-10", "inspector_id": str(people.owner5.id), "place": "东区"}
    assert pm.post("/plans/1/inspections", data=sent).status_code == 303
    inspection = db.session.scalars(db.select(Inspection)).one()
    past = pm.post("/plans/1/inspections", data={**sent, "planned_on": "2026-11-01"})
    assert past.status_code == 422
    moved = pm.post(
        f"/inspections/{inspection.id}/plan", data={**sent, "planned_on": "2026-12-11"}
    )
    assert moved.status_code == 303
    assert pm.post(f"/inspections/{inspection.id}/remove").status_code == 303
    assert db.session.scalars(db.select(Inspection)).first() is None
    assert client_of("owner1").post("/plans/1/inspections", data=sent).status_code == 403


def test_a_member_reports_an_observation_and_the_manager_acts_on_it(client_of, people) -> None:
    clerk = client_of("clerk")
    sent = {"text": "椅子不够坐", "seen_on": "2026-11-26", "stage": "guide"}
    assert clerk.get("/plans/1/observations/new").status_code == 200
    assert clerk.post("/plans/1/observations/new", data=sent).status_code == 303
    assert clerk.post("/plans/1/observations/new", data={**sent, "text": ""}).status_code == 422
    finding = db.session.scalars(db.select(Finding)).one()
    pm = client_of("pm")
    assert pm.get(f"/findings/{finding.id}/action").status_code == 200
    answer = pm.post(
        f"/findings/{finding.id}/action",
        data={"title": "加椅子", "owner_id": str(people.administration.id), "due_on": "2026-12-03"},
    )
    assert answer.status_code == 303
    db.session.expire_all()
    assert finding.action_id == db.session.scalars(db.select(ActionItem)).one().id


def test_the_list_needs_as_many_statements_for_many_inspections(client_of, people) -> None:
    def some(count):
        for _turn in range(count):
            inspection = services.record_unplanned(
                1, done_on=TODAY, place="x", summary="y", actor=people.pm, now=NOW,
                findings=[FindingInput("a", needs_doing=True, department_id=department("it").id)],
            )  # fmt: skip
        db.session.commit()
        return inspection

    some(2)
    pm = client_of("pm")
    pm.get("/plans/1/inspections")
    with counted() as few:
        pm.get("/plans/1/inspections")
    some(10)
    with counted() as many:
        assert pm.get("/plans/1/inspections").status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 12


def test_others_find_nothing(client_of, planned) -> None:
    assert client_of("stranger").get("/plans/1/inspections").status_code == 404
    assert client_of("pm").get("/inspections/99").status_code == 404
    assert client_of("owner1").get(f"/inspections/{planned.id}/record").status_code == 404
