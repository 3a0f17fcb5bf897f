"""The house keeps its order: imports run one way, and single homes stay single."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
ORDER = ("core", "accounts", "plans", "tasks", "risks", "reports", "comms", "status",
         "exchange", "api", "ops")  # fmt: skip
FILES = sorted(p for p in APP.rglob("*.py") if p.parent != APP)
ROOMS = [pytest.param(p, id=str(p.relative_to(APP))) for p in FILES]

# Pure rules: plain values in, plain values out. What they may import besides each other.
PURE = {
    "plans/workcalendar.py", "plans/weeks.py", "plans/timetable.py", "tasks/progress.py",
    "tasks/explain.py", "tasks/one_day.py",
    "tasks/spending.py",
    "plans/calendar_csv.py",
    "core/json_text.py", "core/reading_back.py",
    "core/localtext.py", "tasks/frozen.py", "tasks/comparing.py",
    "tasks/schedule.py", "tasks/workline.py", "tasks/earned.py",
    "tasks/network.py", "tasks/rescheduling.py",
    "risks/scoring.py", "risks/windows.py", "reports/deadlines.py", "reports/promises.py",
    "reports/wilson.py", "reports/periods.py", "reports/indicator_light.py", "core/lights.py",
    "tasks/money.py", "exchange/cells.py", "exchange/matching.py",
    "risks/months.py", "status/health.py",
    "status/look/colours.py", "status/look/pictures.py", "status/home/paper.py",
    "status/comparison/change.py",
    "status/comparison/comparing.py", "status/comparison/risks.py", "status/comparison/reports.py",
    "comms/due.py", "comms/meeting_dates.py",
    "comms/kindness.py", "comms/own_words.py", "comms/verdicts.py",
    "status/distribution/schedule.py",
}  # fmt: skip
NOT_PURE = {"flask", "sqlalchemy", "flask_login", "flask_sqlalchemy", "flask_wtf", "wtforms",
            "requests", "smtplib"}  # fmt: skip


def package(path: Path) -> str:
    return path.relative_to(APP).parts[0]


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module by its full name, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


@pytest.mark.parametrize("path", ROOMS)
def test_imports_run_to_the_left_only(path: Path) -> None:
    here = ORDER.index(package(path))
    for line, name in imported(path):
        parts = name.split(".")
        if parts[0] == "app" and len(parts) > 1 and parts[1] in ORDER:
            assert ORDER.index(parts[1]) <= here, f"line {line}: {name}"


def test_a_pure_room_knows_no_framework() -> None:
    for path in FILES:
        if str(path.relative_to(APP)) not in PURE:
            continue
        for line, name in imported(path):
            assert name.split(".")[0] not in NOT_PURE, f"{path}:{line} imports {name}"
            if name.startswith("app."):
                parts = name.split(".")[1:]
                modules = {"/".join(parts) + ".py", "/".join(parts[:-1]) + ".py"}
                assert modules & PURE, f"{path}:{line} imports {name}"


def test_the_clock_is_read_in_one_place() -> None:
    reading = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
    for path in FILES:
        if path != APP / "core" / "clock.py":
            for line, name in calls(path):
                assert not name.endswith(reading), f"{path}:{line} reads the clock"


def test_a_commit_happens_in_one_place() -> None:
    for path in FILES:
        if path == APP / "core" / "unit_of_work.py":
            continue
        # A change that is only tried is taken back to a savepoint, there and nowhere else.
        tries = path == APP / "core" / "trying.py"
        for line, name in calls(path):
            kept = ("session.commit",) if tries else ("session.commit", ".begin_nested")
            assert not name.endswith(kept), f"{path}:{line}"


def test_mail_and_http_leave_from_the_channels_alone() -> None:
    for path in FILES:
        if APP / "comms" / "channels" in path.parents:
            continue
        for line, name in imported(path):
            assert name.split(".")[0] not in {"smtplib", "requests", "httpx"}, f"{path}:{line}"
            assert not name.startswith("urllib.request"), f"{path}:{line}"


def test_request_and_current_user_stay_at_the_door() -> None:
    doors = ("views.py", "wiring.py")
    core = {"core/permissions.py", "core/web.py", "core/i18n.py"}
    for path in FILES:
        if path.name.endswith(doors) or str(path.relative_to(APP)) in core:
            continue
        for line, name in imported(path):
            assert name not in {"flask.request", "flask.session", "flask_login.current_user"}, (
                f"{path}:{line} names {name}"
            )
