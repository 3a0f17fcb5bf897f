"""Sheet of notes: how to read the pack, whose eyes it is built for, what is left out and why."""

from flask_babel import gettext as _

from app.core.formats import when_long
from app.status.health import HealthThresholds
from app.status.pack.book import Book
from app.status.pack.facts import PackFacts


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
    """Two columns: word and meaning."""
    manifest, limits = facts.manifest, HealthThresholds()
    sheet = book.add_sheet(_("Notes"), landscape=False)
    book.heading(sheet, _("How to read this pack"))
    known = part_words()
    missing = [known[part] for part in facts.state.left_out if part in known]
    rows = [
        (_("Data as of"), when_long(manifest.as_of)),
        (_("Made"), when_long(manifest.made_at)),
        (_("Whose eyes"), _("%(name)s: what this person may read in the app is in the pack, and "
                            "nothing else", name=manifest.eyes)),
        (_("Left out"), _("%(parts)s: not for these eyes", parts=", ".join(missing))
         if missing else _("Nothing")),
        (_("Snapshot"), manifest.snapshot_sha256),
        (_("Program"), f"Yingbin {manifest.program_version}"),
        (_("Light of a task"), _(
            "Green: expected finish not after the baseline and SPI at least %(green)s. Amber: 1 to "
            "%(days)s working days late, or SPI from %(red)s. Red: more than %(days)s working days "
            "late, or SPI under %(red)s. Grey: not started and not due.",
            green=limits.spi_green, red=limits.spi_red, days=limits.late_amber_max)),
        (_("Light of the plan"), _("The worst of its tasks, of critical risks without a response "
                                   "and of its indicators.")),
        ("SPI", _("Actual progress divided by planned progress.")),
        (_("Expected finish"), _("The day on which the task was done; else the owner’s forecast, "
                                 "or the committed finish, never before the data’s day.")),
        (_("Days late"), _("Working days between the baseline and the expected finish; weekends "
                           "and holidays are not counted.")),
        (_("(est.)"), _("The date rests on a year for which the official holidays are not "
                        "published yet.")),
        (_("Promise"), _("A line of last week’s “next week”. It ends as done, slipped to a later "
                         "week or dropped. Rate: done of all that ended.")),
        (_("Light of an indicator"), _(
            "A share is judged by its 95% interval (Wilson): green when all of it reaches the "
            "target, red when all of it misses, amber between; grey while there are too few "
            "answers. Where everybody was counted, the value itself decides.")),
        (_("Formulas"), _("Totals and rates are formulas; their results are stored, so that "
                          "previews on a phone show them.")),
    ]  # fmt: skip
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for n, (word, meaning) in enumerate(rows, start=3):
        book.put(sheet, n, 0, word, "wrap", bold=True, bottom=4, bottom_color="#E3E7E8")
        text = book.put(sheet, n, 1, meaning, "wrap", bottom=4, bottom_color="#E3E7E8")
        from_width = -(-(len(text.encode("gb18030", "replace")) + 4) // 88)
        sheet.set_row(n, 18 * max(from_width, 1))
    sheet.print_area(0, 0, 2 + len(rows), 1)
