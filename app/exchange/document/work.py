"""Section 3: the timetable, each task's steps, what the tasks need, and the money."""

from flask_babel import gettext as _

from app.core.formats import money, words
from app.exchange.document.facts import DocumentFacts
from app.exchange.document.paper import Paper
from app.exchange.document.tables import Band, Cell, Column, Row
from app.status.sheets.book import GLYPHS, LIGHT_COLOURS
from app.tasks.budget_queries import money_sum
from app.tasks.state import BudgetRow, ResourceRow, StepRow, TaskRow

DATE_MM = 23


def write(paper: Paper, facts: DocumentFacts) -> None:
    """The four tables; what these eyes may not read is said, not passed over."""
    paper.heading(2, _("Timetable"))
    _timetable(paper, facts)
    paper.heading(2, _("Steps and milestones"))
    _steps(paper, facts)
    paper.heading(2, _("What the tasks need"))
    _resources(paper, facts)
    paper.heading(2, _("Budget"))
    _budget(paper, facts)


def _timetable(paper: Paper, facts: DocumentFacts) -> None:
    columns = [
        Column(_("No."), 9, "center"), Column(_("Task"), 37), Column(_("Owner"), 27),
        Column(_("Start"), DATE_MM), Column(_("Finish"), DATE_MM),
        Column(_("Baseline finish"), DATE_MM), Column(_("Expected finish"), 28),
    ]  # fmt: skip
    rows = [_task_row(task, facts) for task in facts.state.tasks.tasks]
    paper.table(columns, rows, _("The plan has no tasks yet."))


def _task_row(task: TaskRow, facts: DocumentFacts) -> Row:
    light = facts.light("task", task.id)
    return [
        str(task.number),
        Cell(task.title, _("after task %(numbers)s", numbers=_(", ").join(map(str, task.after)))
             if task.after else "", bold=True),
        Cell(facts.person(task.owner_id), facts.department(task.department_id)),
        facts.day(task.start_on), facts.day(task.finish_on), facts.day(task.baseline_finish_on),
        Cell(f"{GLYPHS[light]} {facts.day(task.expected_finish_on)}",
             _("%(state)s, %(percent)s%%", state=task.state.label, percent=task.percent),
             colour=LIGHT_COLOURS[light][0]),
    ]  # fmt: skip


def _steps(paper: Paper, facts: DocumentFacts) -> None:
    of_task: dict[int, list[StepRow]] = {}
    for step in facts.state.tasks.steps:
        of_task.setdefault(step.task_id, []).append(step)
    rows: list[Row] = []
    for task in facts.state.tasks.tasks:
        steps = of_task.get(task.id, [])
        detail = facts.details.get(task.id, "")
        if not steps and not detail:
            continue
        rows.append(Band(f"{task.number}  {words(task.title)}", detail))
        rows += [
            [
                f"{task.number}.{step.number}",
                f"◆ {words(step.title)}" if step.is_milestone else step.title,
                facts.day(step.start_on), facts.day(step.finish_on),
                facts.day(step.baseline_finish_on), _step_state(step, facts),
            ]
            for step in steps
        ]  # fmt: skip
    columns = [
        Column(_("No."), 12, "center"), Column(_("Step (◆ milestone)"), 60),
        Column(_("Start"), DATE_MM), Column(_("Finish"), DATE_MM),
        Column(_("Baseline finish"), DATE_MM), Column(_("State"), 29),
    ]  # fmt: skip
    paper.table(columns, rows, _("No task has steps yet."))


def _step_state(step: StepRow, facts: DocumentFacts) -> Cell | str:
    if step.done_on:
        return Cell(_("finished"), facts.day(step.done_on))
    if step.is_overdue:
        return _("overdue")
    return f"{step.percent}%" if step.percent else _("not started")


def _resources(paper: Paper, facts: DocumentFacts) -> None:
    if not facts.sees("resource", "row"):
        paper.note(_("Left out: not for these eyes."))
        return
    numbers = {task.id: task.number for task in facts.state.tasks.tasks}
    rows = [
        [str(numbers.get(row.task_id, "–")), str(row.kind.label),
         Cell(row.title, row.quantity, bold=True),
         Cell(str(row.source.label), facts.department(row.department_id)
              if row.department_id else ""),
         _needed(row, facts), str(row.state.label)]
        for row in sorted(
            facts.state.tasks.resources, key=lambda row: (numbers.get(row.task_id, 0), row.id)
        )
    ]  # fmt: skip
    columns = [
        Column(_("Task"), 12, "center"), Column(_("Kind"), 18), Column(_("Resource"), 52),
        Column(_("From where"), 34), Column(_("Needed"), 28), Column(_("State"), 26),
    ]  # fmt: skip
    paper.table(columns, rows, _("No task asks for anything yet."))


def _needed(row: ResourceRow, facts: DocumentFacts) -> Cell | str:
    if row.needed_on is None:
        return "–"
    until = facts.day(row.needed_until_on) if row.needed_until_on else ""
    return Cell(facts.day(row.needed_on), f"– {until}" if until else "")


def _budget(paper: Paper, facts: DocumentFacts) -> None:
    budget = facts.state.tasks.budget
    if budget is None:
        paper.note(_("Left out: not for these eyes."))
        return
    numbers = {task.id: str(task.number) for task in facts.state.tasks.tasks}
    rows: list[Row] = [
        [line.title, numbers.get(line.task_id or 0, "–"), facts.department(line.department_id),
         money(line.planned_cents), money(line.actual_cents), money(line.forecast_cents)]
        for line in budget
    ]  # fmt: skip
    if rows:
        rows.append(_total(budget))
    columns = [
        Column(_("Budget line (yuan)"), 56), Column(_("Task"), 14, "center"),
        Column(_("Department"), 28), Column(_("Budget"), 24, "right"),
        Column(_("Spent"), 24, "right"), Column(_("Forecast"), 24, "right"),
    ]  # fmt: skip
    paper.table(columns, rows, _("No money is planned yet."))
    if facts.sees_own_alone("task", "money"):
        paper.note(_("Only what concerns this reader is listed."))


def _total(budget: tuple[BudgetRow, ...]) -> Row:
    total = money_sum(budget)
    sums = total.planned_cents, total.actual_cents, total.forecast_cents
    return [Cell(_("Total"), bold=True), "", "", *(Cell(money(cents), bold=True) for cents in sums)]
