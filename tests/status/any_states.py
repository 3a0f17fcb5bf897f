"""Any state of a plan, for properties: small ones whose rows meet, with every value that occurs."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from app.comms.state import CommsState, MeetingEntry
from app.core.lights import Light
from app.core.localtext import LocalText
from app.plans.models import PlanPhase
from app.reports.deadlines import ReportStanding
from app.reports.monitoring_state import IndicatorRow, MeasurementRow, MonitoringState
from app.reports.owing import OwedPeriod
from app.reports.state import ComplianceRow, ProblemRow, PromiseRow, ReportRow, WeekStanding
from app.risks.state import ResponseRow, RiskRow, SignatureRow
from app.status.comparison.values import RULES
from app.status.state import PlanFinding
from app.tasks.state import ActionRow, BudgetRow, StepRow, TaskRow
from tests.status.states import AT, BOTH, DAY, LATER, sample

SAMPLE = sample()
NEXT = date(2027, 1, 8)
SOON = AT + timedelta(days=3)
OVERDUE = OwedPeriod("2026-11", date(2026, 11, 1), date(2026, 11, 30), LATER, 2)

ids = st.integers(1, 3)
few = st.sampled_from([DAY, LATER, NEXT])
instants = st.sampled_from([AT, SOON])
titles = st.sampled_from([BOTH, LocalText(own="甲"), LocalText(own="乙")])
weeks = st.sampled_from(["2026-W46", "2026-W47"])
periods = st.sampled_from(["2026-10", "2026-Q4", "2026-H2"])
rules = st.sampled_from([*RULES, "critical_risk_without_response"])
texts = st.sampled_from(["", "甲", "乙"])
numbers = st.sampled_from([0, 1, 7])


def rows(kind, by="id", most=3, **given_):
    """Up to three rows with their own ids, small values and no collections but those given."""
    return st.lists(st.builds(kind, **{by: ids, **given_}), max_size=most,
                    unique_by=lambda row: getattr(row, by)).map(tuple)  # fmt: skip


days = {"start_on": few, "finish_on": few, "expected_start_on": few, "expected_finish_on": few,
        "baseline_start_on": few, "baseline_finish_on": few}  # fmt: skip
measurements = rows(
    MeasurementRow, period=periods, value=st.sampled_from([80.0, 95.0]), rule_key=rules,
    measured_at=instants, low=st.none(), high=st.none(), period_first=few, period_last=few,
    good_count=st.none() | numbers, sample_size=numbers, note=texts,
    measured_by_id=ids,
)  # fmt: skip


@st.composite
def indicator_rows(draw):
    found = []
    for row in draw(rows(
        IndicatorRow, title=titles, measured_as=titles, key=st.none(), number=ids,
        unit=st.sampled_from(["percent", "seconds", "次"]), rule_key=rules, min_answers=ids,
        target=st.sampled_from([None, 90.0, 95.0]), begins_on=st.none(), latest=st.none(),
        history=st.just(()), missing=st.sampled_from([(), (OVERDUE,)]), next_due=st.none(),
    )):  # fmt: skip
        history = draw(measurements)
        found.append(replace(row, history=history, latest=history[-1] if history else None))
    return tuple(found)


@st.composite
def risk_rows(draw):
    """Risks with responses whose ids are theirs alone."""
    found = []
    for row in draw(rows(
        RiskRow, number=ids, title=titles, department_id=st.none() | ids,
        score=st.none() | st.sampled_from([4, 9, 16]), score_before=st.none(),
        reviewed_at=st.none() | instants, review_due=few, review_asked=texts,
        plan_impact=st.none(), inherent=st.none(), current=st.none(), target=st.none(),
        comment=st.none(), owner_id=st.none(), responses=st.just(()),
    )):  # fmt: skip
        responses = draw(rows(
            ResponseRow, title=titles, window=titles, risk_id=st.just(row.id),
            owner_id=st.none(), first_on=st.none() | few, last_on=st.none() | few,
            done_at=st.none() | instants,
        ))  # fmt: skip
        own = tuple(replace(response, id=10 * row.id + response.id) for response in responses)
        found.append(replace(row, responses=own))
    return tuple(found)


any_states = st.builds(
    lambda plan, tasks, risks, reports, monitoring, comms, light, findings, left_out: replace(
        SAMPLE, plan=plan, tasks=tasks, risks=risks, reports=reports, monitoring=monitoring,
        comms=comms, light=light, findings=findings, left_out=left_out),
    plan=st.builds(
        replace, st.just(SAMPLE.plan), title=titles, phase=st.sampled_from(PlanPhase),
        finish_on=few, go_live_on=st.none() | few, is_approved=st.booleans(),
        is_approval_current=st.booleans(), approved_at=st.none() | instants,
        manager_ids=st.sampled_from([(), (1,), (1, 2)])),
    tasks=st.builds(
        replace, st.just(SAMPLE.tasks), percent=numbers,
        tasks=rows(TaskRow, number=ids, title=titles, **days, owner_id=st.none() | ids,
                   department_id=st.none() | ids, forecast_finish_on=st.none(),
                   done_on=st.none() | few, percent=numbers, days_late=numbers, spi=st.none(),
                   after=st.just(()), next_steps=st.just(()), total_float=ids,
                   planned_percent=numbers, weight=ids),
        steps=rows(StepRow, number=ids, title=titles, task_id=ids, **days,
                   done_on=st.none() | few, percent=numbers, days_late=ids, total_float=ids),
        budget=st.none() | rows(BudgetRow, title=titles, task_id=st.none() | ids,
                                department_id=st.none() | ids, planned_cents=numbers,
                                committed_cents=numbers, actual_cents=numbers,
                                forecast_cents=numbers),
        actions=rows(ActionRow, number=ids, title=texts, owner_id=ids, task_id=ids,
                     department_id=st.none(), due_on=few, evidence=texts, created_at=instants,
                     ended_at=st.none() | instants, days_overdue=ids, source_id=st.none())),
    risks=st.builds(
        replace, st.just(SAMPLE.risks), month=st.sampled_from(["2026-11", "2026-12"]),
        risks=risk_rows(),
        signatures=rows(SignatureRow, by="department_id", person_id=st.none() | ids,
                        signed_at=st.none() | instants, risks=ids, unreviewed=st.just(()))),
    reports=st.builds(
        replace, st.just(SAMPLE.reports), owed=numbers, on_time=numbers,
        kept=st.just(1), settled=st.sampled_from([1, 7]),
        rows=rows(ComplianceRow, by="task_id", task_number=ids, owner_id=st.none() | ids,
                  cells=st.lists(st.builds(WeekStanding, week=weeks,
                                           standing=st.sampled_from(list(ReportStanding)),
                                           report_id=st.none() | ids),
                                 max_size=2, unique_by=lambda cell: cell.week).map(tuple)),
        reports=rows(ReportRow, task_id=ids, task_number=ids, week=weeks, standing=texts,
                     first_submitted_at=instants, submitted_at=instants, decided_at=st.none(),
                     done_text=texts, return_reason=texts, forecast_finish_on=st.none(),
                     owner_id=ids, author_id=ids, decided_by_id=st.none(), percent=numbers),
        promises=rows(PromiseRow, task_id=ids, task_number=ids, report_id=ids, text=texts,
                      made_week=weeks, due_week=weeks, reason=texts,
                      slipped_to=st.none() | weeks, slip_count=ids, follows_id=st.none()),
        problems=rows(ProblemRow, number=ids, title=texts, details=texts, task_id=st.none(),
                      report_id=st.none(), raised_by_id=ids, raised_at=instants, owner_id=ids,
                      answer_due_on=few, answer=texts, ended_at=st.none() | instants,
                      days_overdue=ids)),
    monitoring=st.builds(MonitoringState, indicators=indicator_rows(),
                         inspections=st.just(()), observations=st.just(())),
    comms=st.builds(
        CommsState, next_meeting_id=st.none(), file_count=ids, practice_count=ids,
        meetings=rows(MeetingEntry, title=titles, starts_at=instants, ends_at=instants,
                      place=texts, chair_id=st.none(), asked=ids, accepted=ids, present=ids,
                      decisions=st.lists(st.sampled_from(["甲", "乙"]), max_size=3).map(tuple))),
    light=st.sampled_from(Light),
    findings=st.lists(
        st.builds(PlanFinding, kind=st.sampled_from(["task", "risk", "indicator"]),
                  light=st.sampled_from(Light), rule_key=rules, params=st.just({}),
                  object_id=ids, number=ids),
        max_size=3, unique_by=lambda f: (f.kind, f.object_id)).map(tuple),
    left_out=st.lists(st.sampled_from(["task:money", "risk:register", "problem:row"]),
                      max_size=2, unique=True).map(tuple),
)  # fmt: skip
