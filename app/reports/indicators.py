"""Use cases of the indicators: what they aim at, and what was measured.

The project manager sets the targets and enters the values; each value is of one period and can be
put right later, which the audit trail shows.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.locks import check_unchanged, stamp
from app.plans.models import Plan
from app.reports.models import Direction, Indicator, IndicatorKind, Measurement
from app.reports.owing import choosable_periods
from app.reports.periods import Period
from app.reports.values import MOST, MOST_SECONDS, PERCENT, SECONDS
from app.tasks.rights import must_manage

SETTINGS = ("target", "direction", "min_answers", "begins_on")
VALUES = ("value", "good_count", "sample_size", "is_whole_population", "note")
MOST_ANSWERS = 10_000_000


def edit_indicator(
    indicator: Indicator,
    *,
    target: float | None,
    direction: Direction,
    min_answers: int,
    begins_on: date | None,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Set target (in the unit; None = still open), direction, the answers needed to judge, and
    the day measuring begins (None = with the plan). Raises Forbidden, Conflict, DomainError."""
    must_manage(actor, indicator.plan_id)
    check_unchanged(seen, settings_stamp(indicator), _fields(indicator, SETTINGS))
    if target is not None and not 0 <= target <= most_of(indicator):
        raise DomainError(_l("This cannot be a value of this indicator."), "target")
    if not 1 <= min_answers <= MOST_ANSWERS:
        raise DomainError(_l("At least one answer is needed."), "min_answers")
    changes = audit.change(
        indicator, target=target, direction=direction, min_answers=min_answers, begins_on=begins_on
    )
    if changes:
        audit.record("changed", indicator, actor_id=actor.id, now=now, changes=changes)


def record_measurement(
    indicator: Indicator,
    *,
    period: str,
    value: float | None = None,
    good_count: int | None = None,
    sample_size: int | None = None,
    is_whole_population: bool = False,
    note: str = "",
    actor: Person,
    now: datetime,
) -> Measurement:
    """Enter the value of a period ("2026-10", "2026-Q4", "2026-H2") that has begun.

    A proportion is given as `good_count` of `sample_size` and its value follows; a mean as
    `value` in the unit, with the number of cases where it is known. Raises Forbidden,
    DomainError at `period`, `value`, `good_count` or `sample_size`.
    """
    must_manage(actor, indicator.plan_id)
    chosen = {p.label: p for p in periods_for(indicator, local_date(now))}.get(period)
    if chosen is None:
        raise DomainError(_l("This period has not begun, or lies too far back."), "period")
    is_taken = db.session.scalar(
        select(Measurement.id).where(
            Measurement.indicator_id == indicator.id, Measurement.period == period
        )
    )
    if is_taken:
        raise DomainError(
            _l("This period has its value already. Open it below to change it."), "period"
        )
    measurement = Measurement(
        plan_id=indicator.plan_id,
        indicator_id=indicator.id,
        period=chosen.label,
        period_first=chosen.first,
        period_last=chosen.last,
        measured_by_id=actor.id,
        measured_at=now,
        **_checked(indicator, value, good_count, sample_size, is_whole_population, note),
    )
    db.session.add(measurement)
    audit.record(
        "created", measurement, actor_id=actor.id, now=now,
        changes={name: (None, new) for name, new in _fields(measurement, VALUES).items()},
    )  # fmt: skip
    return measurement


def edit_measurement(
    measurement: Measurement,
    *,
    value: float | None = None,
    good_count: int | None = None,
    sample_size: int | None = None,
    is_whole_population: bool = False,
    note: str = "",
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Put a value right, or complete an interim one. Raises as `record_measurement`, and
    Conflict."""
    must_manage(actor, measurement.plan_id)
    check_unchanged(seen, measurement_stamp(measurement), _fields(measurement, VALUES))
    checked = _checked(
        measurement.indicator, value, good_count, sample_size, is_whole_population, note
    )
    changes = audit.change(measurement, **checked)
    is_final = local_date(measurement.measured_at) > measurement.period_last
    if not changes and (is_final or local_date(now) <= measurement.period_last):
        return
    # Saved again after its period has ended, an interim value stands as the final one.
    measurement.measured_by_id = actor.id
    measurement.measured_at = now
    audit.record("changed", measurement, actor_id=actor.id, now=now, changes=changes)


def remove_measurement(measurement: Measurement, *, actor: Person, now: datetime) -> None:
    """Take a value out that belongs to another period; the audit trail keeps it."""
    must_manage(actor, measurement.plan_id)
    audit.record(
        "removed", measurement, actor_id=actor.id, now=now,
        changes={name: (old, None) for name, old in _fields(measurement, VALUES).items()},
    )  # fmt: skip
    db.session.delete(measurement)
    db.session.flush()


def begins_on(indicator: Indicator, plan: Plan) -> date:
    """The day from which values are wanted."""
    return indicator.begins_on or plan.start_on


def periods_for(indicator: Indicator, today: date) -> list[Period]:
    """Periods a value may be given for, newest first."""
    plan = db.session.get_one(Plan, indicator.plan_id)
    start = min(begins_on(indicator, plan), plan.start_on)
    return choosable_periods(str(indicator.cadence), start, today)


def most_of(indicator: Indicator) -> float:
    """The largest value that the unit allows."""
    return {PERCENT: 100.0, SECONDS: float(MOST_SECONDS)}.get(indicator.unit, float(MOST))


def settings_stamp(indicator: Indicator) -> str:
    return stamp(_fields(indicator, SETTINGS))


def measurement_stamp(measurement: Measurement) -> str:
    return stamp(_fields(measurement, VALUES))


def _checked(
    indicator: Indicator,
    value: float | None,
    good_count: int | None,
    sample_size: int | None,
    is_whole_population: bool,
    note: str,
) -> Mapping[str, Any]:
    """The columns of a measurement, or the sentence that says what cannot be."""
    for name, number in (("good_count", good_count), ("sample_size", sample_size)):
        if number is not None and not 0 <= number <= MOST_ANSWERS:
            raise DomainError(_l("This number cannot be; it starts at 0."), name)
    if indicator.kind is IndicatorKind.proportion:
        if sample_size is None:
            raise DomainError(_l("Please fill this in."), "sample_size")
        if sample_size == 0:
            raise DomainError(_l("At least one answer is needed."), "sample_size")
        if good_count is None:
            raise DomainError(_l("Please fill this in."), "good_count")
        if good_count > sample_size:
            raise DomainError(
                _l("These are more than all that were asked (%(all)s).", all=sample_size),
                "good_count",
            )
        value = round(100 * good_count / sample_size, 6)
    else:
        good_count = None
        if value is None:
            raise DomainError(_l("Please fill this in."), "value")
        if not 0 <= value <= most_of(indicator):
            raise DomainError(_l("This cannot be a value of this indicator."), "value")
    return {
        "value": value, "good_count": good_count, "sample_size": sample_size,
        "is_whole_population": is_whole_population, "note": note,
    }  # fmt: skip


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
