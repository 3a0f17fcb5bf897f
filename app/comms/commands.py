"""`flask jobs …`: what the scheduler does, by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

import click
from flask import current_app, g
from flask.cli import AppGroup
from sqlalchemy import select

from app.comms.delivery import waiting_count
from app.comms.ledger_rows import unless
from app.comms.readers import Addressee, addressees
from app.comms.reminder_queries import Coming, coming_in_plans
from app.comms.rules import explain
from app.comms.writing import would_write
from app.core import clock
from app.core.db import db
from app.core.i18n import in_language
from app.core.jobs import Job, jobs, run_job, runs_by_name, state_of
from app.plans.models import Plan, PlanPhase

# Beyond them a calendar's days cannot be counted to and fro.
YEARS = (2000, 2100)

jobs_commands = AppGroup("jobs", help="List, run and preview background work.")


def _zone() -> tzinfo:
    return current_app.config["SETTINGS"].zone


def _local(at: datetime | None) -> str:
    return at.astimezone(_zone()).strftime("%Y-%m-%d %H:%M") if at else "-"


@contextmanager
def _standing_at(text: str | None) -> Iterator[datetime]:
    """The present instant, or the one that `--at` names: ISO 8601, without an offset in the
    installation's zone."""
    if text is None:
        yield clock.now()
        return
    try:
        at = clock.parse_instant(text, _zone())
    except (ValueError, OverflowError) as problem:
        raise click.BadParameter(
            f"{text!r} is no instant; write it like 2026-11-27T09:07", param_hint="--at"
        ) from problem
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise click.BadParameter(
            f"{text!r} lies outside the years {YEARS[0]} to {YEARS[1]}", param_hint="--at"
        )
    with clock.fixed_at(at):
        yield at


@jobs_commands.command("list")
def list_jobs() -> None:
    """One job a line: its name, next run, last run, how long it took and how it went."""
    runs, now = runs_by_name(), clock.now()
    with in_language("en"):
        for name, job in jobs:
            run = runs.get(name)
            known = run is not None and run.duration_ms is not None
            took = f"{run.duration_ms / 1000:.1f} s" if known else "-"
            click.echo(
                f"{name:<12} next {_local(run.next_run_at if run else None):<16}  "
                f"last {_local(run.started_at if run else None):<16}  {took:>8}  "
                f"{state_of(run, now):<10}  "
                f"{job.label}{f' ({run.outcome})' if run and run.outcome else ''}"
            )


@jobs_commands.command("run")
@click.argument("name")
@click.option("--at", help="Stand in for the clock (ISO 8601).")
@click.option("--dry-run", is_flag=True, help="Say what would be done, change nothing.")
def run(name: str, at: str | None, dry_run: bool) -> None:
    """Run one job now."""
    job = jobs.get(name)
    if job is None:
        known = ", ".join(known for known, _job in jobs)
        raise click.ClickException(f"There is no job {name}. There are: {known}.")
    is_play = current_app.config["SETTINGS"].is_demo or current_app.testing
    if at is not None and not is_play and not dry_run:
        raise click.ClickException(
            "--at acts on a demo or test database only; add --dry-run to see what it would do."
        )
    with _standing_at(at) as now, in_language("en"):
        if dry_run:
            _say_what_would_be_done(name, job, now)
            return
        done = run_job(name, job, now)
        click.echo(f"{name}: {done.outcome}")
        if not done.is_ok:
            raise SystemExit(1)


def _say_what_would_be_done(name: str, job: Job, now: datetime) -> None:
    if name == "deliver":
        click.echo(f"deliver: would send up to {waiting_count()} messages")
        return
    if name != "reminders":
        click.echo(f"{name}: would run ({job.label})")
        return
    total = 0
    for due in would_write(now):
        for message in due.messages:
            person = due.readers[message.recipient].person
            click.echo(f"would write {message.rule.key} {message.deadline.object_key} "
                       f"{message.deadline.occurrence} to {person.email}")  # fmt: skip
            total += 1
    click.echo(f"reminders: would write {total}")


@jobs_commands.command("preview")
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.option("--at", help="Stand in for the clock (ISO 8601).")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def preview(days: int, as_json: bool, at: str | None, lang: str) -> None:
    """What will be sent in the next days, person by person, and why."""
    with _standing_at(at) as now, in_language(lang):
        g.now = now
        plan_ids = db.session.scalars(
            select(Plan.id).where(Plan.state == PlanPhase.active).order_by(Plan.id)
        ).all()
        found, _manners = coming_in_plans(plan_ids, now, days=days)
        rows = [row for _due, own in found for row in own]
        people = addressees(person_id for row in rows for person_id in row.recipients)
        rows.sort(key=lambda row: (row.at, row.plan_id, row.object_key))
        if as_json:
            click.echo(json.dumps([_plain(row, people, lang) for row in rows], ensure_ascii=False,
                                  indent=2))  # fmt: skip
            return
        names = {i: person.name for i, person in people.items()}
        for person in sorted(people.values(), key=lambda person: person.email):
            click.echo(f"{person.name} <{person.email}>")
            for row in rows:
                if person.id in row.recipients:
                    click.echo(f"  {_local(row.at)}  {row.label}: {row.title.in_language(lang)}")
                    click.echo(f"    {explain(row.rule, names)}; {unless(row.kind)}")
        click.echo(f"{sum(len(row.recipients) for row in rows)} messages in {days} days")


def _plain(row: Coming, people: dict[int, Addressee], lang: str) -> dict[str, Any]:
    names = {i: person.name for i, person in people.items()}
    return {
        "at": row.at.isoformat(),
        "plan": row.plan_id,
        "rule": row.rule_key,
        "label": row.label,
        "why": explain(row.rule, names),
        "unless": unless(row.kind),
        "object": row.object_key,
        "occurrence": row.occurrence,
        "title": row.title.in_language(lang),
        "url": row.url,
        "recipients": [
            {
                "id": to.person_id,
                "name": people[to.person_id].name,
                "email": people[to.person_id].email,
                "mail_at": to.mail_at.isoformat() if to.mail_at else None,
            }
            for to in row.to
        ],
    }
