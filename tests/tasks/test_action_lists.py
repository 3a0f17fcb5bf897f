"""A person's action items over all plans, what they came from, and who is told when they stay."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.permissions import Role, viewer_for
from app.core.registries import chasers
from app.plans.access import drop_role, manager_ids
from app.reports.models import ReportState, WeeklyReport
from app.risks.models import Risk
from app.tasks import actions
from app.tasks.action_queries import my_action_counts, my_action_page
from app.tasks.models import ActionItem, ActionSource
from app.tasks.reminding import action_deadline
from tests.architecture.everything import start_other_plan
from tests.conftest import NOW
from tests.sql import counted

TODAY = date(2026, 11, 26)


def write(plan, people, owner, **values):
    fields = {"title": "定场地", "due_on": TODAY + timedelta(days=7)} | values
    action = actions.create_action(plan.id, owner_id=owner.id, **fields, actor=people.pm, now=NOW)
    db.session.flush()
    return action


def text_of(response):
    return response.get_data(as_text=True)


def test_my_list_holds_what_i_own_in_every_plan_and_nothing_else(app, client_of, plan, people):
    other = start_other_plan(people)
    write(plan, people, people.it, title="自己的一件")
    write(plan, people, people.training, title="别人的一件")
    actions.create_action(
        other.id, title="另一计划的一件", owner_id=people.it.id, due_on=TODAY,
        actor=people.stranger, now=NOW,
    )  # fmt: skip
    db.session.commit()
    page = text_of(client_of("it").get("/actions"))
    assert "自己的一件" in page and "另一计划的一件" in page and "别人的一件" not in page


def test_what_is_left_in_a_plan_without_a_part_in_it_is_not_shown(client_of, plan, people):
    write(plan, people, people.clerk)
    db.session.commit()
    assert "定场地" in text_of(client_of("clerk").get("/actions"))
    drop_role(plan.id, people.clerk.id, Role.member)
    db.session.commit()
    page = client_of("clerk").get("/actions")
    assert page.status_code == 200 and "定场地" not in text_of(page)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("show", ["", "?show=overdue", "?show=closed&page=7", "?show=x&page=x"])
def test_a_person_without_a_plan_has_an_empty_list(client_of, language, show):
    assert client_of("stranger", language).get("/actions" + show).status_code == 200


def test_whoever_is_not_signed_in_is_sent_to_the_door(app):
    assert app.test_client().get("/actions").status_code == 302


def test_the_filters_count_and_hold_open_overdue_and_ended(app, plan, people):
    late, ended = write(plan, people, people.it), write(plan, people, people.it)
    write(plan, people, people.it)
    late.due_on = TODAY - timedelta(days=3)
    actions.close_action(ended, evidence="好了", actor=people.it, now=NOW)
    db.session.flush()
    who = people.it.id, [plan.id], TODAY
    assert my_action_counts(*who) == {"open": 2, "overdue": 1, "closed": 1}
    with app.test_request_context():
        assert my_action_page(*who, "overdue", 1).items == [late]
        assert my_action_page(*who, "closed", 1).items == [ended]


def test_my_list_needs_the_same_few_statements_for_many_rows(client_of, plan, people, tasks):
    def cost():
        client = client_of("it")
        client.get("/actions")
        with counted() as statements:
            assert client.get("/actions").status_code == 200
        return len(statements)

    write(plan, people, people.it, task_id=tasks.t4.id)
    db.session.commit()
    before = cost()
    for task in (tasks.t1, tasks.t2, tasks.t3):
        for _n in range(8):
            write(plan, people, people.it, task_id=task.id)
    db.session.commit()
    assert cost() == before <= 12


def test_an_action_that_stays_undone_is_escalated_to_the_managers(plan, people):
    action = write(plan, people, people.it, due_on=date(2026, 12, 4))
    deadline = action_deadline(action, manager_ids(plan.id))
    chases = chasers.get("comms")(deadline)
    assert [chase.is_escalation for chase in chases] == [False, False, True]
    assert chases[-1].person_ids == (people.pm.id,)
    # Three working days after Friday 4 December, at 09:07 in Shanghai.
    assert chases[-1].at.isoformat() == "2026-12-09T01:07:00+00:00"


def test_the_page_says_when_and_who_is_told(client_of, plan, people):
    own, others = write(plan, people, people.pm), write(plan, people, people.it)
    db.session.commit()
    pm = client_of("pm")
    assert "会告诉许文静" in text_of(pm.get(f"/actions/{others.id}"))
    assert "会告诉" not in text_of(pm.get(f"/actions/{own.id}"))


@pytest.fixture
def report(plan, people, tasks):
    row = WeeklyReport(
        plan_id=plan.id, task_id=tasks.t2.id, iso_year=2026, iso_week=47,
        owner_id=people.owner2.id, author_id=people.owner2.id, state=ReportState.submitted,
        done_text="教室还没定", progress_percent=30, saved_at=NOW, submitted_at=NOW,
        first_submitted_at=NOW,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def post_new(client, query, people):
    return client.post(
        f"/plans/1/actions/new?{query}",
        data={"title": "定教室", "owner_id": people.it.id, "due_on": "2026-12-04",
              "task_id": "", "department_id": ""},
    )  # fmt: skip


def test_a_line_of_a_report_becomes_an_action_item_that_leads_back(
    app, client_of, people, report, tasks
):
    pm = client_of("pm")
    query = f"source=report&origin={report.id}"
    form = text_of(pm.get(f"/plans/1/actions/new?{query}&title=%E6%95%99%E5%AE%A4"))
    assert "教室" in form and f'<option selected value="{tasks.t2.id}">' in form
    assert f"origin={report.id}" in text_of(pm.get(f"/reports/{report.id}"))
    assert post_new(pm, query, people).status_code == 303
    action = db.session.scalars(select(ActionItem)).one()
    assert (action.source, action.source_id) == (ActionSource.report, report.id)
    assert f'href="/reports/{report.id}"' in text_of(pm.get(f"/actions/{action.id}"))
    # Whoever does it may not read the report: no link, but the kind of its source.
    assert f'href="/reports/{report.id}"' not in text_of(
        client_of("marketing").get(f"/actions/{action.id}")
    )


def test_a_risk_becomes_an_action_item(client_of, people, plan):
    risk = db.session.scalars(select(Risk).where(Risk.plan_id == plan.id)).first()
    pm = client_of("pm")
    assert f"origin={risk.id}" in text_of(pm.get(f"/risks/{risk.id}"))
    assert post_new(pm, f"source=risk&origin={risk.id}", people).status_code == 303
    action = db.session.scalars(select(ActionItem)).one()
    assert (action.source, action.source_id) == (ActionSource.risk, risk.id)


@pytest.mark.parametrize(
    "query",
    ["source=report&origin=999", "source=report&origin=x", "source=nonsense&origin=1",
     "source=meeting&origin=1", "source=report", "origin=1", "title=%00%ff"],
)  # fmt: skip
def test_a_source_that_is_not_there_is_the_plan(client_of, people, query):
    pm = client_of("pm")
    assert pm.get(f"/plans/1/actions/new?{query}").status_code == 200
    assert post_new(pm, query, people).status_code == 303
    assert db.session.scalars(select(ActionItem.source)).one() is ActionSource.plan


def test_another_plans_report_is_no_source(client_of, people, report):
    other = start_other_plan(people)
    db.session.commit()
    assert viewer_for(people.stranger, other.id) is not None
    client_of("stranger").post(
        f"/plans/{other.id}/actions/new?source=report&origin={report.id}",
        data={"title": "x", "owner_id": people.stranger.id, "due_on": "2026-12-04",
              "task_id": "", "department_id": ""},
    )  # fmt: skip
    action = db.session.scalars(
        select(ActionItem).where(ActionItem.plan_id == other.id).order_by(ActionItem.id.desc())
    ).first()
    assert action.title == "x"
    assert (action.source, action.source_id) == (ActionSource.plan, None)
