"""What each home page shows: what do I owe, what is in trouble, what is next.

Everything about the plan comes from PlanState; only to-dos, the agenda, the reminders to come and
the packs are asked beside it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.comms.ledger_rows import Group, grouped
from app.comms.meeting_queries import AgendaRow, MeetingRow, agenda, next_meeting
from app.comms.models import Channel, Message, MessageState
from app.comms.reminder_queries import Coming, coming
from app.core.db import db
from app.core.formats import day_plain, local_date, near_day, week, words
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.core.registries import Todo, todos
from app.plans.calendars import work_calendar
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.state import ComplianceRow
from app.status.models import Pack, PackState
from app.status.state import PlanState, names_of_departments, names_of_people, plan_state
from app.tasks.progress import days_late
from app.tasks.queries import Chart, draw

# Who a person is first of all, when they hold several roles.
PRIORITY = (Role.manager, Role.executive, Role.head, Role.owner, Role.member)
SHOWN_WEEKS = 9
SHOWN_POINTS = 3
SHOWN_COMING = 6
SHOWN_TODOS = 8


def first_role(viewer: Viewer) -> Role:
    """The role whose home page the viewer gets."""
    return next(role for role in PRIORITY if viewer.has(role))


@dataclass(frozen=True)
class OverdueRow:
    """Something that somebody else owes. `days`: working days since it was due."""

    what: str
    why: list[str]
    days: int
    url: str


@dataclass(frozen=True)
class NextMeeting:
    """The next meeting with its agenda in the viewer's eyes."""

    row: MeetingRow
    points: tuple[AgendaRow, ...]

    @property
    def own_points(self) -> list[AgendaRow]:
        """The points that are this meeting's own; what stands on every agenda comes last."""
        return sorted(self.points, key=lambda point: not (point.url or point.item_id))


@dataclass(frozen=True)
class Home:
    """What every home page stands on."""

    state: PlanState
    viewer: Viewer
    role: Role
    names: dict[int, str]
    departments: dict[int, LocalText]
    calendar: WorkCalendar
    todos: tuple[Todo, ...]
    meeting: NextMeeting | None

    def name(self, person_id: int | None) -> str:
        """Somebody's name, or a dash for nobody."""
        return "–" if person_id is None else self.names.get(person_id, "–")

    def department_words(self, rows: Any) -> list[str]:
        """The departments of signature rows by name; the manager's own is the plan's."""
        return [words(self.departments.get(row.department_id)) or _("the plan") for row in rows]


def home_of(viewer: Viewer, now: datetime) -> Home:
    """The plan in the viewer's eyes with what waits for them."""
    return Home(
        state=plan_state(viewer.plan_id, now, viewer),
        viewer=viewer,
        role=first_role(viewer),
        names=names_of_people(),
        departments=names_of_departments(),
        calendar=work_calendar(),
        todos=own_todos(viewer, now),
        meeting=meeting_of(viewer, now),
    )


def own_todos(viewer: Viewer, now: datetime) -> tuple[Todo, ...]:
    """What waits for the viewer in all their roles: overdue first, then by day."""
    rows = [row for _name, ask in todos for row in ask(viewer.plan_id, viewer, now)]
    today = local_date(now)
    return tuple(
        sorted(rows, key=lambda row: (not row.is_overdue, row.due_on or today + timedelta(days=7)))
    )


def meeting_of(viewer: Viewer, now: datetime) -> NextMeeting | None:
    """The next meeting that the viewer reads, with its agenda."""
    row = next_meeting(viewer, now)
    if row is None:
        return None
    return NextMeeting(row, tuple(agenda(row.meeting, viewer, now)))


def chart_of(home: Home, own_only: bool = False) -> Chart:
    """The strip of the plan's tasks, or of the viewer's."""
    tasks = home.state.tasks.tasks
    shown = own_tasks(home) if own_only else tasks
    return draw(shown, [], tasks, home.state.today, home.calendar, home.names)


def own_tasks(home: Home) -> list[Any]:
    return [t for t in home.state.tasks.tasks if t.owner_id == home.viewer.person_id]


def report_urls(home: Home) -> dict[tuple[int, str], str]:
    """Where the cells of the matrix lead: to reports that the viewer may read."""
    readable = {report.id for report in home.state.reports.reports}
    return {
        (row.task_id, cell.week): f"/reports/{cell.report_id}"
        for row in home.state.reports.rows
        for cell in row.cells
        if cell.report_id in readable
    }


def coming_of(home: Home, now: datetime) -> list[Coming]:
    """The next fortnight's reminders: all for the manager, else the viewer's own."""
    sees_all = sight(home.viewer, "message") is Sight.all
    return coming(
        home.viewer.plan_id, now, calendar=home.calendar,
        person_id=None if sees_all else home.viewer.person_id,
    )  # fmt: skip


def coming_groups(home: Home, rows: list[Coming]) -> list[Group]:
    """The same, one line for each instant and rule; the viewer is called you."""
    names = home.names | {home.viewer.person_id: _("you")}
    return grouped(rows, names)


def others_overdue(home: Home, rows: list[Coming]) -> list[OverdueRow]:
    """What others owe, most overdue first, with what the system has done about it."""
    found = [
        (key, row)
        for key, person_id, row in [*_missing_reports(home), *_overdue_actions(home),
                                    *_overdue_problems(home), *_overdue_signatures(home)]
        if person_id != home.viewer.person_id
    ]  # fmt: skip
    told = reminders_sent(home.viewer.plan_id, [key for key, _row in found])
    to_you = _escalations(home, rows)
    shown = []
    for key, row in found:
        why = list(row.why)
        if told.get(key):
            why.append(_("reminded %(num)s times", num=told[key]) if told[key] > 1
                       else _("reminded once"))  # fmt: skip
        if key in to_you:
            why.append(_("%(when)s escalated to you", when=to_you[key]))
        shown.append(OverdueRow(row.what, why, row.days, row.url))
    return sorted(shown, key=lambda row: -row.days)


def reminders_sent(plan_id: int, keys: list[str]) -> dict[str, int]:
    """How often the system has reminded of each object, in the app."""
    if not keys:
        return {}
    return dict(
        db.session.execute(
            select(Message.object_key, func.count(Message.kind.distinct()))
            .where(
                Message.plan_id == plan_id,
                Message.channel == Channel.inbox,
                Message.state == MessageState.sent,
                Message.object_key.in_(keys),
                Message.kind.contains("."),
            )
            .group_by(Message.object_key)
        )
        .tuples()
        .all()
    )


def _escalations(home: Home, rows: list[Coming]) -> dict[str, str]:
    today = home.state.today
    return {
        row.object_key: near_day(row.at, today)
        for row in reversed(rows)
        if row.rule_key.endswith(".escalated") and home.viewer.person_id in row.recipients
    }


def _late(home: Home, due: Any) -> int:
    return max(0, days_late(due, home.state.today, home.calendar))


def _missing_reports(home: Home) -> list[tuple[str, int | None, OverdueRow]]:
    due = {w.week: w.due_at for w in home.state.reports.weeks}
    rows = []
    for row in home.state.reports.rows:
        for cell in row.cells:
            due_at = due[cell.week]
            if cell.standing != "missing" or due_at is None:
                continue
            what = _("%(name)s: report of %(week)s", name=home.name(row.owner_id),
                     week=week(IsoWeek.parse(cell.week)))  # fmt: skip
            why = [_("task %(number)s", number=row.task_number),
                   _("was due %(day)s", day=day_plain(due_at))]  # fmt: skip
            key = f"report:{row.task_id}:{cell.week}"
            url = f"/plans/{home.viewer.plan_id}/reports"
            rows.append((key, row.owner_id, OverdueRow(what, why, _late(home, local_date(due_at)),
                                                       url)))  # fmt: skip
    return rows


def _overdue_actions(home: Home) -> list[tuple[str, int | None, OverdueRow]]:
    return [
        (f"action:{row.id}", row.owner_id, OverdueRow(
            _("%(name)s: %(title)s", name=home.name(row.owner_id), title=row.title),
            [_("action item A-%(number)s", number=row.number),
             _("was due %(day)s", day=day_plain(row.due_on))],
            row.days_overdue, f"/actions/{row.id}"))
        for row in home.state.tasks.actions if row.is_overdue
    ]  # fmt: skip


def _overdue_problems(home: Home) -> list[tuple[str, int | None, OverdueRow]]:
    return [
        (f"problem:{row.id}", row.owner_id, OverdueRow(
            _("%(name)s: %(title)s", name=home.name(row.owner_id), title=row.title),
            [_("problem P-%(number)s", number=row.number),
             _("was due %(day)s", day=day_plain(row.answer_due_on))],
            row.days_overdue, f"/problems/{row.id}"))
        for row in home.state.reports.problems if row.is_overdue
    ]  # fmt: skip


def _overdue_signatures(home: Home) -> list[tuple[str, int | None, OverdueRow]]:
    due = home.state.risks.due_on
    if due >= home.state.today:
        return []
    return [
        (f"risk_signature:{row.department_id or 'pm'}", row.person_id, OverdueRow(
            _("%(name)s: signature of the risks of %(department)s",
              name=home.name(row.person_id),
              department=home.department_words([row])[0]),
            [_("was due %(day)s", day=day_plain(due))],
            _late(home, due), f"/plans/{home.viewer.plan_id}/risks#signatures"))
        for row in home.state.risks.signatures if row.signed_at is None
    ]  # fmt: skip


def own_promises(home: Home) -> list[Any]:
    """Promises of the viewer's tasks that still wait for an outcome, oldest due first."""
    mine = {task.id for task in own_tasks(home)}
    rows = [p for p in home.state.reports.promises if p.task_id in mine and p.outcome == "pending"]
    return sorted(rows, key=lambda p: (p.due_week, p.id))


def own_actions(home: Home) -> list[Any]:
    return sorted(
        (a for a in home.state.tasks.actions
         if a.owner_id == home.viewer.person_id and a.state == "open"),
        key=lambda a: (a.due_on, a.number),
    )  # fmt: skip


@dataclass(frozen=True)
class WeekReport:
    """The report that the viewer owes now: of which task, by when, how it stands."""

    task: Any
    row: ComplianceRow
    week: str
    standing: str
    due_at: datetime | None
    url: str


def own_reports(home: Home) -> list[WeekReport]:
    """This week's report of each of the viewer's open tasks."""
    state = home.state.reports
    tasks = {task.id: task for task in own_tasks(home)}
    rows = []
    for row in state.rows:
        if row.task_id not in tasks:
            continue
        cell = next((c for c in row.cells if c.week == state.week), None)
        if cell is None or cell.standing in ("not_due", "excused"):
            continue
        url = (
            f"/reports/{cell.report_id}" if cell.report_id and cell.standing != "returned"
            else f"/plans/{home.viewer.plan_id}/reports/{row.task_id}/{state.week}"
        )  # fmt: skip
        rows.append(
            WeekReport(tasks[row.task_id], row, state.week, cell.standing, state.due_at, url)
        )
    return rows


def next_steps(home: Home) -> list[Any]:
    """The open steps that come next in the viewer's tasks."""
    wanted = {step_id for task in own_tasks(home) for step_id in task.next_steps}
    return [step for step in home.state.tasks.steps if step.id in wanted]


def of_departments(home: Home, rows: Any) -> list[Any]:
    """The rows that concern the departments which the viewer heads."""
    return [row for row in rows if row.department_id in home.viewer.department_ids]


@dataclass(frozen=True)
class PackRow:
    """A pack that can be downloaded; `week` is the ISO week number of its data."""

    id: int
    as_of: datetime
    week: int


def packs_of(viewer: Viewer, most: int = 3) -> list[PackRow]:
    """The newest packs that are ready, for whoever may read packs."""
    if not viewer.may("pack:read"):
        return []
    rows = db.session.execute(
        select(Pack.id, Pack.as_of)
        .where(Pack.plan_id == viewer.plan_id, Pack.state == PackState.ready)
        .order_by(Pack.as_of.desc(), Pack.id.desc())
        .limit(most)
    )
    return [PackRow(row.id, row.as_of, IsoWeek.of(local_date(row.as_of)).week) for row in rows]


def risk_words(state: PlanState) -> str:
    """How many risks weigh, and which way the scores went this month."""
    now = {row.band.value: row.now for row in state.risks.bands}
    high, critical = now.get("high", 0), now.get("critical", 0)
    if not high and not critical:
        said = _("None is high or critical.")
    elif not critical:
        said = _("%(high)s high, none critical.", high=high)
    else:
        said = _("%(critical)s critical, %(high)s high.", critical=critical, high=high)
    moved = [
        row.score - row.score_before
        for row in state.risks.risks
        if row.score is not None
        and row.score_before is not None
        and row.reviewed_at is not None
        and local_date(row.reviewed_at).isoformat()[:7] == state.risks.month
    ]
    up, down = sum(by > 0 for by in moved), sum(by < 0 for by in moved)
    if up or down:
        step = _("This month %(up)s rose and %(down)s fell.", up=up, down=down)
        said = _("%(first)s %(second)s", first=said, second=step)
    return said


def next_measurement(home: Home) -> tuple[Any, Any] | None:
    """The indicator whose value is owed next, with that period."""
    rows = [(row, row.next_due) for row in home.state.monitoring.indicators if row.next_due]
    return min(rows, key=lambda pair: (pair[1].due_on, pair[0].number), default=None)
