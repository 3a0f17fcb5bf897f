"""The administrator's page: may packs leave the house as files?"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.core.permissions import ADMINISTRATOR, requires
from app.core.web import request_now
from app.status.distribution.enclosing import MOST_BYTES
from app.status.distribution.forms import PolicyForm
from app.status.distribution.policy import allow_files, may_attach, newest_policies

bp = Blueprint("pack_policy", __name__, template_folder="templates")


@bp.get("/admin/packs")
@requires(ADMINISTRATOR)
def index() -> Any:
    return _page(PolicyForm(formdata=None, may_attach=may_attach())), 200


@bp.post("/admin/packs")
@requires(ADMINISTRATOR)
def choose() -> Any:
    """Allow files, or forbid them."""
    form = PolicyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    is_allowed = bool(form.may_attach.data)
    allow_files(is_allowed, actor=current_user, now=request_now())
    flash(_("Packs may be attached from now on, where a schedule asks for it.") if is_allowed
          else _("Packs are no longer attached; mails carry the link alone."))  # fmt: skip
    return redirect(url_for("pack_policy.index"), 303)


def _page(form: PolicyForm) -> str:
    return render_template(
        "distribution/policy.html", subnav=admin_tabs("pack-policy"), form=form,
        history=newest_policies(), most=MOST_BYTES // 1024 // 1024,
    )  # fmt: skip
