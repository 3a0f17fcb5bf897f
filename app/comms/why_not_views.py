"""The page that answers why somebody did, or did not, get a reminder."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request
from flask_login import current_user

from app.comms.reminder_queries import delivery_of
from app.comms.reminder_views import sees_all
from app.comms.why_not import DAYS, answers_about
from app.comms.why_not_words import Line, lines_of
from app.core.db import db
from app.core.formats import local_date
from app.core.permissions import requires
from app.core.registries import subjects
from app.core.text import whole_number_or_none
from app.core.web import request_now
from app.plans.access import plan_people
from app.plans.models import Plan, PlanPhase

bp = Blueprint("why_not", __name__, template_folder="templates")

PER_PAGE = 50
SHOWN_AT_ONCE = timedelta(days=7)


@bp.get("/plans/<int:plan_id>/reminders/why-not")
@requires("reminder:read")
def index(plan_id: int) -> Any:
    """One line for each step of reminding that names the person: what became of it, and why."""
    now, may_choose = request_now(), sees_all(g.viewer)
    people = plan_people(plan_id) if may_choose else [current_user]
    wanted = whole_number_or_none(request.args.get("person"))
    person = next((p for p in people if p.id == wanted), current_user)
    answers = answers_about(person.id, g.viewer, now)
    kinds = {row.kind for row in answers.rows}
    kind = request.args.get("subject")
    kind = kind if kind in kinds else None
    lines = lines_of(answers.only(kind), delivery_of(plan_id, now))
    ahead = [line for line in lines if line.at > now]
    today = local_date(now)
    return render_template(
        "comms/why_not.html",
        plan_id=plan_id,
        person=person,
        is_me=person.id == current_user.id,
        people=people if may_choose else [],
        subjects=[(key, subject.label) for key, subject in subjects if key in kinds],
        kind=kind,
        is_closed=db.session.get_one(Plan, plan_id).state is PlanPhase.closed,
        past=_page([line for line in reversed(lines) if line.at <= now]),
        soon=_by_day(line for line in ahead if local_date(line.at) < today + SHOWN_AT_ONCE),
        afterwards=_by_day(line for line in ahead if local_date(line.at) >= today + SHOWN_AT_ONCE),
        ahead_count=len(ahead),
        today=today,
        days=DAYS,
    )


def _by_day(lines: Iterable[Line]) -> dict[date, list[Line]]:
    by_day: dict[date, list[Line]] = {}
    for line in lines:
        by_day.setdefault(local_date(line.at), []).append(line)
    return by_day


def _page(lines: Sequence[Line]) -> Any:
    """The lines of the page that is asked for, as `ui.pager` reads it."""
    pages = max(1, -(-len(lines) // PER_PAGE))
    number = min(whole_number_or_none(request.args.get("page")) or 1, pages)
    return SimpleNamespace(
        items=lines[(number - 1) * PER_PAGE : number * PER_PAGE], total=len(lines), page=number,
        pages=pages, has_prev=number > 1, has_next=number < pages,
    )  # fmt: skip
