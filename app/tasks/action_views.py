"""The list of action items and the page of one."""

from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.queries import department_choices, person_names
from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date, words
from app.core.forms import TITLE_LENGTH
from app.core.matrix import Sight, sight
from app.core.permissions import SIGNED_IN, Role, requires
from app.core.registries import Origin, action_origins, chasers
from app.core.text import clean_line, shortened, whole_number
from app.core.web import request_now
from app.plans.access import manager_ids, plan_people, plans_of
from app.plans.calendars import work_calendar
from app.tasks import actions as use_cases
from app.tasks import forms, history, queries
from app.tasks.action_queries import MINE, my_action_counts, my_action_page
from app.tasks.models import ActionItem, ActionSource, ActionState, Task
from app.tasks.page import attempt
from app.tasks.reminding import action_deadline
from app.tasks.rights import may_steer, sees_action
from app.tasks.state import action_row
from app.tasks.views import bp

# Meetings, inspections and problems have their own forms.
FROM_ADDRESS = (ActionSource.report, ActionSource.risk)
MY_FILTERS = {"open": _l("Still open"), "overdue": _l("Overdue"), "closed": _l("Ended")}
FILTERS = ("open", "mine", "overdue", "all")
FILTER_LABELS = {
    "open": _l("Still open"), "mine": _l("Mine"), "overdue": _l("Overdue"), "all": _l("All"),
}  # fmt: skip


@bp.route("/plans/<int:plan_id>/actions")
@requires("action:read")
def actions(plan_id: int) -> Any:
    """Action items of the plan, most urgent first."""
    chosen = request.args.get("show", "open")
    chosen = chosen if chosen in FILTERS else "open"
    today = local_date(request_now())
    sees_all = sight(g.viewer, "action", "row") is Sight.all
    person_id = request.args.get("person", type=whole_number) if sees_all else None
    page = queries.action_page(
        plan_id, g.viewer, today, chosen, person_id, request.args.get("page", 1, type=int)
    )
    calendar = work_calendar()
    return render_template(
        "tasks/actions.html",
        plan_id=plan_id,
        page=page,
        rows=[(item, action_row(item, today, calendar)) for item in page.items],
        counts=queries.action_counts(plan_id, g.viewer, today),
        chosen=chosen,
        labels=FILTER_LABELS,
        person_id=person_id,
        people=plan_people(plan_id) if sees_all else [],
        may_create=g.viewer.may("action:create"),
        today=today,
    )


@bp.route("/actions")
@requires(SIGNED_IN)
def my_actions() -> Any:
    """What the person has to do, in all their plans."""
    chosen = request.args.get("show", "open")
    chosen = chosen if chosen in MINE else "open"
    today = local_date(request_now())
    plans = {plan.id: plan for plan in plans_of(current_user)}
    page = my_action_page(
        current_user.id, plans.keys(), today, chosen, request.args.get("page", 1, type=int)
    )
    calendar = work_calendar()
    return render_template(
        "tasks/my_actions.html",
        page=page,
        rows=[(item, action_row(item, today, calendar)) for item in page.items],
        counts=my_action_counts(current_user.id, plans.keys(), today),
        plans=plans,
        chosen=chosen,
        labels=MY_FILTERS,
        # The quiet tabs are one plan's, and this page is all plans'.
        subnav=[],
    )


@bp.route("/plans/<int:plan_id>/actions/new", methods=["GET", "POST"])
@requires("action:create")
def new_action(plan_id: int) -> Any:
    """Write an action item; `?task=` proposes the task it belongs to, `?source=report&origin=3`
    says what it came from, `?title=` proposes its words."""
    source, origin_id, origin = _origin()
    tasks = db.session.scalars(
        db.select(Task).where(Task.plan_id == plan_id).order_by(Task.number)
    ).all()
    form = forms.ActionForm()
    form.owner_id.offer([(p.id, p.name) for p in plan_people(plan_id)])
    form.department_id.offer(
        department_choices(), nothing=forms.NO_DEPARTMENT
    )
    form.task_id.offer([(t.id, f"{t.number} {words(t.title)}") for t in tasks], forms.NO_TASK)
    if request.method == "GET":
        wanted = request.args.get("task", type=whole_number)
        wanted = origin.task_id if origin and wanted is None else wanted
        form.title.data = shortened(clean_line(request.args.get("title")), TITLE_LENGTH)
        form.task_id.data = wanted if wanted in {t.id for t in tasks} else None
        form.owner_id.data = current_user.id
        return render_template("tasks/new_action.html", form=form, plan_id=plan_id, origin=origin)
    made: list[ActionItem] = []
    status = attempt(
        form,
        lambda: made.append(
            use_cases.create_action(
                plan_id,
                title=form.title.data,
                details=form.details.data or "",
                owner_id=form.owner_id.data,
                due_on=form.due_on.data,
                source=source,
                source_id=origin_id,
                department_id=form.department_id.data,
                task_id=form.task_id.data,
                actor=current_user,
                now=request_now(),
            )
        ),
    )
    if status != 303:
        page = render_template("tasks/new_action.html", form=form, plan_id=plan_id, origin=origin)
        return page, status
    flash(_("Action item A-%(number)s is written.", number=made[0].number))
    return redirect(url_for("tasks.show_action", action_id=made[0].id), 303)


@bp.route("/actions/<int:action_id>")
@requires("action:read")
def show_action(action_id: int) -> Any:
    return action_page(_action(action_id))


@bp.route("/actions/<int:action_id>/close", methods=["POST"])
@requires("action:update")
def close_action(action_id: int) -> Any:
    action = _action(action_id)
    form = forms.CloseForm()
    status = attempt(
        form,
        lambda: use_cases.close_action(
            action, evidence=form.evidence.data, actor=current_user, now=request_now()
        ),
    )
    return _answer(action, "close", form, status, _("The action item is closed."))


@bp.route("/actions/<int:action_id>/cancel", methods=["POST"])
@requires("action:update")
def cancel_action(action_id: int) -> Any:
    action = _action(action_id)
    form = forms.CancelForm()
    status = attempt(
        form,
        lambda: use_cases.cancel_action(
            action, reason=form.reason.data, actor=current_user, now=request_now()
        ),
    )
    return _answer(action, "cancel", form, status, _("The action item is cancelled."))


@bp.route("/actions/<int:action_id>/owner", methods=["POST"])
@requires("action:update")
def reassign_action(action_id: int) -> Any:
    action = _action(action_id)
    form = _with_people(forms.ReassignForm(), action)
    status = attempt(
        form,
        lambda: use_cases.reassign_action(
            action,
            owner_id=form.owner_id.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: use_cases.action_stamp(action),
    )
    return _answer(action, "owner", form, status, _("The action item is handed on."))


@bp.route("/actions/<int:action_id>/date", methods=["POST"])
@requires("action:update")
def change_action_date(action_id: int) -> Any:
    action = _action(action_id)
    form = forms.ActionDateForm()
    status = attempt(
        form,
        lambda: use_cases.change_action_date(
            action,
            due_on=form.due_on.data,
            reason=form.reason.data,
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: use_cases.action_stamp(action),
    )
    return _answer(action, "date", form, status, _("The due date is changed."))


def action_page(action: ActionItem, name: str = "", form: Any = None, status: int = 200) -> Any:
    """The page of one action item; `name` and `form` bring back a form that did not fit."""
    today = local_date(request_now())
    stamp = use_cases.action_stamp(action)
    made = {
        "close": lambda: forms.CloseForm(formdata=None),
        "cancel": lambda: forms.CancelForm(formdata=None),
        "owner": lambda: _with_people(
            forms.ReassignForm(formdata=None, owner_id=action.owner_id, seen=stamp), action
        ),
        "date": lambda: forms.ActionDateForm(formdata=None, due_on=action.due_on, seen=stamp),
    }
    is_open = action.state is ActionState.open
    return (
        render_template(
            "tasks/action.html",
            action=action,
            row=action_row(action, today, work_calendar()),
            origin=_origin_of(action),
            chase=_chase(action),
            writer=person_names([action.created_by_id]).get(action.created_by_id, ""),
            form_of=lambda key: form if key == name else made[key](),
            opened=name,
            may_close=is_open
            and (g.viewer.has(Role.manager) or action.owner_id == g.viewer.person_id),
            may_steer=is_open and may_steer(g.viewer, action),
            history=_history(action),
            today=today,
        ),
        status,
    )


def _action(action_id: int) -> ActionItem:
    """The action, if the viewer reads it. Raises NotFound."""
    action = db.session.get(ActionItem, action_id)
    if action is None or not sees_action(g.viewer, action):
        raise NotFound(_l("This page does not exist, or not for you."))
    return action


def _origin() -> tuple[ActionSource, int | None, Origin | None]:
    """What a new action item comes from by its address: a row that the viewer reads, or the plan
    where the address names none."""
    name = request.args.get("source", "")
    if name not in FROM_ADDRESS:
        return ActionSource.plan, None, None
    origin_id = request.args.get("origin", type=whole_number)
    ask = action_origins.get(name)
    origin = ask(g.viewer, origin_id) if ask and origin_id is not None else None
    if origin is None:
        return ActionSource.plan, None, None
    return ActionSource(name), origin_id, origin


def _origin_of(action: ActionItem) -> Origin | None:
    ask = action_origins.get(action.source.value)
    return ask(g.viewer, action.source_id) if ask and action.source_id is not None else None


def _chase(action: ActionItem) -> tuple[datetime, list[str]] | None:
    """When others are told that it is not done, and who; None where nobody is."""
    ask = chasers.get("comms")
    if ask is None or action.state is not ActionState.open:
        return None
    deadline = action_deadline(action, manager_ids(action.plan_id))
    for chase in ask(deadline):
        told = [key for key in chase.person_ids if key != action.owner_id]
        if chase.is_escalation and told:
            return chase.at, list(person_names(told).values())
    return None


def _answer(action: ActionItem, name: str, form: Any, status: int, said: str) -> Any:
    if status == 303:
        flash(said)
        return redirect(url_for("tasks.show_action", action_id=action.id), 303)
    return action_page(action, name, form, status)


def _with_people(form: Any, action: ActionItem) -> Any:
    people = [(p.id, p.name) for p in plan_people(action.plan_id)]
    if action.owner_id not in {key for key, _name in people}:
        people.append((action.owner_id, action.owner.name))
    form.owner_id.offer(people)
    return form


def _history(action: ActionItem) -> list[history.Told] | None:
    """Who changed what, for whoever may read the audit trail."""
    if sight(g.viewer, "audit", "row") is Sight.none:
        return None
    rows = queries.history_of(("action_items", [action.id]))
    people = person_names(history.ids_in(rows, "owner_id"))
    return history.tell(
        rows,
        {("action_items", action.id): action.title},
        lambda _field, key: people.get(key, f"#{key}"),
    )
