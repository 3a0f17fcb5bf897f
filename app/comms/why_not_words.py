"""The answers to "why not?" in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.comms import ledger_rows
from app.comms.due import Through
from app.comms.mail_words import later_words, mail_words
from app.comms.models import Channel, Message, MessageState
from app.comms.outbox import channels_in_use
from app.comms.reminder_queries import Delivery
from app.comms.rules import label_of
from app.comms.verdicts import Verdict
from app.comms.why_not import Answer, Answers, Told
from app.core import formats
from app.core.localtext import LocalText

HEADS: dict[Verdict, Any] = {
    Verdict.came: _l("Received"),
    Verdict.waits: _l("Waits"),
    Verdict.dead: _l("Could not be sent"),
    Verdict.cancelled: _l("Not sent"),
    Verdict.comes: _l("Will come"),
    Verdict.done: _l("Not needed"),
    Verdict.rule_off: _l("Rule switched off"),
    Verdict.handed_over: _l("Handed over"),
    Verdict.unseen: _l("May not see it"),
    Verdict.superseded: _l("Said in one"),
    Verdict.passed: _l("Too late"),
    Verdict.came_later: _l("Not due then"),
}


@dataclass(frozen=True)
class Line:
    """An answer: when it was to be said, what and about which thing, what became of it (`head`)
    and why (`parts`). `message_id`: its row of the ledger."""

    at: datetime
    label: str
    title: LocalText
    url: str
    head: str
    parts: list[str]
    is_quiet: bool
    message_id: int | None


def lines_of(answers: Answers, delivery: Delivery) -> list[Line]:
    """Every answer in words, in the same order."""
    writer = _Writer(answers, delivery)
    return [writer.line(row) for row in answers.rows]


class _Writer:
    def __init__(self, answers: Answers, delivery: Delivery) -> None:
        self.person_id, self.manners, self.delivery = (
            answers.person_id, answers.manners, delivery,
        )  # fmt: skip
        self.has_mail = Channel.mail in channels_in_use()
        self.names: Mapping[int, str] = {
            i: reader.person.name for i, reader in answers.readers.items()
        }

    def line(self, row: Answer) -> Line:
        message = row.told.shown if row.told else None
        if row.named is not None:
            label, thing = label_of(row.named.rule), row.named.deadline
            title, url = thing.title, thing.url
        else:
            assert message is not None
            label, url = ledger_rows.label_of_message(message), message.url
            title = LocalText.of(message.reason.get("title", ""))
        return Line(
            at=row.at,
            label=label,
            title=title,
            url=url,
            head=self._head(row),
            parts=self._parts(row),
            is_quiet=row.verdict not in (Verdict.came, Verdict.waits, Verdict.comes),
            message_id=message.id if message else None,
        )

    def _head(self, row: Answer) -> str:
        if row.told and row.told.mail and row.told.inbox:
            if row.verdict is Verdict.waits:
                return _("In the app, the mail waits")
            if row.verdict in (Verdict.cancelled, Verdict.dead):
                return _("In the app, without a mail")
        return str(HEADS[row.verdict])

    def _parts(self, row: Answer) -> list[str]:
        is_mailed = self.has_mail and row.named and Through.mail in row.named.rule.through
        parts = self._said(row.told, bool(is_mailed)) if row.told else self._why(row)
        if row.told:
            for_whom = row.told.shown.reason.get("for")
        else:
            for_whom = row.named.stands_in_for if row.named else None
        if for_whom is not None:
            parts.append(_("in place of %(name)s, who is on leave", name=self._name(for_whom)))
        return parts

    def _said(self, told: Told, is_mailed: bool) -> list[str]:
        """What was written: in the app, by mail, in groups. `is_mailed`: a mail was due."""
        parts = []
        if told.inbox is not None and told.inbox.state is MessageState.sent:
            parts.append(_("in the app %(when)s", when=formats.when(told.inbox.sent_at)))
            if told.inbox.read_at:
                parts.append(_("read %(when)s", when=formats.when(told.inbox.read_at)))
        if told.mail is not None:
            parts.append(self._mail(told.mail))
        elif told.inbox is not None and told.inbox.state is MessageState.cancelled:
            parts.append(ledger_rows.outcome(told.inbox, self.delivery)[1])
        elif is_mailed and not self.manners.of(self.person_id).has_mail:
            parts.append(_("without a mail, as none is wanted"))
        parts += [
            _("posted to %(group)s %(when)s", group=ledger_rows.addressed_to(post),
              when=formats.when(post.sent_at))
            for post in told.posts
            if post.sent_at
        ]  # fmt: skip
        return parts

    def _mail(self, mail: Message) -> str:
        if mail.state is MessageState.sent:
            return _("by mail %(when)s", when=formats.when(mail.sent_at))
        said = ledger_rows.outcome(mail, self.delivery)[1]
        if mail.state is not MessageState.pending:
            return said or _("the mail is being sent")
        if not self.delivery.has_server or mail.answer:
            return said
        if mail.next_try_at > mail.created_at:
            return later_words(mail.created_at, mail.next_try_at, self.person_id, self.manners)
        return _("the mail leaves with the next run")

    def _why(self, row: Answer) -> list[str]:
        """Of what was never written."""
        named, name = row.named, self._name(self.person_id)
        assert named is not None
        match row.verdict:
            case Verdict.comes:
                words = mail_words(self.person_id, row.at, named.rule.through, self.manners)
                return [words, ledger_rows.unless(row.kind)]
            case Verdict.done:
                day = formats.day(named.deadline.done_at)
                return [_("done on %(day)s, before its turn came", day=day)]
            case Verdict.rule_off:
                return [_("this plan does not remind at this step")]
            case Verdict.handed_over:
                substitute = self._name(named.handed_to)
                return [_("given to %(name)s, who stands in during the leave", name=substitute)]
            case Verdict.unseen:
                return [_("%(name)s may not read this in the plan", name=name)]
            case Verdict.superseded | Verdict.passed:
                return [str(ledger_rows.WHY_CANCELLED[row.verdict.value])]
            case _:
                return [_("the thing, its date, who answers for it or the rule came only later")]

    def _name(self, person_id: int | None) -> str:
        return self.names.get(person_id or 0, "–")
