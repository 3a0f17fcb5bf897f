"""`flask pack …`: build a status pack to a file, and say what a file is."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts.console import person_named, write_whole
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, in_language
from app.core.snapshots import Snapshot
from app.core.unit_of_work import unit_of_work
from app.plans.models import Plan
from app.status.models import Pack
from app.status.packs import verifying
from app.status.packs.services import build_pack, default_eyes, request_pack

pack_commands = AppGroup("pack", help="Build and verify status packs.")


@pack_commands.command("build")
@click.argument("plan", type=int)
@click.option("--at", help="The instant whose data it shows (ISO 8601).")
@click.option("--as", "email", help="Through whose eyes (default: the project manager).")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def build(plan: int, at: str | None, email: str | None, lang: str, output: Path) -> None:
    """Build the pack of PLAN (its number) and write it to a file."""
    now = clock.now()
    try:
        as_of = clock.parse_instant(at, current_app.config["SETTINGS"].zone) if at else None
    except ValueError as problem:
        raise click.BadParameter(
            f"{at!r} is no instant; write it like 2026-11-27T09:07", param_hint="--at"
        ) from problem
    if db.session.get(Plan, plan) is None:
        raise click.ClickException(f"There is no plan {plan}.")
    try:
        with in_language("en"), unit_of_work():
            eyes = person_named(email) if email else default_eyes(plan)
            pack_id = request_pack(
                plan, language=lang, as_of=as_of, actor=eyes, eyes=eyes, now=now
            ).id
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from problem
    build_pack(pack_id, now)
    pack = db.session.get_one(Pack, pack_id)
    if pack.content is None:
        raise click.ClickException(f"The pack could not be built: {pack.error}")
    write_whole(output, pack.content)
    click.echo(f"{output}: {len(pack.content):,} bytes, sha256 {pack.sha256}")


@pack_commands.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path) -> None:
    """Say which plan, instant, eyes, language and data FILE is of, and whether a cell was changed.

    Fails for a file that is not known here or was changed.
    """
    try:
        with in_language("en"):
            found = verifying.verify(
                file.read_bytes(), file.name, current_app.config["PROGRAM_VERSION"]
            )
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from problem
    if found.pack is None:
        raise click.ClickException(
            f"No pack of this installation is in this file (sha256 {found.sha256}): it comes from "
            "elsewhere."
        )
    for line in _said_of(found.pack):
        click.echo(line)
    click.echo(_made_again(found.is_rebuilt))
    if found.is_same_bytes:
        click.echo("unchanged: every byte is as it was made")
        return
    if not found.changes:
        click.echo(
            "saved anew by another program; values, formulas and names are as they were made "
            "(charts, pictures, comments, links and formats were not compared)"
        )
        return
    for change in found.changes:
        where = f"{change.sheet}!{change.cell}" if change.cell else f"sheet {change.sheet}"
        click.echo(f"  {where}: {change.was or 'nothing'} → {change.now or 'nothing'}")
    if found.more:
        click.echo(f"  … and {found.more} more")
    count = len(found.changes) + found.more
    raise click.ClickException(f"{count} cells are not as they were made.")


def _said_of(pack: Pack) -> list[str]:
    zone = current_app.config["SETTINGS"].zone
    snapshot = db.session.get(Snapshot, pack.snapshot_id) if pack.snapshot_id else None
    return [
        f"plan {pack.plan_id}, data of {pack.as_of.astimezone(zone).isoformat(timespec='minutes')}",
        f"eyes of {pack.eyes.name}, language {pack.language}, program {pack.program_version}",
        f"data sha256 {snapshot.sha256 if snapshot else 'not kept'}",
        f"manifest sha256 {pack.manifest_sha256 or 'not kept'}, file sha256 {pack.sha256}",
    ]


def _made_again(is_rebuilt: bool | None) -> str:
    return {
        True: "built again from its manifest: it comes out the same",
        False: "built again from its manifest: it comes out DIFFERENT",
        None: "built by another version of the program: not built again",
    }[is_rebuilt]
