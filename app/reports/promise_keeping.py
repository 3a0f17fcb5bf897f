"""Promises: a line of last week's "next week" comes back and needs an outcome.

A slip ends the line as slipped and begins a new one for the later week, so that slips can be
counted and the kept rate never forgets one.
"""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.content import OutcomeGiven, ReportContent
from app.reports.deadlines import covered_weeks
from app.reports.models import Outcome, Promise, WeeklyReport
from app.reports.weeks import next_report_week

GIVEN = (Outcome.done, Outcome.slipped, Outcome.dropped)
REASON_LENGTH = 500
LINE_LENGTH = 300
MOST_LINES = 20
# In weeks.
FARTHEST_SLIP = 52


def due_promises(task_id: int, week: IsoWeek, report: WeeklyReport | None) -> list[Promise]:
    """What the report of `week` has to answer for, oldest first: open promises due by then, and
    those that this very report settled before it was returned."""
    number = Promise.due_year * 100 + Promise.due_week
    waiting = (Promise.outcome == Outcome.pending) & (number <= week.year * 100 + week.week)
    if report is not None:
        mine = Promise.settled_in_id == report.id
        condition = or_(waiting & (Promise.report_id != report.id), mine)
    else:
        condition = waiting
    return list(
        db.session.scalars(
            select(Promise)
            .where(Promise.task_id == task_id, condition)
            .order_by(Promise.made_year, Promise.made_week, Promise.id)
        )
    )


def made_by(report: WeeklyReport) -> list[Promise]:
    """The lines of the report's "next week", without those that slipped into it."""
    return list(
        db.session.scalars(
            select(Promise)
            .where(Promise.report_id == report.id, Promise.follows_id.is_(None))
            .order_by(Promise.id)
        )
    )


def fixed_ids(report: WeeklyReport | None) -> frozenset[int]:
    """Promises that this report settled by a slip, and that a later report has answered since:
    their outcome cannot be taken back."""
    if report is None:
        return frozenset()
    return frozenset(
        promise_id
        for promise_id in db.session.scalars(
            select(Promise.follows_id).where(
                Promise.report_id == report.id,
                Promise.follows_id.is_not(None),
                Promise.outcome != Outcome.pending,
            )
        )
        if promise_id is not None
    )


def outcome_faults(
    content: ReportContent, due: list[Promise], fixed: frozenset[int], week: IsoWeek,
    calendar: WorkCalendar,
) -> list[tuple[str, object]]:  # fmt: skip
    """What is missing or does not fit, as (field, sentence), line by line."""
    faults: list[tuple[str, object]] = []
    for promise in due:
        given = content.outcome_of(promise.id)
        name = f"outcome-{promise.id}"
        if promise.id in fixed:
            continue
        if given.outcome not in GIVEN:
            faults.append((f"{name}-outcome", _l("Please choose an outcome.")))
            continue
        if given.outcome == Outcome.slipped:
            faults += [(f"{name}-new_week", s) for s in _week_faults(given, week, calendar)]
        if given.outcome != Outcome.done and not given.reason:
            faults.append((f"{name}-reason", _l("Please say why; it is kept with the promise.")))
        elif len(given.reason) > REASON_LENGTH:
            faults.append((f"{name}-reason", too_long(REASON_LENGTH)))
    known = {promise.id for promise in due}
    if any(given.promise_id not in known for given in content.outcomes if given.outcome):
        faults.append(("", _l("One of these promises does not wait for this report.")))
    return faults


def _week_faults(given: OutcomeGiven, week: IsoWeek, calendar: WorkCalendar) -> list[object]:
    if given.new_week is None:
        return [_l("Please say to which week.")]
    if given.new_week <= week:
        return [_l("A promise slips to a later week: week %(week)s or after.",
                   week=next_report_week(week, calendar).week)]  # fmt: skip
    if given.new_week > week.plus(FARTHEST_SLIP):
        return [_l("A promise slips by a year at most.")]
    if not covered_weeks(given.new_week, calendar):
        return [_l("Week %(week)s has no working day. Please choose another.",
                   week=given.new_week.week)]  # fmt: skip
    return []


def line_faults(content: ReportContent) -> list[tuple[str, object]]:
    """What is wrong with next week's lines. None are needed once the task stands at 100%, or when
    a promise has slipped into a later week."""
    faults: list[tuple[str, object]] = [
        (f"line-{n}-text", too_long(LINE_LENGTH))
        for n, line in enumerate(content.next_lines)
        if len(line) > LINE_LENGTH
    ]
    if len(content.next_lines) > MOST_LINES:
        faults.append((f"line-{MOST_LINES}-text", _l("Twenty lines are enough for a week.")))
    slipped = any(given.outcome == Outcome.slipped for given in content.outcomes)
    if not content.next_lines and not slipped and content.percent != 100:
        faults.append(("line-0-text", _l("Please promise at least one thing for next week.")))
    return faults


def too_long(length: int) -> object:
    return _l("At most %(max)s characters; please shorten it.", max=length)


def settle(
    report: WeeklyReport, due: list[Promise], content: ReportContent, fixed: frozenset[int],
    author: Person, now: datetime,
) -> None:  # fmt: skip
    """Write down what became of each promise; a slip begins its successor."""
    for promise in due:
        if promise.id in fixed:
            continue
        given = content.outcome_of(promise.id)
        changes = audit.change(
            promise,
            outcome=Outcome(given.outcome),
            reason="" if given.outcome == Outcome.done else given.reason,
            settled_in_id=report.id,
        )
        audit.record("settled", promise, actor_id=author.id, now=now, changes=changes)
        if given.outcome == Outcome.slipped:
            if given.new_week is None:
                raise DomainError(_l("Please say to which week."))
            _promise(report, promise.text, given.new_week, author, now, after=promise)


def promise_lines(
    report: WeeklyReport, lines: tuple[str, ...], due: IsoWeek, author: Person, now: datetime
) -> None:
    """Next week's lines. After a return, a line that stayed as it was keeps its row."""
    kept = [promise.text for promise in made_by(report)]
    for line in lines:
        if line in kept:
            kept.remove(line)
        else:
            _promise(report, line, due, author, now)


def withdraw(
    report: WeeklyReport, lines: tuple[str, ...], fixed: frozenset[int], author: Person,
    now: datetime,
) -> None:  # fmt: skip
    """Take back what a returned report said of promises, as far as nothing was built on it."""
    for follower in db.session.scalars(
        select(Promise).where(
            Promise.report_id == report.id,
            Promise.follows_id.is_not(None),
            Promise.outcome == Outcome.pending,
        )
    ).all():
        _take_back(follower, author, now)
    for promise in db.session.scalars(
        select(Promise).where(Promise.settled_in_id == report.id)
    ).all():
        if promise.id not in fixed:
            changes = audit.change(
                promise, outcome=Outcome.pending, reason="", settled_in_id=None
            )
            audit.record("unsettled", promise, actor_id=author.id, now=now, changes=changes)
    staying = list(lines)
    for promise in made_by(report):
        if promise.text in staying:
            staying.remove(promise.text)
        elif promise.outcome is Outcome.pending:
            _take_back(promise, author, now)
    db.session.flush()


def _take_back(promise: Promise, author: Person, now: datetime) -> None:
    audit.record(
        "taken_back", promise, actor_id=author.id, now=now,
        changes={"text": (promise.text, None)},
    )  # fmt: skip
    db.session.delete(promise)


def _promise(
    report: WeeklyReport, text: str, due: IsoWeek, author: Person, now: datetime,
    after: Promise | None = None,
) -> None:  # fmt: skip
    promise = Promise(
        plan_id=report.plan_id,
        task_id=report.task_id,
        report_id=report.id,
        text=text,
        made_year=report.iso_year,
        made_week=report.iso_week,
        due_year=due.year,
        due_week=due.week,
        follows_id=after.id if after else None,
        slip_count=after.slip_count + 1 if after else 0,
    )
    db.session.add(promise)
    audit.record("made", promise, actor_id=author.id, now=now)
