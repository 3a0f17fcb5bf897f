"""The database goes away in the middle of sending and comes back: nothing is lost."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.comms.faults.scene import MORNING
from tests.comms.faults.test_mail_faults import at_first, owners
from tests.comms.mail_server import free_port
from tests.requirements import needs, required

SERVER_USER = "postgres"


def _programs() -> Path | None:
    """Where the server's own programs are: beside the newest pg_ctl of this machine."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return places[-1].parent if places else None


@dataclass
class Cluster:
    """A PostgreSQL server of the test's own, which it may stop as it likes."""

    programs: Path
    folder: Path
    port: int

    def run(self, *words: str) -> None:
        # The server refuses to run as root.
        as_user = ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []
        # Its output goes to a file: the server it starts would keep a pipe open for ever.
        with (self.folder / "said").open("w") as said:
            done = subprocess.run(
                [*as_user, str(self.programs / words[0]), *words[1:]], cwd="/",
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(
                f"{words}: {(self.folder / 'said').read_text()}"
                f"{log.read_text()[-2000:] if log.exists() else ''}"
            )

    def control(self, *words: str) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options,
                 "-l", str(self.folder / "log"), *words)  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{SERVER_USER}@127.0.0.1:{self.port}/yingbin"


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    programs = _programs()
    if programs is None:
        if "postgres" in required():
            pytest.fail("PostgreSQL's own programs are missing")
        pytest.skip("PostgreSQL's own programs are missing")
    # Not under pytest's own folder, into which no other user may look.
    folder = Path(tempfile.mkdtemp(prefix="yingbin-cluster-"))
    cluster = Cluster(programs, folder, free_port())
    if os.geteuid() == 0:
        shutil.chown(folder, SERVER_USER)
    try:
        cluster.run("initdb", "-D", str(folder / "data"), "-U", SERVER_USER, "--auth=trust")
        cluster.control("start")
        try:
            yield cluster
        finally:
            cluster.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_world(source: str, target: str) -> None:
    """Every table with its rows, from one server to another."""
    name = make_url(source)
    dump = subprocess.run(
        ["pg_dump", "--no-owner", "--schema=public", "-h", name.host or "127.0.0.1", "-p",
         str(name.port or 5432), "-U", name.username or SERVER_USER, name.database or ""],
        check=True, capture_output=True,
    )  # fmt: skip
    there = make_url(target)
    subprocess.run(
        ["psql", "-q", "-v", "ON_ERROR_STOP=0", "-h", "127.0.0.1", "-p", str(there.port), "-U",
         SERVER_USER, there.database or ""],
        check=True, input=dump.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.postgres
def test_the_database_is_restarted_in_the_middle(scene, people, noted, database):
    needs("postgres")
    due = scene.due(owners(people), people.pm, each=2)
    with own_cluster() as cluster:
        admin = create_engine(
            make_url(cluster.url).set(database="postgres"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE yingbin"))
        admin.dispose()
        copy_world(database.url, cluster.url)
        worker = scene.worker(database_url=cluster.url)
        worker.run("reminders", MORNING)
        back = threading.Event()

        def restart() -> None:
            cluster.control("restart", "-m", "immediate")
            back.set()

        scene.postbox.before_data = at_first(threading.Event(), restart)
        worker.tick(MORNING)
        assert worker.hear() is not None, "the process lives on while the database is away"
        assert back.wait(60)
        for minute in (1, 2, 16, 17, 30):
            worker.tick(MORNING + timedelta(minutes=minute))
            assert worker.hear() is not None, "the process lives on"
    sent, lost, twice = scene.counted()
    noted("the database restarts in the middle", due, sent, lost, twice)
    assert lost == 0
    # What was on the line when the database went away could not be written down.
    assert twice <= 2
