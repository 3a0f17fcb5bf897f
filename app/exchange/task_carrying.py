"""Carries out what a workbook changes in tasks, steps and dependencies."""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.exchange.carrying import Hand, Values, day_of, id_of, number_of, text_of
from app.exchange.cells import Value
from app.exchange.matching import Outcome, RowChange
from app.exchange.sheets import RowKind
from app.tasks import link_services, services, step_services
from app.tasks.models import Link, LinkKind, OffDay, Step, Task, TaskState


class TaskHand(Hand):
    """The rows of two sheets: tasks with their steps, and dependencies."""

    # Tasks and steps

    def _task(self, task: Task, values: dict[str, Value]) -> None:
        if "row_kind" in values:
            with self.noting(values, "row_kind"):
                raise DomainError(_l("A task stays a task, and a step a step."), "row_kind")
        words = {"title", "description", "weight"}
        if not words.isdisjoint(values):
            with self.noting(values, *words):
                services.describe_task(
                    task,
                    title=self.words(task.title, values),
                    description=text_of(values, "description", task.description),
                    weight=number_of(values, "weight", task.weight),
                    **self.who,
                )
        if not {"owner", "department"}.isdisjoint(values):
            with self.noting(values, "owner", "department"):
                services.assign_task(
                    task,
                    owner_id=id_of(values, "owner", task.owner_id),
                    department_id=id_of(values, "department", task.department_id),
                    **self.who,
                )
        if not {"start_on", "finish_on"}.isdisjoint(values):
            with self.noting(values, "start_on", "finish_on"):
                services.change_task_dates(
                    task,
                    start_on=day_of(values, "start_on", task.start_on) or task.start_on,
                    finish_on=day_of(values, "finish_on", task.finish_on) or task.finish_on,
                    reason=self.reason,
                    **self.who,
                )
        self._rules(task, values)
        progress = {"percent", "state", "forecast_on", "done_on"}
        if not progress.isdisjoint(values):
            with self.noting(values, *progress):
                self._progress(task, {k: v for k, v in values.items() if k in progress})

    def _progress(self, task: Task, values: dict[str, Value]) -> None:
        state = TaskState(str(values["state"])) if values.get("state") else None
        percent = number_of(values, "percent", task.progress_percent)
        done_on = day_of(values, "done_on", None)
        if task.is_done and (percent < 100 or state not in (None, TaskState.done)):
            services.reopen_task(task, percent=percent, reason=self.reason, **self.who)
            return
        if task.is_done and "done_on" in values:
            services.complete_task(task, done_on=done_on, **self.who)
            return
        if "percent" not in values and (state is TaskState.done or done_on is not None):
            percent = 100
        if state is None and "percent" not in values and done_on is None:
            state = task.state
        services.update_progress(
            task,
            percent=percent,
            forecast_finish_on=day_of(values, "forecast_on", task.forecast_finish_on),
            state=state,
            done_on=done_on,
            **self.who,
        )

    def _rules(self, item: Task | Step, values: dict[str, Value]) -> None:
        rules = ("not_before_on", "not_after_on", "is_fixed", "off_day")
        if set(rules).isdisjoint(values):
            return
        with self.noting(values, *rules):
            link_services.constrain(
                item,
                not_before_on=day_of(values, "not_before_on", item.not_before_on),
                not_after_on=day_of(values, "not_after_on", item.not_after_on),
                is_fixed=bool(values.get("is_fixed", item.is_fixed)),
                off_day=OffDay(str(values.get("off_day") or item.off_day.value)),
                **self.who,
            )

    def _step(self, step: Step, values: dict[str, Value]) -> None:
        mine = ("title", "start_on", "finish_on", "row_kind", "percent")
        if not set(mine).isdisjoint(values):
            with self.noting(values, *mine):
                start_on = day_of(values, "start_on", step.start_on) or step.start_on
                if "start_on" in values:
                    self._check_start(start_on)
                step_services.edit_step(
                    step,
                    title=self.words(step.title, values),
                    start_on=start_on,
                    finish_on=day_of(values, "finish_on", step.finish_on) or step.finish_on,
                    is_milestone=self._is_milestone(values, step.is_milestone),
                    percent=number_of(values, "percent", step.progress_percent),
                    **self.who,
                )
        self._rules(step, values)

    def _new_step(self, values: dict[str, Value]) -> None:
        start_on, finish_on = day_of(values, "start_on", None), day_of(values, "finish_on", None)
        if start_on is None or finish_on is None:
            raise DomainError(_l("Please fill this in."), "start_on")
        self._check_start(start_on)
        percent = number_of(values, "percent", 0)
        step = step_services.add_step(
            self.task_of(values),
            title=LocalText(own=str(values.get("title") or "")),
            start_on=start_on,
            finish_on=finish_on,
            is_milestone=self._is_milestone(values, False),
            **self.who,
        )
        if percent:
            step_services.edit_step(
                step, title=step.title, start_on=start_on, finish_on=finish_on,
                is_milestone=step.is_milestone, percent=percent, **self.who,
            )  # fmt: skip
        self._rules(step, values)

    def _is_milestone(self, values: Values, before: bool) -> bool:
        kind = values.get("row_kind")
        if kind == RowKind.task:
            raise DomainError(_l("A task stays a task, and a step a step."), "row_kind")
        return before if kind is None else kind == RowKind.milestone

    def _check_start(self, start_on: date) -> None:
        if start_on < self.plan.start_on:
            raise DomainError(_l("This step would begin before the plan does."), "start_on")

    # Links, all at once: their order must not decide whether there is a circle

    def links(self, rows: list[RowChange]) -> None:
        if not rows:
            return
        wishes = [link_services.LinkWish(*_ends(row.values())) for row in rows if _is_new(row)]
        kept = [row for row in rows if not _is_new(row) and row.outcome is not Outcome.removed]
        edits = [self._edit(row) for row in kept]
        gone = [self.found(row.key) for row in rows if row.outcome is Outcome.removed]
        before = [(edit.link, edit.link.kind, edit.link.lag_workdays) for edit in edits]
        try:
            link_services.change_links(
                self.plan_id, add=wishes, edit=edits, remove=gone, **self.who
            )
        except DomainError as error:
            for link, kind, lag in before:
                link.kind, link.lag_workdays = kind, lag
            if len(rows) == 1:
                self._refuse_link(rows[0], error)
                return
            # Which of them it was: those that go, then one by one.
            for row in sorted(rows, key=lambda row: row.outcome is not Outcome.removed):
                self.links([row])

    def _refuse_link(self, row: RowChange, error: DomainError) -> None:
        self.row = row
        with self.noting(row.values()):
            raise error

    def _edit(self, row: RowChange) -> link_services.LinkEdit:
        link: Link = self.found(row.key)
        values = row.values()
        return link_services.LinkEdit(
            link,
            LinkKind(str(values.get("kind") or link.kind.value)),
            number_of(values, "lag", link.lag_workdays),
        )


def _is_new(row: RowChange) -> bool:
    return row.key.startswith("new:")


def _ends(values: Values) -> tuple[str, str, LinkKind, int]:
    return (
        str(values.get("before")), str(values.get("after")),
        LinkKind(str(values.get("kind") or "FS")), number_of(values, "lag", 0),
    )  # fmt: skip
