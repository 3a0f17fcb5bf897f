"""The plan document as a download."""

import io
from typing import Any

from flask import Blueprint, send_file
from flask_login import current_user

from app.core.formats import local_date
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.web import request_now
from app.exchange.document.making import make_document

bp = Blueprint("document", __name__)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.get("/plans/<int:plan_id>/document.docx")
@requires("plan:read")
def download(plan_id: int) -> Any:
    """The plan as a document of Word, in the reader's language and sight."""
    language = current_language()
    content = make_document(plan_id, eyes=current_user, language=language, now=request_now())
    name = f"yingbin-plan-{plan_id}-{local_date(request_now())}-{language}.docx"
    response = send_file(io.BytesIO(content), mimetype=DOCX, as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
