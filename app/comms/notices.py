"""One-off notices: what people are told at once because something happened.

Each handler runs in the transaction of the event. Whoever did it is not told of it.
"""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.events import PasswordResetAsked, PersonDisabled
from app.accounts.models import PasswordReset, Person
from app.comms import outbox, wording
from app.comms.digests import plan_rescheduled
from app.comms.events import MeetingCancelled, MeetingMoved
from app.comms.models import Answer, Attendance, Channel, Meeting
from app.core import events, formats
from app.core.db import db
from app.core.localtext import LocalText
from app.reports.events import (
    ProblemEnded,
    ProblemPassedOn,
    ProblemRaised,
    ReportReturned,
)
from app.tasks.events import (
    ActionCreated,
    ActionReassigned,
    PlanRescheduled,
    TaskAssigned,
    TaskDatesChanged,
)
from app.tasks.models import ActionItem, Task


def subscribe() -> None:
    """Listen to the packages to the left and to our own meetings."""
    for kind, handler in (
        (PasswordResetAsked, _password),
        (PersonDisabled, _left),
        (TaskAssigned, _task_assigned),
        (TaskDatesChanged, _task_dates),
        (PlanRescheduled, plan_rescheduled),
        (ActionCreated, _action_created),
        (ActionReassigned, _action_reassigned),
        (ReportReturned, _report_returned),
        (ProblemRaised, _problem_raised),
        (ProblemPassedOn, _problem_passed_on),
        (ProblemEnded, _problem_ended),
        (MeetingMoved, _meeting_moved),
        (MeetingCancelled, _meeting_cancelled),
    ):
        events.subscribe(kind, handler)


def _both(say: Callable[[], str]) -> LocalText:
    return LocalText(**wording.in_all(say))


def _stamp(at: datetime) -> str:
    """An occurrence: this happening and no other."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _password(event: PasswordResetAsked) -> None:
    """By mail alone: the way in cannot lie inside."""
    reset = db.session.get_one(PasswordReset, event.reset_id)
    person = db.session.get_one(Person, event.person_id)
    kind = "invitation" if event.is_invitation else "password_reset"
    about = outbox.About(None, kind, f"reset:{reset.id}", "-")
    words = wording.secret_mail(kind, person)
    outbox.write_rows(
        [outbox.row_for(about, Channel.mail, words, person=person, now=reset.created_at)]
    )


def _left(event: PersonDisabled) -> None:
    outbox.cancel_for(event.person_id)


def _task_name(task: Task) -> str:
    return _("Task %(number)s: %(title)s", number=task.number, title=formats.words(task.title))


def _task_assigned(event: TaskAssigned) -> None:
    if event.owner_id is None or event.owner_id == event.by_id:
        return
    task = db.session.get_one(Task, event.task_id)
    outbox.notify(
        kind="task_assigned", object_key=f"task:{task.id}", occurrence=_stamp(event.at),
        recipient_id=event.owner_id, title=_both(lambda: _task_name(task)),
        text=_both(lambda: _("It is yours from now on: %(first)s to %(last)s.",
                             first=formats.day_plain(task.start_on),
                             last=formats.day_plain(task.finish_on))),
        url=f"/tasks/{task.id}", plan_id=event.plan_id,
        reason=_both(lambda: _("the task was given to you")), now=event.at,
    )  # fmt: skip


def _task_dates(event: TaskDatesChanged) -> None:
    task = db.session.get_one(Task, event.task_id)
    if task.owner_id is None or task.owner_id == event.by_id:
        return
    outbox.notify(
        kind="task_dates", object_key=f"task:{task.id}", occurrence=_stamp(event.at),
        recipient_id=task.owner_id, title=_both(lambda: _task_name(task)),
        text=_both(lambda: _(
            "Now %(first)s to %(last)s, before %(old_first)s to %(old_last)s. Reason: %(reason)s",
            first=formats.day_plain(event.new_start_on),
            last=formats.day_plain(event.new_finish_on),
            old_first=formats.day_plain(event.old_start_on),
            old_last=formats.day_plain(event.old_finish_on), reason=event.reason)),
        url=f"/tasks/{task.id}", plan_id=event.plan_id,
        reason=_both(lambda: _("the dates of your task changed")), now=event.at,
    )  # fmt: skip


def _action(action_id: int, owner_id: int, by_id: int, at: datetime) -> None:
    if owner_id == by_id:
        return
    action = db.session.get_one(ActionItem, action_id)
    outbox.notify(
        kind="action_assigned", object_key=f"action:{action.id}", occurrence=_stamp(at),
        recipient_id=owner_id,
        title=_both(lambda: _("Action item A-%(number)s: %(title)s", number=action.number,
                              title=action.title)),
        text=_both(lambda: _("Due on %(when)s.", when=formats.day(action.due_on))),
        url=f"/actions/{action.id}", plan_id=action.plan_id,
        reason=_both(lambda: _("the action item was given to you")), now=at,
    )  # fmt: skip


def _action_created(event: ActionCreated) -> None:
    _action(event.action_id, event.owner_id, event.by_id, event.at)


def _action_reassigned(event: ActionReassigned) -> None:
    _action(event.action_id, event.owner_id, event.by_id, event.at)


def _report_returned(event: ReportReturned) -> None:
    task = db.session.get_one(Task, event.task_id)
    number = int(event.week.split("-W")[1])
    for person_id in sorted({event.owner_id, event.author_id} - {event.by_id}):
        outbox.notify(
            kind="report_returned", object_key=f"report:{event.task_id}:{event.week}",
            occurrence=_stamp(event.at), recipient_id=person_id,
            title=_both(lambda: _("%(task)s, week %(number)s", task=_task_name(task),
                                  number=number)),
            text=_both(lambda: _("Reason: %(reason)s", reason=event.reason)),
            url=f"/reports/{event.report_id}", plan_id=event.plan_id,
            reason=_both(lambda: _("the project manager sent your report back")), now=event.at,
        )  # fmt: skip


def _problem(
    kind: str, event: ProblemRaised | ProblemPassedOn | ProblemEnded, person_id: int,
    text: LocalText, reason: LocalText,
) -> None:  # fmt: skip
    outbox.notify(
        kind=kind, object_key=f"problem:{event.problem_id}", occurrence=_stamp(event.at),
        recipient_id=person_id,
        title=_both(lambda: _("Problem P-%(number)s: %(title)s",
                              number=event.number, title=event.title)),
        text=text, url=f"/problems/{event.problem_id}", plan_id=event.plan_id, reason=reason,
        now=event.at,
    )  # fmt: skip


def _answer_asked(event: ProblemRaised | ProblemPassedOn, by_id: int) -> None:
    if event.owner_id != by_id:
        _problem(
            "problem_raised", event, event.owner_id,
            _both(lambda: _("An answer is asked for by %(when)s.",
                            when=formats.day(event.answer_due_on))),
            _both(lambda: _("you are asked for the answer")),
        )  # fmt: skip


def _problem_raised(event: ProblemRaised) -> None:
    _answer_asked(event, event.raised_by_id)


def _problem_passed_on(event: ProblemPassedOn) -> None:
    _answer_asked(event, event.by_id)


def _problem_ended(event: ProblemEnded) -> None:
    if event.raised_by_id != event.by_id:
        _problem(
            "problem_ended", event, event.raised_by_id,
            _both(lambda: _("Now: %(state)s.", state=event.state.label)),
            _both(lambda: _("you raised the problem")),
        )


def _tell_asked(meeting: Meeting, kind: str, text: LocalText, by_id: int, at: datetime) -> None:
    asked = db.session.scalars(
        select(Attendance.person_id)
        .where(Attendance.meeting_id == meeting.id, Attendance.answer != Answer.declined)
        .order_by(Attendance.person_id)
    )
    for person_id in asked:
        if person_id != by_id:
            outbox.notify(
                kind=kind, object_key=f"meeting:{meeting.id}", occurrence=_stamp(at),
                recipient_id=person_id, title=meeting.title, text=text,
                url=f"/meetings/{meeting.id}", plan_id=meeting.plan_id,
                reason=_both(lambda: _("you are asked to this meeting")), now=at,
            )  # fmt: skip


def _meeting_moved(event: MeetingMoved) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    text = _both(lambda: _("Now on %(when)s.", when=wording.due_when(meeting.starts_at)))
    _tell_asked(meeting, "meeting_moved", text, event.by_id, event.at)


def _meeting_cancelled(event: MeetingCancelled) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    text = _both(
        lambda: _("Will not be held on %(when)s. Reason: %(reason)s",
                  when=wording.due_when(meeting.starts_at), reason=event.reason)
    )  # fmt: skip
    _tell_asked(meeting, "meeting_cancelled", text, event.by_id, event.at)
