"""The register's pages: what they show, to whom, and how they answer bad input."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db
from app.plans.models import Plan
from app.risks import response_services, services
from app.risks.models import Response, ResponseState, Risk, RiskReview, RiskState
from tests.conftest import NOW
from tests.risks.test_register import responses_of, risk, score
from tests.sql import counted

REVIEW = {"probability": "4", "impact": "3", "comment": "支持小组每天在场"}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def reviewed(number: int) -> list[RiskReview]:
    return list(
        db.session.scalars(
            db.select(RiskReview).where(RiskReview.risk_id == risk(number).id)
        )
    )


@pytest.mark.parametrize("key", ["pm", "owner1", "it", "exec"])
def test_who_works_with_the_plan_reads_the_register(client_of, key) -> None:
    page = client_of(key).get("/plans/1/risks")
    assert page.status_code == 200 and "客户信息管理系统实施出现技术问题" in text(page)
    assert client_of(key).get("/risks/1").status_code == 200


def test_a_member_finds_no_register(client_of) -> None:
    assert client_of("clerk").get("/plans/1/risks").status_code == 404
    assert client_of("clerk").get("/risks/1").status_code == 404
    assert client_of("pm").get("/risks/999").status_code == 404


def test_a_head_reviews_beside_the_map_in_one_press(client_of, app) -> None:
    client = client_of("it")
    page = text(client.get("/plans/1/risks"))
    assert "待您评审" in page and "完成首次评审" in page
    answer = client.post("/risks/2/review", data={**REVIEW, "version": "1"})
    assert answer.status_code == 303
    page = text(client.get("/plans/1/risks"))
    assert "待您评审" not in page and "签署 1 项" in page
    signed = client.post("/plans/1/risks/sign", data={"department_id": "", "month": "2026-11"})
    assert signed.status_code == 403
    with app.app_context():
        data = {"department_id": str(risk(2).department_id), "month": "2026-11"}
    assert client.post("/plans/1/risks/sign", data=data).status_code == 303
    again = client.post("/plans/1/risks/sign", data=data)
    assert again.status_code == 422 and "本月已经签署" in text(again)


def test_the_button_says_what_an_unchanged_review_does(client_of, context, people) -> None:
    score(2, people.it, 4, 3, at=NOW - timedelta(days=40))
    db.session.commit()
    page = text(client_of("it").get("/risks/2"))
    assert "维持 12 高，完成评审" in page and "下一步：签署本部门 1 项风险" in page
    english = text(client_of("it", "en").get("/risks/2"))
    assert "Keep 12 high, finish the review" in english


def test_a_review_without_scores_keeps_its_comment(client_of, app) -> None:
    page = client_of("it").post("/risks/2/review", data={"comment": "还要再看", "version": "1"})
    assert page.status_code == 422 and "还要再看" in text(page)
    with app.app_context():
        assert reviewed(2) == []


@pytest.mark.parametrize(
    "data",
    [
        {"probability": "9", "impact": "3"},
        {"probability": "x", "impact": "3"},
        {"probability": "4", "impact": "3", "target_probability": "2"},
        {"probability": "4", "impact": "3", "comment": "长" * 10_000},
    ],
)
def test_a_review_that_does_not_fit_is_said_and_not_kept(client_of, app, data) -> None:
    page = client_of("it").post("/risks/2/review", data={"version": "1", **data})
    assert page.status_code == 422 and "yb-missing" in text(page)
    with app.app_context():
        assert reviewed(2) == []


def test_the_second_reviewer_sees_both_and_may_send_again(client_of, app) -> None:
    client = client_of("it")
    assert client.post("/risks/2/review", data={**REVIEW, "version": "1"}).status_code == 303
    mine = {"probability": "2", "impact": "2", "comment": "我的意见", "version": "1"}
    page = client.post("/risks/2/review", data=mine)
    assert page.status_code == 409
    assert "我的意见" in text(page) and "支持小组每天在场" in text(page)
    assert 'name="version" type="hidden" value="2"' in text(page)
    assert client.post("/risks/2/review", data={**mine, "version": "2"}).status_code == 303
    with app.app_context():
        assert len(reviewed(2)) == 2 and risk(2).score == 4


@pytest.mark.parametrize("key", ["pm", "training"])
def test_who_does_not_review_a_risk_gets_no_form_and_no_review(client_of, app, key) -> None:
    client = client_of(key)
    assert 'id="review"' not in text(client.get("/risks/2"))
    answer = client.post("/risks/2/review", data={**REVIEW, "version": "1"})
    assert answer.status_code == 403
    with app.app_context():
        assert reviewed(2) == []


def test_the_manager_enters_a_risk_and_plans_a_response_in_place(client_of, app) -> None:
    client = client_of("pm")
    form = {"title": "年底人员流动", "description": "", "department_id": "3", "plan_impact": "2"}
    answer = client.post("/plans/1/risks/new", data=form)
    assert answer.status_code == 303
    page = text(client.get(answer.location.partition("#")[0]))
    assert "年底人员流动" in page and 'id="response-form"' in page
    response = {"title": "提前招人", "owner_id": "", "window_kind": "months", "length": "2",
                "anchor": "task_finish:2"}  # fmt: skip
    answer = client.post("/risks/6/responses", data=response)
    assert answer.status_code == 303
    page = text(client.get("/risks/6"))
    assert "提前招人" in page and "任务 2 结束后 2 个月内" in page
    with app.app_context():
        assert risk(6).plan_impact == 2 and risk(6).number == 6


@pytest.mark.parametrize(
    "data",
    [
        {"window_kind": "months", "length": "two", "anchor": "go_live"},
        {"window_kind": "months", "length": "400", "anchor": "go_live"},
        {"window_kind": "months", "length": "", "anchor": ""},
        {"window_kind": "months", "length": "1", "anchor": "<script>"},
        {"window_kind": "during_task", "window_task": ""},
        {"window_kind": "during_task", "window_task": "77"},
        {"window_kind": "absolute", "first_on": "soon", "last_on": "2026-12-01"},
        {"window_kind": "absolute", "first_on": "2026-12-02", "last_on": "2026-12-01"},
        {"window_kind": "sometime"},
        {"window_kind": "", "owner_id": "999"},
    ],
)
def test_a_response_that_does_not_fit_is_said_and_keeps_its_words(client_of, app, data) -> None:
    page = client_of("it").post("/risks/2/responses", data={"title": "联调清零", **data})
    assert page.status_code == 422 and "联调清零" in text(page)
    with app.app_context():
        assert len(responses_of(2)) == 1


@pytest.mark.parametrize("title", ["风" * 10_000, "", "\x00\x07"])
def test_a_title_that_cannot_be_kept_is_said(client_of, app, title) -> None:
    page = client_of("pm").post("/plans/1/risks/new", data={"title": title})
    assert page.status_code == 422
    if len(title) > 100:
        assert title in text(page)


def test_words_are_shown_as_words(client_of, app) -> None:
    client = client_of("pm")
    given = "<script>alert(1)</script> =HYPERLINK(1) 🙂\x0b"
    assert client.post("/plans/1/risks/new", data={"title": given}).status_code == 303
    for path in ("/plans/1/risks", "/risks/6"):
        page = text(client.get(path))
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; =HYPERLINK(1) 🙂" in page


def test_the_owner_of_a_response_carries_it(client_of, context, people) -> None:
    added = response_services.add_response(
        risk(2), title="联调", owner_id=people.owner4.id, actor=people.it, now=NOW
    )
    db.session.commit()
    key = added.id
    client = client_of("owner4")
    assert "/complete" in text(client.get("/risks/2"))
    assert client.post(f"/risk-responses/{key}/start").status_code == 303
    assert client.post(f"/risk-responses/{key}/complete").status_code == 303
    assert client.post(f"/risk-responses/{key}/complete").status_code == 422
    assert client_of("owner1").post(f"/risk-responses/{key}/start").status_code == 403
    db.session.expire_all()
    assert db.session.get_one(Response, key).state is ResponseState.done


def test_a_response_is_dropped_with_a_reason_and_taken_up_again(client_of, app) -> None:
    client = client_of("it")
    with app.app_context():
        key = responses_of(2)[0].id
    page = client.post(f"/risk-responses/{key}/drop", data={"reason": ""})
    assert page.status_code == 422 and "drop-reason" in text(page)
    done = client.post(f"/risk-responses/{key}/drop", data={"reason": "不再需要"})
    assert done.status_code == 303
    assert "不再需要" in text(client.get("/risks/2"))
    assert client.post(f"/risk-responses/{key}/resume").status_code == 303


def test_a_response_is_edited_in_place(client_of, app) -> None:
    client = client_of("it")
    with app.app_context():
        response = responses_of(2)[0]
        key, seen = response.id, response_services.stamp_of(response)
    page = text(client.get(f"/risks/2?edit=response-{key}"))
    assert 'id="response-form"' in page and seen in page
    form = {"title": "成立技术支持小组", "seen": seen, "window_kind": "absolute",
            "first_on": "2026-12-01", "last_on": "2026年12月18日"}  # fmt: skip
    assert client.post(f"/risk-responses/{key}/edit", data=form).status_code == 303
    stale = client.post(f"/risk-responses/{key}/edit", data={**form, "title": "另一句"})
    assert stale.status_code == 409 and "另一句" in text(stale)
    with app.app_context():
        assert responses_of(2)[0].title.en == "Set up a technical support team"
    assert client.get("/risks/2?edit=response-999").status_code == 200


def test_a_risk_is_edited_closed_and_reopened(client_of, app) -> None:
    client = client_of("pm")
    with app.app_context():
        department = risk(2).department_id
    form = {"title": "系统上线出问题", "description": "两行\n说明", "department_id": department,
            "plan_impact": "3", "version": "1"}  # fmt: skip
    assert client.get("/risks/2/edit").status_code == 200
    assert client.post("/risks/2/edit", data=form).status_code == 303
    stale = client.post("/risks/2/edit", data={**form, "title": "我的写法"})
    assert stale.status_code == 409 and "我的写法" in text(stale) and "系统上线" in text(stale)
    assert client.post("/risks/2/close", data={"reason": ""}).status_code == 422
    assert client.post("/risks/2/close", data={"reason": "已验收"}).status_code == 303
    assert "已验收" in text(client.get("/risks/2"))
    assert "已关闭 1 项" in text(client.get("/plans/1/risks"))
    assert client.post("/risks/2/reopen").status_code == 303
    with app.app_context():
        assert risk(2).state is RiskState.open


def test_a_target_is_set_by_manager_and_head(client_of, app) -> None:
    data = {"target_probability": "2", "target_impact": "2"}
    assert client_of("pm").post("/risks/2/target", data=data).status_code == 303
    assert client_of("marketing").post("/risks/2/target", data=data).status_code == 403
    half = client_of("it").post("/risks/2/target", data={"target_probability": "2"})
    assert half.status_code == 422


def test_filters_leave_what_they_say(client_of, context, people) -> None:
    score(2, people.it)
    db.session.commit()
    client = client_of("pm")
    waiting = text(client.get("/plans/1/risks?show=waiting"))
    assert "前台文员培训效果不佳" in waiting
    assert "客户信息管理系统实施出现技术问题" not in waiting.split("登记册")[-1]
    assert "没有这样的风险" in text(client.get("/plans/1/risks?show=passed"))
    assert client.get("/plans/1/risks?show=nonsense").status_code == 200


def test_a_window_that_passed_is_said_in_ink(client_of, app) -> None:
    client = client_of("exec")
    with clock.fixed_at(NOW + timedelta(days=100)):
        # The sign-in of the autumn has ended by then; a new one comes in.
        page = text(client_of("exec").get("/plans/1/risks?show=passed"))
    assert "窗口已过" in page and "应在" in page
    assert client.get("/plans/1/risks").status_code == 200


def test_a_risk_of_another_plan_is_nobody_s_business(client_of, context, people) -> None:
    first = db.session.get_one(Plan, 1)
    other = Plan(
        template_key="reception", title=first.title, purpose=first.purpose,
        start_on=first.start_on, finish_on=first.finish_on, created_at=NOW,
        created_by_id=people.pm.id,
    )  # fmt: skip
    db.session.add(other)
    db.session.flush()
    hidden = Risk(plan_id=other.id, number=1, title=first.title, created_at=NOW)
    db.session.add(hidden)
    db.session.flush()
    response = Response(plan_id=other.id, risk_id=hidden.id, title=first.title,
                        window_text=first.title)  # fmt: skip
    db.session.add(response)
    db.session.commit()
    risk_id, response_id, plan_id = hidden.id, response.id, other.id
    client = client_of("pm")
    assert client.get(f"/plans/{plan_id}/risks").status_code == 404
    assert client.get(f"/risks/{risk_id}").status_code == 404
    for path in (f"/risks/{risk_id}/review", f"/risks/{risk_id}/close",
                 f"/risk-responses/{response_id}/complete"):  # fmt: skip
        assert client.post(path, data=REVIEW).status_code == 404


def test_the_list_needs_few_statements_however_long_it_is(client_of, context, people) -> None:
    client = client_of("pm")
    client.get("/plans/1/risks")
    with counted() as few:
        client.get("/plans/1/risks")
    for number in range(60):
        new = services.register_risk(
            1, title=f"风险 {number}", department_id=risk(2).department_id, actor=people.pm,
            now=NOW,
        )  # fmt: skip
        response_services.add_response(
            new, title="x", window={"kind": "during_task", "task": 4}, actor=people.pm, now=NOW
        )
        services.review_risk(new, probability=3, impact=3, actor=people.it, now=NOW)
    db.session.commit()
    with counted() as many:
        page = client.get("/plans/1/risks")
    assert "风险 59" in text(page)
    assert len(many) <= len(few) <= 12, "\n".join(many)
