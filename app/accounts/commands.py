"""`flask user …`: the first people of an installation, and the way in when mail is down."""

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.resets import issue_reset_token, link_of, prepare_reset
from app.accounts.services import PersonDetails, add_person, checked_email, set_first_password
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, in_language
from app.core.unit_of_work import unit_of_work

user_commands = AppGroup("user", help="Add people and let them in.")


@user_commands.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's full name.")
@click.option("--admin", is_flag=True, help="Looks after people, departments, the installation.")
@click.option("--may-start-plans", is_flag=True, help="May start plans.")
@click.option("--title", default="", help="The person's position.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of pages and mails.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(
    email: str, name: str, admin: bool, may_start_plans: bool, title: str, lang: str | None,
    password_stdin: bool,
) -> None:  # fmt: skip
    """Add a person; without a password print a link for setting one (valid for 7 days)."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    now = clock.now()
    details = PersonDetails(
        email=email, name=name, title=title, language=lang, is_admin=admin,
        may_start_plans=may_start_plans,
    )  # fmt: skip
    link = None
    try:
        with in_language("en"), unit_of_work():
            person = add_person(details, actor=None, now=now)
            if password is not None:
                set_first_password(person, password)
            else:
                link = _link_for(person)
            added = person.email
    except DomainError as error:
        with in_language("en"):
            raise click.ClickException(str(error)) from error
    click.echo(f"Added {name} <{added}>.")
    if link:
        click.echo(f"They set their password here within 7 days:\n{link}")


@user_commands.command("link")
@click.argument("email")
def link(email: str) -> None:
    """Print a link for setting a password (valid for an hour, for newcomers 7 days)."""
    try:
        with in_language("en"), unit_of_work():
            person = db.session.scalar(
                select(Person).where(Person.email == checked_email(email), Person.is_enabled)
            )
            if person is None:
                raise click.ClickException(f"Nobody enabled has the address {email}.")
            found = _link_for(person)
    except DomainError as error:
        with in_language("en"):
            raise click.ClickException(str(error)) from error
    click.echo(found)


def _link_for(person: Person) -> str:
    now = clock.now()
    reset = prepare_reset(person, is_invitation=person.password_hash is None, now=now)
    return link_of(issue_reset_token(reset.id, now))
