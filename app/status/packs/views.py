"""Pages of the status packs: the list, asking for one, watching it grow, downloading it."""

import io
from typing import Any

from flask import (
    Blueprint,
    after_this_request,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField

from app.core.forms import Form, choices
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.web import request_now
from app.status.packs.jobs import after_commit
from app.status.packs.queries import XLSX, file_name, packs_of_plan, ready_pack
from app.status.packs.services import note_download, request_pack

bp = Blueprint("packs", __name__, template_folder="../templates")


class PackForm(Form):
    """What may be chosen of a pack."""

    language = RadioField(
        _l("Language of the pack"), choices=choices([("zh", "中文"), ("en", "English")])
    )


@bp.get("/plans/<int:plan_id>/packs")
@requires("pack:read")
def index(plan_id: int) -> Any:
    """The packs, newest first, and the form for the next."""
    form = PackForm(language=current_language())
    return _page(plan_id, form), 200


@bp.post("/plans/<int:plan_id>/packs")
@requires("pack:build")
def build(plan_id: int) -> Any:
    """Ask for a pack: the row is kept, then the work begins at once in this process."""
    form = PackForm()
    if not form.validate_on_submit():
        return _page(plan_id, form), 422
    # Everybody who may build packs sees through their own eyes, never through somebody else's.
    pack = request_pack(
        plan_id, language=form.language.data, actor=current_user, eyes=current_user,
        now=request_now(),
    )  # fmt: skip
    if not current_app.testing:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        after_this_request(after_commit(app, pack.id))
    flash(_("The pack is being built; it takes a few seconds."))
    return redirect(url_for("packs.index", plan_id=plan_id), 303)


@bp.get("/plans/<int:plan_id>/packs/progress")
@requires("pack:read")
def progress(plan_id: int) -> Any:
    """The list alone, asked for again and again while a pack is being built."""
    return render_template("status/_pack_list.html", packs=packs_of_plan(plan_id), plan_id=plan_id)


@bp.get("/packs/<int:pack_id>.xlsx")
@requires("pack:read")
def download(pack_id: int) -> Any:
    """The workbook as a file; who took it is counted."""
    pack = ready_pack(pack_id)
    note_download(pack, current_user, request_now())
    response = send_file(
        io.BytesIO(pack.content or b""), mimetype=XLSX, as_attachment=True,
        download_name=file_name(pack),
    )  # fmt: skip
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def _page(plan_id: int, form: PackForm) -> str:
    return render_template(
        "status/packs.html", form=form, packs=packs_of_plan(plan_id), plan_id=plan_id,
        may_build=g.viewer.may("pack:build"),
    )  # fmt: skip
