"""A request for people or things: asked for, answered, delivered."""

from datetime import date
from typing import Any

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.localtext import LocalText
from app.plans.access import manager_ids
from app.tasks import lending, resource_services
from app.tasks.events import ResourceMoved
from app.tasks.models import Resource, ResourceKind, ResourceSource, ResourceState
from app.tasks.resource_queries import said_by, standing
from app.tasks.rows import resource_stamp
from tests.conftest import NOW

NEEDED = date(2026, 12, 1)
LATER = date(2026, 12, 3)


@pytest.fixture
def request_of(people, tasks):
    """request_of(state) → a resource of task 4 that IT lends, brought into that state."""

    def make(state: str = "open", **values: Any) -> Resource:
        fields = {
            "kind": ResourceKind.human, "title": LocalText(own="开发人员"),
            "source": ResourceSource.internal, "department_id": people.it.department_id,
            "needed_on": NEEDED, "needed_until_on": date(2026, 12, 31),
        } | values  # fmt: skip
        resource = resource_services.add_resource(tasks.t4, **fields, actor=people.owner4, now=NOW)
        db.session.flush()
        if state != "open":
            lending.ask_resource(resource, actor=people.owner4, now=NOW)
        if state == "declined":
            decline(resource, people.it)
        if state in ("promised", "delivered"):
            promise(resource, people.it)
        if state == "delivered":
            lending.deliver_resource(resource, actor=people.it, now=NOW)
        return resource

    return make


def promise(resource, actor, on=NEEDED, answer="", **more):
    lending.promise_resource(resource, promised_on=on, answer=answer, actor=actor, now=NOW, **more)


def decline(resource, actor, reason="12 月没有空", **more):
    lending.decline_resource(resource, reason=reason, actor=actor, now=NOW, **more)


def test_a_request_goes_from_the_owner_to_the_head_and_comes(people, request_of, heard):
    moved = heard(ResourceMoved)
    resource = request_of()
    lending.ask_resource(resource, actor=people.owner4, now=NOW)
    promise(resource, people.it, answer="两人，一人半天")
    assert (resource.promised_on, resource.answer) == (NEEDED, "两人，一人半天")
    assert (resource.answered_by_id, resource.answered_at) == (people.it.id, NOW)
    lending.deliver_resource(resource, actor=people.owner4, now=NOW)
    assert resource.delivered_on == date(2026, 11, 26)
    assert [event.state for event in moved] == ["asked", "promised", "delivered"]


def test_a_promise_later_than_needed_is_taken_and_said(app, people, request_of):
    resource = request_of("asked")
    promise(resource, people.it, on=LATER)
    with app.test_request_context():
        assert standing(resource) == "答应 12月3日到，12月1日就要用"


def test_only_the_lending_head_and_the_manager_answer(people, request_of):
    for actor in (people.owner4, people.marketing, people.finance, people.exec):
        resource = request_of("asked")
        with pytest.raises(Forbidden):
            promise(resource, actor)
        with pytest.raises(Forbidden):
            decline(resource, actor)


def test_what_the_manager_answers_for_the_head_is_marked(app, plan, people, request_of):
    resource = request_of("asked")
    promise(resource, people.pm)
    entry = db.session.scalars(
        db.select(AuditEntry).where(
            AuditEntry.action == "promised", AuditEntry.object_id == resource.id
        )
    ).one()
    assert entry.changes["on_behalf"] == [None, True]
    with app.test_request_context():
        assert people.pm.name in said_by(resource, manager_ids(plan.id))
        assert "代" in said_by(resource, manager_ids(plan.id))


def test_finance_answers_for_what_is_bought_outside(people, request_of):
    resource = request_of("asked", source=ResourceSource.external)
    with pytest.raises(Forbidden):
        promise(resource, people.it)
    promise(resource, people.finance)
    assert resource.state is ResourceState.promised
    promise(request_of("asked", source=ResourceSource.external, department_id=None), people.pm)


def test_a_decline_needs_its_reason_and_can_be_asked_again(people, request_of, heard):
    moved = heard(ResourceMoved)
    resource = request_of("asked")
    with pytest.raises(DomainError) as error:
        decline(resource, people.it, reason="")
    assert error.value.field == "answer"
    decline(resource, people.it)
    assert (resource.state, resource.answer) == (ResourceState.declined, "12 月没有空")
    with pytest.raises(Forbidden):
        lending.ask_resource(resource, actor=people.it, now=NOW)
    lending.ask_resource(resource, actor=people.owner4, now=NOW)
    assert (resource.state, resource.answer) == (ResourceState.asked, "")
    assert [event.state for event in moved] == ["asked", "declined", "asked"]


@pytest.mark.parametrize(
    ("on", "field"), [(None, "promised_on"), (date(2026, 11, 25), "promised_on")]
)
def test_a_promise_needs_a_day_that_can_be_kept(people, request_of, on, field):
    with pytest.raises(DomainError) as error:
        promise(request_of("asked"), people.it, on=on)
    assert error.value.field == field


def test_nothing_is_answered_before_it_is_asked_or_after_it_has_come(people, request_of):
    for state in ("open", "delivered"):
        with pytest.raises(DomainError):
            promise(request_of(state), people.it)
        with pytest.raises(DomainError):
            decline(request_of(state), people.it)


def test_nothing_is_asked_for_twice_or_of_nobody(people, request_of):
    with pytest.raises(DomainError):
        lending.ask_resource(request_of("asked"), actor=people.owner4, now=NOW)
    with pytest.raises(DomainError) as error:
        request_of("asked", department_id=None)
    assert error.value.field == "department_id"


def test_only_what_is_promised_is_delivered_and_not_in_the_future(people, request_of):
    with pytest.raises(DomainError):
        lending.deliver_resource(request_of("asked"), actor=people.it, now=NOW)
    resource = request_of("promised")
    with pytest.raises(DomainError) as error:
        lending.deliver_resource(
            resource, delivered_on=date(2026, 11, 27), actor=people.it, now=NOW
        )
    assert error.value.field == "delivered_on"
    with pytest.raises(Forbidden):
        lending.deliver_resource(resource, actor=people.marketing, now=NOW)


def test_answers_and_requests_can_be_taken_back(people, request_of):
    resource = request_of("delivered")
    lending.take_answer_back(resource, actor=people.it, now=NOW)
    assert (resource.state, resource.delivered_on) == (ResourceState.promised, None)
    lending.take_answer_back(resource, actor=people.it, now=NOW)
    assert (resource.state, resource.promised_on) == (ResourceState.asked, None)
    with pytest.raises(DomainError):
        lending.take_answer_back(resource, actor=people.it, now=NOW)
    with pytest.raises(Forbidden):
        lending.take_request_back(resource, actor=people.it, now=NOW)
    lending.take_request_back(resource, actor=people.owner4, now=NOW)
    assert resource.state is ResourceState.open


def test_the_second_of_two_who_answer_sees_the_first_ones_word(people, request_of):
    resource = request_of("asked")
    seen = resource_stamp(resource)
    promise(resource, people.it, seen=seen)
    with pytest.raises(Conflict) as error:
        decline(resource, people.pm, seen=seen)
    assert error.value.theirs["promised_on"] == NEEDED


@pytest.mark.parametrize(
    ("days", "field"),
    [((NEEDED, date(2026, 11, 30)), "needed_until_on"), ((None, NEEDED), "needed_on")],
)
def test_days_that_cannot_be_are_refused_at_their_field(request_of, days, field):
    with pytest.raises(DomainError) as error:
        request_of(needed_on=days[0], needed_until_on=days[1])
    assert error.value.field == field


def test_what_another_department_promised_is_asked_for_again(people, request_of):
    resource = request_of("promised")
    resource_services.edit_resource(
        resource, kind=resource.kind, title=resource.title, source=resource.source,
        department_id=people.training.department_id, quantity="", needed_on=NEEDED,
        needed_until_on=None, note="", actor=people.owner4, now=NOW,
    )  # fmt: skip
    assert resource.state is ResourceState.asked
    assert (resource.promised_on, resource.answered_by_id) == (None, None)
