"""The register read as a whole, in a bounded number of statements however long it is."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import CompoundSelect, func, select, union

from app.accounts.models import Department, Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.core.reading import read_once
from app.plans.calendars import work_calendar
from app.plans.models import PlanMember
from app.plans.workcalendar import WorkCalendar
from app.risks.models import (
    Response,
    ResponseState,
    Risk,
    RiskReview,
    RiskSignature,
    RiskState,
)
from app.risks.months import due_on, first_day, month_of
from app.risks.windows_of import PlanDates, Span, plan_dates, span_of


@dataclass(frozen=True)
class Register:
    """Everything that the register's pages, state and duties are made from, at one instant.

    month: the running month; reviews: oldest first, by risk; closed_at: closed risks only; names:
    everybody whom the register may mention; manager_ids: enabled managers by name.
    """

    plan_id: int
    as_of: datetime
    today: date
    month: str
    dates: PlanDates
    calendar: WorkCalendar
    risks: tuple[Risk, ...]
    departments: dict[int, tuple[LocalText, int | None]]
    responses: dict[int, list[Response]]
    spans: dict[int, Span | None]
    reviews: dict[int, list[RiskReview]]
    signatures: dict[int | None, RiskSignature]
    closed_at: dict[int, datetime]
    names: dict[int, str]
    manager_ids: tuple[int, ...]
    due_on: date = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "due_on", due_on(self.month, self.calendar))

    @property
    def open_risks(self) -> list[Risk]:
        return [risk for risk in self.risks if risk.state is RiskState.open]

    def reviewer_id(self, department_id: int | None) -> int | None:
        """The department's head; the manager for risks without a department."""
        head = None if department_id is None else self.departments[department_id][1]
        return next(iter(reviewer_ids(department_id, head, self.manager_ids)), None)

    def owner_id(self, response: Response, risk: Risk) -> int | None:
        """Who answers for the response."""
        return response.owner_id or self.reviewer_id(risk.department_id)

    def is_passed(self, response: Response) -> bool:
        """Whether the window ended before today and the response is not done."""
        span = self.spans[response.id]
        is_open = response.state in (ResponseState.planned, ResponseState.active)
        return is_open and span is not None and span[1] < self.today


def reviewer_ids(
    department_id: int | None, head_id: int | None, manager_ids: tuple[int, ...]
) -> tuple[int, ...]:
    """Everybody who may review the risks of this department with this head; the managers where
    there is no department."""
    if department_id is None:
        return manager_ids
    return () if head_id is None else (head_id,)


@read_once
def read_register(plan_id: int, as_of: datetime) -> Register:
    """The plan's register at `as_of`: what was reviewed or signed later is left out."""
    today = local_date(as_of)
    dates, calendar = plan_dates(plan_id), work_calendar()
    risks: dict[int, Risk] = {}
    departments: dict[int, tuple[LocalText, int | None]] = {}
    responses: dict[int, list[Response]] = defaultdict(list)
    spans: dict[int, Span | None] = {}
    for risk, department, response in db.session.execute(
        select(Risk, Department, Response)
        .outerjoin(Department, Department.id == Risk.department_id)
        .outerjoin(Response, Response.risk_id == Risk.id)
        .where(Risk.plan_id == plan_id)
        .order_by(Risk.number, Response.id)
    ):
        risks[risk.id] = risk
        if department is not None:
            departments[department.id] = (department.name, department.head_id)
        if response is not None:
            responses[risk.id].append(response)
            spans[response.id] = span_of(response, dates, calendar)
    reviews: dict[int, list[RiskReview]] = defaultdict(list)
    for review in db.session.scalars(
        select(RiskReview)
        .where(RiskReview.plan_id == plan_id, RiskReview.reviewed_at <= as_of)
        .order_by(RiskReview.reviewed_at, RiskReview.id)
    ):
        reviews[review.risk_id].append(review)
    names, managers = _people(plan_id)
    month = month_of(today)
    signatures = {
        signature.department_id: signature
        for signature in db.session.scalars(
            select(RiskSignature).where(
                RiskSignature.plan_id == plan_id,
                RiskSignature.month == month,
                RiskSignature.signed_at <= as_of,
            )
        )
    }
    return Register(
        plan_id=plan_id, as_of=as_of, today=today, month=month, dates=dates, calendar=calendar,
        risks=tuple(risks.values()), departments=departments, responses=responses, spans=spans,
        reviews=reviews, signatures=signatures, closed_at=_closed_at(list(risks.values())),
        names=names, manager_ids=managers,
    )  # fmt: skip


def score_at(register: Register, risk: Risk, on: date) -> int | None:
    """The risk's score when the day `on` began; None while unrated, closed or not yet known."""
    score = None
    for review in register.reviews.get(risk.id, ()):
        if local_date(review.reviewed_at) < on:
            score = review.probability * review.impact
    return score


def was_open(register: Register, risk: Risk, on: date) -> bool:
    """Whether the risk was in the register, and open, when the day `on` began."""
    closed = register.closed_at.get(risk.id)
    return local_date(risk.created_at) < on and (closed is None or local_date(closed) >= on)


def month_start(register: Register) -> date:
    """The first day of the running month."""
    return first_day(register.month)


def _people(plan_id: int) -> tuple[dict[int, str], tuple[int, ...]]:
    """Names of everybody whom the register may mention, and the enabled managers by name."""
    mentioned: CompoundSelect[tuple[int | None]] = union(
        select(PlanMember.person_id).where(PlanMember.plan_id == plan_id),
        select(Response.owner_id).where(Response.plan_id == plan_id),
        select(RiskReview.reviewer_id).where(RiskReview.plan_id == plan_id),
        select(RiskSignature.person_id).where(RiskSignature.plan_id == plan_id),
        select(Department.head_id),
    )
    is_manager = (
        select(PlanMember.id)
        .where(
            PlanMember.plan_id == plan_id,
            PlanMember.person_id == Person.id,
            PlanMember.role == Role.manager,
        )
        .exists()
    )
    rows = db.session.execute(
        select(Person.id, Person.name, Person.is_enabled, is_manager)
        .where(Person.id.in_(mentioned))
        .order_by(Person.sort_name, Person.name, Person.id)
    ).all()
    managers = tuple(key for key, _name, is_enabled, manages in rows if is_enabled and manages)
    return {key: name for key, name, _is_enabled, _manages in rows}, managers


def _closed_at(risks: list[Risk]) -> dict[int, datetime]:
    # The audit trail keeps the instant; a register without closed risks needs no statement.
    ids = [risk.id for risk in risks if risk.state is RiskState.closed]
    if not ids:
        return {}
    return {
        risk_id: at
        for risk_id, at in db.session.execute(
            select(AuditEntry.object_id, func.max(AuditEntry.at))
            .where(
                AuditEntry.object_type == Risk.__tablename__,
                AuditEntry.action == "closed",
                AuditEntry.object_id.in_(ids),
            )
            .group_by(AuditEntry.object_id)
        )
    }
