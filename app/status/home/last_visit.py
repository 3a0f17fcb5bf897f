"""What changed since a person was last here.

What happened since exactly that instant is told with its day, from the audit trail and the dates in
the state. What has no instant (a light that turned, a milestone that moved) is found by comparing
with the newest state that was kept at or before it, and says since when. The last visit is read
from the sign-ins, which accounts keep; looking writes nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from app.accounts.models import SignIn
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.permissions import Viewer
from app.risks.scoring import band
from app.status.comparison.change import About, Change, Thing, Weight, most_important
from app.status.comparison.comparing import changes_between
from app.status.comparison.reports import latest_value
from app.status.comparison.values import Names
from app.status.comparison.words import sentence
from app.status.snapshots import newest_before, read_state
from app.status.state import PlanState

# Two visits closer together than this are one.
APART = timedelta(hours=2)
# Without an earlier visit that is known, so far back.
FIRST_LOOK = timedelta(days=14)
MOST = 8

# What is told with its instant whenever it happened: a comparison has nothing to add.
DATED = {
    (About.task, "finish_on"), (About.task, "done_on"), (About.money, "forecast_cents"),
    (About.risk, "score"), (About.indicator, "latest"), (About.meeting, "decisions"),
    (About.plan, "approval"), (About.plan, "approved_at"),
}  # fmt: skip


class Entry(NamedTuple):
    """A row of the audit trail about a task or a line of money."""

    at: datetime
    kind: str
    object_id: int
    changed: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A change in a sentence, with its page. `at`: when it happened; where that is not known
    (`is_dated` False), the instant of the state that it was found against."""

    at: datetime
    text: str
    url: str
    is_dated: bool = True


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


def changes_since(
    viewer: Viewer, state: PlanState, names: Names, since: datetime
) -> list[Told]:
    """What the viewer of the state may know of and what matters to the whole: first what has no
    day of its own, then the newest. Two statements."""
    kept = newest_before(viewer, since)
    before = None
    # Where an older version kept it, what has its own instant is told all the same.
    with suppress(DomainError):
        before = read_state(kept) if kept else None
    entries = read_entries(state.plan.id, before.as_of if before else since)
    return told_since(state, since, entries, before, names)


def read_entries(plan_id: int, since: datetime) -> list[Entry]:
    """What the audit trail says of dates, forecasts and expected money, oldest first."""
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.object_type, AuditEntry.object_id, AuditEntry.changes)
        .where(
            AuditEntry.plan_id == plan_id,
            AuditEntry.at > since,
            AuditEntry.object_type.in_(("tasks", "budget_lines")),
            AuditEntry.action.in_(("dates_changed", "progress", "changed")),
        )
        .order_by(AuditEntry.id)
    )
    return [Entry(*row) for row in rows]


def told_since(
    state: PlanState,
    since: datetime,
    entries: Iterable[Entry],
    before: PlanState | None,
    names: Names,
) -> list[Told]:
    """The same from what was read already. `before`: the state that was kept at or before `since`;
    `entries` reach back to it."""
    entries = list(entries)
    dated = list(_dated(state, since, [entry for entry in entries if entry.at > since]))
    known = {change.key for change in dated}
    # What moved before the visit was seen then; the comparison still finds it.
    known |= {change.key for change in _moved(state, [e for e in entries if e.at <= since])}
    found = [] if before is None else changes_between(before, state)
    undated = [c for c in found if _adds(c, since) and c.key not in known]
    chosen = most_important([*dated, *undated], MOST)
    base = before.as_of if before else since
    rows = [
        Told(change.at or base, sentence(change, names), change.path, change.at is not None)
        for change in chosen
    ]
    return sorted(rows, key=lambda row: (not row.is_dated, row.at), reverse=True)


def _adds(change: Change, since: datetime) -> bool:
    """Whether a difference matters to the whole, is not told by its instant, and is not known to
    be older than the visit."""
    if change.weight >= Weight.detail or (change.about, change.field) in DATED:
        return False
    if change.field == "standing" and change.new != "missing":
        return False  # a late report is told by when it came
    return change.at is None or change.at > since


def _dated(state: PlanState, since: datetime, entries: list[Entry]) -> Iterator[Change]:
    """What happened since, each with its instant."""
    yield from _moved(state, entries)
    yield from _finished(state, since)
    yield from _scores(state, since)
    yield from _values(state, since)
    yield from _late_reports(state, since)
    yield from _decisions(state, since)
    at = state.plan.approved_at
    if at is not None and at > since:
        plan = Thing(About.plan, state.plan.id, None, state.plan.title, f"/plans/{state.plan.id}")
        yield from plan.change("approval", "none", "current", Weight.plan, at=at)


def _task(row: Any) -> Thing:
    return Thing(About.task, row.id, row.number, row.title, f"/tasks/{row.id}")


def _moved(state: PlanState, entries: Iterable[Entry]) -> Iterator[Change]:
    """Committed dates, forecasts and expected money that moved, each once from first to last."""
    seen: dict[tuple[str, int, str], tuple[datetime, Any, Any]] = {}
    for at, kind, object_id, changed in entries:
        for name in ("finish_on", "forecast_finish_on", "forecast_cents"):
            if name in changed:
                first = seen.get((kind, object_id, name), (at, changed[name][0], None))[1]
                seen[kind, object_id, name] = (at, first, changed[name][1])
    tasks = {row.id: row for row in state.tasks.tasks}
    lines = {row.id: row for row in state.tasks.budget or ()}
    for (kind, object_id, name), (at, old, new) in seen.items():
        if kind == "tasks" and object_id in tasks and new is not None:
            task = tasks[object_id]
            was = date.fromisoformat(old) if old else task.finish_on
            now_on = date.fromisoformat(new)
            if name == "finish_on":
                yield from _task(task).change("finish_on", was, now_on, Weight.date, at=at)
            else:
                days = task.days_late if now_on == task.expected_finish_on else 0
                yield from _task(task).change("expected_finish_on", was, now_on, Weight.expected,
                                              at=at, days_late=days)  # fmt: skip
        elif kind == "budget_lines" and object_id in lines:
            line = Thing(About.money, object_id, None, lines[object_id].title,
                         f"/plans/{state.plan.id}/budget")  # fmt: skip
            yield from line.change("forecast_cents", old, new, Weight.money, at=at)


def _finished(state: PlanState, since: datetime) -> Iterator[Change]:
    for row in state.tasks.tasks:
        if row.done_on is not None and row.done_on > local_date(since):
            at = _noon(row.done_on, since)
            yield from _task(row).change("done_on", None, row.done_on, Weight.finished, at=at)


def _scores(state: PlanState, since: datetime) -> Iterator[Change]:
    for risk in state.risks.risks:
        old, new = risk.score_before, risk.score
        if risk.reviewed_at is None or risk.reviewed_at <= since or old is None or new is None:
            continue
        thing = Thing(About.risk, risk.id, risk.number, risk.title, f"/risks/{risk.id}")
        yield from thing.change("score", old, new, Weight.risk, at=risk.reviewed_at,
                                bands=(str(band(old)), str(band(new))))  # fmt: skip


def _values(state: PlanState, since: datetime) -> Iterator[Change]:
    for row in state.monitoring.indicators:
        if row.latest is not None and row.latest.measured_at > since:
            thing = Thing(About.indicator, row.id, row.number, row.title, f"/indicators/{row.id}")
            yield from thing.change("latest", None, latest_value(row), Weight.measured,
                                    at=row.latest.measured_at)  # fmt: skip


def _late_reports(state: PlanState, since: datetime) -> Iterator[Change]:
    for row in state.reports.reports:
        if row.first_submitted_at > since and row.standing == "late":
            thing = Thing(About.report, row.task_id, row.task_number, "", f"/reports/{row.id}")
            yield from thing.change("standing", None, "late", Weight.kept_back, part=row.week,
                                    at=row.first_submitted_at)  # fmt: skip


def _decisions(state: PlanState, since: datetime) -> Iterator[Change]:
    for row in state.comms.meetings:
        if since < row.ends_at <= state.as_of:
            thing = Thing(About.meeting, row.id, None, row.title, f"/meetings/{row.id}")
            yield from thing.change("decisions", (), row.decisions, Weight.decided,
                                    at=row.ends_at)  # fmt: skip


def _noon(on: date, like: datetime) -> datetime:
    """A day among instants: its noon, in UTC."""
    return datetime(on.year, on.month, on.day, 4, tzinfo=like.tzinfo)
