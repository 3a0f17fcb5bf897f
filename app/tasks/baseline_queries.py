"""Reads of baselines: the list, one frozen schedule, and the schedule as it stands now.

Each answers with a fixed number of SQL statements, however many tasks and steps there are.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Department
from app.accounts.queries import person_names
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import words
from app.core.localtext import LocalText
from app.core.reading import one_reading, read_once
from app.core.snapshots import Snapshot
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar
from app.tasks.compare_words import Names
from app.tasks.comparing import Comparison, Standing
from app.tasks.freezing import committed_now, expected_now, first_approved
from app.tasks.frozen import FrozenSchedule, FrozenTask, without_money
from app.tasks.models import Baseline, Step, Task
from app.tasks.progress import days_late
from app.tasks.state import step_rows, task_rows

# What can be compared besides a baseline, as the address names it.
TODAY, COMMITTED, FIRST = "today", "committed", "first"

# A name that the program proposes follows the reader's language; every other is a person's own.
_PROPOSED = re.compile(r"(?:Baseline|基准) ?([1-9]\d{0,3})")


@dataclass(frozen=True)
class BaselineRow:
    """A line of the list. `is_estimated` speaks of the plan's end; `sha256` is the whole hash, and
    `is_sound` says that the kept schedule still has it."""

    id: int
    name: str
    note: str
    taken_at: datetime
    taken_by: str
    item_count: int
    start_on: date
    finish_on: date
    is_estimated: bool
    is_current: bool
    sha256: str
    is_sound: bool


def kept_name(name: str) -> str:
    """The one spelling of a proposed name, so that 基准 2 and Baseline 2 are the same."""
    match = _PROPOSED.fullmatch(name)
    return f"Baseline {match.group(1)}" if match else name


def shown_name(name: str) -> str:
    """A baseline's name in the reader's language."""
    match = _PROPOSED.fullmatch(name)
    return _("Baseline %(number)s", number=match.group(1)) if match else name


def proposed_name(plan_id: int) -> str:
    """A name that is free in the plan."""
    taken = set(db.session.scalars(select(Baseline.name).where(Baseline.plan_id == plan_id)))
    number = len(taken) + 1
    while kept_name(f"Baseline {number}") in taken:
        number += 1
    return shown_name(f"Baseline {number}")


@read_once
def current_baseline(plan_id: int) -> Baseline | None:
    """The baseline that lateness and planned value are measured against; None in a plan that was
    started before baselines were kept."""
    return db.session.scalar(
        select(Baseline).where(Baseline.plan_id == plan_id, Baseline.is_current)
    )


def baseline_of(plan_id: int, baseline_id: int) -> Baseline | None:
    """A baseline of this plan and no other."""
    return db.session.scalar(
        select(Baseline).where(Baseline.plan_id == plan_id, Baseline.id == baseline_id)
    )


def baseline_rows(plan_id: int) -> list[BaselineRow]:
    """The plan's baselines, newest first."""
    rows = db.session.execute(
        select(Baseline, Snapshot.body, Snapshot.sha256)
        .join(Snapshot, Snapshot.id == Baseline.snapshot_id)
        .where(Baseline.plan_id == plan_id)
        .options(joinedload(Baseline.created_by))
        .order_by(Baseline.created_at.desc(), Baseline.id.desc())
    )
    calendar = work_calendar()
    return [_list_row(baseline, body, sha256, calendar) for baseline, body, sha256 in rows]


def _list_row(baseline: Baseline, body: str, sha256: str, calendar: WorkCalendar) -> BaselineRow:
    # Counting needs no tree of rows; a long list of large plans stays quick.
    plain = json.loads(body)
    finish_on = date.fromisoformat(plain["finish_on"])
    return BaselineRow(
        id=baseline.id,
        name=shown_name(baseline.name),
        note=baseline.note,
        taken_at=baseline.created_at,
        taken_by=baseline.created_by.name if baseline.created_by else "",
        item_count=sum(1 + len(task["steps"]) for task in plain["tasks"]),
        start_on=date.fromisoformat(plain["start_on"]),
        finish_on=finish_on,
        is_estimated=calendar.is_estimated(finish_on),
        is_current=baseline.is_current,
        sha256=sha256,
        is_sound=hashlib.sha256(body.encode()).hexdigest() == sha256,
    )


def frozen_of(baseline: Baseline) -> FrozenSchedule:
    """What the baseline keeps. Raises DomainError when a newer program wrote it."""
    snapshot = db.session.get_one(Snapshot, baseline.snapshot_id)
    try:
        return FrozenSchedule.from_plain(json.loads(snapshot.body))
    except ValueError as error:
        raise DomainError(
            _l("This baseline was kept by a newer version of Yingbin and cannot be read here.")
        ) from error


@dataclass(frozen=True)
class NewBaselineDates:
    """What a baseline says of a task or step; None for a step that is not in it."""

    row: Task | Step
    start_on: date | None
    finish_on: date | None
    is_in_it: bool

    @property
    def is_changed(self) -> bool:
        now = (self.row.baseline_start_on, self.row.baseline_finish_on)
        return now != (self.start_on, self.finish_on)


def new_baseline_dates(plan_id: int, frozen: FrozenSchedule) -> list[NewBaselineDates]:
    """The baseline dates that the plan's tasks and steps would have by this schedule."""
    items = frozen.items
    found: list[NewBaselineDates] = []
    for task in db.session.scalars(
        select(Task).where(Task.plan_id == plan_id).order_by(Task.number)
    ):
        kept = items.get(f"task:{task.id}")
        first, last = (kept.start_on, kept.finish_on) if kept else (task.start_on, task.finish_on)
        found.append(NewBaselineDates(task, first, last, kept is not None))
    for step in db.session.scalars(select(Step).where(Step.plan_id == plan_id).order_by(Step.id)):
        kept = items.get(f"step:{step.id}")
        first_on, last_on = (kept.start_on, kept.finish_on) if kept else (None, None)
        found.append(NewBaselineDates(step, first_on, last_on, kept is not None))
    return found


@dataclass(frozen=True)
class Effect:
    """What it would change to measure against a baseline: how many items get other baseline dates
    or lose theirs, out of how many; what came later than it; tasks that are late now, and then."""

    changed: int
    total: int
    later_tasks: tuple[LocalText, ...]
    later_steps: int
    late_now: int
    late_then: int


@one_reading()
def effect_of(baseline: Baseline, today: date) -> Effect:
    """Said before it is done."""
    calendar = work_calendar()
    plan_id = baseline.plan_id
    rows = task_rows(plan_id, today, calendar, step_rows(plan_id, today, calendar))
    expected = {row.id: row.expected_finish_on for row in rows}
    new = new_baseline_dates(plan_id, frozen_of(baseline))
    tasks = [row for row in new if isinstance(row.row, Task)]
    return Effect(
        changed=sum(row.is_changed for row in new),
        total=len(new),
        later_tasks=tuple(row.row.title for row in tasks if not row.is_in_it),
        later_steps=sum(isinstance(row.row, Step) and not row.is_in_it for row in new),
        late_now=sum(row.days_late > 0 for row in rows),
        late_then=sum(
            row.finish_on is not None
            and days_late(row.finish_on, expected[row.row.id], calendar) > 0
            for row in tasks
        ),
    )


@dataclass(frozen=True)
class Side:
    """One of the two things that can be compared."""

    key: str
    name: str


def sides(plan_id: int) -> list[Side]:
    """What can be compared: the baseline that counts first, then the others, newest first, then
    today."""
    rows = db.session.execute(
        select(Baseline.id, Baseline.name, Baseline.is_current)
        .where(Baseline.plan_id == plan_id)
        .order_by(Baseline.is_current.desc(), Baseline.created_at.desc(), Baseline.id.desc())
    ).all()
    found = [Side(str(row.id), shown_name(row.name)) for row in rows]
    if not any(row.is_current for row in rows):
        found.insert(0, Side(FIRST, _("the first baseline")))
    found.append(Side(TODAY, _("today, as expected")))
    found.append(Side(COMMITTED, _("today, as committed")))
    return found


def schedule_of(plan_id: int, key: str, today: date, sees_money: bool) -> FrozenSchedule:
    """The schedule that a side of the comparison names, without amounts for whoever does not read
    all money. Raises LookupError on a baseline that is not the plan's."""
    if key == TODAY:
        schedule = expected_now(plan_id, today)
    elif key == COMMITTED:
        schedule = committed_now(plan_id)
    elif key == FIRST:
        schedule = first_approved(plan_id)
    else:
        baseline = baseline_of(plan_id, int(key))
        if baseline is None:
            raise LookupError(key)
        schedule = frozen_of(baseline)
    return schedule if sees_money else without_money(schedule)


def names_in(found: Comparison) -> Names:
    """Names of the people and departments that the differences speak of."""
    people: set[int] = set()
    departments: set[int] = set()
    for row in found.of(Standing.changed):
        for side in (row.before, row.after):
            if isinstance(side, FrozenTask):
                people |= {side.owner_id or 0} if "owner_id" in row.fields else set()
                departments |= {side.department_id or 0} if "department_id" in row.fields else set()
    return Names(
        people=person_names(people),
        departments={
            key: words(name)
            for key, name in db.session.execute(
                select(Department.id, Department.name).where(Department.id.in_(departments))
            )
        } if departments else {},
    )  # fmt: skip
