"""The work plan: start, sign-off, steps, progress, resources, money, actions."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.ops.demo.stage import Event, Stage
from app.plans.models import SignStep
from app.plans.services import CoverDetails, edit_cover
from app.plans.signoff import sign_plan
from app.plans.starting import PlanStart, start_plan
from app.plans.template import load_template
from app.reports.inspections import act_on_finding
from app.reports.models import Finding
from app.risks.models import Risk
from app.tasks.actions import close_action, create_action
from app.tasks.baselines import measure_against, take_baseline
from app.tasks.budget_services import add_budget_line, edit_budget_line
from app.tasks.lending import (
    ask_resource,
    decline_resource,
    deliver_resource,
    promise_resource,
)
from app.tasks.link_services import LinkWish, change_links
from app.tasks.models import (
    ActionItem,
    ActionSource,
    BudgetLine,
    LinkKind,
    Resource,
    ResourceKind,
    ResourceSource,
    TaskState,
)
from app.tasks.resource_services import add_resource, edit_resource
from app.tasks.services import complete_task, update_progress
from app.tasks.step_services import complete_step, edit_step, expect_step


def start(stage: Stage, now: datetime) -> None:
    """The manager starts the plan with everybody in their places."""
    plan, story = stage.story["plan"], stage.story
    manager = stage.person(plan["created_by"])
    row = start_plan(
        PlanStart(
            template_key=plan["template"],
            start_on=stage.day(plan["start"]),
            company=story["company"],
            manager_id=manager.id,
            prepared_by_id=stage.person(plan["prepared_by"]).id,
            reviewed_by_id=stage.person(plan["reviewed_by"]).id,
            approved_by_id=stage.person(plan["approved_by"]).id,
            prepared_on=stage.day(plan["prepared_on"]),
            owners={t["task"]: stage.person(t["owner"]).id for t in story["tasks"]},
            heads={p["heads"]: stage.person(p["key"]).id for p in story["people"] if "heads" in p},
            executive_ids=(stage.person("exec").id,),
            member_ids=(stage.person("clerk").id,),
            dates={
                t["task"]: (stage.day(t["start"]), stage.day(t["finish"])) for t in story["tasks"]
            },
        ),
        manager,
        now,
    )
    stage.plan_id = row.id
    for step in story["steps"]:
        made = stage.step(step["step"])
        edit_step(
            made,
            title=made.title,
            start_on=stage.day(step["start"]),
            finish_on=stage.day(step["finish"]),
            is_milestone=made.is_milestone,
            percent=0,
            actor=manager,
            now=now,
        )
    wishes = [
        LinkWish(
            stage.item(link["before"]),
            stage.item(link["after"]),
            LinkKind(link.get("kind", "FS")),
            link.get("lag", 0),
        )
        for link in story["links"]
    ]
    change_links(stage.plan_id, add=wishes, actor=manager, now=now)


def events(stage: Stage) -> Iterator[Event]:
    """Everything of sections 0 to 3 after the start."""
    story, at = stage.story, stage.times.at
    yield Event(at(story["plan"]["go_live_set_at"]), _set_go_live, "go-live")
    for row in story["sign_offs"]:
        yield Event(at(row["at"]), partial(_sign, row=row), "sign-off")
    for row in story["baselines"]:
        yield Event(at(row["at"]), partial(_baseline, row=row), "baseline")
    for row in story["tasks"]:
        if "done_at" in row:
            yield Event(at(row["done_at"]), partial(_finish_task, row=row), "task")
    for row in story["progress"]:
        yield Event(at(row["at"]), partial(_progress, row=row), "progress")
    for row in story["resources"]:
        for name in ("asked", "promised", "delivered"):
            if f"{name}_at" in row:
                yield Event(
                    at(row[f"{name}_at"]), partial(_resource, row=row, name=name), "resource"
                )
    for row in story["requests"]:
        for name in ("asked", "promised", "declined"):
            if f"{name}_at" in row:
                yield Event(at(row[f"{name}_at"]), partial(_request, row=row, name=name), "request")
    for row in story["budget"]:
        yield Event(at(row["at"]), partial(_budget, row=row), "budget")
        if "committed_at" in row:
            yield Event(at(row["committed_at"]), partial(_commit, row=row), "budget")
        if "forecast_at" in row:
            yield Event(at(row["forecast_at"]), partial(_money_forecast, row=row), "budget")
    for row in story["costs"]:
        yield Event(at(row["at"]), partial(_cost, row=row), "cost")
    for row in story["actions"]:
        yield Event(at(row["created_at"]), partial(_action, row=row), "action")
        if "done_at" in row:
            yield Event(at(row["done_at"]), partial(_action_done, row=row), "action")


def _set_go_live(stage: Stage, now: datetime) -> None:
    plan = stage.plan
    edit_cover(
        plan,
        CoverDetails(
            title=plan.title,
            company=plan.company,
            prepared_by_id=plan.prepared_by_id,
            reviewed_by_id=plan.reviewed_by_id,
            approved_by_id=plan.approved_by_id,
            prepared_on=plan.prepared_on,
            go_live_on=stage.day(stage.story["plan"]["go_live"]),
            report_hour=plan.report_hour,
            report_minute=plan.report_minute,
            inspection_interval_weeks=stage.story["plan"]["inspection_interval_weeks"],
        ),
        actor=stage.person("pm"),
        now=now,
    )


def _sign(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    sign_plan(stage.plan, SignStep(row["step"]), actor=stage.person(row["by"]), now=now)


def _baseline(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    actor = stage.person(row["by"])
    kept = take_baseline(stage.plan_id, name=row["name"], note=row["note"], actor=actor, now=now)
    measure_against(kept, reason=row["reason"], actor=actor, now=now)


def _finish_task(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    task = stage.task(row["task"])
    if not task.is_done:
        complete_task(
            task, done_on=stage.day(row["done_at"].split(" ")[0]),
            actor=stage.person(row["owner"]), now=now,
        )  # fmt: skip


def _progress(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    actor = stage.person(row["by"])
    for name, percent in row.get("steps", {}).items():
        step = stage.step(name)
        if percent == 100:
            complete_step(step, actor=actor, now=now)
        else:
            edit_step(
                step, title=step.title, start_on=step.start_on, finish_on=step.finish_on,
                is_milestone=step.is_milestone, percent=percent, actor=actor, now=now,
            )  # fmt: skip
    for name, day in row.get("step_forecasts", {}).items():
        expect_step(stage.step(name), finish_on=stage.day(day), actor=actor, now=now)
    task = stage.task(row["task"])
    if not task.is_done:
        update_progress(
            task, percent=row["percent"], forecast_finish_on=task.forecast_finish_on,
            state=TaskState.active, actor=actor, now=now,
        )  # fmt: skip


def _resource(stage: Stage, now: datetime, row: dict[str, Any], name: str) -> None:
    texts = {
        resource["key"]: LocalText.of(resource["text"])
        for task in load_template(stage.story["plan"]["template"])["tasks"]
        for resource in task["resources"]
    }
    task = stage.task(row["task"])
    resource = next(
        r
        for r in db.session.scalars(select(Resource).where(Resource.task_id == task.id))
        if r.title == texts[row["resource"]]
    )
    if name == "asked":
        edit_resource(
            resource, kind=resource.kind, title=resource.title, source=resource.source,
            department_id=stage.department_id(row.get("department")),
            quantity=row.get("quantity", ""), needed_on=task.start_on, note="",
            actor=stage.person("pm"), now=now,
        )  # fmt: skip
    _take_course(stage, now, resource, row, name)


def _take_course(
    stage: Stage, now: datetime, resource: Resource, row: dict[str, Any], name: str
) -> None:
    """The request goes on: asked by the task's owner, answered by the lending side's head, by
    Finance where it is bought."""
    owner = stage.person(f"owner{row['task']}")
    is_bought = resource.source is ResourceSource.external
    lender = stage.head_of("finance" if is_bought else row["department"])
    if name == "asked":
        ask_resource(resource, actor=owner, now=now)
    elif name == "promised":
        day = row.get("promised_for") or row.get("delivered_at", row["promised_at"]).split(" ")[0]
        promise_resource(
            resource, promised_on=stage.day(day), answer=row.get("answer", ""), actor=lender,
            now=now,
        )  # fmt: skip
    elif name == "declined":
        decline_resource(resource, reason=row["answer"], actor=lender, now=now)
    else:
        deliver_resource(resource, delivered_on=local_date(now), actor=owner, now=now)


def _request(stage: Stage, now: datetime, row: dict[str, Any], name: str) -> None:
    """A resource that the template does not know."""
    task = stage.task(row["task"])
    if name == "asked":
        made = add_resource(
            task, kind=ResourceKind(row["kind"]), title=LocalText(own=row["title"]),
            source=ResourceSource(row["source"]),
            department_id=stage.department_id(row["department"]), quantity=row["quantity"],
            needed_on=stage.day(row["needed"]), actor=stage.person(f"owner{task.number}"), now=now,
        )  # fmt: skip
        db.session.flush()
        stage.keep("request", row["title"], made.id)
    resource = db.session.get_one(Resource, stage.kept("request", row["title"]))
    _take_course(stage, now, resource, row, name)


def _budget(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    line = add_budget_line(
        stage.plan_id,
        title=LocalText(own=row["title"]),
        planned_cents=row["amount"] * 100,
        task_id=stage.task(row["task"]).id,
        department_id=stage.department_id("finance"),
        actor=stage.person("finance"),
        now=now,
    )
    db.session.flush()
    stage.keep("budget", row["line"], line.id)


def _money_forecast(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    _change_line(stage, now, row["line"], forecast_cents=row["forecast"] * 100)


def _commit(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    _change_line(stage, now, row["line"], committed_cents=row["committed"] * 100)


def _cost(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    line = db.session.get_one(BudgetLine, stage.kept("budget", row["line"]))
    _change_line(stage, now, row["line"], actual_cents=line.actual_cents + row["amount"] * 100)


def _change_line(stage: Stage, now: datetime, key: str, **values: int) -> None:
    line = db.session.get_one(BudgetLine, stage.kept("budget", key))
    amounts = {
        "actual_cents": line.actual_cents, "forecast_cents": line.forecast_cents, **values,
    }  # fmt: skip
    edit_budget_line(
        line, title=line.title, planned_cents=line.planned_cents,
        department_id=line.department_id, actor=stage.person("finance"), now=now, **amounts,
    )  # fmt: skip


def _action(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    kind, _colon, source_key = row["source"].partition(":")
    owner, manager = stage.person(row["owner"]), stage.person("pm")
    due_on = max(stage.day(row["due"]), local_date(now))
    finding_id = stage.kept("finding", row["key"])
    if finding_id:
        action = act_on_finding(
            db.session.get_one(Finding, finding_id), title=row["title"], owner_id=owner.id,
            due_on=due_on, actor=manager, now=now,
        )  # fmt: skip
    else:
        action = create_action(
            stage.plan_id,
            title=row["title"],
            owner_id=owner.id,
            due_on=due_on,
            source=ActionSource(kind),
            source_id=_source_id(stage, kind, source_key),
            details=row.get("note", ""),
            actor=manager,
            now=now,
        )
    db.session.flush()
    stage.keep("action", row["key"], action.id)


def _source_id(stage: Stage, kind: str, key: str) -> int | None:
    """The row that the action came from; a risk is named by its number."""
    if kind == "risk":
        return db.session.scalar(
            select(Risk.id).where(Risk.plan_id == stage.plan_id, Risk.number == int(key))
        )
    return stage.kept(kind, key)


def _action_done(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    action_id = stage.kept("action", row["key"])
    if action_id:
        close_action(
            db.session.get_one(ActionItem, action_id), evidence=row.get("evidence", "")
            or row["title"], actor=stage.person(row["owner"]), now=now,
        )  # fmt: skip
