"""The page that says what a workbook is: which pack, and whether anything in it was changed."""

from typing import Any

from flask import current_app, render_template
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField, FileRequired

from app.core.db import db
from app.core.errors import DomainError
from app.core.forms import Form
from app.core.permissions import requires, viewer_for
from app.core.snapshots import Snapshot
from app.core.uploads import MOST_BYTES
from app.plans.models import Plan
from app.status.models import Pack
from app.status.packs.verifying import Verdict, verify
from app.status.packs.views import bp


class VerifyForm(Form):
    upload = FileField(
        _l("Workbook"), validators=[FileRequired(_l("Please choose the workbook to check."))]
    )


@bp.get("/plans/<int:plan_id>/packs/verify")
@requires("pack:read")
def verify_file(plan_id: int) -> Any:
    return _page(plan_id, VerifyForm(formdata=None))


@bp.post("/plans/<int:plan_id>/packs/verify")
@requires("pack:read")
def check_file(plan_id: int) -> Any:
    """Nothing of the file is kept."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return _page(plan_id, form), 422
    upload = form.upload.data
    content, filename = upload.read(MOST_BYTES + 1), upload.filename or ""
    upload.close()
    try:
        found = verify(content, filename, current_app.config["PROGRAM_VERSION"])
    except DomainError as error:
        form.take(error)
        return _page(plan_id, form), 422
    if found.pack is not None and not _may_see(found.pack):
        # Of a plan that one may not see not even its being here is told.
        found = Verdict(found.sha256)
    return _page(plan_id, form, found, filename)


def _may_see(pack: Pack) -> bool:
    viewer = viewer_for(current_user, pack.plan_id)
    return viewer is not None and viewer.may("pack:read")


def _page(plan_id: int, form: VerifyForm, found: Verdict | None = None, filename: str = "") -> str:
    pack = found.pack if found else None
    return render_template(
        "status/verify.html",
        plan_id=plan_id,
        form=form,
        found=found,
        filename=filename,
        plan=db.session.get(Plan, pack.plan_id) if pack else None,
        snapshot=db.session.get(Snapshot, pack.snapshot_id) if pack and pack.snapshot_id else None,
    )
