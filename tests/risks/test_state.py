"""The register at one instant, and the duties that are made from it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.accounts.models import Department
from app.core.db import db
from app.core.permissions import viewer_for
from app.core.snapshots import canonical
from app.risks import answers, months, reminding, response_services, services
from app.risks.models import Risk
from app.risks.scoring import Band
from app.risks.state import risks_state
from app.risks.windows_of import resolved_windows
from app.tasks.models import Step, Task
from app.tasks.services import change_task_dates
from tests.conftest import NOW
from tests.risks.test_register import OCTOBER, responses_of, risk, score
from tests.sql import counted

MIDNIGHT = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai


def state(person, at=NOW):
    viewer = viewer_for(person, 1)
    assert viewer is not None
    return risks_state(1, at, viewer)


def row(person, number, at=NOW):
    return next(r for r in state(person, at).risks if r.number == number)


def todos(person, at=NOW):
    return answers.risk_todos(1, viewer_for(person, 1), at)


def deadlines(first=NOW, last=NOW + timedelta(days=14)):
    """What is still to be done."""
    asks = (reminding.response_deadlines, reminding.review_deadlines, reminding.signature_deadlines)
    return [row for ask in asks for row in ask([1], first, last) if row.done_at is None]


@pytest.fixture
def english(context: Flask):
    with context.test_request_context(headers={"Accept-Language": "en"}):
        yield


def test_a_new_plan_has_five_unrated_risks_that_wait_for_their_heads(people) -> None:
    now = state(people.exec)
    assert [r.number for r in now.risks] == [1, 2, 3, 4, 5]
    assert now.unrated == 5 and all(b.now == 0 for b in now.bands)
    assert [r.plan_impact for r in now.risks] == [4, 3, 3, 4, 3]
    assert all(r.is_review_due and r.review_due == date(2026, 11, 30) for r in now.risks)
    heads = [people.training, people.it, people.marketing, people.administration, people.pm]
    assert [r.owner_id for r in now.risks] == [p.id for p in heads]
    assert [r.responses[0].owner_id for r in now.risks] == [p.id for p in heads]


def test_a_member_reads_nothing_of_the_register(people) -> None:
    score(2, people.it)
    now = state(people.clerk)
    assert (now.risks, now.signatures, now.unrated) == ((), (), 0)
    assert todos(people.clerk) == []


def test_levels_now_and_at_the_end_of_last_month(people) -> None:
    score(4, people.administration, 4, 4, at=OCTOBER)
    score(4, people.administration, 3, 4)
    score(2, people.it, 3, 3)
    bands = {b.band: (b.now, b.before) for b in state(people.pm).bands}
    assert bands[Band.critical] == (0, 1) and bands[Band.high] == (1, 0)
    assert bands[Band.medium] == (1, 0)
    now = state(people.pm)
    assert (now.unrated, now.unrated_before) == (3, 4)


def test_a_risk_closed_this_month_still_counts_for_the_last(people) -> None:
    score(2, people.it, 4, 4, at=OCTOBER)
    services.close_risk(risk(2), reason="done", actor=people.pm, now=NOW)
    now = state(people.pm)
    assert now.closed == 1 and len(now.risks) == 4
    assert {b.band: b.before for b in now.bands}[Band.critical] == 1
    december = state(people.pm, NOW + timedelta(days=10))
    assert {b.band: b.before for b in december.bands}[Band.critical] == 0


def test_what_was_reviewed_later_is_not_known_earlier(people) -> None:
    score(2, people.it, comment="later")
    assert row(people.pm, 2, NOW - timedelta(days=1)).comment is None


def test_an_owner_reads_comments_only_where_the_risk_concerns_them(people) -> None:
    score(2, people.it, comment="between us")
    assert row(people.pm, 2).comment == row(people.exec, 2).comment == "between us"
    assert row(people.owner4, 2).comment is None
    response_services.add_response(
        risk(2), title="x", owner_id=people.owner4.id, actor=people.it, now=NOW
    )
    assert row(people.owner4, 2).comment == "between us"


def test_windows_follow_their_anchors_and_a_passed_one_is_flagged(people) -> None:
    task = db.session.scalars(db.select(Task).where(Task.number == 4)).one()
    response = responses_of(2)[0]
    assert resolved_windows(1)[response.id] == (task.start_on, task.finish_on)
    later = task.finish_on + timedelta(days=7)
    change_task_dates(task, start_on=task.start_on, finish_on=later, reason="供应商晚到",
                      actor=people.pm, now=NOW)  # fmt: skip
    assert resolved_windows(1)[response.id] == (task.start_on, later)
    after = datetime(2027, 2, 1, 4, 0, tzinfo=UTC)
    assert not row(people.pm, 2).is_window_passed
    assert row(people.pm, 2, after).is_window_passed
    response_services.complete_response(response, actor=people.it, now=NOW)
    assert not row(people.pm, 2, after).is_window_passed


def test_the_design_phase_ends_with_the_last_step_but_one(people) -> None:
    task = db.session.scalars(db.select(Task).where(Task.number == 3)).one()
    steps = db.session.scalars(
        db.select(Step).where(Step.task_id == task.id).order_by(Step.number)
    ).all()
    windows = resolved_windows(1)
    assert windows[responses_of(3)[0].id] == (task.start_on, steps[-2].finish_on)


def test_a_window_is_said_in_both_languages(people) -> None:
    window = {"kind": "relative", "anchor": "task_finish:2", "months": 2}
    added = response_services.add_response(
        risk(1), title="x", window=window, actor=people.training, now=NOW
    )
    said = {r.id: r.window for r in row(people.pm, 1).responses}
    assert said[added.id].en == "Within 2 months after the end of task 2"
    assert said[added.id].zh == "任务 2 结束后 2 个月内"
    assert said[responses_of(1)[0].id].zh == "培训结束后一个月内"


def test_a_signature_is_marked_by_what_comes_after_it(people) -> None:
    score(2, people.it)
    department = risk(2).department_id
    services.sign_department(1, department, "2026-11", actor=people.it, now=NOW)
    signed = next(s for s in state(people.pm).signatures if s.department_id == department)
    assert signed.signed_at == NOW and not signed.is_changed_since
    assert row(people.pm, 2).is_signed
    score(2, people.it, 5, 3, at=NOW + timedelta(hours=1))
    later = state(people.pm, NOW + timedelta(hours=2)).signatures
    assert next(s for s in later if s.department_id == department).is_changed_since


def test_the_register_needs_as_many_statements_for_many_risks_as_for_few(people) -> None:
    with counted() as few:
        state(people.pm)
    for number in range(40):
        new = services.register_risk(
            1, title=f"风险 {number}", department_id=risk(2).department_id, actor=people.pm,
            now=NOW,
        )  # fmt: skip
        services.review_risk(new, probability=3, impact=3, actor=people.it, now=NOW)
        response_services.add_response(new, title="x", actor=people.it, now=NOW)
    db.session.flush()
    db.session.expire_all()
    viewer = viewer_for(people.pm, 1)
    with counted() as many:
        risks_state(1, NOW, viewer)
    assert len(many) <= 7 and len(many) <= len(few)


def test_the_state_can_be_written_down(people) -> None:
    score(2, people.it, comment="c")
    assert '"number":2' in canonical(state(people.pm))


def test_a_head_is_asked_for_reviews_and_then_for_the_signature(people, english) -> None:
    (todo,) = todos(people.it)
    assert todo.kind == "risk_review" and todo.due_on == date(2026, 11, 30)
    assert todo.title.startswith("Review risk 2:") and todo.url == f"/risks/{risk(2).id}"
    score(2, people.it)
    (todo,) = todos(people.it)
    assert todo.kind == "risk_signature" and todo.title == "Sign the risks of November: IT"
    services.sign_department(1, risk(2).department_id, "2026-11", actor=people.it, now=NOW)
    assert todos(people.it) == []


def test_the_signature_is_asked_for_in_the_last_five_working_days(people) -> None:
    mid = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    score(2, people.it, at=mid)
    assert todos(people.it, mid) == []
    assert [t.kind for t in todos(people.it, mid + timedelta(days=1))] == ["risk_signature"]


def test_who_answers_for_a_response_is_told_when_its_window_ends(people) -> None:
    window = {"kind": "absolute", "first_on": "2026-11-20", "last_on": "2026-11-25"}
    response_services.add_response(
        risk(2), title="联调", window=window, owner_id=people.owner4.id, actor=people.it, now=NOW
    )
    (todo,) = todos(people.owner4)
    assert todo.kind == "response" and todo.is_overdue


def test_reviews_and_signatures_fall_due_on_the_month_s_last_working_day(people) -> None:
    rows = deadlines()
    reviews = [d for d in rows if d.kind == "risk_review"]
    assert {d.due_at for d in reviews} == {MIDNIGHT}
    assert [d.recipients for d in reviews if d.object_key == f"risk:{risk(2).id}"] == [
        (people.it.id,)
    ]
    assert {d.occurrence for d in reviews} == {"2026-11"}
    signatures = {d.object_key: d for d in rows if d.kind == "risk_signature"}
    assert signatures["risk_signature:1:pm"].recipients == (people.pm.id,)
    assert len(signatures) == 5


def test_what_is_done_falls_due_no_more(people) -> None:
    score(2, people.it)
    services.sign_department(1, risk(2).department_id, "2026-11", actor=people.it, now=NOW)
    keys = {(d.kind, d.object_key) for d in deadlines()}
    assert ("risk_review", f"risk:{risk(2).id}") not in keys
    assert ("risk_signature", f"risk_signature:1:{risk(2).department_id}") not in keys
    assert ("risk_review", f"risk:{risk(1).id}") in keys


def test_a_later_review_makes_a_missed_month_moot(people) -> None:
    october = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
    key = f"risk:{risk(2).id}"
    assert key in {d.object_key for d in deadlines(*october)}
    score(2, people.it)
    assert key not in {d.object_key for d in deadlines(*october)}


def test_a_window_that_ends_is_a_deadline_of_who_answers_for_the_response(people) -> None:
    response = responses_of(2)[0]
    last = resolved_windows(1)[response.id][1]
    at = datetime(last.year, last.month, last.day, 15, 59, 59, tzinfo=UTC)
    (found,) = [
        d
        for d in deadlines(at - timedelta(hours=1), at)
        if d.object_key == f"response:{response.id}"
    ]
    assert found.due_at == at and found.recipients == (people.it.id,)
    assert found.escalate_to == (people.pm.id,) and found.title.zh.startswith("风险 2 的应对")
    response_services.complete_response(response, actor=people.it, now=NOW)
    assert not [d for d in deadlines(at, at) if d.object_key == found.object_key]


def test_the_agenda_holds_high_risks_passed_windows_and_missing_signatures(people) -> None:
    score(2, people.it, 4, 3)
    points = answers.risk_agenda_points(1, viewer_for(people.pm, 1), NOW)
    assert points[0].title.en == (
        "Risk 2, Technical trouble while the system is put in: 12 high"
    )
    assert points[0].title.zh == "风险 2“客户信息管理系统实施出现技术问题”：12 高"
    assert points[-1].url.endswith("#signatures")


def test_a_department_without_a_head_leaves_a_blank(people, english) -> None:
    assert answers.risk_blanks(1) == []
    department = db.session.get_one(Department, risk(2).department_id)
    department.head_id = None
    assert answers.risk_blanks(1) == [
        ("Reviewer of risk 2: IT has no head", f"/risks/{risk(2).id}/edit")
    ]
    assert row(people.pm, 2).owner_id is None
    review = next(d for d in deadlines() if d.object_key == f"risk:{risk(2).id}")
    assert review.recipients == (people.pm.id,)


def test_a_signature_under_the_plan_covers_words_and_windows_but_no_scores(people) -> None:
    before = answers.risk_document_parts(1)
    assert sorted(before) == [f"risk:{n}" for n in range(1, 6)]
    score(2, people.it)
    assert answers.risk_document_parts(1) == before
    response_services.edit_response(
        responses_of(2)[0], title="x", owner_id=None, window=None, actor=people.it, now=NOW
    )
    changed = {k for k, v in answers.risk_document_parts(1).items() if v != before[k]}
    assert changed == {"risk:2"}


def test_what_a_person_still_answers_for_is_counted(people, english) -> None:
    assert answers.what_a_person_answers_for(people.owner4.id) == []
    response_services.add_response(
        risk(2), title="x", owner_id=people.owner4.id, actor=people.it, now=NOW
    )
    assert answers.what_a_person_answers_for(people.owner4.id) == [
        "Answers for 1 response to a risk."
    ]


def test_months_know_their_neighbours() -> None:
    assert months.next_month("2026-12") == "2027-01"
    assert months.previous_month("2027-01") == "2026-12"
    assert list(months.months_between(date(2026, 11, 30), date(2027, 1, 1))) == [
        "2026-11", "2026-12", "2027-01",
    ]  # fmt: skip


def test_numbers_are_not_given_twice(people) -> None:
    numbers = [
        services.register_risk(1, title="x", actor=people.pm, now=NOW).number for _ in range(3)
    ]
    assert numbers == [6, 7, 8]
    assert db.session.scalar(db.select(db.func.count()).select_from(Risk)) == 8
