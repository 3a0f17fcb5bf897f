"""What the four home pages cost on a plan of a year's age, beside a bare page of 50 rows.

    .venv/bin/python benchmarks/home_pages.py

Milliseconds of the processor per request, both under the same server (Waitress, each in a process
of its own that does nothing else) in the same run, turn about: the home pages of manager, owner,
department head and executive, and a bare Flask + Flask-SQLAlchemy page that lists 50 rows of an
SQLite table. A home page is measured when nothing has changed since the last look, and right after
a change, when all of it is read and drawn anew. Exits with 1 when one that is looked at again costs
more than the limit.

The plan has 52 weeks of reports with their promises, reviews and signatures of every month,
inspections, meetings, measurements, a ledger, an audit trail and a snapshot of every week's close.
"""

import http.client
import logging
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from waitress.server import create_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app import create_app
from app.accounts.models import Department, Person
from app.accounts.sign_in import begin_sign_in
from app.comms.models import (
    Answer,
    Attendance,
    Channel,
    Decision,
    Meeting,
    MeetingState,
    Message,
    MessageState,
)
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import zone
from app.core.localtext import LocalText
from app.core.settings import sqlite_url
from app.core.snapshots import take_snapshot
from app.plans.access import viewer_of
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.weeks import IsoWeek
from app.reports.deadlines import due_at
from app.reports.models import (
    Finding,
    Indicator,
    Inspection,
    Measurement,
    Outcome,
    Problem,
    ProblemState,
    Promise,
    ReportState,
    WeeklyReport,
)
from app.reports.periods import periods_between
from app.risks.models import Risk, RiskReview, RiskSignature
from app.status.models import Pack, PackState
from app.status.state import plan_state
from app.tasks.models import ActionItem, ActionState, Step, Task, TaskState
from tests.conftest import make_world, settings_for

WEEKS, ROWS, ROUNDS, AT_ONCE = 52, 50, 9, 25
LIMIT = 2.0
START = date(2026, 9, 28)
FINISH = date(2027, 12, 31)
# Thursday of the plan's 53rd week, 16:20 in Shanghai.
NOW = datetime(2027, 9, 30, 8, 20, tzinfo=UTC)
HOMES = {"manager": "pm", "owner": "owner4", "department head": "training", "executive": "exec"}


def fill() -> None:
    """The tests' company with a year behind it, written as rows: how it came about is not what is
    measured."""
    make_world()
    people = {row.email.split("@")[0]: row for row in db.session.scalars(db.select(Person))}
    plan = db.session.get_one(Plan, 1)
    plan.finish_on = FINISH
    tasks = list(db.session.scalars(db.select(Task).order_by(Task.number)))
    for task in tasks:
        task.state, task.progress_percent = TaskState.active, 60 + 5 * task.number
        task.finish_on = task.baseline_finish_on = FINISH
        task.forecast_finish_on = FINISH + timedelta(days=7) if task.number == 4 else None
        for number in range(1, 6):
            first = START + timedelta(weeks=10 * (number - 1))
            db.session.add(Step(
                plan_id=1, task_id=task.id, number=100 + number,
                title=LocalText(zh=f"步骤 {number}", en=f"Step {number}"), start_on=first,
                finish_on=first + timedelta(weeks=9), baseline_start_on=first,
                baseline_finish_on=first + timedelta(weeks=9),
                progress_percent=100 if number < 5 else 40,
                done_on=first + timedelta(weeks=9) if number < 5 else None,
            ))  # fmt: skip
    _weeks(plan, tasks, people)
    _months(plan, people)
    db.session.commit()
    # In the manager's eyes, as the job writes them.
    viewer = viewer_of(people["pm"], 1)
    assert viewer is not None
    state = plan_state(1, NOW, viewer)
    for number in range(WEEKS):
        week = IsoWeek.of(START).plus(number)
        closed_at = due_at(week, work_calendar(), zone())
        if closed_at is not None:
            take_snapshot(1, state, f"week:{week}", closed_at + timedelta(minutes=5))
    db.session.commit()


def _weeks(plan: Plan, tasks: list[Task], people: dict[str, Person]) -> None:
    calendar, manager = work_calendar(), people["pm"]
    open_lines: dict[int, list[Promise]] = {task.id: [] for task in tasks}
    numbers = {"problem": 0, "action": 0}
    for number in range(WEEKS):
        week = IsoWeek.of(START).plus(number)
        deadline = due_at(week, calendar, zone())
        if deadline is None:
            continue
        friday = deadline.date()
        following = week.plus(1)
        while due_at(following, calendar, zone()) is None:
            following = following.plus(1)
        for task in tasks:
            sent_at = deadline - timedelta(hours=2 if (number + task.number) % 9 else -20)
            assert task.owner_id is not None
            report = WeeklyReport(
                plan_id=1, task_id=task.id, iso_year=week.year, iso_week=week.week,
                owner_id=task.owner_id, author_id=task.owner_id, state=ReportState.accepted,
                done_text="按计划推进，培训两场，检查前台三次。" * 4,
                progress_percent=min(99, number * 2), saved_at=sent_at, first_submitted_at=sent_at,
                submitted_at=sent_at, decided_at=sent_at + timedelta(hours=3),
                decided_by_id=manager.id, return_reason="",
            )  # fmt: skip
            db.session.add(report)
            db.session.flush()
            for line in open_lines[task.id]:
                line.outcome = Outcome.slipped if (number + line.id) % 7 == 0 else Outcome.done
                line.reason = "场地没有定下来" if line.outcome is Outcome.slipped else ""
                line.settled_in_id = report.id
            open_lines[task.id] = [
                Promise(
                    plan_id=1, task_id=task.id, report_id=report.id, text=f"下周完成第 {n} 项安排",
                    made_year=week.year, made_week=week.week, due_year=following.year,
                    due_week=following.week, reason="",
                )
                for n in range(3)
            ]  # fmt: skip
            db.session.add_all(open_lines[task.id])
            if (number + task.number) % 4 == 0:
                numbers["problem"] += 1
                is_old = number < WEEKS - 2
                db.session.add(Problem(
                    plan_id=1, number=numbers["problem"], title="人手不够，早班缺一人", details="",
                    task_id=task.id, report_id=report.id, raised_by_id=task.owner_id,
                    raised_at=sent_at, owner_id=manager.id,
                    answer_due_on=friday + timedelta(days=7),
                    state=ProblemState.answered if is_old else ProblemState.open,
                    answer="由行政部调一人" if is_old else "",
                    ended_at=sent_at + timedelta(days=3) if is_old else None,
                ))  # fmt: skip
            if (number + task.number) % 3 == 0:
                numbers["action"] += 1
                is_old = number < WEEKS - 3
                db.session.add(ActionItem(
                    plan_id=1, number=numbers["action"], title="补交培训签到表", details="",
                    owner_id=task.owner_id, department_id=people["training"].department_id,
                    task_id=task.id, due_on=friday + timedelta(days=7),
                    state=ActionState.closed if is_old else ActionState.open,
                    evidence="已补" if is_old else "", created_at=sent_at, created_by_id=manager.id,
                    ended_at=sent_at + timedelta(days=5) if is_old else None,
                ))  # fmt: skip
            for what in ("progress", "changed", "submitted", "accepted"):
                db.session.add(AuditEntry(
                    at=sent_at, actor_id=task.owner_id, plan_id=1, action=what, object_id=task.id,
                    object_type="tasks" if what in ("progress", "changed") else "weekly_reports",
                    changes={"progress_percent": [number, number + 1]},
                ))  # fmt: skip
            for channel in (Channel.mail, Channel.inbox):
                for step in ("before", "due"):
                    db.session.add(Message(
                        unique_key=f"report.{step}:report:{task.id}:{week}:{task.owner_id}:{channel}",
                        plan_id=1, kind=f"report.{step}", object_key=f"report:{task.id}:{week}",
                        occurrence=str(friday), recipient_id=task.owner_id, channel=channel,
                        language="zh", subject="周报今天到期", body_text="请在 17:00 前提交。" * 10,
                        reason={}, message_id=f"<{number}.{task.id}.{step}.{channel}@x>",
                        state=MessageState.sent, next_try_at=sent_at, created_at=sent_at,
                        sent_at=sent_at, read_at=sent_at if number < WEEKS - 1 else None, answer="",
                    ))  # fmt: skip
        if number % 2 == 0:
            inspection = Inspection(
                plan_id=1, inspector_id=manager.id, planned_on=friday, done_on=friday,
                place="一楼前台", summary="总体良好", recorded_at=deadline,
            )  # fmt: skip
            db.session.add(inspection)
            db.session.flush()
            db.session.add_all(
                Finding(plan_id=1, inspection_id=inspection.id, text="问候不及时", is_good=n == 0,
                        department_id=people["training"].department_id)
                for n in range(2)
            )  # fmt: skip


def _months(plan: Plan, people: dict[str, Person]) -> None:
    risks = list(db.session.scalars(db.select(Risk)))
    departments = list(db.session.scalars(db.select(Department)))
    asked = [people[key].id for key in ("pm", "owner1", "owner2", "owner3", "owner4", "owner5",
                                        "training", "it", "exec")]  # fmt: skip
    first = date(2026, 10, 1)
    for number in range(12):
        at = datetime(first.year, first.month, 20, 3, tzinfo=UTC)
        for risk in risks:
            likely = 1 + (number + risk.number) % 4
            db.session.add(RiskReview(
                plan_id=1, risk_id=risk.id, reviewer_id=people["training"].id, reviewed_at=at,
                probability=likely, impact=3, score_before=risk.score, comment="照旧跟进",
            ))  # fmt: skip
            risk.inherent_probability = risk.inherent_probability or likely
            risk.inherent_impact = risk.inherent_impact or 3
            risk.current_probability, risk.current_impact = likely, 3
            risk.reviewed_at = at
        for department in departments:
            if department.head_id:
                db.session.add(RiskSignature(
                    plan_id=1, department_id=department.id, month=f"{first:%Y-%m}",
                    person_id=department.head_id, signed_at=at,
                ))  # fmt: skip
        for day in (8, 22):
            starts_at = datetime(first.year, first.month, day, 6, tzinfo=UTC)
            meeting = Meeting(
                plan_id=1, title=LocalText(zh="进度例会", en="Progress meeting"),
                starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), place="三号会议室",
                chair_id=people["pm"].id, state=MeetingState.held, cancel_reason="",
                minutes="会议纪要。" * 40, minutes_at=starts_at + timedelta(hours=3),
            )  # fmt: skip
            db.session.add(meeting)
            db.session.flush()
            db.session.add_all(
                Attendance(meeting_id=meeting.id, person_id=i, answer=Answer.accepted,
                           is_present=True)
                for i in asked
            )  # fmt: skip
            db.session.add(Decision(plan_id=1, meeting_id=meeting.id, text="按新时间表执行"))
        db.session.add(Pack(
            plan_id=1, state=PackState.ready, requested_by_id=people["pm"].id, requested_at=at,
            eyes_id=people["pm"].id, language="zh", as_of=at, finished_at=at, manifest="",
            error="", content=b"pack", size=4,
        ))  # fmt: skip
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    _measure(people)


def _measure(people: dict[str, Person]) -> None:
    for indicator in db.session.scalars(db.select(Indicator)):
        for n, period in enumerate(periods_between(indicator.cadence, START, date(2027, 8, 31))):
            if period.last >= date(2027, 9, 1):
                continue
            is_share = indicator.kind == "proportion"
            db.session.add(Measurement(
                plan_id=1, indicator_id=indicator.id, period=period.label,
                period_first=period.first, period_last=period.last, note="",
                value=85.0 + n % 9 if is_share else 300.0 - n,
                good_count=85 + n % 9 if is_share else None, sample_size=100 if is_share else 40,
                measured_by_id=people["pm"].id,
                measured_at=datetime.combine(period.last, NOW.timetz()) + timedelta(days=3),
            ))  # fmt: skip


def bare_page(folder: Path) -> Flask:
    """What the framework itself costs: 50 rows of a table, nobody signed in."""

    class Base(DeclarativeBase):
        pass

    bare_db = SQLAlchemy(model_class=Base)

    class Row(bare_db.Model):  # type: ignore[name-defined,misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        owner: Mapped[str]
        due_on: Mapped[date]
        percent: Mapped[int]

    bare = Flask("bare")
    bare.config["SQLALCHEMY_DATABASE_URI"] = sqlite_url(folder / "bare.db")
    bare.jinja_loader = DictLoader({"rows.html": ROWS_HTML})
    bare_db.init_app(bare)
    with bare.app_context():
        bare_db.create_all()
        bare_db.session.add_all(
            Row(title=f"补交培训签到表 {n}", owner="周敏", due_on=START + timedelta(n), percent=n)
            for n in range(ROWS)
        )
        bare_db.session.commit()

    @bare.get("/")
    def rows() -> str:
        found = bare_db.session.scalars(bare_db.select(Row).order_by(Row.due_on)).all()
        return render_template("rows.html", rows=found)

    return bare


ROWS_HTML = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Rows</title></head><body><table>
<tr><th>#</th><th>Title</th><th>Owner</th><th>Due</th><th>Done</th></tr>
{% for row in rows %}
<tr><td>{{ row.id }}</td><td>{{ row.title }}</td><td>{{ row.owner }}</td><td>{{ row.due_on }}</td>\
<td>{{ row.percent }} %</td></tr>
{% endfor %}
</table></body></html>
"""


def bare_app(folder: Path) -> Callable[..., Any]:
    return bare_page(folder)


def our_app(folder: Path) -> Callable[..., Any]:
    app = create_app(settings_for(sqlite_url(folder / "bench.db"), folder))

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        with clock.fixed_at(NOW):
            return app(environ, start)

    return answer


def serve(make: Callable[[Path], Callable[..., Any]], folder: Path, line: Connection) -> None:
    """A server's process: says its port, and then whenever it is asked how much of the processor
    it has used, in seconds."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(make(folder), host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    line.send(server.effective_port)
    while line.recv():
        line.send(time.process_time())


class Server:
    """A server in a process of its own, and what its requests cost it."""

    def __init__(self, make: Callable[[Path], Callable[..., Any]], folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, far = context.Pipe()
        self.process = context.Process(target=serve, args=(make, folder, far), daemon=True)
        self.process.start()
        # With this end closed here too, a process that died is an error and no endless wait.
        far.close()
        self.port = self.line.recv()
        self.size = 0

    def spent(self) -> float:
        self.line.send(True)
        return float(self.line.recv())

    def cost(self, cookie: str = "", times: int = 1) -> float:
        """Milliseconds of the processor per request of its page `/`."""
        before = self.spent()
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        for _n in range(times):
            connection.request("GET", "/", headers={"Cookie": cookie, "Accept-Language": "zh-CN"})
            answer = connection.getresponse()
            self.size = len(answer.read())
            assert answer.status == 200, answer.status
        connection.close()
        return (self.spent() - before) * 1000 / times

    def stop(self) -> None:
        self.line.send(False)
        self.process.join()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(settings_for(sqlite_url(folder / "bench.db"), folder))
        with app.app_context(), clock.fixed_at(NOW):
            db.create_all()
            fill()
            cookies = {role: sign_in(app, key) for role, key in HOMES.items()}
        bare, ours = Server(bare_app, folder), Server(our_app, folder)
        base: list[float] = []
        again: dict[str, list[float]] = {role: [] for role in HOMES}
        anew: dict[str, list[float]] = {role: [] for role in HOMES}
        sizes = {}
        for number in range(ROUNDS + 1):
            for role, cookie in cookies.items():
                change(app)
                after, figure = ours.cost(cookie), ours.cost(cookie, AT_ONCE)
                plain = bare.cost(times=AT_ONCE)
                sizes[role] = ours.size
                if number:  # the first round warms the servers up
                    base.append(plain)
                    anew[role].append(after)
                    again[role].append(figure)
        bare.stop()
        ours.stop()
    return tell(base, again, anew, sizes)


def sign_in(app: Flask, key: str) -> str:
    """The cookie of a browser in which that person is signed in."""
    person = db.session.scalars(
        db.select(Person).where(Person.email == f"{key}@example.com")
    ).one()
    client = app.test_client()
    token = begin_sign_in(person, NOW)
    db.session.commit()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = token, True
    # The first page gives the browser what guards its forms.
    assert client.get("/").status_code == 200
    cookie = client.get_cookie("yingbin")
    assert cookie is not None
    return f"yingbin={cookie.value}"


def change(app: Flask) -> None:
    """Something of the plan changes, in another process than the server's."""
    with app.app_context(), clock.fixed_at(NOW):
        task = db.session.scalars(db.select(Task).where(Task.number == 1)).one()
        task.progress_percent = 131 - task.progress_percent
        db.session.commit()


def tell(
    base: list[float],
    again: dict[str, list[float]],
    anew: dict[str, list[float]],
    sizes: dict[str, int],
) -> int:
    plain, worst = statistics.median(base), 0.0
    print(f"Home pages after {WEEKS} weeks, milliseconds of the processor per request (median)")
    print(f"{f'bare page of {ROWS} rows':<26}{plain:7.2f} ms")
    for role in HOMES:
        looked, drawn = statistics.median(again[role]), statistics.median(anew[role])
        worst = max(worst, looked / plain)
        print(
            f"{role:<26}{looked:7.2f} ms{looked / plain:7.2f} times"
            f"   right after a change{drawn:8.1f} ms{drawn / plain:7.1f} times"
            f"{sizes[role] // 1024:6} KB"
        )
    print(f"{'limit':<26}{'':10}{LIMIT:7.2f} times")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
