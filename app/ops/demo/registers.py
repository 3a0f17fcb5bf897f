"""The risk register's life: risks added, reviewed, answered, signed."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.ops.demo.stage import Event, Stage
from app.risks.models import Response, Risk
from app.risks.response_services import add_response, complete_response, start_response
from app.risks.scoring import impact_from_plan
from app.risks.services import register_risk, review_risk, sign_department


def events(stage: Stage) -> Iterator[Event]:
    story, at = stage.story, stage.times.at
    for row in story["risks"]:
        yield Event(at(row["registered_at"]), partial(_register, row=row), "risk")
    for row in story["risk_reviews"]:
        yield Event(at(row["at"]), partial(_review, row=row), "review")
    for row in story["responses"]:
        yield Event(at(row["at"]), partial(_respond, row=row), "response")
    for row in story["risk_signatures"]:
        yield Event(at(row["at"]), partial(_sign, row=row), "signature")


def _risk(stage: Stage, number: int) -> Risk:
    return db.session.scalars(
        select(Risk).where(Risk.plan_id == stage.plan_id, Risk.number == number)
    ).one()


def _window(stage: Stage, window: dict[str, Any]) -> dict[str, Any]:
    """The story's window with its days as dates."""
    if window["kind"] != "absolute":
        return window
    return {
        "kind": "absolute",
        "first_on": stage.day(window["start"]).isoformat(),
        "last_on": stage.day(window["finish"]).isoformat(),
    }


def _register(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    actor = stage.person(row["registered_by"])
    risk = register_risk(
        stage.plan_id,
        title=LocalText(own=row["title"]),
        department_id=stage.department_id(row["department"]),
        plan_impact=impact_from_plan(row["impact"]),
        description=row.get("acceptance_reason", ""),
        actor=actor,
        now=now,
    )
    db.session.flush()
    add_response(
        risk,
        title=LocalText(own=row["response"]),
        window=_window(stage, row["window"]),
        actor=actor,
        now=now,
    )


def _review(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    risk = _risk(stage, row["risk"])
    target = None
    if "target_probability" in row:
        target = (row["target_probability"], row["target_impact"])
    # A department's risk is its head's to score, whoever saw first that it rose.
    head = risk.department.head if risk.department else None
    review_risk(
        risk,
        probability=row["probability"],
        impact=row["impact"],
        comment=row.get("comment", ""),
        target=target,
        actor=head or stage.person(row["by"]),
        now=now,
    )


def _respond(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    risk = _risk(stage, row["risk"])
    actor = stage.person(row["by"])
    rows = list(
        db.session.scalars(
            select(Response).where(Response.risk_id == risk.id).order_by(Response.id)
        )
    )
    if "measure" in row:
        response = rows[row["measure"] - 1]
    else:
        response = next((r for r in rows if r.title.own == row["title"]), None)
        if response is None:
            response = add_response(
                risk, title=LocalText(own=row["title"]), window=rows[0].window, actor=actor, now=now
            )
            db.session.flush()
    act = complete_response if row["state"] == "completed" else start_response
    act(response, actor=actor, now=now)


def _sign(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    """Sign the month. Where the months lie so that not all was reviewed in it, none is signed."""
    try:
        sign_department(
            stage.plan_id,
            stage.department_id(row["department"]),
            local_date(now).isoformat()[:7],
            actor=stage.person(row["by"]),
            now=now,
        )
    except DomainError:
        db.session.rollback()
