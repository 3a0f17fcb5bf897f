"""What will come to one person in the next days over all their plans: why, when the mail comes,
what would make it needless, and who is told next if nothing happens; and who stands in for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.comms import ledger_rows
from app.comms.mail_words import mail_words
from app.comms.next_steps import next_step
from app.comms.planning import Manners, PlanDue
from app.comms.readers import selectors
from app.comms.reminder_queries import Coming, coming_in_plans
from app.comms.rules import explain
from app.comms.wording import next_words
from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.models import Leave, Plan


@dataclass(frozen=True)
class Expected:
    """A reminder that will come to the person, in their words. `part`: set where they stand in;
    `mail`: when its mail comes, `follows`: who is told next; empty where nothing is to be said."""

    at: datetime
    label: str
    title: LocalText
    url: str
    plan: LocalText
    why: str
    part: str
    mail: str
    unless: str
    follows: str


@one_reading()
def coming_to(
    person_id: int, plans: Sequence[Plan], now: datetime, days: int = 14
) -> dict[date, list[Expected]]:
    """By day, soonest first, in as many statements for many plans as for one."""
    titles = {plan.id: plan.title for plan in plans}
    found, manners = coming_in_plans(
        list(titles), now, days=days, person_id=person_id, calendar=work_calendar()
    )
    rows = [row for due, coming in found for row in _expected(due, coming, manners, titles, now)]
    by_day: dict[date, list[Expected]] = {}
    for row in sorted(rows, key=lambda row: row.at):
        by_day.setdefault(local_date(row.at), []).append(row)
    return by_day


def _expected(
    due: PlanDue,
    coming: Sequence[Coming],
    manners: Manners,
    titles: Mapping[int, LocalText],
    now: datetime,
) -> list[Expected]:
    people = selectors(due.readers)
    names = {i: reader.person.name for i, reader in due.readers.items()}
    rows = []
    for row in coming:
        message = row.to[0].message
        absent = names.get(message.stands_in_for or 0)
        step = next_step(message, due, people, manners.calendar, now)
        rows.append(
            Expected(
                at=row.at,
                label=row.label,
                title=row.title,
                url=row.url,
                plan=titles[due.plan_id],
                why=explain(row.rule, names),
                part=_("standing in for %(name)s, who is on leave", name=absent) if absent else "",
                # Whoever wants no mail said so themselves, and need not read it on each line.
                mail=mail_words(message.recipient, row.at, row.rule.through, manners)
                if manners.of(message.recipient).has_mail
                else "",
                unless=ledger_rows.unless(row.kind),
                follows=next_words(step) if step else "",
            )
        )
    return rows


def absence_of(person_id: int, today: date, days: int) -> Leave | None:
    """The person's leave that runs today, or the next one that begins within `days`."""
    return db.session.scalars(
        select(Leave)
        .where(Leave.person_id == person_id, *_near(today, days))
        .options(joinedload(Leave.substitute))
        .order_by(Leave.first_on, Leave.id)
        .limit(1)
    ).first()


def stands_in_for(person_id: int, today: date, days: int) -> list[Leave]:
    """Others' leave in those days for which the person stands in."""
    return list(
        db.session.scalars(
            select(Leave)
            .where(Leave.substitute_id == person_id, *_near(today, days))
            .options(joinedload(Leave.person))
            .order_by(Leave.first_on, Leave.id)
        )
    )


def _near(today: date, days: int) -> tuple[ColumnElement[bool], ...]:
    return (Leave.last_on >= today, Leave.first_on < today + timedelta(days=days))
