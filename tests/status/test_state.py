"""PlanState: put together from the features, written down, in a fixed number of statements."""

from datetime import date, timedelta

import pytest

from app.core.db import db
from app.core.registries import state_providers
from app.core.snapshots import Snapshot, canonical
from app.plans.access import viewer_of
from app.plans.models import Plan
from app.status.state import plan_state
from app.status.week_lights import close_weeks, lights_by_week
from app.tasks import actions
from tests.conftest import NOW
from tests.sql import counted
from tests.status.states import close_week


def test_the_state_holds_the_plans_facts(plan, people):
    state = plan_state(plan.id, NOW, viewer_of(people.pm, plan.id))
    assert len(state.tasks.tasks) == 5
    assert len(state.risks.risks) == 5
    assert len(state.monitoring.indicators) == 4
    assert (state.plan.week_number, state.week) == (9, "2026-W48")
    assert state.left_out == ()


def test_people_are_in_it_by_id_and_never_by_name(plan, people):
    written = canonical(plan_state(plan.id, NOW, viewer_of(people.pm, plan.id)))
    for person in vars(people).values():
        assert person.name not in written


def test_the_same_state_is_written_the_same(plan, people):
    eyes = viewer_of(people.pm, plan.id)
    assert canonical(plan_state(plan.id, NOW, eyes)) == canonical(plan_state(plan.id, NOW, eyes))


def test_a_feature_that_does_not_answer_is_named(plan, people, monkeypatch):
    rows = {k: v for k, v in state_providers._rows.items() if k != "risks"}
    monkeypatch.setattr(state_providers, "_rows", rows)
    with pytest.raises(RuntimeError, match="'risks'"):
        plan_state(plan.id, NOW, viewer_of(people.pm, plan.id))


def test_a_state_needs_as_many_statements_for_many_rows(plan, people):
    eyes = viewer_of(people.pm, plan.id)
    db.session.expire_all()
    with counted() as few:
        plan_state(plan.id, NOW, eyes)
    for number in range(60):
        actions.create_action(
            plan.id, title=f"事项 {number}", owner_id=people.owner2.id,
            due_on=date(2026, 12, 4), actor=people.pm, now=NOW,
        )  # fmt: skip
    db.session.commit()
    db.session.expire_all()
    with counted() as many:
        plan_state(plan.id, NOW, eyes)
    assert len(many) == len(few) <= 50


def test_a_week_is_closed_once_when_its_reports_were_due(plan, people):
    row = db.session.get_one(Plan, plan.id)
    friday = NOW + timedelta(days=1)
    assert close_week(row, friday) is None, "16:20: the reports are due at 17:00"
    snapshot = close_week(row, friday + timedelta(hours=1))
    assert snapshot is not None and snapshot.reason == "week:2026-W48"
    assert close_week(row, friday + timedelta(hours=2)) is None
    weeks = db.select(db.func.count()).where(Snapshot.reason.startswith("week:"))
    assert db.session.scalar(weeks) == 1


def test_the_job_closes_every_active_plan_s_week_once(plan, people):
    friday = NOW + timedelta(days=1)
    assert close_weeks(friday) == 0
    assert [close_weeks(friday + timedelta(hours=n)) for n in (1, 2)] == [1, 0]
    weeks = db.select(Snapshot.reason).where(Snapshot.reason.startswith("week:"))
    assert db.session.scalars(weeks).all() == ["week:2026-W48"]


def test_the_lights_of_past_weeks_come_from_their_closes(plan, people):
    eyes = viewer_of(people.pm, plan.id)
    assert lights_by_week(plan_state(plan.id, NOW, eyes)) == []
    close_week(db.session.get_one(Plan, plan.id), NOW - timedelta(days=6) + timedelta(hours=1))
    found = lights_by_week(plan_state(plan.id, NOW, eyes))
    assert [number for number, _light in found] == [47, 48]
