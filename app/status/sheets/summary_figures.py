"""The summary's formulas: each figure with what the server computed, over the names of the sheets
behind it. A figure whose sheet is empty or left out is said in words."""

from collections.abc import Callable

from flask_babel import gettext as _

from app.core.lights import Light
from app.status.sheets.book import GLYPHS, Formula, light_text, quoted, share
from app.status.sheets.facts import PackFacts
from app.tasks.budget_queries import money_sum

Tile = tuple[str, Formula | str]


def left_out() -> str:
    return _("left out")


def lights_of(facts: PackFacts, kind: str) -> list[Light]:
    return [f.light for f in facts.state.findings if f.kind == kind]


def plan_light(facts: PackFacts) -> Formula:
    """The worst light of tasks, critical risks without response and indicators."""
    names = [
        name for name, is_there in (
            ("Tasks_Light", facts.state.tasks.tasks),
            ("Risks_Light", facts.state.risks.risks),
            ("Indicators_Light", facts.state.monitoring.indicators),
        ) if is_there
    ]  # fmt: skip
    formula = quoted(light_text(Light.grey))
    for light in (Light.green, Light.amber, Light.red):
        if names:
            count = "+".join(f'COUNTIF({name},"{GLYPHS[light]}*")' for name in names)
            formula = f"IF({count}>0,{quoted(light_text(light))},{formula})"
    return Formula(f"={formula}", light_text(facts.state.light), "text")


def tiles(facts: PackFacts) -> list[Tile]:
    """The eight figures under the headline."""
    return [tile(facts) for tile in TILES]


def _done(facts: PackFacts) -> Tile:
    state = facts.state.tasks
    label = _("Done / planned")
    if not state.tasks:
        return label, _("no tasks")
    return label, Formula(
        '=TEXT(Plan_Done,"0%")&" / "&TEXT(Plan_Planned,"0%")',
        f"{state.percent}% / {state.planned_percent}%", "centre",
    )  # fmt: skip


def _tasks(facts: PackFacts) -> Tile:
    lights = lights_of(facts, "task")
    label = _("Tasks by light")
    if not lights:
        return label, _("no tasks")
    order = (Light.red, Light.amber, Light.green, Light.grey)
    parts = [f'"{GLYPHS[light]} "&COUNTIF(Tasks_Light,"{GLYPHS[light]}*")' for light in order]
    value = "  ".join(f"{GLYPHS[light]} {lights.count(light)}" for light in order)
    return label, Formula("=" + '&"  "&'.join(parts), value, "centre")


def _reports(facts: PackFacts) -> Tile:
    rows = facts.state.reports.rows
    counts = sum(row.on_time for row in rows), sum(row.owed for row in rows)
    return _("Reports on time"), _rate(
        facts, "report:standing", "Reports_OnTimeAll", "Reports_DueAll", counts, _("none due yet")
    )


def _promises(facts: PackFacts) -> Tile:
    rows = facts.state.reports.rows
    counts = sum(row.kept for row in rows), sum(row.settled for row in rows)
    return _("Promises kept"), _rate(
        facts, "promise:rate", "Promises_KeptAll", "Promises_SettledAll", counts,
        _("none ended yet"),
    )  # fmt: skip


def _rate(
    facts: PackFacts, reads: str, part: str, whole: str, counts: tuple[int, int], none: str
) -> Formula | str:
    """A rate over the matrix of reports, whose names are there only with a row in it."""
    if facts.leaves_out(reads):
        return left_out()
    return share(part, whole, counts, none) if facts.state.reports.rows else none


def _risks(facts: PackFacts) -> Tile:
    risks = facts.state.risks.risks
    label = _("Risks high or critical")
    if facts.leaves_out("risk:register"):
        return label, left_out()
    if not risks:
        return label, _("no open risk")
    high = sum(risk.score is not None and risk.score >= HIGH for risk in risks)
    return label, Formula(
        f'=COUNTIF(Risks_Score,">={HIGH}")&" / "&ROWS(Risks_Score)', f"{high} / {len(risks)}",
        "centre",
    )  # fmt: skip


# The band "high" begins here (risks.scoring).
HIGH = 10


def _overdue(facts: PackFacts) -> Tile:
    state = facts.state
    actions = sum(a.is_overdue for a in state.tasks.actions)
    if facts.leaves_out("problem:row"):
        return _("Overdue actions"), Formula("=Actions_Overdue", actions, "centre")
    problems = sum(p.is_overdue for p in state.reports.problems)
    return _("Overdue problems / actions"), Formula(
        '=Problems_Overdue&" / "&Actions_Overdue', f"{problems} / {actions}", "centre"
    )


def _indicators(facts: PackFacts) -> Tile:
    lights = lights_of(facts, "indicator")
    label = _("Indicators on target")
    if not lights:
        return label, _("no indicators")
    green = GLYPHS[Light.green]
    return label, Formula(
        f'=COUNTIF(Indicators_Light,"{green}*")&" / "&ROWS(Indicators_Light)',
        f"{lights.count(Light.green)} / {len(lights)}", "centre",
    )  # fmt: skip


def _money(facts: PackFacts) -> Tile:
    lines = facts.state.tasks.budget
    label = _("Forecast against budget")
    if "task:money" in facts.manifest.own_parts:
        label = _("Forecast against budget, own lines")
    if lines is None:
        return label, left_out()
    if not lines:
        return label, _("no budget")
    total, none = money_sum(lines), _("no budget")
    return label, Formula(
        f"=IF(SUM(Budget_Planned)=0,{quoted(none)},SUM(Budget_Forecast)/SUM(Budget_Planned)-1)",
        total.forecast_cents / total.planned_cents - 1 if total.planned_cents else none, "percent",
    )  # fmt: skip


TILES: tuple[Callable[[PackFacts], Tile], ...] = (
    _done, _tasks, _reports, _promises, _indicators, _risks, _overdue, _money,
)  # fmt: skip
