"""The risks' part of PlanState: the register, its signatures and its levels at one instant."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.risks.models import Response, ResponseState, Risk, RiskState
from app.risks.months import due_on, next_month
from app.risks.queries import Register, month_start, read_register, score_at, was_open
from app.risks.rights import sees_reviews
from app.risks.scoring import Band, band
from app.risks.services import needs_review
from app.risks.windows_of import window_words

Rating = tuple[int, int]


@dataclass(frozen=True)
class ResponseRow:
    """A response with its window on committed dates. owner_id: who answers for it in the end."""

    id: int
    risk_id: int
    title: LocalText
    owner_id: int | None
    window: LocalText
    first_on: date | None
    last_on: date | None
    is_estimated: bool
    state: ResponseState
    is_window_passed: bool
    done_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in (ResponseState.planned, ResponseState.active)


@dataclass(frozen=True)
class RiskRow:
    """An open risk. owner_id: who reviews it; ratings are (probability, impact).

    score_before: the score that the last review changed. review_due: by when the next review is
    due; is_review_due: this month's is still missing, or a new score is asked for.
    """

    id: int
    number: int
    title: LocalText
    department_id: int | None
    owner_id: int | None
    plan_impact: int | None
    inherent: Rating | None
    current: Rating | None
    target: Rating | None
    score: int | None
    band: Band | None
    score_before: int | None
    reviewed_at: datetime | None
    review_due: date
    is_review_due: bool
    review_asked: str
    responses: tuple[ResponseRow, ...]
    is_window_passed: bool
    has_open_response: bool
    is_signed: bool
    comment: str | None


@dataclass(frozen=True)
class SignatureRow:
    """A department's standing this month. person_id: who signed, or who is to."""

    department_id: int | None
    person_id: int | None
    signed_at: datetime | None
    is_changed_since: bool
    risks: int
    unreviewed: tuple[int, ...]


@dataclass(frozen=True)
class BandCount:
    """How many risks stand in a band now, and stood in it at the end of last month."""

    band: Band
    now: int
    before: int


@dataclass(frozen=True)
class RisksState:
    """The register. Unrated risks are counted apart; due_on: this month's last working day."""

    risks: tuple[RiskRow, ...]
    signatures: tuple[SignatureRow, ...]
    bands: tuple[BandCount, ...]
    unrated: int
    unrated_before: int
    closed: int
    month: str
    due_on: date


def risks_state(plan_id: int, as_of: datetime, viewer: Viewer) -> RisksState:
    """What the viewer may read of the plan's risks at `as_of`."""
    return state_of(read_register(plan_id, as_of), viewer)


def state_of(register: Register, viewer: Viewer) -> RisksState:
    """The same from a register that is read already."""
    if sight(viewer, "risk", "register") is Sight.none:
        return RisksState((), (), _bands([], []), 0, 0, 0, register.month, register.due_on)
    rows = tuple(_risk_row(register, risk, viewer) for risk in register.open_risks)
    start = month_start(register)
    before = [score_at(register, risk, start) for risk in register.risks
              if was_open(register, risk, start)]  # fmt: skip
    return RisksState(
        risks=rows,
        signatures=signature_rows(register),
        bands=_bands([row.score for row in rows], before),
        unrated=sum(row.score is None for row in rows),
        unrated_before=sum(score is None for score in before),
        closed=sum(risk.state is RiskState.closed for risk in register.risks),
        month=register.month,
        due_on=register.due_on,
    )


def signature_rows(register: Register) -> tuple[SignatureRow, ...]:
    """Each department with an open risk, in the order of its first; the manager as None."""
    by_department: dict[int | None, list[Risk]] = {}
    for risk in register.open_risks:
        by_department.setdefault(risk.department_id, []).append(risk)
    rows = []
    for department_id, risks in by_department.items():
        signature = register.signatures.get(department_id)
        rows.append(
            SignatureRow(
                department_id=department_id,
                person_id=(
                    signature.person_id if signature else register.reviewer_id(department_id)
                ),
                signed_at=signature.signed_at if signature else None,
                is_changed_since=signature is not None
                and any(_changed_after(risk, signature.signed_at) for risk in risks),
                risks=len(risks),
                unreviewed=tuple(
                    risk.number for risk in risks if needs_review(risk, register.month)
                ),
            )
        )
    return tuple(rows)


def _changed_after(risk: Risk, at: datetime) -> bool:
    return (
        risk.created_at > at
        or bool(risk.review_asked)
        or (risk.reviewed_at is not None and risk.reviewed_at > at)
    )


def _risk_row(register: Register, risk: Risk, viewer: Viewer) -> RiskRow:
    responses = tuple(
        _response_row(register, response, risk) for response in register.responses[risk.id]
    )
    reviews = register.reviews.get(risk.id, [])
    is_due = needs_review(risk, register.month)
    sees = sees_reviews(viewer, risk.department_id, (r.owner_id for r in responses))
    return RiskRow(
        id=risk.id,
        number=risk.number,
        title=risk.title,
        department_id=risk.department_id,
        owner_id=register.reviewer_id(risk.department_id),
        plan_impact=risk.plan_impact,
        inherent=_rating(risk.inherent_probability, risk.inherent_impact),
        current=_rating(risk.current_probability, risk.current_impact),
        target=_rating(risk.target_probability, risk.target_impact),
        score=risk.score,
        band=band(risk.score) if risk.score else None,
        score_before=reviews[-1].score_before if reviews else None,
        reviewed_at=risk.reviewed_at,
        review_due=(
            register.due_on if is_due else due_on(next_month(register.month), register.calendar)
        ),
        is_review_due=is_due,
        review_asked=risk.review_asked,
        responses=responses,
        is_window_passed=any(row.is_window_passed for row in responses),
        has_open_response=any(row.is_open for row in responses),
        is_signed=risk.department_id in register.signatures,
        comment=reviews[-1].comment if reviews and sees else None,
    )


def _response_row(register: Register, response: Response, risk: Risk) -> ResponseRow:
    span = register.spans[response.id]
    first, last = span or (None, None)
    return ResponseRow(
        id=response.id,
        risk_id=risk.id,
        title=response.title,
        owner_id=register.owner_id(response, risk),
        window=window_words(response),
        first_on=first,
        last_on=last,
        is_estimated=last is not None and register.calendar.is_estimated(last),
        state=response.state,
        is_window_passed=register.is_passed(response),
        done_at=response.done_at,
    )


def _rating(probability: int | None, impact: int | None) -> Rating | None:
    return None if probability is None or impact is None else (probability, impact)


def _bands(now: list[int | None], before: list[int | None]) -> tuple[BandCount, ...]:
    def count(scores: list[int | None], name: Band) -> int:
        return sum(score is not None and band(score) is name for score in scores)

    return tuple(
        BandCount(name, count(now, name), count(before, name)) for name in reversed(Band)
    )

