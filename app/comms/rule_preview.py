"""What a step would do, saved or not: whom it speaks to in the coming days, and in which words.

Made by the same hands that write the reminders themselves, from today's data: what is shown is what
will be written as long as nothing changes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from flask_babel import gettext as _
from flask_babel import ngettext

from app.comms import outbox, wording
from app.comms.channels import Post
from app.comms.due import ABOVE, RESPONSIBLE, DueMessage, Through, recipients, send_at
from app.comms.models import RuleRow
from app.comms.planning import (
    Manners,
    PlanDue,
    deadlines_between,
    deadlines_for,
    for_readers,
    said_about,
)
from app.comms.readers import Readers, selectors
from app.comms.rule_queries import rules_with
from app.comms.rules import may_be_told, rule_of
from app.comms.wording import DigestItem, ReminderWriter
from app.comms.writing import Desk
from app.core.formats import local_date, zone
from app.core.i18n import LANGUAGES
from app.core.localtext import LocalText
from app.core.permissions import ROLE_LABELS, Role
from app.core.registries import subjects
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase

DAYS = 14
# Where nothing is coming, one row of the subject is looked for around the plan's own dates.
AROUND = timedelta(days=366)
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MOST_NAMES = 4

Found = tuple[PlanDue, Manners]


@dataclass(frozen=True)
class Occasion:
    """The step speaks about one thing at `at`. later: (name, instant) of those whose mail waits
    until it is welcome."""

    at: datetime
    title: LocalText
    url: str
    names: tuple[str, ...]
    later: tuple[tuple[str, datetime], ...]

    @property
    def on(self) -> date:
        return local_date(self.at)

    @property
    def who(self) -> str:
        return _named(self.names)


@dataclass(frozen=True)
class Letter:
    """The step's words in one language. `is_theirs`: the recipient reads this one."""

    lang: str
    subject: str
    text: str
    is_theirs: bool


@dataclass(frozen=True)
class Preview:
    """What there is to see of a step.

    occasions: those of the coming days. example: where there are none, the next or the last one at
    any date, by `is_over`. reader: the name of whoever gets the letters. post: the words for chat
    groups, None where none would be posted. notes: what it does not say, and why.
    """

    occasions: list[Occasion]
    example: Occasion | None
    is_over: bool
    has_things: bool
    reader: str
    letters: list[Letter]
    post: Post | None
    notes: list[str]

    @property
    def count(self) -> int:
        """How many messages to people the coming days hold."""
        return sum(len(row.names) for row in self.occasions)


def preview_of(plan: Plan, row: RuleRow, readers: Readers, now: datetime) -> Preview:
    """What the step of this row, in use and perhaps not saved, would do beside the plan's
    others."""
    return _Look(plan, row, readers, now).preview()


class _Look:
    """One look at one step."""

    def __init__(self, plan: Plan, row: RuleRow, readers: Readers, now: datetime) -> None:
        self.plan, self.readers, self.now = plan, readers, now
        self.rule, self.rules = rule_of(row), rules_with(plan.id, row)
        self.named = selectors(readers)
        self.calendar = work_calendar()
        self.names = {i: reader.person.name for i, reader in readers.items()}

    def preview(self) -> Preview:
        raw, found = self._coming()
        ours = [m for m in found[0].messages if self._is_ours(m)] if found else []
        known = outbox.written_keys(key for message in ours for key in outbox.keys_of(message))
        fresh = [message for message in ours if known.isdisjoint(outbox.keys_of(message))]
        drowned = self._drowned(found[0].messages) if found else 0
        notes = self._notes(len(ours) - len(fresh), drowned)
        is_over = False
        sample, example, has_things = next(_by_thing(fresh or ours), []), None, True
        if not sample:
            more, found, sample, is_over, has_things = self._at_any_date()
            raw = [*raw, *more]
            example = self._occasion(sample, found[1]) if found and not drowned else None
        sample = self._as_named(sample)
        if found and fresh:
            notes += self._without_mail(fresh, found[1])
        if found and Through.group in self.rule.through and not found[0].groups:
            notes.append(_("The plan posts to no chat group yet."))
        return Preview(
            occasions=[self._occasion(rows, found[1]) for rows in _by_thing(fresh)]
            if found
            else [],
            example=example,
            is_over=is_over,
            # Of a closed plan nobody answers anything.
            has_things=has_things or self.plan.state is not PlanPhase.active,
            reader=self.names[sample[0].recipient] if sample else "",
            letters=self._letters(sample[0], found) if found and sample else [],
            post=self._post(sample, found) if found and sample else None,
            notes=[*notes, *self._left_out(raw)],
        )

    def _coming(self) -> tuple[list[DueMessage], Found | None]:
        """What all steps about the subject say in the coming days, to everybody and to those who
        may read it."""
        end = local_date(self.now) + timedelta(days=DAYS)
        until = datetime.combine(end, time(), tzinfo=zone()) - timedelta(seconds=1)
        rows = deadlines_for([self.plan.id], self.rules, self.calendar, self.now, until)
        raw = said_about(rows, self.readers, self.rules, self.calendar, self.now, until)
        return raw, self._for_readers(raw)

    def _at_any_date(
        self,
    ) -> tuple[list[DueMessage], Found | None, list[DueMessage], bool, bool]:
        """The next thing that this step alone would speak about, else the last one, done or not:
        (what it says to everybody, what it says to readers, the one, is it over, is there any)."""
        rows = deadlines_between(
            [self.plan.id], [self.rule.kind],
            datetime.combine(self.plan.start_on - AROUND, time(), tzinfo=zone()),
            datetime.combine(self.plan.finish_on + AROUND, time(), tzinfo=zone()),
        )  # fmt: skip
        first, last = EVER
        to_come = said_about(
            [row for row in rows if row.done_at is None], self.readers, [self.rule],
            self.calendar, self.now, last,
        )  # fmt: skip
        over = said_about(
            [replace(row, done_at=None) for row in rows], self.readers, [self.rule],
            self.calendar, first, self.now,
        )  # fmt: skip
        for messages, is_over in ((to_come, False), (over, True)):
            found = self._for_readers(messages)
            if found:
                of = found[0].messages[-1 if is_over else 0]
                alike = [m for m in found[0].messages if _thing(m) == _thing(of)]
                return to_come, found, alike, is_over, True
        return to_come, None, [], False, bool(rows)

    def _for_readers(self, messages: list[DueMessage]) -> Found | None:
        if not messages:
            return None
        dues, manners = for_readers(
            {self.plan.id: messages}, {self.plan.id: self.readers}, {self.plan.id: self.rules},
            self.calendar,
        )  # fmt: skip
        return (dues[0], manners) if dues else None

    def _is_ours(self, message: DueMessage) -> bool:
        return message.rule.key == self.rule.key and message.against is None

    def _drowned(self, messages: Iterable[DueMessage]) -> int:
        """How many messages of this step another one says instead, at the same instant."""
        return sum(
            message.rule.key != self.rule.key
            and message.against is None
            and send_at(message.deadline.due_at, self.rule, self.calendar, zone()) == message.at
            and (message.stands_in_for or message.recipient)
            in dict(recipients(message.deadline, self.rule, self.named))
            for message in messages
        )

    def _occasion(self, messages: Sequence[DueMessage], manners: Manners) -> Occasion:
        messages = self._as_named(messages)
        first = messages[0]
        has_mail = Through.mail in self.rule.through
        mails = [
            (self.names[m.recipient], manners.mail_at(m.recipient, m.at)[0])
            for m in messages
            if has_mail and manners.of(m.recipient).has_mail
        ]
        return Occasion(
            at=first.at,
            title=first.deadline.title,
            url=first.deadline.url,
            names=tuple(self.names[m.recipient] for m in messages),
            later=tuple((name, at) for name, at in mails if at != first.at),
        )

    def _as_named(self, messages: Iterable[DueMessage]) -> list[DueMessage]:
        """The messages in the order in which the step names their people."""
        return sorted(messages, key=lambda message: self.rule.to.index(message.selector))

    def _letters(self, message: DueMessage, found: Found) -> list[Letter]:
        """The mail as it would be written, in the recipient's language and in the other."""
        due, manners = found
        reader = self.readers[message.recipient]
        letters = []
        for lang in LANGUAGES:
            person = replace(reader.person, mail_language=lang)
            readers = {**self.readers, person.id: replace(reader, person=person)}
            desk = Desk(
                replace(due, readers=readers), manners, ReminderWriter(message.at), outbox.BOTH
            )
            row = desk.rows(message)[-1]
            letters.append(
                Letter(lang, row["subject"], row["body_text"],
                       lang == reader.person.mail_language)
            )  # fmt: skip
        return letters

    def _post(self, messages: Sequence[DueMessage], found: Found) -> Post | None:
        due, manners = found
        desk = Desk(due, manners, ReminderWriter(messages[0].at), outbox.BOTH)
        rows = desk.posts(messages)
        if not rows:
            return None
        lang, said = rows[0]["language"], rows[0]["reason"]
        item = DigestItem(
            label=said["label"][lang],
            title=LocalText.of(said["title"]).in_language(lang),
            text=said["fact"][lang],
            link=wording.absolute(rows[0]["url"]),
            why=said["why"][lang],
            names=tuple(said["names"]),
        )
        return wording.post(lang, [item], self.plan.id)

    def _notes(self, told: int, drowned: int) -> list[str]:
        """What the coming days do not hold though the step names it."""
        notes = []
        if self.plan.state is not PlanPhase.active:
            notes.append(_("The plan is closed; nothing is sent."))
        if told:
            notes.append(
                ngettext(
                    "%(num)d message is left out: this rule has said it already.",
                    "%(num)d messages are left out: this rule has said them already.", told,
                )
            )  # fmt: skip
        if drowned:
            notes.append(
                ngettext(
                    "%(num)d message is left out: another rule tells the same person about the "
                    "same thing at that moment.",
                    "%(num)d messages are left out: another rule tells the same people about the "
                    "same things at that moment.", drowned,
                )
            )  # fmt: skip
        return notes

    def _without_mail(self, messages: Iterable[DueMessage], manners: Manners) -> list[str]:
        if Through.mail not in self.rule.through:
            return []
        names = [
            self.names[i]
            for i in dict.fromkeys(m.recipient for m in messages)
            if not manners.of(i).has_mail
        ]
        if not names:
            return []
        return [
            ngettext("%(names)s wants no mail and finds it in the app.",
                     "%(names)s want no mail and find it in the app.", len(names),
                     names=_named(names))
        ]  # fmt: skip

    def _left_out(self, messages: Iterable[DueMessage]) -> list[str]:
        """Whom the step names and who may not read what it says."""
        subject = subjects.get(self.rule.kind)
        what = subject.label if subject else self.rule.kind
        notes = []
        blind = dict.fromkeys(
            m.recipient
            for m in messages
            if self._is_ours(m)
            and m.selector in (RESPONSIBLE, ABOVE)
            and self._is_blind(m.recipient)
        )
        for selector in self.rule.to:
            group, _colon, value = selector.partition(":")
            ids = self.named.get(selector, [])
            if group == "person":
                blind |= dict.fromkeys(i for i in ids if self._is_blind(i))
            elif group == "role":
                role = ROLE_LABELS[Role(value)]
                unseeing = sum(self._is_blind(i) for i in ids)
                if not ids:
                    notes.append(_("Nobody in the plan has the role “%(role)s”.", role=role))
                elif unseeing:
                    notes.append(
                        ngettext(
                            "%(num)d person with the role “%(role)s” may not see “%(what)s” and "
                            "gets nothing.",
                            "%(num)d people with the role “%(role)s” may not see “%(what)s” and "
                            "get nothing.", unseeing, role=role, what=what,
                        )
                    )  # fmt: skip
        if blind:
            notes.append(
                ngettext(
                    "%(names)s may not see “%(what)s” and gets nothing.",
                    "%(names)s may not see “%(what)s” and get nothing.", len(blind),
                    names=_named([self.names[i] for i in blind]), what=what,
                )
            )  # fmt: skip
        return notes

    def _is_blind(self, person_id: int) -> bool:
        reader = self.readers.get(person_id)
        return reader is not None and not may_be_told(reader.viewer, self.rule.kind)


def _thing(message: DueMessage) -> tuple[datetime, str, str]:
    return (message.at, message.deadline.object_key, message.deadline.occurrence)


def _by_thing(messages: Sequence[DueMessage]) -> Iterator[list[DueMessage]]:
    """The messages of one instant about one thing together; they come in this order."""
    return (list(rows) for _key, rows in groupby(messages, key=_thing))


def _named(names: Sequence[str]) -> str:
    if len(names) > MOST_NAMES:
        return _("%(num)d people", num=len(names))
    return _(", ").join(names)
