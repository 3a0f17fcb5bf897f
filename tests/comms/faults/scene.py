"""The scene of a fault: a company with things due, a real mail server, real processes.

What counts is what arrived: every reminder carries the address of its thing, so that a mail that
was lost or came twice shows in the letters themselves.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.pool import NullPool

from app.comms.models import Channel, Message, MessageState
from app.core import unit_of_work
from app.core.db import db
from app.tasks.actions import create_action
from tests.comms.mail_server import Postbox

ZONE = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).resolve().parents[3]
ADDRESS = re.compile(r"http://localhost(/actions/\d+)")
SECONDS = 60


def at(hour: int = 9, minute: int = 8, day: int = 26, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


# Just before the morning's reminders, and the minute at which they are due.
BEFORE, MORNING = at(9, 0), at(9, 8)


@dataclass
class Worker:
    """A running process; `kill` is kill -9."""

    process: subprocess.Popen[str]

    def tell(self, **line: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line, default=str) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def run(self, job: str, when: datetime) -> str:
        """Run a job and answer its outcome."""
        self.tell(job=job, at=when.isoformat())
        answer = self.hear()
        assert answer is not None, "the process is gone"
        return answer["outcome"]

    def tick(self, when: datetime) -> None:
        self.tell(tick=when.isoformat())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(SECONDS)

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS)


@dataclass
class FaultyPostbox(Postbox):
    """A mail server that calls a test at the two instants that matter: `before_data` when a mail
    has come whole and nothing was answered, `after_data` when it is kept and about to be accepted.
    Either may answer a line instead, or close the connection by raising."""

    before_data: Callable[[], str | None] = lambda: None
    after_data: Callable[[], str | None] = lambda: None
    is_hanging: bool = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        try:
            while self.is_hanging:
                await asyncio.sleep(0.05)
            answer = self.before_data()
            if answer:
                return answer
            accepted = await super().handle_DATA(server, session, envelope)
            return self.after_data() or accepted
        except ConnectionAbortedError:
            server.transport.abort()
            return "421 closing"


@dataclass
class Scene:
    """The things due, and what became of them."""

    url: str
    folder: Path
    postbox: FaultyPostbox
    mail_port: int
    robot_stand_in: str | None = None
    workers: list[Worker] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def worker(self, **more: Any) -> Worker:
        """Start a process and wait until it listens."""
        given = {
            "database_url": self.url, "instance_path": str(self.folder),
            "mail_url": f"smtp://127.0.0.1:{self.mail_port}?from=yingbin@company.example",
            "encryption_key": "a key for the tests only", "robot_stand_in": self.robot_stand_in,
            **more,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.comms.faults.worker", json.dumps(given)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        worker = Worker(process)
        self.workers.append(worker)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return worker

    def due(
        self, owners: Sequence[Any], manager: Any, each: int = 1, on: date | None = None
    ) -> int:
        """`each` action items for each owner, due on the Friday and so reminded of on Thursday at
        09:07; answers how many."""
        for owner in owners:
            for number in range(each):
                row = create_action(
                    1, title=f"补交签到表 {number}", owner_id=owner.id,
                    due_on=on or date(2026, 11, 27), actor=manager, now=at(9, 0, 20),
                )  # fmt: skip
                db.session.flush()
                self.addresses.append(f"/actions/{row.id}")
        db.session.execute(delete(Message))
        unit_of_work.commit()
        return len(owners) * each

    def states(self) -> Counter[MessageState]:
        """The mails of the outbox by their state."""
        unit_of_work.rollback()
        found = Counter(
            db.session.scalars(select(Message.state).where(Message.channel == Channel.mail))
        )
        return found

    def arrived(self) -> Counter[tuple[str, str]]:
        """How often each person was mailed about each thing."""
        return Counter(
            (mail["To"].addresses[0].addr_spec, address)
            for mail in list(self.postbox.mails)
            for address in set(ADDRESS.findall(mail.get_body(("plain",)).get_content()))
        )

    def counted(self) -> tuple[int, int, int]:
        """What arrived of what was due: reminders that came at least once, lost, duplicated."""
        arrived = self.arrived()
        here = {address for (_to, address) in arrived}
        lost = sum(address not in here for address in self.addresses)
        twice = sum(count - 1 for count in arrived.values())
        return len(self.addresses) - lost, lost, twice

    @contextmanager
    def database_locked(self) -> Iterator[None]:
        """Nobody else can commit a change of a message meanwhile."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("LOCK TABLE messages IN EXCLUSIVE MODE"))
            yield
            connection.exec_driver_sql("ROLLBACK")
        engine.dispose()

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.close()

