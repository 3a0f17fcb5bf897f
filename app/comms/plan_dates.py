"""Where the meetings stand: their rhythm is monthly, and ends with the plan."""

from datetime import date, datetime

from sqlalchemy import select

from app.comms.meeting_dates import meeting_day, month_name, months_from
from app.comms.meeting_queries import seen_by
from app.comms.models import Meeting, MeetingSeries, MeetingState
from app.core.db import db
from app.core.formats import local_date
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.registries import PlanDate
from app.plans.calendars import work_calendar
from app.plans.models import Plan


def meeting_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """Meetings to come, and those that the series will still have up to the plan's end: they come
    and go with it. A month that has its meeting, also a cancelled one, gets no other."""
    today = local_date(now)
    plan = db.session.get_one(Plan, plan_id)
    rows, taken = [], set()
    for meeting, is_seen in db.session.execute(
        select(Meeting, seen_by(viewer)).where(Meeting.plan_id == plan_id).order_by(
            Meeting.starts_at, Meeting.id)
    ):  # fmt: skip
        if meeting.series_id is not None and meeting.month:
            taken.add((meeting.series_id, meeting.month))
        if is_seen and meeting.state is MeetingState.planned and meeting.starts_at > now:
            rows.append(_row(_key(meeting), meeting.title, f"/meetings/{meeting.id}",
                             local_date(meeting.starts_at)))  # fmt: skip
    return rows + (_to_come(plan, today, taken) if _is_asked(viewer) else [])


def _to_come(plan: Plan, today: date, taken: set[tuple[int, str]]) -> list[PlanDate]:
    calendar = work_calendar()
    first, last = max(plan.start_on, today), plan.finish_on
    rows = []
    for series in db.session.scalars(
        select(MeetingSeries)
        .where(MeetingSeries.plan_id == plan.id, MeetingSeries.is_active)
        .order_by(MeetingSeries.id)
    ):
        for year, month in months_from(first, last):
            day = meeting_day(year, month, series.nth, series.weekday, calendar)
            if first < day <= last and (series.id, month_name(day)) not in taken:
                rows.append(_row(f"meeting:{series.id}:{month_name(day)}", series.title,
                                 f"/plans/{plan.id}/meetings", day))  # fmt: skip
    return rows


def _is_asked(viewer: Viewer) -> bool:
    """Whoever reads all meetings, and the heads, who are asked to every one of a series."""
    return sight(viewer, "meeting", "row") is Sight.all or viewer.has(Role.head)


def _key(meeting: Meeting) -> str:
    if meeting.series_id is not None and meeting.month:
        return f"meeting:{meeting.series_id}:{meeting.month}"
    return f"meeting:{meeting.id}"


def _row(key: str, title: object, url: str, day: date) -> PlanDate:
    return PlanDate(key, "meeting", title, url, day, day)  # type: ignore[arg-type]
