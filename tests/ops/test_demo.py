"""The demo: nine weeks lived through the use cases, whenever and wherever it is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import create_app
from app.accounts.models import Person
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.lights import Light
from app.core.permissions import viewer_for
from app.core.settings import DEMO_DATABASE, sqlite_url
from app.ops.demo.making import demo_mark, is_fresh, make_demo
from app.ops.demo.replay import replay
from app.reports.models import Promise
from app.risks.models import Risk
from app.status.state import PlanState, plan_state
from app.tasks.models import Task
from tests.conftest import settings_for

THURSDAY = datetime(2026, 11, 26, 8, 20, tzinfo=UTC)
MOMENTS = {
    "thursday": THURSDAY,
    "monday morning": datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    "saturday": datetime(2026, 11, 28, 3, 0, tzinfo=UTC),
    "after new year": datetime(2027, 1, 4, 2, 0, tzinfo=UTC),
    "after a holiday week": datetime(2026, 2, 26, 8, 0, tzinfo=UTC),
}


def told(folder: Path, lang: str, now: datetime) -> PlanState:
    """The manager's state of a demo told at `now`."""
    app = create_app(settings_for(sqlite_url(folder / "demo.db"), folder))
    with app.test_request_context():
        db.create_all()
        stage = replay(lang, now)
        with clock.fixed_at(now):
            state = plan_state(stage.plan_id, now, viewer_for(stage.person("pm"), stage.plan_id))
        counts = {
            table: db.session.scalar(select(func.count()).select_from(table))
            for table in (Task, Risk, Promise, AuditEntry, Person)
        }
        assert counts[Task] == 5
        assert counts[Risk] == 7
        audited = set(db.session.scalars(select(AuditEntry.object_type)))
        assert {"tasks", "risks", "weekly_reports", "meetings", "measurements"} <= audited
        db.session.remove()
        db.engine.dispose()
    return state


@pytest.fixture(scope="module")
def thursday(tmp_path_factory) -> PlanState:
    return told(tmp_path_factory.mktemp("demo"), "zh", THURSDAY)


def test_the_ninth_week_has_what_makes_a_dashboard_interesting(thursday):
    standings = [str(cell.standing) for row in thursday.reports.rows for cell in row.cells]
    assert {"on_time", "late", "missing", "returned", "substitute", "draft"} <= set(standings)
    assert thursday.reports.slipped >= 1 and thursday.reports.dropped >= 1
    assert thursday.light is Light.red
    assert {f.kind for f in thursday.findings if f.light is Light.red} == {"indicator"}
    late = {row.number: row.days_late for row in thursday.tasks.tasks}
    assert late == {1: 0, 2: 0, 3: 0, 4: 5, 5: 0}
    assert any(risk.is_review_due for risk in thursday.risks.risks)
    assert any(risk.is_window_passed for risk in thursday.risks.risks)
    coming = next(m for m in thursday.comms.meetings if m.id == thursday.comms.next_meeting_id)
    assert (coming.starts_at - THURSDAY).days == 0
    assert (thursday.plan.week_number, thursday.plan.week_count) == (9, 18)


def test_the_figures_are_those_of_the_story(thursday):
    assert (thursday.reports.owed, thursday.reports.on_time) == (24, 22)
    assert thursday.reports.kept_percent == 80
    assert sum(row.actual_cents for row in thursday.tasks.budget or ()) == 10_435_000


@pytest.mark.parametrize("moment", [name for name in MOMENTS if name != "thursday"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_can_be_told_at_any_time_in_both_languages(tmp_path, lang, moment):
    state = told(tmp_path, lang, MOMENTS[moment])
    assert state.plan.week_number == 9
    assert state.reports.kept > 20


def test_a_demo_is_made_whole_kept_for_its_day_and_made_anew_on_the_next(tmp_path):
    settings = settings_for(sqlite_url(tmp_path / DEMO_DATABASE), tmp_path)
    mark = demo_mark(THURSDAY, "zh", "0", settings)
    assert not is_fresh(tmp_path, mark)
    make_demo(create_app, settings, mark, THURSDAY, lambda _week: None)
    assert is_fresh(tmp_path, mark)
    assert not is_fresh(tmp_path, demo_mark(MOMENTS["saturday"], "zh", "0", settings))
    assert [p.name for p in tmp_path.glob("*.making*")] == []
