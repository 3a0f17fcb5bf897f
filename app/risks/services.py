"""Use cases of the register: which risks there are, how bad they are, who has signed.

A review is never changed afterwards: the history says what the reviewer thought at that instant.
A review that two people send is kept once; the second is told what the first has said.
"""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, DomainError
from app.core.events import announce
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.locks import check_unchanged
from app.plans.models import Plan
from app.risks import scoring
from app.risks.events import RiskReviewed, RisksSigned
from app.risks.models import Risk, RiskReview, RiskSignature, RiskState
from app.risks.months import month_of
from app.risks.rights import must_manage, must_review, must_steer
from app.tasks.services import check_department

Rating = tuple[int, int]


def register_risk(
    plan_id: int,
    *,
    title: LocalText | str,
    description: str = "",
    department_id: int | None = None,
    plan_impact: int | None = None,
    actor: Person,
    now: datetime,
) -> Risk:
    """Add a risk to the register, unrated until its first review.

    plan_impact: 1–5, what the first review starts from. Raises DomainError, Forbidden.
    """
    must_manage(actor, plan_id)
    # The plan's row is locked, so that two new risks never share a number.
    db.session.get(Plan, plan_id, with_for_update=True)
    last = db.session.scalar(select(func.max(Risk.number)).where(Risk.plan_id == plan_id))
    risk = Risk(
        plan_id=plan_id,
        number=(last or 0) + 1,
        title=_words(title),
        description=description,
        department_id=_department(department_id),
        plan_impact=_optional_rating(plan_impact, "plan_impact"),
        created_at=now,
    )
    db.session.add(risk)
    audit.record("created", risk, actor_id=actor.id, now=now)
    return risk


def edit_risk(
    risk: Risk,
    *,
    title: LocalText | str,
    description: str,
    department_id: int | None,
    plan_impact: int | None = None,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a risk's words, its department and, while it is unrated, where its first review
    starts from. Raises DomainError, Conflict, Forbidden."""
    must_manage(actor, risk.plan_id)
    check_unchanged(
        version,
        risk.version,
        {
            "title": risk.title,
            "description": risk.description,
            "department_id": risk.department_id,
            "plan_impact": risk.plan_impact,
        },
    )
    values: dict[str, Any] = {
        "title": _words(title),
        "description": description,
        "department_id": _department(department_id),
    }
    if not risk.is_rated:
        values["plan_impact"] = _optional_rating(plan_impact, "plan_impact")
    changes = audit.change(risk, **values)
    if changes:
        audit.record("edited", risk, actor_id=actor.id, now=now, changes=changes)


def close_risk(risk: Risk, *, reason: str, actor: Person, now: datetime) -> None:
    """Take the risk off the map, with the reason. It can be reopened."""
    must_manage(actor, risk.plan_id)
    must_be_open(risk)
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the risk."), "reason")
    changes = audit.change(risk, state=RiskState.closed, closed_reason=reason)
    audit.record("closed", risk, actor_id=actor.id, now=now, changes=changes)


def reopen_risk(risk: Risk, *, actor: Person, now: datetime) -> None:
    """Put a closed risk back on the map; a new review is asked for."""
    must_manage(actor, risk.plan_id)
    if risk.state is RiskState.open:
        raise DomainError(_l("This risk is open."))
    changes = audit.change(
        risk, state=RiskState.open, review_asked="reopened" if risk.is_rated else ""
    )
    audit.record("reopened", risk, actor_id=actor.id, now=now, changes=changes)


def review_risk(
    risk: Risk,
    *,
    probability: int | None,
    impact: int | None,
    comment: str = "",
    target: Rating | None = None,
    expected_version: int | None = None,
    actor: Person,
    now: datetime,
) -> RiskReview:
    """Score the risk as it stands now; the first review is the inherent score too.

    probability, impact, target: 1–5. target None leaves it as it is. expected_version: the
    version that the reviewer saw; None is not checked. Raises DomainError, Forbidden, Conflict
    (with what the other reviewer said).
    """
    must_review(actor, risk.plan_id, risk.department_id)
    if expected_version is not None and expected_version != risk.version:
        raise _reviewed_meanwhile(risk)
    must_be_open(risk)
    probability = _rating(probability, "probability")
    impact = _rating(impact, "impact")
    if target is not None:
        _check_target(target)
    before = risk.score
    review = RiskReview(
        plan_id=risk.plan_id,
        risk_id=risk.id,
        reviewer_id=actor.id,
        reviewed_at=now,
        probability=probability,
        impact=impact,
        score_before=before,
        comment=comment,
    )
    db.session.add(review)
    values: dict[str, Any] = {
        "current_probability": probability,
        "current_impact": impact,
        "reviewed_at": now,
        "review_asked": "",
    }
    if risk.inherent_probability is None:
        values.update(inherent_probability=probability, inherent_impact=impact)
    if target is not None:
        values.update(target_probability=target[0], target_impact=target[1])
    changes = audit.change(risk, **values)
    audit.record("reviewed", risk, actor_id=actor.id, now=now, changes=changes)
    score = scoring.score(probability, impact)
    announce(RiskReviewed(risk.id, risk.plan_id, before, score, actor.id, now))
    return review


def set_target(risk: Risk, *, target: Rating | None, actor: Person, now: datetime) -> None:
    """Say where the risk is to be brought; None takes the target back."""
    must_steer(actor, risk.plan_id, risk.department_id)
    must_be_open(risk)
    if target is not None:
        _check_target(target)
    probability, impact = target or (None, None)
    changes = audit.change(risk, target_probability=probability, target_impact=impact)
    if changes:
        audit.record("target_set", risk, actor_id=actor.id, now=now, changes=changes)


def sign_department(
    plan_id: int, department_id: int | None, month: str, *, actor: Person, now: datetime
) -> RiskSignature:
    """Sign the department's open risks (None: the project manager's) for the running month.

    month: "2026-11". Only once a month, and only when each of them was reviewed in it; what
    changes afterwards marks the signature and does not take it back. Raises DomainError naming
    the risks that miss, Forbidden.
    """
    must_review(actor, plan_id, department_id)
    if month != month_of(local_date(now)):
        raise DomainError(_l("Only the running month can be signed."))
    # Locked, for a unique key does not keep two signatures without a department apart.
    db.session.get(Plan, plan_id, with_for_update=True)
    if signature_of(plan_id, department_id, month) is not None:
        raise DomainError(_l("This month is signed already."))
    risks = open_risks_of(plan_id, department_id)
    if not risks:
        raise DomainError(_l("This department has no open risk to sign for."))
    missing = [risk for risk in risks if needs_review(risk, month)]
    if missing:
        raise DomainError(
            _l(
                "Not reviewed this month yet: %(numbers)s.",
                numbers=", ".join(str(risk.number) for risk in missing),
            )
        )
    signature = RiskSignature(
        plan_id=plan_id,
        department_id=department_id,
        month=month,
        person_id=actor.id,
        signed_at=now,
    )
    db.session.add(signature)
    audit.record("signed", signature, actor_id=actor.id, now=now)
    announce(RisksSigned(plan_id, department_id, month, actor.id, now))
    return signature


def signature_of(plan_id: int, department_id: int | None, month: str) -> RiskSignature | None:
    """The department's signature of a month, or None."""
    return db.session.scalar(
        select(RiskSignature).where(
            RiskSignature.plan_id == plan_id,
            RiskSignature.department_id == department_id,
            RiskSignature.month == month,
        )
    )


def open_risks_of(plan_id: int, department_id: int | None) -> list[Risk]:
    """The department's open risks by number."""
    return list(
        db.session.scalars(
            select(Risk)
            .where(
                Risk.plan_id == plan_id,
                Risk.department_id == department_id,
                Risk.state == RiskState.open,
            )
            .order_by(Risk.number)
        )
    )


def needs_review(risk: Risk, month: str) -> bool:
    """Unrated, not reviewed in this month, or a new score is asked for."""
    if risk.state is not RiskState.open:
        return False
    if risk.reviewed_at is None or risk.review_asked:
        return True
    return month_of(local_date(risk.reviewed_at)) < month


def must_be_open(risk: Risk) -> None:
    """Raises DomainError on a closed risk."""
    if risk.state is not RiskState.open:
        raise DomainError(_l("This risk is closed. Reopen it first."))


def _reviewed_meanwhile(risk: Risk) -> Conflict:
    last = db.session.scalar(
        select(RiskReview)
        .where(RiskReview.risk_id == risk.id)
        .order_by(RiskReview.reviewed_at.desc(), RiskReview.id.desc())
        .limit(1)
    )
    if last is None:
        return Conflict(
            _l("This risk changed while you were reviewing it. Your scores are still in the "
               "form; sending them again keeps them.")
        )  # fmt: skip
    return Conflict(
        _l("This risk changed while you were reviewing it; its last review is by %(name)s. Your "
           "scores are still in the form; sending them again makes them the newest review.",
           name=last.reviewer.name),
        theirs={"probability": last.probability, "impact": last.impact, "comment": last.comment},
    )  # fmt: skip


def _words(title: LocalText | str) -> LocalText:
    words = LocalText.of(title)
    if not words:
        raise DomainError(_l("Please fill this in."), "title")
    return words


def _department(department_id: int | None) -> int | None:
    check_department(department_id)
    return department_id


def _rating(value: int | None, field: str) -> int:
    if value is None or value not in scoring.RATINGS:
        raise DomainError(_l("Please choose a number from 1 to 5."), field)
    return value


def _optional_rating(value: int | None, field: str) -> int | None:
    return None if value is None else _rating(value, field)


def _check_target(target: Rating) -> None:
    for value, field in zip(target, ("target_probability", "target_impact"), strict=True):
        _rating(value, field)
