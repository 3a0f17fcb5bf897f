"""The template holds every fact of the plan, in both languages, and its references resolve."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[2] / "app" / "plans" / "templates_data" / "reception.toml"
CJK = "\u4e00-\u9fff"
HALF_WIDTH = re.compile(rf"[{CJK}][,;:?!()]|[,;:?!()][{CJK}]|\.$|\"")
NO_SPACE = re.compile(rf"[{CJK}][A-Za-z0-9]|[A-Za-z0-9][{CJK}]")


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


def texts(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table that holds a `zh` or an `en`, with its place."""
    if isinstance(node, dict):
        if "zh" in node or "en" in node:
            yield place, node
            return
        for key, value in node.items():
            yield from texts(value, f"{place}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{place}[{index}]")


def keys(rows: list[dict[str, Any]]) -> list[str]:
    return [row["key"] for row in rows]


def zh(rows: list[dict[str, Any]], field: str = "title") -> list[str]:
    return [row[field]["zh"] for row in rows]


def test_every_text_stands_in_both_languages(plan):
    found = list(texts(plan))
    assert len(found) > 150
    for place, text in found:
        assert set(text) == {"zh", "en"}, place
        assert text["zh"].strip() and text["en"].strip(), place


def test_chinese_is_written_as_chinese_is(plan):
    for place, text in texts(plan):
        assert not HALF_WIDTH.search(text["zh"]), f"{place}: {text['zh']}"
        assert not NO_SPACE.search(text["zh"]), f"{place}: {text['zh']}"


def test_english_holds_no_chinese(plan):
    for place, text in texts(plan):
        assert not re.search(rf"[{CJK}，。：；（）]", text["en"]), place


def test_cover_has_the_four_blanks(plan):
    assert zh(plan["cover"], "label") == ["编制人", "审核人", "批准人", "编制日期"]
    assert [row["kind"] for row in plan["cover"]] == ["person", "person", "person", "date"]


def test_five_goals_five_key_tasks_and_six_stages(plan):
    assert zh(plan["goals"]) == [
        "提升客户满意度",
        "规范接待行为",
        "提高工作效率",
        "增强团队协作",
        "建立客户档案",
    ]
    assert len(plan["key_tasks"]) == 5
    assert zh(plan["stages"]) == ["迎宾", "登记", "引导", "咨询", "解答", "送客"]


def test_five_tasks_with_their_resources(plan):
    assert zh(plan["tasks"]) == [
        "制定接待流程标准",
        "前台文员培训",
        "设计客户满意度调查表",
        "建立客户信息管理系统",
        "定期检查与评估",
    ]
    assert [zh(task["resources"], "text") for task in plan["tasks"]] == [
        ["流程图制作软件", "文件模板"],
        ["培训讲师", "培训资料", "模拟场景设备"],
        ["问卷设计软件", "统计分析工具"],
        ["开发团队", "系统测试环境"],
        ["检查评估模板", "统计分析工具"],
    ]
    for task in plan["tasks"]:
        for blank in ("owner", "start_on", "finish_on"):
            assert blank not in task


def test_steps_add_up_to_their_task_and_weights_to_a_hundred(plan):
    for task in plan["tasks"]:
        assert 3 <= len(task["steps"]) <= 4
        assert sum(s["duration_workdays"] for s in task["steps"]) == task["duration_workdays"]
        assert [s["number"] for s in task["steps"]] == [
            f"{task['number']}.{n}" for n in range(1, len(task["steps"]) + 1)
        ]
    assert sum(task["weight"] for task in plan["tasks"]) == 100
    assert plan["go_live_after_task"] == 1


def test_dependencies_name_earlier_tasks(plan):
    for task in plan["tasks"]:
        assert all(number < task["number"] for number in task["after"])


def test_resources_by_kind_name_the_departments_parts(plan):
    by_kind: dict[str, list[str]] = {}
    for row in plan["resources"]:
        by_kind.setdefault(row["kind"], []).append(row["department"])
    assert by_kind["human"] == ["training", "it", "administration"]
    assert len(by_kind["material"]) == 3
    assert by_kind["financial"] == ["finance"] * 3
    assert "内部调配" in plan["resource_policy"]["obtained"]["zh"]
    assert "外部采购" in plan["resource_policy"]["obtained"]["zh"]
    assert "优先级" in plan["resource_policy"]["allocated"]["zh"]


def test_five_risks_with_impact_owner_and_window(plan):
    assert zh(plan["risks"]) == [
        "前台文员培训效果不佳",
        "客户信息管理系统实施出现技术问题",
        "满意度调查表设计不合理",
        "接待流程执行不力，客户等待过长",
        "资源分配不均，影响进度",
    ]
    assert [(r["impact"], r["owner"]) for r in plan["risks"]] == [
        ("high", "training"),
        ("medium", "it"),
        ("medium", "marketing"),
        ("high", "administration"),
        ("medium", "project_manager"),
    ]
    assert [r["window"] for r in plan["risks"]] == [
        {"kind": "relative", "anchor": "task_finish:2", "months": 1},
        {"kind": "during_task", "task": 4},
        {"kind": "design_phase", "task": 3},
        {"kind": "relative", "anchor": "go_live", "months": 1},
        {"kind": "whole_plan"},
    ]
    assert not any("probability" in r for r in plan["risks"])


def test_a_design_phase_ends_before_the_task_does(plan):
    task = next(t for t in plan["tasks"] if t["number"] == 3)
    assert [s.get("is_design", False) for s in task["steps"]] == [True, True, True, False]


def test_four_ways_of_monitoring_and_four_methods(plan):
    assert keys(plan["monitoring"]) == [
        "progress_meeting",
        "weekly_report",
        "inspection",
        "customer_feedback",
    ]
    assert len(plan["evaluation"]["methods"]) == 4


def test_four_indicators(plan):
    assert [(i["key"], i["cadence"], i["kind"], i["direction"]) for i in plan["indicators"]] == [
        ("satisfaction", "quarter", "proportion", "at_least"),
        ("efficiency", "month", "mean", "at_most"),
        ("training", "half_year", "proportion", "at_least"),
        ("system", "quarter", "mean", "at_least"),
    ]
    satisfaction, efficiency, training, system = plan["indicators"]
    assert satisfaction["target"] == 90
    assert efficiency["target"] == efficiency["standard_seconds"] == 300
    assert "target" not in training and "target" not in system


def test_inspection_walks_the_six_stages_every_two_weeks(plan):
    assert plan["inspection"]["interval_weeks"] == 2
    assert [i["stage"] for i in plan["inspection"]["checklist"]] == keys(plan["stages"])


def test_meetings_are_two_monthly_series_and_the_weekly_one(plan):
    assert [(m["key"], m["cadence"], m["attend"]) for m in plan["meetings"]] == [
        ("progress", "month", "department_heads"),
        ("coordination", "month", "working_group"),
        ("weekly_matters", "week", "working_group"),
    ]
    assert all(m["chair"] == "project_manager" for m in plan["meetings"])


def test_communication_names_who_what_how_and_how_often(plan):
    comms = plan["communication"]
    assert len(comms["audiences"]) == 6
    assert len(comms["contents"]) == 5
    assert keys(comms["channels"]) == ["email", "internal", "meeting", "wecom", "dingtalk"]
    assert keys(comms["frequencies"]) == ["daily", "weekly", "urgent"]
    for part in ("working_group", "duties", "platform", "practices"):
        assert comms[part]["text"]["zh"]
    departments = set(keys(plan["departments"]))
    for row in comms["plan"]:
        assert set(row["audiences"]) <= set(keys(comms["audiences"]))
        assert set(row["contents"]) <= set(keys(comms["contents"]))
        assert set(row["channels"]) <= set(keys(comms["channels"]))
        assert row["frequency"] in keys(comms["frequencies"])
        assert row["responsible"] in departments | {
            "project_manager",
            "task_owners",
            "department_heads",
        }


def test_the_communication_table_leaves_no_audience_content_or_channel_out(plan):
    comms = plan["communication"]
    for column in ("audiences", "contents", "channels"):
        used = {key for row in comms["plan"] for key in row[column]}
        assert used == set(keys(comms[column])), column


def test_summary_and_outlook(plan):
    assert len(plan["outcomes"]) == 4
    assert len(plan["outlook"]) == 3
    assert "客户需求" in plan["basis"]["text"]["zh"]


def test_departments_resolve_everywhere(plan):
    departments = keys(plan["departments"])
    assert departments == [
        "training",
        "it",
        "administration",
        "marketing",
        "finance",
        "front_desk",
    ]
    rows = [*plan["resources"], *plan["tasks"]]
    rows += [resource for task in plan["tasks"] for resource in task["resources"]]
    assert {row["department"] for row in rows} <= set(departments)
    assert {risk["department"] for risk in plan["risks"]} <= {*departments, "project_manager"}


def test_keys_are_unique_in_each_list(plan):
    lists = ["cover", "departments", "goals", "stages", "key_tasks", "tasks", "resources"]
    lists += ["risks", "monitoring", "indicators", "meetings", "outcomes", "outlook"]
    for name in lists:
        assert len(set(keys(plan[name]))) == len(plan[name]), name
    for task in plan["tasks"]:
        assert {r["source"] for r in task["resources"]} <= {"internal", "external"}
        assert {r["kind"] for r in task["resources"]} <= {"human", "material", "financial"}
