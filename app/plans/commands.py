"""`flask plan …`: plans from the command line. Packages to the right add commands to the group."""

from datetime import datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.accounts.models import Person
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.unit_of_work import unit_of_work
from app.plans.starting import PlanStart, start_plan

plan_commands = AppGroup("plan", help="Start plans, bring them in and take them out.")


@plan_commands.command("new")
@click.option("--template", required=True, help="Key of the plan template, such as reception.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; today if left out.")
@click.option("--manager", required=True, metavar="EMAIL", help="The project manager.")
@click.option("--company", default="", help="Name of the company on the cover.")
def new(template: str, start: datetime | None, manager: str, company: str) -> None:
    """Start a plan with proposed dates and print its number; people are filled in on its page."""
    now = clock.now()
    try:
        with unit_of_work():
            person = db.session.scalar(
                select(Person).where(Person.email == manager.strip().lower())
            )
            if person is None:
                raise click.ClickException(f"Nobody has the address {manager}.")
            plan = start_plan(
                PlanStart(
                    template_key=template,
                    start_on=start.date() if start else local_date(now),
                    company=company,
                    manager_id=person.id,
                    prepared_by_id=person.id,
                    prepared_on=local_date(now),
                ),
                person,
                now,
            )
            number = plan.id
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(number)
