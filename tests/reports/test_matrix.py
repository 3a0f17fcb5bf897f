"""Owners × weeks: each cell from the record, the same on the page and in the plan's state."""

from datetime import date

import pytest

from app.core.db import db
from app.core.registries import state_providers
from app.core.snapshots import canonical
from app.plans.access import viewer_of
from app.plans.models import Leave
from app.plans.weeks import IsoWeek, weeks_between
from app.reports.content import OutcomeGiven, ProblemAsked
from app.reports.matrix import due_words
from app.reports.promise_keeping import due_promises
from app.reports.reporting import accept_report, return_report, save_draft, submit_report
from app.reports.state import reports_state
from app.tasks.services import complete_task
from tests.conftest import NOW
from tests.reports.weeks import W42, W47, W48, at, content, hand_in, running_task
from tests.sql import counted

W46 = IsoWeek(2026, 46)


def state(people, key="pm"):
    return reports_state(1, NOW, viewer_of(getattr(people, key), 1))


def row_of(people, task, key="pm"):
    (row,) = [r for r in state(people, key).rows if r.task_id == task.id]
    return row


def standings(people, task):
    return {cell.week: cell.standing for cell in row_of(people, task).cells}


def test_every_standing_comes_from_the_record(people, plan):
    four = running_task(4, start=date(2026, 10, 12))
    hand_in(four, W42)
    hand_in(four, IsoWeek(2026, 43), at(IsoWeek(2026, 44), 1, 9))
    report = hand_in(four, IsoWeek(2026, 44))
    return_report(report, reason="x", actor=people.pm, now=at(IsoWeek(2026, 45), 1, 9))
    db.session.add(Leave(person_id=people.owner4.id, first_on=date(2026, 11, 2),
                         last_on=date(2026, 11, 13), substitute_id=people.owner1.id))  # fmt: skip
    done = tuple(OutcomeGiven(p.id, "done") for p in due_promises(four.id, W46, None))
    submit_report(
        four, W46, content=content(outcomes=done), author=people.owner1, now=at(W46, 5, 15)
    )
    save_draft(four, W48, fields={}, author=people.owner4, now=NOW)
    found = standings(people, four)
    assert found == {
        "2026-W40": "not_due", "2026-W41": "not_due", "2026-W42": "on_time", "2026-W43": "late",
        "2026-W44": "returned", "2026-W45": "excused", "2026-W46": "substitute",
        "2026-W47": "missing", "2026-W48": "draft",
    }  # fmt: skip
    row = row_of(people, four)
    assert (row.owed, row.on_time) == (5, 3)


def test_a_finished_task_and_one_without_owner_owe_nothing(people, plan):
    four, five = running_task(4), running_task(5)
    complete_task(four, done_on=date(2026, 11, 13), actor=people.owner4, now=NOW)
    five.owner_id = None
    db.session.flush()
    found = standings(people, four)
    assert (found["2026-W46"], found["2026-W47"]) == ("missing", "not_due")
    assert set(standings(people, five).values()) == {"not_due"}


def test_the_figures_of_the_week_and_of_promises(people, plan):
    four, five = running_task(4, date(2026, 11, 16)), running_task(5, date(2026, 11, 16))
    hand_in(four, W47, next_lines=("a", "b", "c"))
    hand_in(five, W47)
    a, b, c = due_promises(four.id, W48, None)
    hand_in(four, W48, NOW, outcomes=(
        OutcomeGiven(a.id, "done"), OutcomeGiven(b.id, "slipped", W48.next(), "x"),
        OutcomeGiven(c.id, "dropped", None, "y"),
    ))  # fmt: skip
    found = state(people)
    assert (found.kept, found.settled, found.kept_percent) == (1, 3, 33)
    assert (found.slipped, found.dropped) == (1, 1)
    assert found.week == "2026-W48" and found.due_at == at(W48, 5, 17)
    assert found.through_week == "2026-W47"
    mine = {r.task_id: r for r in found.rows}
    assert due_words(mine[four.id], found) == "3 条，完成 1 条"
    assert due_words(mine[five.id], found) == "1 条，周报未交"
    slipped = next(p for p in found.promises if p.id == b.id)
    assert (slipped.slipped_to, slipped.reason) == ("2026-W49", "x")


@pytest.mark.parametrize(
    ("key", "texts", "rows"),
    [
        ("pm", 2, 5), ("exec", 2, 5), ("owner4", 1, 5), ("it", 1, 5), ("owner1", 0, 5),
        ("clerk", 0, 0),
    ],  # fmt: skip
)
def test_texts_are_cut_down_to_the_viewers_sight(people, plan, key, texts, rows):
    for number in (4, 5):
        accept_report(hand_in(running_task(number), W47), actor=people.pm, now=NOW)
    found = state(people, key)
    assert (len(found.reports), len(found.promises), len(found.rows)) == (texts, texts, rows)


def test_a_draft_is_in_nobodys_state(people, plan):
    save_draft(running_task(4), W48, fields={"done_text": "secret"}, author=people.owner4, now=NOW)
    for key in ("pm", "owner4"):
        found = state(people, key)
        assert "secret" not in canonical(found) and not found.reports


def history(people):
    """Nine weeks of everybody's reports, with problems."""
    tasks = [running_task(n) for n in range(1, 6)]
    for week in weeks_between(IsoWeek(2026, 42), W47):
        for task in tasks:
            hand_in(task, week, problems=(
                ProblemAsked(f"{task.number} {week}", people.it.id, date(2026, 12, 1)),
            ), next_lines=("a", "b", "c"))  # fmt: skip
    db.session.commit()


def test_the_state_needs_the_same_seven_statements_for_any_history(people, plan):
    viewer = viewer_of(people.pm, 1)
    assert state_providers.get("reports") is reports_state
    db.session.commit()
    with counted() as few:
        reports_state(1, NOW, viewer)
    history(people)
    with counted() as many:
        found = reports_state(1, NOW, viewer)
    assert len(few) == len(many) == 7
    assert len(found.reports) == 30 and len(found.problems) == 30


def test_the_page_shows_the_matrix_in_twelve_statements(people, plan, client_of):
    client = client_of("pm")
    client.get("/plans/1/reports")
    with counted() as few:
        client.get("/plans/1/reports")
    history(people)
    with counted() as many:
        page = client.get("/plans/1/reports").text
    assert "何俊" in page and "兑现率" in page
    assert len(many) <= 12, len(many)
    assert len(many) <= len(few) + 1


@pytest.mark.parametrize("key", ["pm", "owner4", "exec", "it"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everybody_who_may_opens_the_page(people, plan, client_of, key, language):
    running_task(4)
    db.session.commit()
    page = client_of(key, language).get("/plans/1/reports")
    assert page.status_code == 200
    assert ("/plans/1/reports/4/2026-W48" in page.text) == (key == "owner4")
