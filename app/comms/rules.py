"""The rules of reminding that a company can use on its first day, as plain data.

A rule says when (working days before or after the day something falls due, at 09:07) and to whom;
what it is called and why it exists is said here too, so that the page, the mail and the command
line use the same words.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.comms.due import Rule, To
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer

_R, _E = To.responsible, To.escalation

RULES: tuple[Rule, ...] = (
    Rule("report.before", "report", -1),
    Rule("report.today", "report", 0),
    Rule("report.missing", "report", 1),
    Rule("report.escalated", "report", 3, _E),
    Rule("task.before", "task", -3),
    Rule("task.today", "task", 0),
    Rule("task.overdue", "task", 1),
    Rule("task.escalated", "task", 5, _E),
    Rule("response.before", "response", -3),
    Rule("response.overdue", "response", 1),
    Rule("response.escalated", "response", 5, _E),
    Rule("risk_review.before", "risk_review", -3),
    Rule("risk_review.today", "risk_review", 0),
    Rule("risk_review.overdue", "risk_review", 1),
    Rule("risk_review.escalated", "risk_review", 3, _E),
    Rule("risk_signature.before", "risk_signature", -1),
    Rule("risk_signature.overdue", "risk_signature", 1),
    Rule("risk_signature.escalated", "risk_signature", 3, _E),
    Rule("measurement.before", "measurement", -3),
    Rule("measurement.today", "measurement", 0),
    Rule("measurement.overdue", "measurement", 1),
    Rule("measurement.escalated", "measurement", 5, _E),
    Rule("inspection.before", "inspection", -1),
    Rule("inspection.overdue", "inspection", 1),
    Rule("inspection.escalated", "inspection", 3, _E),
    Rule("meeting.before", "meeting", -1),
    Rule("action.before", "action", -1),
    Rule("action.overdue", "action", 1),
    Rule("action.escalated", "action", 3, _E),
    Rule("resource.before", "resource", -1),
    Rule("resource.overdue", "resource", 1),
    Rule("resource.escalated", "resource", 3, _E),
    Rule("problem.before", "problem", -1),
    Rule("problem.overdue", "problem", 1),
    Rule("problem.escalated", "problem", 3, _E),
)
BY_KEY = {rule.key: rule for rule in RULES}

KINDS: dict[str, Any] = {
    "report": _l("Weekly report"),
    "task": _l("Task"),
    "response": _l("Risk response"),
    "risk_review": _l("Risk review"),
    "risk_signature": _l("Signing of risks"),
    "measurement": _l("Measurement"),
    "inspection": _l("Inspection"),
    "meeting": _l("Meeting"),
    "action": _l("Action item"),
    "resource": _l("Promised resource"),
    "problem": _l("Answer to a problem"),
}
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
    "meeting_moved": _l("Meeting moved"),
    "meeting_cancelled": _l("Meeting cancelled"),
    "report_returned": _l("Weekly report returned"),
    "problem_raised": _l("Problem to answer"),
    "problem_ended": _l("Problem settled"),
    "password_reset": _l("Link for a new password"),
    "invitation": _l("Invitation"),
}
# What keeps a planned reminder from being sent.
CANCELLED_BY: dict[str, Any] = {
    "report": _l("not sent if the report comes first"),
    "task": _l("not sent if the task is done first"),
    "response": _l("not sent if it is completed first"),
    "risk_review": _l("not sent if the review comes first"),
    "risk_signature": _l("not sent if the signature comes first"),
    "measurement": _l("not sent if the value is entered first"),
    "inspection": _l("not sent if it is recorded first"),
    "meeting": _l("not sent if the meeting is cancelled"),
    "action": _l("not sent if it is closed first"),
    "resource": _l("not sent if it is delivered first"),
    "problem": _l("not sent if the answer comes first"),
}
# What of the plan a reminder of this kind lets its reader see.
READS: dict[str, tuple[str, str]] = {
    "report": ("report", "standing"),
    "task": ("task", "schedule"),
    "response": ("risk", "register"),
    "risk_review": ("risk", "register"),
    "risk_signature": ("risk", "register"),
    "measurement": ("indicator", "row"),
    "inspection": ("inspection", "row"),
    "meeting": ("meeting", "row"),
    "action": ("action", "row"),
    "resource": ("resource", "row"),
    "problem": ("problem", "row"),
}


def may_be_told(viewer: Viewer | None, kind: str) -> bool:
    """Whether the reading matrix lets these eyes see what such a reminder says."""
    return viewer is not None and sight(viewer, *READS[kind]) is not Sight.none


def label(key: str) -> str:
    """What a rule or a notice is called: "Weekly report due today"."""
    rule = BY_KEY.get(key)
    if rule is None:
        return str(NOTICES.get(key, key))
    if rule.kind == "meeting":
        return _("Meeting coming up")
    phase = PHASES[rule.key.split(".")[1]]
    return _("%(what)s %(phase)s", what=KINDS[rule.kind], phase=phase)


def explain(rule: Rule) -> str:
    """The rule in a sentence: when, and to whom."""
    if rule.kind == "meeting":
        when = ngettext(
            "%(num)d working day before the meeting",
            "%(num)d working days before the meeting",
            -rule.workdays,
        )
    elif rule.workdays < 0:
        when = ngettext(
            "%(num)d working day before it is due",
            "%(num)d working days before it is due",
            -rule.workdays,
        )
    elif rule.workdays == 0:
        when = _("On the day it is due")
    else:
        when = ngettext(
            "%(num)d working day after it was due",
            "%(num)d working days after it was due",
            rule.workdays,
        )
    if rule.kind == "meeting":
        whom = _("to whoever is asked")
    elif rule.to is To.responsible:
        whom = _("to whoever answers for it")
    else:
        whom = _("to whoever is told when it stays undone")
    return _("%(when)s at %(time)s, %(whom)s", when=when, whom=whom,
             time=f"{rule.hour:02d}:{rule.minute:02d}")  # fmt: skip
