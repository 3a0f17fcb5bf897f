"""A person's page of how they want to be reminded, and what will come to them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import preference_services as services
from app.comms.coming_to_me import absence_of, coming_to, stands_in_for
from app.comms.models import Channel
from app.comms.outbox import channels_in_use
from app.comms.preference_forms import PreferencesForm, fields_of
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.permissions import SIGNED_IN, requires
from app.core.web import request_now
from app.plans.access import plans_of

bp = Blueprint("preferences", __name__, template_folder="templates")

DAYS = 14


@bp.route("/account/reminders", methods=["GET", "POST"])
@requires(SIGNED_IN)
def index() -> Any:
    form = PreferencesForm(data=fields_of(services.wishes_of(current_user)))
    if form.validate_on_submit():
        try:
            services.save_preferences(current_user, form.wishes(), request_now())
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved. It holds for what is written from now on."))
            return redirect(url_for("preferences.index"), 303)
    return _page(form), 422 if form.errors else 200


def _page(form: PreferencesForm) -> str:
    now, plans = request_now(), plans_of(current_user)
    today = local_date(now)
    return render_template(
        "comms/preferences.html",
        form=form,
        has_plans=bool(plans),
        has_mail_server=Channel.mail in channels_in_use(),
        absence=absence_of(current_user.id, today, DAYS),
        stands_in_for=stands_in_for(current_user.id, today, DAYS),
        by_day=coming_to(current_user.id, plans, now, DAYS),
        plan_count=len(plans),
        days=DAYS,
        today=today,
    )
