"""The home page `/`: one page per role, for the plan that the person is in."""

import secrets
from collections.abc import Sized
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, g, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.accounts.sign_in import hash_token
from app.core import unit_of_work
from app.core.formats import local_date, when_long, words
from app.core.i18n import current_language
from app.core.kept import Holed, Shelf
from app.core.permissions import SIGNED_IN, Role, Viewer, requires
from app.core.reading import one_reading
from app.core.web import request_now
from app.plans.wiring import current_viewer
from app.reports import indicator_words
from app.reports.matrix import due_words
from app.status import findings
from app.status.comparison.values import Names
from app.status.home import showing
from app.status.home.keeping import SHELF, KeptHome, day_begins, marks_of, turns_at
from app.status.home.last_visit import FIRST_LOOK, changes_since, last_visit
from app.status.home.paper import Paper, Texts, paper_of
from app.status.progress_lines import ProgressLines, progress_lines
from app.status.week_lights import lights_by_week
from app.tasks.budget_queries import money_sum
from app.tasks.chart import Span, months_of
from app.tasks.queries import month_name, strip_rows

# A month narrower than this share of the width has no room for its name.
NARROW = 5

bp = Blueprint("status", __name__, template_folder="../templates")


@bp.get("/")
@requires(SIGNED_IN)
def index() -> Any:
    """What the person owes, what is in trouble, what is next."""
    shelf: Shelf[KeptHome] = current_app.extensions[SHELF]
    person_id, now = current_user.id, request_now()
    key = (person_id, current_language(), session.get("plan_id"), request.script_root)
    # What a form answers with is said once.
    is_told = "_flashes" in session
    kept = None if is_told else shelf.find(key, marks_of(person_id), now)
    if kept is not None and (not kept.is_since_visit or kept.visited_at == _visited_at(now)):
        return kept.page.filled(_of_this_request(when_long(now)))
    # The marks come first, and nothing is used that was read before them.
    unit_of_work.rollback()
    marks = marks_of(person_id)
    g.data_at = secrets.token_hex(16)
    with one_reading():
        viewer = current_viewer()
        if viewer is None:
            return render_template("status/home_none.html")
        parts, it = _parts(viewer, now)
        text = _page(it, parts)
    page = Holed.of(text, _of_this_request(g.data_at))
    until = turns_at(it.state, parts["turns"])
    if not is_told and marks.are_shown_at(now) and now < until:
        is_since_visit = it.role is Role.executive
        kept = KeptHome(page, is_since_visit, parts.get("visited_at"))
        shelf.keep(key, marks, now, until, kept)
    return page.filled(_of_this_request(when_long(now)))


def _of_this_request(data_at: str) -> dict[str, str]:
    """What of a page is this request's alone."""
    return {"nonce": g.csp_nonce, "token": generate_csrf(), "data_at": data_at}


@bp.app_template_filter("data_at")
def data_at(as_of: datetime) -> str:
    """As of when the page's data stand; a page that may be kept has a hole there."""
    return g.get("data_at") or when_long(as_of)


def _parts(viewer: Viewer, now: datetime) -> tuple[dict[str, Any], showing.Home]:
    it = showing.home_of(viewer, now)
    return {"turns": (), **PARTS[it.role](it, now)}, it


def _page(it: showing.Home, parts: dict[str, Any]) -> str:
    return render_template(
        f"status/home_{it.role}.html",
        home=it,
        state=it.state,
        names=it.names,
        departments=it.departments,
        todos=it.todos,
        meeting=it.meeting,
        today=it.state.today,
        say=indicator_words,
        troubles=findings.troubles(it.state),
        find=findings,
        plan_id=it.viewer.plan_id,
        pack_url=_pack_url(it.viewer.plan_id),
        **parts,
    )


def _pack_url(plan_id: int) -> str:
    return url_for("packs.index", plan_id=plan_id) if _has("packs.index") else ""


def _has(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _strip(it: showing.Home, own_only: bool = False) -> dict[str, Any]:
    chart = showing.chart_of(it, own_only)
    return {
        "strip": strip_rows(chart),
        "months": [(left, name) for left, width, name, _estimated in chart.months
                   if width > NARROW],
        "today_at": chart.today_at,
        "whys": findings.task_whys(it.state),
    }  # fmt: skip


def _for_manager(it: showing.Home, now: Any) -> dict[str, Any]:
    rows = showing.coming_of(it, now)
    return {
        **_strip(it),
        "overdue": showing.others_overdue(it, rows),
        "coming": showing.coming_groups(it, rows)[: showing.SHOWN_COMING],
        "coming_count": sum(len(row.recipients) for row in rows),
        "weeks": it.state.reports.weeks[-showing.SHOWN_WEEKS :],
        "urls": showing.report_urls(it),
        "due_words": due_words,
        "next_value": showing.next_measurement(it),
        "packs": showing.packs_of(it.viewer, 1),
        "turns": [row.at for row in rows],
    }


def _for_executive(it: showing.Home, now: Any) -> dict[str, Any]:
    visited_at = _visited_at(now)
    names = Names(it.names, it.departments)
    lines = progress_lines(it.state, it.calendar)
    strip = _strip(it)
    parts = {
        **strip,
        "visited_at": visited_at,
        "visited_on": local_date(visited_at) if visited_at else None,
        "changes": changes_since(it.viewer, it.state, names, visited_at) if visited_at else [],
        "earlier": changes_since(it.viewer, it.state, names, day_begins(now) - FIRST_LOOK),
        "risk_words": showing.risk_words(it.state),
        "lights": lights_by_week(it.state),
        "lines": _drawn(lines, it),
        "packs": showing.packs_of(it.viewer),
        "total": money_sum(it.state.tasks.budget or ()),
        "most": max((max(b.planned_cents, b.actual_cents, b.forecast_cents)
                     for b in it.state.tasks.budget or ()), default=0),
        "is_estimated": it.state.plan.is_finish_estimated or any(
            row.is_estimated for row in strip["strip"]),
    }  # fmt: skip
    return {**parts, "paper": _paper(it, parts["changes"] or parts["earlier"])}


def _paper(it: showing.Home, changes: Sized) -> Paper:
    """How the page fits on its sheet."""
    state = it.state
    found = findings.troubles(state)
    return paper_of(
        Texts(
            tasks=[words(row.title) for row in state.tasks.tasks],
            indicators=[words(row.title) for row in state.monitoring.indicators],
            lines=[words(row.title) for row in state.tasks.budget or ()],
            late=sum(not row.done_on and (row.days_late or 0) > 0 for row in state.tasks.tasks),
            changes=len(changes),
            asks=len(it.todos),
            risks=sum(row.is_window_passed for row in state.risks.risks),
            reasons=len(found) if len(found) > findings.NAMED else 0,
            has_note=bool(findings.approval_sentence(state)),
        )
    )


def _visited_at(now: datetime) -> datetime | None:
    """When the person was last here before this visit."""
    token = getattr(current_user, "session_token", None) or ""
    return last_visit(current_user.id, hash_token(token), now)


def _drawn(lines: ProgressLines, it: showing.Home) -> dict[str, Any]:
    """The lines as the chart's percentages of width and height."""
    span = Span(lines.first, lines.last)

    def at(points: Any) -> list[tuple[float, float]]:
        days = max(span.days - 1, 1)
        return [(min(max((day - lines.first).days, 0) * 100 / days, 100), value)
                for day, value in points]  # fmt: skip

    return {
        "planned": at(lines.planned),
        "actual": at(lines.actual),
        "expected": at(lines.expected),
        "months": [(left, month_name(first)) for left, width, first in months_of(span)
                   if width > NARROW],
        "today_at": at([(it.state.today, 0.0)])[0][0],
    }  # fmt: skip


def _for_head(it: showing.Home, now: Any) -> dict[str, Any]:
    return {
        "risks": showing.of_departments(it, it.state.risks.risks),
        "signatures": showing.of_departments(it, it.state.risks.signatures),
        "resources": showing.of_departments(it, it.state.tasks.resources),
        "actions": [
            a for a in it.state.tasks.actions
            if a.state == "open" and (a.owner_id == it.viewer.person_id
                                      or a.department_id in it.viewer.department_ids)
        ],
        "task_of": {task.id: task for task in it.state.tasks.tasks},
    }  # fmt: skip


def _for_owner(it: showing.Home, now: Any) -> dict[str, Any]:
    return {
        **_strip(it, own_only=True),
        "reports": showing.own_reports(it),
        "promises": showing.own_promises(it),
        "actions": showing.own_actions(it),
        "steps": showing.next_steps(it),
        "rate": _rate(it),
    }


def _rate(it: showing.Home) -> tuple[int, int]:
    mine = {task.id for task in showing.own_tasks(it)}
    rows = [row for row in it.state.reports.rows if row.task_id in mine]
    return sum(row.kept for row in rows), sum(row.settled for row in rows)


def _for_member(it: showing.Home, now: Any) -> dict[str, Any]:
    return {**_strip(it), "actions": showing.own_actions(it)}


PARTS = {
    Role.manager: _for_manager,
    Role.executive: _for_executive,
    Role.head: _for_head,
    Role.owner: _for_owner,
    Role.member: _for_member,
}
