"""Enters this package into the application."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.comms import (
    comms_plan_views,
    file_views,
    inbox_views,
    job_notices,
    meeting_views,
    notices,
    practice_views,
    reminder_views,
    room_answers,
)
from app.comms.commands import jobs_commands
from app.comms.jobs import deliver, write_reminders
from app.comms.meeting_answers import meeting_todos, plan_of_meeting
from app.comms.meeting_queries import reads_meeting
from app.comms.meeting_subject import enter_meetings
from app.comms.meetings import generate_all
from app.comms.models import CommsRow, Practice, SharedFile
from app.comms.origins import meeting_origin
from app.comms.person_wiring import register_personal
from app.comms.plan_dates import meeting_dates
from app.comms.planning import chases_of
from app.comms.robot_wiring import register_robots
from app.comms.rule_wiring import register_rules
from app.comms.starting import start_comms
from app.comms.state import comms_state
from app.core.jobs import Job, jobs
from app.core.permissions import set_plan_lookup, set_row_sight
from app.core.registries import (
    MenuItem,
    action_origins,
    chasers,
    document_parts,
    menu,
    plan_dates,
    plan_sections,
    plan_starters,
    state_providers,
    todos,
)
from app.core.unit_of_work import unit_of_work

EVERY_MINUTE = timedelta(minutes=1)


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("comms", start_comms, order=40)
    app.register_blueprint(meeting_views.bp)
    set_plan_lookup("meeting_id", plan_of_meeting)
    set_row_sight("meeting_id", reads_meeting)
    menu.add(
        "comms",
        MenuItem("meetings.index", _l("Comms"), "meeting:read", icon="chat-dots"),
        order=60,
    )
    menu.add(
        "comms-meetings",
        MenuItem("meetings.index", _l("Meetings"), "meeting:read", parent="comms"),
        order=61,
    )
    _register_rooms(app)
    app.register_blueprint(reminder_views.bp)
    app.register_blueprint(inbox_views.bp)
    register_personal(app)
    register_robots(app)
    app.context_processor(inbox_views.bell)
    app.cli.add_command(jobs_commands)
    notices.subscribe()
    job_notices.subscribe()
    menu.add(
        "comms-reminders",
        MenuItem("reminders.index", _l("Reminders"), "reminder:read", parent="comms"),
        order=65,
    )
    register_rules(app)
    jobs.add(
        "reminders", Job(write_reminders, EVERY_MINUTE, _l("Write the reminders that fall due")),
        order=-2,
    )
    # After what is written in the same minute, so that it leaves together.
    jobs.add(
        "deliver", Job(deliver, EVERY_MINUTE, _l("Send what waits"), is_work_queue=True), order=-1
    )
    state_providers.add("comms", comms_state, order=70)
    action_origins.add("meeting", meeting_origin)
    chasers.add("comms", chases_of)
    todos.add("meetings", meeting_todos, order=60)
    enter_meetings()
    plan_dates.add("meetings", meeting_dates, order=70)
    jobs.add("meetings", Job(_make_meetings, timedelta(days=1), _l("Plan the monthly meetings")))


def _register_rooms(app: Flask) -> None:
    for views in (file_views, practice_views, comms_plan_views):
        app.register_blueprint(views.bp)
    for argument, table in (
        ("file_id", SharedFile), ("practice_id", Practice), ("comms_row_id", CommsRow),
    ):  # fmt: skip
        set_plan_lookup(argument, room_answers.plan_of(table))
    set_plan_lookup("version_id", room_answers.plan_of_version)
    for order, (name, endpoint, label, permission) in enumerate(
        (
            ("comms-plan", "comms_plan.index", _l("Communication plan"), "comms:read"),
            ("comms-files", "files.index", _l("Files"), "file:read"),
            ("comms-practices", "practices.index", _l("Practices"), "practice:read"),
        ),
        start=66,
    ):
        menu.add(name, MenuItem(endpoint, label, permission, parent="comms"), order=order)
    document_parts.add("comms-plan", room_answers.comms_plan_parts, order=60)
    plan_sections.add("comms", room_answers.comms_sections, order=55)


def _make_meetings(now: datetime) -> object:
    with unit_of_work():
        return _l("%(num)d planned", num=generate_all(now))
