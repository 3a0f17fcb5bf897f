"""Sheet of the tasks, each followed by its steps, with their bars beside them.

Days late, what should stand, SPI, lights and the plan's line are formulas over the rows; what is
expected when is the schedule's to say.
"""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.core.lights import Light, worst
from app.status.findings import finding_lead, finding_sentence
from app.status.sheets import gantt
from app.status.sheets.book import (
    INK_2,
    LIGHT_COLOURS,
    LINE,
    SOFT,
    TINT,
    Book,
    Column,
    Day,
    Formula,
    Link,
    Styled,
    light_text,
    quoted,
)  # fmt: skip
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, light_constant, near
from app.status.sheets.workdays import days_after, share_passed
from app.tasks.models import TaskState
from app.tasks.progress import half_up, planned_percent
from app.tasks.state import StepRow, TaskRow

(
    NUMBER, TITLE, OWNER, DEPARTMENT, BASELINE_START, BASELINE_FINISH, START, FINISH,
    EXPECTED_START, EXPECTED_FINISH, DAYS_LATE, WEIGHT, PLANNED, DONE, SPI, STATE, CRITICAL, LIGHT,
    WHY,
) = range(19)  # fmt: skip
PLAN, COUNTS, HEAD, FIRST = 2, 3, 4, 5
BARS = WHY + 2
# The lights as their counts stand in a row, the worst first.
LIGHTS = (Light.red, Light.amber, Light.green, Light.grey)
COUNTED = dict(zip(LIGHTS, (OWNER, DEPARTMENT, BASELINE_FINISH, FINISH), strict=True))
# The bars begin at them; folded away, for the table is wide enough without.
FOLDED = (BASELINE_START, START, EXPECTED_START)
NAMES = {
    "Tasks_Number": NUMBER, "Tasks_Weight": WEIGHT, "Tasks_BaselineFinish": BASELINE_FINISH,
    "Tasks_ExpectedFinish": EXPECTED_FINISH, "Tasks_DaysLate": DAYS_LATE,
    "Tasks_Planned": PLANNED, "Tasks_Done": DONE, "Tasks_SPI": SPI, "Tasks_State": STATE,
    "Tasks_Light": LIGHT,
}  # fmt: skip
# What a sheet of A4 on its side holds between the margins, in pixels of a screen.
PAGE_PIXELS = 950
PALE = (("font_color", INK_2),)
LATE_FORMAT = (("num_format", '0;-0;"–"'),)
GANTT = gantt.Columns(
    TITLE, BASELINE_START, BASELINE_FINISH, EXPECTED_START, EXPECTED_FINISH, DONE, CRITICAL
)


def sheet_title() -> str:
    return _("Tasks")


def rows_of(facts: PackFacts) -> dict[int, int]:
    """The row of each task by its id, before anything is written; its steps follow it."""
    found, row = {}, FIRST
    steps = _steps_by_task(facts)
    for task in facts.state.tasks.tasks:
        found[task.id] = row
        row += 1 + len(steps.get(task.id, ()))
    return found


def write(book: Book, facts: PackFacts) -> None:
    """The plan's line, tasks with their steps, and the bars."""
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Tasks and steps"),
                 _("Days late are working days of the expected finish against the baseline"))
    tasks, steps = facts.state.tasks.tasks, _steps_by_task(facts)
    said = {
        f.object_id: f"{finding_lead(f, facts.state)} {finding_sentence(f, facts.state)}"
        for f in facts.state.findings
        if f.kind == "task"
    }
    rows: list[list[Any]] = []
    levels: list[int] = []
    words_of = {state: str(state.label) for state in TaskState}
    for task in tasks:
        rows.append(_task(facts, task, FIRST + len(rows), words_of, said.get(task.id, "")))
        rows += [_step(facts, task, step, FIRST + len(rows) + n, words_of)
                 for n, step in enumerate(steps.get(task.id, ()))]  # fmt: skip
        levels += [0] + [1] * len(steps.get(task.id, ()))
    last = book.table(sheet, _columns(), rows, top=HEAD, levels=levels,
                      empty=_("The plan has no tasks yet."))  # fmt: skip
    sheet.outline_settings(symbols_below=False)
    right = WHY
    if tasks:
        for name, col in NAMES.items():
            book.define(name, sheet, FIRST, col, last, col)
        book.light_colours(sheet, PLAN, LIGHT, last, LIGHT)
        sheet.conditional_format(FIRST, DONE, last, DONE, {
            "type": "data_bar", "bar_color": SOFT, "bar_solid": True, "min_type": "num",
            "max_type": "num", "min_value": 0, "max_value": 1, "data_bar_2010": True,
        })  # fmt: skip
        _plan_line(book, sheet, facts)
        _counts(book, sheet, facts)
        _checks(book, facts)
        right = _bars(book, sheet, facts, last)
    _page(sheet, last, right)


def planned_exactly(facts: PackFacts, task: TaskRow) -> float:
    """The share (0–100) that should stand at the end of yesterday, not rounded: SPI is over it."""
    return planned_percent(
        task.baseline_start_on, task.baseline_finish_on, facts.state.today - timedelta(days=1),
        facts.calendar,
    )  # fmt: skip


def plan_spi(facts: PackFacts) -> float | None:
    """Done by planned of the whole plan, weighted by task; None while nothing is planned."""
    tasks = facts.state.tasks.tasks
    planned = sum(t.weight * planned_exactly(facts, t) for t in tasks)
    done = sum(t.weight * t.percent for t in tasks)
    return half_up(done / planned, 4) if planned > 0 else None


def light_formula(row: int) -> str:
    """The rule of a task's light (`app.status.health.task_health`) over the cells of its row."""
    state, late, spi = near(row, STATE), near(row, DAYS_LATE), near(row, SPI)
    red, amber, green, grey = (light_constant(light) for light in LIGHTS)

    def below(limit: str) -> str:
        return f"AND(ISNUMBER({spi}),{spi}<{limit}-0.000000001)"

    waits = f"AND({state}={quoted(TaskState.not_started.label)},{near(row, START)}>{gantt.TODAY})"
    return (
        f"=IF({state}={quoted(TaskState.done.label)},{green},"
        f"IF({late}>Limit_LateDays,{red},IF({below('Limit_SpiRed')},{red},"
        f"IF({late}>0,{amber},IF({below('Limit_SpiGreen')},{amber},"
        f"IF({waits},{grey},{green}))))))"
    )


def _steps_by_task(facts: PackFacts) -> dict[int, list[StepRow]]:
    found: dict[int, list[StepRow]] = {}
    for step in facts.state.tasks.steps:
        found.setdefault(step.task_id, []).append(step)
    return found


def _task(
    facts: PackFacts, task: TaskRow, row: int, words_of: dict[TaskState, str], why: str
) -> list[Any]:
    is_late = task.days_late > 0
    done, planned = near(row, DONE), near(row, PLANNED)
    late: Any = task.days_late
    should: Any = planned_exactly(facts, task) / 100
    if _is_counted(facts, task):
        late = Formula("=" + days_after(near(row, BASELINE_FINISH), near(row, EXPECTED_FINISH),
                                        facts.exceptions), late, "centre")  # fmt: skip
        should = Formula("=" + share_passed(near(row, BASELINE_START), near(row, BASELINE_FINISH),
                                            f"({gantt.TODAY}-1)", facts.exceptions), should,
                         "percent")  # fmt: skip
    return [
        Link(f"/tasks/{task.id}", task.number), Styled(task.title, "wrap", bold=True),
        facts.person(task.owner_id), words(facts.department(task.department_id)),
        task.baseline_start_on, task.baseline_finish_on, task.start_on, task.finish_on,
        task.expected_start_on, Day(task.expected_finish_on, task.is_estimated, is_late),
        Styled(late, "centre", bold=is_late, props=LATE_FORMAT), task.weight,
        should, task.percent / 100,
        Formula(f"=IF({planned}>0,ROUND({done}/{planned},4),{quoted(_('none yet'))})",
                _("none yet") if task.spi is None else task.spi, "ratio"),
        words_of[task.state], _("yes") if task.is_critical else "",
        Styled(Formula(light_formula(row), light_text(facts.light("task", task.id)), "centre"),
               "centre", bold=True),
        why,
    ]  # fmt: skip


def _is_counted(facts: PackFacts, task: TaskRow) -> bool:
    """Whether the notes hold all days off between the task's dates."""
    return facts.exceptions.cover(
        task.baseline_start_on, task.baseline_finish_on, task.expected_finish_on,
        facts.state.today,
    )  # fmt: skip


def _step(
    facts: PackFacts, task: TaskRow, step: StepRow, row: int, words_of: dict[TaskState, str]
) -> list[Any]:  # fmt: skip
    title = ("◆ " if step.is_milestone else "") + words(step.title)
    state = (words_of[TaskState.done] if step.done_on else _("overdue") if step.is_overdue
             else _("not finished"))  # fmt: skip
    late: Any = step.days_late if step.is_overdue else ""
    if step.is_overdue and facts.exceptions.cover(step.finish_on, facts.state.today):
        late = Formula("=" + days_after(near(row, FINISH), gantt.TODAY, facts.exceptions), late,
                       "centre")  # fmt: skip
    return [
        Styled(f"{task.number}.{step.number}", "centre", props=PALE),
        Styled(title, "wrap", props=(*PALE, ("indent", 1))), "", "",
        step.baseline_start_on or "", step.baseline_finish_on or "", step.start_on,
        step.finish_on, step.expected_start_on, step.expected_finish_on,
        Styled(late, "centre", bold=True) if step.is_overdue else "", "", "",
        step.percent / 100, "", state, _("yes") if step.is_critical else "", "", "",
    ]  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column(_("No."), "centre", 6), Column(_("Task or step"), "text", 34),
        Column(_("Owner"), "text", 14), Column(_("Department"), "text", 14),
        Column(_("Baseline start"), "date", 11), Column(_("Baseline finish"), "date", 11),
        Column(_("Committed start"), "date", 11), Column(_("Committed finish"), "date", 11),
        Column(_("Expected start"), "date", 11), Column(_("Expected finish"), "date", 20),
        Column(_("Days late"), "centre", 13), Column(_("Weight"), "centre", 7),
        Column(_("Planned"), "percent", 8), Column(_("Done"), "percent", 8),
        Column("SPI", "ratio", 8), Column(_("State"), "centre", 12),
        Column(_("Critical path"), "centre", 9), Column(_("Light"), "centre", 9),
        Column(_("Why this light"), "text", 44),
    ]  # fmt: skip


def _plan_line(book: Book, sheet: Any, facts: PackFacts) -> None:
    """The whole plan, weighted by task: what the rows below come to."""
    state = facts.state.tasks
    look: dict[str, Any] = {"bold": True, "bg_color": TINT, "bottom": 1, "bottom_color": LINE}
    for col in range(LIGHT + 1):
        book.text(sheet, PLAN, col, "", book.style(**look))
    book.text(sheet, PLAN, TITLE, _("The plan, weighted by task"), book.style(**look))
    none = quoted(_("none yet"))
    weight, name = "SUM(Tasks_Weight)", sheet_title()
    index, light = plan_spi(facts), worst(*(facts.light("task", t.id) for t in state.tasks))
    is_open = f"(Tasks_State<>{quoted(TaskState.done.label)})*ISNUMBER(Tasks_Number)"
    late = max((t.days_late for t in state.tasks if t.done_on is None), default=0)
    figures: list[tuple[int, str, Any, Formula]] = [
        (WEIGHT, _("Weight of all tasks"), sum(t.weight for t in state.tasks),
         Formula(f"={weight}", sum(t.weight for t in state.tasks), "centre")),
        (DAYS_LATE, _("Days late, worst open task"), late,
         Formula(f"=SUMPRODUCT(MAX({is_open}*Tasks_DaysLate))", late, "centre")),
        (PLANNED, _("Planned, whole plan"), state.planned_percent / 100, Formula(
            f"=IF({weight}=0,0,ROUND(SUMPRODUCT(Tasks_Weight,ROUND(Tasks_Planned,2))/{weight},2))",
            state.planned_percent / 100, "percent")),
        (DONE, _("Done, whole plan"), state.percent / 100, Formula(
            f"=IF({weight}=0,0,ROUND(SUMPRODUCT(Tasks_Weight,Tasks_Done)/{weight},2))",
            state.percent / 100, "percent")),
        (SPI, _("SPI, whole plan"), index, Formula(
            f"=IF(SUMPRODUCT(Tasks_Weight,Tasks_Planned)>0,ROUND(SUMPRODUCT(Tasks_Weight,"
            f"Tasks_Done)/SUMPRODUCT(Tasks_Weight,Tasks_Planned),4),{none})",
            _("none yet") if index is None else index, "ratio")),
        (LIGHT, _("Light of the worst task"), light_text(light),
         Formula(_worst_formula(), light_text(light), "centre")),
    ]  # fmt: skip
    for col, label, value, formula in figures:
        extra = dict(LATE_FORMAT) if col == DAYS_LATE else {}
        book.put(sheet, PLAN, col, formula, **look | extra)
        kind = "text" if col == LIGHT else formula.kind
        book.check(label, value, f"={cell(PLAN, col, name)}", kind)
    book.define("Plan_Planned", sheet, PLAN, PLANNED, PLAN, PLANNED)
    book.define("Plan_Done", sheet, PLAN, DONE, PLAN, DONE)
    book.define("Plan_SPI", sheet, PLAN, SPI, PLAN, SPI)


def count_formula(light: Light) -> str:
    """How many tasks have a light, without the sign of equality."""
    return f"SUMPRODUCT(--(Tasks_Light={light_constant(light)}))"


def _worst_formula() -> str:
    red, amber, green, grey = LIGHTS
    return "=" + "".join(
        f"IF({count_formula(light)}>0,{light_constant(light)}," for light in (red, amber, green)
    ) + light_constant(grey) + ")))"  # fmt: skip


def _counts(book: Book, sheet: Any, facts: PackFacts) -> None:
    """How many tasks have which light."""
    lights = [facts.light("task", t.id) for t in facts.state.tasks.tasks]
    book.text(sheet, COUNTS, TITLE, _("Tasks by light"), book.style(font_color=INK_2))
    for light, col in COUNTED.items():
        ink, tint = LIGHT_COLOURS[light]
        shown = light_text(light).replace('"', "")
        book.put(sheet, COUNTS, col, Formula(
            "=" + count_formula(light), lights.count(light), "centre",
        ), bold=True, font_color=ink, bg_color=tint, num_format=f'"{shown}"  0')  # fmt: skip
        book.check(_("Tasks: %(light)s", light=light_text(light)), lights.count(light),
                   f"={cell(COUNTS, col, sheet_title())}")  # fmt: skip


def _checks(book: Book, facts: PackFacts) -> None:
    rows, name = rows_of(facts), sheet_title()
    light, index = _("Light of task %(number)s"), _("SPI of task %(number)s")
    late, should = _("Days late, task %(number)s"), _("Planned, task %(number)s")
    for task in facts.state.tasks.tasks:
        row, params = rows[task.id], {"number": task.number}
        book.check(late % params, task.days_late, f"={cell(row, DAYS_LATE, name)}")
        book.check(should % params, planned_exactly(facts, task) / 100,
                   f"={cell(row, PLANNED, name)}", "percent")  # fmt: skip
        book.check(index % params, task.spi, f"={cell(row, SPI, name)}", "ratio")
        book.check(light % params, light_text(facts.light("task", task.id)),
                   f"={cell(row, LIGHT, name)}", "text")  # fmt: skip


def _bars(book: Book, sheet: Any, facts: PackFacts, last: int) -> int:
    """The bars beside the rows; answers the last column."""
    state = facts.state.tasks
    days = [
        (row.expected_start_on, row.start_on, row.baseline_start_on or row.start_on,
         row.expected_finish_on, row.finish_on, row.baseline_finish_on or row.finish_on)
        for row in (*state.tasks, *state.steps)
    ]  # fmt: skip
    axis = gantt.axis_of(min(min(row) for row in days), max(max(row) for row in days))
    sheet.set_column(BARS - 1, BARS - 1, 1)
    gantt.draw(book, sheet, axis, GANTT, (FIRST, last), HEAD, BARS, facts.state.today,
               facts.calendar)  # fmt: skip
    gantt.legend(book, sheet, 1, BARS, has_critical=True)
    return BARS + axis.count


def _page(sheet: Any, last: int, right: int) -> None:
    """Printed as the table on one page and the bars on the next, each with number and title."""
    widths = [column.width or 0 for column in _columns()]
    for col in FOLDED:
        sheet.set_column(col, col, widths[col], None, {"level": 1, "hidden": True})
    table = sum(8 * width + 5 for col, width in enumerate(widths[:WHY]) if col not in FOLDED)
    sheet.set_print_scale(100 * PAGE_PIXELS // table)
    sheet.set_v_pagebreaks([WHY])
    sheet.repeat_rows(0, HEAD)
    sheet.repeat_columns(NUMBER, TITLE)
    sheet.print_area(0, 0, last, right)
