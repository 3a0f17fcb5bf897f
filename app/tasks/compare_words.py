"""The comparison of two schedules, put into sentences and rows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.formats import count, day_plain, day_short, money, words
from app.plans.workcalendar import WorkCalendar
from app.tasks.comparing import Comparison, Difference, LinkChange, Shift, Standing
from app.tasks.frozen import FrozenLink, FrozenStep, FrozenTask
from app.tasks.models import LinkKind, OffDay, TaskState

FIELDS = {
    "number": _l("number"), "owner_id": _l("owner"), "department_id": _l("department"),
    "weight": _l("weight"), "is_milestone": _l("milestone"),
    "not_before_on": _l("starts no earlier than"), "not_after_on": _l("finishes no later than"),
    "is_fixed": _l("dates held fast"), "off_day": _l("when a date falls on a day off"),
}  # fmt: skip


@dataclass(frozen=True)
class ShownDay:
    """A first or last day: as it was, as it is (None where it is missing), and the move in words,
    empty where it did not move. `is_estimated` speaks of the day as it is, or was when it is gone.
    """

    before: date | None
    after: date | None
    moved: str
    is_estimated: bool


@dataclass(frozen=True)
class ShownRow:
    """A line of the comparison. `task_id` leads to the task's page, None when it is gone."""

    key: str
    label: str
    title: str
    is_step: bool
    standing: Standing
    task_id: int | None
    start: ShownDay
    finish: ShownDay
    notes: tuple[str, ...]
    has_moved: bool


@dataclass(frozen=True)
class Names:
    """People and departments by id, for owners that changed."""

    people: dict[int, str]
    departments: dict[int, str]


def shift_words(shift: Shift) -> str:
    """2 working days later."""
    if shift.workdays == 0:
        return _("later by days off only") if shift.is_later else _("earlier by days off only")
    if shift.is_later:
        return ngettext(
            "%(num)s working day later", "%(num)s working days later", shift.workdays
        )
    return ngettext(
        "%(num)s working day earlier", "%(num)s working days earlier", -shift.workdays
    )


def summary(found: Comparison, before: str, after: str) -> str:
    """What the comparison comes to: how many items end later, and what became of the plan's end."""
    if found.is_empty:
        return _("Nothing differs between “%(before)s” and “%(after)s”.", before=before,
                 after=after)  # fmt: skip
    total, late = count(len(found.items)), len(found.later)
    if late:
        said = ngettext(
            "Compared with “%(name)s”, %(num)s of %(total)s items ends later.",
            "Compared with “%(name)s”, %(num)s of %(total)s items end later.",
            late, name=before, total=total,
        )  # fmt: skip
    else:
        said = _("Compared with “%(name)s”, none of %(total)s items ends later.", name=before,
                 total=total)  # fmt: skip
    return _("%(first)s %(second)s", first=said, second=_plan_end(found))


def _plan_end(found: Comparison) -> str:
    if found.finish is None:
        return _("The plan’s end does not move.")
    day, by = day_plain(found.finish.after), found.finish.workdays
    if by == 0:
        return _("The plan’s end moves to %(day)s, over days off only.", day=day)
    if by > 0:
        return ngettext("The plan ends %(num)s working day later, on %(day)s.",
                        "The plan ends %(num)s working days later, on %(day)s.", by,
                        day=day)  # fmt: skip
    return ngettext("The plan ends %(num)s working day earlier, on %(day)s.",
                    "The plan ends %(num)s working days earlier, on %(day)s.", -by,
                    day=day)  # fmt: skip


def counts(found: Comparison) -> list[str]:
    """The other figures, those that are not 0."""
    moved = {row.key for row in (*found.later, *found.earlier)}
    otherwise = [row for row in found.of(Standing.changed) if row.key not in moved]
    rows = [
        (len(found.earlier), lambda n: ngettext("%(num)s ends earlier", "%(num)s end earlier", n)),
        (len(otherwise), lambda n: ngettext("%(num)s changed otherwise",
                                            "%(num)s changed otherwise", n)),
        (len(found.of(Standing.added)), lambda n: ngettext("%(num)s added", "%(num)s added", n)),
        (len(found.of(Standing.removed)),
         lambda n: ngettext("%(num)s removed", "%(num)s removed", n)),
        (len(found.of(Standing.same)), lambda n: ngettext("%(num)s the same", "%(num)s the same",
                                                          n)),
    ]  # fmt: skip
    said = [write(number) for number, write in rows if number]
    if found.money:
        said.append(_("money of the plan as a whole: %(old)s → %(new)s yuan",
                      old=money(found.money[0]), new=money(found.money[1])))  # fmt: skip
    return said


def shown_rows(found: Comparison, names: Names, calendar: WorkCalendar) -> list[ShownRow]:
    """The rows that differ, in order."""
    task_of = {
        step.key: side.id
        for row in found.items
        for side in (row.before, row.after)
        if isinstance(side, FrozenTask)
        for step in side.steps
    }
    living = {row.after.id for row in found.items if isinstance(row.after, FrozenTask)}
    places = {row.key: place for place, row in enumerate(found.items)}
    rows = []
    for row in found.differing:
        links = sorted(row.links, key=lambda link: places.get(link.other, 0))
        task_id = task_of[row.key] if isinstance(row.item, FrozenStep) else row.item.id
        rows.append(
            ShownRow(
                key=row.key,
                label=found.labels[row.key],
                title=words(row.item.title),
                is_step=isinstance(row.item, FrozenStep),
                standing=row.standing,
                task_id=task_id if task_id in living else None,
                start=_shown_day(row, "start_on", row.start, calendar),
                finish=_shown_day(row, "finish_on", row.finish, calendar),
                notes=tuple(_notes(row, links, found.labels, names)),
                has_moved=row.has_moved,
            )
        )
    return rows


def _shown_day(
    row: Difference, name: str, shift: Shift | None, calendar: WorkCalendar
) -> ShownDay:
    return ShownDay(
        before=getattr(row.before, name, None),
        after=getattr(row.after, name, None),
        moved=shift_words(shift) if shift else "",
        is_estimated=calendar.is_estimated(getattr(row.item, name)),
    )


def _notes(
    row: Difference, links: list[LinkChange], labels: dict[str, str], names: Names
) -> list[str]:
    """What else there is to say of a row."""
    was, now = row.before, row.after
    if now is None and was is not None:
        return [_("stood at %(percent)s%%", percent=was.percent)]
    if was is None or now is None:
        return []
    said = []
    if row.longer > 0:
        said.append(ngettext("%(num)s working day longer", "%(num)s working days longer",
                             row.longer))  # fmt: skip
    elif row.longer:
        said.append(ngettext("%(num)s working day shorter", "%(num)s working days shorter",
                             -row.longer))  # fmt: skip
    if row.has_progressed:
        said.append(_progress(was, now))
    if "title" in row.fields:
        said.append(_("was called “%(title)s”", title=words(was.title)))
    said.extend(
        _("%(what)s: %(old)s → %(new)s", what=FIELDS[name],
          old=_value(name, getattr(was, name, None), names),
          new=_value(name, getattr(now, name, None), names))
        for name in row.fields if name != "title"
    )  # fmt: skip
    said.extend(_link_words(link, labels) for link in links)
    if row.money:
        said.append(_("budget: %(old)s → %(new)s yuan", old=money(row.money[0]),
                      new=money(row.money[1])))  # fmt: skip
    return said


def _progress(was: FrozenTask | FrozenStep, now: FrozenTask | FrozenStep) -> str:
    if now.done_on is not None and now.done_on != was.done_on:
        return _("progress %(old)s%% → %(new)s%%, finished on %(day)s", old=was.percent,
                 new=now.percent, day=day_short(now.done_on))  # fmt: skip
    if was.done_on is not None and now.done_on is None:
        return _("progress %(old)s%% → %(new)s%%, taken up again", old=was.percent,
                 new=now.percent)  # fmt: skip
    if was.percent == now.percent and isinstance(now, FrozenTask):
        return str(TaskState(now.state).label)
    return _("progress %(old)s%% → %(new)s%%", old=was.percent, new=now.percent)


def _value(name: str, value: Any, names: Names) -> str:
    if name == "owner_id":
        return names.people.get(value, "–")
    if name == "department_id":
        return names.departments.get(value, "–")
    if name == "off_day":
        return str(OffDay(value).label)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return day_short(value)
    return "–" if value is None else str(value)


def _link_words(link: LinkChange, labels: dict[str, str]) -> str:
    other = labels.get(link.other, "–")
    if link.after is None:
        return _("no longer waits for %(other)s", other=other)
    if link.before is None:
        return _("now waits for %(other)s: %(how)s", other=other, how=_how(link.after))
    return _("waits for %(other)s: %(old)s → %(new)s", other=other, old=_how(link.before),
             new=_how(link.after))  # fmt: skip


def _how(link: FrozenLink) -> str:
    kind = str(LinkKind(link.kind).label)
    if not link.lag:
        return kind
    lag = ngettext("%(num)s working day", "%(num)s working days", abs(link.lag))
    return f"{kind} {'+' if link.lag > 0 else '−'}{lag}"

