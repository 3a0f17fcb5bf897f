"""What people are reminded of about tasks, milestones, action items and resources, and with which
steps a company begins."""

from flask_babel import lazy_gettext as _l

from app.core.registries import ReminderStep, Subject, subjects
from app.tasks import reminding, resource_reminding


def enter_subjects() -> None:
    """Enter the subjects of this package."""
    subjects.add(
        "task",
        Subject(
            label=_l("Task"),
            unless=_l("not sent if the task is done first"),
            reads=("task", "schedule"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("today", 0),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 5, is_escalation=True),
            ),
            ask=reminding.task_deadlines,
        ),
        order=20,
    )
    subjects.add(
        "milestone",
        Subject(
            label=_l("Milestone"),
            unless=_l("not sent if the milestone is reached first"),
            reads=("task", "schedule"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("today", 0),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 5, is_escalation=True),
            ),
            ask=reminding.milestone_deadlines,
        ),
        order=21,
    )
    subjects.add(
        "action",
        Subject(
            label=_l("Action item"),
            unless=_l("not sent if it is closed first"),
            reads=("action", "row"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=reminding.action_deadlines,
        ),
        order=22,
    )
    subjects.add(
        "resource",
        Subject(
            label=_l("Promised resource"),
            unless=_l("not sent if it is delivered first"),
            reads=("resource", "row"),
            steps=(
                ReminderStep("before", -1),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=resource_reminding.resource_deadlines,
        ),
        order=23,
    )
    subjects.add(
        "request",
        Subject(
            label=_l("Resource asked for"),
            unless=_l("not sent if the answer comes first"),
            reads=("resource", "row"),
            steps=(
                ReminderStep("before", -3),
                ReminderStep("today", 0),
                ReminderStep("overdue", 1),
                ReminderStep("escalated", 3, is_escalation=True),
            ),
            ask=resource_reminding.request_deadlines,
        ),
        order=24,
    )
