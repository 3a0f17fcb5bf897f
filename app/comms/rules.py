"""The rules of reminding: what a company can use on its first day, and what a plan made of it.

Each feature enters its subjects with the steps that it proposes (core.registries). A plan keeps
only what it changed or added; here both become one list, with the words that page, mail and
command line share.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from app.comms.due import ABOVE, RESPONSIBLE, Rule, Through
from app.comms.models import RuleRow
from app.comms.readers import chunks
from app.core.db import db
from app.core.matrix import MATRIX, Sight, sight
from app.core.permissions import ROLE_LABELS, Role, Viewer
from app.core.registries import ReminderStep, Subject, subjects

PHASES: dict[str, Any] = {
    "before": _l("due soon"),
    "today": _l("due today"),
    "overdue": _l("overdue"),
    "missing": _l("overdue"),
    "escalated": _l("overdue, escalated"),
}
# One-off notices, which follow an event and not a date.
NOTICES: dict[str, Any] = {
    "task_assigned": _l("Task assigned"),
    "task_dates": _l("Dates changed"),
    "rescheduled": _l("Plan rescheduled"),
    "action_assigned": _l("Action item assigned"),
    "plan_imported": _l("Plan changed by a workbook"),
    "pack_sent": _l("Status pack"),
    "pack_failed": _l("Status pack not sent yet"),
    "meeting_moved": _l("Meeting moved"),
    "meeting_cancelled": _l("Meeting cancelled"),
    "report_returned": _l("Weekly report returned"),
    "problem_raised": _l("Problem to answer"),
    "problem_ended": _l("Problem settled"),
    "password_reset": _l("Link for a new password"),
    "invitation": _l("Invitation"),
    "job_failed": _l("A background job failed"),
    "robot_failed": _l("A group robot no longer works"),
}


def proposed_rules() -> tuple[Rule, ...]:
    """What every plan begins with, by subject and step."""
    return tuple(_rule(kind, subject, step) for kind, subject in subjects for step in subject.steps)


def _rule(kind: str, subject: Subject, step: ReminderStep) -> Rule:
    through: tuple[str, ...] = (Through.inbox, Through.mail)
    if not step.is_escalation and MATRIX[subject.reads][Role.member] is Sight.all:
        # What any member reads may be said in the group; who is late for how long is not.
        through = (*through, Through.group)
    return Rule(
        key=f"{kind}.{step.name}",
        kind=kind,
        offset=step.offset,
        is_hours=step.is_hours,
        to=(ABOVE,) if step.is_escalation else (RESPONSIBLE,),
        through=through,
    )


def rule_rows(plan_ids: Sequence[int]) -> dict[int, list[RuleRow]]:
    """What each plan changed or added; plans without any are left out."""
    found: dict[int, list[RuleRow]] = {}
    for some in chunks(plan_ids):
        for row in db.session.scalars(
            select(RuleRow).where(RuleRow.plan_id.in_(some)).order_by(RuleRow.id)
        ):
            found.setdefault(row.plan_id, []).append(row)
    return found


def rules_of(plan_ids: Sequence[int]) -> dict[int, tuple[Rule, ...]]:
    """The rules in use of each plan; plans that changed nothing share one list."""
    proposed = proposed_rules()
    rows = rule_rows(plan_ids)
    return {i: in_use(rows[i], proposed) if i in rows else proposed for i in plan_ids}


def in_use(rows: Iterable[RuleRow], proposed: Sequence[Rule]) -> tuple[Rule, ...]:
    """The proposed rules with a plan's own rows over them, those switched off left out."""
    own = {row.key: row for row in rows}
    known = {rule.key for rule in proposed}
    kept = [
        rule if rule.key not in own else rule_of(own[rule.key])
        for rule in proposed
        if rule.key not in own or own[rule.key].is_on
    ]
    added = [
        rule_of(row)
        for key, row in own.items()
        if key not in known and row.is_on and subjects.get(row.kind)
    ]
    return (*kept, *added)


def rule_of(row: RuleRow) -> Rule:
    """A row as the pure rules read it."""
    return Rule(
        key=row.key,
        kind=row.kind,
        offset=row.offset,
        is_hours=row.is_hours,
        hour=row.hour,
        minute=row.minute,
        to=tuple(row.to),
        through=tuple(row.channels),
        wording=tuple(
            (lang, words.get("subject", ""), words.get("text", ""))
            for lang, words in sorted(row.wording.items())
        ),
    )


def may_be_told(viewer: Viewer | None, kind: str, *, is_theirs: bool = True) -> bool:
    """Whether the reading matrix lets these eyes see what such a reminder says. `is_theirs`:
    whether they answer for the thing or are told when it stays undone, by which it is their own."""
    subject = subjects.get(kind)
    if viewer is None or subject is None:
        return False
    seen = sight(viewer, *subject.reads)
    return seen is Sight.all or (seen is Sight.own and is_theirs)


def kinds_told(viewer: Viewer) -> frozenset[str]:
    """The kinds of things that these eyes may be told of, where they are their own."""
    return frozenset(kind for kind, _subject in subjects if may_be_told(viewer, kind))


def may_be_posted(eyes: Viewer, kind: str) -> bool:
    """The same for a group, which is nobody in particular: nothing in it is its own."""
    subject = subjects.get(kind)
    return subject is not None and sight(eyes, *subject.reads) is Sight.all


def phase_of(rule: Rule) -> str:
    """Which of PHASES the rule speaks in."""
    if rule.is_escalation:
        return "escalated"
    return "before" if rule.reach < 0 else "overdue" if rule.reach > 0 else "today"


def label_of(rule: Rule) -> str:
    """What a reminder by this rule is called: "Weekly report due today"."""
    return _label(rule.kind, phase_of(rule))


def label(key: str) -> str:
    """What a message of this kind is called, for one that does not say it itself."""
    kind, dot, step = key.partition(".")
    if not dot:
        return str(NOTICES.get(key, key))
    return _label(kind, step)


def _label(kind: str, phase: str) -> str:
    subject = subjects.get(kind)
    if subject is None:
        return kind
    if subject.is_event:
        return _("%(what)s coming up", what=subject.label)
    if phase not in PHASES:
        return str(subject.label)
    return _("%(what)s %(phase)s", what=subject.label, phase=PHASES[phase])


def explain(rule: Rule, names: Mapping[int, str] | None = None) -> str:
    """The rule in a sentence: when, and to whom. `names`: people whom it may name."""
    subject = subjects.get(rule.kind)
    is_event = subject is not None and subject.is_event
    when = _hours(rule.offset, is_event) if rule.is_hours else _days(rule.offset, is_event)
    whom = _to([_whom(selector, is_event, names or {}) for selector in rule.to])
    if rule.to == (ABOVE,):
        whom = _("to the line above and the project manager")
    if rule.is_hours:
        return _("%(when)s, %(whom)s", when=when, whom=whom)
    at = f"{rule.hour:02d}:{rule.minute:02d}"
    if rule.offset == 0:
        return _("At %(time)s %(when)s, %(whom)s", time=at, when=when, whom=whom)
    return _("At %(time)s, %(when)s, %(whom)s", time=at, when=when, whom=whom)


def _to(people: Sequence[str]) -> str:
    if len(people) == 1:
        return _("to %(people)s", people=people[0])
    return _("to %(others)s and %(last)s", others=_(", ").join(people[:-1]), last=people[-1])


def _days(offset: int, is_event: bool) -> str:
    if offset == 0:
        return _("on the day of the meeting") if is_event else _("on the due date")
    if offset < 0:
        if is_event:
            return ngettext("%(num)d working day before the meeting",
                            "%(num)d working days before the meeting", -offset)  # fmt: skip
        return ngettext("%(num)d working day before the due date",
                        "%(num)d working days before the due date", -offset)  # fmt: skip
    if is_event:
        return ngettext("%(num)d working day after the meeting",
                        "%(num)d working days after the meeting", offset)  # fmt: skip
    return ngettext("%(num)d working day after the due date",
                    "%(num)d working days after the due date", offset)  # fmt: skip


def _hours(offset: int, is_event: bool) -> str:
    if offset == 0:
        return _("When it begins") if is_event else _("When it is due")
    if offset < 0:
        if is_event:
            return ngettext("%(num)d hour before the meeting",
                            "%(num)d hours before the meeting", -offset)  # fmt: skip
        return ngettext("%(num)d hour before it is due",
                        "%(num)d hours before it is due", -offset)  # fmt: skip
    if is_event:
        return ngettext("%(num)d hour after the meeting began",
                        "%(num)d hours after the meeting began", offset)  # fmt: skip
    return ngettext("%(num)d hour after it was due",
                    "%(num)d hours after it was due", offset)  # fmt: skip


def _whom(selector: str, is_event: bool, names: Mapping[int, str]) -> str:
    if selector == RESPONSIBLE:
        return _("whoever is asked") if is_event else _("whoever is responsible")
    if selector == ABOVE:
        return _("the line above and the project manager")
    group, _colon, value = selector.partition(":")
    if group == "role":
        return _("the plan's role “%(role)s”", role=ROLE_LABELS[Role(value)])
    return names.get(int(value), f"#{value}")
