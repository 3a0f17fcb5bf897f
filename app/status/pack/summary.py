"""The first sheet: the plan on one landscape A4 page, with native charts."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import local_date, money, when_long, words
from app.core.formats import week as week_words
from app.core.localtext import LocalText
from app.plans.weeks import IsoWeek
from app.reports import indicator_words as say
from app.status.findings import headline
from app.status.pack import figures
from app.status.pack.book import (
    BRAND,
    FONT,
    GLYPHS,
    GREY,
    HAIR,
    INK,
    INK_3,
    LIGHT_COLOURS,
    LINE,
    SOFT,
    Book,
    Day,
    Formula,
    Link,
    Styled,
    share,
)  # fmt: skip
from app.status.pack.facts import PackFacts
from app.status.pack.reports import week_name
from app.status.pack.risks import score_cell

WIDTHS = (9, 34, 13, 13, 19, 13, 11, 11, 2, 19, 23, 36, 12)
RIGHT = 9
ROW = 22
# So many rows of each list stand on the page; the sheets behind it hold all.
SHOWN = 12
CHART_ROWS = 11


def write(book: Book, facts: PackFacts) -> None:
    """Light, tasks and indicators, progress and money, reports and risks."""
    sheet = book.add_sheet(_("Summary"))
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)
    sheet.center_horizontally()
    for n, width in enumerate(WIDTHS):
        sheet.set_column(n, n, width)
    _head(book, sheet, facts)
    row = _tasks_and_indicators(book, sheet, facts, 6)
    row = _charts(book, sheet, facts, row + 1)
    last = _reports_and_risks(book, sheet, facts, row + 1)
    sheet.print_area(0, 0, last, len(WIDTHS) - 1)
    sheet.freeze_panes(3, 0)


def _head(book: Book, sheet: Any, facts: PackFacts) -> None:
    state, plan, manifest = facts.state, facts.state.plan, facts.manifest
    sheet.set_row(0, 32)
    book.text(sheet, 0, 0, plan.title, book.style(font_size=18, bold=True))
    _merged(book, sheet, 0, 11, 0, 12, _("Status of %(week)s",
            week=week_words(IsoWeek.of(state.today))),
            font_size=12, bold=True, font_color=BRAND, align="right")  # fmt: skip
    managers = ", ".join(facts.person(p) for p in plan.manager_ids) or _("nobody yet")
    quiet = {"font_color": INK_3, "bottom": 2, "bottom_color": BRAND}
    sheet.set_row(1, ROW)
    for n in range(len(WIDTHS)):
        book.text(sheet, 1, n, "", book.style(**quiet))
    book.text(sheet, 1, 0, _("Week %(number)s of %(count)s   project manager %(names)s",
              number=plan.week_number, count=plan.week_count, names=managers),
              book.style(**quiet))  # fmt: skip
    _merged(book, sheet, 1, 10, 1, 12, _("data of %(when)s", when=when_long(manifest.as_of)),
            align="right", **quiet)  # fmt: skip
    sheet.set_row(2, 8)
    sheet.set_row(3, 22)
    sheet.set_row(4, ROW)
    sheet.set_row(5, 8)
    _merged(book, sheet, 3, 0, 4, 0, f"{GLYPHS[state.light]} {state.light.label}", font_size=13,
            bold=True, font_color="#FFFFFF", bg_color=LIGHT_COLOURS[state.light][0],
            align="center")  # fmt: skip
    book.text(sheet, 3, 1, " " + headline(state, is_named=True),
              book.style(font_size=13, bold=True, indent=1))  # fmt: skip
    finish = plan.finish_on.isoformat() + (" " + _("(est.)") if plan.is_finish_estimated else "")
    book.text(sheet, 4, 1, _("Finish of the plan: %(day)s", day=finish),
              book.style(font_color=INK_3, indent=1))  # fmt: skip
    lead, detail = _approval(facts)
    book.text(sheet, 3, RIGHT, lead, book.style(bold=True))
    book.text(sheet, 4, RIGHT, detail, book.style(font_color=INK_3))


def _approval(facts: PackFacts) -> tuple[str, str]:
    plan = facts.state.plan
    if not plan.is_approved:
        return _("The plan is not approved yet"), _("Its dates and duties are a draft until then")
    on = local_date(plan.approved_at).isoformat() if plan.approved_at else ""
    if not plan.is_approval_current:
        return (_("Changed since it was approved"),
                _("Parts changed since %(day)s: %(count)s", day=on,
                  count=plan.changed_since_approval))  # fmt: skip
    return _("The plan is approved"), _("On %(day)s, unchanged since", day=on)


def _tasks_and_indicators(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    state = facts.state
    tasks, indicators = state.tasks.tasks[:SHOWN], state.monitoring.indicators[:SHOWN]
    _section(book, sheet, top, 0, _("Tasks"),
             _more(len(state.tasks.tasks), _("late: working days against the baseline")))
    _section(book, sheet, top, RIGHT, _("Indicators"),
             _more(len(state.monitoring.indicators), _("against their targets")))
    _heads(book, sheet, top + 1, 0, [
        _("No."), _("Task"), _("Owner"), _("Baseline"), _("Expected"), _("Late"), _("Done"),
        _("Light")])  # fmt: skip
    _heads(book, sheet, top + 1, RIGHT, [_("Indicator"), _("Now"), _("Target"), _("Light")], 3)
    first = top + 2
    for n, task in enumerate(tasks):
        is_late = task.days_late > 0
        _line(book, sheet, first + n, 0, [
            Link(f"/tasks/{task.id}", task.number), task.title, facts.person(task.owner_id),
            Day(task.baseline_finish_on),
            Day(task.expected_finish_on, task.is_estimated, is_late),
            Styled(task.days_late, "centre", bold=True) if is_late else Styled("–", "centre"),
            Styled(task.percent / 100, "percent"), facts.light("task", task.id),
        ])  # fmt: skip
    if not tasks:
        _say(book, sheet, first, 0, _("The plan has no tasks yet."))
    else:
        sheet.conditional_format(first, 6, first + len(tasks) - 1, 6, {
            "type": "data_bar", "bar_color": SOFT, "bar_solid": True, "min_type": "num",
            "max_type": "num", "min_value": 0, "max_value": 1, "data_bar_2010": True,
        })  # fmt: skip
    for n, row in enumerate(indicators):
        now = say.headline(row)
        if row.latest is not None:
            now = f"{now}  {say.period_short(row.latest.period)}"
        _line(book, sheet, first + n, RIGHT, [
            Link(f"/plans/{state.plan.id}/indicators", row.title), now, say.target_text(row),
            facts.light("indicator", row.id),
        ])  # fmt: skip
    unsure = next((row for row in indicators if row.latest and say.interval_text(row.latest)
                   and row.light != "green"), None)  # fmt: skip
    used = first + max(len(tasks), len(indicators) + (unsure is not None), 1)
    if unsure is not None and unsure.latest is not None:
        _say(book, sheet, first + len(indicators), RIGHT,
             _("%(title)s: true value about %(span)s (95%% interval)", title=words(unsure.title),
               span=say.interval_text(unsure.latest)))  # fmt: skip
    return used


def _charts(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    state, place = facts.state, figures.place(facts)
    _section(book, sheet, top, 0, _("Progress"),
             _("planned %(planned)s%%, actual %(actual)s%%", planned=state.tasks.planned_percent,
               actual=state.tasks.percent))  # fmt: skip
    budget = state.tasks.budget
    said = _("left out: not for these eyes") if budget is None else _("no money is planned yet")
    if budget:
        planned = sum(line.planned_cents for line in budget)
        forecast = sum(line.forecast_cents for line in budget)
        said = _("yuan; forecast %(sum)s", sum=money(forecast))
        if planned and forecast != planned:
            said += _(", %(percent)s%% of the budget",
                      percent=f"{100 * forecast / planned:.1f}")  # fmt: skip
    _section(book, sheet, top, RIGHT, _("Money"), said)
    for row in range(top + 1, top + 1 + CHART_ROWS):
        sheet.set_row(row, ROW)
    height = CHART_ROWS * ROW * 4 // 3
    chart = _progress_chart(book, place)
    chart.set_size({"width": sum(w * 7 + 5 for w in WIDTHS[:8]), "height": height})
    sheet.insert_chart(top + 1, 0, chart, {"object_position": 1, "description": _("Progress")})
    if place.money:
        chart = _money_chart(book, place.name, place.money)
        chart.set_size({"width": sum(w * 7 + 5 for w in WIDTHS[RIGHT:]), "height": height})
        sheet.insert_chart(
            top + 1, RIGHT, chart, {"object_position": 1, "description": _("Money")}
        )
    return top + 1 + CHART_ROWS


def _progress_chart(book: Book, place: figures.Place) -> Any:
    chart = book.workbook.add_chart({"type": "line"})
    first, last = place.progress
    font = {"name": FONT, "size": 9, "color": INK_3}
    for column, name, line in (
        (1, _("Planned"), {"color": GREY, "width": 1.5}),
        (2, _("Actual"), {"color": BRAND, "width": 2.75}),
        (3, _("Expected"), {"color": BRAND, "width": 1.75, "dash_type": "dash"}),
    ):
        chart.add_series({
            "name": name, "categories": [place.name, first, 0, last, 0],
            "values": [place.name, first, column, last, column], "line": line,
        })  # fmt: skip
    chart.show_blanks_as("span")
    chart.set_legend({"position": "top", "font": font})
    chart.set_x_axis({
        "date_axis": True, "num_format": "m-d", "num_font": font, "major_unit": 14,
        "major_unit_type": "days", "line": {"color": LINE},
    })  # fmt: skip
    chart.set_y_axis({
        "min": 0, "max": 1, "major_unit": 0.25, "num_format": "0%", "num_font": font,
        "major_gridlines": {"visible": True, "line": {"color": HAIR}}, "line": {"none": True},
    })  # fmt: skip
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _money_chart(book: Book, name: str, rows: tuple[int, int]) -> Any:
    chart = book.workbook.add_chart({"type": "column"})
    font = {"name": FONT, "size": 9, "color": INK_3}
    first, last = rows[0], min(rows[1], rows[0] + 5)
    label, left = figures.MONEY_LEFT, figures.MONEY_LEFT + 3
    for n, (title, fill) in enumerate(
        ((_("Budget"), GREY), (_("Spent"), BRAND), (_("Forecast"), SOFT))
    ):
        chart.add_series({
            "name": title, "categories": [name, first, label, last, label],
            "values": [name, first, left + n, last, left + n], "fill": {"color": fill},
            "border": {"color": fill}, "gap": 60,
            "data_labels": {"value": True, "num_format": "#,##0", "font": font | {"size": 8}},
        })  # fmt: skip
    chart.set_legend({"position": "top", "font": font})
    chart.set_x_axis({"num_font": font, "line": {"color": LINE}})
    chart.set_y_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _reports_and_risks(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    reports, risks = facts.state.reports, facts.state.risks
    through = (_("through %(week)s", week=week_name(reports.through_week))
               if reports.through_week else _("none due yet"))  # fmt: skip
    _section(book, sheet, top, 0, _("Reports and promises"), through)
    _section(book, sheet, top, RIGHT, _("Risks"),
             _("open: %(open)s, not rated yet: %(unrated)s", open=len(risks.risks),
               unrated=risks.unrated))  # fmt: skip
    _heads(book, sheet, top + 1, 0, [
        _("No."), _("Owner"), _("Reports due"), _("On time"), _("On-time rate"),
        _("Promises ended"), _("Kept"), _("Kept rate")])  # fmt: skip
    _heads(book, sheet, top + 1, RIGHT, [
        _("Department"), _("Signature of %(month)s", month=risks.month), _("Highest risk"),
        _("Score")], 3)  # fmt: skip
    first, none = top + 2, _("none")
    rows = reports.rows[:SHOWN]
    for n, row in enumerate(rows):
        at = first + n + 1
        _line(book, sheet, first + n, 0, [
            Styled(row.task_number, "centre"), _owner(facts, row), Styled(row.owed, "centre"),
            Styled(row.on_time, "centre"),
            share(f"D{at}", f"C{at}", (row.on_time, row.owed), none),
            Styled(row.settled, "centre"), Styled(row.kept, "centre"),
            share(f"G{at}", f"F{at}", (row.kept, row.settled), none),
        ])  # fmt: skip
    end = first + len(rows)
    if rows:
        at = end + 1
        sums = [sum(getattr(row, name) for row in rows)
                for name in ("owed", "on_time", "settled", "kept")]  # fmt: skip
        cells: list[Any] = [
            "", _("Total"), *(
                Formula(f"=SUM({c}{first + 1}:{c}{end})", value, "centre")
                for c, value in zip("CDFG", sums, strict=True)
            )]  # fmt: skip
        cells.insert(4, share(f"D{at}", f"C{at}", (sums[1], sums[0]), none))
        cells.append(share(f"G{at}", f"F{at}", (sums[3], sums[2]), none))
        _line(book, sheet, end, 0, [Styled(cell, bold=True) if isinstance(cell, str)
              else Styled(cell, "centre", bold=True) for cell in cells])  # fmt: skip
    else:
        _say(book, sheet, first, 0, _("Left out: not for these eyes.")
             if facts.leaves_out("report:standing") else _("The plan has no tasks yet."))
    signatures = risks.signatures[:SHOWN]
    for n, signature in enumerate(signatures):
        mine = [r for r in risks.risks if r.department_id == signature.department_id]
        top_risk = max(mine, key=lambda r: (r.score or 0, -r.number))
        if signature.signed_at:
            signed: Any = Day(local_date(signature.signed_at))
        else:
            signed = Styled(_("not signed, due %(day)s", day=risks.due_on.strftime("%m-%d")),
                            "centre", bold=True)  # fmt: skip
        _line(book, sheet, first + n, RIGHT, [
            facts.department(signature.department_id) or _("project manager"), signed,
            Link(f"/risks/{top_risk.id}", f"{top_risk.number} {words(top_risk.title)}"),
            score_cell(top_risk.score),
        ])  # fmt: skip
    if not signatures:
        _say(book, sheet, first, RIGHT, _("Left out: not for these eyes.")
             if facts.leaves_out("risk:register") else _("No risk is open."))
    return max(end, first + len(signatures))


def _owner(facts: PackFacts, row: Any) -> str:
    """The owner, with the newest report that is missing or late."""
    owner = facts.person(row.owner_id)
    cell = next((c for c in reversed(row.cells) if c.standing in ("missing", "late")), None)
    if cell is None:
        return owner
    if cell.standing == "missing":
        return _("%(name)s, %(week)s missing", name=owner, week=week_name(cell.week))
    return _("%(name)s, %(week)s late", name=owner, week=week_name(cell.week))


def _more(count: int, said: str) -> str:
    if count <= SHOWN:
        return said
    return _("the first %(shown)s of %(count)s; all on their sheet", shown=SHOWN, count=count)


def _section(book: Book, sheet: Any, row: int, col: int, title: str, meta: str) -> None:
    sheet.set_row(row, 30)
    book.lead(sheet, row, col, title, meta)


def _heads(
    book: Book, sheet: Any, row: int, col: int, titles: list[str], left_aligned: int = 0
) -> None:
    sheet.set_row(row, ROW)
    for n, title in enumerate(titles):
        align = "left" if n < left_aligned or title in (titles[1],) else "center"
        book.text(sheet, row, col + n, title, book.style(
            font_size=9, font_color=INK_3, bottom=1, bottom_color=LINE, align=align))  # fmt: skip


def _line(book: Book, sheet: Any, row: int, col: int, values: list[Any]) -> None:
    sheet.set_row(row, ROW)
    for n, value in enumerate(values):
        kind = "centre" if n == 0 and isinstance(value, Link) and col == 0 else "text"
        props = {"bottom": 4, "bottom_color": HAIR}
        if kind == "text" and isinstance(value, str | LocalText | Link):
            # A line of the page is one line high: what is longer than its cell gets smaller.
            props["shrink"] = True
        book.put(sheet, row, col + n, value, kind, **props)


def _say(book: Book, sheet: Any, row: int, col: int, sentence: str) -> None:
    book.text(sheet, row, col, sentence, book.style(font_color=INK_3, font_size=9))


def _merged(book: Book, sheet: Any, r1: int, c1: int, r2: int, c2: int, text: str,
            **props: Any) -> None:  # fmt: skip
    """Cells joined, with the text in the first through the one door for text."""
    style = book.style(**({"font_color": INK} | props))
    sheet.merge_range(r1, c1, r2, c2, "", style)
    book.text(sheet, r1, c1, text, style)
