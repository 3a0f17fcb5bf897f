"""One message for each person when a plan's dates move together, however many of them there are."""

from collections import defaultdict

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import select

from app.accounts.models import Department
from app.comms import outbox, wording
from app.core.db import db
from app.core.formats import day_short, words
from app.core.localtext import LocalText
from app.core.trying import Moved
from app.plans.models import Plan
from app.risks.models import Response, Risk
from app.tasks.events import ItemMove, PlanRescheduled
from app.tasks.models import Task

# More than these are counted, the page has them all.
MOST_LINES = 12


def plan_rescheduled(event: PlanRescheduled) -> None:
    """Tell owners of their moved tasks and steps, and whoever answers for a response whose window
    moved, or reviews its risk; never the person who did it."""
    told: dict[int, list[ItemMove | Moved]] = defaultdict(list)
    owners = _owners({move.task_id for move in event.moves})
    for move in event.moves:
        owner_id = owners.get(move.task_id)
        if owner_id is not None:
            told[owner_id].append(move)
    for row, person_ids in _windows(event):
        for person_id in person_ids:
            told[person_id].append(row)
    told.pop(event.by_id, None)
    if not told:
        return
    plan = db.session.get_one(Plan, event.plan_id)
    stamp = event.at.strftime("%Y-%m-%dT%H:%M:%S")
    for person_id, rows in sorted(told.items()):
        outbox.notify(
            kind="rescheduled", object_key=f"plan:{plan.id}", occurrence=stamp,
            recipient_id=person_id,
            title=LocalText(**wording.in_all(
                lambda: _("Dates moved: %(plan)s", plan=words(plan.title)))),
            text=LocalText(**wording.in_all(lambda r=rows: _text(r, event.reason))),
            url=f"/plans/{plan.id}/tasks", plan_id=plan.id,
            reason=LocalText(**wording.in_all(
                lambda: _("dates that you answer for moved with the plan"))),
            now=event.at,
        )  # fmt: skip


def _owners(task_ids: set[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Task.id, Task.owner_id).where(Task.id.in_(task_ids), Task.owner_id.is_not(None))
    )
    return {row.id: row.owner_id for row in rows}


def _windows(event: PlanRescheduled) -> list[tuple[Moved, set[int]]]:
    """Moved windows with the response's owner and the head of the risk's department."""
    moved = {int(row.present.key.split(":")[1]): row for row in event.followed
             if row.kind == "window"}  # fmt: skip
    if not moved:
        return []
    found = db.session.execute(
        select(Response.id, Response.owner_id, Department.head_id)
        .join(Risk, Risk.id == Response.risk_id)
        .outerjoin(Department, Department.id == Risk.department_id)
        .where(Response.id.in_(moved))
        .order_by(Response.id)
    )
    return [
        (moved[row.id], {p for p in (row.owner_id, row.head_id) if p is not None}) for row in found
    ]


def _text(rows: list[ItemMove | Moved], reason: str) -> str:
    lines = [_line(row) for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(_("and %(num)d more", num=len(rows) - MOST_LINES))
    return _("%(lines)s. Reason: %(reason)s", lines=pgettext("list", "; ").join(lines),
             reason=reason)  # fmt: skip


def _line(row: ItemMove | Moved) -> str:
    if isinstance(row, ItemMove):
        return _(
            "%(name)s: %(before)s → %(after)s", name=f"{row.label} {words(row.title)}",
            before=_span(row.old_start_on, row.old_finish_on),
            after=_span(row.new_start_on, row.new_finish_on),
        )  # fmt: skip
    before, after = row.before, row.after
    return _(
        "Window of “%(name)s”: %(before)s → %(after)s", name=words(row.present.title),
        before=_span(before.first_on, before.last_on) if before else "–",
        after=_span(after.first_on, after.last_on) if after else "–",
    )  # fmt: skip


def _span(first: object, last: object) -> str:
    return f"{day_short(first)} – {day_short(last)}"  # type: ignore[arg-type]
