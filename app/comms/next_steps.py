"""Who is told next while a thing stays open: said in the reminder itself and on the pages, so that
whoever can still prevent it knows before it happens."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.comms.due import DueMessage, recipients, send_at
from app.comms.planning import PlanDue
from app.comms.rules import may_be_told
from app.comms.wording import NextStep
from app.core.formats import zone
from app.plans.workcalendar import WorkCalendar

MOST_NAMES = 3


def next_step(
    message: DueMessage,
    due: PlanDue,
    people: Mapping[str, Sequence[int]],
    calendar: WorkCalendar,
    now: datetime,
) -> NextStep | None:
    """The first escalation after this message that reaches somebody else, or None.

    `people`: the selectors of the plan's readers.
    """
    if message.rule.is_escalation:
        return None
    steps = [
        (send_at(message.deadline.due_at, rule, calendar, zone()), rule)
        for rule in due.rules
        if rule.kind == message.rule.kind and rule.is_escalation
    ]
    for at, rule in sorted(steps, key=lambda step: step[0]):
        if at <= max(message.at, now):
            continue
        names = [
            due.readers[person].person.name
            for person, _why in recipients(message.deadline, rule, people)
            if person != message.recipient
            and person in due.readers
            and may_be_told(due.readers[person].viewer, rule.kind)
        ]
        if names:
            return NextStep(at, tuple(names[:MOST_NAMES]))
    return None
