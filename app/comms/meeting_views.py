"""Pages of the meetings."""

from collections.abc import Callable
from datetime import time
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.comms import meeting_forms as forms
from app.comms import meeting_queries as queries
from app.comms import meetings as services
from app.comms.models import Answer, Decision, Meeting, MeetingSeries, MeetingState
from app.core.db import db
from app.core.errors import Conflict, DomainError, NotFound
from app.core.forms import Form
from app.core.permissions import requires
from app.core.text import whole_number_or_none
from app.core.web import NOT_HERE, request_now
from app.plans.access import plan_people
from app.tasks.actions import actions_from, create_action
from app.tasks.models import ActionSource

bp = Blueprint("meetings", __name__, template_folder="templates")


@bp.get("/plans/<int:plan_id>/meetings")
@requires("meeting:read")
def index(plan_id: int) -> Any:
    """What is coming, what was, and when the series meet."""
    rows = queries.meetings_of(g.viewer)
    now = request_now()
    coming = [r for r in rows if r.meeting.ends_at > now
              and r.meeting.state is not MeetingState.held]  # fmt: skip
    past = [r for r in reversed(rows) if r not in coming]
    return render_template(
        "comms/meetings.html",
        plan_id=plan_id,
        coming=coming,
        past=past,
        series=queries.series_of(plan_id),
        next_agenda=(
            queries.agenda(coming[0].meeting, g.viewer, now, is_proposing=False) if coming else []
        ),
        nth_words=dict(forms.NTH),
        weekday_words=dict(forms.WEEKDAYS),
    )


@bp.route("/plans/<int:plan_id>/meetings/new", methods=["GET", "POST"])
@requires("meeting:edit")
def new(plan_id: int) -> Any:
    """A meeting outside the series."""
    form = forms.MeetingForm()
    forms.offer_people(form.person_ids, plan_people(plan_id))
    if form.validate_on_submit():
        try:
            meeting = services.add_meeting(
                plan_id, title=form.title.data, starts_at=form.starts_at, ends_at=form.ends_at,
                place=form.place.data, person_ids=form.person_ids.data, actor=current_user,
                now=request_now(),
            )  # fmt: skip
        except DomainError as error:
            form.take(error)
        else:
            db.session.flush()
            flash(_("The meeting is set; everybody asked can see it."))
            return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)
    elif not form.is_submitted():
        forms.default_times(form, request_now())
    page = render_template("comms/meeting_new.html", form=form, plan_id=plan_id)
    return page, 422 if form.errors else 200


@bp.route("/plans/<int:plan_id>/meetings/series/<int:series_id>", methods=["GET", "POST"])
@requires("meeting:edit")
def edit_series(plan_id: int, series_id: int) -> Any:
    """When a series meets."""
    series = db.session.get(MeetingSeries, series_id)
    if series is None or series.plan_id != plan_id:
        raise NotFound(NOT_HERE)
    form = forms.SeriesForm(obj=series)
    if form.validate_on_submit():
        try:
            moved = services.change_series(
                series, nth=form.nth.data, weekday=form.weekday.data,
                hour=form.starts.data.hour, minute=form.starts.data.minute,
                minutes_long=form.minutes_long.data, place=form.place.data,
                is_active=form.is_active.data, actor=current_user, now=request_now(),
            )  # fmt: skip
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved. Meetings moved with it: %(count)d.", count=moved))
            return redirect(url_for("meetings.index", plan_id=plan_id), 303)
    elif not form.is_submitted():
        form.starts.data = time(series.hour, series.minute)
    page = render_template("comms/meeting_series.html", form=form, series=series, plan_id=plan_id)
    return page, 422 if form.errors else 200


def _page(meeting: Meeting, status: int = 200, **given: Any) -> Any:
    """A meeting's page; `given` are forms that came back with what was wrong."""
    now = request_now()
    people = plan_people(meeting.plan_id)
    asked = queries.asked_people(meeting.id)
    made: dict[str, Form] = {
        "when_form": forms.WhenForm(formdata=None),
        "reason_form": forms.ReasonForm(formdata=None),
        "person_form": forms.PersonForm(formdata=None),
        "minutes_form": forms.MinutesForm(formdata=None),
        "decision_form": forms.DecisionForm(formdata=None),
        "agenda_form": forms.AgendaForm(formdata=None),
        "action_form": forms.ActionForm(formdata=None),
    }
    made["when_form"].show(meeting)  # type: ignore[attr-defined]
    minutes = made["minutes_form"]
    minutes.minutes.data = meeting.minutes
    minutes.version.data = str(meeting.version)
    minutes.present_ids.data = [row.person_id for row, _p in asked if row.is_present]
    made.update({k: v for k, v in given.items() if isinstance(v, Form)})
    asked_ids = {person.id for _row, person in asked}
    forms.offer_people(made["person_form"].person_id, [p for p in people if p.id not in asked_ids])
    forms.offer_people(made["minutes_form"].present_ids, [person for _row, person in asked])
    forms.offer_people(made["action_form"].owner_id, people)
    own = next((row for row, person in asked if person.id == current_user.id), None)
    page = render_template(
        "comms/meeting.html",
        meeting=meeting,
        asked=asked,
        own=own,
        agenda=queries.agenda(meeting, g.viewer, now),
        decisions=queries.decisions_of(meeting.id),
        actions=actions_from(meeting.plan_id, ActionSource.meeting, [meeting.id]).get(
            meeting.id, []
        ),
        has_begun=meeting.starts_at <= now,
        may_edit=g.viewer.may("meeting:edit"),
        theirs=given.get("theirs"),
        now=now,
        **made,
    )
    return page, status


@bp.get("/meetings/<int:meeting_id>")
@requires("meeting:read")
def show(meeting_id: int) -> Any:
    """Agenda, people, minutes, decisions and actions of one meeting."""
    return _page(queries.meeting_for(g.viewer, meeting_id))


def _act(meeting_id: int, name: str, form: Form, act: Callable[[Meeting], Any], said: Any) -> Any:
    """Take one form of the meeting's page to its use case and come back to the page."""
    meeting = queries.meeting_for(g.viewer, meeting_id)
    if isinstance(form, forms.ActionForm):
        forms.offer_people(form.owner_id, plan_people(meeting.plan_id))
    elif isinstance(form, forms.PersonForm):
        forms.offer_people(form.person_id, plan_people(meeting.plan_id))
    elif isinstance(form, forms.MinutesForm):
        forms.offer_people(form.present_ids, [p for _a, p in queries.asked_people(meeting_id)])
    if form.validate_on_submit():
        try:
            act(meeting)
        except Conflict as error:
            form.take(error)
            return _page(meeting, 409, theirs=error.theirs, **{name: form})
        except DomainError as error:
            form.take(error)
        else:
            flash(str(said))
            return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)
    return _page(meeting, 422, **{name: form})


def _who_and_when() -> dict[str, Any]:
    return {"actor": current_user, "now": request_now()}


@bp.post("/meetings/<int:meeting_id>/move")
@requires("meeting:edit")
def move(meeting_id: int) -> Any:
    form = forms.WhenForm()
    return _act(
        meeting_id, "when_form", form,
        lambda m: services.move_meeting(m, starts_at=form.starts_at, ends_at=form.ends_at,
                                        place=form.place.data, **_who_and_when()),
        _l("Saved; everybody asked is told."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/cancel")
@requires("meeting:edit")
def cancel(meeting_id: int) -> Any:
    form = forms.ReasonForm()
    return _act(
        meeting_id, "reason_form", form,
        lambda m: services.cancel_meeting(m, reason=form.reason.data, **_who_and_when()),
        _l("Cancelled; everybody asked is told."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/restore")
@requires("meeting:edit")
def restore(meeting_id: int) -> Any:
    return _act(
        meeting_id, "restore_form", Form(),
        lambda m: services.restore_meeting(m, **_who_and_when()),
        _l("The meeting takes place again."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/answer")
@requires("meeting:answer")
def answer(meeting_id: int) -> Any:
    form = forms.AnswerForm()
    return _act(
        meeting_id, "answer_form", form,
        lambda m: services.answer_invitation(m, answer=Answer(form.answer.data),
                                             **_who_and_when()),
        _l("Your answer is noted."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/people")
@requires("meeting:edit")
def invite(meeting_id: int) -> Any:
    form = forms.PersonForm()
    return _act(
        meeting_id, "person_form", form,
        lambda m: services.invite(m, person_id=form.person_id.data, **_who_and_when()),
        _l("Asked to the meeting."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/people/<int:person_id>/remove")
@requires("meeting:edit")
def uninvite(meeting_id: int, person_id: int) -> Any:
    return _act(
        meeting_id, "person_remove_form", Form(),
        lambda m: services.uninvite(m, person_id=person_id, **_who_and_when()),
        _l("No longer asked."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/minutes")
@requires("meeting:edit")
def minutes(meeting_id: int) -> Any:
    form = forms.MinutesForm()
    return _act(
        meeting_id, "minutes_form", form,
        lambda m: services.write_minutes(
            m, minutes=form.minutes.data, present_ids=set(form.present_ids.data),
            version=whole_number_or_none(form.version.data),
            **_who_and_when(),
        ),
        _l("The minutes are saved."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/agenda")
@requires("meeting:answer")
def add_point(meeting_id: int) -> Any:
    form = forms.AgendaForm()
    return _act(
        meeting_id, "agenda_form", form,
        lambda m: services.add_agenda_item(m, title=form.title.data, **_who_and_when()),
        _l("On the agenda."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/agenda/<int:item_id>/remove")
@requires("meeting:edit")
def remove_point(meeting_id: int, item_id: int) -> Any:
    return _act(
        meeting_id, "agenda_remove_form", Form(),
        lambda m: services.remove_agenda_item(m, item_id=item_id, **_who_and_when()),
        _l("Off the agenda."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/decisions")
@requires("meeting:edit")
def decide(meeting_id: int) -> Any:
    form = forms.DecisionForm()
    return _act(
        meeting_id, "decision_form", form,
        lambda m: services.record_decision(m, text=form.text.data, **_who_and_when()),
        _l("The decision is noted."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/decisions/<int:decision_id>/remove")
@requires("meeting:edit")
def strike(meeting_id: int, decision_id: int) -> Any:
    decision = db.session.get(Decision, decision_id)
    if decision is None or decision.meeting_id != meeting_id:
        raise NotFound(NOT_HERE)
    return _act(
        meeting_id, "strike_form", Form(),
        lambda _m: services.remove_decision(decision, **_who_and_when()),
        _l("The decision is struck."),
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/actions")
@requires("meeting:edit")
def add_action(meeting_id: int) -> Any:
    form = forms.ActionForm()
    return _act(
        meeting_id, "action_form", form,
        lambda m: create_action(
            m.plan_id, title=form.title.data, owner_id=form.owner_id.data,
            due_on=form.due_on.data, source=ActionSource.meeting, source_id=m.id,
            **_who_and_when(),
        ),
        _l("The action item is noted."),
    )  # fmt: skip
