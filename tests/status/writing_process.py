"""A process beside the test's that writes into the same database by the use cases.

Each entry of CHANGES does one thing that a home page shows, as the people of the tests' world.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from app import create_app
from app.accounts.models import Department, Person
from app.accounts.services import (
    DepartmentDetails,
    PersonDetails,
    edit_department,
    edit_person,
)
from app.comms.inbox import mark_all_read
from app.comms.models import Meeting
from app.comms.outbox import notify
from app.core import clock
from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.core.unit_of_work import unit_of_work
from app.plans.access import drop_role, ensure_role
from app.plans.daybook import set_day
from app.plans.leave import enter_leave
from app.plans.models import Plan
from app.plans.weeks import IsoWeek
from app.reports.content import ReportContent
from app.reports.reporting import submit_report
from app.risks.models import Risk
from app.risks.services import review_risk
from app.tasks.actions import create_action
from app.tasks.models import Task
from app.tasks.services import update_progress
from tests.conftest import settings_for


def person(key: str) -> Person:
    return db.session.scalars(
        db.select(Person).where(Person.email == f"{key}@example.com")
    ).one()


def task(number: int) -> Task:
    return db.session.scalars(db.select(Task).where(Task.number == number)).one()


def progress(now: datetime) -> None:
    update_progress(task(4), percent=35, forecast_finish_on=date(2027, 1, 29),
                    actor=person("owner4"), now=now)  # fmt: skip


def report(now: datetime) -> None:
    submit_report(
        task(4), IsoWeek.parse("2026-W48"), author=person("owner4"), now=now,
        content=ReportContent(percent=40, done_text="接口联调完成", next_lines=("上线演练",)),
    )  # fmt: skip


def risk_review(now: datetime) -> None:
    department_id = person("training").department_id
    risk = db.session.scalars(
        db.select(Risk).where(Risk.department_id == department_id).order_by(Risk.number)
    ).first()
    assert risk is not None
    review_risk(risk, probability=5, impact=5, actor=person("training"), now=now)


def leave(now: datetime) -> None:
    enter_leave(person("owner4").id, date(2026, 11, 23), date(2026, 11, 27),
                actor=person("pm"), now=now)  # fmt: skip


def head(now: datetime) -> None:
    row = db.session.get_one(Department, person("training").department_id)
    edit_department(row.id, DepartmentDetails(row.name, person("owner2").id),
                    actor=person("admin"), now=now)  # fmt: skip


def name(now: datetime) -> None:
    row = person("owner2")
    details = PersonDetails(row.email, "韩雪", department_id=row.department_id, language="zh")
    edit_person(row.id, details, actor=person("admin"), now=now)


def holiday(now: datetime) -> None:
    set_day(date(2026, 11, 27), False, "公司成立日", actor=person("admin"), now=now)


def message(now: datetime) -> None:
    notify(kind="report_returned", object_key="report:1", occurrence="1",
           recipient_id=person("pm").id, title=LocalText(zh="周报退回", en="Report returned"),
           plan_id=1, reason=LocalText(zh="您是经理", en="you manage"), now=now)  # fmt: skip


def all_read(now: datetime) -> None:
    mark_all_read(actor=person("pm"), now=now)


def action(now: datetime) -> None:
    create_action(1, title="定场地", owner_id=person("owner4").id, due_on=date(2026, 11, 30),
                  actor=person("pm"), now=now)  # fmt: skip


def meeting(now: datetime) -> None:
    db.session.add(
        Meeting(plan_id=1, title=LocalText(own="碰头会"), place="顶楼会议室", cancel_reason="",
                minutes="", starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1.1))
    )  # fmt: skip


def title(now: datetime) -> None:
    db.session.get_one(Plan, 1).title = LocalText(own="接待标准二期")


def another_role(now: datetime) -> None:
    ensure_role(1, person("owner4").id, Role.manager)


def no_role(now: datetime) -> None:
    drop_role(1, person("owner4").id, Role.manager)


CHANGES: dict[str, Callable[[datetime], None]] = {
    change.__name__: change
    for change in (progress, report, risk_review, action, leave, name, holiday, message, all_read,
                   meeting, title, another_role, no_role, head)
}  # fmt: skip


def work(database_url: str, folder: Path, line: Connection) -> None:
    """The process: makes the changes that it is told, each in a transaction, until told None."""
    app = create_app(settings_for(database_url, folder))
    line.send("ready")
    while (told := line.recv()) is not None:
        named, now = told
        with app.app_context(), clock.fixed_at(now):
            with unit_of_work():
                CHANGES[named](now)
            db.session.remove()
        line.send("done")
    with app.app_context():
        db.engine.dispose()


@contextmanager
def writer(database_url: str, folder: Path) -> Iterator[Callable[[str, datetime], None]]:
    """Gives what has a change made by the other process, and comes back when it is committed."""
    context = get_context("spawn")
    line, far = context.Pipe()
    process = context.Process(target=work, args=(database_url, folder, far), daemon=True)
    process.start()
    # With this end closed here too, a process that died is an error and no endless wait.
    far.close()
    assert line.recv() == "ready"

    def change(named: str, now: datetime) -> None:
        line.send((named, now))
        assert line.recv() == "done"

    try:
        yield change
    finally:
        if process.is_alive():
            line.send(None)
        process.join()
