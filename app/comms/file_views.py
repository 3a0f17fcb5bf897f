"""Pages of the shared files, and their download."""

import io
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import files as services
from app.comms import room_forms as forms
from app.comms.file_kinds import MOST_BYTES, mime_type
from app.comms.models import FileVersion, SharedFile, Visibility
from app.core.db import db
from app.core.errors import NotFound
from app.core.permissions import requires
from app.core.web import NOT_HERE, request_now
from app.tasks.page import attempt

bp = Blueprint("files", __name__, template_folder="templates")


@bp.route("/plans/<int:plan_id>/files")
@requires("file:read")
def index(plan_id: int) -> Any:
    return _index(plan_id, forms.ShareForm(formdata=None))


@bp.route("/plans/<int:plan_id>/files", methods=["POST"])
@requires("file:share")
def share(plan_id: int) -> Any:
    """Share a file."""
    form = forms.ShareForm()
    filename, content = _uploaded(form)
    status = attempt(
        form,
        lambda: services.share_file(
            plan_id, title=form.title.data, description=form.description.data,
            visibility=Visibility(form.visibility.data), filename=filename, content=content,
            actor=current_user, now=request_now(),
        ),
    )  # fmt: skip
    if status != 303:
        return _index(plan_id, form, status)
    flash(_("The file is shared."))
    return redirect(url_for("files.index", plan_id=plan_id), 303)


@bp.route("/files/<int:file_id>")
@requires("file:read")
def show(file_id: int) -> Any:
    return _page(_seen(file_id))


@bp.route("/files/<int:file_id>/versions", methods=["POST"])
@requires("file:share")
def add_version(file_id: int) -> Any:
    """Upload a newer version."""
    file = _seen(file_id)
    form = forms.VersionForm()
    filename, content = _uploaded(form)
    status = attempt(
        form,
        lambda: services.add_version(
            file, filename=filename, content=content, note=form.note.data, actor=current_user,
            now=request_now(),
        ),
    )  # fmt: skip
    return _after(file, "version", form, status, _("The new version is shared."))


@bp.route("/files/<int:file_id>/edit", methods=["POST"])
@requires("file:share")
def edit(file_id: int) -> Any:
    """Change title, description and who may open it."""
    file = _seen(file_id)
    form = forms.FileForm()
    status = attempt(
        form,
        lambda: services.edit_file(
            file, title=form.title.data, description=form.description.data,
            visibility=Visibility(form.visibility.data), seen=form.seen.data or None,
            actor=current_user, now=request_now(),
        ),
        lambda: services.file_stamp(file),
    )  # fmt: skip
    return _after(file, "edit", form, status, _("The file is changed."))


@bp.route("/files/<int:file_id>/remove", methods=["POST"])
@requires("file:share")
def remove(file_id: int) -> Any:
    """Take a file from the list."""
    file = _seen(file_id)
    services.remove_file(file, actor=current_user, now=request_now())
    flash(_("The file is removed. It can be put back below the list."))
    return redirect(url_for("files.index", plan_id=file.plan_id), 303)


@bp.route("/files/<int:file_id>/restore", methods=["POST"])
@requires("file:share")
def restore(file_id: int) -> Any:
    """Put a removed file back."""
    file = _seen(file_id)
    services.restore_file(file, actor=current_user, now=request_now())
    flash(_("The file is back."))
    return redirect(url_for("files.show", file_id=file.id), 303)


@bp.route("/file-versions/<int:version_id>/download")
@requires("file:read")
def download(version_id: int) -> Any:
    """The bytes of a version: always saved, never shown inside our pages."""
    version = db.session.get(FileVersion, version_id)
    if version is None:
        raise NotFound(NOT_HERE)
    _seen(version.file_id)
    response = send_file(
        io.BytesIO(version.content),
        mimetype=mime_type(version.filename),
        as_attachment=True,
        download_name=version.filename,
        etag=False,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _index(plan_id: int, form: Any, status: int = 200) -> Any:
    return (
        render_template(
            "comms/files.html",
            plan_id=plan_id,
            entries=services.file_entries(g.viewer),
            removed=services.file_entries(g.viewer, is_removed=True),
            form=form,
            may_share=g.viewer.may("file:share"),
        ),
        status,
    )


def _page(file: SharedFile, kept: dict[str, Any] | None = None, status: int = 200) -> Any:
    kept = kept or {}
    return (
        render_template(
            "comms/file.html",
            file=file,
            versions=services.versions_of(file),
            version_form=kept.get("version") or forms.VersionForm(formdata=None),
            edit_form=kept.get("edit") or forms.FileForm(
                formdata=None, title=file.title, description=file.description,
                visibility=file.visibility.value, seen=services.file_stamp(file),
            ),
            opened=next(iter(kept), ""),
            may_keep=services.may_keep(g.viewer, file),
            may_share=g.viewer.may("file:share") and file.removed_at is None,
        ),
        status,
    )  # fmt: skip


def _after(file: SharedFile, name: str, form: Any, status: int, said: str) -> Any:
    if status != 303:
        return _page(file, {name: form}, status)
    flash(said)
    return redirect(url_for("files.show", file_id=file.id), 303)


def _uploaded(form: Any) -> tuple[str, bytes]:
    """Name and bytes of what was sent; one byte more than allowed is enough to refuse it."""
    upload = form.upload.data
    if not upload:
        return "", b""
    content = upload.read(MOST_BYTES + 1)
    upload.close()
    return upload.filename or "", content


def _seen(file_id: int) -> SharedFile:
    """The file, where the viewer may open it."""
    file = db.session.get(SharedFile, file_id)
    if file is None or not services.sees_file(g.viewer, file):
        raise NotFound(NOT_HERE)
    return file
