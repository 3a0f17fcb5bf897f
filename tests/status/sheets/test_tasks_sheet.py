"""The sheets of tasks, milestones, progress and money: their formulas are the server's rules."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from app.core.i18n import in_language
from app.core.lights import Light
from app.status.health import HealthThresholds, task_health
from app.status.sheets import budget, figures, gantt, milestones, notes, tasks
from app.status.sheets.book import Book, Formula, light_text
from app.tasks.models import TaskState
from app.tasks.progress import half_up
from tests.requirements import needs
from tests.status.sheets.plans import CALENDAR, day, task, with_work, working
from tests.status.sheets.sheets import ZONE, built, column, facts_of, read, texts
from tests.status.states import AT, DAY, empty
from tests.status.test_pack_office import check_sheet, computed_anew, spoiled

SHEETS = (tasks, milestones, figures, budget, notes)
pytestmark = [
    pytest.mark.usefixtures("context"),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]


def rows(sheet: Any, first: int, *columns: int) -> list[tuple[Any, ...]]:
    return [
        tuple(line[c].value for c in columns) for line in sheet.iter_rows(min_row=first + 1)
        if line[columns[0]].value is not None
    ]  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_formula_comes_to_the_server_s_figure(language, tmp_path):
    office = needs("office")
    content = built(facts_of(working(), language), *SHEETS)
    formulas, stored = read(content, is_computed=False), read(content)
    fresh = computed_anew(office, spoiled(content), tmp_path)
    found = 0
    for sheet in formulas.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if c.data_type == "f"):
            want = stored[sheet.title][cell.coordinate].value
            have = fresh[sheet.title][cell.coordinate].value
            assert have == pytest.approx(want), (sheet.title, cell.coordinate, cell.value)
            found += 1
    assert found > 80
    lines = check_sheet(fresh)
    assert len(lines) >= 35
    assert [line for line in lines if line[3] != 0] == []


@pytest.mark.office
def test_what_somebody_changes_shows_in_lights_totals_and_the_check_sheet(tmp_path):
    office = needs("office")
    book = read(built(facts_of(working(), "en"), *SHEETS), is_computed=False)
    row = tasks.rows_of(facts_of(working(), "en"))[104] + 1
    finish = book["Tasks"].cell(row, tasks.BASELINE_FINISH + 1).value
    book["Tasks"].cell(row, tasks.EXPECTED_FINISH + 1).value = finish + timedelta(days=14)
    book["Budget"].cell(budget.FIRST + 1, budget.FORECAST + 1).value = 2000
    changed = BytesIO()
    book.save(changed)
    fresh = computed_anew(office, changed.getvalue(), tmp_path)
    assert fresh["Tasks"].cell(row, tasks.DAYS_LATE + 1).value > 6
    assert fresh["Tasks"].cell(row, tasks.LIGHT + 1).value == "■ Red"
    differing = {line[0] for line in check_sheet(fresh) if line[3] != 0}
    assert {"Days late, task 4", "Light of task 4", "Tasks: ■ Red", "Tasks: ▲ Amber",
            "Forecast in all"} <= differing  # fmt: skip
    assert "Light of task 2" not in differing


@pytest.mark.office
def test_a_light_follows_the_server_s_rule_for_every_mixture_of_its_inputs(tmp_path):
    office, limits = needs("office"), HealthThresholds()
    cases = list(product(
        TaskState, (0, 1, 5, 6), (None, 0.8999, 0.9, 0.9499, 0.95, 1.2), (-1, 0, 1)))  # fmt: skip
    with in_language("zh"):
        book = Book("Lights", "", ZONE, AT)
        sheet = book.add_sheet("Lights")
        for row, (state, late, index, ahead) in enumerate(cases):
            book.put(sheet, row, tasks.STATE, str(state.label))
            book.put(sheet, row, tasks.DAYS_LATE, late)
            book.put(sheet, row, tasks.SPI, "还没有" if index is None else index)
            book.put(sheet, row, tasks.START, DAY + timedelta(days=ahead))
            book.put(sheet, row, tasks.LIGHT, Formula(tasks.light_formula(row), "", "text"))
        notes.write(book, facts_of(working()))
        fresh = computed_anew(office, book.close(), tmp_path)["Lights"]
        wanted = [
            light_text(task_health(
                late, index, is_started=state is not TaskState.not_started, is_due=ahead <= 0,
                is_done=state is TaskState.done, thresholds=limits,
            ).light)
            for state, late, index, ahead in cases
        ]  # fmt: skip
    found = [fresh.cell(row + 1, tasks.LIGHT + 1).value for row in range(len(cases))]
    assert found == wanted
    assert set(wanted) == {"■ 红", "▲ 黄", "● 绿", "○ 灰"}


@pytest.mark.office
def test_halves_are_rounded_alike_by_server_and_worksheet(tmp_path):
    office = needs("office")
    pairs = [(done, planned / 8) for done in range(0, 101, 7) for planned in range(1, 801, 13)]
    pairs += [(13, 32.0), (31, 32.0), (1, 16.0), (1, 1.6)]
    book = Book("Halves", "", ZONE, AT)
    sheet = book.add_sheet("Halves")
    for row, (done, planned) in enumerate(pairs):
        book.put(sheet, row, 0, done / 100)
        book.put(sheet, row, 1, planned / 100)
        book.put(sheet, row, 2, Formula(f"=ROUND(A{row + 1}/B{row + 1},4)", 0))
    fresh = computed_anew(office, book.close(), tmp_path)["Halves"]
    for row, (done, planned) in enumerate(pairs):
        found = fresh.cell(row + 1, 3).value
        assert found == pytest.approx(half_up(done / planned, 4), abs=1e-9), (done, planned)


def drawn(axis: gantt.Axis, sheet: Any, columns: int) -> list[str]:
    """The look of each column's cell by the first formula that holds."""
    names = {0: "done milestone", 1: "milestone", 2: "done", 3: "late", 4: "to do", 5: "baseline"}
    found = []
    for col in range(axis.count):
        fired = [n for n in range(6) if sheet.cell(30 + n, columns + col + 1).value]
        found.append(names[fired[0]] if fired else "")
    return found


@pytest.mark.office
@pytest.mark.parametrize(
    ("title", "done", "wanted"),
    [
        # Eight weeks' baseline, expected two weeks after it, half done: five weeks of ten.
        ("Task", 0.5, ["done"] * 5 + ["to do"] * 3 + ["late"] * 2),
        ("Task", 0, ["to do"] * 8 + ["late"] * 2),
        ("Task", 1, ["done"] * 10),
        ("◆ Milestone", 0, ["to do"] * 8 + ["late", "milestone"]),
        ("◆ Milestone", 1, ["done"] * 9 + ["done milestone"]),
    ],
)
def test_a_bar_is_drawn_from_the_dates_of_its_row(title, done, wanted, tmp_path):
    office = needs("office")
    axis = gantt.axis_of(day("2026-10-05"), day("2026-12-31"))
    columns = gantt.Columns(0, 1, 2, 3, 4, 5)
    book = Book("Bars", "", ZONE, AT)
    sheet = book.add_sheet("Bars")
    with in_language("en"):
        gantt.draw(book, sheet, axis, columns, (3, 3), 2, 7, DAY, CALENDAR)
    row: list[Any] = [title, day("2026-10-12"), day("2026-12-06"), day("2026-10-12"),
                      day("2026-12-20"), done]  # fmt: skip
    for col, value in enumerate(row):
        book.put(sheet, 3, col, value)
    for col in range(axis.count):
        # Each fill comes with the baseline's line and without it, the line alone comes last.
        rules = gantt._rules(book, columns, 3, 2, 7 + col)
        for n, (formula, _look) in enumerate([*rules[1:-1:2], rules[-1]]):
            book.put(sheet, 29 + n, 7 + col, Formula("=" + formula, False, "text"))
    fresh = computed_anew(office, book.close(), tmp_path)["Bars"]
    assert drawn(axis, fresh, 7) == ["", *wanted, *[""] * (axis.count - 11)]


def test_a_long_plan_has_months_and_never_more_columns_than_can_be_read():
    short = gantt.axis_of(day("2026-09-30"), day("2026-10-02"))
    assert (short.count, short.is_by_week, short.starts[0]) == (20, True, day("2026-09-28"))
    year = gantt.axis_of(day("2026-09-28"), day("2027-09-27"))
    assert (year.count, year.is_by_week) == (53, True)
    long = gantt.axis_of(day("2026-09-28"), day("2029-01-15"))
    assert (long.starts[:2], long.is_by_week) == ((day("2026-09-01"), day("2026-10-01")), False)
    longest = gantt.axis_of(date(2026, 1, 1), date(2090, 12, 31))
    assert longest.count <= gantt.MOST
    assert longest.starts[-1] > date(2090, 12, 31)
    assert all(a < b for a, b in zip(longest.starts, longest.starts[1:], strict=False))


def test_the_tasks_sheet_draws_bars_beside_every_row_and_prints_on_two_pages():
    sheet = read(built(facts_of(working()), *SHEETS))["任务"]
    last = tasks.FIRST + 8
    bars = get_column_letter(tasks.BARS + 1)
    areas = [str(area.sqref) for area in sheet.conditional_formatting]
    assert any(area.startswith(f"{bars}{tasks.FIRST + 1}:") and area.endswith(str(last))
               for area in areas)  # fmt: skip
    assert sheet.print_title_cols and sheet.print_title_rows
    assert [b.id for b in sheet.col_breaks.brk] == [tasks.WHY]
    heads = [c.value for c in sheet[tasks.HEAD + 1][tasks.BARS:]]
    assert heads[0].date() == day("2026-09-28")
    assert {sheet.row_dimensions[row].outlineLevel for row in range(tasks.FIRST + 1, last + 1)} \
        == {0, 1}  # fmt: skip


def test_milestones_stand_in_the_order_in_which_they_are_expected():
    facts = facts_of(working(), "en")
    with in_language("en"):
        said = milestones.state_words()
        found = [(m.number, milestones.state_of(m, DAY, said), m.days_late)
                 for m in milestones.milestones_of(facts)]  # fmt: skip
    assert found == [
        ("", "reached", 0), ("1", "reached late", 2), ("1.1", "reached late", 2),
        ("4", "expected late", 1), ("2", "expected late", 10), ("2.2", "expected late", 10),
        ("3", "to come", 0), ("", "to come", 0), ("5", "to come", 0), ("", "to come", 0),
    ]  # fmt: skip


def test_money_is_added_up_in_all_and_by_task():
    sheet = read(built(facts_of(working(), "en"), *SHEETS))["Budget"]
    total = [sheet.cell(budget.TOTAL + 1, c + 1).value for c in range(budget.PLANNED, 10)]
    assert total[:5] == [1700.5, 900, 500, 2150.5, 450]
    assert total[5:] == [pytest.approx(450 / 1700.5), pytest.approx(500 / 1700.5)]
    where = budget.place(facts_of(working(), "en"))
    assert where is not None
    first, last = where.rows
    by_task = rows(sheet, first, budget.TASK, budget.PLANNED, budget.FORECAST, budget.OVER_SHARE)
    assert [row[:3] for row in by_task] == [
        (2, 1500.5, 1650.5), (4, 0, 300), ("–", 200, 200)]  # fmt: skip
    assert by_task[1][3] == "no budget"
    assert last == first + 2
    assert "=1+1" in texts(sheet)


def test_who_reads_no_money_sees_none_and_is_told_so():
    state = working()
    hidden = replace(state, tasks=replace(state.tasks, budget=None), left_out=("task:money",))
    book = read(built(facts_of(hidden, "en"), *SHEETS))
    assert "Left out: not for these eyes." in texts(book["Budget"])
    assert not [name for name in book.defined_names if name.startswith("Budget_")]
    assert budget.place(facts_of(hidden)) is None
    assert any("money: not for these eyes" in text for text in texts(book["Notes"]))


def test_a_plan_without_tasks_says_so_and_refers_to_nothing():
    content = built(facts_of(empty(), "en"), *SHEETS)
    book = read(content, is_computed=False)
    assert "The plan has no tasks yet." in texts(book["Tasks"])
    assert not [name for name in book.defined_names if name.startswith(("Tasks_", "Plan_"))]
    for sheet in book.worksheets:
        formulas = [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert not [f for f in formulas if "Tasks_" in f or "Plan_" in f], sheet.title


def test_the_limits_stand_in_named_cells_as_the_server_has_them():
    book, limits = read(built(facts_of(working()), *SHEETS)), HealthThresholds()
    assert column(book, "Limit_LateDays") == [limits.late_amber_max]
    assert column(book, "Limit_SpiGreen") == [limits.spi_green]
    assert column(book, "Limit_SpiRed") == [limits.spi_red]
    assert column(book, "Data_Day")[0].date() == DAY


def test_dates_of_an_unpublished_year_are_explained():
    facts = facts_of(working(), "en")
    guessed = replace(facts, manifest=replace(facts.manifest, published=()))
    with in_language("en"):
        assert "2027" in notes._estimated(guessed)
        assert notes._estimated(facts).startswith("None:")


def test_two_builds_of_five_hundred_tasks_are_equal_to_the_byte():
    many = tuple(task(n, "2026-10-12", "2027-06-25", n % 101) for n in range(1, 501))
    facts = facts_of(with_work(many))
    assert built(facts, *SHEETS) == built(facts, *SHEETS)


def test_lights_of_the_working_plan_are_of_every_kind():
    lights = {f.light for f in working().findings if f.kind == "task"}
    assert lights == set(Light)
