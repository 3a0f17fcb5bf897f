"""`flask demo`: a filled example to look at, made and served by one command."""

import locale
import logging
import os
import sys

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Person
from app.core import clock
from app.core.db import db
from app.core.i18n import LANGUAGES, in_language
from app.core.permissions import ROLE_LABELS, Role
from app.core.settings import Settings, demo_settings
from app.ops.demo.making import demo_mark, is_fresh, make_demo
from app.ops.demo.stage import PASSWORD
from app.ops.serving import PortTaken, check_port, serve
from app.plans.models import PlanMember


def spoken_language() -> str:
    """English where the terminal speaks English, else Chinese."""
    said = (
        os.environ.get("LC_ALL") or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    ).lower()
    return "en" if said.startswith("en") else "zh"


@click.command("demo")
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="zh or en")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
def demo_command(lang: str | None, port: int) -> None:
    """Make an example plan in its ninth week and serve it."""
    create_app = current_app.config["FACTORY"]
    given: Settings = current_app.config["SETTINGS"]
    lang = lang or spoken_language()
    settings = demo_settings(
        given.instance_path, base_url=f"http://127.0.0.1:{port}", mail_url=given.mail_url
    )
    now = clock.now()
    with in_language(lang):
        try:
            check_port(port)
            mark = demo_mark(now, lang, current_app.config["PROGRAM_VERSION"], settings)
            if is_fresh(settings.instance_path, mark):
                click.echo(_("The demo of today is kept as you left it."))
            else:
                click.echo(_("Making the demo: nine weeks of a company’s work …"))
                logging.getLogger("alembic").setLevel(logging.WARNING)
                make_demo(create_app, settings, mark, now, _say_week)
                click.echo()
            app = create_app(settings)
            serve(app, port, on_ready=lambda _url: _welcome(app, lang, port))
        except PortTaken as problem:
            click.echo(str(problem), err=True)
            sys.exit(1)


def _say_week(week: str) -> None:
    click.echo(f" {week}", nl=False)
    sys.stdout.flush()


def _welcome(app: object, lang: str, port: int) -> None:
    """The address, the people and the password, as a table."""
    with app.test_request_context(), in_language(lang):  # type: ignore[attr-defined]
        click.echo()
        click.echo(_("Yingbin is running: %(url)s", url=f"http://127.0.0.1:{port}"))
        click.echo(_("Password of everybody: %(password)s", password=PASSWORD))
        click.echo()
        roles: dict[int, list[str]] = {}
        for member in db.session.scalars(select(PlanMember).order_by(PlanMember.id)):
            roles.setdefault(member.person_id, []).append(str(ROLE_LABELS[Role(member.role)]))
        for person in db.session.scalars(select(Person).order_by(Person.id)):
            words = roles.get(person.id) or [_("administrator of the installation")]
            click.echo(f"  {person.email:<28} {person.name}, {', '.join(words)}")
        click.echo()
        click.echo(_("Ctrl-C ends it."))
