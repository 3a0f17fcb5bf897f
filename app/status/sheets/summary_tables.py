"""The summary's blocks of lines: tasks and indicators, reports and risks, changes and decisions.

What stands on a sheet behind is fetched from there by formula, so that the page follows it.
"""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.reports import indicator_words
from app.risks.scoring import band
from app.status.comparison.change import most_important
from app.status.comparison.values import Names
from app.status.comparison.words import sentence
from app.status.decisions import decisions_needed
from app.status.sheets import indicators
from app.status.sheets.book import (
    BANDS,
    LINE,
    SOFT,
    Book,
    Day,
    Formula,
    Link,
    Styled,
    light_text,
    share,
)
from app.status.sheets.facts import PackFacts
from app.status.sheets.report_words import week_name
from app.status.sheets.risks import band_words
from app.status.sheets.summary_page import (
    LAST,
    RIGHT,
    heads,
    line,
    say,
    section,
    wide_line,
)

# So many lines of each list stand on the page; the sheets behind it hold all.
SHOWN = 12
SHOWN_RISKS = 6
SHOWN_CHANGES = 6


def fetched(name: str, key: Any, keys: str, value: Any, kind: str = "count") -> Formula:
    """What the sheet behind has in the row of `key`."""
    return Formula(f"=INDEX({name},MATCH({key},{keys},0))", value, kind)


def tasks_and_indicators(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """Both blocks side by side; answers the row after them."""
    state = facts.state
    section(book, sheet, top, 0, _("Tasks"),
            _more(len(state.tasks.tasks), _("late: working days against the baseline")))
    section(book, sheet, top, RIGHT, _("Indicators"),
            _more(len(state.monitoring.indicators), _("against their targets")))
    heads(book, sheet, top + 1, 0, [
        _("No."), _("Task"), _("Owner"), _("Baseline"), _("Expected"), _("Late"), _("Done"),
        _("Light")], (1, 2))  # fmt: skip
    heads(book, sheet, top + 1, RIGHT, [
        _("Indicator"), _("Now"), _("Target"), _("Course"), _("Light")], (0, 1, 2))  # fmt: skip
    first = top + 2
    return max(_tasks(book, sheet, facts, first), _indicators(book, sheet, facts, first))


def _tasks(book: Book, sheet: Any, facts: PackFacts, first: int) -> int:
    tasks = facts.state.tasks.tasks[:SHOWN]
    for n, task in enumerate(tasks):
        light = facts.light("task", task.id)
        line(book, sheet, first + n, 0, [
            Link(f"/tasks/{task.id}", task.number), task.title, facts.person(task.owner_id),
            Day(task.baseline_finish_on),
            Day(task.expected_finish_on, task.is_estimated, task.days_late > 0),
            Styled(fetched("Tasks_DaysLate", task.number, "Tasks_Number", task.days_late, "centre"),
                   "centre", bold=task.days_late > 0, props=(("num_format", '0;-0;"–"'),)),
            fetched("Tasks_Done", task.number, "Tasks_Number", task.percent / 100, "percent"),
            Styled(fetched("Tasks_Light", task.number, "Tasks_Number", light_text(light), "centre"),
                   "centre", bold=True),
        ])  # fmt: skip
    if not tasks:
        say(book, sheet, first, 0, _("The plan has no tasks yet."))
        return first + 1
    end = first + len(tasks) - 1
    sheet.conditional_format(first, 6, end, 6, {
        "type": "data_bar", "bar_color": SOFT, "bar_solid": True, "min_type": "num",
        "max_type": "num", "min_value": 0, "max_value": 1, "data_bar_2010": True,
    })  # fmt: skip
    book.light_colours(sheet, first, 7, end, 7)
    return end + 1


def _indicators(book: Book, sheet: Any, facts: PackFacts, first: int) -> int:
    rows, courses = facts.state.monitoring.indicators[:SHOWN], indicators.courses(facts)
    for n, row in enumerate(rows):
        now = indicator_words.headline(row)
        if row.latest is not None:
            now = f"{now}  {indicator_words.period_short(row.latest.period)}"
        light = facts.light("indicator", row.id)
        line(book, sheet, first + n, RIGHT, [
            Link(f"/indicators/{row.id}", row.title), now, indicator_words.target_text(row), "",
            Styled(fetched("Indicators_Light", row.number, "Indicators_Number", light_text(light),
                           "centre"), "centre", bold=True),
        ])  # fmt: skip
        if row.number in courses:
            sheet.add_sparkline(first + n, RIGHT + 3, {
                "range": courses[row.number], "markers": True, "series_color": book.brand,
                "last_point": True, "weight": 1.5,
            })  # fmt: skip
    if not rows:
        say(book, sheet, first, RIGHT, _("The plan has no indicators."))
        return first + 1
    end = first + len(rows) - 1
    book.light_colours(sheet, first, LAST, end, LAST)
    unsure = next((row for row in rows if row.latest and row.light != "green"
                   and indicator_words.interval_text(row.latest)), None)  # fmt: skip
    if unsure is not None and unsure.latest is not None:
        end += 1
        say(book, sheet, end, RIGHT,
            _("%(title)s: true value about %(span)s (95%% interval)", title=words(unsure.title),
              span=indicator_words.interval_text(unsure.latest)))  # fmt: skip
    return end + 1


def reports_and_risks(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """Both blocks side by side; answers the row after them."""
    reports, risks = facts.state.reports, facts.state.risks
    through = (_("through %(week)s", week=week_name(reports.through_week))
               if reports.through_week else _("none due yet"))  # fmt: skip
    section(book, sheet, top, 0, _("Reports and promises"), through)
    section(book, sheet, top, RIGHT, _("Top risks"),
            _("open: %(open)s, not rated yet: %(unrated)s", open=len(risks.risks),
              unrated=risks.unrated))  # fmt: skip
    heads(book, sheet, top + 1, 0, [
        _("No."), _("Owner"), _("Reports due"), _("On time"), _("On-time rate"),
        _("Promises ended"), _("Kept"), _("Kept rate")], (1,))  # fmt: skip
    heads(book, sheet, top + 1, RIGHT, [
        _("Risk"), "", _("Department"), _("Signature of %(month)s", month=risks.month),
        _("Score")], (0, 1, 2))  # fmt: skip
    first = top + 2
    return max(_reports(book, sheet, facts, first), _risks(book, sheet, facts, first))


def _reports(book: Book, sheet: Any, facts: PackFacts, first: int) -> int:
    rows, none = facts.state.reports.rows[:SHOWN], _("none")
    if not rows:
        say(book, sheet, first, 0, _("Left out: not for these eyes.")
            if facts.leaves_out("report:standing") else _("The plan has no tasks yet."))
        return first + 1
    for n, row in enumerate(rows):
        at = first + n + 1

        def of(name: str, value: int, task: int = row.task_number) -> Formula:
            return fetched(name, task, "Reports_Task", value, "centre")

        line(book, sheet, first + n, 0, [
            Styled(row.task_number, "centre"), _owner(facts, row), of("Reports_Due", row.owed),
            of("Reports_OnTime", row.on_time),
            share(f"D{at}", f"C{at}", (row.on_time, row.owed), none),
            of("Promises_Settled", row.settled), of("Promises_Kept", row.kept),
            share(f"G{at}", f"F{at}", (row.kept, row.settled), none),
        ])  # fmt: skip
    end, every = first + len(rows), facts.state.reports.rows
    at = end + 1
    due, on_time, settled, kept = (
        sum(getattr(row, name) for row in every) for name in ("owed", "on_time", "settled", "kept")
    )
    cells: list[Any] = [
        "", _("Total"), Formula("=Reports_DueAll", due, "centre"),
        Formula("=Reports_OnTimeAll", on_time, "centre"),
        share(f"D{at}", f"C{at}", (on_time, due), none),
        Formula("=Promises_SettledAll", settled, "centre"),
        Formula("=Promises_KeptAll", kept, "centre"),
        share(f"G{at}", f"F{at}", (kept, settled), none),
    ]  # fmt: skip
    look = (("top", 1), ("top_color", LINE))
    line(book, sheet, end, 0, [Styled(cell, bold=True, props=look) if isinstance(cell, str)
         else Styled(cell, "centre", bold=True, props=look) for cell in cells])  # fmt: skip
    return end + 1


def _owner(facts: PackFacts, row: Any) -> str:
    """The owner, with the newest report that is missing or late."""
    owner = facts.person(row.owner_id)
    cell = next((c for c in reversed(row.cells) if c.standing in ("missing", "late")), None)
    if cell is None:
        return owner
    if cell.standing == "missing":
        return _("%(name)s, %(week)s missing", name=owner, week=week_name(cell.week))
    return _("%(name)s, %(week)s late", name=owner, week=week_name(cell.week))


def _risks(book: Book, sheet: Any, facts: PackFacts, first: int) -> int:
    """The highest ones, each with its department's signature."""
    risks = facts.state.risks
    signed = {row.department_id: row for row in risks.signatures}
    rows = sorted(risks.risks, key=lambda r: (-(r.score or 0), r.number))[:SHOWN_RISKS]
    for n, risk in enumerate(rows):
        signature = signed.get(risk.department_id)
        if signature is not None and signature.signed_at:
            said: Any = Day(signature.signed_at.astimezone(book.zone).date())
        else:
            said = Styled(_("not signed, due %(day)s", day=risks.due_on.strftime("%m-%d")),
                          "centre", bold=True, props=(("shrink", True),))  # fmt: skip
        line(book, sheet, first + n, RIGHT, [
            "", "", facts.department(risk.department_id) or _("project manager"), said,
            _score(risk),
        ])  # fmt: skip
        wide_line(book, sheet, first + n, RIGHT, RIGHT + 1,
                  Link(f"/risks/{risk.id}", f"{risk.number}  {words(risk.title)}"))  # fmt: skip
    if not rows:
        say(book, sheet, first, RIGHT, _("Left out: not for these eyes.")
            if facts.leaves_out("risk:register") else _("No risk is open."))
        return first + 1
    end = first + len(rows) - 1
    for name, (ink, shade) in BANDS.items():
        sheet.conditional_format(first, LAST, end, LAST, {
            "type": "text", "criteria": "ends with", "value": " " + band_words()[name],
            "format": book.workbook.add_format({"font_color": ink, "bg_color": shade}),
        })  # fmt: skip
    return end + 1


def _score(risk: Any) -> Any:
    if risk.score is None:
        return Styled(_("not rated yet"), "centre")
    at = f"MATCH({risk.number},Risks_Number,0)"
    return Styled(Formula(
        f'=INDEX(Risks_Score,{at})&" "&INDEX(Risks_Band,{at})',
        f"{risk.score} {band_words()[band(risk.score).value]}", "centre",
    ), "centre", bold=True)  # fmt: skip


def changes_and_decisions(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    """What changed since the last pack, and what waits for a decision; answers the row after."""
    before_at = facts.before_at
    since = (
        _("since the pack with data of %(when)s",
          when=before_at.astimezone(book.zone).strftime("%Y-%m-%d %H:%M"))
        if before_at else _("the last pack can no longer be compared") if facts.manifest.lost_at
        else _("this is the first pack")
    )  # fmt: skip
    section(book, sheet, top, 0, _("What changed"), since)
    decisions = decisions_needed(facts.state)
    section(book, sheet, top, RIGHT, _("Decisions needed"), str(len(decisions)))
    names = Names(facts.people, facts.departments)
    found = facts.changes
    changes: list[Any] = [
        Link(change.path, sentence(change, names))
        for change in most_important(found, SHOWN_CHANGES)
    ]
    waiting: list[Any] = [Link(d.url, d.text) for d in decisions[:SHOWN_CHANGES]]
    ends = []
    for rows, count, left, last, none in (
        (changes, len(found), 0, RIGHT - 2,
         _("Nothing changed.") if facts.comparison else _("The next pack says what has changed.")),
        (waiting, len(decisions), RIGHT, LAST, _("Nothing waits for a decision.")),
    ):  # fmt: skip
        if count > SHOWN_CHANGES:
            rows[-1] = _("… and %(count)s more", count=count - SHOWN_CHANGES + 1)
        for n, value in enumerate(rows):
            wide_line(book, sheet, top + 1 + n, left, last, value)
        if not rows:
            say(book, sheet, top + 1, left, none)
        ends.append(top + 1 + max(len(rows), 1))
    return max(ends)


def _more(count: int, said: str) -> str:
    if count <= SHOWN:
        return said
    return _("the first %(shown)s of %(count)s; all on their sheet", shown=SHOWN, count=count)
