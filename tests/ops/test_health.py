"""What machines that watch this one are told."""

import json
import socket
from datetime import timedelta

import pytest
from flask_migrate import stamp

from app.core import clock, jobs
from app.core.settings import SettingsError
from app.ops.migrations import check_migrated
from app.ops.serving import PortTaken, check_port
from tests.conftest import NOW


def test_the_process_is_up(client_of):
    assert client_of(None).get("/healthz").json == {"status": "ok"}


def test_ready_means_migrated_and_ticking(client_of, context):
    client = client_of(None)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["migrations"] != "ok" and answer.json["tick"] == "never"
    stamp()
    jobs.tick(NOW)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")
    with clock.fixed_at(NOW + timedelta(minutes=6)):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["tick"].startswith("last at 2026-11-26T08:20")


def test_a_database_that_is_not_migrated_is_not_served(app, context):
    with pytest.raises(SettingsError, match="python3 run.py flask db upgrade"):
        check_migrated(app)
    stamp()
    check_migrated(app)


def test_metrics_name_nobody(client_of, people):
    text = client_of(None).get("/metrics").text
    assert 'yingbin_mails{state="pending"} 0' in text
    assert "example.com" not in text


def test_a_port_in_use_is_said_with_the_way_out():

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="--port"):
            check_port(taken.getsockname()[1])


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["jobs", *arguments])


def test_jobs_are_listed_one_a_line_by_name(app):
    lines = run(app, "list").output.splitlines()
    assert {"reminders", "deliver"} <= {line.split()[0] for line in lines}


def test_a_job_runs_by_hand_at_another_instant(app):
    answer = run(app, "run", "reminders", "--at", "2026-11-27T09:08")
    assert answer.output.startswith("reminders: ")
    assert run(app, "run", "nothing").exit_code == 1


def test_another_instant_is_for_demos_and_tests_alone(app):
    kept = app.config["TESTING"]
    app.config["TESTING"] = False
    try:
        assert "--dry-run" in run(app, "run", "deliver", "--at", "2026-11-27T09:08").output
        assert run(app, "run", "deliver", "--at", "2026-11-27T09:08", "--dry-run").exit_code == 0
    finally:
        app.config["TESTING"] = kept


def test_the_preview_counts_people_and_speaks_json(app):
    answer = run(app, "preview", "--days", "14", "--json")
    rows = json.loads(answer.output)
    assert all(row["recipients"] and row["at"] > NOW.isoformat() for row in rows)
    assert str(sum(len(r["recipients"]) for r in rows)) in run(app, "preview").output
