"""What changed since a person was last here, as dated sentences.

The last visit is read from the sign-ins, which accounts keep; looking writes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.models import SignIn
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import day_plain, local_date, money, week, words
from app.plans.weeks import IsoWeek
from app.reports.indicator_words import headline, period_name
from app.status.state import PlanState

# Two visits closer together than this are one.
APART = timedelta(hours=2)
# Without an earlier visit that is known, so far back.
FIRST_LOOK = timedelta(days=14)
MOST = 8


@dataclass(frozen=True)
class Change:
    """Something that happened at an instant, in a sentence, with its page."""

    at: datetime
    text: str
    url: str


def last_visit(person_id: int, token_hash: str, now: datetime) -> datetime | None:
    """When the person was last here before this visit; None when it is not known."""
    rows = db.session.execute(
        select(SignIn.token_hash, SignIn.created_at, SignIn.seen_at).where(
            SignIn.person_id == person_id
        )
    ).all()
    instants = [row.seen_at for row in rows if row.token_hash != token_hash]
    # A browser that stays signed in was here at least when it signed in.
    instants += [row.created_at for row in rows if row.token_hash == token_hash]
    return max((at for at in instants if at <= now - APART), default=None)


def changes_since(state: PlanState, since: datetime) -> list[Change]:
    """What the viewer of the state may know of and what matters to the whole, newest first."""
    rows = [
        *_moved_tasks(state, since),
        *_finished_tasks(state, since),
        *_scores(state, since),
        *_values(state, since),
        *_late_reports(state, since),
        *_decisions(state, since),
        *_signed(state, since),
    ]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:MOST]


def _moved_tasks(state: PlanState, since: datetime) -> list[Change]:
    """Committed dates, forecasts and expected money that moved, each once from first to last."""
    entries = db.session.execute(
        select(AuditEntry.at, AuditEntry.object_type, AuditEntry.object_id, AuditEntry.changes)
        .where(
            AuditEntry.plan_id == state.plan.id,
            AuditEntry.at > since,
            AuditEntry.object_type.in_(("tasks", "budget_lines")),
            AuditEntry.action.in_(("dates_changed", "progress", "changed")),
        )
        .order_by(AuditEntry.id)
    )
    seen: dict[tuple[str, int, str], tuple[datetime, Any, Any]] = {}
    for at, kind, object_id, changed in entries:
        for name in ("finish_on", "forecast_finish_on", "forecast_cents"):
            if name in changed:
                first = seen.get((kind, object_id, name), (at, changed[name][0], None))[1]
                seen[kind, object_id, name] = (at, first, changed[name][1])
    tasks = {row.id: row for row in state.tasks.tasks}
    lines = {row.id: row for row in state.tasks.budget or ()}
    rows = []
    for (kind, object_id, name), (at, old, new) in seen.items():
        if old == new:
            continue
        if kind == "tasks" and object_id in tasks and new is not None:
            task = tasks[object_id]
            was = date.fromisoformat(old) if old else task.finish_on
            now_on = date.fromisoformat(new)
            if was == now_on:
                continue
            text = (
                _("Task %(number)s is now committed for %(new)s, before %(old)s")
                if name == "finish_on"
                else _("Task %(number)s is now expected on %(new)s, before %(old)s")
            ) % {"number": task.number, "new": day_plain(now_on), "old": day_plain(was)}
            rows.append(Change(at, text, f"/tasks/{task.id}"))
        elif kind == "budget_lines" and object_id in lines:
            text = (
                _("%(title)s is expected to cost %(sum)s yuan more")
                if new > old
                else _("%(title)s is expected to cost %(sum)s yuan less")
            ) % {"title": words(lines[object_id].title), "sum": money(abs(new - old))}
            rows.append(Change(at, text, f"/plans/{state.plan.id}/tasks#money"))
    return rows


def _finished_tasks(state: PlanState, since: datetime) -> list[Change]:
    return [
        Change(_noon(row.done_on, since), _("Task %(number)s, %(title)s, is finished",
               number=row.number, title=words(row.title)), f"/tasks/{row.id}")
        for row in state.tasks.tasks
        if row.done_on is not None and row.done_on > local_date(since)
    ]  # fmt: skip


def _scores(state: PlanState, since: datetime) -> list[Change]:
    rows = []
    for risk in state.risks.risks:
        if risk.reviewed_at is None or risk.reviewed_at <= since or risk.score is None:
            continue
        if risk.score_before is None or risk.score_before == risk.score:
            continue
        text = (
            _("Risk %(number)s, %(title)s, rose from %(old)s to %(new)s")
            if risk.score > risk.score_before
            else _("Risk %(number)s, %(title)s, fell from %(old)s to %(new)s")
        ) % {"number": risk.number, "title": words(risk.title),
             "old": risk.score_before, "new": risk.score}  # fmt: skip
        rows.append(Change(risk.reviewed_at, text, f"/risks/{risk.id}"))
    return rows


def _values(state: PlanState, since: datetime) -> list[Change]:
    return [
        Change(row.latest.measured_at, _("%(title)s, %(period)s: %(value)s",
               title=words(row.title), period=period_name(row.latest.period),
               value=headline(row)), f"/indicators/{row.id}")
        for row in state.monitoring.indicators
        if row.latest is not None and row.latest.measured_at > since
    ]  # fmt: skip


def _late_reports(state: PlanState, since: datetime) -> list[Change]:
    return [
        Change(row.first_submitted_at, _("The report of %(week)s on task %(number)s came late",
               week=week(IsoWeek.parse(row.week)), number=row.task_number), f"/reports/{row.id}")
        for row in state.reports.reports
        if row.first_submitted_at > since and row.standing == "late"
    ]  # fmt: skip


def _decisions(state: PlanState, since: datetime) -> list[Change]:
    return [
        Change(row.ends_at, ngettext("%(title)s: %(num)s decision", "%(title)s: %(num)s decisions",
               len(row.decisions), title=words(row.title)), f"/meetings/{row.id}")
        for row in state.comms.meetings
        if since < row.ends_at <= state.as_of and row.decisions
    ]  # fmt: skip


def _signed(state: PlanState, since: datetime) -> list[Change]:
    at = state.plan.approved_at
    if at is None or at <= since:
        return []
    return [Change(at, _("The plan was approved"), f"/plans/{state.plan.id}")]


def _noon(on: date, like: datetime) -> datetime:
    """A day among instants: its noon, in UTC."""
    return datetime(on.year, on.month, on.day, 4, tzinfo=like.tzinfo)
