"""What waits for what, and what holds a date."""

from datetime import date

import pytest

from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.tasks import link_services, services, step_services
from app.tasks.link_page import lag_words, links_of
from app.tasks.models import Link, LinkKind, OffDay, Step, item_key
from app.tasks.scheduling import plan_schedule
from tests.conftest import NOW

TODAY = date(2026, 11, 26)


@pytest.fixture
def steps(plan):
    """steps("4.2") is that step."""

    def find(name: str) -> Step:
        task, number = map(int, name.split("."))
        return db.session.scalars(
            db.select(Step).where(Step.task.has(number=task), Step.number == number)
        ).one()

    return find


@pytest.fixture
def link(plan, people, steps):
    """link("4.4", "5.3") lets 5.3 wait for 4.4, as the manager."""

    def make(before, after, kind=LinkKind.FS, lag=0, by="pm"):
        def key(end):
            if isinstance(end, str) and "." in end:
                step = steps(end)
                return item_key(step.task_id, step.id)
            return item_key(end.id)

        return link_services.add_link(
            plan.id, key(before), key(after), kind, lag, actor=getattr(people, by), now=NOW
        )

    return make


def key_of(step: Step) -> str:
    return item_key(step.task_id, step.id)


def test_a_link_moves_what_is_expected_and_leaves_what_is_committed(plan, steps, link):
    late = steps("5.3")
    committed = (late.start_on, late.finish_on)
    link("4.4", "5.3", lag=20)
    timing = plan_schedule(plan.id, TODAY).of(key_of(late))
    before = plan_schedule(plan.id, TODAY).of(key_of(steps("4.4")))
    assert timing.start > before.finish and timing.start > committed[0]
    assert timing.start_timing.drivers[0].link.lag == 20
    assert (late.start_on, late.finish_on) == committed


def test_a_circle_is_refused_and_shown_as_a_path(plan, people, tasks, link):
    link(tasks.t2, tasks.t3)
    with pytest.raises(DomainError) as refused:
        link(tasks.t3, tasks.t1)
    said = str(refused.value.message)
    assert refused.value.field == "after"
    assert said.count("→") == 3 and "1 制定接待流程标准" in said
    assert db.session.query(Link).filter_by(before_task_id=tasks.t3.id).count() == 0


def test_a_circle_through_a_tasks_own_steps_is_found(tasks, link):
    link("2.4", "3.1")
    with pytest.raises(DomainError, match="→"):
        link(tasks.t3, "2.4")


def test_something_done_closes_a_circle_too(people, tasks, link):
    services.complete_task(tasks.t1, done_on=date(2026, 10, 23), actor=people.pm, now=NOW)
    with pytest.raises(DomainError, match="→"):
        link(tasks.t2, tasks.t1)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("step:9999", "task:1", "before"),
        ("task:1", "nonsense", "after"),
        ("task:1", "task:1", "after"),
    ],
)  # fmt: skip
def test_an_end_that_is_not_in_the_plan_is_named(plan, people, before, after, field):
    with pytest.raises(DomainError) as refused:
        link_services.add_link(plan.id, before, after, actor=people.pm, now=NOW)
    assert refused.value.field == field


def test_a_step_needs_no_link_to_its_own_task(tasks, link):
    with pytest.raises(DomainError, match="本来就属于"):
        link(tasks.t2, "2.1")


def test_the_same_two_are_linked_once(tasks, link):
    with pytest.raises(DomainError, match="已有依赖"):
        link(tasks.t1, tasks.t2)


def test_an_owner_links_the_own_steps_and_no_others(link):
    link("4.1", "4.3", by="owner4")
    with pytest.raises(Forbidden):
        link("4.1", "5.3", by="owner4")
    with pytest.raises(Forbidden):
        link("4.1", "4.4", by="owner3")


def test_two_who_change_one_link_are_told(people, link):
    made = link("4.1", "4.3")
    seen = link_services.link_stamp(made)
    link_services.edit_link(made, LinkKind.SS, 2, seen=seen, actor=people.pm, now=NOW)
    with pytest.raises(Conflict):
        link_services.edit_link(made, LinkKind.FF, 0, seen=seen, actor=people.pm, now=NOW)
    assert (made.kind, made.lag_workdays) == (LinkKind.SS, 2)


def test_links_that_change_at_once_are_checked_as_they_will_stand(plan, people, tasks, link):
    first = link(tasks.t2, tasks.t3)
    wish = link_services.LinkWish(item_key(tasks.t3.id), item_key(tasks.t2.id))
    made = link_services.change_links(
        plan.id, add=[wish], remove=[first], actor=people.pm, now=NOW
    )
    assert [row.pair for row in made] == [f"task:{tasks.t3.id}>task:{tasks.t2.id}"]


def test_a_removed_step_takes_its_links_with_it(people, steps, link):
    link("4.4", "5.3")
    step_services.remove_step(steps("4.4"), actor=people.pm, now=NOW)
    assert db.session.query(Link).filter(Link.before_step_id.is_not(None)).count() == 0


def test_a_deadline_holds_nothing_back_but_takes_the_float(plan, people, steps):
    step = steps("5.4")
    before = plan_schedule(plan.id, TODAY).of(key_of(step))
    link_services.constrain(
        step, not_before_on=None, not_after_on=date(2027, 1, 20), is_fixed=False,
        off_day=OffDay.keep, actor=people.owner5, now=NOW,
    )  # fmt: skip
    after = plan_schedule(plan.id, TODAY).of(key_of(step))
    assert after.finish == before.finish and after.total_float < 0 <= before.total_float
    assert after.is_critical


def test_what_is_fixed_stays_whatever_comes_before(plan, people, steps, link):
    link("4.4", "5.3", lag=20)
    step = steps("5.3")
    link_services.constrain(
        step, not_before_on=None, not_after_on=None, is_fixed=True, off_day=OffDay.keep,
        actor=people.pm, now=NOW,
    )  # fmt: skip
    made = plan_schedule(plan.id, TODAY)
    assert made.of(key_of(step)).start == step.start_on
    assert made.of(key_of(steps("4.4"))).total_float < 0


def test_a_finish_no_later_than_before_the_start_is_refused(people, tasks):
    with pytest.raises(DomainError) as refused:
        link_services.constrain(
            tasks.t2, not_before_on=date(2026, 12, 2), not_after_on=date(2026, 12, 1),
            is_fixed=False, off_day=OffDay.keep, actor=people.pm, now=NOW,
        )  # fmt: skip
    assert refused.value.field == "not_after_on"
    with pytest.raises(Forbidden):
        link_services.constrain(
            tasks.t2, not_before_on=None, not_after_on=None, is_fixed=True, off_day=OffDay.keep,
            actor=people.owner2, now=NOW,
        )  # fmt: skip


def test_links_are_said_as_sentences(tasks, link):
    link("4.4", "5.3", LinkKind.SS, -2)
    with in_language("en"):
        said = links_of(tasks.t5).links[-1].sentence
        assert said.startswith("starts after “4.4 ")
        assert said.endswith("” has started, at most 2 working days before")
        assert lag_words(1) == ", plus 1 working day"
    with in_language("zh"):
        said = links_of(tasks.t5).links[-1].sentence
        assert said.startswith("在“4.4 ") and said.endswith("开始之后开始，最多可提前 2 个工作日")


def test_the_page_sets_changes_and_takes_a_dependency_back(client_of, tasks, steps):
    pm, here = client_of("pm"), f"/tasks/{tasks.t5.id}"
    sent = {"before": key_of(steps("4.4")), "after": key_of(steps("5.3")), "kind": "FS",
            "lag_workdays": "2"}  # fmt: skip
    assert pm.post(f"{here}/links", data=sent).status_code == 303
    made = db.session.scalars(db.select(Link).where(Link.lag_workdays == 2)).one()
    page = pm.get(f"{here}?edit=link-{made.id}").get_data(as_text=True)
    assert "完成之后开始，再加 2 个工作日" in page
    answer = pm.post(f"/links/{made.id}", data={"kind": "FF", "lag_workdays": "x"})
    assert answer.status_code == 422 and "x" in answer.get_data(as_text=True)
    assert pm.post(f"/links/{made.id}", data={"kind": "FF", "lag_workdays": "0"}).status_code == 303
    assert pm.post(f"/links/{made.id}/remove").status_code == 303
    assert db.session.query(Link).filter_by(lag_workdays=0, kind=LinkKind.FF).count() == 0


def test_a_link_drawn_in_the_chart_answers_in_one_sentence(client_of, tasks, plan):
    pm = client_of("pm", "en")
    sent = {"before": item_key(tasks.t2.id), "after": item_key(tasks.t1.id), "kind": "FS",
            "lag_workdays": "0"}  # fmt: skip
    answer = pm.post(f"/plans/{plan.id}/links", data=sent)
    assert answer.status_code == 422 and answer.mimetype == "text/plain"
    assert "round in a circle: 1 " in answer.get_data(as_text=True)
    sent["before"], sent["after"] = item_key(tasks.t3.id), item_key(tasks.t4.id)
    assert pm.post(f"/plans/{plan.id}/links", data=sent).status_code == 200


def test_constraints_are_set_on_the_page(client_of, tasks, steps):
    owner, step = client_of("owner4"), steps("4.4")
    sent = {"not_before_on": "2026-12-14", "not_after_on": "", "off_day": "next"}
    assert owner.post(f"/steps/{step.id}/rules", data=sent).status_code == 303
    db.session.refresh(step)
    assert (step.not_before_on, step.off_day) == (date(2026, 12, 14), OffDay.following)
    assert owner.post(f"/tasks/{tasks.t4.id}/rules", data=sent).status_code == 403
    page = owner.get(f"/tasks/{tasks.t4.id}?edit=steprules-{step.id}").get_data(as_text=True)
    assert "2026-12-14" in page


def test_the_titles_of_linked_items_are_escaped(client_of, people, tasks, link):
    services.describe_task(
        tasks.t2, title=LocalText(own="<b>x</b>"), description="", weight=1,
        actor=people.pm, now=NOW,
    )  # fmt: skip
    page = client_of("pm").get(f"/tasks/{tasks.t1.id}").get_data(as_text=True)
    assert "<b>x</b>" not in page and "&lt;b&gt;x" in page


def test_a_day_off_gives_way_by_the_items_own_rule(people, tasks, steps):
    step, saturday = steps("4.4"), date(2026, 12, 19)

    def type_it() -> date:
        step_services.edit_step(
            step, title=step.title, start_on=step.start_on, finish_on=saturday, percent=0,
            is_milestone=False, actor=people.pm, now=NOW,
        )  # fmt: skip
        return step.finish_on

    assert type_it() == saturday
    step.off_day = OffDay.previous
    assert type_it() == date(2026, 12, 18)
    tasks.t4.off_day = OffDay.following
    services.change_task_dates(
        tasks.t4, start_on=tasks.t4.start_on, finish_on=saturday, reason="试", actor=people.pm,
        now=NOW,
    )  # fmt: skip
    assert tasks.t4.finish_on == date(2026, 12, 21)
