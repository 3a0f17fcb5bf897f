"""What was looked at and measured: inspections, observations, indicators; and what is shared."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.comms.files import add_version, share_file
from app.comms.models import SharedFile
from app.comms.practices import add_practice
from app.core.db import db
from app.core.formats import local_date
from app.ops.demo.stage import Event, Stage
from app.reports.indicators import edit_indicator, record_measurement
from app.reports.inspections import (
    FindingInput,
    plan_inspection,
    record_inspection,
    report_observation,
)
from app.reports.models import Indicator, IndicatorKind, Inspection
from app.reports.periods import Period, period_of

PLANNED_BEFORE = timedelta(days=4)


def events(stage: Stage) -> Iterator[Event]:
    story, at = stage.story, stage.times.at
    for row in story["targets"]:
        yield Event(at(row["at"]), partial(_target, row=row), "target")
    for row in story["measurements"]:
        yield Event(at(row["at"]), partial(_measure, row=row), "measurement")
    begin = at(story["plan"]["created_at"]) + timedelta(hours=2)
    for row in story["inspections"]:
        planned_at = max(at(row["at"]) - PLANNED_BEFORE, begin)
        yield Event(planned_at, partial(_plan_inspection, row=row), "inspection")
        yield Event(at(row["at"]), partial(_inspect, row=row), "inspection")
    for row in story["observations"]:
        yield Event(at(row["at"]), partial(_observe, row=row), "observation")
    for row in story["files"]:
        for number, version in enumerate(row["versions"]):
            yield Event(
                at(version["at"]), partial(_file, row=row, version=version, number=number), "file"
            )
    for row in story["practices"]:
        yield Event(at(row["at"]), partial(_practice, row=row), "practice")


def _indicator(stage: Stage, key: str) -> Indicator:
    return db.session.scalars(
        select(Indicator).where(Indicator.plan_id == stage.plan_id, Indicator.key == key)
    ).one()


def _target(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    indicator = _indicator(stage, row["indicator"])
    begins_on = indicator.begins_on
    if row["indicator"] == "system":
        # Nothing can be measured before the system's trial run, the last step of task 4.
        begins_on = stage.step("4.4").start_on
    edit_indicator(
        indicator,
        target=row["target"],
        direction=indicator.direction,
        min_answers=indicator.min_answers,
        begins_on=begins_on,
        actor=stage.person(row["by"]),
        now=now,
    )


def _period(stage: Stage, indicator: Indicator, row: dict[str, Any]) -> Period:
    """The period `offset` periods from the one of the anchor's day."""
    cadence = str(indicator.cadence)
    period = period_of(cadence, stage.day(row["anchor"]))
    for _ in range(-row["offset"]):
        period = period_of(cadence, period.first - timedelta(days=1))
    return period


def _measure(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    indicator = _indicator(stage, row["indicator"])
    is_share = indicator.kind is IndicatorKind.proportion
    record_measurement(
        indicator,
        period=_period(stage, indicator, row).label,
        value=None if is_share else row["value"],
        good_count=row.get("successes") if is_share else None,
        sample_size=row.get("n"),
        is_whole_population=row.get("whole", False),
        note=row.get("note", ""),
        actor=stage.person(row["by"]),
        now=now,
    )


def _plan_inspection(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    inspection = plan_inspection(
        stage.plan_id,
        planned_on=local_date(stage.times.at(row["at"])),
        inspector_id=stage.person(row["by"]).id,
        place=row["place"],
        actor=stage.person("pm"),
        now=now,
    )
    db.session.flush()
    stage.keep("inspection", row["key"], inspection.id)


def _inspect(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    inspection = db.session.get_one(Inspection, stage.kept("inspection", row["key"]))
    seen = [
        FindingInput(text=item["note"], stage=item["item"], is_good=item["ok"])
        for item in row["items"]
    ]
    found = [
        FindingInput(text=f["title"], department_id=stage.department_id(f["department"]))
        for f in row["findings"]
    ]
    record_inspection(
        inspection,
        done_on=local_date(now),
        place=row["place"],
        summary=row.get("summary", ""),
        findings=seen + found,
        actor=stage.person(row["by"]),
        now=now,
    )
    db.session.flush()
    for told, finding in zip(row["findings"], inspection.findings[len(seen) :], strict=True):
        stage.keep("finding", told["action"], finding.id)


def _observe(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    report_observation(
        stage.plan_id, text=row["text"], seen_on=local_date(now), actor=stage.person(row["by"]),
        now=now,
    )  # fmt: skip


def _file(
    stage: Stage, now: datetime, row: dict[str, Any], version: dict[str, Any], number: int
) -> None:
    actor = stage.person(version["by"])
    content = version["content"].encode()
    if number == 0:
        file = share_file(
            stage.plan_id,
            title=row["name"].rsplit(".", 1)[0],
            description=row["description"],
            filename=row["name"],
            content=content,
            note=version.get("note", ""),
            actor=actor,
            now=now,
        )
        db.session.flush()
        stage.keep("file", row["key"], file.id)
    else:
        file = db.session.get_one(SharedFile, stage.kept("file", row["key"]))
        add_version(
            file, filename=row["name"], content=content, note=version.get("note", ""),
            actor=actor, now=now,
        )  # fmt: skip


def _practice(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    add_practice(
        stage.plan_id, title=row["title"], text=row["text"], actor=stage.person(row["by"]), now=now
    )
