"""The pages of tasks and action items, as people use and misuse them."""

import re
from datetime import date

import pytest

from app.accounts.models import Person
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import Plan
from app.tasks import actions, budget_services
from app.tasks.models import ActionItem, BudgetLine, Resource, Step, Task
from tests.conftest import NOW
from tests.sql import counted

TASKS = "/plans/1/tasks"


@pytest.fixture
def pm(client_of):
    return client_of("pm")


def task(number):
    return db.session.scalars(db.select(Task).where(Task.number == number)).one()


def first(table, **where):
    return db.session.scalars(db.select(table).filter_by(**where).order_by(table.id)).first()


def person(key):
    return db.session.scalars(
        db.select(Person).where(Person.email == f"{key}@example.com")
    ).one()


def post(client, url, **fields):
    return client.post(url, data=fields)


def text_of(response):
    return response.get_data(as_text=True)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4", "it", "exec", "clerk"])
@pytest.mark.parametrize(
    "path", [TASKS, TASKS + "?show=late", TASKS + "?show=due", "/tasks/4", "/plans/1/actions"]
)
def test_everybody_of_the_plan_can_read_the_pages(app, client_of, key, language, path):
    assert client_of(key, language).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", [TASKS, "/tasks/4", "/plans/1/actions", "/plans/1/actions/new", "/actions/1"]
)
def test_a_stranger_finds_nothing(app, client_of, path):
    assert client_of("stranger").get(path).status_code == 404


def test_an_unknown_task_or_action_is_not_found(pm):
    assert pm.get("/tasks/999").status_code == 404
    assert pm.get("/actions/999").status_code == 404
    assert pm.post("/steps/999/remove").status_code == 404


def test_lists_need_the_same_few_statements_for_many_rows(app, pm):
    def cost(path):
        pm.get(path)
        with counted() as statements:
            assert pm.get(path).status_code == 200
        return len(statements)

    paths = (TASKS, "/plans/1/actions", "/plans/1/actions?show=all")
    with app.app_context():
        actions.create_action(
            1, title="x", owner_id=person("it").id, due_on=date(2026, 12, 4),
            actor=person("pm"), now=NOW,
        )  # fmt: skip
        db.session.commit()
    few = [cost(path) for path in paths]
    with app.app_context():
        for n in range(60):
            db.session.add(Step(plan_id=1, task_id=task(4).id, number=100 + n,
                                title=LocalText(own="x"), start_on=NOW.date(),
                                finish_on=NOW.date()))
            db.session.add(BudgetLine(plan_id=1, task_id=task(4).id, title=LocalText(own="x"),
                                      planned_cents=1, forecast_cents=1))
            actions.create_action(
                1, title="x", owner_id=person("clerk").id, due_on=date(2026, 12, 4),
                task_id=task(2).id, department_id=person("it").department_id,
                actor=person("pm"), now=NOW,
            )  # fmt: skip
        db.session.commit()
    assert [cost(path) for path in paths] == few
    assert max(few) <= 15


def test_the_table_shows_tasks_steps_bars_and_today(pm):
    page = text_of(pm.get(TASKS))
    assert page.count('class="is-task"') == 5 and page.count('class="is-step"') == 19
    assert "建立客户信息管理系统" in page and "yb-gantt-today" in page
    assert "推定" in page


def test_the_filter_leaves_only_what_is_later_than_the_baseline(app, pm):
    page = text_of(pm.get(TASKS + "?show=late"))
    assert "制定接待流程标准" in page and "建立客户信息管理系统" not in page


def test_the_owner_updates_progress_from_the_page(app, client_of):
    response = post(
        client_of("owner4"), "/tasks/4/progress", percent="63", forecast_finish_on="2027年1月8日"
    )
    assert response.status_code == 303
    with app.app_context():
        assert (task(4).progress_percent, task(4).forecast_finish_on) == (63, date(2027, 1, 8))


def test_another_owner_and_a_member_may_not(app, client_of):
    assert post(client_of("owner3"), "/tasks/4/progress", percent="63").status_code == 403
    assert post(client_of("clerk"), "/tasks/4/progress", percent="63").status_code == 403


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"percent": "viele"}, "这不是整数。"),
        ({"percent": "101"}, "进度是 0 到 100 之间的数。"),
        ({"percent": "9" * 40}, "进度是 0 到 100 之间的数。"),
        ({"percent": "40", "forecast_finish_on": "morgen"}, "这不是日期"),
        ({"percent": "40", "forecast_finish_on": "2026-11-01"}, "预计完成日已经过去。"),
        ({"percent": "100"}, "请填写完成日。"),
    ],
)
def test_bad_input_is_said_at_the_field_and_kept(client_of, fields, said):
    response = post(client_of("owner4"), "/tasks/4/progress", **fields)
    assert response.status_code == 422
    page = text_of(response)
    assert said in page
    for value in fields.values():
        assert f'value="{value}"' in page


def test_two_people_saving_one_task_the_second_sees_both(app, client_of, pm):
    seen = re.search(r'name="version"[^>]*value="(\d+)"', text_of(pm.get("/tasks/4"))).group(1)
    assert post(
        client_of("owner4"), "/tasks/4/progress", percent="50", version=seen
    ).status_code == 303  # fmt: skip
    response = post(pm, "/tasks/4/progress", percent="60", version=seen)
    page = text_of(response)
    assert response.status_code == 409
    assert "这段时间里有别人保存过" in page and 'value="60"' in page and "<dd>50</dd>" in page
    fresh = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    assert fresh != seen
    assert post(pm, "/tasks/4/progress", percent="60", version=fresh).status_code == 303
    with app.app_context():
        assert task(4).progress_percent == 60


def test_the_manager_assigns_moves_and_describes(app, pm):
    with app.app_context():
        owner = person("clerk").id
    assert post(pm, "/tasks/3/assign", owner_id=str(owner), department_id="").status_code == 303
    assert post(
        pm, "/tasks/3/dates", start_on="2026-10-19", finish_on="2027-01-08", reason="客户延期"
    ).status_code == 303  # fmt: skip
    assert post(pm, "/tasks/3/words", title="调查表", description="", weight="5").status_code == 303
    with app.app_context():
        row = task(3)
        assert (row.owner_id, row.department_id) == (owner, None)
        assert (row.finish_on, row.weight) == (date(2027, 1, 8), 5)
        assert row.title.in_language("en") == "调查表"
    page = text_of(pm.get("/tasks/3"))
    assert "客户延期" in page and "赵小云" in page


def test_unchanged_words_stay_in_both_languages(app, pm):
    post(pm, "/tasks/3/words", title="设计客户满意度调查表", description="说明", weight="5")
    with app.app_context():
        assert task(3).title.in_language("en") != task(3).title.in_language("zh")


def test_finish_before_start_is_said_at_the_field(pm):
    response = post(pm, "/tasks/3/dates", start_on="2026-12-01", finish_on="2026-11-01", reason="x")
    assert response.status_code == 422 and "结束日早于开始日。" in text_of(response)


def test_a_title_of_ten_thousand_characters_is_refused_and_kept(pm):
    title = "长😀" * 5000
    response = post(pm, "/tasks/3/words", title=title, description="", weight="5")
    assert response.status_code == 422
    assert title in text_of(response)


def test_scripts_are_shown_as_text_and_control_characters_are_gone(app, pm):
    nasty = "<script>alert(1)</script>\x00\x1b=HYPERLINK(1)"
    response = post(
        pm, "/tasks/3/steps", title=nasty, start_on="2026-12-01", finish_on="2026-12-02"
    )
    assert response.status_code == 303
    page = text_of(pm.get("/tasks/3"))
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert "\x00" not in page and "\x1b" not in page


def test_a_choice_that_is_not_in_the_list_is_refused(pm):
    for owner in ("99999", "abc", "-1"):
        response = post(pm, "/tasks/3/assign", owner_id=owner, department_id="")
        assert response.status_code == 422


def test_a_step_is_added_changed_finished_and_removed(app, client_of):
    owner = client_of("owner4")
    assert post(
        owner, "/tasks/4/steps", title="复盘", start_on="2026-12-25", finish_on="2026-12-31",
        is_milestone="y",
    ).status_code == 303  # fmt: skip
    with app.app_context():
        step = first(Step, title=LocalText(own="复盘"))
        assert step.is_milestone and step.number == 5
        key = step.id
    page = text_of(owner.get(f"/tasks/4?edit=step-{key}"))
    assert "在任务日期之外" in page and f'action="/steps/{key}"' in page
    assert post(
        owner, f"/steps/{key}", title="复盘会", start_on="2026-12-25", finish_on="2026-12-25",
        percent="50",
    ).status_code == 303  # fmt: skip
    assert post(
        owner, f"/steps/{key}", title="复盘会", start_on="x", finish_on="2026-12-25", percent="50"
    ).status_code == 422
    assert owner.post(f"/steps/{key}/complete").status_code == 303
    assert owner.post(f"/steps/{key}/reopen").status_code == 303
    assert client_of("owner3").post(f"/steps/{key}/remove").status_code == 403
    assert owner.post(f"/steps/{key}/remove").status_code == 303
    with app.app_context():
        assert db.session.get(Step, key) is None


def test_the_form_of_another_tasks_step_does_not_open(pm):
    assert 'action="/steps/1"' not in text_of(pm.get("/tasks/4?edit=step-1"))
    assert pm.get("/tasks/4?edit=step-999999").status_code == 200
    assert pm.get("/tasks/4?edit=nonsense-x").status_code == 200


def test_resources_go_from_the_owner_to_the_lending_head(app, client_of):
    with app.app_context():
        key = first(Resource, task_id=4).id
    owner, head = client_of("owner4"), client_of("it")
    answer = {"state": "promised", "promised_on": "2026-12-01", "answer": "一人先到"}
    assert owner.post(f"/resources/{key}/ask").status_code == 303
    assert post(owner, f"/resources/{key}/answer", **answer).status_code == 403
    assert post(head, f"/resources/{key}/answer", **answer).status_code == 303
    assert "一人先到" in text_of(owner.get("/tasks/4"))
    assert post(head, f"/resources/{key}/deliver", delivered_on="明天").status_code == 422
    assert post(head, f"/resources/{key}/deliver", delivered_on="2026-11-26").status_code == 303
    assert head.post(f"/resources/{key}/ask").status_code == 403
    assert client_of("clerk").post(f"/resources/{key}/ask").status_code in (403, 404)
    assert "开发团队" not in text_of(client_of("clerk").get("/tasks/4"))


def test_money_is_typed_in_yuan_and_hidden_from_others(app, client_of, pm):
    response = post(
        pm, "/tasks/4/budget", title="系统", department_id="", planned="96,000",
        actual="52,400.50", forecast="",
    )  # fmt: skip
    assert response.status_code == 303
    with app.app_context():
        line = first(BudgetLine)
        assert (line.planned_cents, line.actual_cents) == (9600000, 5240050)
        assert line.forecast_cents == 9600000
        key = line.id
    for seer in ("pm", "exec", "finance", "owner4"):
        assert "52,400.50" in text_of(client_of(seer).get("/tasks/4"))
        assert "52,400.50" in text_of(client_of(seer).get(TASKS))
    for blind in ("owner3", "clerk", "marketing"):
        assert "52,400.50" not in text_of(client_of(blind).get("/tasks/4"))
        assert "52,400.50" not in text_of(client_of(blind).get(TASKS))
    response = post(pm, f"/budget/{key}", title="系统", department_id="", planned="viel")
    assert response.status_code == 422 and "这不是金额" in text_of(response)
    assert 'value="viel"' in text_of(response)
    assert client_of("owner4").post(f"/budget/{key}/remove").status_code == 403
    assert pm.post(f"/budget/{key}/remove").status_code == 303


def test_a_lost_line_of_the_whole_plan_can_still_be_removed(app, pm):
    with app.app_context():
        line = budget_services.add_budget_line(
            1, title=LocalText(own="备用金"), planned_cents=100, actor=person("pm"), now=NOW
        )
        db.session.commit()
        key = line.id
    assert "备用金" in text_of(pm.get(TASKS))
    assert pm.post(f"/budget/{key}/remove").status_code == 303


def new_action(client, **fields):
    return post(client, "/plans/1/actions/new", **fields)


def test_an_action_is_written_listed_and_closed(app, client_of, pm):
    with app.app_context():
        owner, outsider = person("training").id, person("stranger").id
    assert new_action(pm, title="", owner_id=str(owner), due_on="2026-12-04").status_code == 422
    assert (
        new_action(pm, title="x", owner_id=str(outsider), due_on="2026-12-04").status_code == 422
    )
    assert new_action(pm, title="x", owner_id=str(owner), due_on="2026-11-04").status_code == 422
    assert new_action(pm, title="x", owner_id=str(owner), due_on="demain").status_code == 422
    response = new_action(
        pm, title="定第二期培训场地", owner_id=str(owner), due_on="2026-12-04", task_id="2"
    )
    assert response.status_code == 303
    assert "定第二期培训场地" in text_of(pm.get("/plans/1/actions"))
    assert "定第二期培训场地" in text_of(pm.get("/tasks/2"))
    head = client_of("training")
    assert "定第二期培训场地" in text_of(head.get("/plans/1/actions?show=mine"))
    assert post(head, "/actions/1/close", evidence="").status_code == 422
    assert post(client_of("it"), "/actions/1/close", evidence="x").status_code == 403
    assert post(head, "/actions/1/close", evidence="301 已订").status_code == 303
    assert "301 已订" in text_of(pm.get("/actions/1"))
    assert "定第二期培训场地" not in text_of(pm.get("/plans/1/actions"))
    assert post(head, "/actions/1/close", evidence="x").status_code == 422


def test_a_member_sees_only_own_actions(app, client_of, pm):
    with app.app_context():
        for key in ("training", "clerk"):
            actions.create_action(
                1, title=f"给{key}", owner_id=person(key).id, due_on=date(2026, 12, 4),
                actor=person("pm"), now=NOW,
            )  # fmt: skip
        db.session.commit()
    clerk = client_of("clerk")
    page = text_of(clerk.get("/plans/1/actions?show=all&person=9"))
    assert "给clerk" in page and "给training" not in page
    assert clerk.get("/actions/1").status_code == 404
    assert clerk.post("/actions/1/close", data={"evidence": "x"}).status_code == 404
    assert clerk.get("/actions/2").status_code == 200
    assert clerk.get("/plans/1/actions/new").status_code == 403


def test_the_manager_moves_hands_on_and_cancels_an_action(app, pm):
    with app.app_context():
        actions.create_action(
            1, title="x", owner_id=person("it").id, due_on=date(2026, 12, 4),
            actor=person("pm"), now=NOW,
        )  # fmt: skip
        db.session.commit()
        other = person("marketing").id
    assert post(pm, "/actions/1/date", due_on="2026-12-11", reason="").status_code == 422
    assert post(pm, "/actions/1/date", due_on="2026-12-11", reason="满").status_code == 303
    assert post(pm, "/actions/1/owner", owner_id=str(other)).status_code == 303
    assert post(pm, "/actions/1/cancel", reason="不再需要").status_code == 303
    page = text_of(pm.get("/actions/1"))
    assert "不再需要" in page and "王海燕" in page
    with app.app_context():
        assert db.session.get(ActionItem, 1).due_on == date(2026, 12, 11)


def test_odd_page_numbers_and_filters_do_no_harm(pm):
    for query in ("page=0", "page=99999", "page=x", "show=<b>", "person=x", "person=99999"):
        assert pm.get(f"/plans/1/actions?{query}").status_code == 200


def test_moving_a_task_moves_the_plans_end_on_the_page(app, pm):
    with app.app_context():
        start = task(5).start_on.isoformat()
    post(pm, "/tasks/5/dates", start_on=start, finish_on="2027-03-31", reason="加一轮检查")
    assert "2027年3月31日" in text_of(pm.get(TASKS))
    with app.app_context():
        assert db.session.get(Plan, 1).finish_on == date(2027, 3, 31)
