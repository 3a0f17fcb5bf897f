"""Use cases of responses: what is done about a risk, by whom and in which window.

A response that is completed asks for a new score: what it was worth is the reviewer's to say.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, stamp
from app.plans.access import manager_ids, people_with
from app.risks import windows
from app.risks.events import ResponseCompleted
from app.risks.models import Response, ResponseState, Risk
from app.risks.rights import READERS, eyes, may_steer, must_steer
from app.risks.services import must_be_open
from app.tasks.models import Task

OPEN_STATES = (ResponseState.planned, ResponseState.active)
FIELDS = ("title", "owner_id", "window")


def add_response(
    risk: Risk,
    *,
    title: LocalText | str,
    owner_id: int | None = None,
    window: Mapping[str, Any] | None = None,
    actor: Person,
    now: datetime,
) -> Response:
    """Plan a response. owner_id None: the head of the risk's department, or the project manager.

    window: as `windows.to_json` writes it, None = none yet. Raises DomainError, Forbidden.
    """
    must_steer(actor, risk.plan_id, risk.department_id)
    must_be_open(risk)
    response = Response(
        plan_id=risk.plan_id,
        risk_id=risk.id,
        title=_words(title),
        owner_id=_owner(risk, owner_id, None),
        window=_window(risk.plan_id, window),
        window_text=LocalText(),
    )
    db.session.add(response)
    audit.record("added", response, actor_id=actor.id, now=now)
    return response


def edit_response(
    response: Response,
    *,
    title: LocalText | str,
    owner_id: int | None,
    window: Mapping[str, Any] | None,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a response's words, owner or window. A new window no longer bears the words that
    the plan had for the old one.

    seen: `stamp_of` what the editor saw. Raises DomainError, Conflict, Forbidden.
    """
    risk = risk_of(response)
    must_steer(actor, risk.plan_id, risk.department_id)
    check_unchanged(
        seen, stamp_of(response), {"title": response.title, "owner_id": response.owner_id}
    )
    values: dict[str, Any] = {
        "title": _words(title),
        "owner_id": _owner(risk, owner_id, response.owner_id),
    }
    if windows.from_json(window) != windows.from_json(response.window):
        values.update(window=_window(risk.plan_id, window), window_text=LocalText())
    changes = audit.change(response, **values)
    if changes:
        audit.record("edited", response, actor_id=actor.id, now=now, changes=changes)


def start_response(response: Response, *, actor: Person, now: datetime) -> None:
    """Say that the response is under way."""
    _must_carry(response, actor)
    _must_be_in(response, *OPEN_STATES)
    _move(response, ResponseState.active, None, "started", actor, now)


def complete_response(response: Response, *, actor: Person, now: datetime) -> None:
    """Say that the response is done; a new score of its risk is asked for."""
    _must_carry(response, actor)
    _must_be_in(response, *OPEN_STATES)
    _move(response, ResponseState.done, now, "completed", actor, now)
    risk = risk_of(response)
    if risk.is_rated:
        _ask(risk, "response_done", actor, now)
    announce(ResponseCompleted(response.id, risk.id, risk.plan_id, actor.id, now))


def drop_response(response: Response, *, reason: str, actor: Person, now: datetime) -> None:
    """Give the response up, with the reason."""
    risk = risk_of(response)
    must_steer(actor, risk.plan_id, risk.department_id)
    _must_be_in(response, *OPEN_STATES)
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the risk."), "reason")
    _move(response, ResponseState.dropped, None, "dropped", actor, now, reason=(None, reason))


def resume_response(response: Response, *, actor: Person, now: datetime) -> None:
    """Take a finished or dropped response up again. The new score that its end asked for is no
    longer asked for, unless another response was finished since the last review."""
    risk = risk_of(response)
    must_steer(actor, risk.plan_id, risk.department_id)
    _must_be_in(response, ResponseState.done, ResponseState.dropped)
    _move(response, ResponseState.active, None, "resumed", actor, now)
    if risk.review_asked == "response_done" and not _done_since_review(risk):
        _ask(risk, "", actor, now)


def risk_of(response: Response) -> Risk:
    """The risk that the response is to."""
    return db.session.get_one(Risk, response.risk_id)


def owner_of(response: Response, risk: Risk) -> int | None:
    """Who answers for the response: its owner, else the department's head, else the manager."""
    if response.owner_id is not None:
        return response.owner_id
    if risk.department_id is not None:
        return db.session.get_one(Department, risk.department_id).head_id
    managers = manager_ids(risk.plan_id)
    return managers[0] if managers else None


def stamp_of(response: Response) -> str:
    """A mark of what an editor sees of the response."""
    return stamp({name: getattr(response, name) for name in FIELDS})


def _move(
    response: Response,
    state: ResponseState,
    done_at: datetime | None,
    action: str,
    actor: Person,
    now: datetime,
    **more: tuple[Any, Any],
) -> None:
    changes = audit.change(response, state=state, done_at=done_at)
    if changes:
        audit.record(action, response, actor_id=actor.id, now=now, changes={**changes, **more})


def _ask(risk: Risk, why: str, actor: Person, now: datetime) -> None:
    changes = audit.change(risk, review_asked=why)
    if changes:
        audit.record("review_asked", risk, actor_id=actor.id, now=now, changes=changes)


def _done_since_review(risk: Risk) -> bool:
    db.session.flush()
    done = db.session.scalars(
        select(Response.done_at).where(
            Response.risk_id == risk.id, Response.state == ResponseState.done
        )
    )
    return any(at and (risk.reviewed_at is None or at > risk.reviewed_at) for at in done)


def _must_carry(response: Response, actor: Person) -> None:
    risk = risk_of(response)
    viewer = eyes(actor, risk.plan_id)
    if not may_steer(viewer, risk.department_id) and owner_of(response, risk) != actor.id:
        raise Forbidden(_l("Only who answers for this response may do this."))
    must_be_open(risk)


def _must_be_in(response: Response, *states: ResponseState) -> None:
    if response.state not in states:
        raise DomainError(
            _l("This response is “%(state)s” by now.", state=response.state.label)
        )


def _words(title: LocalText | str) -> LocalText:
    words = LocalText.of(title)
    if not words:
        raise DomainError(_l("Please fill this in."), "title")
    return words


def _owner(risk: Risk, owner_id: int | None, former_id: int | None) -> int | None:
    # Who already answers for it may stay in the form after leaving; nobody new may have left.
    if owner_id is None or owner_id == former_id:
        return owner_id
    if owner_id not in {person.id for person in people_with(risk.plan_id, *READERS)}:
        raise DomainError(
            _l("This person does not read the plan’s risks. Choose somebody who does."),
            "owner_id",
        )
    return owner_id


def _window(plan_id: int, plain: Mapping[str, Any] | None) -> dict[str, Any] | None:
    try:
        window = windows.from_json(plain)
    except ValueError:
        raise DomainError(_l("This does not make a window."), "window_kind") from None
    if window is None:
        return None
    number = window.task_number
    if number is not None and not db.session.scalar(
        select(Task.id).where(Task.plan_id == plan_id, Task.number == number)
    ):
        raise DomainError(_l("This task does not exist in the plan."), "window_task")
    return windows.to_json(window)
