"""The world of the tests is itself made by the use cases."""

from app.core.db import db
from app.plans.access import viewer_of
from app.reports.models import Indicator
from app.risks.models import Risk
from app.tasks.models import Task


def test_the_template_makes_five_tasks_five_risks_and_four_indicators(plan):
    counts = [
        db.session.scalar(db.select(db.func.count()).select_from(table))
        for table in (Task, Risk, Indicator)
    ]
    assert counts == [5, 5, 4]


def test_a_stranger_has_no_eyes_on_the_plan(plan, people):
    assert viewer_of(people.stranger, plan.id) is None
    assert viewer_of(people.pm, plan.id) is not None
