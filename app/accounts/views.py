"""Signing in and out, one's own account, and the way back when the password is forgotten."""

from typing import Any

import structlog
from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from app.accounts import queries, services
from app.accounts.forms import (
    ChangePasswordForm,
    ForgotForm,
    LanguageForm,
    LoginForm,
    NewPasswordForm,
)
from app.accounts.models import Person
from app.accounts.next_page import HOME, local_path, page_they_came_from
from app.accounts.resets import LinkDead
from app.accounts.sign_in import begin_sign_in, end_all_sign_ins, end_sign_in
from app.accounts.throttle import TooManyTries
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES
from app.core.permissions import PUBLIC, SIGNED_IN, requires
from app.core.web import request_now

bp = Blueprint("accounts", __name__, template_folder="templates")
log = structlog.get_logger()


@bp.url_value_preprocessor
def _keep_tokens_out_of_the_log(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "token" in values and request.url_rule:
        g.logged_path = request.url_rule.rule


def _status(form: Any, error: DomainError | None = None) -> int:
    return error.status if error else 422 if form.errors else 200


@bp.route("/login", methods=["GET", "POST"])
@requires(PUBLIC)
def login() -> Any:
    form = LoginForm()
    if request.method == "GET":
        target = local_path(request.args.get("next"))
        if current_user.is_authenticated:
            return redirect(target)
        form.next.data = "" if target == HOME else target
    error = None
    if form.validate_on_submit():
        try:
            person = services.identify(
                form.email.data, form.password.data, request.remote_addr, request_now()
            )
        except DomainError as problem:
            error = problem
            form.take(problem)
            log.info("sign-in refused", address=request.remote_addr, status=problem.status)
        else:
            _enter(person)
            return redirect(local_path(form.next.data), 303)
    return render_template("accounts/login.html", form=form), _status(form, error)


def _enter(person: Person) -> None:
    """A new session: nothing that was in the browser before counts any more."""
    former, language = session.get("_user_id"), session.get("language")
    if former:
        end_sign_in(former)
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    begin_sign_in(person, request_now())
    login_user(person)
    log.info("signed in", person_id=person.id)


@bp.post("/logout")
@requires(PUBLIC)
def logout() -> Any:
    if current_user.is_authenticated:
        end_sign_in(current_user.session_token)
        logout_user()
    language = session.get("language")
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    flash(_("You are signed out."))
    return redirect(url_for("accounts.login"), 303)


@bp.post("/language/<any(zh, en):language>")
@requires(PUBLIC)
def switch_language(language: str) -> Any:
    session["language"] = language
    if current_user.is_authenticated:
        services.choose_language(current_user, language, request_now())
    return redirect(_readable(page_they_came_from(request.referrer, request.host_url)), 303)


def _readable(path: str) -> str:
    """The path, unless it can only be posted to: then the home page."""
    try:
        current_app.url_map.bind("").match(path.split("?")[0], method="GET")
    except HTTPException:
        return HOME
    return path


@bp.get("/csrf")
@requires(SIGNED_IN)
def csrf() -> Any:
    """A fresh token for a form that outlived its sign-in (errors/signed_out.html)."""
    return jsonify(csrf_token=generate_csrf())


@bp.get("/account")
@requires(SIGNED_IN)
def account() -> Any:
    return _account_page(ChangePasswordForm())


def _account_page(form: ChangePasswordForm, error: DomainError | None = None) -> Any:
    language = LanguageForm(formdata=None, language=current_user.language or "")
    page = render_template(
        "accounts/account.html",
        form=form,
        language_form=language,
        others=queries.other_sign_ins(current_user, request_now()),
    )
    return page, _status(form, error)


@bp.post("/account/password")
@requires(SIGNED_IN)
def change_password() -> Any:
    form, error = ChangePasswordForm(), None
    if form.validate_on_submit():
        try:
            services.change_password(
                current_user,
                form.current_password.data,
                form.new_password.data,
                request.remote_addr,
                request_now(),
            )
        except DomainError as problem:
            error = problem
            form.take(problem)
        else:
            flash(_("The new password holds from now on. Other browsers are signed out."))
            return redirect(url_for("accounts.account"), 303)
    return _account_page(form, error)


@bp.post("/account/language")
@requires(SIGNED_IN)
def choose_language() -> Any:
    form = LanguageForm()
    if form.validate_on_submit():
        session.pop("language", None)
        services.choose_language(current_user, form.language.data or None, request_now())
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/sign-ins/end")
@requires(SIGNED_IN)
def end_other_sign_ins() -> Any:
    end_all_sign_ins(current_user.id, but=current_user.session_token)
    flash(_("All other browsers are signed out."))
    return redirect(url_for("accounts.account"), 303)


@bp.route("/password/forgot", methods=["GET", "POST"])
@requires(PUBLIC)
def forgot_password() -> Any:
    form, error = ForgotForm(), None
    if form.validate_on_submit():
        try:
            services.ask_for_reset(form.email.data, request.remote_addr, request_now())
        except DomainError as problem:
            error = problem
            form.take(problem)
        else:
            return redirect(url_for("accounts.forgot_password", sent=1), 303)
    page = render_template(
        "accounts/forgot.html", form=form, is_sent="sent" in request.args and not form.errors
    )
    return page, _status(form, error)


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@requires(PUBLIC)
def reset_password(token: str) -> Any:
    form, error = NewPasswordForm(), None
    now = request_now()
    try:
        if form.validate_on_submit():
            try:
                services.set_password_by_link(
                    token, form.new_password.data, request.remote_addr, now
                )
            except (LinkDead, TooManyTries):
                raise
            except DomainError as problem:
                error = problem
                form.take(problem)
            else:
                flash(_("The new password is set. Please sign in with it."))
                return redirect(url_for("accounts.login"), 303)
        person, is_invitation = services.person_behind_link(token, now)
    except LinkDead:
        return render_template("accounts/link_dead.html"), 404
    page = render_template(
        "accounts/reset.html", form=form, person=person, is_invitation=is_invitation
    )
    return page, _status(form, error)
