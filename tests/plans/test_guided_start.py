"""The guided start: three steps, nothing lost on the way, and the same from the command line."""

import re
from datetime import date

import pytest
from click.testing import CliRunner

from app.accounts.models import Department
from app.core.db import db
from app.core.errors import DomainError
from app.core.events import subscribe
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.plans.commands import plan_commands
from app.plans.events import PlanStarted
from app.plans.models import Plan, PlanMember
from app.plans.starting import PlanStart, propose_task_dates, start_plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.models import Task
from tests.conftest import NOW

BASIS = {"template_key": "reception", "company": "远山", "start_on": "2026-12-01"}


def hidden(page):
    """The hidden fields of the page's form, as a browser would send them back."""
    form = page.split('id="start"')[1].split("</form>")[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


def dates_on(page):
    """The proposed dates by the names of their fields."""
    inputs = re.findall(r'<input[^>]*name="task_[^>]*>', page)
    return {
        re.search(r'name="([^"]+)"', tag).group(1): re.search(r'value="([^"]*)"', tag).group(1)
        for tag in inputs
    }


def go(client, page, to, **fields):
    data = {**hidden(page), **fields, "go": to}
    return client.post("/plans/new", data=data)


def to_dates(client, people, **basis):
    page = client.get("/plans/new").text
    answer = go(client, page, "people", **{**BASIS, **basis})
    assert answer.status_code == 200, answer.text
    answer = go(
        client, answer.text, "dates", manager_id=people.pm.id, prepared_by_id=people.pm.id,
        reviewed_by_id="", approved_by_id=people.exec.id, prepared_on="2026-11-26",
        owner_1=people.owner1.id, owner_2="", owner_3="", owner_4="", owner_5="",
        head_front_desk=people.clerk.id, member_ids=[people.clerk.id, people.owner2.id],
        executive_ids=[people.exec.id],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer


def test_three_steps_start_a_plan(client_of, people):
    client = client_of("pm")
    answer = to_dates(client, people)
    dates = dates_on(answer.text)
    assert dates["task_1_start_on"] == "2026-12-01"
    answer = go(client, answer.text, "start", **{**dates, "task_1_finish_on": "2026-12-31"})
    assert answer.status_code == 303, answer.text
    db.session.expire_all()
    plan = db.session.scalars(db.select(Plan).order_by(Plan.id.desc())).first()
    assert answer.location.endswith(f"/plans/{plan.id}")
    assert (plan.company, plan.approved_by_id, plan.reviewed_by_id) == (
        "远山",
        people.exec.id,
        None,
    )
    tasks = db.session.scalars(db.select(Task).where(Task.plan_id == plan.id)).all()
    assert tasks[0].finish_on == date(2026, 12, 31) and tasks[0].owner_id == people.owner1.id
    assert tasks[1].owner_id is None
    roles = db.session.execute(
        db.select(PlanMember.person_id, PlanMember.role).where(PlanMember.plan_id == plan.id)
    ).all()
    assert (people.clerk.id, Role.head) in roles and (people.owner2.id, Role.member) in roles
    assert (people.training.id, Role.head) in roles
    page = client.get(answer.location).text
    assert "待填写" in page and "审核人" in page


def test_going_back_and_errors_lose_nothing(client_of, people):
    client = client_of("pm")
    answer = to_dates(client, people)
    dates = {**dates_on(answer.text), "task_2_finish_on": "sometime", "task_3_start_on": ""}
    back = go(client, answer.text, "people", **dates)
    assert back.status_code == 200
    assert hidden(back.text)["task_2_finish_on"] == ["sometime"]
    assert f'<option selected value="{people.exec.id}">' in back.text
    wrong = go(client, answer.text, "start", **dates)
    assert wrong.status_code == 422 and "sometime" in wrong.text
    assert hidden(wrong.text)["owner_1"] == [str(people.owner1.id)]
    both = {str(people.owner2.id), str(people.clerk.id)}
    assert set(hidden(wrong.text)["member_ids"]) == both


def test_finish_before_start_stands_at_the_field(client_of, people):
    client = client_of("pm", "en")
    answer = to_dates(client, people)
    dates = {**dates_on(answer.text), "task_1_finish_on": "2026-11-30",
             "task_3_start_on": "2026-11-02"}  # fmt: skip
    wrong = go(client, answer.text, "start", **dates)
    assert wrong.status_code == 422
    assert (
        'id="task_1_finish_on-error"' in wrong.text and 'id="task_3_start_on-error"' in wrong.text
    )
    assert db.session.scalar(db.select(db.func.count()).select_from(Plan)) == 1


def test_another_start_proposes_the_dates_anew(client_of, people):
    client = client_of("pm", "en")
    answer = to_dates(client, people)
    step = go(client, answer.text, "people", **dates_on(answer.text))
    data = {**hidden(step.text), "start_on": ["2027-01-04"], "go": "dates",
            "manager_id": people.pm.id, "prepared_by_id": "", "reviewed_by_id": "",
            "approved_by_id": "", **{f"owner_{n}": "" for n in range(1, 6)}}  # fmt: skip
    answer = client.post("/plans/new", data=data)
    assert answer.status_code == 200 and "proposed anew" in answer.text
    assert dates_on(answer.text)["task_1_start_on"] == "2027-01-04"


@pytest.mark.parametrize(
    ("field", "value"),
    [("start_on", "tomorrow"), ("start_on", ""), ("company", "长" * 10_000),
     ("start_on", "0001-01-01"), ("start_on", "9999-12-31")],
)  # fmt: skip
def test_bad_input_at_the_first_step(client_of, people, field, value):
    client = client_of("pm")
    page = client.get("/plans/new").text
    answer = go(client, page, "people", **{**BASIS, field: value})
    if answer.status_code == 200:
        answer = go(client, answer.text, "dates", manager_id=people.pm.id)
    assert answer.status_code == 422
    assert value in answer.text


def test_an_unknown_template_or_person_is_refused(client_of, people):
    client = client_of("pm")
    page = client.get("/plans/new").text
    assert go(client, page, "people", **{**BASIS, "template_key": "../x"}).status_code == 404
    answer = go(client, go(client, page, "people", **BASIS).text, "dates", manager_id="4711")
    assert answer.status_code == 422


def test_only_those_allowed_start_plans(client_of):
    assert client_of("clerk").get("/plans/new").status_code == 403
    assert client_of("clerk").post("/plans/new", data=BASIS).status_code == 403
    assert client_of("admin").get("/plans/new").status_code == 200
    assert client_of(None).get("/plans/new").status_code == 302


def test_somebody_who_left_is_named_nowhere(context, people):
    people.owner1.is_enabled = False
    with pytest.raises(DomainError) as refused:
        start_plan(
            PlanStart("reception", date(2026, 12, 1), owners={1: people.owner1.id}), people.pm, NOW
        )
    assert refused.value.field == "owner_1"


def test_a_head_whom_the_company_named_is_not_replaced(context, people):
    with pytest.raises(DomainError) as refused:
        start_plan(
            PlanStart("reception", date(2026, 12, 1), heads={"it": people.clerk.id}), people.pm, NOW
        )
    assert refused.value.field == "head_it"


def test_a_start_is_announced(context, people):
    heard = []
    subscribe(PlanStarted, heard.append)
    plan = start_plan(PlanStart("reception", date(2026, 12, 1)), people.pm, NOW)
    assert heard == [PlanStarted(plan.id, people.pm.id, NOW)]


def test_dates_are_proposed_in_working_days(context):
    # National Day's week of 2026 does not count.
    calendar = WorkCalendar()
    rows = propose_task_dates("reception", date(2026, 9, 28))
    assert calendar.workdays_in(*rows[1]) == 20


def test_the_command_prints_the_plans_number(context):
    options = ["new", "--template", "reception", "--start", "2026-12-01", "--company", "远山"]
    result = CliRunner().invoke(plan_commands, [*options, "--manager", "PM@example.com"])
    assert result.exit_code == 0, result.output
    assert result.output.strip().isdigit()
    plan = db.session.get_one(Plan, int(result.output))
    assert plan.start_on == date(2026, 12, 1) and plan.company == "远山"


@pytest.mark.parametrize(
    ("template", "manager"), [("reception", "nobody@example.com"), ("nonsense", "pm@example.com"),
                              ("reception", "clerk@example.com")],
)  # fmt: skip
def test_the_command_says_what_is_wrong(context, template, manager):
    result = CliRunner().invoke(
        plan_commands, ["new", "--template", template, "--manager", manager]
    )
    assert result.exit_code == 1 and result.output.startswith("Error: ")
    assert db.session.scalar(db.select(db.func.count()).select_from(Plan)) == 1


def test_a_department_that_the_company_has_under_the_same_name_is_the_plans(people):
    made = db.session.scalars(db.select(Department).where(Department.key == "training")).one()
    made.key = None
    made.name = LocalText(own="Training")
    db.session.flush()
    start_plan(PlanStart("reception", date(2026, 12, 1)), people.pm, NOW)
    assert (made.key, made.name.in_language("zh")) == ("training", "培训部")
    names = [row.name.in_language("en") for row in db.session.scalars(db.select(Department))]
    assert names.count("Training") == 1
