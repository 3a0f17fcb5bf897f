"""Nobody reaches into a plan that is not theirs: not by an address, not by an id in a form.

There are two plans. The stranger manages the second and has no part in the first; the manager of
the first has no part in the second. Only the company's departments and their heads are in both.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.db import Base, db
from app.core.permissions import IN_PLAN, Role
from app.plans.access import drop_role, ensure_role
from app.plans.models import Plan, PlanMember
from tests.architecture.everything import (
    TABLES,
    address,
    ids_of,
    make_everything,
    start_other_plan,
)
from tests.architecture.test_bad_input import Target


@pytest.fixture
def plans(people: SimpleNamespace, plan: Plan) -> SimpleNamespace:
    """The ids of everything in either plan: plans.ours (pm), plans.theirs (stranger)."""
    make_everything(people, plan)
    people.pm.is_admin = False
    other = start_other_plan(people)
    drop_role(other.id, people.pm.id, Role.head)
    db.session.commit()
    return SimpleNamespace(ours=ids_of(plan), theirs=ids_of(other), ours_id=plan.id,
                           theirs_id=other.id)  # fmt: skip


def plan_rules(app: Flask) -> list[Any]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "permission", None) in IN_PLAN
    ]


def changes() -> int:
    """How many changes the audit trail holds."""
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def nested(rule: Any) -> set[str]:
    """Arguments of an address that name a row inside a plan."""
    return set(rule.arguments) & set(TABLES)


@pytest.mark.parametrize("who", ["stranger", "pm"])
def test_an_address_of_another_plan_is_a_page_that_does_not_exist(
    plans: SimpleNamespace, app: Flask, client_of: Callable[..., FlaskClient], who: str
) -> None:
    ids = plans.ours if who == "stranger" else plans.theirs
    client, before = client_of(who), changes()
    for rule in plan_rules(app):
        for method in set(rule.methods or ()) & {"GET", "POST"}:
            path = address(app, rule, ids)
            assert client.open(path, method=method).status_code == 404, (method, path)
    assert changes() == before


def test_a_row_of_another_plan_is_not_found_under_ones_own(
    plans: SimpleNamespace, app: Flask, client_of: Callable[..., FlaskClient]
) -> None:
    """/plans/1/…/<a row of plan 2>, and a row of one meeting under another."""
    client, before, walked = client_of("pm"), changes(), 0
    for rule in plan_rules(app):
        inner = nested(rule)
        parents = set(rule.arguments) & {"plan_id", "meeting_id", "inspection_id", "risk_id"}
        if not inner or not parents or inner <= parents and len(rule.arguments) < 2:
            continue
        for argument in inner:
            if parents <= {argument}:
                continue
            path = address(app, rule, {**plans.ours, argument: plans.theirs[argument]})
            for method in set(rule.methods or ()) & {"GET", "POST"}:
                status = client.open(path, method=method).status_code
                walked += 1
                # Whoever asks for a row to be gone that never was there is told so or not.
                assert status == 404 or (status == 303 and "remove" in path), (method, path, status)
    assert walked > 4
    assert changes() == before


def test_ids_of_another_plan_are_refused_in_every_field(
    plans: SimpleNamespace,
    people: SimpleNamespace,
    app: Flask,
    client_of: Callable[..., FlaskClient],
) -> None:
    """A person, task, risk … of the other plan in a form's field leaves no trace in this one."""
    client, stranger = client_of("pm"), people.stranger.id
    for rule in plan_rules(app):
        if "POST" not in (rule.methods or ()):
            continue
        target = Target(client, address(app, rule, plans.ours), "GET" in (rule.methods or ()))
        for name in target.fields:
            short = name.rsplit("-", 1)[-1].rstrip("s")
            foreign = plans.theirs.get(short, stranger)
            if not short.endswith("_id") or short == "department_id":
                continue
            if short in ("person_id", "owner_id", "substitute_id", "inspector_id"):
                foreign = stranger
            # To own a task, to head a department or to be given a role brings a person in: that is
            # what it is for.
            if rule.endpoint in (
                "tasks.assign", "plans.add_member", "plans.appoint_head", "plans.edit_cover",
            ):  # fmt: skip
                continue
            client.post(target.path, data=target.filled(**{name: str(foreign)}))
    roles = select(PlanMember).where(
        PlanMember.plan_id == plans.ours_id, PlanMember.person_id == stranger
    )
    assert db.session.scalars(roles).all() == []
    assert strays(plans, stranger) == []


def strays(plans: SimpleNamespace, stranger: int) -> list[str]:
    """Rows of our plan that point at a row of the other plan, or at its manager."""
    found = []
    with_plan = {t.name for t in Base.metadata.tables.values() if "plan_id" in t.columns}
    for table in Base.metadata.tables.values():
        if "plan_id" not in table.columns or table.name == "audit_entries":
            continue
        for column in table.columns:
            for key in column.foreign_keys:
                to = key.column.table
                rows: Any
                if to.name == "persons":
                    rows = select(table.c.id).where(table.c.plan_id == plans.ours_id,
                                                    column == stranger)  # fmt: skip
                elif to.name in with_plan and to is not table:
                    rows = (
                        select(table.c.id)
                        .join(to, to.c.id == column)
                        .where(table.c.plan_id != to.c.plan_id)
                    )
                else:
                    continue
                ids = db.session.scalars(rows).all()
                found += [f"{table.name} {i}: {column.name}" for i in ids]
    return found


def test_a_right_that_ends_ends_at_once(
    plans: SimpleNamespace, people: SimpleNamespace, client_of: Callable[..., FlaskClient]
) -> None:
    client = client_of("clerk")
    assert client.get("/plans/1/tasks").status_code == 200
    drop_role(1, people.clerk.id, Role.member)
    db.session.commit()
    assert client.get("/plans/1/tasks").status_code == 404
    ensure_role(1, people.clerk.id, Role.member)
    people.clerk.is_enabled = False
    db.session.commit()
    assert client.get("/plans/1/tasks").status_code == 302


class TestWhatOneMayNotSee:
    """404 for the unseen, 403 for what one sees and may not change."""

    def test_a_member_sees_neither_money_nor_resources(self, plans, client_of) -> None:
        client, ids = client_of("clerk"), plans.ours
        for path in (
            f"/budget/{ids['budget_id']}", f"/budget/{ids['budget_id']}/remove",
            f"/resources/{ids['resource_id']}", f"/resources/{ids['resource_id']}/remove",
            f"/resources/{ids['resource_id']}/promised", f"/tasks/{ids['task_id']}/budget",
            f"/risks/{ids['risk_id']}/review", f"/risk-responses/{ids['response_id']}/start",
            f"/actions/{ids['action_id']}/close", f"/meetings/{ids['meeting_id']}/answer",
            f"/meetings/{ids['meeting_id']}/minutes", f"/inspections/{ids['inspection_id']}/plan",
        ):  # fmt: skip
            data = {"title": "x", "planned": "1", "actual": "", "forecast": ""}
            assert client.post(path, data=data).status_code == 404, path

    def test_a_head_finds_no_money_of_another_department(self, plans, client_of) -> None:
        """The line belongs to no department: the manager's and Finance's business."""
        for path in (f"/budget/{plans.ours['budget_id']}",
                     f"/budget/{plans.ours['budget_id']}/remove"):  # fmt: skip
            data = {"title": "x", "planned": "1", "actual": "", "forecast": ""}
            assert client_of("it").post(path, data=data).status_code == 404, path
            assert client_of("it").post(path).status_code == 404, path

    def test_an_owner_reads_another_task_but_does_not_change_it(self, plans, client_of) -> None:
        client = client_of("owner2")
        assert client.get("/tasks/1").status_code == 200
        for path in ("/tasks/1/words", "/tasks/1/assign", "/risks/1/edit"):
            assert client.post(path, data={"title": "x"}).status_code == 403, path
        data = {"percent": "5"}
        assert client.post("/tasks/1/progress", data=data).status_code == 403
        assert client.post("/steps/1/remove").status_code == 403
