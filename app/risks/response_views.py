"""What a risk's page does with its responses."""

from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from app.core.db import db
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.web import request_now
from app.risks import forms, response_services
from app.risks.models import Response, Risk
from app.risks.risk_page import answer, offered
from app.risks.views import bp
from app.risks.windows import from_json
from app.risks.windows_of import plan_dates
from app.tasks.page import attempt


@bp.route("/risks/<int:risk_id>/responses", methods=["POST"])
@requires("risk:review")
def add_response(risk_id: int) -> Any:
    """Plan a response."""
    risk = db.session.get_one(Risk, risk_id)
    form = offered(forms.ResponseForm(), risk, plan_dates(risk.plan_id))
    status = attempt(
        form,
        lambda: response_services.add_response(
            risk,
            title=form.title.data,
            owner_id=form.owner_id.data,
            window=form.window(),
            actor=current_user,
            now=request_now(),
        ),
    )
    return answer(risk, status, _("Response added."), opened="response", response_form=form)


@bp.route("/risk-responses/<int:response_id>/edit", methods=["POST"])
@requires("risk:review")
def edit_response(response_id: int) -> Any:
    """Change a response in place."""
    response = db.session.get_one(Response, response_id)
    risk = response_services.risk_of(response)
    form = offered(forms.ResponseForm(), risk, plan_dates(risk.plan_id), response.owner_id)
    status = attempt(
        form,
        lambda: response_services.edit_response(
            response,
            title=response.title.edited(form.title.data, current_language()),
            owner_id=form.owner_id.data,
            window=form.window(from_json(response.window)),
            seen=form.seen.data or None,
            actor=current_user,
            now=request_now(),
        ),
        lock=lambda: response_services.stamp_of(response),
    )
    return answer(
        risk, status, _("Response saved."), opened=f"response-{response.id}", response_form=form
    )


@bp.route("/risk-responses/<int:response_id>/start", methods=["POST"])
@requires("risk:read")
def start_response(response_id: int) -> Any:
    """Under way."""
    response = db.session.get_one(Response, response_id)
    response_services.start_response(response, actor=current_user, now=request_now())
    return answer(response_services.risk_of(response), 303, _("The response is under way."))


@bp.route("/risk-responses/<int:response_id>/complete", methods=["POST"])
@requires("risk:read")
def complete_response(response_id: int) -> Any:
    """Done; a new score is asked for."""
    response = db.session.get_one(Response, response_id)
    response_services.complete_response(response, actor=current_user, now=request_now())
    return answer(
        response_services.risk_of(response),
        303,
        _("The response is done. The reviewer is asked for a new score."),
    )


@bp.route("/risk-responses/<int:response_id>/drop", methods=["POST"])
@requires("risk:review")
def drop_response(response_id: int) -> Any:
    """Given up, with the reason."""
    response = db.session.get_one(Response, response_id)
    form = forms.ReasonForm()
    status = attempt(
        form,
        lambda: response_services.drop_response(
            response, reason=form.reason.data, actor=current_user, now=request_now()
        ),
    )
    return answer(
        response_services.risk_of(response),
        status,
        _("The response is dropped. It can be taken up again."),
        opened=f"response-{response.id}",
        drop_form=form,
    )


@bp.route("/risk-responses/<int:response_id>/resume", methods=["POST"])
@requires("risk:review")
def resume_response(response_id: int) -> Any:
    """Taken up again."""
    response = db.session.get_one(Response, response_id)
    response_services.resume_response(response, actor=current_user, now=request_now())
    return answer(response_services.risk_of(response), 303, _("The response is under way."))
