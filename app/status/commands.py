"""`flask pack …`: build a status pack to a file, and say what a file is."""

import hashlib
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts.console import person_named, write_whole
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, in_language
from app.core.unit_of_work import unit_of_work
from app.plans.models import Plan
from app.status.models import Pack
from app.status.pack_queries import pack_by_hash
from app.status.packs import build_pack, default_eyes, request_pack

pack_commands = AppGroup("pack", help="Build and verify status packs.")


@pack_commands.command("build")
@click.argument("plan", type=int)
@click.option("--at", help="The instant whose data it shows (ISO 8601).")
@click.option("--as", "email", help="Through whose eyes (default: the project manager).")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def build(plan: int, at: str | None, email: str | None, lang: str, output: Path) -> None:
    """Build the pack of PLAN (its number) and write it to a file."""
    try:
        now = clock.parse_instant(at, current_app.config["SETTINGS"].zone) if at else clock.now()
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
                plan, language=lang, as_of=now, actor=eyes, eyes=eyes, now=now
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
    """Say which plan, instant, eyes and language FILE is of, or that it is not known here."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    pack = pack_by_hash(sha256)
    if pack is None:
        raise click.ClickException(
            f"No pack of this installation has these bytes (sha256 {sha256}): the file was changed "
            "or comes from elsewhere."
        )
    at = pack.as_of.astimezone(current_app.config["SETTINGS"].zone).isoformat(timespec="minutes")
    click.echo(
        f"plan {pack.plan_id}, data of {at}, eyes of {pack.eyes.name}, language {pack.language}, "
        f"program {pack.program_version}; unchanged (sha256 {sha256})"
    )
