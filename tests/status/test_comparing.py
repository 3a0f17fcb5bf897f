"""What changed between two states: everything, nothing else, and its exact opposite backwards."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from app.comms.models import MeetingState
from app.core.i18n import in_language
from app.core.lights import Light
from app.core.localtext import LocalText
from app.plans.models import PlanPhase
from app.reports.models import Direction, Outcome, ProblemState
from app.risks.models import ResponseState
from app.status.comparison.change import About, Kind, Weight, most_important
from app.status.comparison.comparing import changes_between
from app.status.comparison.values import GROUPS, RULES, Names, group_name, grouped, lead, shown
from app.status.comparison.words import details, sentence
from app.status.health import task_health
from app.status.state import PlanFinding
from app.tasks.models import ActionState, TaskState
from tests.status.any_states import NEXT, OVERDUE, SOON, any_states
from tests.status.states import AT, DAY, empty, measured, put, sample

# Two whole states are long to print; that is said only where a property fails.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

BEFORE = sample()
NAMES = Names({1: "何俊", 2: "韩雪梅"}, {1: LocalText(own="培训部"), 2: LocalText(own="市场部")})
RED_TASK = PlanFinding(Light.red, "late_red", {}, "task", 7, 4)

# Every difference that is told: where, what becomes of it, and the change that tells of it.
DIFFERENCES = [
    ("", {"light": Light.red}, (About.plan, "light")),
    ("plan", {"phase": PlanPhase.closed}, (About.plan, "phase")),
    ("plan", {"is_approval_current": False}, (About.plan, "approval")),
    ("plan", {"is_approved": False, "approved_at": None}, (About.plan, "approval")),
    ("plan", {"approved_at": SOON}, (About.plan, "approved_at")),
    ("plan", {"finish_on": NEXT}, (About.plan, "finish_on")),
    ("plan", {"start_on": NEXT}, (About.plan, "start_on")),
    ("plan", {"go_live_on": NEXT}, (About.plan, "go_live_on")),
    ("plan", {"go_live_on": None}, (About.plan, "go_live_on")),
    ("plan", {"title": LocalText(own="新")}, (About.plan, "title")),
    ("plan", {"manager_ids": (2,)}, (About.plan, "manager_ids")),
    ("tasks", {"percent": 30}, (About.plan, "percent")),
    ("tasks.tasks.0", {"finish_on": NEXT}, (About.task, "finish_on")),
    ("tasks.tasks.0", {"start_on": NEXT}, (About.task, "start_on")),
    ("tasks.tasks.0", {"baseline_finish_on": NEXT}, (About.task, "baseline_finish_on")),
    ("tasks.tasks.0", {"expected_finish_on": NEXT, "days_late": 6},
     (About.task, "expected_finish_on")),
    ("tasks.tasks.0", {"days_late": 6}, (About.task, "days_late")),
    ("tasks.tasks.0", {"percent": 30}, (About.task, "percent")),
    ("tasks.tasks.0", {"state": TaskState.not_started}, (About.task, "state")),
    ("tasks.tasks.0", {"done_on": DAY}, (About.task, "done_on")),
    ("tasks.tasks.0", {"owner_id": 2}, (About.task, "owner_id")),
    ("tasks.tasks.0", {"owner_id": None}, (About.task, "owner_id")),
    ("tasks.tasks.0", {"department_id": 2}, (About.task, "department_id")),
    ("tasks.tasks.0", {"title": LocalText(own="新")}, (About.task, "title")),
    ("tasks", {"tasks": ()}, (About.task, "")),
    ("tasks.steps.0", {"done_on": DAY}, (About.milestone, "done_on")),
    ("tasks.steps.0", {"finish_on": NEXT}, (About.milestone, "finish_on")),
    ("tasks.steps.0", {"is_overdue": True}, (About.milestone, "is_overdue")),
    ("tasks.steps.0", {"title": LocalText(own="新")}, (About.milestone, "title")),
    ("tasks", {"steps": ()}, (About.milestone, "")),
    ("tasks.budget.0", {"planned_cents": 1}, (About.money, "planned_cents")),
    ("tasks.budget.0", {"actual_cents": 1}, (About.money, "actual_cents")),
    ("tasks.budget.0", {"forecast_cents": 1}, (About.money, "forecast_cents")),
    ("tasks.budget.0", {"committed_cents": 1}, (About.money, "committed_cents")),
    ("tasks.budget.0", {"title": LocalText(own="新")}, (About.money, "title")),
    ("tasks", {"budget": ()}, (About.money, "")),
    ("tasks.actions.0", {"state": ActionState.closed, "ended_at": SOON}, (About.action, "state")),
    ("tasks.actions.0", {"is_overdue": True}, (About.action, "is_overdue")),
    ("tasks.actions.0", {"due_on": NEXT}, (About.action, "due_on")),
    ("tasks.actions.0", {"owner_id": 2}, (About.action, "owner_id")),
    ("tasks.actions.0", {"title": "新"}, (About.action, "title")),
    ("tasks", {"actions": ()}, (About.action, "")),
    ("risks.risks.0", {"score": 16}, (About.risk, "score")),
    ("risks.risks.0", {"score": None}, (About.risk, "score")),
    ("risks.risks.0", {"department_id": None}, (About.risk, "department_id")),
    ("risks.risks.0", {"title": LocalText(own="新")}, (About.risk, "title")),
    ("risks", {"risks": ()}, (About.risk, "")),
    ("risks.risks.0.responses.0", {"state": ResponseState.done}, (About.response, "state")),
    ("risks.risks.0.responses.0", {"is_window_passed": True},
     (About.response, "is_window_passed")),
    ("risks.risks.0.responses.0", {"title": LocalText(own="新")}, (About.response, "title")),
    ("risks.risks.0", {"responses": ()}, (About.response, "")),
    ("risks.signatures.0", {"signed_at": SOON}, (About.signature, "signed_at")),
    ("risks.signatures.0", {"is_changed_since": True}, (About.signature, "is_changed_since")),
    ("monitoring.indicators.0", {"latest": measured(value=95.0)}, (About.indicator, "latest")),
    ("monitoring.indicators.0", {"latest": measured(period="2026-11")},
     (About.indicator, "latest")),
    ("monitoring.indicators.0", {"latest": None}, (About.indicator, "latest")),
    ("monitoring.indicators.0", {"target": 95.0}, (About.indicator, "target")),
    ("monitoring.indicators.0", {"target": None}, (About.indicator, "target")),
    ("monitoring.indicators.0", {"direction": Direction.at_most}, (About.indicator, "target")),
    ("monitoring.indicators.0", {"missing": (OVERDUE,)}, (About.indicator, "missing")),
    ("monitoring.indicators.0", {"title": LocalText(own="新")}, (About.indicator, "title")),
    ("monitoring", {"indicators": ()}, (About.indicator, "")),
    ("reports", {"on_time": 8}, (About.report, "on_time")),
    ("reports", {"kept": 4}, (About.report, "kept")),
    ("reports.rows.0.cells.1", {"standing": "missing"}, (About.report, "standing")),
    ("reports.rows.0.cells.1", {"standing": "late"}, (About.report, "standing")),
    ("reports.promises.0", {"outcome": Outcome.slipped}, (About.promise, "outcome")),
    ("reports.promises.0", {"outcome": Outcome.dropped}, (About.promise, "outcome")),
    ("reports.problems.0", {"state": ProblemState.answered}, (About.problem, "state")),
    ("reports.problems.0", {"is_overdue": True}, (About.problem, "is_overdue")),
    ("reports.problems.0", {"owner_id": 2}, (About.problem, "owner_id")),
    ("reports.problems.0", {"answer_due_on": NEXT}, (About.problem, "answer_due_on")),
    ("reports.problems.0", {"title": "新"}, (About.problem, "title")),
    ("reports", {"problems": ()}, (About.problem, "")),
    ("comms.meetings.0", {"state": MeetingState.held}, (About.meeting, "state")),
    ("comms.meetings.0", {"state": MeetingState.cancelled}, (About.meeting, "state")),
    ("comms.meetings.0", {"starts_at": SOON}, (About.meeting, "starts_at")),
    ("comms.meetings.0", {"decisions": ("先做一楼", "增加一人")}, (About.meeting, "decisions")),
    ("comms.meetings.0", {"title": LocalText(own="新")}, (About.meeting, "title")),
    ("comms", {"meetings": ()}, (About.meeting, "")),
    ("", {"findings": (RED_TASK, BEFORE.findings[1])}, (About.task, "light")),
    ("", {"findings": (replace(BEFORE.findings[0], rule_key="late_amber"), BEFORE.findings[1])},
     (About.task, "reason")),
    ("", {"findings": BEFORE.findings[:1]}, (About.indicator, "light")),
    ("", {"findings": (*BEFORE.findings,
                       PlanFinding(Light.red, "critical_risk_without_response", {}, "risk", 3, 2))},
     (About.risk, "light")),
]  # fmt: skip


def told(before, after):
    return Counter((c.about, c.object_id, c.field, c.part, repr(c.old), repr(c.new))
                   for c in changes_between(before, after))  # fmt: skip


def backwards(before, after):
    return Counter((c.about, c.object_id, c.field, c.part, repr(c.new), repr(c.old))
                   for c in changes_between(after, before))  # fmt: skip


@pytest.mark.parametrize(("path", "values", "expected"), DIFFERENCES)
def test_every_difference_is_told(path, values, expected):
    after = put(BEFORE, path, **values)
    found = changes_between(BEFORE, after)
    assert expected in {(c.about, c.field) for c in found}
    assert told(BEFORE, after) == backwards(BEFORE, after)
    assert len({c.key for c in found}) == len(found), "one fact is told once"


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [row for row in DIFFERENCES if row[2][1] and row[2][0] is not About.money],
)
def test_a_difference_is_told_once(path, values, expected):
    (found,) = changes_between(BEFORE, put(BEFORE, path, **values))
    assert (found.about, found.field) == expected


@given(st.lists(st.sampled_from(DIFFERENCES), min_size=1, max_size=6))
def test_every_one_of_several_differences_is_told(rows):
    after, expected = BEFORE, set()
    for path, values, key in rows:
        try:
            after = put(after, path, **values)
        except IndexError:
            continue  # its row went with an earlier difference
        expected.add(key)
    found = {(c.about, c.field) for c in changes_between(BEFORE, after)}
    gone = {c.about for c in changes_between(BEFORE, after) if c.kind is Kind.gone}
    finished = after.tasks.tasks and after.tasks.tasks[0].done_on is not None
    for about, name in expected:
        if about in gone or About.task in gone and about in (About.task, About.milestone):
            continue
        if About.risk in gone and about in (About.risk, About.response):
            continue
        if About.indicator in gone and about is About.indicator:
            continue
        if finished and about is About.task and name in HUSHED | {"light", "reason"}:
            continue
        if (about, name) in REPLACED and any(key in expected for key in REPLACED[about, name]):
            continue
        assert (about, name) in found


# What a finished task's day says too; and what another difference of the same row may overwrite.
HUSHED = {"expected_finish_on", "days_late", "percent", "state"}
REPLACED = {
    (About.plan, "approved_at"): {(About.plan, "approval")},
    (About.task, "days_late"): {(About.task, "expected_finish_on")},
    (About.task, "state"): {(About.task, "percent")},
    (About.task, "light"): {(About.task, "reason"), (About.indicator, "light"),
                            (About.risk, "light")},
    (About.task, "reason"): {(About.task, "light"), (About.indicator, "light"),
                             (About.risk, "light")},
    (About.indicator, "light"): {(About.task, "light"), (About.task, "reason"),
                                 (About.risk, "light")},
    (About.risk, "light"): {(About.task, "light"), (About.task, "reason"),
                            (About.indicator, "light")},
    (About.milestone, "is_overdue"): {(About.milestone, "done_on")},
    (About.action, "is_overdue"): {(About.action, "state")},
    (About.problem, "is_overdue"): {(About.problem, "state")},
    (About.response, "is_window_passed"): {(About.response, "state")},
    (About.signature, "is_changed_since"): {(About.signature, "signed_at")},
    (About.indicator, "missing"): {(About.indicator, "latest")},
}  # fmt: skip


def test_a_new_plan_and_an_empty_one_can_be_compared():
    assert changes_between(empty(), empty()) == ()
    came = changes_between(empty(), BEFORE)
    assert {c.kind for c in came if not c.field} == {Kind.new}
    assert told(empty(), BEFORE) == backwards(empty(), BEFORE)


@pytest.mark.parametrize(("part", "path", "values"), [
    ("task:money", "tasks", {"budget": None}),
    ("risk:register", "risks", {"risks": (), "signatures": ()}),
    ("action:row", "tasks", {"actions": ()}),
    ("indicator:row", "monitoring", {"indicators": ()}),
    ("problem:row", "reports", {"problems": ()}),
    ("report:standing", "reports", {"rows": (), "on_time": 0, "owed": 0}),
    ("promise:rate", "reports", {"kept": 0, "settled": 0}),
    ("promise:text", "reports", {"promises": ()}),
    ("meeting:row", "comms", {"meetings": ()}),
    ("meeting:minutes", "comms.meetings.0", {"decisions": ()}),
])  # fmt: skip
def test_what_may_not_be_seen_has_not_gone(part, path, values):
    less = replace(put(BEFORE, path, **values), left_out=(part,))
    assert changes_between(BEFORE, less) == changes_between(less, BEFORE) == ()


def test_lights_are_compared_only_where_both_judge_the_same():
    blind = replace(BEFORE, light=Light.green, left_out=("risk:register",))
    assert changes_between(BEFORE, blind) == ()
    both = replace(BEFORE, left_out=("risk:register",))
    assert [c.field for c in changes_between(both, blind)] == ["light"]


def test_the_most_important_comes_first():
    after = put(BEFORE, "tasks.tasks.0", percent=30, finish_on=NEXT, title=LocalText(own="新"))
    after = put(after, "tasks.budget.0", actual_cents=30_000)
    after = replace(after, light=Light.red, findings=(RED_TASK, BEFORE.findings[1]))
    found = changes_between(BEFORE, after)
    fields = [(c.about, c.field) for c in found]
    assert fields[:3] == [(About.plan, "light"), (About.task, "light"), (About.task, "finish_on")]
    assert fields[-1] == (About.task, "title")
    assert most_important(reversed(found), 3) == found[:3]
    assert most_important(found, 99) == found


def test_a_finished_task_is_told_by_its_day_alone():
    after = put(BEFORE, "tasks.tasks.0", done_on=DAY, percent=100, expected_finish_on=DAY)
    done = PlanFinding(Light.green, "done", {}, "task", 7, 4)
    after = replace(after, findings=(done, BEFORE.findings[1]))
    (found,) = changes_between(BEFORE, after)
    assert (found.field, found.new, found.weight) == ("done_on", DAY, Weight.finished)


def test_a_new_months_signatures_are_still_to_come():
    signed = put(BEFORE, "risks.signatures.0", signed_at=AT)
    december = put(put(signed, "risks", month="2026-12"), "risks.signatures.0", signed_at=None)
    (found,) = changes_between(signed, december)
    assert (found.about, found.old, found.new) == (About.signature, AT, None)
    assert found.facts["months"] == ("2026-11", "2026-12")


def test_a_value_that_is_overdue_and_then_measured_is_told_by_the_value():
    late = put(BEFORE, "monitoring.indicators.0", missing=(OVERDUE,))
    value = measured(id=2, period="2026-11")
    came = put(BEFORE, "monitoring.indicators.0", latest=value, history=(measured(), value))
    assert [c.field for c in changes_between(late, came)] == ["latest"]


# Whole states are too large for a smaller example to be worth the search.
slowly = settings(max_examples=40, suppress_health_check=list(HealthCheck),
                  phases=(Phase.explicit, Phase.generate))  # fmt: skip


@slowly
@given(any_states)
@example(BEFORE)
def test_a_state_does_not_differ_from_itself(state):
    assert changes_between(state, state) == ()


@slowly
@given(any_states, any_states)
@example(BEFORE, empty())
def test_backwards_old_and_new_are_exchanged_and_nothing_else(one, other):
    assert told(one, other) == backwards(one, other)
    found = changes_between(one, other)
    assert len({c.key for c in found}) == len(found)
    assert [c.weight for c in found] == sorted(c.weight for c in found)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_change_can_be_said_in_both_languages(context, language):
    names = Names({}, {})

    @slowly
    @given(any_states, any_states)
    @example(BEFORE, empty())
    def check(one, other):
        for change in changes_between(one, other):
            said = sentence(change, names)
            assert said and "None" not in said and "%(" not in said
            assert lead(change, names) and group_name(change)
            assert all("None" not in shown(change, value, names)
                       for value in (change.old, change.new))  # fmt: skip
            assert all(details(change))

    with in_language(language):
        check()


def test_every_difference_is_said(context):
    with in_language("en"):
        for path, values, _expected in DIFFERENCES:
            for change in changes_between(BEFORE, put(BEFORE, path, **values)):
                said = sentence(change, NAMES)
                assert said and not said.endswith(".")
                assert not said[0].islower(), said


def say(after, language="en", before=BEFORE):
    with in_language(language):
        return [sentence(change, NAMES) for change in changes_between(before, after)]


def test_sentences_say_days_numbers_and_reasons(context):
    after = replace(put(BEFORE, "tasks.tasks.0", expected_finish_on=NEXT, days_late=6),
                    findings=(RED_TASK, BEFORE.findings[1]))  # fmt: skip
    assert say(after) == [
        "Task 4 turned from amber to red: it is expected too long after its baseline",
        "Task 4 is now expected on 8 Jan, before 30 Dec; 6 working days after the baseline",
    ]


def test_what_people_promised_is_said_with_the_week_and_the_reason(context):
    after = put(BEFORE, "reports.promises.0", outcome=Outcome.slipped, slipped_to="2026-W49",
                reason="供应商没有回音")  # fmt: skip
    assert say(after) == ["Task 4: “讲义定稿” slipped to week 49: 供应商没有回音"]


def test_a_single_decision_is_said_and_several_are_listed_beneath(context):
    one = put(BEFORE, "comms.meetings.0", decisions=("先做一楼", "增加一人"))
    assert say(one) == ["Training decided: 增加一人"]
    two = put(BEFORE, "comms.meetings.0", decisions=("先做一楼", "增加一人", "缓做二楼"))
    (change,) = changes_between(BEFORE, two)
    assert say(two) == ["Training: 2 decisions"]
    assert details(change) == ["增加一人", "缓做二楼"]


def test_people_are_named_and_nobody_is_a_word(context):
    after = put(BEFORE, "tasks.tasks.0", owner_id=None)
    assert say(after) == ["Task 4 “Training” is now with nobody yet, before 何俊"]
    assert say(put(BEFORE, "tasks.tasks.0", owner_id=99)) == [
        "Task 4 “Training” is now with –, before 何俊"
    ]


def test_a_score_that_leaves_its_band_says_the_new_one(context):
    assert say(put(BEFORE, "risks.risks.0", score=16)) == [
        "Risk 2, Training, rose from 9 to 16, now critical"
    ]
    assert say(put(BEFORE, "risks.risks.0", score=6)) == ["Risk 2, Training, fell from 9 to 6"]


def test_every_rule_of_a_light_has_its_words():
    keys = {
        task_health(late, spi, is_started=started, is_due=due, is_done=done).rule_key
        for late in (0, 3, 9) for spi in (None, 0.5, 0.92, 1.0)
        for started in (True, False) for due in (True, False) for done in (True, False)
    }  # fmt: skip
    assert keys <= RULES.keys()


def test_every_change_stands_in_one_group(context):
    grouped_abouts = [about for _label, abouts in GROUPS for about in abouts]
    assert sorted(grouped_abouts) == sorted(About)
    found = changes_between(empty(), BEFORE)
    with in_language("en"):
        assert sum(len(rows) for _label, rows in grouped(found)) == len(found)


def test_instants_are_those_of_the_states():
    after = put(BEFORE, "risks.signatures.0", signed_at=SOON)
    assert [c.at for c in changes_between(BEFORE, after)] == [SOON]
