"""Yingbin 迎宾: runs the rollout of a reception standard. This module is the factory."""

from flask import Flask
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

import app.accounts.wiring
import app.comms.wiring
import app.core.audit
import app.core.jobs
import app.core.snapshots
import app.exchange.models
import app.exchange.wiring
import app.ops.wiring
import app.plans.wiring
import app.reports.wiring
import app.risks.wiring
import app.status.models
import app.status.wiring
import app.tasks.wiring
from app.core import formats, i18n, logs, web
from app.core.db import db
from app.core.settings import ROOT, Settings, from_environment

__version__ = "0.1.0"

csrf = CSRFProtect()
login_manager = LoginManager()
migrate = Migrate()

# From left to right, as imports may run.
FEATURES = (
    app.accounts.wiring,
    app.plans.wiring,
    app.tasks.wiring,
    app.risks.wiring,
    app.reports.wiring,
    app.comms.wiring,
    app.status.wiring,
    app.exchange.wiring,
    app.ops.wiring,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application for `settings`, by default the environment's.

    Raises SettingsError on settings that cannot work.
    """
    settings = settings or from_environment()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    logs.configure(settings.log_level)
    flask_app = web.Yingbin(
        __name__, instance_path=str(settings.instance_path), template_folder="templates"
    )
    is_https = settings.base_url.startswith("https://")
    flask_app.config.update(
        SETTINGS=settings,
        # The demo makes a second application over its own database.
        FACTORY=create_app,
        ZONE=settings.zone,
        PROGRAM_VERSION=__version__,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-yingbin" if is_https else "yingbin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        # A page may stay open over a long lunch; the sign-in itself ends by its own rule.
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES=";".join(
            # A folder that is not there would reset the plural rule to the English one.
            str(ROOT / "app" / name / "translations")
            for name in TRANSLATED
            if (ROOT / "app" / name / "translations").is_dir()
        ),
    )
    flask_app.jinja_env.trim_blocks = True
    flask_app.jinja_env.lstrip_blocks = True
    db.init_app(flask_app)
    migrate.init_app(
        flask_app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True
    )
    login_manager.init_app(flask_app)
    i18n.babel.init_app(flask_app, locale_selector=i18n.select_language)
    formats.install(flask_app)
    web.install(flask_app)
    # After the shell: a refused form is answered with a page, which needs the request's instant.
    csrf.init_app(flask_app)
    flask_app.jinja_env.globals["lang"] = i18n.current_language
    for feature in FEATURES:
        feature.register(flask_app)
    return flask_app


TRANSLATED = (
    "core", "accounts", "plans", "tasks", "risks", "reports", "comms", "status", "exchange", "ops",
)  # fmt: skip
