"""The executive's page on one sheet of A4, printed by a real browser."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page

from app.comms.meetings import add_meeting, instant, record_decision
from app.core.db import db
from app.core.localtext import LocalText
from app.reports.models import Indicator
from app.risks.models import Response, Risk
from app.status.home.paper import (
    CHANGES,
    LARGEST,
    SMALLEST,
    TASKS,
    Density,
    Paper,
    Texts,
    paper_of,
)
from app.tasks.actions import create_action
from app.tasks.budget_services import add_budget_line
from app.tasks.models import Task
from tests.conftest import NOW

LONG = {
    "zh": "前台文员在节假日高峰时段接待预约客户与临时来访客户的流程标准的修订与试行工作",
    "en": "Revising and trying out how the front desk receives guests with and without appointment",
}  # fmt: skip


def sheets(page: Page) -> int:
    """How many sheets the page takes, as the browser itself writes them."""
    content = page.pdf(prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", content))


def test_a_small_plan_is_printed_large_and_a_large_one_small():
    full = {"changes": 6, "asks": 4, "risks": 3, "late": 12, "reasons": 12, "has_note": True}
    small = paper_of(Texts(["a"] * 5, ["b"] * 4, ["c"] * 3, changes=3))
    large = paper_of(Texts(["a"] * 12, ["b"] * 10, ["c"] * 8))
    largest = paper_of(Texts(["字" * 40] * 12, ["字" * 40] * 10, ["c"] * 8, **full))
    found = [paper.density for paper in (small, large, largest)]
    assert found == [Density.roomy, Density.dense, Density.tight]
    assert LARGEST >= small.zoom > large.zoom > largest.zoom > SMALLEST


def test_what_is_beyond_the_most_of_a_list_makes_the_sheet_no_smaller():
    def of(count: int) -> Paper:
        titles = ["字" * 99] * count
        return paper_of(Texts(titles, titles, titles, count, count, count, count, count, True))

    assert of(500) == of(40)
    assert of(500).zoom > SMALLEST


def fill(people, language: str, tasks: int, indicators: int) -> None:
    """Rows until there are so many, all of them with long names."""
    words = LONG[language]
    first = db.session.scalars(db.select(Task).order_by(Task.number)).first()
    assert first is not None
    kept = {c.name: getattr(first, c.name) for c in Task.__table__.columns if c.name != "id"}
    for number in range(6, tasks + 1):
        db.session.add(Task(**{**kept, "number": number}))
    db.session.flush()
    for task in db.session.scalars(db.select(Task)):
        task.title = LocalText(own=f"{words} {task.number}")
        task.finish_on = task.finish_on + timedelta(days=20)
    one = db.session.scalars(db.select(Indicator).order_by(Indicator.number)).first()
    assert one is not None
    kept = {c.name: getattr(one, c.name) for c in Indicator.__table__.columns if c.name != "id"}
    for number in range(5, indicators + 1):
        db.session.add(Indicator(**{**kept, "number": number}))
    db.session.flush()
    for indicator in db.session.scalars(db.select(Indicator)):
        indicator.title = LocalText(own=f"{words} {indicator.number}")
    for number in range(8):
        add_budget_line(1, task_id=first.id, title=LocalText(own=f"{words} {number}"),
                        planned_cents=12_345_678_00, actor=people.pm, now=NOW)  # fmt: skip
        create_action(1, title=f"{words} {number}", owner_id=people.exec.id,
                      due_on=date(2026, 11, 20), actor=people.pm,
                      now=NOW - timedelta(days=10))  # fmt: skip
        meeting = add_meeting(
            1, title=f"{words} {number}", starts_at=instant(date(2026, 11, 24), 9, 0),
            ends_at=instant(date(2026, 11, 24), 10, 0), place="", person_ids=[people.exec.id],
            actor=people.pm, now=NOW - timedelta(days=5),
        )  # fmt: skip
        record_decision(meeting, text=words, actor=people.pm, now=NOW - timedelta(days=1))
    for risk in db.session.scalars(db.select(Risk)):
        risk.title = LocalText(own=words)
    for response in db.session.scalars(db.select(Response)):
        response.title = LocalText(own=words)
        response.last_on = date(2026, 11, 2)
    db.session.commit()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_one_sheet(visitor_of: Callable, context, language: str):
    with visitor_of("exec", language=language) as visitor:
        assert sheets(visitor.goes_to("/")) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("tasks", "indicators"), [(12, 10), (40, 30)])
def test_a_full_plan_with_long_names_is_one_sheet(
    visitor_of: Callable, people, language: str, tasks: int, indicators: int
):
    fill(people, language, tasks, indicators)
    with visitor_of("exec", language=language) as visitor:
        page = visitor.goes_to("/")
        assert page.locator(".is-tasks tbody tr").count() == tasks
        assert sheets(page) == 1
        page.emulate_media(media="print")
        assert page.locator(".is-tasks tbody tr").filter(visible=True).count() == min(tasks, TASKS)
        assert page.locator(".is-changes li").filter(visible=True).count() <= CHANGES
        assert not page.locator("button, .yb-btn, summary .bi").filter(visible=True).count()
        # The light and what it rests on are words, not only colours.
        assert page.locator(".yb-verdict .yb-light").inner_text().strip()
        assert page.locator(".is-foot").is_visible()
