"""Action items: numbered, chased, and ended with evidence or a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from app.accounts.models import Person
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.unit_of_work import unit_of_work
from app.tasks import actions
from app.tasks.events import ActionCreated, ActionEnded, ActionReassigned
from app.tasks.models import ActionItem, ActionSource, ActionState
from tests.conftest import NOW

DUE = date(2026, 12, 4)


def write(plan, people, **values):
    fields = {"title": "定场地", "owner_id": people.training.id, "due_on": DUE} | values
    return actions.create_action(plan.id, **fields, actor=people.pm, now=NOW)


def test_numbers_run_through_the_plan(plan, people, heard):
    created = heard(ActionCreated)
    assert [write(plan, people).number for _n in range(3)] == [1, 2, 3]
    assert len(created) == 3


def test_people_writing_at_the_same_moment_get_different_numbers(app):
    def write_some(_n):
        with app.app_context():
            for _again in range(3):
                with unit_of_work():
                    actions.create_action(
                        1, title="x", owner_id=2, due_on=DUE, actor=db.session.get_one(Person, 2),
                        now=NOW,
                    )  # fmt: skip
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_some, range(4)))
    with app.app_context():
        numbers = db.session.scalars(db.select(ActionItem.number)).all()
    assert sorted(numbers) == list(range(1, 13))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"due_on": date(2026, 11, 25)}, "due_on"),
        ({"owner_id": 9999}, "owner_id"),
        ({"task_id": 9999}, "task_id"),
        ({"department_id": 9999}, "department_id"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(plan, people, values, field):
    with pytest.raises(DomainError) as error:
        write(plan, people, **values)
    assert error.value.field == field


def test_somebody_without_a_part_in_the_plan_gets_no_action(plan, people):
    with pytest.raises(DomainError):
        write(plan, people, owner_id=people.stranger.id)
    with pytest.raises(NotFound):
        actions.create_action(
            plan.id, title="x", owner_id=people.pm.id, due_on=DUE, actor=people.stranger, now=NOW
        )


def test_closing_needs_evidence_and_the_right_person(plan, people, heard):
    ended = heard(ActionEnded)
    action = write(plan, people)
    with pytest.raises(Forbidden):
        actions.close_action(action, evidence="看过", actor=people.it, now=NOW)
    with pytest.raises(DomainError) as error:
        actions.close_action(action, evidence="", actor=people.training, now=NOW)
    assert error.value.field == "evidence"
    actions.close_action(action, evidence="3 楼 301 已订", actor=people.training, now=NOW)
    assert action.state is ActionState.closed and action.ended_at == NOW
    assert [e.state for e in ended] == [ActionState.closed]
    with pytest.raises(DomainError):
        actions.close_action(action, evidence="再关一次", actor=people.training, now=NOW)


def test_only_the_manager_and_the_writer_cancel_move_and_hand_on(plan, people, heard):
    handed = heard(ActionReassigned)
    action = write(plan, people)
    with pytest.raises(Forbidden):
        actions.cancel_action(action, reason="x", actor=people.training, now=NOW)
    with pytest.raises(Forbidden):
        actions.change_action_date(
            action, due_on=date(2026, 12, 11), reason="x", actor=people.training, now=NOW
        )
    with pytest.raises(DomainError) as error:
        actions.change_action_date(
            action, due_on=date(2026, 12, 11), reason="", actor=people.pm, now=NOW
        )
    assert error.value.field == "reason"
    actions.change_action_date(
        action, due_on=date(2026, 12, 11), reason="场地满了", actor=people.pm, now=NOW
    )
    actions.reassign_action(action, owner_id=people.it.id, actor=people.pm, now=NOW)
    assert handed[0].former_owner_id == people.training.id
    assert (action.due_on, action.owner_id) == (date(2026, 12, 11), people.it.id)
    actions.cancel_action(action, reason="不再需要", actor=people.pm, now=NOW)
    assert (action.state, action.evidence) == (ActionState.cancelled, "不再需要")


def test_the_second_of_two_changers_is_told(plan, people):
    action = write(plan, people)
    seen = actions.action_stamp(action)
    actions.reassign_action(
        action, owner_id=people.it.id, seen=seen, actor=people.pm, now=NOW
    )
    with pytest.raises(Conflict) as error:
        actions.reassign_action(
            action, owner_id=people.marketing.id, seen=seen, actor=people.pm, now=NOW
        )
    assert error.value.theirs["owner_id"] == people.it.id


def test_my_actions_are_open_ones_most_urgent_first(plan, people):
    later = write(plan, people, due_on=date(2026, 12, 11))
    sooner = write(plan, people)
    ended = write(plan, people)
    actions.close_action(ended, evidence="好", actor=people.pm, now=NOW)
    assert actions.my_actions(people.training.id) == [sooner, later]


def test_actions_are_found_by_what_they_came_from(plan, people):
    mine = write(plan, people, source=ActionSource.meeting, source_id=7)
    write(plan, people, source=ActionSource.risk, source_id=7)
    db.session.flush()
    assert actions.actions_from(plan.id, ActionSource.meeting, [7, 8]) == {7: [mine]}
