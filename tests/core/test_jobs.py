"""Background jobs: each slot once, one failure never stops the rest, and nothing is told twice."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core import events
from app.core import jobs as scheduler
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import in_language
from app.core.job_events import JobFailed, JobRecovered
from app.core.jobs import Job, JobRun, JobState, ask_for_run, jobs, state_of, tick
from app.core.unit_of_work import unit_of_work
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def no_jobs(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application without the jobs of its features."""
    monkeypatch.setattr(jobs, "_rows", {})
    return context


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What is announced of jobs, in order."""
    heard: list[Any] = []
    for kind in (JobFailed, JobRecovered):
        monkeypatch.setitem(events._handlers, kind, [heard.append])
    yield heard


class Work:
    """A job's work: what it was called at, and whether it fails."""

    def __init__(self) -> None:
        self.calls: list[datetime] = []
        self.problem: Exception | None = None

    def __call__(self, now: datetime) -> str:
        self.calls.append(now)
        if self.problem:
            raise self.problem
        return "all well"


def add(name: str, every: timedelta = MINUTE, run: Callable | None = None, **options: Any) -> Any:
    work = run or Work()
    jobs.add(name, Job(work, every, name.title(), **options))
    return work


def row(name: str) -> JobRun:
    db.session.rollback()
    return db.session.get_one(JobRun, name)


def test_slots_lie_on_multiples_since_midnight_and_may_be_moved() -> None:
    at = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
    assert scheduler.next_slot(at, HOUR) == at + HOUR
    assert scheduler.next_slot(at, DAY) == at + 6 * HOUR
    assert scheduler.next_slot(at, DAY, 18 * HOUR) == at + DAY
    assert scheduler.next_slot(at - MINUTE, DAY, 18 * HOUR) == at
    assert scheduler.next_slot(at + 7 * HOUR, DAY, 18 * HOUR) == at + DAY


def test_a_new_job_runs_at_once_and_then_at_its_slots(no_jobs: Flask) -> None:
    work = add("daily", DAY, at=18 * HOUR)
    assert tick(NOW) == ["daily"]
    assert tick(NOW + HOUR) == []
    assert row("daily").next_run_at == datetime(2026, 11, 26, 18, tzinfo=UTC)
    tick(datetime(2026, 11, 26, 18, 0, 30, tzinfo=UTC))
    assert len(work.calls) == 2


def test_how_long_a_run_took_is_measured_and_not_read_from_the_clock(
    no_jobs: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("slow")
    stop_watch = SimpleNamespace(perf_counter=iter([100.0, 102.5]).__next__)
    monkeypatch.setattr(scheduler, "time", stop_watch)
    tick(NOW)
    run = row("slow")
    assert (run.duration_ms, run.started_at) == (2500, NOW)
    assert run.finished_at == NOW + timedelta(seconds=2.5)


def test_a_job_that_fails_is_written_down_and_stops_no_other(no_jobs: Flask) -> None:
    bad, good = add("a-bad"), add("b-good")
    bad.problem = ValueError("no such thing\nin detail: what people wrote")
    assert tick(NOW) == ["a-bad", "b-good"]
    assert state_of(row("a-bad"), NOW) is JobState.failed
    assert row("a-bad").outcome == "ValueError: no such thing"
    assert (row("b-good").outcome, good.calls) == ("all well", [NOW])


def test_what_a_failed_job_left_in_the_session_is_not_kept(no_jobs: Flask) -> None:
    def leave_half(now: datetime) -> str:
        db.session.add(JobRun(name="half", next_run_at=now))
        db.session.flush()
        raise ValueError

    add("bad", run=leave_half)
    add("good")
    assert tick(NOW) == ["bad", "good"]
    assert db.session.get(JobRun, "half") is None


def test_a_job_whose_row_cannot_be_written_stops_no_other(
    no_jobs: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("a-bad"), add("b-good")
    write = scheduler._write

    def refuse(name: str, *args: Any, **values: Any) -> JobRun:
        if name == "a-bad":
            raise OSError("disk full")
        return write(name, *args, **values)

    monkeypatch.setattr(scheduler, "_write", refuse)
    assert tick(NOW) == ["b-good"]


def test_an_outcome_is_read_in_each_language(no_jobs: Flask) -> None:
    class Refused(DomainError):
        pass

    done = add("done", run=lambda _now: _l("Saved."))
    bad = add("refused")
    assert done
    bad.problem = Refused(_l("Saved."))
    tick(NOW)
    for name in ("done", "refused"):
        said = []
        for lang in ("en", "zh"):
            with in_language(lang):
                said.append(row(name).outcome)
        assert said[0] == "Saved." and said[1] != said[0]


def test_a_daily_job_that_failed_is_tried_again_after_an_hour(no_jobs: Flask) -> None:
    work = add("daily", DAY)
    work.problem = ValueError()
    tick(NOW)
    assert tick(NOW + 59 * MINUTE) == []
    work.problem = None
    assert tick(NOW + HOUR) == ["daily"]
    assert tick(NOW + 2 * HOUR) == []
    assert row("daily").next_run_at == datetime(2026, 11, 27, tzinfo=UTC)


def test_a_job_of_every_minute_that_failed_is_tried_at_its_next_slot(no_jobs: Flask) -> None:
    work = add("busy")
    work.problem = ValueError()
    tick(NOW)
    assert row("busy").next_run_at == NOW + MINUTE
    assert tick(NOW + MINUTE) == ["busy"]


def test_a_run_that_its_process_never_finished_is_recognised(no_jobs: Flask) -> None:
    def die(_now: datetime) -> str:
        raise KeyboardInterrupt

    add("daily", DAY, run=die)
    with pytest.raises(KeyboardInterrupt):
        tick(NOW)
    assert state_of(row("daily"), NOW + MINUTE) is JobState.under_way
    assert state_of(row("daily"), NOW + HOUR + 6 * MINUTE) is JobState.broken_off
    work = add("daily", DAY)
    assert tick(NOW + HOUR) == ["daily"] and work.calls
    assert state_of(row("daily"), NOW + HOUR) is JobState.ok


def test_a_broken_off_minute_does_not_stop_the_next(no_jobs: Flask) -> None:
    tick(NOW)
    db.session.add(JobRun(name="busy", next_run_at=NOW + MINUTE, started_at=NOW))
    db.session.commit()
    work = add("busy")
    assert state_of(row("busy"), NOW + 2 * MINUTE) is JobState.under_way
    assert state_of(row("busy"), NOW + 7 * MINUTE) is JobState.broken_off
    tick(NOW + MINUTE)
    assert work.calls == [NOW + MINUTE]


def test_what_never_ran_says_so() -> None:
    assert state_of(None, NOW) is JobState.never
    assert state_of(JobRun(name="x", next_run_at=NOW), NOW) is JobState.never


def test_failing_is_told_once_and_again_when_it_begins_anew(
    no_jobs: Flask, told: list[Any]
) -> None:
    work = add("busy")
    for minute, is_bad in enumerate((False, True, True, True, False, False, True)):
        work.problem = ValueError("no") if is_bad else None
        tick(NOW + minute * MINUTE)
    assert [type(event) for event in told] == [JobFailed, JobRecovered, JobFailed]
    failed, recovered, again = told
    assert (failed.name, failed.label) == ("busy", "Busy")
    assert failed.error.in_language("zh") == "ValueError: no"
    assert NOW + MINUTE <= failed.at < NOW + 2 * MINUTE
    assert recovered.failing_since == failed.at
    assert again.at >= NOW + 6 * MINUTE
    assert row("busy").failing_since == again.at


def test_a_failure_that_could_not_be_told_is_told_at_the_next_one(
    no_jobs: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[JobFailed] = []

    def hear(event: JobFailed) -> None:
        if not heard:
            heard.append(event)
            raise RuntimeError("no room for a message")
        heard.append(event)

    monkeypatch.setitem(events._handlers, JobFailed, [hear])
    work, other = add("a-bad"), add("b-good")
    work.problem = ValueError()
    assert tick(NOW) == ["a-bad", "b-good"] and other.calls
    assert row("a-bad").failing_since is None
    tick(NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    assert len(heard) == 2
    assert row("a-bad").failing_since == heard[1].at


def test_many_that_tick_at_once_run_a_slot_once(no_jobs: Flask) -> None:
    work, together = add("daily", DAY), threading.Barrier(4)
    days = [NOW + day * DAY for day in range(8)]

    def live(_number: int) -> list[str]:
        ran = []
        with no_jobs.app_context():
            for now in days:
                together.wait(30)
                ran += tick(now)
            db.session.remove()
        return ran

    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(live, range(4)))
    assert sum(ran, []) == ["daily"] * len(days)
    assert work.calls == days


def test_a_job_that_hangs_keeps_no_other_from_its_slot(no_jobs: Flask) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hang(_now: datetime) -> str:
        begun.set()
        assert go_on.wait(30)
        return "at last"

    add("a-hanging", DAY, run=hang)
    other = add("b-busy")

    def first() -> None:
        with no_jobs.app_context():
            tick(NOW)
            db.session.remove()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert begun.wait(30)
        assert tick(NOW + MINUTE) == ["b-busy"]
    finally:
        go_on.set()
        thread.join()
    assert other.calls[0] == NOW + MINUTE and row("a-hanging").outcome == "at last"


def test_a_job_that_was_asked_for_runs_at_the_next_tick(no_jobs: Flask) -> None:
    work = add("daily", DAY)
    tick(NOW)
    with unit_of_work():
        ask_for_run("daily", jobs.get("daily"), NOW + MINUTE)
    assert tick(NOW + MINUTE) == ["daily"]
    assert tick(NOW + 2 * MINUTE) == [] and len(work.calls) == 2


def test_what_is_asked_for_during_a_run_is_not_forgotten(no_jobs: Flask) -> None:
    calls = []

    def ask_again(now: datetime) -> str:
        calls.append(now)
        if len(calls) == 1:
            with unit_of_work():
                ask_for_run("daily", jobs.get("daily"), now)
        return ""

    add("daily", DAY, run=ask_again)
    tick(NOW)
    assert tick(NOW + MINUTE) == ["daily"]


def test_a_job_that_never_ran_can_be_asked_for(no_jobs: Flask) -> None:
    work = add("daily", DAY)
    with unit_of_work():
        ask_for_run("daily", jobs.get("daily"), NOW)
    assert state_of(row("daily"), NOW) is JobState.never
    tick(NOW)
    assert work.calls == [NOW]


def test_a_slot_that_a_clock_running_ahead_wrote_holds_up_nothing(no_jobs: Flask) -> None:
    work = add("daily", DAY)
    tick(NOW + timedelta(days=4000))
    assert tick(NOW) == ["daily"] and len(work.calls) == 2
