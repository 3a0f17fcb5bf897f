"""Formulas over the lists of the notes count working days as the calendar does."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import DayKind, WorkCalendar
from app.status.packs.manifest import AROUND
from app.status.sheets import notes
from app.status.sheets.book import Book, Formula
from app.status.sheets.formulas import near
from app.status.sheets.workdays import (
    Exceptions,
    days_after,
    exceptions_of,
    share_passed,
)
from app.tasks.progress import days_late, planned_percent
from tests.requirements import needs
from tests.status.sheets.sheets import ZONE, built, facts_of, read, rich
from tests.status.states import AT
from tests.status.test_pack_office import computed_anew, spoiled

# A week of holidays with its make-up days, the turn of the year, a company's own days.
CALENDAR = WorkCalendar(overrides={
    date(2026, 11, 18): DayKind.company_off, date(2026, 11, 21): DayKind.company_work,
    date(2026, 11, 22): DayKind.company_off,
})  # fmt: skip
FIRST = date(2026, 9, 17)
DAYS = [FIRST + timedelta(days=n) for n in range(0, 130, 3)]
DAY = date(2026, 11, 25)


def exceptions(calendar: WorkCalendar = CALENDAR) -> Exceptions:
    return exceptions_of(rich(), calendar)


@pytest.mark.office
@pytest.mark.usefixtures("context")
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("calendar", [CALENDAR, WorkCalendar()])
def test_a_worksheet_comes_to_what_the_calendar_says(calendar, tmp_path):
    office, found = needs("office"), exceptions(calendar)
    book = Book("Days", "http://pack.example", ZONE, AT)
    sheet = book.add_sheet("Days")
    for col, (name, days) in enumerate(
        (("Calendar_DaysOff", found.off), ("Calendar_DaysWorked", found.worked)), start=10
    ):
        for n, day in enumerate(days):
            book.put(sheet, n, col, day)
        book.define(name, sheet, 0, col, len(days) - 1, col)
    pairs = [(start, end) for start in DAYS for end in DAYS[::4]]
    wanted = []
    for row, (start, end) in enumerate(pairs):
        first, last = min(start, end), max(start, end)
        late = max(0, days_late(start, end, calendar))
        share = planned_percent(first, last, DAY, calendar) / 100
        for col, day in enumerate((start, end, first, last, DAY)):
            book.put(sheet, row, col, day)
        a, b, c, d, e = (near(row, col) for col in range(5))
        book.put(sheet, row, 5, Formula("=" + days_after(a, b, found), late))
        book.put(sheet, row, 6, Formula("=" + share_passed(c, d, e, found), share))
        wanted.append((late, share))
    fresh = computed_anew(office, spoiled(book.close()), tmp_path)["Days"]
    for n, (late, share) in enumerate(wanted, start=1):
        assert fresh.cell(n, 6).value == late, pairs[n - 1]
        assert fresh.cell(n, 7).value == pytest.approx(share, abs=1e-9), pairs[n - 1]
    assert len({late for late, _share in wanted}) > 40


@given(first=st.dates(date(2020, 1, 1), date(2035, 1, 1)), days=st.integers(0, 700))
def test_the_lists_say_of_each_day_what_the_calendar_says(first, days):
    plain = rich()
    last = first + timedelta(days=days)
    state = replace(plain, plan=replace(plain.plan, start_on=first, finish_on=last), today=last)
    found = exceptions_of(state, CALENDAR)
    assert found.cover(first, last)
    assert not found.cover(found.last + timedelta(days=1))
    day = first
    while day <= last:
        works = day.weekday() < 5
        if day in found.off or day in found.worked:
            works = not works
        assert works is CALENDAR.is_workday(day)
        day += timedelta(days=1)


def test_a_mistyped_year_does_not_fill_the_notes_with_centuries():
    plain = rich()
    far = replace(plain.tasks.actions[0], due_on=date(9999, 12, 31))
    state = replace(plain, tasks=replace(plain.tasks, actions=(far,)))
    found = exceptions_of(state, CALENDAR)
    assert found.last == state.plan.finish_on + AROUND
    assert found.cover(state.plan.start_on, state.today)
    assert not found.cover(far.due_on)


@pytest.mark.usefixtures("context")
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize(("language", "holiday"), [("zh", "国庆节"), ("en", "National Day")])
def test_the_notes_name_the_days(language, holiday):
    book = read(built(facts_of(rich(), language), notes))
    sheet = book.worksheets[0]
    said = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
    days = {key.date(): text for key, text in said.items() if hasattr(key, "date")}
    assert holiday in days[date(2026, 10, 1)]
    assert days[date(2026, 10, 10)] == {
        "zh": "周末上班（调休）", "en": "worked, although at the weekend",
    }[language]  # fmt: skip
