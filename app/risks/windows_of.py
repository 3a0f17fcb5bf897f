"""The windows of a plan's responses on its committed dates, and how they are said in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row, Select, select

from app.core.db import db
from app.core.i18n import LANGUAGES, in_language
from app.core.localtext import LocalText
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.workcalendar import WorkCalendar
from app.risks.models import Response
from app.risks.windows import Window, WindowKind, from_json, resolve
from app.tasks.models import Step, Task

Span = tuple[date, date]


@dataclass(frozen=True)
class PlanDates:
    """What windows hang on. `names` maps a task's number to its title."""

    anchors: Mapping[str, date | None]
    names: Mapping[int, LocalText]
    is_active: bool


def plan_dates(plan_id: int) -> PlanDates:
    """The plan's committed dates by the names of `windows`; one statement."""
    rows = db.session.execute(_dates(Plan.state, Task.title).where(Plan.id == plan_id)).all()
    return PlanDates(
        anchors=_anchors(rows).get(plan_id, {}),
        names={row.number: row.title for row in rows if row.number is not None},
        is_active=any(row.state is PlanPhase.active for row in rows),
    )


def anchors_of(plan_ids: Sequence[int]) -> dict[int, dict[str, date | None]]:
    """The anchors of many plans at once; one statement."""
    return _anchors(db.session.execute(_dates().where(Plan.id.in_(plan_ids))).all())


def _dates(*more: Any) -> Select[Any]:
    """Rows of each plan with its tasks' dates.

    A task's design phase ends with its last step but one: the last step is the work itself (the
    survey that was designed is sent out). A task with fewer than two steps is all design.
    """
    last_but_one = (
        select(Step.finish_on)
        .where(Step.task_id == Task.id)
        .order_by(Step.number.desc())
        .offset(1)
        .limit(1)
        .scalar_subquery()
    )
    return select(
        Plan.id, Plan.start_on, Plan.finish_on, Plan.go_live_on, Task.number,
        Task.start_on.label("first_on"), Task.finish_on.label("last_on"),
        last_but_one.label("design_on"), *more,
    ).outerjoin(Task, Task.plan_id == Plan.id)  # fmt: skip


def _anchors(rows: Iterable[Row[Any]]) -> dict[int, dict[str, date | None]]:
    found: dict[int, dict[str, date | None]] = {}
    for plan_id, start, finish, go_live, number, first, last, design, *_more in rows:
        anchors = found.get(plan_id)
        if anchors is None:
            anchors = found[plan_id] = {
                "plan_start": start, "plan_finish": finish, "go_live": go_live
            }  # fmt: skip
        if number is not None:
            anchors[f"task_start:{number}"] = first
            anchors[f"task_finish:{number}"] = last
            anchors[f"design_finish:{number}"] = design or last
    return found


def span_of(response: Response, dates: PlanDates, calendar: WorkCalendar) -> Span | None:
    """First and last day of the response's window; None without a window or an anchor's date."""
    window = from_json(response.window)
    return None if window is None else resolve(window, dates.anchors, calendar)


def resolved_windows(plan_id: int) -> dict[int, Span | None]:
    """First and last day of every response's window, by the response's id."""
    dates, calendar = plan_dates(plan_id), work_calendar()
    return {
        response.id: span_of(response, dates, calendar)
        for response in db.session.scalars(select(Response).where(Response.plan_id == plan_id))
    }


def window_words(response: Response) -> LocalText:
    """The window in words: the plan's own while nobody changed it. A fixed window needs none,
    its days say it."""
    window = from_json(response.window)
    if response.window_text or window is None or window.kind is WindowKind.absolute:
        return response.window_text
    said = {}
    for lang in LANGUAGES:
        with in_language(lang):
            said[lang] = _said(window)
    return LocalText(**said)


def anchor_words(anchor: str) -> str:
    """An anchor as it is said in "after …"."""
    name, _colon, number = anchor.partition(":")
    return {
        "plan_start": _("the plan’s start"),
        "plan_finish": _("the plan’s end"),
        "go_live": _("the plan is put into effect"),
        "task_start": _("the start of task %(number)s", number=number),
        "task_finish": _("the end of task %(number)s", number=number),
    }[name]


def _said(window: Window) -> str:
    match window.kind:
        case WindowKind.whole_plan:
            return _("The whole project")
        case WindowKind.during_task:
            return _("While task %(number)s runs", number=window.task)
        case WindowKind.design_phase:
            return _("Design phase of task %(number)s", number=window.task)
    anchor = anchor_words(window.anchor or "")
    if window.offset_workdays < 0 and window.workdays == -window.offset_workdays:
        return ngettext(
            "%(num)s working day up to %(anchor)s",
            "%(num)s working days up to %(anchor)s",
            window.workdays,
            anchor=anchor,
        )
    if window.months is not None:
        return ngettext(
            "Within %(num)s month after %(anchor)s",
            "Within %(num)s months after %(anchor)s",
            window.months,
            anchor=anchor,
        )
    return ngettext(
        "Within %(num)s working day after %(anchor)s",
        "Within %(num)s working days after %(anchor)s",
        window.workdays or 0,
        anchor=anchor,
    )
