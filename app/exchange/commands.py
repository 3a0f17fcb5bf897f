"""`flask plan export` and `flask plan import`: the round trip from the command line."""

from dataclasses import replace
from pathlib import Path

import click

from app.accounts.console import person_named, write_whole
from app.accounts.models import Person
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, in_language
from app.core.unit_of_work import rollback, unit_of_work
from app.exchange import pages, previewing, services
from app.exchange.document.making import make_document
from app.exchange.matching import Outcome
from app.exchange.reading import read_workbook
from app.plans.access import manager_ids
from app.plans.commands import plan_commands
from app.plans.models import Plan


@plan_commands.command("export")
@click.argument("plan", type=int)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "email", help="Through whose eyes (default: the project manager).")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def export(plan: int, output: Path, email: str | None, lang: str) -> None:
    """Write PLAN (its number) as an Excel workbook that can be edited and imported, or as the
    document in Word where the file's name ends with .docx."""
    if db.session.get(Plan, plan) is None:
        raise click.ClickException(f"There is no plan {plan}.")
    with in_language("en"):
        try:
            make = make_document if output.suffix.lower() == ".docx" else services.export_plan
            content = make(plan, eyes=_person(plan, email), language=lang, now=clock.now())
        except DomainError as problem:
            raise click.ClickException(str(problem.message)) from problem
    write_whole(output, content)
    click.echo(f"{output}: {len(content):,} bytes")


@plan_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--as", "email", help="Whose permissions apply (default: the project manager).")
@click.option("--reason", default="", help="Kept with changed dates and what is reopened.")
@click.option("--remove", is_flag=True, help="Remove the rows that the file lacks.")
@click.option("--leave-out", is_flag=True, help="Leave out rows in which something is refused.")
@click.option("--conflicts", type=click.Choice(("file", "now")),
              help="Which wins in every conflict.")  # fmt: skip
def import_(
    file: Path, dry_run: bool, email: str | None, reason: str, remove: bool, leave_out: bool,
    conflicts: str | None,
) -> None:  # fmt: skip
    """Bring FILE back into the plan that it was exported from; all of it or nothing."""
    # Sentences of the domain are put into words when they are said: in here.
    with in_language("en"):
        decision = services.Decision(removes=remove, leaves_out=leave_out, reason=reason)
        try:
            _import(file, email, decision, conflicts, is_dry=dry_run)
        except services.NotApplied as problem:
            raise click.ClickException(f"Nothing was applied. {problem.message}") from problem
        except DomainError as problem:
            raise click.ClickException(str(problem.message)) from problem


def _import(
    file: Path, email: str | None, decision: services.Decision, conflicts: str | None, *,
    is_dry: bool,
) -> None:  # fmt: skip
    now = clock.now()
    content = file.read_bytes()
    with unit_of_work():
        plan_id = read_workbook(content, file.name).origin.plan_id
        if db.session.get(Plan, plan_id) is None:
            raise click.ClickException(f"{file.name} is of plan {plan_id}, which is not here.")
        actor = _person(plan_id, email)
        preview = previewing.preview_of(plan_id, file.name, content, actor=actor, now=now)
        _say(preview)
        if is_dry or preview.is_empty:
            rollback()
            return
        upload = services.take_in(
            plan_id, filename=file.name, content=content, actor=actor, now=now
        )
        if conflicts:
            keys = services.conflicts_of(preview.rows)
            decision = replace(decision, conflicts=dict.fromkeys(keys, conflicts == "file"))
        count = services.apply_upload(
            upload, decision, seen=preview.sha256, actor=actor, now=now
        )
    click.echo(f"Rows applied: {count}")


def _say(preview: previewing.Preview) -> None:
    click.echo(pages.summary(preview))
    for row in preview.rows:
        if row.outcome is Outcome.kept:
            continue
        refusals = [cell for cell in row.cells if cell.outcome is Outcome.refused]
        for cell in refusals or ([None] if row.is_refused else []):
            click.echo(f"refused: {pages.cell_sentence(row, cell, preview)}")


def _person(plan_id: int, email: str | None) -> Person:
    if email is None:
        managers = manager_ids(plan_id)
        if not managers:
            raise click.ClickException("The plan has no project manager; say --as EMAIL.")
        return db.session.get_one(Person, managers[0])
    return person_named(email)


# Known to the application by being imported: the group is the plans' own.
COMMANDS = plan_commands
