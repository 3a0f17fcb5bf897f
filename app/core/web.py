"""The web shell: what happens around every request.

Request id and instant first, then the view, then one commit, then the headers. Domain errors
become pages in the person's language; nothing answers 500 for what a person sent.
"""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from app.core import clock, unit_of_work
from app.core.db import _is_writing
from app.core.errors import DomainError
from app.core.permissions import SignInNeeded
from app.core.text import LARGEST_ID

log = structlog.get_logger()

NOT_HERE = _l("This page does not exist, or not for you.")
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KEPT_TEXT_LIMIT = 200_000
LONGEST_NAME = 100
# Fields whose name has one of these hold what must not be shown again.
SECRET_WORDS = ("password", "secret", "address")

TITLES = {
    400: _l("This form could not be read"),
    403: _l("Not yours to change"),
    404: _l("This page does not exist"),
    405: _l("This address does not take that"),
    409: _l("Somebody else changed this meanwhile"),
    413: _l("This is too large"),
    422: _l("This cannot be done"),
    429: _l("Too many tries"),
    500: _l("Something went wrong on our side"),
}
SENTENCES = {
    400: _l("Please go back and try once more. What you typed is still in the form."),
    403: _l("You can read this, but not change it."),
    404: _l("It may have been moved, or it is not for you. The menu leads to what is."),
    405: _l("Please use the buttons of the page."),
    409: _l("Please go back, load the page again and enter your change once more."),
    413: _l("Please send a smaller file or text."),
    429: _l("Please wait a few minutes and try again."),
    500: _l("Nothing was saved. Please try again; if it happens again, give this number to your "
            "administrator."),
}  # fmt: skip


def request_now() -> datetime:
    """The instant of this request: read once."""
    return g.now


def sent_fields(with_files: Collection[str] = ()) -> MultiDict[str, Any]:
    """What a form was sent with: text as text, and files only under the names that take files.

    So a file in a text's place, or a body of JSON with a number or a list in it, is a missing
    field and never a surprise. Nor do names pass that no form of ours has: WTForms would read a
    row's number from them.
    """
    fields: MultiDict[str, Any] = MultiDict(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.isascii() and len(name) <= LONGEST_NAME
    )
    for name in with_files:
        for file in request.files.getlist(name):
            fields.add(name, file)
    return fields


class Yingbin(Flask):
    """A Flask whose requests are units of work: one commit when the view succeeded."""

    def dispatch_request(self) -> Any:
        token = _is_writing.set(request.method not in READING_METHODS)
        try:
            response = self.make_response(super().dispatch_request())
            if response.status_code < 400:
                unit_of_work.commit()
            else:
                unit_of_work.rollback()
            return response
        except BaseException:
            unit_of_work.rollback()
            raise
        finally:
            _is_writing.reset(token)


class IdConverter(IntegerConverter):
    """`<int:…>` in an address: what no database column can hold is a page that does not exist."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max", LARGEST_ID)
        super().__init__(*args, **options)


def install(app: Flask) -> None:
    """Hooks, headers and error pages."""
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def _begin() -> None:
        g.now = clock.now()
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex
        g.csp_nonce = secrets.token_urlsafe(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "-")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        if "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = (
                f"default-src 'self'; script-src 'self' 'nonce-{g.get('csp_nonce', '')}'; "
                "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
                "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            )
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            log.info(
                "request",
                method=request.method,
                # Where a token is part of the address, the blueprint gives the rule instead.
                path=g.get("logged_path", request.path),
                status=response.status_code,
            )
        return response

    app.jinja_env.globals["csp_nonce"] = lambda: g.get("csp_nonce", "")

    app.register_error_handler(SignInNeeded, _send_to_sign_in)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(DomainError, _domain_page)
    app.register_error_handler(HTTPException, _http_page)
    app.register_error_handler(StaleDataError, _conflict_page)
    app.register_error_handler(IntegrityError, _conflict_page)
    app.register_error_handler(Exception, _broken_page)


def error_page(status: int, sentence: Any = None) -> tuple[str, int]:
    """The page for a status, with the sentence where there is one."""
    return (
        render_template(
            "errors/error.html",
            status=status,
            title=TITLES.get(status, TITLES[400]),
            sentence=sentence or SENTENCES.get(status, SENTENCES[400]),
            request_id=g.get("request_id", "-"),
        ),
        status,
    )


def _send_to_sign_in(_error: SignInNeeded) -> Any:
    target = request.full_path.rstrip("?")
    if request.method not in READING_METHODS:
        # What was typed must survive: keep it in the session's own store until they are back.
        from_page = request.referrer or ""
        target = "/" + from_page.split("/", 3)[3] if from_page.startswith(request.host_url) else "/"
        return (
            render_template(
                "errors/signed_out.html",
                fields=_typed_fields(),
                target=target,
                action=request.full_path.rstrip("?"),
            ),
            401,
        )
    if request.headers.get("HX-Request"):
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("accounts.login", next=target)
        return response
    return redirect(url_for("accounts.login", next=target if target != "/" else None))


def _typed_fields() -> list[tuple[str, str]]:
    """The text of a form that came too late, to be shown and sent again; never a secret.

    Only of our own pages: another site must not be able to lay its text under our button.
    """
    try:
        sender = urlsplit(request.headers.get("Origin") or request.referrer or "").netloc
    except ValueError:
        return []
    if sender != request.host:
        return []
    rows = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name != "csrf_token" and not any(word in name for word in SECRET_WORDS)
    ]
    return rows if sum(len(v) for _n, v in rows) <= KEPT_TEXT_LIMIT else []


def _form_expired(error: CSRFError) -> Any:
    if request.endpoint == "accounts.login":
        # Another tab signed in or out meanwhile: nothing but the password was typed.
        flash(_("This page had been open too long. Please sign in once more."))
        return redirect(url_for("accounts.login", next=request.form.get("next") or None), 303)
    # A form may have outlived its sign-in; then the way back is the sign-in page.
    if "_user_id" not in session:
        return _send_to_sign_in(SignInNeeded())
    return (
        render_template(
            "errors/signed_out.html",
            fields=_typed_fields(),
            target="",
            action=request.full_path.rstrip("?"),
        ),
        400,
    )


def _domain_page(error: DomainError) -> Any:
    return error_page(error.status, error.message)


def _http_page(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    return error_page(code)


def _conflict_page(error: Exception) -> Any:
    log.warning("conflict", kind=type(error).__name__, detail=str(error)[:500])
    return error_page(409)


def _broken_page(error: Exception) -> Any:
    log.exception("unhandled")
    return error_page(
        500,
        _("Nothing was saved. The number of this request is %(number)s; please give it to your "
          "administrator.", number=g.get("request_id", "-")),
    )  # fmt: skip
