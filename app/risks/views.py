"""The register's pages: the map and the list, one risk with its review."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.queries import department_choices
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import words
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.text import whole_number_or_none
from app.core.web import request_now
from app.risks import forms, pages, services
from app.risks.models import Risk
from app.risks.pages import BAND_SPANS, open_book
from app.risks.rights import may_review
from app.risks.risk_page import answer, review_form_of, review_words, risk_page
from app.tasks.page import attempt

bp = Blueprint("risks", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/risks")
@requires("risk:read")
def index(plan_id: int) -> Any:
    """The map, the signatures and the register; for a reviewer the next risk that waits."""
    return register_page(plan_id)


@bp.route("/plans/<int:plan_id>/risks/sign", methods=["POST"])
@requires("risk:review")
def sign(plan_id: int) -> Any:
    """Sign a department's risks for the running month."""
    given = request.form.get("department_id", "")
    try:
        services.sign_department(
            plan_id,
            whole_number_or_none(given),
            request.form.get("month", ""),
            actor=current_user,
            now=request_now(),
        )
    except DomainError as error:
        if error.status != 422:
            raise
        flash(error.message, "warning")
        return register_page(plan_id), 422
    flash(_("Signed. What changes from now on marks the signature."))
    return redirect(url_for("risks.index", plan_id=plan_id, _anchor="signatures"), 303)


@bp.route("/plans/<int:plan_id>/risks/new", methods=["GET", "POST"])
@requires("risk:edit")
def new(plan_id: int) -> Any:
    """Enter a risk in the register."""
    form = forms.RiskForm()
    form.department_id.offer(department_choices(), _("Project manager"))
    made: list[Risk] = []
    status = 200
    if request.method == "POST":
        status = attempt(
            form,
            lambda: made.append(
                services.register_risk(
                    plan_id,
                    title=form.title.data,
                    description=form.description.data,
                    department_id=form.department_id.data,
                    plan_impact=form.plan_impact.data,
                    actor=current_user,
                    now=request_now(),
                )
            ),
        )
    if made:
        flash(_("The risk is in the register. What is to be done about it?"))
        return redirect(
            url_for("risks.show", risk_id=made[0].id, edit="response", _anchor="responses"), 303
        )
    return render_template("risks/new.html", form=form, risk=None, plan_id=plan_id), status


@bp.route("/risks/<int:risk_id>")
@requires("risk:read")
def show(risk_id: int) -> Any:
    """One risk. `?edit=response-3` opens a response's form in place."""
    return risk_page(db.session.get_one(Risk, risk_id), opened=request.args.get("edit", ""))


@bp.route("/risks/<int:risk_id>/edit", methods=["GET", "POST"])
@requires("risk:edit")
def edit(risk_id: int) -> Any:
    """Change a risk's words and department."""
    risk = db.session.get_one(Risk, risk_id)
    form = forms.RiskForm(
        title=words(risk.title),
        description=risk.description,
        department_id=risk.department_id,
        plan_impact=risk.plan_impact,
        version=str(risk.version),
    )
    form.department_id.offer(department_choices(), _("Project manager"))
    status = 200
    if request.method == "POST":
        status = attempt(
            form,
            lambda: services.edit_risk(
                risk,
                title=risk.title.edited(form.title.data, current_language()),
                description=form.description.data,
                department_id=form.department_id.data,
                plan_impact=form.plan_impact.data,
                version=version_in(form),
                actor=current_user,
                now=request_now(),
            ),
            lock=lambda: risk.version,
        )
        if status == 303:
            flash(_("Risk saved."))
            return redirect(url_for("risks.show", risk_id=risk.id), 303)
    return (
        render_template("risks/new.html", form=form, risk=risk, plan_id=risk.plan_id),
        status,
    )


@bp.route("/risks/<int:risk_id>/review", methods=["POST"])
@requires("risk:review")
def review(risk_id: int) -> Any:
    """Score a risk. Whoever sends second sees what the first has said."""
    risk = db.session.get_one(Risk, risk_id)
    form = forms.ReviewForm()
    status = attempt(
        form,
        lambda: services.review_risk(
            risk,
            probability=form.probability.data,
            impact=form.impact.data,
            comment=form.comment.data,
            target=form.target,
            expected_version=version_in(form),
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: risk.version,
    )
    if status != 303:
        return risk_page(risk, review_form=form), status
    flash(_("Reviewed: risk %(number)s stands at %(score)s.", number=risk.number,
            score=pages.score_words(risk.score or 0)))  # fmt: skip
    return redirect(url_for("risks.index", plan_id=risk.plan_id), 303)


@bp.route("/risks/<int:risk_id>/target", methods=["POST"])
@requires("risk:review")
def target(risk_id: int) -> Any:
    """Say where the risk is to be brought."""
    risk = db.session.get_one(Risk, risk_id)
    form = forms.TargetForm()
    status = attempt(
        form,
        lambda: services.set_target(
            risk, target=form.target, actor=current_user, now=request_now()
        ),
    )
    return answer(risk, status, _("Target saved."), target_form=form)


@bp.route("/risks/<int:risk_id>/close", methods=["POST"])
@requires("risk:edit")
def close(risk_id: int) -> Any:
    """Close a risk with the reason."""
    risk = db.session.get_one(Risk, risk_id)
    form = forms.ReasonForm()
    status = attempt(
        form,
        lambda: services.close_risk(
            risk, reason=form.reason.data, actor=current_user, now=request_now()
        ),
    )
    return answer(risk, status, _("The risk is closed. It can be reopened."), close_form=form)


@bp.route("/risks/<int:risk_id>/reopen", methods=["POST"])
@requires("risk:edit")
def reopen(risk_id: int) -> Any:
    """Put a closed risk back on the map."""
    risk = db.session.get_one(Risk, risk_id)
    services.reopen_risk(risk, actor=current_user, now=request_now())
    return answer(risk, 303, _("The risk is open again."))


def register_page(plan_id: int) -> str:
    """The register, filtered by `?show=`."""
    book = open_book(plan_id, g.viewer, request_now())
    chosen = request.args.get("show", "all")
    chosen = chosen if chosen in pages.FILTERS else "all"
    waiting = pages.waiting_for(book)
    row = waiting[0] if waiting else None
    return render_template(
        "risks/index.html",
        plan_id=plan_id,
        book=book,
        state=book.state,
        rows=pages.filtered(book, chosen),
        chosen=chosen,
        filters=pages.filter_items(
            book, chosen, lambda name: url_for("risks.index", plan_id=plan_id, show=name)
        ),
        points=pages.map_points(
            book, lambda key: url_for("risks.show", risk_id=key), row.id if row else None
        ),
        waiting=waiting,
        selected=row,
        selected_risk=next((r for r in book.register.risks if row and r.id == row.id), None),
        form=review_form_of(book, row) if row else None,
        may_sign={s.department_id: may_review(g.viewer, s.department_id)
                  for s in book.state.signatures},
        spans=BAND_SPANS,
        page=pages,
        **review_words(),
    )  # fmt: skip


def version_in(form: Any) -> int | None:
    """The version that the form's reader saw."""
    return whole_number_or_none(form.version.data)
