"""Carries the changes of a workbook out, through the use cases that the pages use too.

So permissions, audit and events are theirs, and a cell is refused for the very reason that a form
would give. The preview runs this inside a trial.
"""

from collections.abc import Callable, Iterable, Sequence

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError, Forbidden
from app.core.localtext import LocalText
from app.core.permissions import viewer_for
from app.exchange.carrying import Refusal, Values, day_of, id_of, number_of, rating_of, text_of
from app.exchange.cells import Value
from app.exchange.matching import Outcome, RowChange
from app.exchange.sheets import prefix_of
from app.exchange.task_carrying import TaskHand
from app.plans.access import eyes_held
from app.risks.models import Risk
from app.risks.services import edit_risk, register_risk
from app.tasks import actions, budget_services, resource_services, step_services
from app.tasks.models import (
    ActionItem,
    ActionState,
    BudgetLine,
    Resource,
    ResourceKind,
    ResourceSource,
)


class Carrier(TaskHand):
    """All sheets' rows."""

    def run(self, rows: Sequence[RowChange]) -> list[Refusal]:
        """Carry everything out: links first (a step's removal takes its links along), then what
        goes, then what stands and what is new. Answers what was refused."""
        with eyes_held():
            self._run(rows)
        return self.refusals

    def _run(self, rows: Sequence[RowChange]) -> None:
        self.links([row for row in rows if row.sheet == "links"])
        others = [row for row in rows if row.sheet != "links"]
        for row in sorted(others, key=lambda row: row.outcome is not Outcome.removed):
            self.row = row
            if row.outcome is Outcome.removed:
                self._remove(row)
            elif row.key.startswith("new:"):
                self._add(row.sheet, row.values())
            else:
                self._change(row.key, row.values())

    # What happens to one row

    def _remove(self, row: RowChange) -> None:
        found = self.found(row.key)
        remove: Callable[..., None] = {
            "step": step_services.remove_step,
            "resource": resource_services.remove_resource,
            "budget": budget_services.remove_budget_line,
        }[prefix_of(row.key)]
        with self.noting({}):
            remove(found, **self.who)

    def _change(self, row_id: str, values: dict[str, Value]) -> None:
        found = self.found(row_id)
        {
            "task": self._task, "step": self._step, "resource": self._resource,
            "budget": self._budget, "risk": self._risk, "action": self._action,
        }[prefix_of(row_id)](found, values)  # fmt: skip

    def _add(self, sheet: str, values: dict[str, Value]) -> None:
        add: Callable[[dict[str, Value]], None] = {
            "tasks": self._new_step, "resources": self._new_resource, "budget": self._new_budget,
            "risks": self._new_risk, "actions": self._new_action,
        }[sheet]  # fmt: skip
        with self.noting(values):
            add(values)

    # Resources, money, risks, action items

    def _resource(self, row: Resource, values: dict[str, Value]) -> None:
        with self.noting(values):
            resource_services.edit_resource(
                row,
                kind=ResourceKind(str(values.get("kind") or row.kind.value)),
                title=self.words(row.title, values),
                source=ResourceSource(str(values.get("source") or row.source.value)),
                department_id=id_of(values, "department", row.department_id),
                quantity=self._quantity(values, row.quantity),
                needed_on=day_of(values, "needed_on", row.needed_on),
                needed_until_on=day_of(values, "needed_until_on", row.needed_until_on),
                note=text_of(values, "note", row.note),
                **self.who,
            )

    def _new_resource(self, values: dict[str, Value]) -> None:
        resource_services.add_resource(
            self.task_of(values),
            kind=ResourceKind(str(values["kind"])),
            title=LocalText(own=str(values.get("title") or "")),
            source=ResourceSource(str(values["source"])),
            department_id=id_of(values, "department", None),
            quantity=self._quantity(values, ""),
            needed_on=day_of(values, "needed_on", None),
            needed_until_on=day_of(values, "needed_until_on", None),
            note=text_of(values, "note", ""),
            **self.who,
        )

    def _quantity(self, values: Values, before: str) -> str:
        quantity = text_of(values, "quantity", before)
        if len(quantity) > 80:
            raise DomainError(
                _l("At most %(max)d characters; please shorten it.", max=80), "quantity"
            )
        return quantity

    def _budget(self, row: BudgetLine, values: dict[str, Value]) -> None:
        with self.noting(values):
            budget_services.edit_budget_line(
                row,
                title=self.words(row.title, values),
                planned_cents=number_of(values, "planned", row.planned_cents),
                committed_cents=number_of(values, "committed", row.committed_cents),
                actual_cents=number_of(values, "actual", row.actual_cents),
                forecast_cents=number_of(values, "forecast", row.forecast_cents),
                department_id=id_of(values, "department", row.department_id),
                **self.who,
            )

    def _new_budget(self, values: dict[str, Value]) -> None:
        planned = number_of(values, "planned", 0)
        budget_services.add_budget_line(
            self.plan_id,
            title=LocalText(own=str(values.get("title") or "")),
            planned_cents=planned,
            committed_cents=number_of(values, "committed", 0),
            actual_cents=number_of(values, "actual", 0),
            forecast_cents=number_of(values, "forecast", planned),
            task_id=id_of(values, "task", None),
            department_id=id_of(values, "department", None),
            **self.who,
        )

    def _risk(self, row: Risk, values: dict[str, Value]) -> None:
        if "plan_impact" in values and row.is_rated:
            with self.noting(values, "plan_impact"):
                raise DomainError(_l("This risk has been reviewed: only a review changes its "
                                     "score."), "plan_impact")  # fmt: skip
        with self.noting(values):
            edit_risk(
                row,
                title=self.words(row.title, values),
                description=text_of(values, "description", row.description),
                department_id=id_of(values, "department", row.department_id),
                plan_impact=rating_of(values, row.plan_impact),
                **self.who,
            )

    def _new_risk(self, values: dict[str, Value]) -> None:
        register_risk(
            self.plan_id,
            title=LocalText(own=str(values.get("title") or "")),
            description=text_of(values, "description", ""),
            department_id=id_of(values, "department", None),
            plan_impact=rating_of(values, None),
            **self.who,
        )

    def _action(self, row: ActionItem, values: dict[str, Value]) -> None:
        if values.get("owner"):
            with self.noting(values, "owner"):
                actions.reassign_action(row, owner_id=id_of(values, "owner", None) or 0, **self.who)
        due_on = day_of(values, "due_on", None)
        if due_on is not None:
            with self.noting(values, "due_on"):
                actions.change_action_date(row, due_on=due_on, reason=self.reason, **self.who)
        if not {"state", "evidence"}.isdisjoint(values):
            with self.noting(values, "state", "evidence"):
                self._end(row, values)

    def _end(self, row: ActionItem, values: Values) -> None:
        words = text_of(values, "evidence", row.evidence)
        state = values.get("state")
        if state == ActionState.closed:
            actions.close_action(row, evidence=words, **self.who)
        elif state == ActionState.cancelled:
            actions.cancel_action(row, reason=words, **self.who)
        elif row.state is not ActionState.open:
            raise DomainError(_l("This action item has ended already."))
        else:
            raise DomainError(_l("Evidence is kept when the action item is closed: set its state "
                                 "too."), "evidence")  # fmt: skip

    def _new_action(self, values: dict[str, Value]) -> None:
        viewer = viewer_for(self.actor, self.plan_id)
        if viewer is None or not viewer.may("action:create"):
            raise Forbidden(_l("You can read this, but not change it."))
        if values.get("state") not in (None, ActionState.open):
            raise DomainError(_l("A new action item is open."), "state")
        if values.get("evidence"):
            raise DomainError(_l("Evidence is kept when the action item is closed: set its state "
                                 "too."), "evidence")  # fmt: skip
        due_on = day_of(values, "due_on", None)
        if due_on is None:
            raise DomainError(_l("Please fill this in."), "due_on")
        actions.create_action(
            self.plan_id,
            title=str(values.get("title") or ""),
            details=text_of(values, "details", ""),
            owner_id=id_of(values, "owner", None) or 0,
            due_on=due_on,
            department_id=id_of(values, "department", None),
            task_id=id_of(values, "task", None),
            **self.who,
        )


def needs_reason(rows: Iterable[RowChange]) -> bool:
    """Whether something of this is kept with a reason: committed dates, due dates, reopening."""
    return any(
        cell.column in ("start_on", "finish_on", "state", "percent")
        if row.key.startswith("task-")
        else row.key.startswith("action-") and cell.column == "due_on"
        for row in rows
        for cell in row.cells
        if not (cell.column in ("state", "percent") and cell.now not in ("done", 100))
    )
