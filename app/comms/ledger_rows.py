"""How a message went, in the reader's words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from app.comms.mail_words import AS_GOOD_AS_NEVER
from app.comms.models import (
    AttemptOutcome,
    Channel,
    Message,
    MessageAttempt,
    MessageState,
    Vendor,
)
from app.comms.reminder_queries import Coming, Delivery
from app.comms.rules import label
from app.core import formats
from app.core.i18n import current_language
from app.core.localtext import LocalText
from app.core.registries import subjects

# Why a message was not sent: what was noted in `answer` of a cancelled row.
WHY_CANCELLED: dict[str, Any] = {
    "done": _l("done before its turn came"),
    "superseded": _l("a later step about the same thing took its place"),
    "passed": _l("its time was over before it could be sent"),
    "moved": _l("the date was changed, or the thing was removed"),
    "left": _l("the person has left"),
    "no_mail": _l("the person wants no mail"),
    "no_part": _l("the person has no part in the plan any more"),
    "not_theirs": _l("somebody else answers for it now"),
    "no_right": _l("the person may not read it any more"),
    "rule_off": _l("the rule was switched off"),
    "group_off": _l("the plan no longer posts to this group"),
    "closed": _l("the plan is closed"),
    "link_dead": _l("the link was used already"),
}
# Why a message waits or was given up, where it is not the other side's answer.
WHY_WAITING: dict[str, Any] = {
    "limit": _l("too many mails in one hour; they come gathered"),
    "unknown": _l("whether it still applies could not be found out; it is looked at again"),
    "disabled": _l("the group’s robot was switched off; its people got a mail"),
}
# The words of row and filter alike.
RESULTS: dict[MessageState, Any] = {
    MessageState.pending: lazy_pgettext("message", "Waits"),
    MessageState.sent: lazy_pgettext("message", "Delivered"),
    MessageState.cancelled: lazy_pgettext("message", "Cancelled"),
    MessageState.dead: lazy_pgettext("message", "Could not be sent"),
}
# What a connection that failed is noted as by ourselves: an error's name, with the server's before
# it or its words behind. Servers begin with a code.
_OUR_OWN = re.compile(r"(?:[\w.-]+: )?[A-Za-z_]\w*(?:: .*|\(.*\))?", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """A line of the ledger."""

    message: Message
    label: str
    title: LocalText
    to: str
    result: str
    detail: str
    is_quiet: bool


def ledger_row(message: Message, delivery: Delivery) -> Row:
    """The message with its words; `delivery` says whether there is a mail server at all."""
    result, detail = outcome(message, delivery)
    return Row(
        message=message,
        label=label_of_message(message),
        title=LocalText.of(message.reason.get("title", "")),
        to=addressed_to(message),
        result=result,
        detail=detail,
        is_quiet=message.state is MessageState.cancelled,
    )


def label_of_message(message: Message) -> str:
    """What the message was called when it was written; the rule may have changed since."""
    said = message.reason.get("label", {}).get(current_language())
    return said or label(message.kind)


def addressed_to(message: Message) -> str:
    """The person's name, or the group's."""
    if message.recipient is not None:
        return message.recipient.name
    return message.robot.name if message.robot else "–"


def outcome(message: Message, delivery: Delivery) -> tuple[str, str]:
    """What became of it, and what there is to say about that."""
    state, waits = message.state, str(RESULTS[MessageState.pending])
    if state is MessageState.cancelled:
        why = WHY_CANCELLED.get(message.answer, message.answer)
        return str(RESULTS[state]), str(why)
    if state is MessageState.dead:
        return str(RESULTS[state]), said_to_people(message.channel, message.answer)
    if message.channel is Channel.inbox:
        if message.read_at:
            return pgettext("message", "Read"), formats.when(message.read_at)
        return _("In the app"), _("not read yet")
    if state is MessageState.sent:
        if message.attempts > 1:
            return str(RESULTS[state]), _("at try %(num)d", num=message.attempts)
        return str(RESULTS[state]), ""
    if message.channel is Channel.mail and not delivery.has_server:
        return waits, _("no mail server is set")
    if state is MessageState.sending:
        return _("Being sent"), ""
    if message.answer:
        answer = said_to_people(message.channel, message.answer)
        return waits, _("next try %(time)s: %(answer)s",
                        time=formats.clock_time(message.next_try_at), answer=answer)  # fmt: skip
    if message.next_try_at - message.created_at > AS_GOOD_AS_NEVER:
        return waits, _("no day for mail within a year")
    if message.next_try_at > message.created_at:
        return waits, _("comes %(when)s, when it is welcome",
                        when=formats.when(message.next_try_at))  # fmt: skip
    return waits, ""


def said_to_people(channel: Channel, answer: str) -> str:
    """An answer as the page says it: the other side's own words, ours in plain ones."""
    if answer in WHY_WAITING:
        return str(WHY_WAITING[answer])
    if not _OUR_OWN.fullmatch(answer):
        return answer
    if channel is Channel.mail:
        return _("the mail server cannot be reached for now")
    return _("%(vendor)s cannot be reached for now", vendor=Vendor(channel.value).label)


def mail_trouble(delivery: Delivery) -> str:
    """What keeps the plan's mail waiting, as a note above the ledger; empty where nothing does."""
    answer = delivery.last_answer
    if not delivery.waiting or not answer or answer in WHY_WAITING:
        return ""
    since = formats.when(delivery.oldest_at)
    if _OUR_OWN.fullmatch(answer):
        return _("The mail server cannot be reached; %(num)d are waiting since %(when)s and go out "
                 "by themselves when it can.", num=delivery.waiting, when=since)  # fmt: skip
    return _("The mail server does not take messages; %(num)d are waiting since %(when)s and go "
             "out by themselves when it does. Its last answer: %(answer)s",
             num=delivery.waiting, when=since, answer=answer)  # fmt: skip


def why_rows(
    message: Message, delivery: Delivery, attempts: Sequence[MessageAttempt] = ()
) -> list[tuple[str, str]]:
    """Rule, fact, part, delivery and what follows: why this person got (or did not get) it."""
    lang = current_language()
    reason = message.reason

    def said(name: str) -> str:
        return (reason.get(name) or {}).get(lang, "")

    rows = [(_("Rule") if "rule" in reason else _("Why"), said("why"))]
    if said("fact"):
        rows.append((_("Fact then"), said("fact")))
    if said("part"):
        rows.append(
            (_("Recipient"), _("%(name)s: %(part)s", name=addressed_to(message),
                               part=said("part")))
        )  # fmt: skip
    rows.append((_("Delivery"), _delivery(message, delivery)))
    if len(attempts) > 1 or any(a.outcome is not AttemptOutcome.sent for a in attempts):
        tries = [_attempt(message.channel, attempt) for attempt in attempts]
        rows.append((_("Tries"), "\n".join(tries)))
    if said("next") and message.state is not MessageState.cancelled:
        rows.append((_("What follows"), said("next")))
    return rows


def _attempt(channel: Channel, attempt: MessageAttempt) -> str:
    said = _("%(num)d. %(when)s, %(outcome)s", num=attempt.number,
             when=formats.when(attempt.at), outcome=attempt.outcome.label)  # fmt: skip
    if not attempt.answer:
        return said
    return _("%(said)s: %(answer)s", said=said, answer=said_to_people(channel, attempt.answer))


def _delivery(message: Message, delivery: Delivery) -> str:
    result, detail = outcome(message, delivery)
    parts = [str(message.channel.label), result, detail]
    if message.state is MessageState.sent and message.channel is not Channel.inbox:
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
            f"{label_of_message(messages[0])} {_named([addressed_to(m) for m in messages])}",
            _("%(when)s, %(result)s", when=at, result=result),
            was_sent,
        )
        for (_kind, at, result, was_sent), messages in alike.items()
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
            unless=unless(members[0].kind),
        )
        for (at, _rule), members in groups.items()
    ]


def unless(kind: str) -> str:
    """What would keep such a reminder from being sent."""
    subject = subjects.get(kind)
    return str(subject.unless) if subject else ""


def people(ids: tuple[int, ...], names: dict[int, str]) -> str:
    """One or two names, or how many people."""
    return _named([names.get(i, "–") for i in ids])


def _named(names: list[str]) -> str:
    return _(", ").join(names) if len(names) <= 2 else _("%(num)d people", num=len(names))
