"""What PlanState holds, the plan page takes from its parts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.core.registries import plan_sections, state_providers
from app.risks.models import ResponseState, Risk
from app.status.state import PARTS

OTHER = LocalText(zh="别的名字", en="Another name")


@contextmanager
def answering(name: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """The part's answer with something changed in it that the database does not hold."""
    provider = state_providers.get(name)
    assert provider is not None
    state_providers.add(name, lambda *args: change(provider(*args)))
    try:
        yield
    finally:
        state_providers.add(name, provider)


def renamed(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    return (replace(rows[0], title=OTHER), *rows[1:])


CHANGES: dict[str, Callable[[Any], Any]] = {
    "tasks": lambda part: replace(part, tasks=renamed(part.tasks)),
    "risks": lambda part: replace(part, risks=renamed(part.risks)),
    "monitoring": lambda part: replace(part, indicators=renamed(part.indicators)),
    "comms": lambda part: replace(part, file_count=4711),
}


def test_every_section_is_entered_under_the_part_that_it_is_drawn_from(app) -> None:
    names = [name for name, _answer in plan_sections]
    assert sorted(names) == sorted(CHANGES)
    assert set(names) <= set(PARTS)


def test_a_risk_stays_whatever_became_of_its_responses(client_of, context) -> None:
    """A dropped response is not listed, and takes no word of its risk with it."""
    first, second = db.session.scalars(db.select(Risk).order_by(Risk.number).limit(2))
    first.responses[0].state = ResponseState.dropped
    for response in second.responses:
        response.state = ResponseState.dropped
    db.session.commit()
    page = client_of("pm", "en").get("/plans/1").text
    section = page[page.index('id="section-4"') : page.index('id="section-5"')]
    for risk in (first, second):
        assert risk.title.en in section
    assert first.responses[0].title.en not in section
    assert first.responses[1].title.en in section


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize("person", ["pm", "owner1", "training", "exec", "clerk"])
def test_a_section_says_what_the_state_says(client_of, name: str, person: str) -> None:
    page = client_of(person, "en")
    if person == "clerk" and name == "risks":
        assert "does not let you see its risks" in page.get("/plans/1").text
        return
    said = "4711 files shared" if name == "comms" else OTHER.en
    assert said not in page.get("/plans/1").text
    with answering(name, CHANGES[name]):
        assert said in page.get("/plans/1").text
