"""What the commands of several packages share: a person by address, a file that is whole or not."""

import os
from pathlib import Path

import click
from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db


def person_named(email: str) -> Person:
    """The person with this address. Raises ClickException where there is nobody."""
    person = db.session.scalars(
        select(Person).where(Person.email == email.strip().lower())
    ).one_or_none()
    if person is None:
        raise click.ClickException(f"There is nobody with the address {email}.")
    return person


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename: a full disk leaves no broken file under the asked name. Raises
    ClickException."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as problem:
        fresh.unlink(missing_ok=True)
        raise click.ClickException(f"{path} could not be written: {problem}") from problem
