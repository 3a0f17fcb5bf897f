"""What changed in the register of risks: scores, responses, signatures."""

from collections.abc import Iterator
from typing import Any

from app.risks.scoring import band
from app.status.comparison.change import (
    About,
    Change,
    State,
    Thing,
    Weight,
    findings_about,
    light_changes,
    pairs,
)


def risks(before: State, after: State) -> Iterator[Change]:
    old_lights, new_lights = findings_about(before, "risk"), findings_about(after, "risk")
    for was, now in pairs(before.risks.risks, after.risks.risks):
        row = now or was
        thing = Thing(About.risk, row.id, row.number, row.title, f"/risks/{row.id}")
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.risk, score=row.score)
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("department_id", was.department_id, now.department_id,
                                Weight.detail)  # fmt: skip
        yield from thing.change("score", was.score, now.score, Weight.risk, at=now.reviewed_at,
                                bands=(_band(was.score), _band(now.score)))  # fmt: skip
        yield from light_changes(thing, old_lights.get(row.id), new_lights.get(row.id))
        yield from _responses(was, now)
    yield from _signatures(before, after)


def _band(points: int | None) -> str | None:
    return None if points is None else str(band(points))


def _responses(risk_before: Any, risk_after: Any) -> Iterator[Change]:
    for was, now in pairs(risk_before.responses, risk_after.responses):
        row = now or was
        thing = Thing(About.response, row.id, risk_after.number, row.title,
                       f"/risks/{risk_after.id}")  # fmt: skip
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail)
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        done = "done" in (was.state, now.state)
        yield from thing.change("state", was.state, now.state,
                                Weight.risk if done else Weight.detail, at=now.done_at)  # fmt: skip
        if was.state == now.state:
            yield from thing.change("is_window_passed", was.is_window_passed, now.is_window_passed,
                                    Weight.risk, last_on=now.last_on)  # fmt: skip


def _signatures(before: State, after: State) -> Iterator[Change]:
    """Each department's signature; None in a month in which it has no risk or has not signed."""
    old = {row.department_id: row for row in before.risks.signatures}
    new = {row.department_id: row for row in after.risks.signatures}
    months = (before.risks.month, after.risks.month)
    path = f"/plans/{after.plan.id}/risks#signatures"
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        thing = Thing(About.signature, key, None, "", path)
        old_at, new_at = (None if row is None else row.signed_at for row in (was, now))
        people = tuple(None if row is None else row.person_id for row in (was, now))
        yield from thing.change("signed_at", old_at, new_at, Weight.kept_back, at=new_at,
                                months=months, people=people)  # fmt: skip
        if old_at == new_at and was is not None and now is not None:
            yield from thing.change("is_changed_since", was.is_changed_since, now.is_changed_since,
                                    Weight.detail, people=people)  # fmt: skip
