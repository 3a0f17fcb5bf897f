"""What changed in the weekly reports, the indicators and the meetings."""

from collections.abc import Container, Iterator
from typing import Any

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


def indicators(before: State, after: State) -> Iterator[Change]:
    old_lights, new_lights = findings_about(before, "indicator"), findings_about(after, "indicator")
    for was, now in pairs(before.monitoring.indicators, after.monitoring.indicators):
        row = now or was
        thing = Thing(About.indicator, row.id, row.number, row.title, f"/indicators/{row.id}")
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail)
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("latest", latest_value(was), latest_value(now), Weight.measured,
                                at=now.latest.measured_at if now.latest else None)  # fmt: skip
        yield from light_changes(thing, old_lights.get(row.id), new_lights.get(row.id))
        yield from thing.change("target", _target(was), _target(now), Weight.plan,
                                units=(was.unit, now.unit))  # fmt: skip
        yield from _missing(thing, was, now)


def latest_value(row: Any) -> tuple[Any, ...] | None:
    """The period, value and unit of an indicator, and where everybody was counted the good cases
    and the sample; None before the first value."""
    latest = row.latest
    if latest is None:
        return None
    is_whole = latest.is_whole_population and latest.good_count is not None
    counted = (latest.good_count, latest.sample_size) if is_whole else (None, None)
    return latest.period, latest.value, row.unit, *counted


def _target(row: Any) -> tuple[str, float] | None:
    return None if row.target is None else (str(row.direction), row.target)


def _missing(thing: Thing, was: Any, now: Any) -> Iterator[Change]:
    """Values that are overdue on one side; one that was measured is told by its value."""
    overdue = [{period.label for period in row.missing} for row in (was, now)]
    final = [{m.period for m in row.history if not m.is_interim} for row in (was, now)]
    for label in sorted(overdue[0] ^ overdue[1]):
        is_now = label in overdue[1]
        if label not in final[0 if is_now else 1]:
            yield from thing.change("missing", not is_now, is_now, Weight.detail, part=label)


def reports(before: State, after: State, hidden: set[str]) -> Iterator[Change]:
    was, now = before.reports, after.reports
    thing = Thing(About.report, None, None, "", f"/plans/{after.plan.id}/reports")
    if "report:standing" not in hidden:
        yield from thing.change(
            "on_time", (was.on_time, was.owed), (now.on_time, now.owed), Weight.rate
        )
        yield from _standings(before, after)
    if "promise:rate" not in hidden:
        yield from thing.change(
            "kept", (was.kept, was.settled), (now.kept, now.settled), Weight.rate
        )
    if "promise:text" not in hidden:
        yield from _promises(before, after)


def _standings(before: State, after: State) -> Iterator[Change]:
    """Weeks in which a task's report came late or is missing, or was and is no more."""

    def of(state: State) -> dict[tuple[int, str], Any]:
        return {(row.task_id, cell.week): (row, cell)
                for row in state.reports.rows for cell in row.cells}  # fmt: skip

    old, new = of(before), of(after)
    readable = {row.id: row for row in after.reports.reports}
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        row, cell = now or was or (None, None)
        earlier, later = (None if side is None else str(side[1].standing) for side in (was, now))
        if row is None or cell is None or not {"late", "missing"} & {earlier, later}:
            continue
        report = readable.get(cell.report_id)
        path = _report_path(after, readable, cell.report_id)
        thing = Thing(About.report, row.task_id, row.task_number, "", path)
        yield from thing.change("standing", earlier, later, Weight.kept_back, part=cell.week,
                                at=report.first_submitted_at if report else None,
                                owner_id=row.owner_id)  # fmt: skip


def _report_path(state: State, readable: Container[int], report_id: int | None) -> str:
    """A report's page, or that of all reports where the reader has none of this one."""
    if report_id is not None and report_id in readable:
        return f"/reports/{report_id}"
    return f"/plans/{state.plan.id}/reports"


def _promises(before: State, after: State) -> Iterator[Change]:
    """Promises that slipped or were dropped."""
    readable = {row.id for row in after.reports.reports}
    for was, now in pairs(before.reports.promises, after.reports.promises):
        row = now or was
        earlier, later = (None if side is None else str(side.outcome) for side in (was, now))
        if not {"slipped", "dropped"} & {earlier, later}:
            continue
        path = _report_path(after, readable, row.report_id)
        thing = Thing(About.promise, row.id, row.task_number, row.text, path)
        yield from thing.change("outcome", earlier, later, Weight.kept_back, reason=row.reason,
                                slipped_to=row.slipped_to)  # fmt: skip


def problems(before: State, after: State) -> Iterator[Change]:
    for was, now in pairs(before.reports.problems, after.reports.problems):
        row = now or was
        thing = Thing(About.problem, row.id, f"P-{row.number}", row.title, f"/problems/{row.id}")
        if was is None or now is None:
            due_on = row.answer_due_on
            yield from thing.came_or_went(was is None, Weight.kept_back, row.raised_at,
                                          owner_id=row.owner_id, due_on=due_on)  # fmt: skip
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("owner_id", was.owner_id, now.owner_id, Weight.detail)
        yield from thing.change(
            "answer_due_on", was.answer_due_on, now.answer_due_on, Weight.detail
        )
        yield from thing.change("state", was.state, now.state, Weight.kept_back, at=now.ended_at)
        if was.state == now.state:
            yield from thing.change("is_overdue", was.is_overdue, now.is_overdue, Weight.kept_back,
                                    due_on=now.answer_due_on)  # fmt: skip


def meetings(before: State, after: State, hidden: set[str]) -> Iterator[Change]:
    if "meeting:row" in hidden:
        return
    for was, now in pairs(before.comms.meetings, after.comms.meetings):
        row = now or was
        thing = Thing(About.meeting, row.id, None, row.title, f"/meetings/{row.id}")
        decided = tuple(() if side is None else side.decisions for side in (was, now))
        if "meeting:minutes" not in hidden and decided[0] != decided[1]:
            gone = tuple(text for text in decided[0] if text not in decided[1])
            new = tuple(text for text in decided[1] if text not in decided[0])
            yield from thing.change("decisions", gone, new, Weight.decided,
                                    at=row.ends_at)  # fmt: skip
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail, starts_at=row.starts_at,
                                          state=row.state)  # fmt: skip
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("starts_at", was.starts_at, now.starts_at, Weight.detail)
        yield from thing.change("state", was.state, now.state, Weight.detail,
                                starts_at=now.starts_at)  # fmt: skip
