"""Removes once a day what nobody needs any more.

Messages stay: they are the ledger of who was told what. So does the audit trail.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import Delete, String, cast, delete, func, literal, select
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.models import Attempt, PasswordReset, SignIn
from app.comms.models import MessageAttempt
from app.comms.writing import PLAN_MARK
from app.core.db import db
from app.core.jobs import Heartbeat
from app.core.unit_of_work import unit_of_work
from app.plans.models import Plan, PlanPhase

log = structlog.get_logger()

# Whoever asks why a link for a password did not work asks within a month.
RESETS_KEPT = timedelta(days=30)
# Tries are counted over a quarter of an hour; two days let an administrator see an attack.
ATTEMPTS_KEPT = timedelta(days=2)
# A year's plan, and the month after it in which people still ask why a mail came late.
SENDS_KEPT = timedelta(days=400)


def _sign_ins(now: datetime) -> Delete:
    return delete(SignIn).where(SignIn.expires_at <= now)


def _resets(now: datetime) -> Delete:
    # The newest row stays: SQLite would give its number to the next one, whose mail would then
    # count as sent already, for a message's key names the number.
    newest = select(func.max(PasswordReset.id)).scalar_subquery()
    return delete(PasswordReset).where(
        PasswordReset.expires_at <= now - RESETS_KEPT, PasswordReset.id < newest
    )


def _attempts(now: datetime) -> Delete:
    return delete(Attempt).where(Attempt.at <= now - ATTEMPTS_KEPT)


def _sends(now: datetime) -> Delete:
    return delete(MessageAttempt).where(MessageAttempt.at <= now - SENDS_KEPT)


def _marks(_now: datetime) -> Delete:
    under_way = select(literal(PLAN_MARK) + cast(Plan.id, String)).where(
        Plan.state == PlanPhase.active
    )
    return delete(Heartbeat).where(
        Heartbeat.name.startswith(PLAN_MARK, autoescape=True), Heartbeat.name.not_in(under_way)
    )


KINDS: dict[str, Callable[[datetime], Delete]] = {
    "sign_ins": _sign_ins, "resets": _resets, "attempts": _attempts, "sends": _sends,
    "marks": _marks,
}  # fmt: skip


def clean_up(now: datetime) -> Any:
    """Remove what is old, each kind in its own transaction; answer how many of each.

    Raises what kept one kind from being removed after the others were.
    """
    counts, problems = {}, []
    for name, outdated in KINDS.items():
        try:
            with unit_of_work():
                result: Any = db.session.execute(outdated(now))
                counts[name] = result.rowcount
        except SQLAlchemyError as problem:  # one kind must not stop the others
            log.error("clean-up of a kind failed", kind=name, error=repr(problem))
            problems.append(problem)
    if problems:
        raise problems[0]
    return _l(
        "Removed: sign-ins that ran out %(sign_ins)s, old links for a password %(resets)s, "
        "counted tries %(attempts)s, records of sending %(sends)s, marks of ended plans %(marks)s",
        **counts,
    )
