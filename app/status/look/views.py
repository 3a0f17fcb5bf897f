"""The administrator's page of how packs and documents look, and the company's logo."""

import io
from typing import Any

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField

from app.accounts.menus import admin_tabs
from app.core.errors import DomainError, NotFound
from app.core.forms import Form, title_field
from app.core.permissions import ADMINISTRATOR, SIGNED_IN, requires
from app.core.text import clean_line
from app.core.web import NOT_HERE, request_now
from app.status.look.choosing import (
    COMPANY_LENGTH,
    MOST_BYTES,
    LookDetails,
    choices_made,
    choose_look,
    current_look,
    logo_of,
)
from app.status.look.pictures import read_picture
from app.status.packs.manifest import Look

bp = Blueprint("look", __name__, template_folder="../templates")

OWN_COLOUR = "#0F6670"


class LookForm(Form):
    """Name, colour and logo; what is left empty is ours."""

    company = title_field(_l("Name of the company"), is_required=False, length=COMPANY_LENGTH)
    colour = StringField(_l("Colour"), filters=[clean_line])
    logo = FileField(_l("Logo"))
    no_logo = BooleanField(_l("Use no logo"))

    def details(self) -> LookDetails:
        """What was entered. One byte more than allowed is enough to refuse a picture."""
        upload, logo = self.logo.data, None
        if upload:
            logo = upload.read(MOST_BYTES + 1)
            upload.close()
        return LookDetails(
            self.company.data or "", self.colour.data or "", logo, not self.no_logo.data
        )


@bp.get("/admin/look")
@requires(ADMINISTRATOR)
def index() -> Any:
    look = current_look()
    return _page(LookForm(formdata=None, company=look.company, colour=look.colour), look)


@bp.post("/admin/look")
@requires(ADMINISTRATOR)
def choose() -> Any:
    form = LookForm()
    if form.validate_on_submit():
        try:
            choose_look(form.details(), actor=current_user, now=request_now())
        except DomainError as error:
            form.take(error)
        else:
            flash(_("Saved. Packs and documents made from now on look like this."))
            return redirect(url_for("look.index"), 303)
    return _page(form, current_look()), 422


@bp.post("/admin/look/own")
@requires(ADMINISTRATOR)
def go_back() -> Any:
    """Back to how we look ourselves."""
    choose_look(LookDetails("", "", None, has_logo=False), actor=current_user, now=request_now())
    flash(_("Packs and documents look like Yingbin again."))
    return redirect(url_for("look.index"), 303)


@bp.get("/look/logo")
@requires(SIGNED_IN)
def logo() -> Any:
    """The company's logo as it is now."""
    sha256 = current_look().logo_sha256
    if sha256 is None:
        raise NotFound(NOT_HERE)
    content = logo_of(sha256)
    picture = read_picture(content)
    if picture is None:
        raise NotFound(NOT_HERE)
    response = send_file(io.BytesIO(content), mimetype=picture.mime, etag=False, max_age=0)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(form: LookForm, look: Look) -> str:
    return render_template(
        "status/look.html",
        subnav=admin_tabs("look"),
        form=form,
        look=look,
        is_own=look == Look(),
        own_colour=OWN_COLOUR,
        history=choices_made(),
    )
