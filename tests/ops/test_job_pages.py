"""What an administrator, and a machine that watches, is told of background jobs."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_migrate import stamp
from sqlalchemy import select

from app.comms import job_notices
from app.comms.models import Channel, Message, MessageState
from app.core import clock
from app.core.db import db
from app.core.jobs import Heartbeat, Job, JobRun, jobs, tick
from app.ops.serving import start_ticking
from tests.conftest import NOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def work(context: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One daily job of our own instead of the features'; what it answers next stands first."""
    answers: list[Any] = []

    def run(_now: Any) -> Any:
        answer = answers.pop(0) if answers else "all well"
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(jobs, "_rows", {})
    jobs.add("copy", Job(run, DAY, "Copy everything", at=timedelta(hours=18)))
    job_notices.subscribe()
    return answers


def page(client_of: Callable, language: str = "en") -> str:
    answer = client_of("admin", language).get("/admin/jobs")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_the_page_says_what_each_job_does_and_how_it_went(
    work: list[Any], client_of: Callable
) -> None:
    assert "has not run yet" in page(client_of)
    work.append("3 things copied")
    tick(NOW)
    said = page(client_of)
    for part in ("Copy everything", "every day at 02:00", "26 Nov 16:20", "0.0 s", "done",
                 "3 things copied", "27 Nov 02:00"):  # fmt: skip
        assert part in said, part


def test_the_page_says_why_a_job_failed_and_since_when(
    work: list[Any], client_of: Callable
) -> None:
    work += [ValueError("<b>no</b> room"), ValueError("still none")]
    jobs.add("another", Job(lambda _now: "", DAY, "Another"))
    tick(NOW)
    said = page(client_of)
    assert "1 job did not end well" in said and "<strong>failed</strong>" in said
    # It stands first, though the other is first by its name.
    assert said.index("Copy everything") < said.index("Another")
    assert "ValueError: &lt;b&gt;no&lt;/b&gt; room" in said
    tick(NOW + timedelta(hours=1))
    said = page(client_of)
    assert "still none" in said and "since 26 Nov 16:20" in said
    tick(NOW + timedelta(hours=2))
    said = page(client_of)
    assert "since 26 Nov" not in said and "What runs by itself" in said


def test_the_page_says_that_a_run_was_broken_off(work: list[Any], client_of: Callable) -> None:
    db.session.add(
        JobRun(name="copy", started_at=NOW - 3 * timedelta(hours=1), next_run_at=NOW - DAY)
    )
    assert "<strong>broken off</strong>" in page(client_of)


def test_the_page_says_when_nothing_runs_by_itself(work: list[Any], client_of: Callable) -> None:
    assert "The scheduler has never run" in page(client_of)
    tick(NOW)
    assert "Nothing runs by itself" not in page(client_of)
    with clock.fixed_at(NOW + 6 * MINUTE):
        said = page(client_of)
    assert "Nothing runs by itself" in said and "flask scheduler" in said
    assert "The scheduler last looked at 26 Nov 16:20" in said


def test_run_now_is_left_to_the_next_tick(work: list[Any], client_of: Callable) -> None:
    tick(NOW)
    client = client_of("admin", "en")
    work.append("by hand")
    answer = client.post("/admin/jobs/copy/run", follow_redirects=True)
    assert "“Copy everything” begins within a minute." in answer.text
    assert work == ["by hand"]
    assert tick(NOW + MINUTE) == ["copy"] and work == []


def test_run_now_without_a_scheduler_says_that_it_waits_for_one(
    work: list[Any], client_of: Callable
) -> None:
    answer = client_of("admin", "en").post("/admin/jobs/copy/run", follow_redirects=True)
    assert "as soon as the scheduler runs again" in answer.text


def test_jobs_are_the_administrators_alone(work: list[Any], client_of: Callable) -> None:
    admin, manager = client_of("admin"), client_of("pm")
    assert admin.post("/admin/jobs/nothing/run").status_code == 404
    assert manager.get("/admin/jobs").status_code == 404
    assert manager.post("/admin/jobs/copy/run").status_code == 404
    assert db.session.get(JobRun, "copy") is None


def test_the_next_tick_does_not_wait_for_one_that_hangs(work: list[Any], app: Flask) -> None:
    ticking = start_ticking(app)
    try:
        assert ticking.get_job("tick").max_instances > 1
    finally:
        ticking.shutdown(wait=True)


def notices() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).where(Message.kind == "job_failed")))


def test_each_administrator_is_told_once_while_a_job_fails(
    work: list[Any], people: SimpleNamespace
) -> None:
    people.exec.is_admin, people.exec.language = True, "en"
    people.clerk.is_admin, people.clerk.is_enabled = True, False
    db.session.commit()
    asked = {people.admin.id, people.exec.id}
    work += [ValueError("no room")] * 3
    for hour in range(3):
        tick(NOW + timedelta(hours=hour))
    told = notices()
    assert {m.recipient_id for m in told} == asked
    assert len({(m.recipient_id, m.channel) for m in told}) == len(told)
    english = next(m for m in told if m.recipient_id == people.exec.id)
    assert "Copy everything" in english.subject and "ValueError: no room" in english.body_text
    assert english.url == "/admin/jobs"
    tick(NOW + timedelta(hours=3))
    work.append(ValueError("again"))
    tick(NOW + timedelta(days=1))
    assert len(notices()) == 2 * len(told)


def test_the_list_says_how_long_a_job_took_in_one_line(work: list[Any], app: Flask) -> None:
    work.append(ValueError("a sentence\nand its details"))
    tick(NOW)
    lines = app.test_cli_runner().invoke(args=["jobs", "list"]).output.splitlines()
    assert len(lines) == 1 and lines[0].split()[0] == "copy"
    assert "0.0 s" in lines[0] and "failed" in lines[0] and "ValueError: a sentence" in lines[0]


def message(people: SimpleNamespace, **values: Any) -> None:
    row = {
        "unique_key": "k", "kind": "test", "object_key": "o", "occurrence": "1", "language": "zh",
        "recipient_id": people.pm.id, "channel": Channel.mail, "subject": "s", "body_text": "t",
        "reason": {}, "message_id": "<m>", "next_try_at": NOW, "created_at": NOW, **values,
    }  # fmt: skip
    db.session.add(Message(**row))
    db.session.commit()


@pytest.mark.parametrize(
    ("values", "since"),
    [
        # Held back for the night, and its time came just now.
        ({"created_at": NOW - DAY, "next_try_at": NOW - MINUTE}, None),
        ({"created_at": NOW - DAY, "next_try_at": NOW + MINUTE}, None),
        ({"next_try_at": NOW - 16 * MINUTE}, NOW - 16 * MINUTE),
        ({"next_try_at": NOW - 15 * MINUTE}, None),
        ({"next_try_at": NOW - DAY, "state": MessageState.dead}, None),
        # Tried and put off again and again.
        ({"created_at": NOW - DAY, "next_try_at": NOW + 60 * MINUTE, "attempts": 5}, NOW - DAY),
    ],
)
def test_mail_that_does_not_get_away_is_said_and_pages_stay_in_service(
    people: SimpleNamespace, client_of: Callable, values: dict[str, Any], since: Any
) -> None:
    db.session.add(Heartbeat(name="tick", at=NOW))
    message(people, **values)
    stamp()
    answer = client_of(None).get("/readyz")
    assert answer.status_code == 200
    assert answer.json["oldest_waiting"] == (f"since {since.isoformat()}" if since else "ok")


def test_mail_whose_time_has_not_come_does_not_wait(
    people: SimpleNamespace, client_of: Callable
) -> None:
    message(people, next_try_at=NOW + MINUTE)
    message(people, next_try_at=NOW - DAY, channel=Channel.feishu, unique_key="other")
    assert "yingbin_oldest_waiting_mail_seconds 0\n" in client_of(None).get("/metrics").text
    message(people, next_try_at=NOW - MINUTE, unique_key="due")
    assert "yingbin_oldest_waiting_mail_seconds 60.0\n" in client_of(None).get("/metrics").text


def test_metrics_tell_how_each_job_went(work: list[Any], client_of: Callable) -> None:
    work.append(ValueError())
    tick(NOW)
    db.session.add(JobRun(name="gone", next_run_at=NOW, is_ok=False, duration_ms=1))
    text = client_of(None).get("/metrics").text
    for line in ('yingbin_job_ok{job="copy"} 0', 'yingbin_job_duration_seconds{job="copy"} 0.',
                 "yingbin_jobs_failed 1", "yingbin_seconds_since_tick 0.0"):  # fmt: skip
        assert line in text
    assert "gone" not in text
