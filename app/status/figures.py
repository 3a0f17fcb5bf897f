"""The single figures of a state: what a trend is drawn of and what a check sheet holds.

A state in, numbers and words out. A figure that nobody can give is None, never 0. Keys are
names for good, for snapshots keep them: "percent", "task:3:days_late", "risk:2:score".
"""

from app.status.state import PlanState
from app.tasks.budget_queries import AMOUNTS, money_sum

Figure = float | int | str | None


def figures_of(state: PlanState) -> dict[str, Figure]:
    """Every figure of the state by its key; what its eyes do not read is not in it.

    Rates are fractions, money is in cents, lights and bands are words.
    """
    return {
        "light": state.light.value,
        "percent": state.tasks.percent,
        "planned_percent": state.tasks.planned_percent,
        "days_late": max(
            (t.days_late for t in state.tasks.tasks if t.done_on is None), default=None
        ),
        **_tasks(state),
        **_risks(state),
        **_reports(state),
        **_indicators(state),
        **_money(state),
        "actions.open": sum(a.state == "open" for a in state.tasks.actions),
        "actions.overdue": sum(a.is_overdue for a in state.tasks.actions),
    }


def rate(part: int, whole: int) -> float | None:
    """part / whole; None while there is nothing to divide by."""
    return part / whole if whole else None


def _tasks(state: PlanState) -> dict[str, Figure]:
    lights = {f.object_id: f.light.value for f in state.findings if f.kind == "task"}
    found: dict[str, Figure] = {}
    for task in state.tasks.tasks:
        found |= {
            f"task:{task.number}:light": lights.get(task.id),
            f"task:{task.number}:percent": task.percent,
            f"task:{task.number}:spi": task.spi,
            f"task:{task.number}:days_late": task.days_late,
            f"task:{task.number}:expected_finish": task.expected_finish_on.isoformat(),
        }
    return found


def _risks(state: PlanState) -> dict[str, Figure]:
    if "risk:register" in state.left_out:
        return {}
    found: dict[str, Figure] = {
        "risks.open": len(state.risks.risks),
        "risks.unrated": state.risks.unrated,
        "risks.windows_passed": sum(r.is_window_passed for r in state.risks.risks),
    }
    found |= {f"risks.{count.band.value}": count.now for count in state.risks.bands}
    found |= {f"risk:{risk.number}:score": risk.score for risk in state.risks.risks}
    return found


def _reports(state: PlanState) -> dict[str, Figure]:
    reports = state.reports
    found: dict[str, Figure] = {}
    if "report:standing" not in state.left_out:
        found["reports.on_time_rate"] = rate(
            sum(row.on_time for row in reports.rows), sum(row.owed for row in reports.rows)
        )
    if "promise:rate" not in state.left_out:
        found["promises.kept_rate"] = rate(reports.kept, reports.settled)
    if "problem:row" not in state.left_out:
        found["problems.open"] = sum(p.state == "open" for p in reports.problems)
        found["problems.overdue"] = sum(p.is_overdue for p in reports.problems)
    return found


def _indicators(state: PlanState) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for row in state.monitoring.indicators:
        found[f"indicator:{row.number}:value"] = row.latest.value if row.latest else None
        found[f"indicator:{row.number}:light"] = row.light.value
    return found


def _money(state: PlanState) -> dict[str, Figure]:
    if state.tasks.budget is None or "task:money" in state.left_out:
        return {}
    total = money_sum(state.tasks.budget)
    return {f"money.{name.removesuffix('_cents')}": getattr(total, name) for name in AMOUNTS}
