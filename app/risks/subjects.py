"""What people are reminded of about risks, and with which steps a company begins."""

from flask_babel import lazy_gettext as _l

from app.core.registries import ReminderStep, Subject, subjects
from app.risks import reminding


def enter_subjects() -> None:
    """Enter the subjects of this package."""
    subjects.add(
        "response",
        Subject(
            label=_l("Risk response"),
            unless=_l("not sent if it is completed first"),
            reads=("risk", "register"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 5, is_escalation=True),
            ),
            ask=reminding.response_deadlines,
        ),
        order=40,
    )
    subjects.add(
        "risk_review",
        Subject(
            label=_l("Risk review"),
            unless=_l("not sent if the review comes first"),
            reads=("risk", "register"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("today", 0),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=reminding.review_deadlines,
        ),
        order=41,
    )
    subjects.add(
        "risk_signature",
        Subject(
            label=_l("Signing of risks"),
            unless=_l("not sent if the signature comes first"),
            reads=("risk", "register"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=reminding.signature_deadlines,
        ),
        order=42,
    )
