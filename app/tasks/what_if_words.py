"""What a change of dates brings with it, in sentences and rows of either language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext

from app.core.formats import day_plain, day_short, money, words
from app.core.registries import PlanDate
from app.core.trying import Moved
from app.plans.workcalendar import WorkCalendar
from app.tasks.consequences import Clash, Preview
from app.tasks.events import ItemMove

TITLES = {
    "go_live": _l("Put into effect"), "window": _l("Response windows"),
    "meeting": _l("Meetings"), "measurement": _l("Values of indicators"),
    "report": _l("Weekly reports"), "inspection": _l("Inspections"),
    "resource": _l("Resources"), "budget": _l("Money by month"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of a group: name, before and after in words; the days after may rest on a calendar
    that is only estimated."""

    title: str
    url: str
    before: str
    after: str
    note: str = ""
    is_estimated: bool = False


def sentence(preview: Preview) -> str:
    """The first thing to know: what becomes of the plan's end, and how much else moves."""
    if not preview.moves:
        return _("Nothing would move: these are the dates as they stand.")
    said = [_finish(preview)]
    followers = [move for move in preview.moves if not move.is_asked]
    if followers:
        said.append(ngettext("%(num)s more task or step moves", "%(num)s more tasks or steps move",
                             len(followers)))  # fmt: skip
    if preview.lost:
        said.append(
            ngettext(
                "%(num)s task or step loses its float",
                "%(num)s tasks or steps lose their float",
                len(preview.lost),
            )
        )
    if preview.groups:
        listed = pgettext("list", ", ").join(
            count(kind, len(rows)) for kind, rows in preview.groups
        )
        said.append(_("along with it: %(list)s", list=listed))
    return _("%(all)s.", all=pgettext("list", "; ").join(said))


def _finish(preview: Preview) -> str:
    before, after = preview.finish
    if before == after:
        return _("The plan’s end stays on %(day)s", day=day_plain(before))
    return _("The plan’s end moves from %(before)s to %(after)s, %(days)s",
             before=day_plain(before), after=day_plain(after),
             days=shift(preview.finish_workdays))  # fmt: skip


def shift(workdays: int) -> str:
    """5 个工作日 later or earlier."""
    if workdays < 0:
        return ngettext("%(num)s working day earlier", "%(num)s working days earlier", -workdays)
    return ngettext("%(num)s working day later", "%(num)s working days later", workdays)


def count(kind: str, number: int) -> str:
    """So many things of a kind."""
    match kind:
        case "go_live":
            return _("the day it is put into effect")
        case "window":
            return ngettext("%(num)s response window", "%(num)s response windows", number)
        case "meeting":
            return ngettext("%(num)s meeting", "%(num)s meetings", number)
        case "measurement":
            return ngettext("%(num)s value of an indicator", "%(num)s values of indicators", number)
        case "report":
            return ngettext("%(num)s weekly report", "%(num)s weekly reports", number)
        case "inspection":
            return ngettext("%(num)s inspection", "%(num)s inspections", number)
        case "resource":
            return ngettext("%(num)s resource", "%(num)s resources", number)
        case "budget":
            return ngettext("the money of %(num)s month", "the money of %(num)s months", number)
    return ngettext("%(num)s other date", "%(num)s other dates", number)


def group_title(kind: str) -> str:
    return str(TITLES.get(kind, _l("Other dates")))


def move_rows(preview: Preview) -> list[Row]:
    """Tasks and steps that move, with their dates before and after."""
    return [_move_row(move, preview.calendar) for move in preview.moves]


def _move_row(move: ItemMove, calendar: WorkCalendar) -> Row:
    same_finish = move.old_finish_on == move.new_finish_on
    return Row(
        title=f"{move.label} {words(move.title)}",
        url=f"/tasks/{move.task_id}",
        before=span(move.old_start_on, move.old_finish_on),
        after=span(move.new_start_on, move.new_finish_on),
        note=_("same finish") if same_finish else shift(move.workdays),
        is_estimated=calendar.is_estimated(move.new_finish_on),
    )


def moved_rows(preview: Preview, moved: Iterable[Moved]) -> list[Row]:
    """Whatever else moves, comes into being or falls away."""
    return [_moved_row(row, preview.calendar) for row in moved]


def _moved_row(moved: Moved, calendar: WorkCalendar) -> Row:
    last = moved.after.last_on if moved.after and moved.after.cents is None else None
    return Row(
        title=words(moved.present.title),
        url=moved.present.url,
        before=_where(moved.before) if moved.before else "–",
        after=_where(moved.after) if moved.after else _("falls away"),
        note="" if moved.before else _("new"),
        is_estimated=last is not None and calendar.is_estimated(last),
    )


def _where(row: PlanDate) -> str:
    if row.cents is not None:
        return _("%(amount)s yuan", amount=money(row.cents))
    return span(row.first_on, row.last_on)


def span(first: date | None, last: date | None) -> str:
    """One day, or the first and the last."""
    if first is None or last is None:
        return _("no date")
    return day_short(first) if first == last else f"{day_short(first)} – {day_short(last)}"


def float_words(number: int) -> str:
    """What is left to spare."""
    if number < 0:
        return ngettext("%(num)s working day short", "%(num)s working days short", -number)
    return ngettext("%(num)s working day", "%(num)s working days", number)


def clash_words(clash: Clash) -> str:
    """What the new dates do not keep to."""
    what = clash.what
    match what.kind:
        case "not_before":
            return _("%(name)s would begin before %(day)s, the earliest day set for it.",
                     name=clash.name, day=day_plain(what.on))  # fmt: skip
        case "not_after":
            return _("%(name)s would finish after %(day)s, the latest day set for it.",
                     name=clash.name, day=day_plain(what.on))  # fmt: skip
        case "outside":
            return _("%(name)s would lie outside of the dates of %(other)s.", name=clash.name,
                     other=clash.other)  # fmt: skip
    return _("%(name)s would not wait for %(other)s, as the two are linked: it is fixed, has begun "
             "or was put there by hand.", name=clash.name, other=clash.other)  # fmt: skip
