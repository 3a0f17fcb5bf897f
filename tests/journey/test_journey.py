"""The main job from end to end, as people do it: a manager starts a plan, an owner reports from
the phone, the manager accepts, a head reviews a risk, the scheduler sends real mail, and the
executive takes the pack away. Once in each language, each on an installation of its own.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from app.plans.template import load_template
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from tests.journey.conftest import PASSWORD, Installation, Visitor

# The scheduler ticks once a minute; a mail may just have missed one tick.
SENT_WITHIN = 130.0

TOLD = {
    "zh": SimpleNamespace(
        company="远山服务有限公司", training="培训部", admin="管理员", manager="许文静",
        owner="周敏", head="罗国平", executive="梁永康",
        done="走访了三个窗口，记下 42 次接待。",
        problem="夜班由谁当讲师还没有定", promise="接待流程图初稿发给各部门",
        comment="首期名单已定，讲师只有一位。", asked_for="需要您答复", hello="罗国平",
        pack="状态包",
    ),
    "en": SimpleNamespace(
        company="Farhill Services", training="Training", admin="Ada Admin", manager="Wendy Hsu",
        owner="Min Zhou", head="George Law", executive="Ken Leung",
        done="Watched three desks and noted 42 receptions.",
        problem="Nobody is named to teach the night shift",
        promise="Draft of the flow charts sent to the departments",
        comment="The first list is fixed; there is one trainer only.", asked_for="George Law",
        hello="Hello George Law", pack="Status packs",
    ),
}  # fmt: skip


def first_monday() -> date:
    """This week's Monday, or the last one in whose week anybody works: so that a report of that
    week can be written today."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    week, calendar = IsoWeek.of(today), WorkCalendar()
    while not any(calendar.is_workday(day) for day in week.days):
        week = week.previous()
    return week.monday


def mail_to(place: Installation, address: str, words: str) -> EmailMessage:
    """The mail that says `words`, once the scheduler has sent it."""
    until = time.monotonic() + SENT_WITHIN
    while time.monotonic() < until:
        for mail in list(place.postbox.mails):
            if mail["To"].addresses[0].addr_spec == address and words in mail["Subject"]:
                return mail
        time.sleep(0.1)
    pytest.fail(
        f"no mail about {words!r} to {address} within {SENT_WITHIN:.0f} s; there are "
        f"{[(m['To'], m['Subject']) for m in place.postbox.mails]}"
    )


def add_people(place: Installation, lang: str, told: Any) -> None:
    for key, *options in (
        ("admin", "--admin"),
        ("manager", "--may-start-plans"),
        ("owner",),
        ("head",),
        ("executive",),
    ):
        place.flask(
            "user", "add", f"{key}@company.example", "--name", getattr(told, key),
            "--lang", lang, "--password-stdin", *options, typed=f"{PASSWORD}\n",
        )  # fmt: skip


def works_today_and_tomorrow(admin: Visitor) -> None:
    """Mail rests on days off, and this test runs on any day."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for day in (today, today + timedelta(days=1)):
        if not WorkCalendar().is_workday(day):
            admin.goes_to("/admin/calendar")
            admin.page.fill("main [name=on]", day.isoformat())
            admin.page.check("main [name=kind][value=work]")
            admin.goes_on()


def keeps_no_quiet_hours(person: Visitor) -> None:
    """Nor at night does it come: this test runs at any hour."""
    person.goes_to("/account/reminders")
    person.fills(quiet_from="00:00", quiet_until="00:00")
    person.goes_on()


@pytest.mark.browser
# openpyxl says so of the data bars, which it does not read.
@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_from_the_template_to_the_executives_pack(
    installation: Installation, visit: Callable[..., Visitor]
) -> None:
    place, lang = installation, installation.language
    told, template = TOLD[lang], load_template("reception")
    tasks = [task["title"][lang] for task in template["tasks"]]
    add_people(place, lang, told)

    with visit("admin") as admin:
        admin.goes_to("/admin/departments/new")
        admin.fills(name=told.training, head_id=told.head)
        admin.goes_on()
        expect(admin.page.get_by_role("row", name=told.training)).to_contain_text(told.head)
        works_today_and_tomorrow(admin)

    with visit("head", phone=True) as head:
        keeps_no_quiet_hours(head)

    with visit("manager") as manager:
        plan = starts_a_plan(manager, told, template["title"][lang])
        for title in tasks:
            expect(manager.page.get_by_text(title).first).to_be_visible()

    with visit("owner", phone=True) as owner:
        writes_the_report(owner, told, plan)

    with visit("manager") as manager:
        accepts_the_report(manager, told, plan)

    with visit("head", phone=True) as head:
        risk = template["risks"][0]["title"][lang]
        reviews_the_risk(head, told, plan, risk)

    mail = mail_to(place, "head@company.example", told.problem)
    body = mail.get_body(("plain",)).get_content()
    assert told.hello in body and place.url in body
    assert mail["Content-Language"] == {"zh": "zh-CN", "en": "en"}[lang]
    with visit("manager") as manager:
        manager.goes_to(f"{plan}/reminders")
        expect(manager.page.get_by_text(told.problem).first).to_be_visible()

    with visit("executive") as executive:
        executive.goes_to("/")
        expect(executive.page.get_by_text(tasks[0]).first).to_be_visible()
        workbook = load_workbook(BytesIO(takes_the_pack_away(executive, told, plan)))
        cells = {
            cell.value for sheet in workbook for row in sheet.iter_rows() for cell in row
            if isinstance(cell.value, str)
        }  # fmt: skip
        told_there = [row["title"][lang] for part in ("tasks", "risks", "indicators")
                      for row in template[part]]  # fmt: skip
        assert len(told_there) == 5 + 5 + 4
        missing = [title for title in told_there if not any(title in text for text in cells)]
        assert not missing, f"not in the pack: {missing}"


def starts_a_plan(manager: Visitor, told: Any, title: str) -> str:
    """The guided start, with people for what is known; answers the plan's path."""
    manager.goes_to("/plans/new")
    manager.fills(company=told.company, start_on=first_monday().isoformat())
    manager.goes_on()
    manager.fills(
        prepared_by_id=told.manager, reviewed_by_id=told.head, approved_by_id=told.executive,
        owner_1=told.owner,
    )  # fmt: skip
    manager.page.locator("#executive_ids").get_by_label(told.executive).check()
    manager.goes_on()
    expect(manager.page.locator('[name="task_1_start_on"]')).not_to_have_value("")
    manager.goes_on()
    expect(manager.page.get_by_role("heading", level=1)).to_contain_text(title)
    return manager.path()


def writes_the_report(owner: Visitor, told: Any, plan: str) -> None:
    """The week's report: how far, what was done, a problem for somebody, a promise."""
    page = owner.goes_to(f"{plan}/reports")
    owner.goes_on()
    owner.fills(percent="20", done_text=told.done)
    page.locator('[data-add-row="problem"]').click()
    answer_on = first_monday() + timedelta(days=14)
    owner.fills(**{
        "problem-0-title": told.problem, "problem-0-owner_id": told.head,
        "problem-0-answer_due_on": answer_on.isoformat(), "line-0-text": told.promise,
    })  # fmt: skip
    owner.goes_on()
    for words in (told.done, told.problem, told.promise):
        expect(page.get_by_text(words).first).to_be_visible()


def accepts_the_report(manager: Visitor, told: Any, plan: str) -> None:
    page = manager.goes_to(f"{plan}/reports")
    page.locator('main .yb-side a[href^="/reports/"]').first.click()
    expect(page.get_by_text(told.done).first).to_be_visible()
    manager.goes_on()
    expect(page.locator(".yb-flash")).to_be_visible()
    expect(page.locator(".yb-btn.is-primary")).to_have_count(0)


def reviews_the_risk(head: Visitor, told: Any, plan: str, risk: str) -> None:
    """The first review of the department's risk: 3 × 4, from the phone."""
    page = head.goes_to(f"{plan}/risks")
    page.get_by_role("link", name=risk).filter(visible=True).first.click()
    page.wait_for_url("**/risks/*")
    path = head.path()
    page.locator('label[for="probability-3"]').click()
    page.locator('label[for="impact-4"]').click()
    head.fills(comment=told.comment)
    head.goes_on()
    expect(page.locator(".yb-flash")).to_be_visible()
    head.goes_to(path)
    expect(page.get_by_text(told.comment).first).to_be_visible()
    expect(page.locator(".yb-risk").first).to_contain_text("12")


def takes_the_pack_away(executive: Visitor, told: Any, plan: str) -> bytes:
    """Build a status pack on its page and download it."""
    page = executive.goes_to(f"{plan}/packs")
    executive.goes_on()
    link = page.locator('a[href$=".xlsx"], a[download]').first
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()
