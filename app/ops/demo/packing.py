"""The status pack of each week, built on its Friday as the manager would."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from app.core.unit_of_work import unit_of_work
from app.ops.demo.stage import Event, Stage
from app.status.packs import build_pack, request_pack


def events(stage: Stage) -> Iterator[Event]:
    for row in stage.story["packs"]:
        yield Event(stage.times.at(row["at"]), partial(_pack, row=row), "pack", True)


def _pack(stage: Stage, now: datetime, row: dict[str, Any]) -> None:
    with unit_of_work():
        pack_id = request_pack(
            stage.plan_id,
            language=stage.story["language"],
            as_of=now,
            actor=stage.person(row["by"]),
            now=now,
        ).id
    build_pack(pack_id, now)
