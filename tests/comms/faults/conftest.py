"""The scene for each fault, and the table at the end: fault, due, sent, lost, duplicated."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app.comms.models import Pace, Preference
from app.core import unit_of_work
from app.core.db import db
from tests.comms.faults.scene import FaultyPostbox, Scene
from tests.comms.mail_server import running

ROW = "fault"


@pytest.fixture
def scene(context: Flask, people: SimpleNamespace, database: SimpleNamespace) -> Iterator[Scene]:
    """Everybody gets each mail by itself; a test of digests says so."""
    box = FaultyPostbox()
    with running(box) as port:
        scene = Scene(database.url, context.config["SETTINGS"].instance_path, box, port)
        for person in vars(people).values():
            db.session.add(Preference(person_id=person.id, pace=Pace.at_once))
        unit_of_work.commit()
        yield scene
        scene.close()


@pytest.fixture
def in_digests(scene: Scene) -> None:
    """What comes at one time comes in one mail, as people get it who never chose."""
    db.session.execute(delete(Preference))
    unit_of_work.commit()


@pytest.fixture
def noted(record_property: Callable[[str, Any], None]) -> Callable[..., None]:
    """noted("fault", due, sent, lost, duplicated) adds a row to the table."""

    def note(fault: str, due: int, sent: int, lost: int, duplicated: int) -> None:
        record_property(ROW, [fault, due, sent, lost, duplicated])

    return note


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == ROW and getattr(report, "when", "") == "call"
    ]
    if not rows:
        return
    width = max(len(row[0]) for row in rows)
    terminalreporter.section("faults")
    terminalreporter.write_line(f"{'fault':<{width}}    due   sent   lost   duplicated")
    for fault, due, sent, lost, duplicated in sorted(rows):
        terminalreporter.write_line(
            f"{fault:<{width}} {due:>6} {sent:>6} {lost:>6} {duplicated:>12}"
        )
