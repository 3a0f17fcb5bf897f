"""What of the register falls due, open or done: responses, reviews and signatures.

Each answer is for all plans at once. Closed risks are left out, whatever is open in them.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import Text, cast, func, select

from app.accounts.models import Department
from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.reading import read_once
from app.core.registries import Deadline
from app.plans.calendars import work_calendar
from app.plans.many import managers_of, rows_of_plans
from app.risks.models import Response, Risk, RiskReview, RiskSignature, RiskState
from app.risks.months import due_on, first_day, months_between, next_month
from app.risks.pages import month_name
from app.risks.queries import reviewer_ids
from app.risks.response_services import OPEN_STATES
from app.risks.windows import from_json, resolve
from app.risks.windows_of import anchors_of
from app.tasks.answers import begin_of, end_of, in_both, sentence
from app.tasks.reminding import due_between


def response_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Responses whose window ends in [first, last]; one that was dropped is left out. Where a
    window ends follows from the plan's dates, and so is looked at before anything else is read."""
    days = local_date(first), local_date(last)
    due = {
        response_id: last_on
        for response_id, last_on in _last_days(tuple(plan_ids)).items()
        if days[0] <= last_on <= days[1]
    }
    return due_between(_responses(due, plan_ids), first, last) if due else []


@read_once
def _last_days(plan_ids: tuple[int, ...]) -> dict[int, date]:
    """The last day of the window of every response that was not dropped, by its id."""
    rows = rows_of_plans(
        # Plans of one template share a few windows, each of which is understood once.
        select(Response.id, Response.plan_id, cast(Response.window, Text).label("window"))
        .join(Risk, Risk.id == Response.risk_id)
        .where(
            Risk.state == RiskState.open,
            Response.state.in_(OPEN_STATES) | Response.done_at.is_not(None),
        ),
        Response.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return {}
    anchors, calendar = anchors_of(plan_ids), work_calendar()
    windows = {text: from_json(json.loads(text)) for text in {row.window for row in rows} if text}
    found = {}
    for response_id, plan_id, text in rows:
        window = windows.get(text)
        span = None if window is None else resolve(window, anchors[plan_id], calendar)
        if span is not None:
            found[response_id] = span[1]
    return found


def _responses(due: dict[int, date], plan_ids: Sequence[int]) -> list[Deadline]:
    """`due`: the last day of each response's window."""
    managers = managers_of(plan_ids)
    title = sentence(lambda: _("Response to risk %(number)s: %(title)s"))
    rows = []
    for row in db.session.execute(
        select(
            Response.id, Response.plan_id, Response.risk_id, Response.title, Response.owner_id,
            Response.done_at, Risk.number, Risk.department_id, Department.head_id,
        )
        .join(Risk, Risk.id == Response.risk_id)
        .outerjoin(Department, Department.id == Risk.department_id)
        .where(Response.id.in_(due))
        .order_by(Response.id)
    ):  # fmt: skip
        above = managers[row.plan_id]
        reviewers = reviewer_ids(row.department_id, row.head_id, above)
        owner = row.owner_id or next(iter(reviewers), None)
        last_on = due[row.id]
        rows.append(
            Deadline(
                plan_id=row.plan_id, kind="response", object_key=f"response:{row.id}",
                occurrence=last_on.isoformat(), due_at=end_of(last_on),
                recipients=above if owner is None else (owner,),
                escalate_to=tuple(sorted({*reviewers, *above} - {owner})),
                title=title(number=row.number, title=row.title),
                url=f"/risks/{row.risk_id}#responses", done_at=row.done_at,
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: row.due_at)


def review_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """The reviews of the months whose last working day lies in [first, last]."""
    months = _months_due(first, last)
    if not months:
        return []
    risks = rows_of_plans(
        select(
            Risk.id, Risk.plan_id, Risk.number, Risk.title, Risk.department_id, Risk.created_at,
            Risk.reviewed_at, Risk.review_asked, Department.head_id,
        )
        .outerjoin(Department, Department.id == Risk.department_id)
        .where(Risk.state == RiskState.open, Risk.created_at < _end_of_month(max(months)))
        .order_by(Risk.plan_id, Risk.number),
        Risk.plan_id, plan_ids,
    )  # fmt: skip
    if not risks:
        return []
    managers, given = managers_of(plan_ids), _reviews_since(min(months), plan_ids)
    title = sentence(lambda: _("Review of risk %(number)s: %(title)s"))
    rows = []
    for month, due_at in months.items():
        begins, ends = begin_of(first_day(month)), _end_of_month(month)
        for risk in risks:
            if risk.created_at >= ends:
                continue
            above = managers[risk.plan_id]
            rows.append(
                Deadline(
                    plan_id=risk.plan_id, kind="risk_review", object_key=f"risk:{risk.id}",
                    occurrence=month, due_at=due_at,
                    recipients=reviewer_ids(risk.department_id, risk.head_id, above) or above,
                    escalate_to=above, title=title(number=risk.number, title=risk.title),
                    url=f"/risks/{risk.id}",
                    done_at=_reviewed_at(
                        risk.reviewed_at, risk.review_asked, given[risk.id], begins, ends
                    ),
                )
            )  # fmt: skip
    return rows


def _reviewed_at(
    newest: datetime | None, asked: str, given: Sequence[datetime], begins: datetime, ends: datetime
) -> datetime | None:
    """When the month's review was given, or one after it that makes it moot; None while it is
    still to be given, also where a new one was asked for since. `given`: oldest first."""
    if newest is None or newest < (ends if asked else begins):
        return None
    return next((at for at in given if at >= begins), newest)


def _reviews_since(month: str, plan_ids: Sequence[int]) -> dict[int, list[datetime]]:
    given: dict[int, list[datetime]] = defaultdict(list)
    for risk_id, at in db.session.execute(
        select(RiskReview.risk_id, RiskReview.reviewed_at)
        .where(
            RiskReview.plan_id.in_(plan_ids), RiskReview.reviewed_at >= begin_of(first_day(month))
        )
        .order_by(RiskReview.reviewed_at, RiskReview.id)
    ):
        given[risk_id].append(at)
    return given


def signature_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Signatures of the months whose last working day lies in [first, last], of each department
    with an open risk that was there in that month; a later month's makes an earlier one moot."""
    months = _months_due(first, last)
    if not months:
        return []
    groups = rows_of_plans(
        select(
            Risk.plan_id, Risk.department_id, Department.name, Department.head_id,
            func.min(Risk.created_at).label("created_at"),
        )
        .outerjoin(Department, Department.id == Risk.department_id)
        .where(Risk.state == RiskState.open)
        .group_by(Risk.plan_id, Risk.department_id, Department.name, Department.head_id)
        .order_by(Risk.plan_id, func.min(Risk.number)),
        Risk.plan_id, plan_ids,
    )  # fmt: skip
    if not groups:
        return []
    managers, signed = managers_of(plan_ids), _signed_since(min(months), plan_ids)
    title = sentence(lambda: _("Signature of the risks of %(month)s: %(department)s"))
    nobodys = in_both(lambda: _("Project manager"))
    rows = []
    for month, due_at in months.items():
        name, ends = _month_in_words(month), _end_of_month(month)
        for group in groups:
            if group.created_at >= ends:
                continue
            above = managers[group.plan_id]
            given = signed[group.plan_id, group.department_id]
            rows.append(
                Deadline(
                    plan_id=group.plan_id, kind="risk_signature",
                    object_key=_signature_key(group.plan_id, group.department_id),
                    occurrence=month, due_at=due_at,
                    recipients=reviewer_ids(group.department_id, group.head_id, above) or above,
                    escalate_to=above,
                    title=title(month=name, department=group.name or nobodys),
                    url=f"/plans/{group.plan_id}/risks#signatures",
                    done_at=min((at for of, at in given if of >= month), default=None),
                )
            )  # fmt: skip
    return rows


def _signed_since(
    month: str, plan_ids: Sequence[int]
) -> dict[tuple[int, int | None], list[tuple[str, datetime]]]:
    """Months signed and when, by plan and department."""
    signed: dict[tuple[int, int | None], list[tuple[str, datetime]]] = defaultdict(list)
    for row in db.session.execute(
        select(
            RiskSignature.plan_id, RiskSignature.department_id, RiskSignature.month,
            RiskSignature.signed_at,
        ).where(RiskSignature.plan_id.in_(plan_ids), RiskSignature.month >= month)
    ):  # fmt: skip
        signed[row.plan_id, row.department_id].append((row.month, row.signed_at))
    return signed


def _signature_key(plan_id: int, department_id: int | None) -> str:
    # A department signs in each of its plans.
    return f"risk_signature:{plan_id}:{department_id or 'pm'}"


def _months_due(first: datetime, last: datetime) -> dict[str, datetime]:
    """The months whose last working day ends in [first, last], and when."""
    calendar = work_calendar()
    ends = {
        month: end_of(due_on(month, calendar))
        for month in months_between(local_date(first), local_date(last))
    }
    return {month: at for month, at in ends.items() if first <= at <= last}


def _end_of_month(month: str) -> datetime:
    return begin_of(first_day(next_month(month)))


def _month_in_words(month: str) -> LocalText:
    return in_both(lambda: month_name(month))
