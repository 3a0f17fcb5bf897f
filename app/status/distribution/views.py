"""Pages of the packs' distribution: the schedules and what they sent, one schedule, the cover."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.comms.readers import readers_of
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.i18n import LANGUAGES, current_language, in_language
from app.core.permissions import requires
from app.core.reading import one_reading
from app.core.web import request_now
from app.status.comparison.values import Names
from app.status.distribution import services
from app.status.distribution.cover import Cover, cover_of
from app.status.distribution.forms import AUDIENCES, LANGUAGE_NAMES, ScheduleForm, offer
from app.status.distribution.messages import compared
from app.status.distribution.models import Audience, PackSchedule
from app.status.distribution.policy import may_attach
from app.status.distribution.queries import schedule_rows, sending_rows
from app.status.distribution.recipients import may_be_chosen
from app.status.distribution.rhythm_words import rhythm_words
from app.status.home.showing import own_todos
from app.status.packs.queries import last_offered
from app.status.packs.views import bp as packs_bp
from app.status.state import names_of_departments, names_of_people, plan_state
from app.tasks.page import attempt

bp = Blueprint("distribution", __name__, template_folder="templates")

HERE = "/plans/<int:plan_id>/packs/distribution"


@bp.get(HERE)
@requires("pack:build")
def index(plan_id: int) -> Any:
    """The schedules, what they sent, and the cover as it would be now."""
    now = request_now()
    return render_template(
        "distribution/distribution.html",
        plan_id=plan_id,
        rows=schedule_rows(plan_id, readers_of(plan_id), now),
        sendings=sending_rows(g.viewer, now),
        rhythm_words=rhythm_words,
        language_names=LANGUAGE_NAMES,
        may_attach=may_attach(),
        may_edit=g.viewer.may("pack:send"),
        languages=_languages(plan_id, current_language()),
    )


@bp.get(f"{HERE}/cover")
@requires("pack:build")
def cover(plan_id: int) -> Any:
    """The cover text from the facts as of now, in the viewer's own eyes, in `?language=`."""
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else current_language()
    is_part = "HX-Request" in request.headers
    return render_template(
        "distribution/_cover.html" if is_part else "distribution/cover.html",
        plan_id=plan_id,
        cover=_cover_now(plan_id, language, request_now()),
        language=language,
        languages=_languages(plan_id, language),
    )


@bp.route(f"{HERE}/new", methods=["GET", "POST"])
@requires("pack:send")
def new(plan_id: int) -> Any:
    """A new schedule."""
    return _edit(plan_id, None)


@bp.route(f"{HERE}/<int:schedule_id>", methods=["GET", "POST"])
@requires("pack:send")
def edit(plan_id: int, schedule_id: int) -> Any:
    """One schedule."""
    return _edit(plan_id, services.schedule_of(plan_id, schedule_id))


@bp.post(f"{HERE}/<int:schedule_id>/switch")
@requires("pack:send")
def switch(plan_id: int, schedule_id: int) -> Any:
    """Out of use, or back to use where `on` is 1."""
    is_on = request.form.get("on") == "1"
    services.switch_schedule(
        plan_id, schedule_id, is_on=is_on, actor=current_user, now=request_now()
    )
    flash(_("The schedule is switched on.") if is_on else _("The schedule is switched off."))
    return _back(plan_id)


@bp.post(f"{HERE}/<int:schedule_id>/remove")
@requires("pack:send")
def remove(plan_id: int, schedule_id: int) -> Any:
    """Take a schedule out; what it sent stays in the list."""
    services.remove_schedule(plan_id, schedule_id, actor=current_user, now=request_now())
    flash(_("The schedule is taken out."))
    return _back(plan_id)


@bp.post(f"{HERE}/<int:schedule_id>/send")
@requires("pack:send")
def send_now(plan_id: int, schedule_id: int) -> Any:
    """Have a pack built and sent at once."""
    try:
        _sending, count = services.send_now(
            plan_id, schedule_id, actor=current_user, now=request_now()
        )
    except (Forbidden, NotFound):
        raise
    except DomainError as problem:
        flash(str(problem.message), "error")
    else:
        flash(ngettext("The pack is being built and goes to %(num)d person within two minutes.",
                       "The pack is being built and goes to %(num)d people within two minutes.",
                       count))  # fmt: skip
    return _back(plan_id)


def _edit(plan_id: int, row: PackSchedule | None) -> Any:
    people = may_be_chosen(readers_of(plan_id))
    form, is_allowed = ScheduleForm(), may_attach()
    offer(form, people, may_attach=is_allowed)
    if request.method == "GET":
        form.show(row)
        return _form_page(plan_id, form, row, people, 200)
    status = attempt(form, lambda: _save(plan_id, form, row), lock=lambda: _version(row))
    if status == 409 and row is not None:
        form.theirs = _words(row, people)  # type: ignore[attr-defined]
    if status != 303:
        return _form_page(plan_id, form, row, people, status)
    flash(_("The schedule is saved."))
    return _back(plan_id)


def _save(plan_id: int, form: ScheduleForm, row: PackSchedule | None) -> None:
    who: dict[str, Any] = {"actor": current_user, "now": request_now()}
    if row is None:
        services.add_schedule(plan_id, form.details(), **who)
    else:
        services.change_schedule(
            plan_id, row.id, form.details(), seen=form.seen.data or None, **who
        )


def _version(row: PackSchedule | None) -> str:
    return str(row.version) if row else ""


def _form_page(
    plan_id: int, form: ScheduleForm, row: PackSchedule | None, people: dict[int, str], status: int
) -> Any:
    gone = [i for i in row.person_ids if i not in people] if row else []
    names = names_of_people() if gone else {}
    page = render_template(
        "distribution/schedule.html", plan_id=plan_id, form=form, row=row,
        gone=[names.get(i, f"#{i}") for i in gone], chosen=Audience.chosen.value,
        languages=_languages(plan_id, current_language()),
    )  # fmt: skip
    return page, status


def _words(row: PackSchedule, people: dict[int, str]) -> list[tuple[str, str]]:
    """A schedule in words, for whoever saved after somebody else."""
    chosen = _(", ").join(people[i] for i in row.person_ids if i in people)
    return [
        (_("To whom"), chosen or str(AUDIENCES[row.audience])),
        (_("When"), rhythm_words(row.rhythm)),
        (_("Language"), str(LANGUAGE_NAMES[row.language])),
        (_("State"), _("in use") if row.is_on else _("switched off")),
    ]


def _cover_now(plan_id: int, language: str, now: datetime) -> Cover:
    with one_reading(), in_language(language):
        state = plan_state(plan_id, now, g.viewer)
        names = Names(names_of_people(), names_of_departments())
        shown = compared(state, last_offered(g.viewer, now))
        return cover_of(shown, names, own_todos(g.viewer, now))


def _languages(plan_id: int, active: str) -> list[dict[str, Any]]:
    """The choice of the cover's language."""
    return [
        {
            "label": LANGUAGE_NAMES[lang],
            "url": url_for("packs.distribution.cover", plan_id=plan_id, language=lang),
            "is_active": lang == active,
        }
        for lang in LANGUAGES
    ]


def _back(plan_id: int) -> Any:
    return redirect(url_for("packs.distribution.index", plan_id=plan_id), 303)


# A part of the packs' pages, under the same tab.
packs_bp.register_blueprint(bp)
