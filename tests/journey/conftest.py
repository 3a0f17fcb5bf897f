"""A running Yingbin for the journey: `flask serve` with its ticking scheduler on a fresh database,
an SMTP server, and Chromium. Nothing of the application runs in the test's own process.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.core.settings import NAMES, ROOT, sqlite_url
from tests.browsing import DESK, PHONE, Visitor
from tests.comms.mail_server import Postbox, free_port, running

PASSWORD = "a-long-pass-phrase-for-the-journey"
READY_WITHIN = 60.0


@dataclass(frozen=True)
class Installation:
    """A Yingbin of its own: its environment, its address and its postbox."""

    folder: Path
    url: str
    language: str
    environment: dict[str, str]
    postbox: Postbox

    def flask(self, *arguments: str, typed: str = "") -> str:
        """Run a command of the application; its output. Fails the test when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *arguments], cwd=ROOT, env=self.environment,
            input=typed, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"flask {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module", params=["zh", "en"])
def installation(
    chromium: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An empty, migrated installation that is being served."""
    folder = tmp_path_factory.mktemp("journey")
    postbox, port = Postbox(), free_port()
    with running(postbox) as mail_port:
        url = f"http://127.0.0.1:{port}"
        environment = {
            **{name: value for name, value in os.environ.items() if name not in NAMES},
            "FLASK_APP": "wsgi:app",
            "PYTHONUNBUFFERED": "1",
            "YINGBIN_DATABASE_URL": sqlite_url(folder / "yingbin.db"),
            "YINGBIN_INSTANCE_PATH": str(folder),
            "YINGBIN_SECRET_KEY": secrets.token_urlsafe(32),
            "YINGBIN_BASE_URL": url,
            "YINGBIN_MAIL_URL": f"smtp://127.0.0.1:{mail_port}?from=yingbin@company.example",
            "YINGBIN_LOG_LEVEL": "WARNING",
        }
        place = Installation(folder, url, request.param, environment, postbox)
        place.flask("db", "upgrade")
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "flask", "serve", "--port", str(port)],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                _wait_for(port, server, folder / "server.log")
                yield place
            finally:
                server.terminate()
                server.wait(timeout=30)
        said = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in said, said


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail(f"nothing answers on port {port} after {READY_WITHIN:.0f} s")


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Callable[..., Visitor]:
    """visit("owner", phone=True): that person, signed in, at a device."""

    def sign_in(person: str, *, phone: bool = False) -> Visitor:
        context = browser.new_context(
            viewport=PHONE if phone else DESK, has_touch=phone, is_mobile=phone,
            locale={"zh": "zh-CN", "en": "en-GB"}[installation.language],
            timezone_id="Asia/Shanghai",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        visitor = Visitor(context, installation.url, phone)
        visitor.goes_to("/login")
        visitor.fills(email=f"{person}@company.example", password=PASSWORD)
        visitor.goes_on()
        visitor.page.wait_for_url(lambda url: "/login" not in url)
        return visitor

    return sign_in
