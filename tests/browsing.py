"""A real browser for tests: Chromium, a person at a device, and the application served to them.

One Playwright for the whole run, as two cannot live in one process. Imported by tests/conftest.py,
so that every package's tests find the fixtures.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from waitress.server import create_server

from app.core import clock
from tests.requirements import needs

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}

# What htmx says of a request that the person's next step cut off. Whatever else ends a request
# badly is told by a word of its own beside the first.
CUT_OFF = ("error: htmx:afterRequest,", "error: htmx:sendAbort,")


@pytest.fixture(scope="session")
def chromium() -> str:
    return needs("browser")


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(chromium: str, playwright_driver: Playwright) -> Iterator[Browser]:
    found = playwright_driver.chromium.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
    yield found
    found.close()


@dataclass
class Visitor:
    """One person at a device: a browser profile that notices whatever goes wrong on the way."""

    context: BrowserContext
    url: str
    is_phone: bool
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        # A violated content policy is told on the console too.
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.type}: {said.text} ({self.page.url})")
                if said.type in ("error", "warning")
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on(
            "response",
            lambda answer: (
                self.complaints.append(f"{answer.status} {answer.url}")
                if answer.status >= 500
                else None
            ),
        )

    def goes_to(self, path: str) -> Page:
        answer = self.page.goto(self.url + path)
        assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"
        self.sees_a_whole_page()
        return self.page

    def sees_a_whole_page(self) -> None:
        """Nothing sticks out at the side."""
        # Between two pages there is no document to measure.
        self.page.wait_for_load_state()
        beyond = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{self.page.url} is {beyond} px wider than the window"

    def goes_on(self) -> None:
        """Press the one button of the page that stands out, and see the page that follows."""
        self.page.locator("button.yb-btn.is-primary, a.yb-btn.is-primary").filter(
            visible=True
        ).first.click()
        self.page.wait_for_load_state()
        self.sees_a_whole_page()

    def path(self) -> str:
        return self.page.url.removeprefix(self.url).split("?")[0].split("#")[0]

    def fills(self, **values: str) -> None:
        for name, value in values.items():
            place = self.page.locator(f'[name="{name}"]:visible').first
            if place.evaluate("field => field.tagName") == "SELECT":
                place.select_option(label=value)
            else:
                place.fill(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        # Closing cuts off requests too, which Chromium tells in words of its own.
        complaints = [said for said in self.complaints if not said.startswith(CUT_OFF)]
        self.context.close()
        if kind is None:
            assert not complaints, "\n".join(complaints)


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The world's application behind a real server in this process, with the tokens of its forms
    looked at and the clock where the test's stands; its address."""
    instant = clock.now()

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        with clock.fixed_at(instant):
            return app(environ, start_response)

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app.config["WTF_CSRF_ENABLED"] = True
    server = create_server(answer, host="127.0.0.1", port=0, threads=4)

    def run() -> None:
        # Closing takes the sockets away under the loop that waits for them.
        with suppress(OSError):
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=10)
        app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def visitor_of(
    browser: Browser, served: str, client_of: Callable[..., Any]
) -> Callable[..., Visitor]:
    """visitor_of("pm") is that person, signed in, at a device."""

    def arrive(person: str, *, phone: bool = False, language: str = "zh") -> Visitor:
        client = client_of(person, language)
        context = browser.new_context(
            viewport=PHONE if phone else DESK, has_touch=phone, is_mobile=phone,
            locale={"zh": "zh-CN", "en": "en-GB"}[language], timezone_id="Asia/Shanghai",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        cookie = client.get_cookie("yingbin")
        context.add_cookies([{"name": "yingbin", "value": cookie.value, "url": served}])
        return Visitor(context, served, phone)

    return arrive
