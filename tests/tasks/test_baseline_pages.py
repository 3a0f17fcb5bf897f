"""The pages of baselines, as people use and misuse them."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import Plan
from app.tasks import step_services
from app.tasks.baselines import take_baseline
from app.tasks.budget_services import add_budget_line
from app.tasks.models import Baseline, BudgetLine, Link, OffDay, Step, Task
from app.tasks.services import change_task_dates
from tests.conftest import NOW
from tests.sql import counted

LIST = "/plans/1/baselines"
COMPARE = LIST + "/compare"


@pytest.fixture
def pm(client_of):
    return client_of("pm", "en")


def person(key):
    return db.session.scalars(select(Person).where(Person.email == f"{key}@example.com")).one()


def task(number) -> Task:
    return db.session.scalars(select(Task).where(Task.number == number)).one()


def take(name="after the holiday", plan_id=1) -> Baseline:
    return take_baseline(plan_id, name=name, actor=person("pm"), now=NOW)


def move(number, days, key="pm") -> None:
    row = task(number)
    change_task_dates(
        row, start_on=row.start_on, finish_on=row.finish_on + timedelta(days=days),
        reason="the hall", actor=person(key), now=NOW,
    )  # fmt: skip


def words_of(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(text.split())


def names() -> list[str]:
    return list(db.session.scalars(select(Baseline.name).order_by(Baseline.id)))


# -- the list -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["pm", "owner4", "it", "finance", "exec", "clerk"])
@pytest.mark.parametrize("path", [LIST, COMPARE, COMPARE + "?from=1&to=committed"])
def test_everybody_of_the_plan_can_read_the_pages(context, client_of, key, language, path):
    assert client_of(key, language).get(path).status_code == 200


@pytest.mark.parametrize("path", [LIST, COMPARE])
def test_a_stranger_finds_nothing(app, client_of, path):
    assert client_of("stranger").get(path).status_code == 404


def test_the_list_says_which_one_counts_who_took_it_and_what_it_holds(context, pm, client_of):
    said = words_of(pm.get(LIST))
    assert "1 baseline" in said and "lateness is measured against “Baseline 1”" in said
    assert re.search(r"Baseline 1 counts 28 Sep 09:00 许文静 \d+ 29 Jan|Baseline 1 counts", said)
    assert "基准 1" in words_of(client_of("pm", "zh").get(LIST))


def test_the_manager_takes_one_and_the_rest_only_reads(context, pm, client_of):
    assert pm.post(LIST, data={"name": "spring", "note": "as agreed"}).status_code == 303
    assert names() == ["Baseline 1", "spring"]
    said = words_of(client_of("clerk", "en").get(LIST))
    assert "spring" in said and "as agreed" in said
    assert "Take a baseline" not in said and "Measure against it" not in said
    for path in (LIST, LIST + "/2/measure"):
        assert client_of("clerk").post(path, data={"name": "x", "reason": "x"}).status_code == 403
    assert names() == ["Baseline 1", "spring"]


def test_a_name_that_is_taken_comes_back_with_what_was_written(context, pm):
    answer = pm.post(LIST, data={"name": "Baseline 1", "note": "my note"})
    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert "Choose another" in said and "my note" in said


def test_a_free_name_is_proposed_in_the_readers_language(context, client_of):
    for language, name in (("zh", "基准 2"), ("en", "Baseline 2")):
        assert f'value="{name}"' in client_of("pm", language).get(LIST).get_data(as_text=True)


def test_what_a_person_writes_is_shown_as_words(context, pm):
    pm.post(LIST, data={"name": "<script>x</script>", "note": "<b>y</b>"})
    page = pm.get(LIST).get_data(as_text=True)
    assert "<script>x" not in page and "&lt;script&gt;x" in page and "<b>y" not in page


# -- the one that counts --------------------------------------------------------------------------


def test_before_another_one_counts_the_page_says_what_changes(context, pm):
    move(5, 14)
    take()
    said = words_of(pm.get(LIST + "?measure=2"))
    assert "What changes" in said and "No committed date moves" in said
    answer = pm.post(LIST + "/2/measure", data={"reason": "agreed"})
    assert answer.status_code == 303
    assert "lateness is measured against “after the holiday”" in words_of(pm.get(LIST))
    assert task(5).baseline_finish_on == task(5).finish_on


def test_without_a_reason_the_form_comes_back_open(context, pm):
    take()
    answer = pm.post(LIST + "/2/measure", data={"reason": " "})
    assert answer.status_code == 422 and "What changes" in words_of(answer)
    assert task(1).baseline_finish_on is not None
    assert db.session.get(Baseline, 1).is_current


def test_the_form_does_not_open_for_the_one_that_counts_nor_for_a_reader(context, pm, client_of):
    take()
    assert "What changes" not in words_of(pm.get(LIST + "?measure=1"))
    assert "What changes" not in words_of(client_of("exec", "en").get(LIST + "?measure=2"))


def test_the_tasks_page_names_the_one_that_counts(context, pm, client_of):
    page = pm.get("/plans/1/tasks")
    assert "baseline: Baseline 1, 28 Sep" in words_of(page)
    assert f'href="{LIST}"' in page.get_data(as_text=True)
    assert "基准：基准 1，9月28日" in words_of(client_of("clerk", "zh").get("/plans/1/tasks"))


# -- comparing ------------------------------------------------------------------------------------


def test_a_comparison_begins_with_the_sentence(context, pm):
    move(5, 7)
    said = words_of(pm.get(COMPARE + "?from=1&to=committed"))
    total = len(db.session.scalars(select(Task.id)).all())
    total += len(db.session.scalars(select(Step.id)).all())
    assert f"Compared with “Baseline 1”, 1 of {total} items ends later." in said
    assert "The plan ends 5 working days later, on" in said
    assert "5 working days later" in said and "5 working days longer" in said


def test_a_baseline_does_not_differ_from_itself(context, pm):
    said = words_of(pm.get(COMPARE + "?from=1&to=1"))
    assert "Nothing differs between “Baseline 1” and “Baseline 1”." in said


def test_what_was_added_and_removed_is_told(context, pm):
    gone = db.session.scalars(select(Step)).first()
    title = gone.title.in_language("en")
    step_services.remove_step(gone, actor=person("pm"), now=NOW)
    step_services.add_step(
        task(4), title=LocalText(own="a late idea"), start_on=date(2026, 12, 1),
        finish_on=date(2026, 12, 2), actor=person("pm"), now=NOW,
    )  # fmt: skip
    said = words_of(pm.get(COMPARE + "?to=committed"))
    assert "1 added" in said and "1 removed" in said
    assert f"{title} removed" in said and "a late idea added" in said
    assert "stood at 0%" in said


def test_owner_words_constraints_and_links_are_told_in_words(context, pm):
    row, link = task(4), db.session.scalars(select(Link)).first()
    row.owner_id, row.title = person("owner1").id, LocalText(own="the new system")
    row.not_before_on, row.is_fixed, row.off_day = date(2026, 12, 1), True, OffDay.following
    link.lag_workdays = 2
    db.session.delete(db.session.scalars(select(Link).order_by(Link.id.desc())).first())
    said = words_of(pm.get(COMPARE + "?to=committed"))
    for words in (
        "owner: 何俊 → 周敏", "was called “", "starts no earlier than: – → 1 Dec",
        "dates held fast: no → yes", "keep the day → take the next working day",
        "starts after it has finished → starts after it has finished +2 working days",
        "no longer waits for",
    ):  # fmt: skip
        assert words in said, words


def test_amounts_are_for_those_who_read_all_money(context, client_of):
    add_budget_line(
        1, title=LocalText(own="x"), planned_cents=7_654_300, task_id=task(4).id,
        actor=person("pm"), now=NOW,
    )  # fmt: skip
    for key, reads in (("pm", True), ("exec", True), ("finance", True), ("owner4", False),
                       ("it", False), ("clerk", False)):  # fmt: skip
        said = words_of(client_of(key, "en").get(COMPARE + "?to=committed"))
        assert ("76,543" in said) is reads, key
        assert ("Nothing differs" in said) is not reads, key


@pytest.mark.parametrize(
    "query",
    ["?from=99", "?to=99", "?from=abc", "?from=-1", "?to=first", "?from=1e3", "?to=" + "9" * 30],
)  # fmt: skip
def test_what_is_no_baseline_of_the_plan_is_not_found(context, pm, query):
    assert pm.get(COMPARE + query).status_code == 404


def test_an_unknown_baseline_is_not_found(context, pm):
    assert pm.get(LIST + "?measure=99").status_code == 404
    assert pm.post(LIST + "/99/measure", data={"reason": "x"}).status_code == 404
    assert pm.get("/plans/99/baselines").status_code == 404


def test_a_baseline_of_another_plan_is_not_found(context, pm, people):
    from tests.architecture.everything import start_other_plan

    other = start_other_plan(people)
    theirs = db.session.scalars(select(Baseline).where(Baseline.plan_id == other.id)).one()
    theirs_id = theirs.id
    db.session.commit()
    assert pm.get(f"{COMPARE}?from={theirs_id}").status_code == 404
    assert pm.get(f"{LIST}?measure={theirs_id}").status_code == 404
    assert pm.post(f"{LIST}/{theirs_id}/measure", data={"reason": "x"}).status_code == 404


def test_a_plan_from_before_baselines_offers_to_take_one(context, pm, client_of):
    db.session.execute(Baseline.__table__.delete())
    db.session.commit()
    said = words_of(pm.get(LIST))
    assert "started before baselines were kept" in said and "Take one now" in said
    assert "Take one now" not in words_of(client_of("clerk", "en").get(LIST))
    assert "baseline:" not in words_of(pm.get("/plans/1/tasks"))
    move(5, 7)
    said = words_of(pm.get(COMPARE + "?to=committed"))
    assert "Compared with “the first baseline”, 1 of" in said
    assert pm.get(COMPARE + "?from=first").status_code == 200


def test_pages_need_the_same_few_statements_for_many_rows(context, pm):
    def cost(path):
        pm.get(path)
        with counted() as statements:
            assert pm.get(path).status_code == 200
        return len(statements)

    take()
    paths = (LIST, LIST + "?measure=2", COMPARE, COMPARE + "?from=1&to=2")
    before = [cost(path) for path in paths]
    for number in range(20):
        step_services.add_step(
            task(4), title=LocalText(own=str(number)), start_on=date(2026, 12, 1),
            finish_on=date(2026, 12, 2), actor=person("pm"), now=NOW,
        )  # fmt: skip
        take(name=f"number {number}")
    db.session.add(BudgetLine(plan_id=1, title=LocalText(own="x"), planned_cents=1,
                              actual_cents=0, forecast_cents=1))  # fmt: skip
    assert [cost(path) for path in paths] == before
    assert max(before) <= 45
    assert db.session.get(Plan, 1) is not None
