"""What a change of dates brings with it, put together from what every feature answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.trying import Moved
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar
from app.tasks.events import ItemMove
from app.tasks.queries import light_of
from app.tasks.rescheduling import Change, Contradiction
from app.tasks.state import step_rows, task_rows

# What the moves and the head sentence already say.
TOLD = frozenset({"task", "step", "plan"})
# The order in which the groups stand; kinds that nobody foresaw come last.
ORDER = ("go_live", "window", "meeting", "measurement", "report", "inspection", "resource",
         "budget")  # fmt: skip


@dataclass(frozen=True)
class FloatChange:
    """A task or step that has fewer working days to spare than before; at 0 or below it decides
    the plan's end."""

    key: str
    title: LocalText
    url: str
    before: int
    after: int

    @property
    def is_lost(self) -> bool:
        return self.before > 0 >= self.after


@dataclass(frozen=True)
class LightChange:
    """A task whose light changes."""

    title: LocalText
    url: str
    before: Light
    after: Light


@dataclass(frozen=True)
class Clash:
    """A contradiction with the names of what it is between."""

    what: Contradiction
    name: str
    other: str


@dataclass(frozen=True)
class Preview:
    """What a change does. `finish`: the plan's end before and after, `finish_workdays` between
    them (earlier below 0); `groups`: what else moves, by kind; `seen` marks the dates it was made
    from; `refusal` says why its reader may not apply it;
    `calendar` is the company's."""

    plan_id: int
    changes: tuple[Change, ...]
    pull: bool
    seen: str
    moves: tuple[ItemMove, ...]
    finish: tuple[date, date]
    finish_workdays: int
    floats: tuple[FloatChange, ...]
    lights: tuple[LightChange, ...]
    groups: tuple[tuple[str, tuple[Moved, ...]], ...]
    clashes: tuple[Clash, ...]
    refusal: str | None
    calendar: WorkCalendar

    @property
    def lost(self) -> tuple[FloatChange, ...]:
        return tuple(row for row in self.floats if row.is_lost)


Lights = Mapping[int, tuple[LocalText, Light]]


def lights_of(plan_id: int, today: date) -> Lights:
    """The light of every task by id, with its name."""
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    return {
        task.id: (numbered(str(task.number), task.title), light_of(task, today))
        for task in task_rows(plan_id, today, calendar, steps)
    }


def consequences(
    *,
    plan_id: int,
    changes: tuple[Change, ...],
    pull: bool,
    seen: str,
    moves: tuple[ItemMove, ...],
    finish: tuple[date, date],
    differing: Iterable[Moved],
    lights: tuple[Lights, Lights],
    clashes: tuple[Clash, ...],
    refusal: str | None,
    calendar: WorkCalendar,
) -> Preview:
    """Sort what differs into what people ask for. `lights` and `finish`: before and after."""
    differing = list(differing)
    groups: dict[str, list[Moved]] = {}
    for row in differing:
        if row.kind not in TOLD:
            groups.setdefault(row.kind, []).append(row)
    kinds = [*(k for k in ORDER if k in groups), *(k for k in groups if k not in ORDER)]
    return Preview(
        plan_id=plan_id,
        changes=changes,
        pull=pull,
        seen=seen,
        moves=moves,
        finish=finish,
        finish_workdays=calendar.workdays_between(*finish),
        floats=tuple(_floats(differing)),
        lights=tuple(
            LightChange(title, f"/tasks/{key}", was, lights[1][key][1])
            for key, (title, was) in lights[0].items()
            if key in lights[1] and lights[1][key][1] is not was
        ),
        groups=tuple((kind, tuple(groups[kind])) for kind in kinds),
        clashes=clashes,
        refusal=refusal,
        calendar=calendar,
    )


def _floats(differing: Iterable[Moved]) -> Iterable[FloatChange]:
    for row in differing:
        if row.kind not in ("task", "step") or row.before is None or row.after is None:
            continue
        was, now = row.before.number, row.after.number
        if was is not None and now is not None and now < was:
            yield FloatChange(row.after.key, row.after.title, row.after.url, was, now)


def numbered(label: str, title: LocalText) -> LocalText:
    """The title with its number before it, in both languages."""
    if title.own is not None:
        return LocalText(own=f"{label} {title.own}")
    return LocalText(
        zh=f"{label} {title.in_language('zh')}", en=f"{label} {title.in_language('en')}"
    )
