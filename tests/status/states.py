"""A small state of a plan in which there is one of everything, and ways to change it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.comms.models import MeetingState
from app.comms.state import CommsState, MeetingEntry
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.snapshots import Snapshot, keep
from app.plans.models import Plan, PlanPhase
from app.reports.models import Cadence, Direction, IndicatorKind, Outcome, ProblemState, ReportState
from app.reports.monitoring_state import IndicatorRow, MeasurementRow, MonitoringState
from app.reports.state import (
    ComplianceRow,
    ProblemRow,
    PromiseRow,
    ReportRow,
    ReportsState,
    WeekStanding,
)
from app.risks.models import ResponseState
from app.risks.scoring import Band
from app.risks.state import ResponseRow, RiskRow, RisksState, SignatureRow
from app.status.state import PlanFinding, PlanPart, PlanState
from app.status.week_lights import closing_of
from app.tasks.models import ActionSource, ActionState, TaskState
from app.tasks.state import ActionRow, BudgetRow, StepRow, TaskRow, TasksState

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
LATER = date(2026, 12, 30)
BOTH = LocalText(zh="培训", en="Training")


def close_week(plan: Plan, now: datetime) -> Snapshot | None:
    """The plan's week, closed within the test's transaction."""
    snapshot = closing_of(plan, now)
    return keep(snapshot) if snapshot else None


def measured(**values: Any) -> MeasurementRow:
    return MeasurementRow(**{
        "id": 1, "period": "2026-10", "period_first": date(2026, 10, 1),
        "period_last": date(2026, 10, 31), "value": 80.0, "good_count": 8, "sample_size": 10,
        "is_whole_population": False, "low": 50.0, "high": 95.0, "light": Light.amber,
        "rule_key": "interval_undecided", "is_interim": False, "note": "", "measured_by_id": 1,
        "measured_at": AT, **values,
    })  # fmt: skip


def sample() -> PlanState:
    """One task (7) with a milestone (70), one row of everything else."""
    task = TaskRow(
        id=7, number=4, title=BOTH, owner_id=1, department_id=1, start_on=DAY, finish_on=LATER,
        baseline_start_on=DAY, baseline_finish_on=LATER, forecast_finish_on=None,
        expected_start_on=DAY, expected_finish_on=LATER, total_float=0, is_critical=True,
        done_on=None, state=TaskState.active, percent=20, planned_percent=25, spi=0.8, weight=1,
        days_late=0, is_estimated=False, after=(), next_steps=(70,),
    )  # fmt: skip
    milestone = StepRow(
        id=70, task_id=7, number=3, title=BOTH, start_on=LATER, finish_on=LATER,
        baseline_start_on=None, baseline_finish_on=None, expected_start_on=LATER,
        expected_finish_on=LATER, total_float=0, is_critical=True, is_milestone=True, percent=0,
        done_on=None, is_overdue=False, days_late=0,
    )  # fmt: skip
    action = ActionRow(
        id=5, number=2, title="定场地", owner_id=1, department_id=None, task_id=7, due_on=LATER,
        source=ActionSource.plan, source_id=None, state=ActionState.open, is_overdue=False,
        days_overdue=0, evidence="", created_at=AT, ended_at=None,
    )  # fmt: skip
    response = ResponseRow(
        id=30, risk_id=3, title=BOTH, owner_id=1, window=BOTH, first_on=DAY, last_on=LATER,
        is_estimated=False, state=ResponseState.planned, is_window_passed=False, done_at=None,
    )  # fmt: skip
    risk = RiskRow(
        id=3, number=2, title=BOTH, department_id=1, owner_id=1, plan_impact=None, inherent=(3, 4),
        current=(3, 3), target=None, score=9, band=Band.medium, score_before=None, reviewed_at=AT,
        review_due=LATER, is_review_due=False, review_asked="", responses=(response,),
        is_window_passed=False, has_open_response=True, is_signed=False, comment=None,
    )  # fmt: skip
    compliance = ComplianceRow(
        task_id=7, task_number=4, owner_id=1, is_done=False,
        cells=(WeekStanding("2026-W46", "on_time", 11), WeekStanding("2026-W47", "pending", None)),
        kept=3, settled=4, owed=8, on_time=7, due_count=1, due_settled=0, due_kept=0,
        due_slipped_before=0,
    )  # fmt: skip
    report = ReportRow(
        id=11, task_id=7, task_number=4, owner_id=1, author_id=1, week="2026-W46",
        state=ReportState.accepted, standing="on_time", percent=20, forecast_finish_on=None,
        done_text="", first_submitted_at=AT, submitted_at=AT, decided_at=None, decided_by_id=None,
        return_reason="",
    )  # fmt: skip
    promise = PromiseRow(
        id=21, task_id=7, task_number=4, report_id=11, text="讲义定稿", made_week="2026-W46",
        due_week="2026-W47", outcome=Outcome.pending, reason="", slipped_to=None, slip_count=0,
        follows_id=None,
    )  # fmt: skip
    problem = ProblemRow(
        id=41, number=1, title="系统慢", details="", task_id=7, report_id=None, raised_by_id=1,
        raised_at=AT, owner_id=1, answer_due_on=LATER, state=ProblemState.open, answer="",
        ended_at=None, is_overdue=False, days_overdue=0,
    )  # fmt: skip
    indicator = IndicatorRow(
        id=51, number=1, key=None, title=BOTH, measured_as=BOTH, cadence=Cadence.month,
        kind=IndicatorKind.proportion, unit="percent", direction=Direction.at_least, target=90.0,
        min_answers=5, begins_on=None, light=Light.amber, rule_key="interval_undecided",
        latest=measured(), history=(measured(),), missing=(), next_due=None,
    )  # fmt: skip
    meeting = MeetingEntry(
        id=61, title=BOTH, starts_at=AT, ends_at=AT + timedelta(hours=1), place="",
        state=MeetingState.planned, chair_id=1, asked=3, accepted=2, present=0, has_minutes=False,
        decisions=("先做一楼",),
    )  # fmt: skip
    return PlanState(
        as_of=AT, today=DAY, week="2026-W47", eyes_id=1,
        plan=PlanPart(
            id=1, title=BOTH, company="", phase=PlanPhase.active, start_on=date(2026, 9, 28),
            finish_on=date(2027, 9, 27), go_live_on=LATER, is_finish_estimated=True, week_number=8,
            week_count=52, manager_ids=(1,), is_approved=True, is_approval_current=True,
            approved_at=AT, changed_since_approval=0,
        ),
        tasks=TasksState(
            tasks=(task,), steps=(milestone,), resources=(),
            budget=(BudgetRow(81, 7, None, BOTH, 100_000, 50_000, 20_000, 100_000),),
            actions=(action,), percent=20, planned_percent=25,
        ),
        risks=RisksState(
            risks=(risk,), signatures=(SignatureRow(1, 1, None, False, 1, ()),), bands=(),
            unrated=0, unrated_before=0, closed=0, month="2026-11", due_on=date(2026, 11, 30),
        ),
        reports=ReportsState(
            weeks=(), rows=(compliance,), reports=(report,), promises=(promise,),
            problems=(problem,), week="2026-W47", due_at=AT, handed_in=0, expected=1, owed=8,
            on_time=7, through_week="2026-W46", kept=3, settled=4, kept_percent=75, slipped=0,
            dropped=0,
        ),
        monitoring=MonitoringState(indicators=(indicator,), inspections=(), observations=()),
        comms=CommsState(meetings=(meeting,), next_meeting_id=61, file_count=0, practice_count=0),
        light=Light.amber,
        findings=(
            PlanFinding(Light.amber, "spi_amber", {}, "task", 7, 4),
            PlanFinding(Light.amber, "interval_undecided", {}, "indicator", 51, 1),
        ),
        left_out=(),
    )  # fmt: skip


def empty() -> PlanState:
    """A plan in which there is nothing."""
    full = sample()
    return replace(
        full,
        tasks=TasksState((), (), (), (), (), 0, 0),
        risks=replace(full.risks, risks=(), signatures=()),
        reports=replace(full.reports, rows=(), reports=(), promises=(), problems=(), owed=0,
                        on_time=0, kept=0, settled=0, kept_percent=None),
        monitoring=MonitoringState((), (), ()),
        comms=CommsState((), None, 0, 0),
        findings=(),
        light=Light.grey,
    )  # fmt: skip


def put(whole: PlanState, path: str, /, **values: Any) -> PlanState:
    """The state with other values at a path such as "tasks.tasks.0" or "plan"."""

    def into(node: Any, names: list[str]) -> Any:
        if not names:
            return replace(node, **values)
        name, rest = names[0], names[1:]
        if isinstance(node, tuple):
            at = int(name)
            return (*node[:at], into(node[at], rest), *node[at + 1 :])
        return replace(node, **{name: into(getattr(node, name), rest)})

    changed: PlanState = into(whole, [name for name in path.split(".") if name])
    return changed
