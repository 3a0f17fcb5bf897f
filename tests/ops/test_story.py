"""Both languages tell the same story, it hangs together, and its figures add up."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
STORY = APP / "ops" / "story"
TEMPLATE = APP / "plans" / "templates_data" / "reception.toml"

# Fields that hold words of a language; all others must be equal in both stories.
WORDS = {
    "company", "name", "title", "quantity", "note", "text", "done", "reason", "return_reason",
    "answer", "response", "window_text", "acceptance_reason", "comment", "place", "minutes",
    "agenda", "decisions", "evidence", "description", "content",
}  # fmt: skip
MOMENT = re.compile(r"^(?:[1-9]-[1-7]|\+[0-9]+) (?:[01][0-9]|2[0-3]):[0-5][0-9]$")
DAY = re.compile(r"^(?:[1-9]|1[0-8])-[1-7]$")
DAYS = {"start", "finish", "go_live", "prepared_on", "first", "last", "forecast", "due", "anchor"}
CJK = "\u4e00-\u9fff"


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def zh() -> dict[str, Any]:
    return load(STORY / "zh.toml")


@pytest.fixture(scope="module")
def en() -> dict[str, Any]:
    return load(STORY / "en.toml")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return load(TEMPLATE)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        if not node:
            yield path, []
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    else:
        yield path, node


def field(path: tuple[Any, ...]) -> str:
    """The name of the field, also where it is a list of texts."""
    return next(part for part in reversed(path) if isinstance(part, str))


def moment(at: str) -> tuple[int, int, str]:
    day, clock = at.split()
    week, weekday = day.split("-")
    return int(week), int(weekday), clock


def by_key(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({row["key"] for row in rows}) == len(rows)
    return {row["key"]: row for row in rows}


def test_both_languages_tell_the_same_events(zh, en):
    chinese, english = dict(leaves(zh)), dict(leaves(en))
    assert list(chinese) == list(english)
    for path, value in chinese.items():
        if field(path) in WORDS:
            assert value.strip() and english[path].strip(), path
        else:
            assert value == english[path], path


def test_words_are_in_their_language(zh, en):
    for path, value in leaves(en):
        if isinstance(value, str):
            assert not re.search(rf"[{CJK}，。：；？（）、]", value), (path, value)
    for path, value in leaves(zh):
        if field(path) in WORDS:
            assert re.search(rf"[{CJK}]", value), (path, value)


def test_chinese_is_written_as_chinese_is(zh):
    wrong = re.compile(
        rf"[{CJK}][,;:?!()\"]|[,;:?!()\"][{CJK}]|[{CJK}][A-Za-z0-9]|[A-Za-z0-9][{CJK}]|！"
    )
    for path, value in leaves(zh):
        if field(path) in WORDS - {"content"}:
            assert not wrong.search(value), (path, wrong.search(value), value)


def test_no_text_names_a_month_or_a_year(zh, en):
    """The story is relative to today: a month in a text would be wrong next month."""
    months = "January|February|March|April|June|July|August|September|October|November|December"
    for path, value in (*leaves(zh), *leaves(en)):
        if isinstance(value, str):
            assert not re.search(rf"\d ?月|20\d\d|\b(?:{months})\b", value), (path, value)


def test_moments_and_days_have_their_form(zh):
    for path, value in leaves(zh):
        name = field(path)
        if name == "at" or name.endswith("_at"):
            assert MOMENT.match(value), (path, value)
        elif name in DAYS and isinstance(value, str):
            assert DAY.match(value), (path, value)


def test_people_are_those_of_the_demo_and_heads_lead_departments(zh, template):
    people = by_key(zh["people"])
    assert set(people) == {
        "admin", "pm", "owner1", "owner2", "owner3", "owner4", "owner5", "training", "it",
        "admin.dept", "marketing", "finance", "exec", "clerk",
    }  # fmt: skip
    assert len({person["name"] for person in people.values()}) == len(people)
    departments = {row["key"] for row in template["departments"]}
    for person in people.values():
        assert person.get("department", "it") in departments
        assert ("heads" in person) == ("head" in person["roles"])


def test_every_name_resolves(zh, template):
    people = by_key(zh["people"])
    for path, value in leaves(zh):
        parts = [part for part in path if isinstance(part, str)]
        if parts[-1] in {"owner", "by", "asked", "submitted_by", "person", "substitute",
                         "registered_by", "acceptance_of", "created_by"} or (
            parts[-1] in {"invited", "accepted", "absent"} and parts[0] == "meetings"
            and value != []
        ):  # fmt: skip
            assert value in people, (path, value)
    departments = {row["key"] for row in template["departments"]} | {"project_manager"}
    for path, value in leaves(zh):
        if field(path) == "department":
            assert value in departments, path
    for row in zh["resources"]:
        task = template["tasks"][row["task"] - 1]
        assert row["resource"] in {resource["key"] for resource in task["resources"]}
    numbers = {step["number"] for task in template["tasks"] for step in task["steps"]}
    assert {row["step"] for row in zh["steps"]} == numbers
    assert {row["indicator"] for row in zh["measurements"] + zh["targets"]} <= {
        row["key"] for row in template["indicators"]
    }
    checklist = [item["key"] for item in template["inspection"]["checklist"]]
    for row in zh["inspections"]:
        assert [item["item"] for item in row["items"]] == checklist


def test_actions_come_from_something_that_was_there_before(zh):
    sources = {
        "meeting": by_key(zh["meetings"]),
        "inspection": by_key(zh["inspections"]),
        "risk": {str(number): {"at": "1-1 09:30"} for number in range(1, 8)},
    }
    actions = by_key(zh["actions"])
    for action in actions.values():
        kind, key = action["source"].split(":")
        assert moment(sources[kind][key]["at"]) < moment(action["created_at"]), action["key"]
        if "done_at" in action:
            assert moment(action["created_at"]) < moment(action["done_at"])
            assert action["evidence"]
    for row in zh["inspections"]:
        for finding in row["findings"]:
            assert actions[finding["action"]]["source"] == f"inspection:{row['key']}"
    overdue = [
        key for key, row in actions.items()
        if "done_at" not in row and moment(row["due"] + " 17:00") < (9, 1, "00:00")
    ]  # fmt: skip
    assert overdue == ["second_venue", "year_end_staff"]


def test_progress_is_what_the_steps_say(zh, template):
    done: dict[str, int] = {}
    for row in sorted(zh["progress"], key=lambda row: moment(row["at"])):
        task = template["tasks"][row["task"] - 1]
        for step, percent in row["steps"].items():
            assert step.startswith(f"{row['task']}.") and percent > done.get(step, 0)
            done[step] = percent
        weighted = sum(s["duration_workdays"] * done.get(s["number"], 0) for s in task["steps"])
        assert abs(weighted / task["duration_workdays"] - row["percent"]) <= 0.75, row


def test_reports_say_the_progress_that_was_recorded_before(zh):
    for report in zh["reports"]:
        at = report.get("resubmitted_at") or report.get("submitted_at") or report.get("saved_at")
        if at is None:
            assert report["state"] == "missing" and "done" not in report
            continue
        known = [
            row for row in zh["progress"]
            if row["task"] == report["task"] and moment(row["at"]) < moment(at)
        ]  # fmt: skip
        latest = max(known, key=lambda row: moment(row["at"]), default={"percent": None})
        assert latest["percent"] == report["progress_percent"], report["owner"]


def test_each_owner_reports_in_each_week_of_the_task(zh):
    weeks = {"owner1": [*range(1, 5)], "owner2": [*range(5, 9)], "owner3": [*range(3, 9)],
             "owner4": [*range(3, 10)], "owner5": [*range(5, 10)]}  # fmt: skip
    for owner, expected in weeks.items():
        assert [r["week"] for r in zh["reports"] if r["owner"] == owner] == expected


def test_the_weeks_that_make_the_matrix_interesting(zh):
    reports = {(r["owner"], r["week"]): r for r in zh["reports"]}
    assert reports["owner3", 8]["state"] == "missing"
    assert moment(reports["owner4", 7]["submitted_at"])[0] == 8
    assert reports["owner4", 6]["first_percent"] != reports["owner4", 6]["progress_percent"]
    assert reports["owner5", 7]["submitted_by"] == "owner1"
    assert (reports["owner4", 9]["state"], reports["owner5", 9]["state"]) == ("draft", "submitted")
    settled = [r for r in zh["reports"] if r["week"] < 9]
    on_time = [
        r for r in settled
        if r["state"] == "accepted" and moment(r["submitted_at"]) < (r["week"], 5, "17:00")
    ]  # fmt: skip
    assert (len(settled), len(on_time)) == (24, 22)


def test_every_promise_gets_its_outcome_in_the_week_it_is_due(zh):
    due: dict[tuple[str, int], set[str]] = {}
    for report in zh["reports"]:
        owner, week = report["owner"], report["week"]
        outcomes = {row["promise"]: row for row in report.get("outcomes", [])}
        expected = due.get((owner, week), set())
        if report["state"] in ("missing", "draft"):
            assert set(outcomes) <= expected
        else:
            assert set(outcomes) == expected, (owner, week)
        for key, row in outcomes.items():
            assert row["result"] in ("done", "slipped", "dropped")
            assert (row["result"] == "done") != ("reason" in row)
            if row["result"] == "slipped":
                assert row["new_week"] > week
                due.setdefault((owner, row["new_week"]), set()).add(key)
        for row in report.get("promises", []):
            due.setdefault((owner, week + 1), set()).add(row["key"])
        assert len(report.get("promises", [])) <= 3


def test_35_of_44_promises_were_kept_by_the_eighth_week(zh):
    counts: dict[str, Counter[str]] = {}
    for report in zh["reports"]:
        if report["week"] < 9:
            results = [row["result"] for row in report.get("outcomes", [])]
            counts.setdefault(report["owner"], Counter()).update(results)
    kept = {owner: (c["done"], c.total()) for owner, c in counts.items()}
    assert kept == {"owner1": (7, 8), "owner2": (9, 10), "owner3": (6, 8), "owner4": (7, 11),
                    "owner5": (6, 7)}  # fmt: skip
    total = sum(counts.values(), Counter())
    assert (total["done"], total["slipped"], total["dropped"]) == (35, 7, 2)


def test_money_agrees_with_the_executives_page(zh):
    budget = {row["line"]: (row["amount"], row["forecast"]) for row in zh["budget"]}
    assert budget == {
        "training": (68_000, 68_000),
        "system": (96_000, 101_600),
        "survey": (22_000, 22_000),
    }
    spent: Counter[str] = Counter()
    for row in zh["costs"]:
        spent[row["line"]] += row["amount"]
    assert spent == {"training": 41_300, "system": 52_800, "survey": 10_250}


def test_task_4_is_five_working_days_late_when_week_9_begins(zh):
    finish = next(row["finish"] for row in zh["tasks"] if row["task"] == 4)
    forecast = next(
        r["forecast"] for r in zh["reports"] if (r["owner"], r["week"]) == ("owner4", 8)
    )
    assert (finish, forecast) == ("12-5", "13-5")


def test_risks_stand_as_on_the_map(zh):
    first: dict[int, int] = {}
    now: dict[int, int] = {}
    for row in sorted(zh["risk_reviews"], key=lambda row: moment(row["at"])):
        assert (row["kind"] == "first") == ("target_probability" in row)
        assert (row["risk"] in first) == (row["kind"] != "first")
        now[row["risk"]] = row["probability"] * row["impact"]
        first.setdefault(row["risk"], now[row["risk"]])
    assert first == {1: 12, 2: 9, 3: 9, 4: 16, 5: 9, 6: 8, 7: 15}
    assert now == {1: 8, 2: 12, 3: 6, 4: 12, 5: 9, 6: 6, 7: 10}


def test_it_has_not_signed_since_its_first_round(zh):
    signed = [row["at"] for row in zh["risk_signatures"] if row["department"] == "it"]
    assert len(signed) == 1 and moment(signed[0])[0] == 5


def test_indicators_show_red_too_few_and_whole(zh):
    rows = {(row["indicator"], row["offset"]): row for row in zh["measurements"]}
    assert [rows["efficiency", n]["value"] for n in (-3, -2, -1)] == [402, 378, 350]
    assert (rows["satisfaction", 0]["successes"], rows["satisfaction", 0]["n"]) == (28, 31)
    assert (rows["training", 0]["successes"], rows["training", 0]["whole"]) == (8, True)
    assert not any(row["indicator"] == "system" for row in zh["measurements"])


def test_the_next_meeting_is_tomorrow_and_the_others_have_minutes(zh):
    assert [row["at"] for row in zh["meetings"] if "minutes" not in row] == ["+1 14:00"]
    held = Counter(row["series"] for row in zh["meetings"] if "minutes" in row)
    assert held == {"progress": 2, "coordination": 2}


def test_what_matters_is_there_when_week_9_has_just_begun(zh):
    """On a Monday morning the story must stand without anything of the ninth week."""
    before = [r for r in zh["reports"] if r["week"] < 9 and "accepted_at" in r]
    assert all(moment(r["accepted_at"]) < (9, 1, "00:00") for r in before)
    open_problems = [
        p for r in zh["reports"] for p in r.get("problems", []) if "answered_at" not in p
    ]
    assert [p["key"] for p in open_problems] == ["venue", "duplicates"]
    coming = next(row for row in zh["meetings"] if row["at"] == "+1 14:00")
    assert moment(coming["called_at"]) < moment(coming["answered_at"]) < (9, 1, "00:00")
