"""Weekly reports: drafts that keep everything, one submission, accepted or returned."""

from datetime import date

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.events import subscribe
from app.core.registries import todos
from app.plans.access import viewer_of
from app.plans.models import CalendarDay, Leave
from app.plans.weeks import IsoWeek
from app.reports.content import OutcomeGiven, ProblemAsked, as_typed, from_draft, tidy
from app.reports.events import ReportAccepted, ReportReturned, ReportSubmitted
from app.reports.facts import is_related
from app.reports.models import Problem, Promise, ReportState, WeeklyReport
from app.reports.report_answers import report_agenda_points
from app.reports.report_reminding import report_deadlines
from app.reports.reporting import (
    accept_report,
    find_report,
    return_report,
    save_draft,
    submit_report,
    typed_in,
)
from app.reports.weeks import week_named
from app.tasks.actions import create_action
from app.tasks.services import complete_task
from tests.conftest import NOW
from tests.reports.weeks import W42, W47, W48, W49, at, content, hand_in, running_task, task
from tests.sql import counted

URL = "/plans/1/reports/4/2026-W48"


@pytest.fixture
def heard():
    """The reports' events of this test, in order."""
    rows = []
    for kind in (ReportSubmitted, ReportReturned, ReportAccepted):
        subscribe(kind, rows.append)
    return rows


def test_a_draft_keeps_what_is_no_date_and_no_number(people, plan):
    typed = {"percent": "about half", "forecast_finish_on": "soon", "line-2-text": "a\x00b 🎉"}
    report = save_draft(running_task(4), W48, fields=typed, author=people.owner4, now=NOW)
    assert from_draft(report.draft) == {
        "percent": "about half", "forecast_finish_on": "soon", "line-0-text": "a\x00b 🎉",
    }  # fmt: skip
    assert report.state is ReportState.draft and report.first_submitted_at is None


def test_fields_that_are_not_the_reports_own_are_left_out():
    assert tidy({"csrf_token": "x", "percent": "5", "line-7-text": " ", "line-9-text": "b"}) == {
        "percent": "5", "line-0-text": "b",
    }  # fmt: skip


def test_submitting_moves_the_tasks_progress_and_forecast(people, plan, heard):
    four = running_task(4)
    report = hand_in(four, W48, NOW, percent=63, forecast_finish_on=date(2026, 12, 25))
    assert (four.progress_percent, four.forecast_finish_on) == (63, date(2026, 12, 25))
    assert (report.state, report.submitted_at) == (ReportState.submitted, NOW)
    assert heard[-1].report_id == report.id and not heard[-1].is_again
    written = db.session.scalars(
        db.select(AuditEntry.action).where(AuditEntry.object_type == "weekly_reports")
    ).all()
    assert written == ["submitted"]


def test_a_report_handed_in_late_for_an_older_week_leaves_the_progress_alone(people, plan):
    four = running_task(4)
    hand_in(four, W48, NOW, percent=63)
    hand_in(four, W47, NOW, percent=40, outcomes=())
    assert four.progress_percent == 63


def test_a_report_cannot_be_submitted_twice(people, plan):
    four = running_task(4)
    hand_in(four, W48, NOW)
    with pytest.raises(DomainError, match="2026年11月26日 周四 16:20"):
        hand_in(four, W48, NOW)
    assert db.session.scalar(db.select(db.func.count(Promise.id))) == 1


def test_a_draft_after_the_submission_is_refused(people, plan):
    hand_in(running_task(4), W48, NOW)
    with pytest.raises(DomainError):
        save_draft(task(4), W48, fields={"percent": "1"}, author=people.owner4, now=NOW)


def test_the_second_of_two_people_is_told_and_sees_the_other_text(people, plan):
    four = running_task(4)
    on_leave(people.owner4, people.owner1)
    first = save_draft(four, W48, fields={"done_text": "mine"}, expected_version=0,
                       author=people.owner4, now=NOW)  # fmt: skip
    with pytest.raises(Conflict) as told:
        save_draft(four, W48, fields={"done_text": "other"}, expected_version=0,
                   author=people.owner1, now=NOW)  # fmt: skip
    assert told.value.theirs == {"done_text": "mine"}
    save_draft(four, W48, fields={"done_text": "other"}, expected_version=first.version,
               author=people.owner1, now=NOW)  # fmt: skip
    assert typed_in(first) == {"done_text": "other"}


def on_leave(person, substitute, first=date(2026, 11, 23), last=date(2026, 11, 27)):
    db.session.add(Leave(person_id=person.id, first_on=first, last_on=last,
                         substitute_id=substitute.id if substitute else None))  # fmt: skip
    db.session.flush()


def test_a_substitute_writes_during_leave_and_nobody_else(people, plan):
    four = running_task(4)
    with pytest.raises(Forbidden):
        submit_report(four, W48, content=content(), author=people.owner1, now=NOW)
    on_leave(people.owner4, people.owner1)
    report = submit_report(four, W48, content=content(), author=people.owner1, now=NOW)
    assert (report.owner_id, report.author_id) == (people.owner4.id, people.owner1.id)


def test_a_returned_report_is_put_right_and_stays_on_time(people, plan, heard):
    four = running_task(4)
    report = hand_in(four, W47)
    return_report(report, reason="还剩多少条？", actor=people.pm, now=at(W47, 5, 16))
    again = hand_in(four, W47, NOW, done_text="还剩 310 条")
    assert again is report and report.first_submitted_at == at(W47, 5, 15)
    assert (report.state, report.submitted_at) == (ReportState.submitted, NOW)
    assert [type(e).__name__ for e in heard[-3:]] == [
        "ReportSubmitted", "ReportReturned", "ReportSubmitted",
    ]  # fmt: skip
    assert heard[-1].is_again
    accept_report(report, actor=people.pm, now=NOW)
    assert report.state is ReportState.accepted


def test_a_draft_over_a_returned_report_leaves_the_submitted_words_as_they_were(people, plan):
    four = running_task(4)
    report = hand_in(four, W48, NOW, done_text="as it was")
    return_report(report, reason="more", actor=people.pm, now=NOW)
    save_draft(four, W48, fields={"done_text": "half a sentence"}, author=people.owner4, now=NOW)
    assert report.done_text == "as it was" and report.state is ReportState.returned
    assert typed_in(report) == {"done_text": "half a sentence"}


@pytest.mark.parametrize("act", ["accept", "return"])
def test_only_the_manager_decides(people, plan, act):
    report = hand_in(running_task(4), W48, NOW)
    with pytest.raises(Forbidden):
        if act == "accept":
            accept_report(report, actor=people.owner4, now=NOW)
        else:
            return_report(report, reason="x", actor=people.training, now=NOW)


def test_a_return_needs_a_reason_and_an_accepted_report_stays(people, plan):
    report = hand_in(running_task(4), W48, NOW)
    with pytest.raises(DomainError) as told:
        return_report(report, reason="", actor=people.pm, now=NOW)
    assert told.value.field == "reason"
    accept_report(report, actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        return_report(report, reason="too late", actor=people.pm, now=NOW)


def test_an_unknown_week_is_not_found():
    with pytest.raises(NotFound):
        week_named("2026-W54")


@pytest.mark.parametrize(
    ("week", "said"),
    [(W42, "从"), (IsoWeek(2026, 50), "还没有到"), (IsoWeek(2026, 46), "没有工作日")],
)
def test_weeks_that_cannot_be_written_say_why(people, plan, week, said):
    four = running_task(4, start=date(2026, 11, 2))
    for day in IsoWeek(2026, 46).days:
        db.session.add(CalendarDay(on=day, is_workday=False))
    with pytest.raises(DomainError, match=said):
        save_draft(four, week, fields={}, author=people.owner4, now=NOW)


def test_next_week_may_be_written_ahead(people, plan):
    assert save_draft(running_task(4), W49, fields={}, author=people.owner4, now=NOW)


def test_after_the_task_is_done_no_report_is_due(people, plan):
    four = running_task(4)
    complete_task(four, done_on=date(2026, 11, 20), actor=people.owner4, now=NOW)
    with pytest.raises(DomainError, match="11月20日"):
        save_draft(four, W48, fields={}, author=people.owner4, now=NOW)
    assert save_draft(four, W47, fields={}, author=people.owner4, now=NOW)
    keys = {d.object_key for d in report_deadlines([1], at(W47, 1, 0), at(W49, 7, 0))}
    assert f"report:{four.id}:2026-W48" not in keys


def test_a_forecast_in_the_past_is_refused_at_its_field(people, plan):
    with pytest.raises(DomainError) as told:
        hand_in(running_task(4), W48, NOW, forecast_finish_on=date(2026, 11, 1))
    assert told.value.field == "forecast_finish_on"


def test_hundred_percent_does_not_finish_the_task(people, plan):
    four = running_task(4)
    hand_in(four, W48, NOW, percent=100, next_lines=())
    assert four.progress_percent == 100 and not four.is_done


# Deadlines, to-dos, agenda


def deadlines_of(number: int):
    found = report_deadlines([1], at(W47, 1, 0), at(W49, 7, 0))
    own = [d for d in found if d.object_key.startswith(f"report:{number}:")]
    return {d.occurrence: d for d in own if d.done_at is None}


def test_each_expected_week_without_a_submission_is_a_deadline(people, plan):
    four = running_task(4)
    hand_in(four, W47)
    found = deadlines_of(four.id)
    assert set(found) == {"2026-W48", "2026-W49"}
    due = found["2026-W48"]
    assert due.due_at == at(W48, 5, 17) and due.recipients == (people.owner4.id,)
    assert due.escalate_to == (people.it.id, people.pm.id)
    assert due.title.zh.startswith("第 48 周") and due.title.en.startswith("Report of week 48")


def test_a_draft_is_no_submission(people, plan):
    four = running_task(4)
    save_draft(four, W48, fields={}, author=people.owner4, now=NOW)
    assert "2026-W48" in deadlines_of(four.id)


def test_the_substitute_is_reminded_and_a_week_of_leave_without_one_is_excused(people, plan):
    four = running_task(4)
    on_leave(people.owner4, people.owner1, first=date(2026, 11, 26))
    assert deadlines_of(four.id)["2026-W48"].recipients == (people.owner1.id,)
    on_leave(people.owner4, None, first=date(2026, 11, 16), last=date(2026, 11, 20))
    assert "2026-W47" not in deadlines_of(four.id)


def test_an_owner_sees_what_is_owed_and_the_manager_what_waits(people, plan):
    four = running_task(4, start=date(2026, 11, 16))
    mine = todos.get("reports")(1, viewer_of(people.owner4, 1), NOW)
    assert [(t.kind, t.is_overdue, t.url) for t in mine] == [
        ("report_due", True, "/plans/1/reports/4/2026-W47"),
        ("report_due", False, URL),
    ]
    report = hand_in(four, W48, NOW)
    waiting = todos.get("reports")(1, viewer_of(people.pm, 1), NOW)
    assert ("report_accept", f"/reports/{report.id}") in [(t.kind, t.url) for t in waiting]
    return_report(report, reason="补充数字", actor=people.pm, now=NOW)
    mine = todos.get("reports")(1, viewer_of(people.owner4, 1), NOW)
    assert "补充数字" in mine[-1].detail


def test_missing_reports_are_one_point_of_the_agenda(people, plan):
    running_task(4, start=date(2026, 11, 16))
    points = report_agenda_points(1, viewer_of(people.pm, 1), NOW)
    assert any("何俊" in p.title.zh and "missing" in p.title.en for p in points)


def test_words_tie_a_promise_to_the_record():
    assert is_related("登记与查询功能联调完成", "登记与查询功能")
    assert is_related("Finish the registration pages", "registration and search")
    assert not is_related("给前台演示登记页面", "采购问卷软件")
    assert not is_related("完成", "完成")


# Pages


@pytest.fixture
def world(context):
    """Task 4 has run for two weeks; committed, so that the pages see it."""
    running_task(4, start=date(2026, 11, 16))
    db.session.commit()
    return context


def form(**values):
    return {"version": "0", "percent": "63", "forecast_finish_on": "2026-12-25",
            "line-0-text": "旧资料导入测试环境", **values}  # fmt: skip


def test_an_owner_writes_a_report_on_the_page(world, client_of):
    client = client_of("owner4")
    assert "提交周报" in client.get(URL).text
    answer = client.post(URL, data=form(done_text="<script>alert(1)</script>"))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert client.get(URL).status_code == 302


def test_what_does_not_fit_is_said_at_the_field_and_nothing_is_lost(world, client_of):
    text = "很长" * 5000 + "🎉"
    answer = client_of("owner4").post(URL, data=form(**{
        "percent": "viele", "forecast_finish_on": "bald", "problem-0-title": text,
        "line-0-text": text, "done_text": "kept", "outcome-99-outcome": "done",
    }))  # fmt: skip
    assert answer.status_code == 422
    page = answer.text
    for said in ("这不是一个数", "bald", "viele", "kept", text, "最多 200 个字符", "请选由谁答复"):
        assert said in page, said
    assert db.session.scalar(db.select(WeeklyReport)) is None


def test_autosave_keeps_the_draft_and_hands_back_the_version(world, client_of):
    client = client_of("owner4")
    answer = client.post(f"{URL}/draft", data={"version": "0", "done_text": "halb"},
                         headers={"X-Requested-With": "autosave"})  # fmt: skip
    assert answer.status_code == 204
    assert "halb" in client.get(URL).text
    version = answer.headers["X-Version"]
    again = client.post(f"{URL}/draft", data={"version": version, "done_text": "ganz"},
                        headers={"X-Requested-With": "autosave"})  # fmt: skip
    assert again.status_code == 204


def test_both_texts_stand_on_the_page_of_whoever_came_second(world, client_of):
    client = client_of("owner4")
    client.post(f"{URL}/draft", data=form(done_text="the first text"))
    answer = client.post(URL, data=form(done_text="the second text"))
    assert answer.status_code == 409
    assert "the first text" in answer.text and "the second text" in answer.text
    assert 'name="version" value="1"' in answer.text


def test_submitting_twice_says_when_it_was_submitted(world, client_of):
    client = client_of("owner4")
    client.post(URL, data=form())
    answer = client.post(URL, data=form(version="1"))
    assert answer.status_code == 422 and "16:20" in answer.text


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/plans/1/reports/4/2026-W54", 404),
        ("/plans/1/reports/4/nonsense", 404),
        (f"/plans/1/reports/4/{10**30}-W01", 404),
        ("/plans/1/reports/4/9999-W52", 404),
        ("/plans/1/reports/4/2998-W52", 422),
        ("/plans/1/reports/99/2026-W48", 404),
        ("/plans/1/reports/4/2026-W30", 422),
        ("/plans/1/reports/4/2027-W10", 422),
        ("/plans/7/reports/4/2026-W48", 404),
    ],
)
def test_weeks_and_tasks_that_are_none_get_a_clear_answer(world, client_of, url, status):
    assert client_of("owner4").get(url).status_code == status
    assert client_of("owner4").post(url, data=form()).status_code == status


def test_a_report_is_read_by_whom_it_concerns_and_a_draft_by_its_writer_alone(world, client_of):
    client = client_of("owner4")
    client.post(f"{URL}/draft", data=form(done_text="still thinking"))
    draft = find_report(task(4).id, W48)
    for key, status in (("owner4", 302), ("pm", 404), ("it", 404), ("owner1", 404)):
        assert client_of(key).get(f"/reports/{draft.id}").status_code == status, key
    client.post(URL, data=form(version=str(draft.version)))
    readers = {"pm": 200, "exec": 200, "it": 200, "owner4": 200, "owner1": 404,
               "training": 404, "clerk": 404, "stranger": 404}  # fmt: skip
    for key, status in readers.items():
        assert client_of(key).get(f"/reports/{draft.id}").status_code == status, key


def test_the_manager_accepts_or_returns_on_the_page(world, client_of):
    client_of("owner4").post(URL, data=form())
    manager = client_of("pm")
    assert manager.post("/reports/1/return", data={"reason": ""}).status_code == 422
    assert manager.post("/reports/1/return", data={"reason": "补充数字"}).status_code == 303
    assert "补充数字" in client_of("owner4").get(URL).text
    assert client_of("owner4").post(URL, data=form(version="2")).status_code == 303
    assert manager.post("/reports/1/accept").status_code == 303
    assert client_of("owner4").post("/reports/1/accept").status_code == 403


def test_a_substitute_without_a_role_of_reports_can_write(world, client_of, people):
    on_leave(people.owner4, people.clerk)
    db.session.commit()
    client = client_of("clerk")
    assert client.get(URL).status_code == 200
    assert client.post(URL, data=form()).status_code == 303
    assert client_of("clerk").get("/plans/1/reports").status_code == 404


def test_others_are_led_to_the_report_or_refused(world, client_of):
    assert client_of("pm").get(URL).status_code == 403
    assert client_of("clerk").get(URL).status_code == 404
    client_of("owner4").post(URL, data=form())
    assert client_of("pm").get(URL).status_code == 302


def test_the_writing_page_needs_the_same_statements_for_many_rows(world, client_of, people):
    client = client_of("owner4")
    client.get(URL)
    with counted() as few:
        client.get(URL)
    hand_in(task(4), W47, next_lines=tuple(f"第 {n} 条" for n in range(20)),
            problems=tuple(ProblemAsked(f"问题 {n}", people.it.id, date(2026, 12, 1))
                           for n in range(20)))  # fmt: skip
    db.session.commit()
    with counted() as many:
        client.get(URL)
    assert len(many) == len(few)


def test_typed_fields_come_back_as_they_were(people, plan):
    said = content(
        outcomes=(OutcomeGiven(7, "slipped", W49, "later"),),
        problems=(ProblemAsked("who?", 3, date(2026, 12, 1)),),
    )
    fields = as_typed(said)
    assert fields["outcome-7-new_week"] == "2026-W49"
    assert fields["problem-0-answer_due_on"] == "2026-12-01"
    assert db.session.scalar(db.select(Problem)) is None


def test_the_manager_sees_what_differs_from_the_record(world, client_of, people):
    four = task(4)
    hand_in(four, W47, next_lines=("修复登记页面的联调问题",))
    create_action(1, title="修复登记页面的 3 个联调问题", owner_id=people.owner4.id,
                  due_on=date(2026, 11, 27), task_id=four.id, actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    promise = db.session.scalars(db.select(Promise)).one()
    page = client_of("owner4").get(URL).text
    assert "与记录不一致" in page and "A-1" in page
    client_of("owner4").post(URL, data=form(**{f"outcome-{promise.id}-outcome": "done"}))
    report = find_report(four.id, W48)
    assert "与记录不一致" in client_of("pm").get(f"/reports/{report.id}").text


NASTY = ("=HYPERLINK(1)", "\x00\x1b[31m", "²١", "-1", str(2**63), "9" * 5000, "😀" * 10_000,
         "0001-01-01", "9999-12-31", "2999-W52", "2026-W54", "' OR 1=1")  # fmt: skip


@pytest.mark.parametrize("nonsense", NASTY)
def test_any_field_takes_nonsense_and_nothing_breaks(world, client_of, people, nonsense):
    hand_in(task(4), W47)
    db.session.commit()
    promise = db.session.scalars(db.select(Promise)).one()
    names = [f"outcome-{promise.id}-{part}" for part in ("outcome", "new_week", "reason")]
    names += ["percent", "forecast_finish_on", "done_text", "version", "line-0-text"]
    names += [f"problem-0-{p}" for p in ("title", "owner_id", "answer_due_on", "details")]
    client, good = client_of("owner4"), form(**{names[0]: "slipped", names[2]: "x"})
    for url in (URL, f"{URL}/draft"):
        for name in names:
            answer = client.post(url, data={**good, "version": "", name: nonsense})
            assert answer.status_code < 500, (url, name)
            assert client.get(URL).status_code < 500, (url, name)
        assert client.post(url, data=dict.fromkeys(names, nonsense)).status_code < 500
