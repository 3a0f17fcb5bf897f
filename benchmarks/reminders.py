"""Ten thousand reminders that fall due in one minute: planned, written, and sent over SMTP.

    .venv/bin/python benchmarks/reminders.py

A thousand plans with ten action items each, every item with an owner of its own, all due tomorrow:
at 09:07 each owner is to be reminded. One process does what the scheduler does at that minute, the
two jobs `reminders` and `deliver`, on an SQLite file; the mail server is a real one on loopback in
a process of its own. Beside it, in the same run and over the same server, a bare `smtplib` loop
sends the same ten thousand messages, made beforehand.

Then the tick of an ordinary minute over the same thousand plans, where nothing falls due.
"""

import multiprocessing
import shutil
import smtplib
import socket
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from multiprocessing.connection import Connection
from pathlib import Path

from aiosmtpd.controller import Controller
from sqlalchemy import func, insert, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app import create_app
from app.accounts.models import Person
from app.comms import jobs
from app.comms.channels import Letter
from app.comms.channels.mail import compose
from app.comms.delivery import waiting_count
from app.comms.models import Channel, Message, MessageState
from app.core.db import db
from app.core.i18n import in_language
from app.core.jobs import tick
from app.core.permissions import Role
from app.core.settings import Settings, sqlite_url
from app.plans.models import Plan, PlanMember
from app.tasks.models import ActionItem

PLANS, EACH = 1_000, 10
SHARE_AT_LEAST = 0.60
TICK_AT_MOST = 1.0
SENDER = "yingbin@company.example"
BEFORE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
# Thursday 09:07:30 in Shanghai.
NOW = datetime(2026, 11, 26, 1, 7, 30, tzinfo=UTC)
DUE_ON = date(2026, 11, 27)


class Sink:
    """Takes every mail and keeps none."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.count += 1
        return "250 accepted"


def take_mail(port: int, line: Connection) -> None:
    """The mail server's process: says when it is ready, and how much came when asked."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    line.send("ready")
    while line.recv() == "count":
        line.send(sink.count)
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fill() -> None:
    """A thousand plans, written as rows: how plans come about is not what is measured."""
    people = [
        {"id": i, "email": f"person{i}@company.example", "name": f"周敏{i}", "sort_name": "",
         "title": "", "language": "zh" if i % 2 else "en", "created_at": BEFORE}
        for i in range(1, PLANS * EACH + 1)
    ]  # fmt: skip
    plans = [
        {"id": i, "template_key": "reception", "title": {"zh": "前台接待标准", "en": "Reception"},
         "purpose": {"zh": "", "en": ""}, "company": "", "start_on": date(2026, 9, 28),
         "finish_on": date(2027, 3, 26), "created_at": BEFORE, "created_by_id": 1}
        for i in range(1, PLANS + 1)
    ]  # fmt: skip
    members = [
        {"plan_id": (i - 1) // EACH + 1, "person_id": i,
         "role": Role.manager if i % EACH == 0 else Role.member}
        for i in range(1, PLANS * EACH + 1)
    ]  # fmt: skip
    actions = [
        {"plan_id": (i - 1) // EACH + 1, "number": i % EACH + 1, "title": f"补交培训签到表 {i}",
         "details": "", "evidence": "", "owner_id": i, "due_on": DUE_ON, "created_at": BEFORE,
         "created_by_id": 1}
        for i in range(1, PLANS * EACH + 1)
    ]  # fmt: skip
    for table, rows in ((Person, people), (Plan, plans), (PlanMember, members),
                        (ActionItem, actions)):  # fmt: skip
        db.session.execute(insert(table), rows)
    db.session.commit()


def letters() -> list[Letter]:
    """The mails that were sent, as they left."""
    rows = db.session.execute(
        select(Message, Person).join(Person, Person.id == Message.recipient_id).where(
            Message.channel == Channel.mail
        )
    )  # fmt: skip
    return [
        Letter(
            to_address=person.email, to_name=person.name, subject=row.subject, text=row.body_text,
            html=row.body_html, language=row.language, message_id=row.message_id, at=NOW,
        )
        for row, person in rows
    ]  # fmt: skip


def bare_loop(port: int, mails: list[tuple[EmailMessage, str]]) -> float:
    """Seconds that the loop takes over one connection."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for mail, to_address in mails:
            server.send_message(mail, SENDER, [to_address])
    return time.perf_counter() - started


def barest_loop(port: int, mails: list[tuple[bytes, str]]) -> float:
    """The same with bytes that need nothing but to be sent; printed for comparison only."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for mail, to_address in mails:
            server.sendmail(SENDER, [to_address], mail)
    return time.perf_counter() - started


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="yingbin-bench-"))
    port = free_port()
    line, far_end = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=take_mail, args=(port, far_end), daemon=True
    )
    server.start()
    line.recv()
    app = create_app(
        Settings(
            database_url=sqlite_url(folder / "bench.db"), secret_key="a secret of the benchmark",
            base_url="https://yingbin.company.example", log_level="CRITICAL",
            mail_url=f"smtp://127.0.0.1:{port}?from={SENDER}", timezone="Asia/Shanghai",
            instance_path=folder, encryption_key=None,
        )
    )  # fmt: skip
    try:
        with app.app_context(), in_language("en"):
            return measure(port, line)
    finally:
        line.send("stop")
        server.join(10)
        shutil.rmtree(folder, ignore_errors=True)


def measure(port: int, line: Connection) -> int:
    db.create_all()
    fill()
    count = PLANS * EACH
    jobs.write_reminders(BEFORE)

    started = time.perf_counter()
    said = str(jobs.write_reminders(NOW))
    written = time.perf_counter() - started
    ready = [(compose(letter, SENDER), letter.to_address) for letter in letters()]
    mails = [(message_from_bytes(mail, EmailMessage, policy=default), to) for mail, to in ready]
    db.session.remove()
    before = bare_loop(port, mails)
    line.send("count")
    already = line.recv()
    started = time.perf_counter()
    # A run makes way for the next tick after some time; the next one begins at once here.
    runs = 1
    delivered = str(jobs.deliver(NOW))
    while waiting_count():
        runs, delivered = runs + 1, str(jobs.deliver(NOW))
    sent = time.perf_counter() - started
    line.send("count")
    arrived = line.recv() - already
    done = db.session.scalar(
        select(func.count()).where(
            Message.channel == Channel.mail, Message.state == MessageState.sent
        )
    )
    print(f"{said}; {runs} runs, the last one: {delivered}; {arrived} arrived")
    if not count == arrived == done:
        print("not every reminder was sent once")
        return 1

    # Before and after: the machine's speed drifts.
    bare, barest = (before + bare_loop(port, mails)) / 2, barest_loop(port, ready)
    share = bare / (written + sent)
    print(f"written     {count / written:8,.0f} a second   {written:6.2f} s")
    print(f"sent        {count / sent:8,.0f} a second   {sent:6.2f} s")
    print(f"together    {count / (written + sent):8,.0f} a second   {written + sent:6.2f} s")
    print(f"bare loop   {count / bare:8,.0f} a second   {bare:6.2f} s")
    print(f"ready bytes {count / barest:8,.0f} a second   {barest:6.2f} s   for comparison")
    print(f"share       {share:8.0%}              at least {SHARE_AT_LEAST:.0%}")

    spans = []
    for minute in range(1, 8):
        started = time.perf_counter()
        tick(NOW + timedelta(minutes=minute))
        spans.append(time.perf_counter() - started)
    # The first tick runs every job for the first time, the daily ones too.
    quiet = statistics.median(spans[1:])
    print(f"a tick over {PLANS:,} plans: {quiet * 1000:.0f} ms, at most {TICK_AT_MOST * 1000:.0f}; "
          f"the first one {spans[0] * 1000:.0f} ms")  # fmt: skip
    return 0 if share >= SHARE_AT_LEAST and quiet <= TICK_AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
