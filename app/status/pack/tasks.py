"""Sheet of the tasks, each followed by its steps."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.status.findings import finding_lead, finding_sentence
from app.status.pack.book import Book, Column, Day, Link, Styled
from app.status.pack.facts import PackFacts

PALE = (("font_color", "#465156"),)


def write(book: Book, facts: PackFacts) -> None:
    """Tasks with baseline, commitment, expectation, progress and light."""
    state = facts.state
    sheet = book.add_sheet(_("Tasks"))
    book.heading(
        sheet,
        _("Tasks and steps"),
        _("Planned %(planned)s%%, actual %(actual)s%%, weighted by task; days late are working "
          "days against the baseline", planned=state.tasks.planned_percent,
          actual=state.tasks.percent),
    )  # fmt: skip
    said = {
        finding.object_id: f"{finding_lead(finding, state)} {finding_sentence(finding, state)}"
        for finding in state.findings
        if finding.kind == "task"
    }
    rows: list[list[Any]] = []
    for task in state.tasks.tasks:
        is_late = task.days_late > 0
        rows.append([
            Link(f"/tasks/{task.id}", str(task.number)), Styled(task.title, bold=True),
            facts.person(task.owner_id), facts.department(task.department_id),
            Day(task.start_on), Day(task.finish_on), Day(task.baseline_finish_on),
            Day(task.expected_finish_on, task.is_estimated, is_late),
            Styled(task.days_late, "centre", bold=True) if is_late else Styled("–", "centre"),
            task.planned_percent / 100, task.percent / 100,
            _("not to be judged yet") if task.spi is None else Styled(
                task.spi, "centre", props=(("num_format", "0.00"),)),
            task.state.label, facts.light("task", task.id), said.get(task.id, ""),
        ])  # fmt: skip
        rows += [
            [
                Styled(f"{task.number}.{step.number}", "text", props=PALE),
                Styled(("◆ " if step.is_milestone else "") + words(step.title), "wrap",
                       props=(("indent", 1),)),
                "", "", Day(step.start_on), Day(step.finish_on), "",
                Day(step.done_on) if step.done_on else "",
                Styled(step.days_late, "centre", bold=True) if step.is_overdue else "", "",
                step.percent / 100, "",
                _("finished") if step.done_on
                else _("overdue") if step.is_overdue else _("not finished"),
                "", "",
            ]
            for step in state.tasks.steps
            if step.task_id == task.id
        ]  # fmt: skip
    columns = [
        Column(_("No."), "text", 7), Column(_("Task or step"), "text", 36),
        Column(_("Owner"), "text"), Column(_("Department"), "text"),
        Column(_("Start"), "date", 12), Column(_("Finish"), "date", 12),
        Column(_("Baseline finish"), "date", 14), Column(_("Expected finish"), "date", 18),
        Column(_("Days late"), "centre", 10), Column(_("Planned"), "percent", 10),
        Column(_("Done"), "percent", 10), Column("SPI", "centre", 8),
        Column(_("State"), "centre", 14), Column(_("Light"), "centre", 10),
        Column(_("Why this light"), "text", 44),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, empty=_("The plan has no tasks yet."))
    if rows:
        sheet.conditional_format(4, 10, last, 10, {
            "type": "data_bar", "bar_color": "#BCD8DA", "bar_solid": True, "min_type": "num",
            "max_type": "num", "min_value": 0, "max_value": 1, "data_bar_2010": True,
        })  # fmt: skip
    sheet.print_area(0, 0, last, len(columns) - 1)
