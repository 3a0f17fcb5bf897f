"""A year from a file: seen before it is applied, applied as one change, refused with its line."""

import io
import re
from datetime import date

import pytest

from app.accounts.models import Department
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.registries import PlanDate, plan_dates
from app.plans import daybook
from app.plans.calendar_import import (
    FileRefused,
    Import,
    calendar_stamp,
    import_year,
    preview_import,
    text_of,
)
from app.plans.calendars import calendar_for, work_calendar
from app.plans.models import CalendarDay, DaySource
from app.plans.workcalendar import DayKind
from app.tasks.models import OffDay, Task
from tests.conftest import NOW
from tests.sql import counted

# A made-up arrangement: a weekday off, a weekend day worked, the law's own days named too.
FILE = """日期,类型,名称
2027-01-01,放假,元旦
2027-02-09,放假,春节
2027-02-10,放假,春节
2027-02-14,上班,春节调休
"""
FIRST, TUESDAY, SUNDAY = date(2027, 1, 1), date(2027, 2, 9), date(2027, 2, 14)


def wish(text=FILE, *, is_whole=True, year=2027):
    return Import(year, text, "2027.csv", is_whole)


def bring_in(people, asked=None):
    asked = asked or wish()
    return import_year(asked, calendar_stamp(asked.year), actor=people.admin, now=NOW)


def look(people, asked=None, lang="zh"):
    return preview_import(asked or wish(), lang, actor=people.admin, now=NOW)


def rows():
    return {row.on: row for row in db.session.scalars(db.select(CalendarDay))}


@pytest.fixture
def task(plan):
    """A task whose last day the file turns into a day off."""
    row = db.session.scalars(db.select(Task).where(Task.plan_id == plan.id, Task.number == 5)).one()
    row.start_on, row.finish_on, row.off_day = date(2027, 1, 18), TUESDAY, OffDay.following
    plan.finish_on = max(plan.finish_on, TUESDAY)
    db.session.commit()
    return row


@pytest.fixture
def answers():
    """Features that answer where the plan's tasks stand, instead of the real ones."""
    kept = dict(plan_dates._rows)
    plan_dates._rows.clear()

    def tasks(plan_id, viewer, now):
        return [
            PlanDate(f"task:{t.id}", "task", t.title, f"/tasks/{t.id}", t.start_on, t.finish_on)
            for t in db.session.scalars(db.select(Task).where(Task.plan_id == plan_id))
        ]

    plan_dates.add("tasks", tasks)
    yield
    plan_dates._rows.clear()
    plan_dates._rows.update(kept)


def test_an_imported_year_is_no_longer_estimated(people):
    assert work_calendar().is_estimated(TUESDAY)
    bring_in(people)
    calendar = work_calendar()
    assert not any(calendar.is_estimated(date(2027, month, 20)) for month in range(1, 13))
    assert calendar.is_estimated(date(2028, 1, 4))
    assert calendar.kind(TUESDAY) is DayKind.holiday and calendar.kind(SUNDAY) is DayKind.makeup
    assert calendar.reason(TUESDAY, "zh").name == "春节"
    assert "Spring Festival" in calendar.reason(TUESDAY, "en").name
    # What the law fixes stays, named in the file or not.
    assert calendar.kind(date(2027, 5, 1)) is DayKind.holiday


def test_single_days_settle_themselves_and_nothing_else(people):
    bring_in(people, wish(is_whole=False))
    calendar = work_calendar()
    assert not calendar.is_estimated(TUESDAY) and not calendar.is_estimated(FIRST)
    assert calendar.is_estimated(date(2027, 3, 1))


def test_a_second_import_of_the_same_file_changes_nothing(people):
    assert len(bring_in(people)) == 4
    before = db.session.scalar(db.select(db.func.count()).select_from(AuditEntry))
    assert bring_in(people) == [] and look(people).days == ()
    assert db.session.scalar(db.select(db.func.count()).select_from(AuditEntry)) == before


def test_a_corrected_file_takes_back_what_the_first_had_wrong(people):
    bring_in(people)
    daybook.set_day(date(2027, 3, 15), False, "年会", actor=people.admin, now=NOW)
    corrected = wish("date,workday or off\n2027-01-01,off\n2027-02-09,work\n")
    preview = look(people, corrected)
    assert [(d.on, d.change) for d in preview.days] == [
        (TUESDAY, "changed"), (date(2027, 2, 10), "removed"), (SUNDAY, "removed")]  # fmt: skip
    bring_in(people, corrected)
    calendar = work_calendar()
    assert calendar.is_workday(TUESDAY) and not calendar.is_workday(SUNDAY)
    # The company's own days are its own.
    assert calendar.kind(date(2027, 3, 15)) is DayKind.company_off
    assert not calendar.is_estimated(date(2027, 6, 1))


def test_the_companys_own_day_yields_to_a_file_that_says_otherwise(people):
    daybook.set_day(TUESDAY, False, "年会", actor=people.admin, now=NOW)
    assert [d.on for d in look(people).days if d.change == "changed"] == [TUESDAY]
    bring_in(people, wish("date,workday or off\n2027-02-09,work"))
    assert rows()[TUESDAY].source is DaySource.published
    assert work_calendar().kind(TUESDAY) is DayKind.workday


def test_an_official_year_takes_only_what_differs(people):
    text = "date,workday or off\n2026-10-01,off\n2026-12-31,off\n2026-12-30,work"
    changes = bring_in(people, wish(text, year=2026))
    assert [c.on for c in changes] == [date(2026, 12, 31)]


def test_a_departments_day_is_imported_for_it_alone(people):
    it = db.session.scalars(db.select(Department).where(Department.key == "it")).one()
    text = "date,workday or off,name,department\n2027-03-02,off,机房停电,IT\n2027-01-01,off,,\n"
    preview = look(people, wish(text), "en")
    assert [d.department.in_language("en") for d in preview.days if d.department] == ["IT"]
    bring_in(people, wish(text))
    assert not calendar_for(it.id, None).is_workday(date(2027, 3, 2))
    assert work_calendar().is_workday(date(2027, 3, 2))
    assert bring_in(people, wish(text)) == []


def test_the_preview_says_what_would_count_differently_and_keeps_nothing(people, task, answers):
    preview = look(people)
    assert [(d.on, d.change, d.after.kind) for d in preview.days] == [
        (FIRST, "confirmed", DayKind.holiday),
        (TUESDAY, "added", DayKind.holiday),
        (date(2027, 2, 10), "added", DayKind.holiday),
        (SUNDAY, "added", DayKind.makeup),
    ]
    assert preview.becomes_official and preview.confirmed == 1
    assert rows() == {} and task.finish_on == TUESDAY
    assert work_calendar().is_workday(TUESDAY)


def test_the_administrator_sees_how_many_dates_move_and_not_which(people, task, answers):
    (moves,) = look(people).plans
    assert moves.counts == (("task", 1),) and moves.rows is None


def test_with_a_part_in_the_plan_the_dates_themselves(people, task, answers, plan):
    people.pm.is_admin = True
    preview = preview_import(wish(), "zh", actor=people.pm, now=NOW)
    (row,) = preview.plans[0].rows
    assert (row.before.last_on, row.after.last_on) == (TUESDAY, date(2027, 2, 11))


def test_what_the_preview_showed_is_what_the_import_does(people, task, answers):
    people.pm.is_admin = True
    preview = preview_import(wish(), "zh", actor=people.pm, now=NOW)
    import_year(wish(), preview.seen, actor=people.pm, now=NOW)
    db.session.refresh(task)
    (row,) = preview.plans[0].rows
    assert task.finish_on == row.after.last_on
    for day in preview.days:
        assert work_calendar().reason(day.on, "zh") == day.after


def test_the_import_is_one_entry_of_the_trail(people):
    bring_in(people)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "imported")).one()
    assert entry.object_type == "calendar_years" and entry.object_id == 2027
    assert entry.actor_id == people.admin.id
    assert entry.changes["file"] == [None, "2027.csv"]
    assert entry.changes["2027-02-09"] == [None, {"is_workday": False, "name": "春节"}]


def test_a_stale_preview_is_refused(people):
    seen = look(people).seen
    daybook.set_day(date(2027, 3, 15), False, "年会", actor=people.admin, now=NOW)
    with pytest.raises(Conflict):
        import_year(wish(), seen, actor=people.admin, now=NOW)
    assert TUESDAY not in rows()


def test_only_an_administrator_imports(people, client_of):
    for call in (
        lambda: preview_import(wish(), "zh", actor=people.pm, now=NOW),
        lambda: import_year(wish(), calendar_stamp(2027), actor=people.pm, now=NOW),
    ):
        with pytest.raises(Forbidden):
            call()
    for path in ("/admin/calendar/import", "/admin/calendar/example"):
        assert client_of("pm").get(path).status_code == 404
    for path in ("/admin/calendar/import", "/admin/calendar/import/apply"):
        assert client_of("pm").post(path, data={"year": "2027"}).status_code == 404


@pytest.mark.parametrize("year", [1999, 2150])
def test_a_year_out_of_reach_is_refused(people, year):
    with pytest.raises(DomainError):
        look(people, wish(f"date,off\n{year}-01-04,yes", year=year))


def test_a_wrong_file_is_refused_with_its_name_and_every_line(people, client_of):
    with pytest.raises(FileRefused) as refused:
        text_of("日期,类型\n1/2/27,放假\n2027-02-30,放假".encode("gbk"), "放假.csv", 2027)
    assert len(refused.value.sentences) == 2
    many = "date,off\n" + "soon,yes\n" * 50
    with pytest.raises(FileRefused) as refused:
        text_of(many.encode(), "x.csv", 2027)
    assert len(refused.value.sentences) == 21
    page = upload(client_of("admin", "en"), "date,workday or off\n1/2/27,off\n")
    assert page.status_code == 422
    assert "year.csv, line 2: “1/2/27” could be several days" in page.text
    assert rows() == {}


def test_a_long_file_costs_no_more_statements_than_a_short_one(people):
    long = "date,workday or off\n" + "".join(
        f"2027-{month:02}-{day:02},off\n" for month in range(1, 13) for day in range(1, 28)
    )

    def cost(text):
        with counted() as statements:
            changes = bring_in(people, wish(text))
        assert changes
        return len(statements)

    small = cost("date,workday or off\n2027-02-09,off\n2027-02-10,off\n")
    assert cost(long) <= small + 4 <= 24


def upload(client, content, year="2027", **more):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(
        "/admin/calendar/import",
        data={"year": year, "is_whole": "y", "file": (io.BytesIO(data), "year.csv"), **more},
        content_type="multipart/form-data",
    )


def hidden(page):
    """The preview's own fields, as a browser sends them back."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.text)
    import html

    fields = {}
    for tag in found:
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and name[1] in ("year", "text", "filename", "is_whole", "seen"):
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


def test_the_page_leads_from_the_file_over_the_preview_to_the_calendar(client_of, context):
    admin = client_of("admin", "en")
    assert admin.get("/admin/calendar/import?year=2027").status_code == 200
    page = upload(admin, FILE.encode("gbk"))
    assert page.status_code == 200 and "3 days of 2027 would change" in page.text
    assert rows() == {}
    fields = hidden(page)
    assert fields["year"] == "2027" and "春节" in fields["text"]
    assert admin.post("/admin/calendar/import/apply", data=fields).status_code == 303
    assert not work_calendar().is_workday(TUESDAY)
    text = admin.get("/admin/calendar?year=2027").text
    assert "not published yet" not in text and "4 days of 2027 are imported" in text


def test_a_preview_that_grew_old_is_shown_anew(client_of, people):
    admin = client_of("admin", "en")
    fields = hidden(upload(admin, FILE))
    day = {"on": "2027-03-15", "kind": "off", "name": "x", "sure": "1"}
    admin.post("/admin/calendar", data=day)
    page = admin.post("/admin/calendar/import/apply", data=fields)
    assert page.status_code == 409 and "changed since this preview" in page.text
    assert TUESDAY not in rows()
    assert admin.post("/admin/calendar/import/apply", data=hidden(page)).status_code == 303


def test_what_travels_with_the_preview_is_read_again(client_of, context):
    admin = client_of("admin", "en")
    fields = hidden(upload(admin, FILE))
    assert (
        admin.post(
            "/admin/calendar/import/apply", data={**fields, "text": "no calendar"}
        ).status_code
        == 422
    )
    for wrong in ({}, {"year": "x"}, {**fields, "year": "99999"}, {**fields, "text": "\x00"}):
        assert admin.post("/admin/calendar/import/apply", data=wrong).status_code in (409, 422)
    assert rows() == {}


@pytest.mark.parametrize("year", ["", "x", "1999", str(2**40)])
def test_a_year_that_is_none_is_asked_for_again(client_of, context, year):
    assert upload(client_of("admin"), FILE, year).status_code == 422


def test_no_file_and_an_empty_one(client_of, context):
    admin = client_of("admin", "en")
    assert "choose a file" in admin.post("/admin/calendar/import", data={"year": "2027"}).text
    assert "no day in the file" in upload(admin, b"").text
    assert "larger than 200 KB" in upload(admin, b"x" * 200_001).text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_example_is_read_back_without_a_change(client_of, context, lang):
    admin = client_of("admin", lang)
    bytes_ = admin.get("/admin/calendar/example?year=2026").data
    assert bytes_.startswith(b"\xef\xbb\xbf")
    page = upload(admin, bytes_, "2026")
    assert page.status_code == 200 and 'id="apply"' not in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_imported_years_example_says_the_same_in_either_language(people, client_of, lang):
    bring_in(people)
    db.session.commit()
    admin = client_of("admin", lang)
    page = upload(admin, admin.get("/admin/calendar/example?year=2027").data)
    assert page.status_code == 200 and 'id="apply"' not in page.text
