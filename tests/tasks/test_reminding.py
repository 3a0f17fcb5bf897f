"""What of the work plan falls due and since when it is done: milestones, requests and the rest."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.db import db
from app.plans.calendars import work_calendar
from app.tasks import actions, lending, services, step_services
from app.tasks.models import ResourceSource, Step
from app.tasks.reminding import action_deadlines, milestone_deadlines, task_deadlines
from app.tasks.resource_reminding import (
    ANSWER_WORKDAYS,
    answer_due_on,
    request_deadlines,
    resource_deadlines,
)
from tests.conftest import NOW
from tests.tasks.test_resource_pages import need

SPAN = datetime(2026, 9, 28, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # as 26 November begins in Shanghai


def only(rows, key):
    (row,) = [row for row in rows if row.object_key == key]
    return row


@pytest.fixture
def milestone(tasks):
    """The last milestone of task 4."""
    return db.session.scalars(
        db.select(Step)
        .where(Step.task_id == tasks.t4.id, Step.is_milestone)
        .order_by(Step.number.desc())
    ).first()


def test_a_finished_task_is_done_since_its_day_began(tasks, people):
    key = f"task:{tasks.t4.id}"
    assert only(task_deadlines([1], *SPAN), key).done_at is None
    services.complete_task(tasks.t4, done_on=date(2026, 11, 26), actor=people.pm, now=NOW)
    row = only(task_deadlines([1], *SPAN), key)
    assert row.done_at == MIDNIGHT
    assert row.occurrence == tasks.t4.finish_on.isoformat()


def test_a_task_without_owner_is_nobody_s_until_it_is_overdue(tasks, people):
    tasks.t4.owner_id = None
    row = only(task_deadlines([1], *SPAN), f"task:{tasks.t4.id}")
    assert (row.recipients, row.escalate_to) == ((), (people.pm.id,))


def test_a_milestone_falls_due_for_the_task_s_owner(tasks, people, milestone):
    row = only(milestone_deadlines([1], *SPAN), f"milestone:{milestone.id}")
    assert (row.kind, row.plan_id) == ("milestone", 1)
    assert row.occurrence == milestone.finish_on.isoformat()
    ends = datetime.combine(milestone.finish_on, datetime.min.time(), tzinfo=UTC)
    assert row.due_at == ends + timedelta(hours=15, minutes=59, seconds=59)
    assert (row.recipients, row.escalate_to) == ((people.owner4.id,), (people.pm.id,))
    assert row.title.in_language("en").startswith("Milestone of task 4: ")
    assert row.url == f"/tasks/{tasks.t4.id}?edit=step-{milestone.id}#steps"


def test_a_step_that_is_no_milestone_is_not_spoken_of(milestone):
    milestone.is_milestone = False
    keys = {row.object_key for row in milestone_deadlines([1], *SPAN)}
    assert keys and f"milestone:{milestone.id}" not in keys


def test_a_milestone_of_a_task_without_owner_is_the_managers(tasks, people, milestone):
    tasks.t4.owner_id = None
    row = only(milestone_deadlines([1], *SPAN), f"milestone:{milestone.id}")
    assert row.recipients == (people.pm.id,)


def test_a_milestone_that_was_reached_is_done_since_its_day_began(people, milestone):
    step_services.complete_step(milestone, done_on=date(2026, 11, 26), actor=people.pm, now=NOW)
    row = only(milestone_deadlines([1], *SPAN), f"milestone:{milestone.id}")
    assert row.done_at == MIDNIGHT


def test_the_page_of_a_milestone_opens_its_step(client_of, tasks, milestone):
    row = only(milestone_deadlines([1], *SPAN), f"milestone:{milestone.id}")
    page = client_of("owner4").get(row.url.split("#")[0])
    assert page.status_code == 200 and 'id="steps"' in page.text
    assert client_of("clerk").get(row.url.split("#")[0]).status_code == 200


@pytest.mark.parametrize("end", [actions.close_action, actions.cancel_action])
def test_an_action_that_ended_is_done_at_that_instant(people, end):
    action = actions.create_action(
        1, title="x", owner_id=people.it.id, due_on=date(2026, 12, 4), actor=people.pm, now=NOW
    )
    db.session.flush()
    assert only(action_deadlines([1], *SPAN), f"action:{action.id}").done_at is None
    words = {"evidence": "好"} if end is actions.close_action else {"reason": "不需要了"}
    end(action, **words, actor=people.pm, now=NOW)
    db.session.flush()
    assert only(action_deadlines([1], *SPAN), f"action:{action.id}").done_at == NOW


def test_a_promise_is_kept_since_the_day_of_delivery_began(tasks, people):
    resource = need(tasks.t4, people)
    lending.promise_resource(resource, promised_on=date(2026, 12, 1), actor=people.it, now=NOW)
    assert only(resource_deadlines([1], *SPAN), f"resource:{resource.id}").done_at is None
    lending.deliver_resource(resource, actor=people.it, now=NOW)
    db.session.flush()
    row = only(resource_deadlines([1], *SPAN), f"resource:{resource.id}")
    assert row.done_at == MIDNIGHT and row.occurrence == "2026-12-01"


def test_the_lending_head_s_answer_is_due_a_week_before_the_need(tasks, people):
    resource = need(tasks.t4, people, needed_on=date(2026, 12, 18))
    row = only(request_deadlines([1], *SPAN), f"request:{resource.id}")
    assert row.occurrence == "2026-12-11" and row.done_at is None
    assert row.due_at == datetime(2026, 12, 11, 15, 59, 59, tzinfo=UTC)
    assert row.recipients == (people.it.id,)
    assert row.escalate_to == (people.owner4.id, people.pm.id)
    assert row.title.in_language("en") == "Asked for task 4: 测试人员"
    assert row.url.startswith(f"/tasks/{tasks.t4.id}?edit=answer-{resource.id}")


def test_what_is_bought_outside_is_finance_s_to_answer(tasks, people):
    resource = need(tasks.t4, people, source=ResourceSource.external)
    row = only(request_deadlines([1], *SPAN), f"request:{resource.id}")
    assert row.recipients == (people.finance.id,)


def test_where_the_lending_side_has_nobody_the_managers_answer(tasks, people):
    resource = need(tasks.t4, people, department_id=people.clerk.department_id)
    row = only(request_deadlines([1], *SPAN), f"request:{resource.id}")
    assert row.recipients == (people.pm.id,)


@pytest.mark.parametrize("is_given", [True, False])
def test_a_request_is_answered_by_a_promise_and_by_a_no(tasks, people, is_given):
    resource = need(tasks.t4, people)
    if is_given:
        lending.promise_resource(resource, promised_on=date(2026, 12, 1), actor=people.it, now=NOW)
    else:
        lending.decline_resource(resource, reason="没有人", actor=people.it, now=NOW)
    db.session.flush()
    key = f"request:{resource.id}"
    assert only(request_deadlines([1], *SPAN), key).done_at == NOW
    lending.take_answer_back(resource, actor=people.it, now=NOW)
    db.session.flush()
    assert only(request_deadlines([1], *SPAN), key).done_at is None


def test_what_is_not_asked_for_or_needed_on_no_day_wants_no_answer(tasks, people):
    need(tasks.t4, people, asked=False)
    need(tasks.t4, people, needed_on=None)
    assert request_deadlines([1], *SPAN) == []


def test_an_answer_is_found_whichever_day_the_need_falls_on(tasks, people):
    resource, calendar = need(tasks.t4, people), work_calendar()
    for number in range(40):
        resource.needed_on = date(2026, 12, 20) + timedelta(days=number)
        db.session.flush()
        due_on = answer_due_on(resource.needed_on, calendar)
        assert calendar.workdays_between(due_on, resource.needed_on) == ANSWER_WORKDAYS
        day = datetime.combine(due_on, datetime.min.time(), tzinfo=UTC) - timedelta(hours=8)
        found = request_deadlines([1], day, day + timedelta(days=1) - timedelta(seconds=1))
        assert [row.occurrence for row in found] == [due_on.isoformat()], resource.needed_on
