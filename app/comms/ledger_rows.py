"""How a message went, in the reader's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from app.comms.models import Channel, Message, MessageState
from app.comms.reminder_queries import Coming, Delivery
from app.comms.rules import BY_KEY, CANCELLED_BY, label
from app.core import formats
from app.core.i18n import current_language
from app.core.localtext import LocalText

# Why a message was not sent: what the dispatcher notes in `answer` of a cancelled row.
WHY_CANCELLED: dict[str, Any] = {
    "done": _l("done before its turn came"),
    "left": _l("the person has left"),
    "no_part": _l("the person has no part in the plan any more"),
    "not_theirs": _l("somebody else answers for it now"),
    "link_dead": _l("the link was used already"),
}


@dataclass(frozen=True)
class Row:
    """A line of the ledger."""

    message: Message
    label: str
    title: LocalText
    result: str
    detail: str
    is_quiet: bool


def ledger_row(message: Message, delivery: Delivery) -> Row:
    """The message with its words; `delivery` says whether there is a mail server at all."""
    result, detail = outcome(message, delivery)
    return Row(
        message=message,
        label=label(message.kind),
        title=LocalText.of(message.reason.get("title", "")),
        result=result,
        detail=detail,
        is_quiet=message.state is MessageState.cancelled,
    )


def outcome(message: Message, delivery: Delivery) -> tuple[str, str]:
    """What became of it, and what there is to say about that."""
    state = message.state
    if state is MessageState.cancelled:
        why = WHY_CANCELLED.get(message.answer, message.answer)
        return pgettext("message", "Cancelled"), str(why)
    if state is MessageState.dead:
        return _("Could not be sent"), message.answer
    if message.channel is Channel.inbox:
        if message.read_at:
            return pgettext("message", "Read"), formats.when(message.read_at)
        return _("In the app"), _("not read yet")
    if state is MessageState.sent:
        if message.attempts > 1:
            return pgettext("message", "Delivered"), _("at try %(num)d", num=message.attempts)
        return pgettext("message", "Delivered"), ""
    if not delivery.has_server:
        return pgettext("message", "Waits"), _("no mail server is set")
    if state is MessageState.sending:
        return _("Being sent"), ""
    if message.answer:
        return pgettext("message", "Waits"), _("next try %(time)s: %(answer)s",
                             time=formats.clock_time(message.next_try_at),
                             answer=message.answer)  # fmt: skip
    return pgettext("message", "Waits"), ""


def why_rows(message: Message, delivery: Delivery) -> list[tuple[str, str]]:
    """Rule, fact, part and delivery: why this person got (or did not get) this message."""
    lang = current_language()
    reason = message.reason

    def said(name: str) -> str:
        return reason.get(name, {}).get(lang, "")

    rule = BY_KEY.get(message.kind)
    rows = [(_("Rule") if rule else _("Why"), said("why"))]
    if said("fact"):
        rows.append((_("Fact then"), said("fact")))
    if said("part"):
        rows.append(
            (_("Recipient"), _("%(name)s: %(part)s", name=message.recipient.name,
                               part=said("part")))
        )  # fmt: skip
    rows.append((_("Delivery"), _delivery(message, delivery)))
    return rows


def _delivery(message: Message, delivery: Delivery) -> str:
    result, detail = outcome(message, delivery)
    parts = [str(message.channel.label), result, detail]
    if message.state is MessageState.sent and message.channel is Channel.mail:
        parts += [formats.when(message.sent_at), message.answer]
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Step:
    """One stage of reminding about a thing."""

    label: str
    note: str
    is_done: bool


def steps_about(
    told: list[Message], to_come: list[Coming], names: dict[int, str], delivery: Delivery
) -> list[Step]:
    """Who was told about the thing and who would be next, oldest first; those who were told the
    same at the same time with the same result share a step."""
    alike: dict[tuple[str, str, str, bool], list[Message]] = {}
    for m in told:
        at, result = formats.when(m.sent_at or m.created_at), outcome(m, delivery)[0]
        alike.setdefault((m.kind, at, result, m.state is not MessageState.cancelled), []).append(m)
    steps = [
        Step(
            f"{label(kind)} {_named([m.recipient.name for m in messages])}",
            _("%(when)s, %(result)s", when=at, result=result),
            was_sent,
        )
        for (kind, at, result, was_sent), messages in alike.items()
    ]
    steps += [
        Step(
            f"{row.label} {people(row.recipients, names)}",
            _("%(when)s, if still open", when=formats.when(row.at)),
            False,
        )
        for row in to_come
    ]
    return steps


@dataclass(frozen=True)
class Group:
    """What goes out at one instant by one rule, on one line."""

    at: datetime
    label: str
    titles: tuple[LocalText, ...]
    url: str
    who: str
    unless: str


def grouped(rows: list[Coming], names: dict[int, str]) -> list[Group]:
    """Coming reminders, one line for each instant and rule."""
    groups: dict[tuple[datetime, str], list[Coming]] = {}
    for row in rows:
        groups.setdefault((row.at, row.rule_key), []).append(row)
    return [
        Group(
            at=at,
            label=members[0].label,
            titles=tuple(row.title for row in members),
            url=members[0].url if len(members) == 1 else "",
            who=people(tuple(dict.fromkeys(i for m in members for i in m.recipients)), names),
            unless=str(CANCELLED_BY[members[0].kind]),
        )
        for (at, _rule), members in groups.items()
    ]


def people(ids: tuple[int, ...], names: dict[int, str]) -> str:
    """One or two names, or how many people."""
    return _named([names.get(i, "–") for i in ids])


def _named(names: list[str]) -> str:
    return _(", ").join(names) if len(names) <= 2 else _("%(num)d people", num=len(names))
