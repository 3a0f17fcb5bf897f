"""Takes pictures of the program's pages: the demo, as each role sees it, at two widths, in both
languages.

    .venv/bin/python scripts/screenshots.py [FOLDER]       all pages, by default build/screenshots
    .venv/bin/python scripts/screenshots.py --readme       docs/picture.png and docs/picture.zh.png

Needs what the tests need (`python3 run.py test` installs it) and Chromium. The demo is made anew in
a temporary folder and served in this process, standing at the Thursday of its ninth week, so that
pictures of different days can be compared. A page that is wider than the window, or that complains
on the console, is named at the end and makes the exit code 1.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app import create_app  # noqa: E402
from app.core import clock  # noqa: E402
from app.core.settings import demo_settings  # noqa: E402
from app.ops.demo.making import demo_mark, make_demo  # noqa: E402
from app.ops.demo.stage import DOMAIN, PASSWORD  # noqa: E402

WIDTHS = {1280: 900, 375: 812}
HOMES = ("pm", "exec", "training", "owner4", "clerk", "admin")


@dataclass(frozen=True)
class Shot:
    """A page: its name, who looks, where it is, and the links to follow from there."""

    name: str
    person: str
    path: str
    follow: str = ""


SHOTS = (
    *(Shot(f"home-{person}", person, "/") for person in HOMES),
    Shot("plan", "pm", "/plans/1"),
    Shot("people", "pm", "/plans/1/people"),
    Shot("calendar", "pm", "/plans/1/calendar"),
    Shot("tasks", "pm", "/plans/1/tasks"),
    Shot("task", "owner1", "/plans/1/tasks", 'a[href="/tasks/4"]'),
    Shot("why", "pm", "/plans/1/tasks", 'main a[href^="/tasks/"][href*="/why"]'),
    Shot("gantt", "pm", "/plans/1/tasks/gantt"),
    Shot("what-if", "pm", "/plans/1/what-if"),
    Shot("progress", "pm", "/plans/1/progress"),
    Shot("baselines", "pm", "/plans/1/baselines"),
    Shot("resources", "it", "/plans/1/resources"),
    Shot("budget", "finance", "/plans/1/budget"),
    Shot("exchange", "pm", "/plans/1/exchange"),
    Shot("actions", "pm", "/plans/1/actions"),
    Shot("my-actions", "owner4", "/actions"),
    Shot("risks", "pm", "/plans/1/risks"),
    Shot("risk-review", "training", "/plans/1/risks", 'main a[href^="/risks/"]'),
    Shot("reports", "pm", "/plans/1/reports"),
    Shot("report-writing", "owner4", "/plans/1/reports", "main a.yb-btn.is-primary"),
    Shot("report", "pm", "/plans/1/reports", 'main a[href^="/reports/"]'),
    Shot("problems", "pm", "/plans/1/problems"),
    Shot("problem", "pm", "/plans/1/problems", 'main a[href^="/problems/"]'),
    Shot("indicators", "pm", "/plans/1/indicators"),
    Shot("indicator", "pm", "/plans/1/indicators", 'main a[href^="/indicators/"]'),
    Shot("inspections", "pm", "/plans/1/inspections"),
    Shot("meetings", "pm", "/plans/1/meetings"),
    Shot("meeting", "pm", "/plans/1/meetings", 'main a[href^="/meetings/"]'),
    Shot("communication", "pm", "/plans/1/communication"),
    Shot("files", "training", "/plans/1/files"),
    Shot("practices", "clerk", "/plans/1/practices"),
    Shot("reminders", "pm", "/plans/1/reminders"),
    Shot("reminder-rules", "pm", "/plans/1/reminders/rules"),
    Shot("reminder-rule", "pm", "/plans/1/reminders/rules/task.before"),
    Shot("why-not", "owner4", "/plans/1/reminders/why-not"),
    Shot("my-reminders", "owner4", "/account/reminders"),
    Shot("inbox", "owner4", "/inbox"),
    Shot("packs", "exec", "/plans/1/packs"),
    Shot("compare", "exec", "/plans/1/packs/compare"),
    Shot("distribution", "pm", "/plans/1/packs/distribution"),
    Shot("pack-check", "exec", "/plans/1/packs/verify"),
    Shot("start", "pm", "/plans/new"),
    Shot("account", "owner1", "/account"),
    Shot("admin-people", "admin", "/admin/people"),
    Shot("admin-departments", "admin", "/admin/departments"),
    Shot("admin-look", "admin", "/admin/look"),
    Shot("admin-import", "admin", "/admin/calendar/import"),
    Shot("admin-robots", "admin", "/admin/robots"),
    Shot("admin-robot", "admin", "/admin/robots/new"),
    Shot("admin-delivery", "admin", "/admin/messages"),
    Shot("admin-jobs", "admin", "/admin/jobs"),
    Shot("sign-in", "", "/login"),
)


def ninth_week() -> datetime:
    """This week's Thursday, 16:20 in Shanghai."""
    today = date.today()
    thursday = today + timedelta(days=3 - today.weekday())
    return datetime(thursday.year, thursday.month, thursday.day, 8, 20, tzinfo=UTC)


@contextmanager
def served_demo(lang: str, now: datetime) -> Iterator[str]:
    """The demo in `lang`, made and served until the block ends; its address."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        server = create_server(lambda *_call: [], host="127.0.0.1", port=0, threads=4)
        url = f"http://127.0.0.1:{server.effective_port}"
        settings = demo_settings(Path(folder), base_url=url)
        mark = demo_mark(now, lang, "pictures", settings)
        make_demo(create_app, settings, mark, now, lambda _week: None)
        server.application = standing_at(now, create_app(settings))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.close()


def standing_at(now: datetime, app: Flask) -> Callable[..., Any]:
    """The application for which it is always `now`."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        with clock.fixed_at(now):
            return app(environ, start_response)

    return answer


class Camera:
    """Browser profiles of one language, a signed-in one for each person, and what went wrong."""

    def __init__(self, browser: Browser, url: str, lang: str) -> None:
        self.browser, self.url, self.lang = browser, url, lang
        self.faults: list[str] = []
        self._pages: dict[tuple[str, int], Page] = {}

    def take(self, shot: Shot, width: int, file: Path, *, whole: bool = True) -> None:
        """Go there and write the picture."""
        page, here = self._page(shot.person, width), f"{shot.name} {width} {self.lang}"
        answer = page.goto(self.url + shot.path)
        if shot.follow and page.locator(shot.follow).count():
            link = page.locator(shot.follow).first
            answer = page.goto(self.url + (link.get_attribute("href") or ""))
        elif shot.follow:
            self.faults.append(f"{here}: no link {shot.follow}")
        if answer is None or not answer.ok:
            self.faults.append(f"{here}: {answer.status if answer else 'no answer'}")
        page.wait_for_load_state("networkidle")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            self.faults.append(f"{here}: {beyond} px wider than the window")
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, full_page=whole)

    def _page(self, person: str, width: int) -> Page:
        if (person, width) not in self._pages:
            context = self.browser.new_context(
                viewport={"width": width, "height": WIDTHS[width]},
                device_scale_factor=1,
                locale="zh-CN" if self.lang == "zh" else "en-GB",
            )
            page = self._pages[person, width] = context.new_page()
            page.on("console", lambda said: self._hear(page, said.type, said.text))
            page.on("pageerror", lambda error: self._hear(page, "error", str(error)))
            if person:
                page.goto(f"{self.url}/login")
                page.fill('[name="email"]', f"{person}@{DOMAIN}")
                page.fill('[name="password"]', PASSWORD)
                page.click("main button[type=submit]")
                page.wait_for_url(lambda url: "/login" not in url)
        return self._pages[person, width]

    def _hear(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"{self.lang} {page.url}: {kind}: {text}")


def chromium(driver: Any) -> Browser:
    """The machine's own Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        sys.exit("Chromium is not installed.")
    return driver.chromium.launch(
        executable_path=found,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    given.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "screenshots")
    given.add_argument("--readme", action="store_true", help="only the README's pictures")
    given.add_argument("--lang", choices=["zh", "en"], action="append")
    given.add_argument("--width", type=int, choices=list(WIDTHS), action="append")
    given.add_argument("--only", action="append", help="a page's name, e.g. home-pm")
    given.add_argument("--at", type=datetime.fromisoformat, help="stand in for the clock")
    asked = given.parse_args()
    shots = [shot for shot in SHOTS if not asked.only or shot.name in asked.only]
    faults: list[str] = []
    with sync_playwright() as driver:
        browser = chromium(driver)
        for lang in asked.lang or ["zh", "en"]:
            print(f"Making the demo ({lang}) …", flush=True)
            with served_demo(lang, (asked.at or ninth_week()).astimezone(UTC)) as url:
                camera = Camera(browser, url, lang)
                if asked.readme:
                    name = "picture.png" if lang == "en" else "picture.zh.png"
                    camera.take(SHOTS[0], 1280, ROOT / "docs" / name, whole=False)
                else:
                    for shot in shots:
                        for width in asked.width or WIDTHS:
                            file = asked.folder / lang / str(width) / f"{shot.name}.png"
                            camera.take(shot, width, file)
                faults += camera.faults
        browser.close()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
