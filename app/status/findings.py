"""What the plan's lights say in words: the headline, each finding, the rule behind each figure.

Home pages and packs take their sentences from here. They say what is so and by which numbers;
nobody is praised or blamed.
"""

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.formats import day_plain, words
from app.core.lights import Light
from app.plans.signoff import approval_words
from app.reports.indicator_words import headline as indicator_value
from app.reports.indicator_words import period_name, rule_text, target_text
from app.status.health import HealthThresholds
from app.status.state import PlanFinding, PlanState
from app.tasks.state import TaskRow

LIMITS = HealthThresholds()
LATE = ("late_red", "late_amber")
SLOW = ("spi_red", "spi_amber")
# Up to so many troubles the headline names them one by one.
NAMED = 2


def troubles(state: PlanState) -> tuple[PlanFinding, ...]:
    """The findings that are red or amber, worst first; among equals what is measured with people
    comes before the schedule."""
    order = {"indicator": 0, "risk": 1, "task": 2}
    found = [f for f in state.findings if f.light in (Light.red, Light.amber)]
    return tuple(sorted(found, key=lambda f: (-f.light.badness, order[f.kind], f.number)))


def headline(state: PlanState, *, is_named: bool = False) -> str:
    """The whole plan in one sentence: what is not as it should be, or that all is.

    is_named: with names and days where there are few (the executive's), else as counts.
    """
    found = troubles(state)
    if not found:
        if state.light is Light.grey:
            return _("Nothing can be judged yet")
        return _("Everything that can be judged is as planned")
    if is_named and len(found) <= NAMED:
        parts = [_named(finding, state) for finding in found]
    else:
        parts = _counted(found)
    said = pgettext("between clauses", ", ").join(parts)
    return said[:1].upper() + said[1:]


def _counted(found: tuple[PlanFinding, ...]) -> list[str]:
    def count(kind: str, *rules: str) -> int:
        return sum(f.kind == kind and (not rules or f.rule_key in rules) for f in found)

    missed = sum(f.kind == "indicator" and f.light is Light.red for f in found)
    unsure = count("indicator") - missed
    rows = [
        (missed, ngettext("%(num)s indicator misses its target",
                          "%(num)s indicators miss their targets", missed)),
        (unsure, ngettext("%(num)s indicator is not sure to reach its target",
                          "%(num)s indicators are not sure to reach their targets", unsure)),
        (n := count("risk"), ngettext("%(num)s critical risk has no response",
                                      "%(num)s critical risks have no response", n)),
        (n := count("task", *LATE), ngettext("%(num)s task is late", "%(num)s tasks are late", n)),
        (n := count("task", *SLOW), ngettext("%(num)s task is behind its plan",
                                             "%(num)s tasks are behind their plan", n)),
    ]  # fmt: skip
    return [text for number, text in rows if number]


def _named(finding: PlanFinding, state: PlanState) -> str:
    if finding.kind == "indicator":
        title = finding_lead(finding, state)
        if finding.light is Light.red:
            return _("%(title)s misses its target", title=title)
        return _("%(title)s is not sure to reach its target", title=title)
    if finding.kind == "risk":
        return _("risk %(number)s is critical and has no response", number=finding.number)
    if finding.rule_key in LATE:
        late = finding.params["days_late"]
        return ngettext("task %(number)s is %(num)s working day late",
                        "task %(number)s is %(num)s working days late", late,
                        number=finding.number)  # fmt: skip
    return _("task %(number)s is behind its plan", number=finding.number)


def finding_lead(finding: PlanFinding, state: PlanState) -> str:
    """What a finding is about, in few words."""
    if finding.kind == "task":
        return _("Task %(number)s", number=finding.number)
    if finding.kind == "risk":
        return _("Risk %(number)s", number=finding.number)
    row = next(row for row in state.monitoring.indicators if row.id == finding.object_id)
    return words(row.title)


def finding_sentence(finding: PlanFinding, state: PlanState) -> str:
    """What is so, as it follows the lead: "Task 4" + "is expected on …"."""
    if finding.kind == "indicator":
        return _indicator_sentence(finding, state)
    if finding.kind == "risk":
        row = next(r for r in state.risks.risks if r.id == finding.object_id)
        return _("“%(title)s” stands at %(score)s and nothing is planned against it.",
                 title=words(row.title), score=row.score)  # fmt: skip
    row = next(r for r in state.tasks.tasks if r.id == finding.object_id)
    if finding.rule_key in LATE:
        late = ngettext("%(num)s working day after the baseline",
                        "%(num)s working days after the baseline", row.days_late)  # fmt: skip
        said = _("is expected on %(day)s, %(late)s.", day=day_plain(row.expected_finish_on),
                 late=late)  # fmt: skip
        if finding.light is Light.amber:
            left = LIMITS.late_amber_max - row.days_late + 1
            more = ngettext(
                "%(num)s more day turns it red.", "%(num)s more days turn it red.", left
            )
            said = _("%(first)s %(second)s", first=said, second=more)
        return said
    if finding.rule_key in SLOW:
        return _("has %(actual)s%% done where the baseline asks for %(planned)s%%.",
                 actual=row.percent, planned=row.planned_percent)  # fmt: skip
    if finding.rule_key == "done":
        return _("is finished.")
    if finding.rule_key == "not_started":
        return _("begins on %(day)s.", day=day_plain(row.start_on))
    return _("is as planned, expected on %(day)s.", day=day_plain(row.expected_finish_on))


def _indicator_sentence(finding: PlanFinding, state: PlanState) -> str:
    row = next(r for r in state.monitoring.indicators if r.id == finding.object_id)
    if row.latest is None:
        return _("has no value yet.")
    latest = row.latest
    said = _("%(period)s: %(value)s, target %(target)s", period=period_name(latest.period),
             value=indicator_value(row), target=target_text(row))  # fmt: skip
    if (
        row.target
        and latest.value is not None
        and row.unit == "seconds"
        and latest.value > row.target
    ):
        over = round((latest.value / row.target - 1) * 100)
        said = _("%(first)s, %(percent)s%% over", first=said, percent=over)
    if latest.is_whole_population and latest.sample_size:
        said = _("%(first)s, all %(num)s cases counted", first=said, num=latest.sample_size)
    return _("%(sentence)s.", sentence=said)


def finding_why(finding: PlanFinding, state: PlanState) -> str:
    """The rule that fired, with its numbers, in a whole sentence."""
    if finding.kind == "indicator":
        row = next(r for r in state.monitoring.indicators if r.id == finding.object_id)
        return rule_text(row)
    if finding.kind == "risk":
        return _("Red, as a risk from 16 on is critical and needs a response that is planned, "
                 "under way or done.")  # fmt: skip
    row = next(r for r in state.tasks.tasks if r.id == finding.object_id)
    return task_why(finding.rule_key, row)


def task_why(rule_key: str, row: TaskRow) -> str:
    """The rule that fired for a task, with its numbers."""
    dates = _("Baseline %(baseline)s, committed %(committed)s, expected %(expected)s.",
              baseline=day_plain(row.baseline_finish_on), committed=day_plain(row.finish_on),
              expected=day_plain(row.expected_finish_on))  # fmt: skip
    return _("%(first)s %(second)s", first=_task_rule(rule_key, row.spi), second=dates)


def _task_rule(rule_key: str, spi: float | None) -> str:
    index = "–" if spi is None else f"{spi:.2f}"
    if rule_key == "late_red":
        return _("Red, as it is more than %(limit)s working days after the baseline.",
                 limit=LIMITS.late_amber_max)  # fmt: skip
    if rule_key == "late_amber":
        return _("Amber, as it is 1 to %(limit)s working days after the baseline.",
                 limit=LIMITS.late_amber_max)  # fmt: skip
    if rule_key == "spi_red":
        return _("Red, as done by planned is %(index)s, below %(limit)s.", index=index,
                 limit=f"{LIMITS.spi_red:.2f}")  # fmt: skip
    if rule_key == "spi_amber":
        return _("Amber, as done by planned is %(index)s, below %(limit)s.", index=index,
                 limit=f"{LIMITS.spi_green:.2f}")  # fmt: skip
    if rule_key == "done":
        return _("Green, as it is finished.")
    if rule_key == "not_started":
        return _("Grey, as it has not begun and need not have.")
    return _("Green, as it is not expected after the baseline and done by planned is not below "
             "%(limit)s.", limit=f"{LIMITS.spi_green:.2f}")  # fmt: skip


def task_whys(state: PlanState) -> dict[str, str]:
    """The rule behind each task's light with its numbers, by the page of the task."""
    rows = {row.id: row for row in state.tasks.tasks}
    return {
        finding_url(finding): task_why(finding.rule_key, rows[finding.object_id])
        for finding in state.findings
        if finding.kind == "task"
    }


def finding_url(finding: PlanFinding) -> str:
    """The page of what the finding is about."""
    return f"/{finding.kind}s/{finding.object_id}"


def approval_sentence(state: PlanState) -> str:
    """What an active plan says everywhere it counts while its approval does not stand; else ""."""
    plan = state.plan
    if plan.phase != "active":
        return ""
    return approval_words(plan.is_approved, plan.changed_since_approval) or ""


def plan_rule() -> str:
    """How the plan's own light comes about."""
    return _("The plan takes the worst of its tasks, its critical risks without a response and its "
             "indicators.")  # fmt: skip


def weeks_rule() -> str:
    """How the lights of the weeks come about."""
    return _("Each week as it stood when its reports were due; the last one as it stands now.")


def progress_rule() -> str:
    """What planned and actual percent of the plan are."""
    return _("Planned: each task by its weight and the working days of its baseline that have "
             "passed. Actual: each task by its weight and the percentage done.")  # fmt: skip


def money_rule() -> str:
    """Where figures of money come from."""
    return _("As last entered at the lines of money; totals add all of them up. Over budget is "
             "what is expected beyond the budget, in percent of it.")  # fmt: skip


def risk_rule() -> str:
    """What the bands of risks are."""
    return _("The score is probability × impact: 1–4 low, 5–9 medium, 10–15 high, 16–25 critical. "
             "Open risks are counted.")  # fmt: skip


def signature_rule() -> str:
    """Whose signature is looked for."""
    return _("Each month every head signs the department’s risks once all of them are reviewed.")


def percent_rule() -> str:
    """Where a task's percentage comes from."""
    return _("As last reported by whoever answers for the task.")


def reports_rule() -> str:
    """Which reports of the week are counted."""
    return _("Handed in, of the reports that are due this week.")


def kept_rule() -> str:
    """What the rate of kept promises is."""
    return _("Promises that were done, of those that have their outcome: done, slipped or dropped.")


def accepted_rule() -> str:
    """Whose answers to an invitation are counted."""
    return _("Who said that they come, of all who are asked.")


def coming_rule() -> str:
    """How reminders to come are counted."""
    return _("Counted once for each recipient. What is done in time is not sent.")


def overdue_rule() -> str:
    """How delay is counted."""
    return _("Working days since it was due.")


def review_rule() -> str:
    """Which reviews are looked for."""
    return _("Every open risk is reviewed each month by the head of its department.")
