"""Pages of the round trip: take the plan out as a workbook, bring it back, see, apply."""

import io
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.core.db import writing
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.unit_of_work import rollback
from app.core.uploads import MOST_BYTES
from app.core.web import request_now
from app.exchange import pages, previewing, services
from app.exchange.forms import ApplyForm, UploadForm
from app.exchange.models import Upload, UploadState
from app.exchange.sheets import SHEETS
from app.tasks.page import attempt

bp = Blueprint("exchange", __name__, template_folder="templates")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHOICE = "conflict:"


@bp.get("/plans/<int:plan_id>/exchange")
@requires("plan:exchange")
def index(plan_id: int) -> Any:
    """Take the workbook out, or bring one in."""
    return _index(plan_id, UploadForm(formdata=None))


@bp.get("/plans/<int:plan_id>/exchange/plan.xlsx")
@requires("plan:exchange")
def download(plan_id: int) -> Any:
    """The plan as a workbook, in the reader's language and sight."""
    language = current_language()
    content = services.export_plan(
        plan_id, eyes=current_user, language=language, now=request_now()
    )
    name = f"yingbin-plan-{plan_id}-{local_date(request_now())}-{language}.xlsx"
    response = send_file(
        io.BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@bp.post("/plans/<int:plan_id>/exchange")
@requires("plan:exchange")
def take_in(plan_id: int) -> Any:
    """Bring a workbook in."""
    form = UploadForm()
    filename, content = _uploaded(form)
    made: list[Upload] = []
    status = attempt(
        form,
        lambda: made.append(
            services.take_in(
                plan_id, filename=filename, content=content, actor=current_user,
                now=request_now(),
            )
        ),
    )  # fmt: skip
    if status != 303:
        return _index(plan_id, form, status)
    return redirect(url_for("exchange.show", plan_id=plan_id, upload_id=made[0].id), 303)


@bp.get("/plans/<int:plan_id>/exchange/<int:upload_id>")
@requires("plan:exchange")
def show(plan_id: int, upload_id: int) -> Any:
    """What a workbook would change now."""
    upload = services.upload_of(plan_id, upload_id, current_user.id)
    if upload.state is not UploadState.waiting:
        return redirect(url_for("exchange.index", plan_id=plan_id))
    # The preview tries everything out and takes it back: on SQLite a transaction that writes has
    # to begin as one.
    rollback()
    with writing():
        preview = previewing.preview_shown(upload, actor=current_user, now=request_now())
        return _preview(upload, preview, ApplyForm(formdata=None))


@bp.post("/plans/<int:plan_id>/exchange/<int:upload_id>/apply")
@requires("plan:exchange")
def apply(plan_id: int, upload_id: int) -> Any:
    """Apply what the preview showed."""
    upload = services.upload_of(plan_id, upload_id, current_user.id)
    form = ApplyForm()
    decision = services.Decision(
        conflicts=_choices(),
        removes=bool(form.removes.data),
        leaves_out=bool(form.leaves_out.data),
        reason=form.reason.data or "",
    )
    if not form.validate_on_submit():
        return _preview(upload, _fresh_preview(upload), form, 422, decision)
    try:
        count = services.apply_upload(
            upload, decision, seen=form.seen.data or "", actor=current_user, now=request_now()
        )
    except services.MovedOn as moved:
        form.take(
            DomainError(_("The plan moved on since you saw this. Here are the changes as they "
                          "are now; nothing was applied."))
        )  # fmt: skip
        return _preview(upload, moved.preview, form, 409, decision)
    except services.NotApplied as failed:
        form.take(DomainError(failed.message, failed.field))
        return _preview(upload, failed.preview, form, 422, decision)
    flash(ngettext("%(num)s row is applied.", "%(num)s rows are applied.", count))
    return redirect(url_for("exchange.index", plan_id=plan_id), 303)


@bp.post("/plans/<int:plan_id>/exchange/<int:upload_id>/drop")
@requires("plan:exchange")
def drop(plan_id: int, upload_id: int) -> Any:
    """Take the workbook back."""
    upload = services.upload_of(plan_id, upload_id, current_user.id)
    services.drop_upload(upload, actor=current_user, now=request_now())
    flash(_("The workbook is dropped; nothing was changed."))
    return redirect(url_for("exchange.index", plan_id=plan_id), 303)


def _index(plan_id: int, form: UploadForm, status: int = 200) -> Any:
    return (
        render_template(
            "exchange/index.html",
            plan_id=plan_id,
            form=form,
            uploads=services.my_uploads(plan_id, g.viewer.person_id),
            sheets=SHEETS,
        ),
        status,
    )


def _fresh_preview(upload: Upload) -> previewing.Preview:
    return previewing.preview_of(
        upload.plan_id, upload.filename, upload.content, actor=current_user, now=request_now()
    )


def _preview(
    upload: Upload,
    preview: previewing.Preview,
    form: ApplyForm,
    status: int = 200,
    decision: services.Decision | None = None,
) -> Any:
    form.seen.data = preview.sha256
    return (
        render_template(
            "exchange/show.html",
            upload=upload,
            preview=preview,
            sheets=pages.sheet_pages(preview),
            summary=pages.summary(preview),
            outcomes={str(outcome): n for outcome, n in preview.counts.items()},
            form=form,
            chosen=decision.conflicts if decision else {},
            prefix=CHOICE,
        ),
        status,
    )


def _choices() -> dict[str, bool]:
    """Which of file and plan wins, by conflict; what was not chosen is missing."""
    return {
        name.removeprefix(CHOICE): value == "file"
        for name, value in request.form.items()
        if name.startswith(CHOICE) and value in ("file", "now")
    }


def _uploaded(form: Any) -> tuple[str, bytes]:
    """Name and bytes of what was sent; one byte more than allowed is enough to refuse it."""
    upload = form.upload.data
    if not upload or not hasattr(upload, "read"):
        return "", b""
    content = upload.read(MOST_BYTES + 1)
    upload.close()
    return upload.filename or "", content
