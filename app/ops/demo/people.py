"""The company: departments, people, leave."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from app.accounts.models import Department, Person
from app.accounts.sign_in import begin_sign_in, hash_password
from app.comms.inbox import mark_all_read
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.ops.demo.stage import DOMAIN, PASSWORD, Event, Stage
from app.ops.demo.times import WEEKS_TOLD
from app.plans.leave import enter_leave
from app.plans.template import load_template


def make_company(stage: Stage, now: datetime) -> None:
    """Everybody, before the plan begins. The first administrator has nobody to be made by."""
    names = {row["key"]: row["name"] for row in load_template(stage.story["plan"]["template"])
             ["departments"]}  # fmt: skip
    departments = {}
    for key, name in names.items():
        departments[key] = Department(key=key, name=LocalText.of(name))
        db.session.add(departments[key])
        audit.record("created", departments[key], actor_id=None, now=now)
    password = hash_password(PASSWORD)
    language = stage.story["language"]
    for row in stage.story["people"]:
        department = departments.get(row.get("department", ""))
        person = Person(
            email=f"{row['key']}@{DOMAIN}",
            name=row["name"],
            title=row.get("title", ""),
            language=language,
            department_id=department.id if department else None,
            is_admin="administrator" in row["roles"],
            may_start_plans="manager" in row["roles"],
            password_hash=password,
            created_at=now,
        )
        db.session.add(person)
        audit.record("created", person, actor_id=None, now=now)
        if row.get("heads"):
            departments[row["heads"]].head_id = person.id
    db.session.flush()


def events(stage: Stage) -> Iterator[Event]:
    for row in stage.story.get("leaves", []):
        yield Event(stage.times.at(row["entered_at"]), partial(_leave, row=row), "leave")
    # The executive looked in two weeks ago: what changed since is what the home page tells.
    yield Event(stage.times.at("7-4 09:10"), _executive_looks_in, "visit")

    # Everybody reads their messages at the week's end; what came since is unread.
    for moment in [f"{week}-5 17:40" for week in range(1, WEEKS_TOLD)] + [f"{WEEKS_TOLD}-2 09:20"]:
        yield Event(stage.times.at(moment), _everybody_reads, "inbox")


def _everybody_reads(stage: Stage, now: datetime) -> None:
    for row in stage.story["people"]:
        mark_all_read(actor=stage.person(row["key"]), now=now)


def _leave(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    substitute = row.get("substitute")
    person = stage.person(row["person"])
    enter_leave(
        person.id,
        stage.day(row["first"]),
        stage.day(row["last"]),
        stage.person(substitute).id if substitute else None,
        actor=person,
        now=now,
    )


def _executive_looks_in(stage: Stage, now: datetime) -> None:
    begin_sign_in(stage.person("exec"), now)
