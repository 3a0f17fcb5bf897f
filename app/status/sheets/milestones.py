"""Sheet of the milestones: what the plan is steered by, in the order in which it is expected."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.plans.workcalendar import WorkCalendar
from app.status.sheets import gantt
from app.status.sheets.book import INK_2, Book, Column, Day, Formula, Link, Styled, quoted
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near
from app.status.sheets.workdays import days_after
from app.tasks.progress import days_late

(
    NUMBER, TITLE, OWNER, BASELINE, COMMITTED, EXPECTED, DONE_ON, DAYS_LATE, STATE,
) = range(9)  # fmt: skip
COUNTS, HEAD, FIRST = 2, 4, 5
COUNTS_LEFT = OWNER
BARS = STATE + 2
# A bar runs from the committed day to the expected one: what slips is drawn.
GANTT = gantt.Columns(TITLE, BASELINE, BASELINE, COMMITTED, EXPECTED, DONE_ON)

Words = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Milestone:
    """A day to steer by. `days_late`: working days that it is expected, or came, after its
    baseline; where there is none, after the committed day."""

    number: str
    title: str
    path: str
    owner_id: int | None
    baseline: date | None
    committed: date
    expected: date
    done_on: date | None
    days_late: int


def sheet_title() -> str:
    return _("Milestones")


def milestones_of(facts: PackFacts) -> list[Milestone]:
    """Milestones among the steps, the finish of every task, and the plan's own days; the next
    one first among those of one day is that of the lower number."""
    plan, tasks, calendar = facts.state.plan, facts.state.tasks, facts.calendar
    by_id = {task.id: task for task in tasks.tasks}
    found = [
        Milestone(
            str(task.number), _("Finish: %(title)s", title=words(task.title)), f"/tasks/{task.id}",
            task.owner_id, task.baseline_finish_on, task.finish_on, task.expected_finish_on,
            task.done_on, task.days_late,
        )
        for task in tasks.tasks
    ]  # fmt: skip
    found += [
        Milestone(
            f"{by_id[step.task_id].number}.{step.number}", words(step.title),
            f"/tasks/{step.task_id}", by_id[step.task_id].owner_id, step.baseline_finish_on,
            step.finish_on, step.done_on or step.expected_finish_on, step.done_on,
            _late(step.baseline_finish_on, step.done_on or step.expected_finish_on, calendar),
        )
        for step in tasks.steps if step.is_milestone and step.task_id in by_id
    ]  # fmt: skip
    path = f"/plans/{plan.id}"
    own = [(_("Start of the plan"), plan.start_on)]
    if plan.go_live_on:
        own.append((_("Put into effect"), plan.go_live_on))
    found += [
        Milestone("", title, path, None, None, day, day,
                  day if day <= facts.state.today else None, 0)
        for title, day in own
    ]  # fmt: skip
    if tasks.tasks:
        ends = [task.done_on for task in tasks.tasks]
        done = max(day for day in ends if day) if all(ends) else None
        last = done or max([plan.finish_on, *(task.expected_finish_on for task in tasks.tasks)])
        found.append(Milestone("", _("Finish of the plan"), path, None, None, plan.finish_on,
                               last, done, _late(plan.finish_on, last, calendar)))  # fmt: skip
    return sorted(found, key=lambda m: (m.expected, [int(n) for n in m.number.split(".") if n]))


def _late(wanted: date | None, expected: date, calendar: WorkCalendar) -> int:
    return max(0, days_late(wanted, expected, calendar)) if wanted else 0


def state_words() -> Words:
    """Reached, reached late, overdue, expected late, to come."""
    return _("reached"), _("reached late"), _("overdue"), _("expected late"), _("to come")


def state_of(milestone: Milestone, today: date, said: Words) -> str:
    """How a milestone stands, in one of the words."""
    reached, reached_late, overdue, late, to_come = said
    if milestone.done_on is not None:
        return reached_late if milestone.days_late > 0 else reached
    if milestone.committed < today:
        return overdue
    return late if milestone.days_late > 0 else to_come


def write(book: Book, facts: PackFacts) -> None:
    """One row a milestone, with its course from committed to expected beside it."""
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Milestones"),
                 _("Milestones of the steps, finish of every task, start and finish of the plan"))
    today, said = facts.state.today, state_words()
    found = milestones_of(facts)
    rows = [
        _row(facts, milestone, row, today, said) for row, milestone in enumerate(found, start=FIRST)
    ]
    last = book.table(sheet, _columns(), rows, top=HEAD)
    for name, col in (("Milestones_Expected", EXPECTED), ("Milestones_DaysLate", DAYS_LATE),
                      ("Milestones_State", STATE)):  # fmt: skip
        book.define(name, sheet, FIRST, col, last, col)
    _counts(book, sheet, [state_of(milestone, today, said) for milestone in found], said)
    days = [day for m in found for day in (m.baseline or m.committed, m.committed, m.expected)]
    axis = gantt.axis_of(min(days), max(days))
    sheet.set_column(BARS - 1, BARS - 1, 1)
    gantt.draw(book, sheet, axis, GANTT, (FIRST, last), HEAD, BARS, today, facts.calendar)
    gantt.legend(book, sheet, 1, BARS, has_critical=False)
    sheet.repeat_rows(0, HEAD)
    sheet.print_area(0, 0, last, BARS + axis.count)


def _row(
    facts: PackFacts, milestone: Milestone, row: int, today: date, said: Words
) -> list[Any]:  # fmt: skip
    reached, reached_late, overdue, late, to_come = map(quoted, said)
    days, is_late = near(row, DAYS_LATE), milestone.days_late > 0
    state = Formula(
        f'=IF({near(row, DONE_ON)}<>"",IF({days}>0,{reached_late},{reached}),'
        f"IF({near(row, COMMITTED)}<{gantt.TODAY},{overdue},IF({days}>0,{late},{to_come})))",
        state_of(milestone, today, said), "centre",
    )  # fmt: skip
    late: Any = milestone.days_late
    wanted = milestone.baseline or (None if milestone.number else milestone.committed)
    if wanted is not None and facts.exceptions.cover(wanted, milestone.expected):
        start = near(row, BASELINE if milestone.baseline else COMMITTED)
        late = Formula("=" + days_after(start, near(row, EXPECTED), facts.exceptions), late,
                       "centre")  # fmt: skip
    is_estimated = milestone.done_on is None and facts.calendar.is_estimated(milestone.expected)
    return [
        milestone.number, Link(milestone.path, f"◆ {milestone.title}"),
        facts.person(milestone.owner_id) if milestone.owner_id else "", milestone.baseline or "",
        milestone.committed, Day(milestone.expected, is_estimated, is_late),
        milestone.done_on or "",
        Styled(late, "centre", bold=is_late, props=(("num_format", '0;-0;"–"'),)),
        Styled(state, "centre", bold=is_late),
    ]  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column(_("No."), "centre", 6), Column(_("Milestone"), "text", 44),
        Column(_("Owner"), "text", 14), Column(_("Baseline"), "date", 11),
        Column(_("Committed"), "date", 11), Column(_("Expected"), "date", 20),
        Column(_("Done on"), "date", 11), Column(_("Days late"), "centre", 13),
        Column(_("State"), "centre", 15),
    ]  # fmt: skip


def _counts(book: Book, sheet: Any, states: list[str], said: Words) -> None:
    """How many milestones stand how."""
    book.text(sheet, COUNTS, TITLE, _("Milestones by state"), book.style(font_color=INK_2))
    for n, word in enumerate(said):
        shown = word.replace('"', "")
        book.put(sheet, COUNTS, COUNTS_LEFT + n, Formula(
            f"=SUMPRODUCT(--(Milestones_State={quoted(word)}))", states.count(word), "centre",
        ), num_format=f'"{shown}"  0', shrink=True)  # fmt: skip
        book.check(_("Milestones: %(state)s", state=word), states.count(word),
                   f"={cell(COUNTS, COUNTS_LEFT + n, sheet_title())}")  # fmt: skip
