"""Copies of the database: whole, checked, private, or none at all."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from app import create_app
from app.accounts.models import Person
from app.core.db import db
from app.core.i18n import in_language
from app.core.settings import sqlite_url
from app.ops import backups
from app.ops.backups import BackupFailed, back_up, write_copy
from tests.conftest import NOW, settings_for
from tests.requirements import needs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A small installation on SQLite, whatever the rest of the suite runs on."""
    live = tmp_path / "yingbin.db"
    app = create_app(settings_for(sqlite_url(live), tmp_path))
    with app.app_context():
        db.create_all()
        db.session.add(Person(email="pm@example.com", name="许文静", created_at=NOW))
        db.session.commit()
        yield SimpleNamespace(app=app, live=live, folder=tmp_path / "backups")
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The suite's application with an instance folder of its own; the server's address."""
    address = needs("postgres")
    if not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not installed")
    app = request.getfixturevalue("context")
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, instance_path=tmp_path)
    yield address
    app.config["SETTINGS"] = kept


def rename_pm(name: str) -> None:
    pm = db.session.scalars(select(Person).where(Person.email == "pm@example.com")).one()
    pm.name = name
    db.session.commit()


def names_in(copy: Path) -> set[str]:
    connection = sqlite3.connect(copy)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM persons")}
    finally:
        connection.close()


def test_a_copy_has_what_rests_in_the_log_only(
    installation: SimpleNamespace, tmp_path: Path
) -> None:
    rename_pm("刚刚改的")
    assert Path(f"{installation.live}-wal").stat().st_size > 0
    shutil.copy(installation.live, tmp_path / "plain.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        names_in(tmp_path / "plain.db")
    assert "2026-11-26" in str(back_up(NOW))
    copy = installation.folder / "yingbin-2026-11-26.db"
    assert "刚刚改的" in names_in(copy)
    # It stands alone: nothing lies beside it, and it wants no log (2 in its head would).
    assert os.listdir(installation.folder) == [copy.name]
    assert copy.read_bytes()[18:20] == b"\x01\x01"


def test_a_copy_is_made_while_somebody_writes(installation: SimpleNamespace) -> None:
    writer = sqlite3.connect(installation.live, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE persons SET name = 'half'")
    try:
        back_up(NOW)
    finally:
        writer.rollback()
        writer.close()
    assert "half" not in names_in(installation.folder / "yingbin-2026-11-26.db")


def test_nobody_else_reads_a_copy(installation: SimpleNamespace) -> None:
    back_up(NOW)
    (copy,) = installation.folder.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(installation.folder.stat().st_mode) == 0o700


def test_the_newest_fourteen_are_kept_and_nothing_else_is_touched(
    installation: SimpleNamespace,
) -> None:
    installation.folder.mkdir()
    for day in range(1, 15):
        (installation.folder / f"yingbin-2026-10-{day:02d}.dump").touch()
    (installation.folder / "before-the-move.db").touch()
    back_up(NOW)
    left = sorted(os.listdir(installation.folder))
    assert left[0] == "before-the-move.db"
    assert left[1] == "yingbin-2026-10-02.dump" and left[-1] == "yingbin-2026-11-26.db"
    assert len(left) == 15


def test_a_second_copy_of_a_day_takes_the_place_of_the_first(installation: SimpleNamespace) -> None:
    back_up(NOW)
    rename_pm("später")
    back_up(NOW + timedelta(hours=1))
    assert "später" in names_in(installation.folder / "yingbin-2026-11-26.db")


def test_what_a_killed_run_left_is_swept_away(installation: SimpleNamespace) -> None:
    old, new = (installation.folder / f".making-{name}" for name in ("old", "new"))
    for left, hours in ((old, 13), (new, 1)):
        left.mkdir(parents=True)
        (left / "yingbin-2026-11-25.db").touch()
        at = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(left, (at, at))
    back_up(NOW)
    assert not old.exists() and new.exists()


def test_the_demo_is_not_copied(installation: SimpleNamespace) -> None:
    settings = installation.app.config["SETTINGS"]
    installation.app.config["SETTINGS"] = replace(settings, is_demo=True)
    assert "demo" in str(back_up(NOW)) or "演示" in str(back_up(NOW))
    assert not installation.folder.exists()


def fails(installation: SimpleNamespace) -> str:
    """The sentence of a backup that must fail; no file may be left of it."""
    with pytest.raises(BackupFailed) as problem:
        back_up(NOW)
    assert not installation.folder.is_dir() or os.listdir(installation.folder) == []
    with in_language("en"):
        return str(problem.value)


def test_a_folder_that_cannot_be_written_to_is_said(installation: SimpleNamespace) -> None:
    installation.folder.write_text("a file where the folder should be")
    sentence = fails(installation)
    assert str(installation.folder) in sentence and "File exists" in sentence


def test_a_disk_without_room_is_said_before_it_is_filled(
    installation: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "ROOM_LEFT", 2**62)
    assert fails(installation).startswith("There is not enough room in ")


LIMITED = """
import resource, sys
from pathlib import Path
from app import create_app
from app.core.settings import sqlite_url
from app.ops.backups import BackupFailed, write_copy
from tests.conftest import settings_for

folder, live = Path(sys.argv[1]), Path(sys.argv[2])
app = create_app(settings_for(sqlite_url(live), folder))
with app.app_context():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        write_copy(folder / "copy.db")
    except BackupFailed as problem:
        print("refused:", problem)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_disk_that_fills_up_in_the_middle_leaves_no_half_copy(
    installation: SimpleNamespace, tmp_path: Path
) -> None:
    before = tmp_path / "copies" / "copy.db"
    before.parent.mkdir()
    before.write_bytes(b"the copy of yesterday")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(before.parent), str(installation.live)],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("refused:"), done.stderr
    assert before.read_bytes() == b"the copy of yesterday"
    assert os.listdir(before.parent) == ["copy.db"]


def test_a_damaged_database_gives_no_copy(installation: SimpleNamespace) -> None:
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    db.session.remove()
    db.engine.dispose()
    with installation.live.open("r+b") as file:
        file.seek(size * (pages // 2))
        file.write(b"\xff" * size * 3)
    assert "damaged" in fails(installation) or "malformed" in fails(installation)


def test_without_pg_dump_nothing_is_copied_and_that_is_said(
    installation: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_kind", lambda: "dump")
    monkeypatch.setenv("PATH", "")
    assert "pg_dump is not on the PATH" in fails(installation)


@pytest.mark.postgres
def test_a_dump_brings_every_row_back(on_postgresql: str, tmp_path: Path) -> None:
    rename_pm("刚刚改的")
    people = set(db.session.scalars(select(Person.name)))
    db.session.remove()
    back_up(NOW)
    (dump,) = (tmp_path / "backups").iterdir()
    assert dump.name == "yingbin-2026-11-26.dump"
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    name = f"yingbin_restored_{os.getpid()}"
    server = create_engine(on_postgresql, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    restored = create_engine(make_url(on_postgresql).set(database=name), poolclass=NullPool)

    def administer(*statements: str) -> None:
        with server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    administer(drop, f'CREATE DATABASE "{name}"')
    try:
        subprocess.run(
            ["pg_restore", f"--dbname={name}", "--no-owner", "--schema=public", str(dump)],
            env={**os.environ, **backups._connection_variables()}, check=True, capture_output=True,
        )  # fmt: skip
        with restored.connect() as connection:
            assert set(connection.execute(text("SELECT name FROM persons")).scalars()) == people
    finally:
        administer(drop)


@pytest.mark.postgres
def test_a_password_travels_in_the_environment_alone(
    on_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$* and $PGPASSWORD at $PGHOST" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    url = db.engine.url.set(password="a secret", host="127.0.0.1")
    monkeypatch.setattr(db.engine, "url", url)
    with pytest.raises(BackupFailed) as problem:
        write_copy(tmp_path / "x.dump")
    arguments, known = str(problem.value).split(" and ")
    assert known.startswith("a secret at 127.0.0.1") and "a secret" not in arguments
    assert not (tmp_path / "x.dump").exists()
