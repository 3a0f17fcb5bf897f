"""The pages over all tasks: what is needed from whom, and the money; with what they answer."""

import re
from datetime import UTC, date, datetime

import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.tasks import budget_services, lending, resource_services
from app.tasks.budget_queries import budget_page
from app.tasks.models import BudgetLine, Resource, ResourceKind, ResourceSource, Task
from app.tasks.resource_answers import budget_dates, resource_todos
from app.tasks.resource_queries import request_table
from app.tasks.resource_reminding import resource_deadlines
from tests.conftest import NOW
from tests.sql import counted

RESOURCES, BUDGET = "/plans/1/resources", "/plans/1/budget"
NEEDED = date(2026, 12, 1)
TODAY = date(2026, 11, 26)


def need(task, people, department="it", source=ResourceSource.internal, asked=True, **values):
    who = {"actor": people.pm, "now": NOW}
    fields = {
        "kind": ResourceKind.human, "title": LocalText(own="测试人员"), "source": source,
        "department_id": getattr(people, department).department_id if department else None,
        "needed_on": NEEDED,
    } | values  # fmt: skip
    resource = resource_services.add_resource(task, **fields, **who)
    db.session.flush()
    if asked:
        lending.ask_resource(resource, **who)
    return resource


def spend(plan, people, task=None, **values):
    fields = {"title": LocalText(own="系统"), "planned_cents": 9_600_000} | values
    line = budget_services.add_budget_line(
        plan.id, task_id=task.id if task else None, **fields, actor=people.pm, now=NOW
    )
    db.session.flush()
    return line


def todos(plan, person):
    rows = resource_todos(plan.id, viewer_for(person, plan.id), NOW)
    return [(row.kind, row.url.split("?")[0].split("#")[0]) for row in rows]


def text_of(response):
    return response.get_data(as_text=True)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("key", "status"),
    [("pm", 200), ("owner4", 200), ("it", 200), ("finance", 200), ("exec", 200),
     ("clerk", 404), ("stranger", 404)],
)  # fmt: skip
@pytest.mark.parametrize("path", [RESOURCES, RESOURCES + "?show=asked", BUDGET])
def test_the_pages_are_for_whoever_may_read_them(client_of, key, status, path, language):
    assert client_of(key, language).get(path).status_code == status


def test_the_pages_need_as_few_statements_for_many_rows(app, client_of, people, plan, tasks):
    def cost(path):
        client = client_of("owner4")
        client.get(path)
        with counted() as statements:
            assert client.get(path).status_code == 200
        return len(statements)

    spend(plan, people, tasks.t4)
    db.session.commit()
    before = {path: cost(path) for path in (RESOURCES, BUDGET)}
    for task in (tasks.t1, tasks.t2, tasks.t4):
        for n in range(12):
            need(task, people, ("it", "training", None)[n % 3], asked=n % 3 != 2)
            spend(plan, people, task)
    db.session.commit()
    assert {path: cost(path) for path in (RESOURCES, BUDGET)} == before
    assert all(number <= 12 for number in before.values()), before


def test_requests_are_grouped_by_department_and_counted(plan, people, tasks):
    late = need(tasks.t4, people)
    lending.promise_resource(late, promised_on=date(2026, 12, 3), actor=people.it, now=NOW)
    lending.decline_resource(
        need(tasks.t2, people, "training"), reason="没有讲师", actor=people.training, now=NOW
    )
    need(tasks.t1, people, None, asked=False)
    viewer = viewer_for(people.pm, plan.id)
    table = request_table(plan.id, viewer, TODAY, "trouble")
    assert [one.name for one in table.lenders] == ["信息技术部", "培训部"]
    assert [len(one.lines) for one in table.lenders] == [1, 1]
    assert (table.counts["declined"], table.counts["trouble"]) == (1, 2)
    assert request_table(plan.id, viewer, TODAY, "all").lenders[-1].name == ""


def test_the_lending_head_is_asked_and_the_owner_told_of_a_no(plan, people, tasks):
    resource = need(tasks.t4, people)
    assert todos(plan, people.it) == [("resource", f"/tasks/{tasks.t4.id}")]
    assert todos(plan, people.pm) == todos(plan, people.owner4) == []
    lending.decline_resource(resource, reason="没有人", actor=people.it, now=NOW)
    assert todos(plan, people.it) == []
    assert todos(plan, people.owner4) == [("resource_declined", f"/tasks/{tasks.t4.id}")]


def test_finance_is_asked_for_purchases_and_the_manager_where_there_is_no_head(plan, people, tasks):
    need(tasks.t4, people, source=ResourceSource.external)
    assert [kind for kind, _url in todos(plan, people.finance)] == ["resource"]
    assert todos(plan, people.it) == []
    front_desk = people.clerk.department_id
    need(tasks.t4, people, department_id=front_desk)
    assert [kind for kind, _url in todos(plan, people.pm)] == ["resource"]


def test_what_is_promised_falls_due_until_it_has_come(plan, people, tasks):
    resource = need(tasks.t4, people)
    lending.promise_resource(resource, promised_on=NEEDED, actor=people.it, now=NOW)
    span = datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
    (deadline,) = resource_deadlines([plan.id], *span)
    assert (deadline.kind, deadline.occurrence) == ("resource", "2026-12-01")
    assert deadline.recipients == (people.it.id,)
    assert deadline.escalate_to == (people.owner4.id, people.pm.id)
    assert todos(plan, people.it)[0][0] == "resource_due"
    lending.deliver_resource(resource, actor=people.it, now=NOW)
    (deadline,) = resource_deadlines([plan.id], *span)
    assert deadline.done_at == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert todos(plan, people.it) == []


def test_money_adds_up_by_department_task_and_month(plan, people, tasks):
    spend(plan, people, tasks.t4, committed_cents=10_000_000, actual_cents=5_240_050,
          department_id=people.it.department_id)  # fmt: skip
    spend(plan, people, tasks.t2, planned_cents=6_800_000)
    spend(plan, people, planned_cents=1)
    page = budget_page(plan.id, viewer_for(people.finance, plan.id))
    assert page.is_complete and page.total.planned_cents == 16_400_001
    assert {row.name[:1]: row.planned_cents for row in page.by_task} == {
        "2": 6_800_000, "4": 9_600_000, "计": 1,
    }  # fmt: skip
    assert {row.planned_cents for row in page.by_department} == {9_600_000, 6_800_001}
    assert sum(month.cents for month in page.months) == 16_400_001
    assert page.months[-1].so_far_cents == 16_400_001


def test_heads_and_owners_see_the_sums_of_their_own_money(plan, people, tasks):
    spend(plan, people, tasks.t4, department_id=people.it.department_id)
    spend(plan, people, tasks.t2, planned_cents=6_800_000)
    for person, cents in ((people.it, 9_600_000), (people.owner2, 6_800_000)):
        page = budget_page(plan.id, viewer_for(person, plan.id))
        assert (page.total.planned_cents, page.is_complete) == (cents, False)


def test_months_of_money_move_with_the_tasks_dates_and_only_for_who_sees_all(plan, people, tasks):
    line = spend(plan, people, tasks.t4)
    assert budget_dates(plan.id, viewer_for(people.it, plan.id), NOW) == []
    rows = budget_dates(plan.id, viewer_for(people.pm, plan.id), NOW)
    assert sum(row.cents for row in rows) == line.planned_cents
    assert rows[0].key == f"budget:{tasks.t4.start_on:%Y-%m}"
    assert rows[0].first_on == tasks.t4.start_on.replace(day=1)
    assert (rows[0].title.zh, rows[0].title.en) == ("2026年10月", "October 2026")


def test_more_ordered_than_planned_is_said_and_not_refused(client_of, plan, people):
    head = client_of("finance")
    fields = {
        "title": "年会", "planned": "1.2万", "committed": "￥１３，０００", "forecast": "12500",
    }  # fmt: skip
    assert head.post(BUDGET, data=fields).status_code == 303
    page = text_of(head.get(BUDGET))
    assert "已签约比预算多 1,000 元" in page
    assert "预计比已签约少 500 元" in page


def test_the_plans_own_line_is_changed_on_the_page_of_money(app, client_of):
    pm = client_of("pm")
    pm.post(BUDGET, data={"title": "年会", "planned": "100", "task_id": ""})
    with app.app_context():
        key = db.session.scalars(db.select(BudgetLine.id)).one()
    assert "年会" in text_of(pm.get(f"{BUDGET}?edit=budget-{key}"))
    wrong = pm.post(f"/budget/{key}", data={"title": "年会", "planned": "很多"})
    assert wrong.status_code == 422 and "很多" in text_of(wrong)
    assert pm.post(f"/budget/{key}", data={"title": "年会", "planned": "200"}).status_code == 303
    with app.app_context():
        assert db.session.get_one(BudgetLine, key).planned_cents == 20_000
    assert pm.post(f"/budget/{key}/remove").status_code == 303


@pytest.mark.parametrize(
    "fields",
    [{"planned": "1", "title": ""}, {"planned": "", "title": "x"}, {"planned": "x", "title": "x"},
     {"planned": "1", "title": "x", "task_id": "999"},
     {"planned": "1", "title": "x", "task_id": "?"}],
)  # fmt: skip
def test_a_line_that_does_not_fit_comes_back_with_its_words(client_of, fields):
    assert client_of("pm").post(BUDGET, data=fields).status_code == 422


def test_an_answer_that_does_not_fit_comes_back_with_its_words(app, client_of):
    with app.app_context():
        key = db.session.scalars(db.select(Resource.id).join(Task).where(Task.number == 4)).first()
    owner, head = client_of("owner4"), client_of("it")
    owner.post(f"/resources/{key}/ask")
    for fields, said in (
        ({}, "请选一项"), ({"state": "nonsense"}, "请选一项"),
        ({"state": "promised", "promised_on": "尽快"}, "这不是日期"),
        ({"state": "promised"}, "请写明哪天能到"),
        ({"state": "declined", "promised_on": "2026-12-01"}, "请写明原因"),
    ):  # fmt: skip
        response = head.post(f"/resources/{key}/answer", data=fields)
        assert response.status_code == 422 and said in text_of(response), fields
    answer = {"state": "declined", "answer": "都在做别的项目"}
    assert head.post(f"/resources/{key}/answer", data=answer).status_code == 303
    assert "都在做别的项目" in text_of(owner.get(RESOURCES + "?show=declined"))


def test_a_head_adds_money_to_the_own_department_and_to_no_other(client_of, people):
    head, fields = client_of("it"), {"title": "服务器", "planned": "100"}
    for wrong in ("", str(people.marketing.department_id)):
        response = head.post(BUDGET, data={**fields, "department_id": wrong})
        assert response.status_code == 422 and "服务器" in text_of(response)
    own = {**fields, "department_id": str(people.it.department_id)}
    assert head.post(BUDGET, data=own).status_code == 303
    assert client_of("owner4").post(BUDGET, data=own).status_code in (403, 422)


def test_every_change_link_of_a_tasks_page_opens_its_form(app, client_of):
    pm = client_of("pm")
    links = re.findall(r'href="([^"]*\?edit=[^"#]*)', text_of(pm.get("/tasks/4")))
    assert links
    for link in links:
        page = pm.get(link)
        assert page.status_code == 200 and 'class="is-open"' in text_of(page), link
