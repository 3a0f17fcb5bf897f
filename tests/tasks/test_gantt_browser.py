"""The Gantt chart in a real browser: drag, keyboard, zoom, and what must never happen there."""

import json
from datetime import date
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from app.core.db import db
from app.core.localtext import LocalText
from app.tasks.models import Link, LinkKind, Step, pair_of

GANTT = "/plans/1/tasks/gantt"
ANSWER = '<h2 class="yb-card-title">what follows</h2><button data-what-if-drop>drop</button>'

pytestmark = pytest.mark.browser


@pytest.fixture
def step(tasks) -> Step:
    """A step of task 4 in the last days of December, not begun."""
    made = Step(
        plan_id=1, task_id=tasks.t4.id, number=9, title=LocalText(zh="试运行", en="Trial run"),
        start_on=date(2026, 12, 14), finish_on=date(2026, 12, 18),
        baseline_start_on=date(2026, 12, 7), baseline_finish_on=date(2026, 12, 11),
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


@pytest.fixture
def later(step) -> Step:
    """A step after `step`, in the same task."""
    made = Step(
        plan_id=1, task_id=step.task_id, number=10, title=LocalText(zh="验收", en="Acceptance"),
        start_on=date(2027, 1, 4), finish_on=date(2027, 1, 8),
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def bar(page: Page, key: str):
    return page.locator(f'.gantt_task_line[data-task-id="{key}"]')


def row(page: Page, key: str):
    return page.locator(f'.gantt_row[data-task-id="{key}"]')


def opened(visitor) -> Page:
    page = visitor.goes_to(GANTT)
    page.wait_for_selector(".gantt_task_line")
    return page


def day_width(page: Page) -> float:
    """Pixels of one calendar day."""
    return page.evaluate(
        "[29, 1].map((day) => gantt.posFromDate(new Date(2026, 11, day)))"
        ".reduce((end, start) => (end - start) / 28)"
    )


def pull(page: Page, key: str, by: float, end: str = "") -> None:
    """Drag the bar by so many pixels, or one of its ends ("start_date", "end_date")."""
    bar(page, key).scroll_into_view_if_needed()
    bar(page, key).hover()
    held = bar(page, key)
    if end:
        held = held.locator(f'.gantt_task_drag[data-bind-property="{end}"]')
    box = held.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y, steps=4)
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def answering(page: Page, asked: list, status: int = 200, body: str = ANSWER) -> None:
    """Stand in for the what-if, and note what it is asked."""

    def answer(route) -> None:
        fields = parse_qs(route.request.post_data)
        asked.append((json.loads(fields["changes"][0]), route.request.headers))
        route.fulfill(status=status, body=body, content_type="text/html; charset=utf-8")

    page.route("**/plans/1/what-if", answer)


def place_of(page: Page, key: str) -> tuple[float, float]:
    """Where the bar begins in the chart, and how wide it is."""
    expect(bar(page, key)).to_be_visible()
    # A bar that is just being drawn anew has no box.
    box = bar(page, key).bounding_box() or bar(page, key).bounding_box()
    return box["x"], box["width"]


def test_a_bar_dragged_by_seven_days_asks_what_if_and_goes_back(visitor_of, step):
    with visitor_of("pm") as pm:
        page, asked = opened(pm), []
        answering(page, asked)
        key = f"step:{step.id}"
        before = place_of(page, key)
        pull(page, key, 7 * day_width(page))
        expect(page.locator("#what-if")).to_contain_text("what follows")
        changes, headers = asked[0]
        assert changes == [{"key": key, "start": "2026-12-21", "finish": "2026-12-25"}]
        assert headers["hx-request"] == "true" and headers["x-csrftoken"]
        assert place_of(page, key) == before
        expect(page.locator(".yg-ghost")).to_have_count(1)
        page.get_by_role("button", name="drop").click()
        expect(page.locator("#what-if")).to_be_hidden()
        expect(page.locator(".yg-ghost")).to_have_count(0)
        db.session.refresh(step)
        assert step.start_on == date(2026, 12, 14)


def test_what_was_dragged_can_be_applied_as_it_was_shown(visitor_of, step, later):
    db.session.add(
        Link(plan_id=1, before_task_id=step.task_id, before_step_id=step.id,
             after_task_id=later.task_id, after_step_id=later.id, kind=LinkKind.FS,
             pair=pair_of(f"step:{step.id}", f"step:{later.id}"))
    )  # fmt: skip
    db.session.commit()
    with visitor_of("pm") as pm:
        page = opened(pm)
        key = f"step:{step.id}"
        pull(page, key, 21 * day_width(page))
        dock = page.locator("#what-if")
        expect(dock.locator("form")).to_be_visible()
        # 4 January; 1 January is a holiday.
        expect(dock).to_contain_text("2027-01-04")
        expect(dock).to_contain_text("验收")
        db.session.refresh(step)
        assert step.start_on == date(2026, 12, 14), "nothing is saved before it is applied"
        dock.locator('[name="reason"]').fill("等供应商")
        with page.expect_navigation(url="**" + GANTT):
            dock.locator('button[type="submit"]').click()
        page.wait_for_selector(".gantt_task_line")
        db.session.rollback()
        assert step.start_on == date(2027, 1, 4) and step.finish_on == date(2027, 1, 8)
        assert later.start_on == date(2027, 1, 11), "what waits for it came along"
        expect(page.locator(".yb-flash")).to_be_visible()
        expect(page.locator("#what-if")).to_be_hidden()


def test_what_is_dropped_leaves_everything_as_it_was(visitor_of, step):
    with visitor_of("owner4") as owner:
        page = opened(owner)
        key = f"step:{step.id}"
        before = place_of(page, key)
        pull(page, key, 7 * day_width(page))
        page.locator("#what-if [data-what-if-drop]").first.click()
        expect(page.locator("#what-if")).to_be_hidden()
        assert place_of(page, key) == before
        db.session.rollback()
        assert step.start_on == date(2026, 12, 14)


def test_a_moved_bar_keeps_its_working_days_across_a_holiday(visitor_of, step):
    with visitor_of("pm") as pm:
        page, asked = opened(pm), []
        answering(page, asked)
        key = f"step:{step.id}"
        pull(page, key, 14 * day_width(page))
        expect(page.locator("#what-if")).to_be_visible()
        # 28 December through 1 January, which is a holiday: the fifth working day is the 4th.
        assert asked[0][0] == [{"key": key, "start": "2026-12-28", "finish": "2027-01-04"}]


@pytest.mark.parametrize(
    ("end", "days", "change"),
    [("end_date", 3, {"finish": "2026-12-21"}), ("start_date", -3, {"start": "2026-12-11"})],
)
def test_an_end_of_a_bar_asks_for_that_end_alone(visitor_of, step, end, days, change):
    with visitor_of("pm") as pm:
        page, asked = opened(pm), []
        answering(page, asked)
        key = f"step:{step.id}"
        pull(page, key, days * day_width(page), end)
        expect(page.locator("#what-if")).to_be_visible()
        assert asked[0][0] == [{"key": key, **change}]


def test_the_keyboard_alone_asks_the_same_and_escape_drops_it(visitor_of, step):
    with visitor_of("pm") as pm:
        page, asked = opened(pm), []
        answering(page, asked)
        key = f"step:{step.id}"
        page.locator(".gantt_container").focus()
        for _press in range(40):
            if row(page, key).evaluate("row => row === document.activeElement"):
                break
            page.keyboard.press("ArrowDown")
        expect(row(page, key)).to_be_focused()
        page.keyboard.press("Enter")
        dock = page.locator("#what-if")
        expect(dock.locator('[name="start"]')).to_be_focused()
        expect(dock.locator('[name="workdays"]')).to_have_value("5")
        dock.locator('[name="workdays"]').fill("7")
        expect(dock.locator('[name="finish"]')).to_have_value("2026-12-22")
        page.keyboard.press("Enter")
        expect(dock).to_contain_text("what follows")
        assert asked[0][0] == [{"key": key, "finish": "2026-12-22"}]
        page.keyboard.press("Escape")
        expect(dock).to_be_hidden()
        expect(page.locator(".gantt_row:focus")).to_have_count(1)


def test_a_finish_before_the_start_is_refused_before_anybody_is_asked(visitor_of, step):
    with visitor_of("pm") as pm:
        page, asked = opened(pm), []
        answering(page, asked)
        row(page, f"step:{step.id}").click()
        page.locator("[data-edit]").click()
        page.locator('#what-if [name="finish"]').fill("2026-12-01")
        page.get_by_role("button", name="看看会牵动什么").click()
        expect(page.locator("#what-if [data-wrong]")).to_have_text("结束日早于开始日。")
        assert asked == []


def test_a_refusal_is_one_sentence_under_the_chart(visitor_of, step):
    with visitor_of("pm") as pm:
        page = opened(pm)
        refusal = "<html><main><h1>no</h1><p>Not on a Sunday.</p></main></html>"
        page.route(
            "**/plans/1/what-if",
            lambda route: route.fulfill(body=refusal, content_type="text/html"),
        )
        pull(page, f"step:{step.id}", 60)
        expect(page.locator("#what-if [data-sentence]")).to_have_text("Not on a Sunday.")


def draw_link(page: Page, before: str, after: str) -> None:
    """From the end of the one to the beginning of the other."""
    bar(page, before).scroll_into_view_if_needed()
    bar(page, before).hover()
    handle = bar(page, before).locator(".task_end_date .gantt_link_point").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    box = bar(page, after).bounding_box()
    page.mouse.move(box["x"] - 40, box["y"] + 6, steps=5)
    page.mouse.move(box["x"] + 4, box["y"] + 6, steps=5)
    other = bar(page, after).locator(".task_start_date .gantt_link_point").bounding_box()
    page.mouse.move(other["x"] + other["width"] / 2, other["y"] + other["height"] / 2, steps=3)
    page.mouse.up()


def test_a_drawn_link_is_kept_and_the_one_that_closes_a_circle_is_refused_as_a_path(
    visitor_of, step, later
):
    with visitor_of("pm") as pm:
        page = opened(pm)
        first, second = f"step:{step.id}", f"step:{later.id}"
        with page.expect_navigation():
            draw_link(page, first, second)
        page.wait_for_selector(".gantt_task_line")
        db.session.rollback()
        link = db.session.scalars(db.select(Link).where(Link.pair == f"{first}>{second}")).one()
        assert link.kind is LinkKind.FS
        expect(page.locator(f'.gantt_task_link[data-link-id="{link.id}"]')).to_have_count(1)
        pm.complaints.clear()
        draw_link(page, second, first)
        expect(page.locator("#what-if")).to_contain_text("→")
        # A refused request is told on the console as well.
        assert all("422" in told for told in pm.complaints)
        pm.complaints.clear()


HOSTILE = '<img src=x onerror="document.title=1">"\'><script>alert(1)</script>'


def test_a_hostile_title_is_only_text(visitor_of, step):
    step.title = LocalText(zh=HOSTILE, en=HOSTILE)
    db.session.commit()
    with visitor_of("pm") as pm:
        page = opened(pm)
        key = f"step:{step.id}"
        row(page, key).click()
        expect(row(page, key)).to_contain_text("<img src=x")
        expect(page.locator("#gantt-chosen b")).to_contain_text(HOSTILE)
        page.locator("[data-edit]").click()
        expect(page.locator("#what-if [data-title]")).to_contain_text(HOSTILE)
        bar(page, key).hover()
        assert page.locator("main img").count() == 0
        assert page.title() != "1"


def test_scales_change_by_button_and_by_key_and_rows_fold(visitor_of, step):
    with visitor_of("pm", language="en") as pm:
        page = opened(pm)
        key = f"step:{step.id}"
        row(page, key).click()
        week = place_of(page, key)[1]
        page.keyboard.press("Control+=")
        expect(page.locator('[data-zoom="day"]')).to_have_attribute("aria-pressed", "true")
        assert place_of(page, key)[1] > 2 * week
        page.keyboard.press("Control+-")
        page.keyboard.press("Control+-")
        expect(page.locator('[data-zoom="month"]')).to_have_attribute("aria-pressed", "true")
        assert place_of(page, key)[1] < week
        baselines = page.locator(".yg-baseline").count()
        page.get_by_role("button", name="Fold all", exact=True).click()
        expect(row(page, key)).to_have_count(0)
        expect(page.locator(".yg-baseline")).not_to_have_count(baselines)
        page.get_by_role("button", name="Unfold all").click()
        expect(row(page, key)).to_have_count(1)
        expect(page.locator(".yg-baseline")).to_have_count(baselines)
        # The scale is kept while the tab lives.
        page.reload()
        page.wait_for_selector(".gantt_task_line")
        expect(page.locator('[data-zoom="month"]')).to_have_attribute("aria-pressed", "true")


def test_the_baseline_lies_under_its_bar_and_today_is_named(visitor_of, step):
    with visitor_of("pm") as pm:
        page = opened(pm)
        box = bar(page, f"step:{step.id}").bounding_box()
        under = [b.bounding_box() for b in page.locator(".yg-baseline").all()]
        mine = [b for b in under if 0 <= b["y"] - box["y"] - box["height"] < 6]
        assert len(mine) == 1
        # One week before it, as long as it is.
        assert mine[0]["height"] == 4
        assert abs(box["x"] - mine[0]["x"] - box["width"] * 7 / 5) < 2
        expect(page.locator(".yg-today")).to_have_text("今天")
        expect(page.locator(".yg-estimated").first).to_have_text("推定")


def test_a_reader_can_look_but_not_drag(visitor_of, step):
    with visitor_of("clerk") as clerk:
        page, asked = opened(clerk), []
        answering(page, asked)
        key = f"step:{step.id}"
        before = place_of(page, key)
        pull(page, key, 60)
        assert place_of(page, key) == before
        row(page, key).click()
        page.keyboard.press("Enter")
        expect(page.locator("#what-if")).to_be_hidden()
        expect(page.locator("[data-edit]")).to_have_count(0)
        assert asked == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_is_told_in_a_sentence_and_led_to_the_table(visitor_of, language):
    with visitor_of("pm", phone=True, language=language) as pm:
        page = pm.goes_to(GANTT)
        expect(page.locator(".yg-narrow p")).to_be_visible()
        expect(page.locator("#gantt")).to_be_hidden()
        page.locator(".yg-narrow a").click()
        page.wait_for_url("**/plans/1/tasks")
