"""Sheet of notes: how to read the pack, whose eyes it is built for, what is left out and why.

The limits of the lights stand here in named cells, and the formulas of all sheets read them here.
"""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.core.formats import when_long
from app.status.health import HealthThresholds
from app.status.sheets.book import HAIRLINE, INK_3, LINE_HEIGHT, ROW_HEIGHT, Book, Styled
from app.status.sheets.cells import lines_of
from app.status.sheets.facts import PackFacts
from app.status.sheets.workdays import DAYS_OFF, DAYS_WORKED

WORD, MEANING = 24, 92
FIRST = 3
# (word, meaning), or a heading where there is no meaning, or (word, value, name of the cell).
Row = tuple[str, Any, str]


def sheet_title() -> str:
    return _("Notes")


def part_words() -> dict[str, str]:
    """The parts of the reading matrix by their names."""
    return {
        "task:money": _("money"), "resource:row": _("resources"),
        "report:standing": _("standing of the weekly reports"),
        "report:text": _("text of the weekly reports"), "promise:text": _("promises"),
        "promise:rate": _("rate of kept promises"), "problem:row": _("problems"),
        "risk:register": _("register of risks"), "risk:review": _("reviews of risks"),
    }  # fmt: skip


def write(book: Book, facts: PackFacts) -> None:
    """Two columns, word and meaning, in three parts."""
    sheet = book.add_sheet(sheet_title(), landscape=False)
    book.heading(sheet, _("How to read this pack"))
    sheet.set_column(0, 0, WORD)
    sheet.set_column(1, 1, MEANING)
    rule = HAIRLINE
    row = FIRST
    for title, rows in ((_("This pack"), _pack(facts)), (_("Limits of the lights"), _limits(facts)),
                        (_("Words"), _words(facts))):  # fmt: skip
        sheet.set_row(row, 26)
        book.text(sheet, row, 0, title, book.style(font_size=12, bold=True, font_color=book.brand))
        for word, meaning, name in rows:
            row += 1
            book.put(sheet, row, 0, word, "wrap", bold=True, **rule)
            kind = "text" if name else "wrap"
            text = book.put(sheet, row, 1, meaning, kind, **rule | {"align": "left"})
            lines = max(lines_of(text, MEANING), lines_of(word, WORD))
            sheet.set_row(row, ROW_HEIGHT + LINE_HEIGHT * (lines - 1))
            if name:
                book.define(name, sheet, row, 1, row, 1)
        row += 2
    row = _calendar(book, sheet, facts, row)
    book.text(sheet, row, 0, _("Whoever changes a limit or a day above sees at once which "
                               "lights change with it; the check sheet says that they differ from "
                               "the app."),
              book.style(font_color=INK_3, font_size=9))  # fmt: skip
    sheet.print_area(0, 0, row, 1)


def _calendar(book: Book, sheet: Any, facts: PackFacts, row: int) -> int:
    """The days that make the working calendar differ from the week, under the names by which the
    formulas count; answers the row for what follows."""
    calendar, lang = facts.calendar, facts.manifest.language
    off, worked = _("day off"), _("worked, although at the weekend")
    sheet.set_row(row, 26)
    book.text(sheet, row, 0, _("Working calendar"),
              book.style(font_size=12, bold=True, font_color=book.brand))  # fmt: skip
    row += 1
    for name, days, said in ((DAYS_OFF, facts.exceptions.off, off),
                             (DAYS_WORKED, facts.exceptions.worked, worked)):  # fmt: skip
        for n, day in enumerate(days, start=row):
            sheet.set_row(n, ROW_HEIGHT)
            book.put(sheet, n, 0, day, "date", **HAIRLINE | {"align": "left"})
            known = calendar.reason(day, lang).name if name == DAYS_OFF else ""
            mark = " " + _("(est.)") if calendar.is_estimated(day) else ""
            book.put(sheet, n, 1, (known or said) + mark, "text", **HAIRLINE)
        if days:
            book.define(name, sheet, row, 0, row + len(days) - 1, 0)
        row += len(days)
    return row + 2


def _pack(facts: PackFacts) -> list[Row]:
    manifest = facts.manifest
    known = part_words()
    missing = [known[part] for part in facts.state.left_out if part in known]
    own = [known[part] for part in manifest.own_parts if part in known]
    rows: list[Row] = [
        (_("Data as of"), when_long(manifest.as_of), ""),
        (_("Day of the data"), facts.state.today, "Data_Day"),
        (_("Made"), when_long(manifest.made_at), ""),
        (_("Time zone"), manifest.timezone, ""),
        (_("Whose eyes"), _("%(name)s: what this person may read in the app is in the pack, and "
                            "nothing else", name=manifest.eyes), ""),
        (_("Left out"), _("%(parts)s: not for these eyes", parts=", ".join(missing))
         if missing else _("Nothing"), ""),
        *([(_("Only in part"), _("%(parts)s: only what concerns this person",
                                 parts=", ".join(own)), "")] if own else []),
        (_("Compared with"), _compared(facts), ""),
        (_("Estimated dates"), _estimated(facts), ""),
        (_("Snapshot"), manifest.snapshot_sha256, ""),
        (_("Program"), f"Yingbin {manifest.program_version}", ""),
    ]  # fmt: skip
    return rows


def _compared(facts: PackFacts) -> str:
    if facts.before_at:
        return when_long(facts.before_at)
    if facts.manifest.lost_at:
        return _("nothing: what was kept for the pack with data of %(when)s can no longer be read",
                 when=when_long(facts.manifest.lost_at))  # fmt: skip
    return _("nothing: there is no earlier pack")


def _estimated(facts: PackFacts) -> str:
    plan = facts.state.plan
    last = max([plan.finish_on, *(t.expected_finish_on for t in facts.state.tasks.tasks)])
    years = [
        str(year) for year in range(plan.start_on.year, last.year + 1)
        if facts.calendar.is_estimated(date(year, 6, 15))
    ]  # fmt: skip
    if not years:
        return _("None: the official holidays of all years of the plan are published.")
    return _(
        "The official holidays of %(years)s are not published yet. Dates there are counted with "
        "weekends and the days that the law itself fixes, without make-up workdays, and carry the "
        "mark %(mark)s; they may move when the arrangement comes out.",
        years=", ".join(years), mark=_("(est.)"),
    )  # fmt: skip


def _limits(facts: PackFacts) -> list[Row]:
    limits = HealthThresholds()
    ratio = (("num_format", "0.00"), ("align", "left"))
    whole = (("align", "left"),)
    return [
        (_("Red: more working days late than"),
         Styled(limits.late_amber_max, "count", props=whole), "Limit_LateDays"),
        (_("Green: SPI from"), Styled(limits.spi_green, "ratio", props=ratio), "Limit_SpiGreen"),
        (_("Red: SPI below"), Styled(limits.spi_red, "ratio", props=ratio), "Limit_SpiRed"),
    ]  # fmt: skip


def _words(facts: PackFacts) -> list[Row]:
    limits = HealthThresholds()
    meanings = [
        (_("Light of a task"), _(
            "Green: expected finish not after the baseline and SPI at least %(green)s. Amber: 1 to "
            "%(days)s working days late, or SPI from %(red)s. Red: more than %(days)s working days "
            "late, or SPI under %(red)s. Grey: not started and not due.",
            green=limits.spi_green, red=limits.spi_red, days=limits.late_amber_max)),
        (_("Light of the plan"), _("The worst of its tasks, of critical risks without a response "
                                   "and of its indicators.")),
        (_("Planned"), _("The share of the working days between baseline start and baseline finish "
                         "that had passed by the evening before the data’s day.")),
        (_("Done"), _("What the owner last reported; of the whole plan the mean, weighted by "
                      "task.")),
        ("SPI", _("Done divided by planned. 1.00 is as planned, more is ahead; nothing is said "
                  "while nothing is planned yet.")),
        (_("Baseline"), _("The dates as they were approved. Committed dates change only with a "
                          "recorded reason, the baseline stays.")),
        (_("Expected finish"), _("The day on which the task was done; else the owner’s forecast, "
                                 "or the committed finish, never before the data’s day.")),
        (_("Days late"), _("Working days between the baseline and the expected finish; weekends "
                           "and holidays are not counted, make-up workdays are; the days are "
                           "listed at the end of this sheet.")),
        (_("Critical path"), _("Tasks and steps that move the plan’s finish with each day that "
                               "they take longer.")),
        (_("Bars"), _("One column is a week, or a month in long plans. Bars and baselines follow "
                      "the dates of their row.")),
        (_("Promise"), _("A line of last week’s “next week”. It ends as done, slipped to a later "
                         "week or dropped. Rate: done of all that ended.")),
        (_("Light of an indicator"), _(
            "A share is judged by its 95% interval (Wilson): green when all of it reaches the "
            "target, red when all of it misses, amber between; grey while there are too few "
            "answers. Where everybody was counted, the value itself decides.")),
        (_("Risk score"), _("Probability times impact, each from 1 to 5: 1–4 low, 5–9 medium, "
                            "10–15 high, 16–25 critical.")),
        (_("Money"), _("In yuan. Over budget is the forecast less the budget.")),
        (_("Formulas"), _("Totals, rates, days late and lights are formulas; their results are "
                          "stored, so that previews on a phone show them.")),
    ]  # fmt: skip
    return [(word, meaning, "") for word, meaning in meanings]
