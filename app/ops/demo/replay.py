"""Replays the story: every event in order of time, through its use case, at its own instant.

Nothing is inserted behind the use cases' back, so history, audit trail, snapshots and the ledger of
reminders are what they would be had the company worked here for nine weeks.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.comms.jobs import write_reminders
from app.comms.meetings import generate_all
from app.comms.models import Channel
from app.core import clock
from app.core.db import db
from app.core.formats import zone
from app.core.unit_of_work import unit_of_work
from app.ops.demo import measuring, packing, people, registers, talk, weekly, work
from app.ops.demo.stage import Event, Stage
from app.ops.demo.times import StoryTime
from app.plans.calendars import work_calendar
from app.status.week_lights import close_weeks

STORIES = Path(__file__).parents[1] / "story"
PARTS = (people, work, registers, talk, weekly, measuring, packing)


def load_story(lang: str) -> dict[str, Any]:
    """The story as it is told in `lang` ("zh" or "en")."""
    with (STORIES / f"{lang}.toml").open("rb") as file:
        return {**tomllib.load(file), "language": lang}


def replay(lang: str, now: datetime, say: Callable[[str], None] = lambda _text: None) -> Stage:
    """Fill an empty, migrated database with the story as it stands at `now`; answers the stage.

    `say` is told the name of each week as it begins.
    """
    with unit_of_work():
        times = StoryTime(now=now, zone=zone(), calendar=work_calendar())
    stage = Stage(story=load_story(lang), times=times)
    begin = times.at(stage.story["plan"]["created_at"])
    _happen(stage, begin - timedelta(days=3), people.make_company)
    _happen(stage, begin, work.start)
    events = [event for part in PARTS for event in part.events(stage)]
    for at in _work_days(stage, begin):
        events += [Event(at, _remind, "reminders", True), Event(at, _close_week, "week", True)]
    # Sorting is stable: what the story tells first of one instant happens first.
    week = 0
    for event in sorted((e for e in events if e.at <= now), key=lambda e: e.at):
        number = (event.at.astimezone(times.zone).date() - times.first_monday).days // 7 + 1
        if number != week:
            week = number
            say(str(week))
        if event.has_own_transactions:
            with clock.fixed_at(event.at):
                event.run(stage, event.at)
        else:
            _happen(stage, event.at, event.run)
    _happen(stage, now, _plan_what_is_coming)
    return stage


def _happen(stage: Stage, at: datetime, run: Callable[[Stage, datetime], None]) -> None:
    with clock.fixed_at(at), unit_of_work():
        run(stage, at)
    db.session.remove()


def _work_days(stage: Stage, begin: datetime) -> Iterator[datetime]:
    """The two times of each past working day at which the reminders' job finds something."""
    day = stage.day(stage.story["plan"]["start"])
    while day <= stage.times.today:
        if stage.times.calendar.is_workday(day):
            for hour in (9, 17):
                at = datetime(day.year, day.month, day.day, hour, 8, tzinfo=stage.times.zone)
                if begin < at <= stage.times.now:
                    yield at
        day += timedelta(days=1)


def _remind(_stage: Stage, now: datetime) -> None:
    """What the reminders' job wrote then; nobody's mailbox is reached from the past."""
    write_reminders(now, channels=(Channel.inbox,))


def _close_week(_stage: Stage, now: datetime) -> None:
    """The week's close, written down once its reports were due."""
    close_weeks(now)


def _plan_what_is_coming(_stage: Stage, now: datetime) -> None:
    generate_all(now)
