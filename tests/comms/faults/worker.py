"""A process of its own that does what a scheduler or a dispatcher does, told line by line.

    python -m tests.comms.faults.worker '{"database_url": …, "mail_url": …, …}'

Each line on its input is a job to run at an instant, {"job": "deliver", "at": …}, or a tick,
{"tick": …}; the answer is one line of JSON. The instants are the test's, so that nothing has to
wait for a lease to end.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader

from app import create_app
from app.comms.channels import mail, robots
from app.core import clock
from app.core.i18n import in_language
from app.core.jobs import jobs, run_job, tick
from app.core.settings import Settings

# For a server that never answers: a test cannot wait as long as a person's installation.
SHORT_TIMEOUT = 0.5


def main() -> None:
    given = json.loads(sys.argv[1])
    broken = given.pop("broken_template", None)
    mail.TIMEOUT = SHORT_TIMEOUT
    robots.RobotChannel.__init__.__defaults__ = (None, SHORT_TIMEOUT)  # type: ignore[misc]
    app = create_app(
        Settings(
            secret_key="secret for the tests only", base_url="http://localhost",
            timezone="Asia/Shanghai", log_level="CRITICAL",
            instance_path=Path(given.pop("instance_path")), **given,
        )
    )  # fmt: skip
    if broken:
        loader = app.jinja_env.loader
        assert loader is not None
        app.jinja_env.loader = ChoiceLoader([DictLoader({broken: "{{ 1 // 0 }}"}), loader])
    print("ready", flush=True)
    for line in sys.stdin:
        with app.app_context():
            print(json.dumps(answer(json.loads(line))), flush=True)


def answer(told: dict[str, Any]) -> Any:
    at = datetime.fromisoformat(told.get("at") or told["tick"])
    with clock.fixed_at(at), in_language("en"):
        if "tick" in told:
            return {"ran": tick(at)}
        job = jobs.get(told["job"])
        assert job is not None
        done = run_job(told["job"], job, at)
        return {"outcome": done.outcome, "is_ok": done.is_ok}


if __name__ == "__main__":
    main()
