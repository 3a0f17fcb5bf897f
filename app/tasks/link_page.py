"""What waits for what, as the task's page and its forms show it."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.formats import day_short
from app.core.forms import Form, choices
from app.tasks import link_forms
from app.tasks.link_services import link_stamp, names_of, rule_stamp
from app.tasks.models import Link, LinkKind, OffDay, Step, Task, item_key
from app.tasks.scheduling import PlanRows, plan_rows


@dataclass(frozen=True)
class LinkLine:
    """A link that touches the task: who waits, and for what, in words."""

    link: Link
    after: str
    before: str
    before_task_id: int
    sentence: str


@dataclass(frozen=True)
class RuleLine:
    """An item of the task and what holds its dates. `name` is its form's ("taskrules-3", …)."""

    name: str
    key: str
    title: str
    sentence: str


@dataclass(frozen=True)
class TaskLinks:
    """What the card of dependencies and constraints shows of a task."""

    links: tuple[LinkLine, ...]
    rules: tuple[RuleLine, ...]
    constrained: int


def links_of(task: Task) -> TaskLinks:
    """The links that touch the task or its steps, and every item's constraints."""
    rows = plan_rows(task.plan_id)
    names = names_of(rows)
    links = tuple(
        LinkLine(
            link=link,
            after=names[link.after_key],
            before=names[link.before_key],
            before_task_id=link.before_task_id,
            sentence=link_words(link, names[link.before_key]),
        )
        for link in rows.links
        if task.id in (link.before_task_id, link.after_task_id)
    )
    items: list[tuple[str, Task | Step]] = [("task", task)]
    items += [("step", step) for step in rows.steps if step.task_id == task.id]
    rules = tuple(
        RuleLine(
            name=f"{kind}rules-{item.id}",
            key=_key(item),
            title=names[_key(item)],
            sentence=rule_words(item),
        )
        for kind, item in items
    )
    return TaskLinks(links, rules, sum(bool(rule.sentence) for rule in rules))


def link_words(link: Link, before: str) -> str:
    """ "starts after 1 … has finished, plus 2 working days"."""
    said = {
        LinkKind.FS: _("starts after “%(item)s” has finished", item=before),
        LinkKind.SS: _("starts after “%(item)s” has started", item=before),
        LinkKind.FF: _("finishes after “%(item)s” has finished", item=before),
        LinkKind.SF: _("finishes after “%(item)s” has started", item=before),
    }[link.kind]
    return said + lag_words(link.lag_workdays)


def lag_words(lag: int) -> str:
    """ ", plus 2 working days", ", up to 2 working days before"; nothing for 0."""
    if lag == 0:
        return ""
    if lag > 0:
        return ngettext(", plus %(num)s working day", ", plus %(num)s working days", lag)
    return ngettext(", at most %(num)s working day before",
                    ", at most %(num)s working days before", -lag)  # fmt: skip


def rule_words(item: Task | Step) -> str:
    """What holds an item's dates, in a line; empty where nothing does."""
    said = []
    if item.is_fixed:
        said.append(_("dates are fixed"))
    if item.not_before_on:
        said.append(_("starts no earlier than %(day)s", day=day_short(item.not_before_on)))
    if item.not_after_on:
        said.append(_("finishes no later than %(day)s", day=day_short(item.not_after_on)))
    if item.off_day is not OffDay.keep:
        said.append(_("on a day off: %(rule)s", rule=item.off_day.label))
    return " · ".join(said)


def offer_ends(form: Any, task: Task, rows: PlanRows | None = None) -> Any:
    """The link form with every item of the plan to wait for, and the task's own as what waits."""
    names = names_of(rows or plan_rows(task.plan_id))
    own = [item_key(task.id), *_own_steps(task)]
    form.before.choices = choices((key, name) for key, name in _in_order(names))
    form.after.choices = choices((key, names[key]) for key in own)
    return form


def link_form(link: Link) -> Form:
    """The form that changes a link."""
    return link_forms.LinkEditForm(
        formdata=None, kind=link.kind, lag_workdays=link.lag_workdays, seen=link_stamp(link)
    )


def rule_form(item: Task | Step) -> Form:
    """The form about an item's constraints."""
    return link_forms.RuleForm(
        formdata=None, not_before_on=item.not_before_on, not_after_on=item.not_after_on,
        is_fixed=item.is_fixed, off_day=item.off_day, seen=rule_stamp(item),
    )  # fmt: skip


def _key(item: Task | Step) -> str:
    return item_key(item.id) if isinstance(item, Task) else item_key(item.task_id, item.id)


def _own_steps(task: Task) -> list[str]:
    steps = plan_rows(task.plan_id).steps
    return [item_key(task.id, step.id) for step in steps if step.task_id == task.id]


def _in_order(names: dict[str, str]) -> list[tuple[str, str]]:
    """Tasks and steps as they are numbered."""

    def number(row: tuple[str, str]) -> tuple[int, ...]:
        return tuple(int(part) for part in row[1].split(" ", 1)[0].split("."))

    return sorted(names.items(), key=number)
