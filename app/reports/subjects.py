"""What people are reminded of about reports, problems, indicators and inspections, and with which
steps a company begins."""

from flask_babel import lazy_gettext as _l

from app.core.registries import ReminderStep, Subject, subjects
from app.reports import monitoring_reminding, report_reminding


def enter_subjects() -> None:
    """Enter the subjects of this package."""
    subjects.add(
        "report",
        Subject(
            label=_l("Weekly report"),
            unless=_l("not sent if the report comes first"),
            reads=("report", "standing"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("today", 0),
                ReminderStep("missing", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=report_reminding.report_deadlines,
        ),
        order=10,
    )
    subjects.add(
        "problem",
        Subject(
            label=_l("Answer to a problem"),
            unless=_l("not sent if the answer comes first"),
            reads=("problem", "row"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=report_reminding.problem_deadlines,
        ),
        order=50,
    )
    subjects.add(
        "measurement",
        Subject(
            label=_l("Measurement"),
            unless=_l("not sent if the value is entered first"),
            reads=("indicator", "row"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("today", 0),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 5, is_escalation=True),
            ),
            ask=monitoring_reminding.measurement_deadlines,
        ),
        order=60,
    )
    subjects.add(
        "inspection",
        Subject(
            label=_l("Inspection"),
            unless=_l("not sent if it is recorded first"),
            reads=("inspection", "row"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=monitoring_reminding.inspection_deadlines,
        ),
        order=61,
    )
