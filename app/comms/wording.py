"""The words of reminders and notices, in the recipient's language.

Each kind of message has its folder under templates/mails with subject, text and HTML. A link is
always under the installation's own base address: what a request named as its host never enters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from flask import current_app
from flask_babel import get_domain
from flask_babel import gettext as _
from jinja2 import Environment

from app.accounts.models import Person
from app.comms.channels import Post
from app.comms.due import RESPONSIBLE, DueMessage
from app.comms.own_words import filled
from app.comms.readers import Addressee
from app.comms.rules import explain, label, label_of
from app.core import formats
from app.core.i18n import LANGUAGES, in_language
from app.core.localtext import LocalText
from app.core.permissions import Role, Viewer
from app.core.registries import Deadline, subjects
from app.core.text import clean_line, shortened

SUBJECT_LENGTH = 200
# In the place of a selector: nobody in particular.
GROUP = "group"
# Stands in a body for a link that is made at the moment of sending.
SECRET_LINK = "[[link]]"
# Stands in a body for what is said about the file that goes along, if one does.
ENCLOSED = "[[file]]"
DAY_ENDS = time(23, 59)


@dataclass(frozen=True)
class Words:
    """A message in one language; `reason` in all of them."""

    subject: str
    text: str
    html: str
    reason: dict[str, Any] = field(default_factory=dict)


def absolute(url: str) -> str:
    """A path inside the app as an address for a mail; anything else leads to the first page."""
    path = url if url.startswith("/") and not url.startswith("//") else "/"
    return current_app.config["SETTINGS"].base_url + path


def render(folder: str, person: Person | Addressee, **values: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of a folder's templates, in the person's language.

    Rendered without a request: a mail knows nothing of who is signed in.
    """
    lang = person.mail_language
    environment = _mail_environment(lang)
    values = {"person": person, **values}
    with in_language(lang):
        subject, text, html = (
            environment.get_template(f"mails/{folder}/{name}").render(values)
            for name in ("subject.txt", "body.txt", "body.html")
        )
    return shortened(clean_line(subject), SUBJECT_LENGTH), text.strip() + "\n", html


def _mail_environment(lang: str) -> Environment:
    """The templates with their texts bound to one language: looking the language up anew for each
    text takes a third of the time of a mail."""
    kept: dict[str, Environment] = current_app.extensions.setdefault("mail_environments", {})
    if lang not in kept:
        pages = current_app.jinja_env
        environment = current_app.create_jinja_environment()
        environment.loader = pages.loader
        environment.trim_blocks, environment.lstrip_blocks = pages.trim_blocks, pages.lstrip_blocks
        environment.add_extension("jinja2.ext.i18n")
        with in_language(lang):
            translations = get_domain().get_translations()
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        kept[lang] = environment
    return kept[lang]


def in_all(say: Callable[[], str]) -> dict[str, str]:
    """What `say` answers in each language."""
    said = {}
    for lang in LANGUAGES:
        with in_language(lang):
            said[lang] = say()
    return said


def due_when(due_at: datetime) -> str:
    """The day, with the time unless it is the day's end."""
    at = formats.local(due_at)
    if (at.hour, at.minute) == (DAY_ENDS.hour, DAY_ENDS.minute):
        return formats.day(due_at)
    return _("%(day)s %(time)s", day=formats.day(due_at), time=formats.clock_time(due_at))


def fact_of(deadline: Deadline, is_event: bool, now: datetime) -> str:
    """What is true when the reminder is written."""
    when = due_when(deadline.due_at)
    if is_event:
        return _("Takes place on %(when)s.", when=when)
    if now > deadline.due_at:
        return _("Was due on %(when)s and is still open.", when=when)
    return _("Due on %(when)s.", when=when)


def part_of(message: DueMessage, viewer: Viewer, is_event: bool, absent: str = "") -> str:
    """Why it is this person. `absent`: the name of whom they stand in for."""
    if absent:
        return _("standing in for %(name)s, who is on leave", name=absent)
    if message.selector == RESPONSIBLE:
        return _("asked to the meeting") if is_event else _("the person responsible")
    if message.selector == GROUP:
        return _("a chat group that the plan chose")
    if message.selector.startswith("person:"):
        return _("named by the rule")
    if message.selector.startswith("role:"):
        role = Role(message.selector.partition(":")[2])
        return _("told by the rule as %(role)s", role=role.label)
    roles = _(", ").join(
        str(role.label) for role in sorted(viewer.roles) if role.value in ("manager", "head",
                                                                          "executive")
    )  # fmt: skip
    return _("among those told when it stays undone: %(roles)s", roles=roles or _("named for it"))


@dataclass(frozen=True)
class NextStep:
    """The escalation that follows while the thing stays open: when, and who is told then."""

    at: datetime
    names: tuple[str, ...]


def next_words(step: NextStep) -> str:
    return _("If it is still open on %(when)s, %(names)s will be told.",
             when=due_when(step.at), names=_(", ").join(step.names))  # fmt: skip


class ReminderWriter:
    """Words the reminders of one run. What several of them share is said once: ten thousand
    reminders of one morning have few rules, and a deadline is often told to several people."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        # Names of people whom a rule may name.
        self.names: dict[int, str] = {}
        self._said: dict[Any, dict[str, str]] = {}

    def _in_all(self, key: Any, say: Callable[[], str]) -> dict[str, str]:
        if key not in self._said:
            self._said[key] = in_all(say)
        return self._said[key]

    def words(
        self,
        message: DueMessage,
        person: Person | Addressee,
        viewer: Viewer,
        owners: Sequence[str] = (),
        absent: str = "",
        next_step: NextStep | None = None,
    ) -> Words:
        """A reminder for this person; `owners` are the names of those who answer for the thing."""
        deadline, rule, lang = message.deadline, message.rule, person.mail_language
        reason = self.reason(message, viewer, absent)
        if next_step is not None:
            reason["next"] = self._next(next_step)
        label, fact, title = reason["label"][lang], reason["fact"][lang], deadline.title
        own = self._own(message, person, reason)
        if own["subject"] or own["text"]:
            reason["own"] = own
        if rule.is_escalation:
            reason["names"] = list(owners)
        subject, text, html = render(
            "escalation" if rule.is_escalation else "reminder", person,
            label=label, title=title.in_language(lang), fact=fact, why=reason["why"][lang],
            part=reason["part"][lang], owners=list(owners),
            next_step=reason["next"][lang] if next_step else "",
            own=own,
            link=absolute(deadline.url),
            ledger=absolute(f"/plans/{deadline.plan_id}/reminders"),
        )  # fmt: skip
        return Words(subject, text, html, reason)

    def reason(self, message: DueMessage, viewer: Viewer, absent: str = "") -> dict[str, Any]:
        """Why it is sent, as the ledger keeps it: rule, fact and the recipient's part."""
        deadline, rule = message.deadline, message.rule
        subject = subjects.get(rule.kind)
        is_event = subject is not None and subject.is_event
        return {
            "rule": rule.key,
            "due_at": deadline.due_at.isoformat(),
            "planned_at": message.at.isoformat(),
            "for": message.stands_in_for,
            "title": deadline.title.to_plain(),
            "label": self._in_all(("label", rule), lambda: label_of(rule)),
            "why": self._in_all(("why", rule), lambda: explain(rule, self.names)),
            "fact": self._in_all(
                ("fact", is_event, deadline.due_at),
                lambda: fact_of(deadline, is_event, self.now),
            ),
            "part": self._in_all(
                ("part", message.selector, viewer.roles, is_event, absent),
                lambda: part_of(message, viewer, is_event, absent),
            ),
        }

    def _next(self, step: NextStep) -> dict[str, str]:
        return self._in_all(("next", step), lambda: next_words(step))

    def _own(
        self, message: DueMessage, person: Person | Addressee, reason: dict[str, Any]
    ) -> dict[str, str]:
        """The plan's own subject and text in the person's language, filled in; empty where the
        built-in words hold."""
        lang = person.mail_language
        for language, subject, text in message.rule.wording:
            if language == lang:
                blanks = {
                    "title": message.deadline.title.in_language(lang),
                    "fact": reason["fact"][lang],
                    "label": reason["label"][lang],
                    "name": person.name,
                    "when": self._in_all(
                        ("when", message.deadline.due_at),
                        lambda: due_when(message.deadline.due_at),
                    )[lang],
                }
                return {"subject": filled(subject, blanks), "text": filled(text, blanks)}
        return {"subject": "", "text": ""}


@dataclass(frozen=True)
class DigestItem:
    """One of several things that are said in one mail or one post. `text`: the fact, or the plan's
    own words. names: with whom it is. Each may be empty."""

    label: str
    title: str
    text: str
    link: str
    why: str = ""
    part: str = ""
    next_step: str = ""
    names: tuple[str, ...] = ()


def digest(person: Person | Addressee, items: Sequence[DigestItem]) -> tuple[str, str, str]:
    """Several messages as one mail: subject, text and HTML."""
    with in_language(person.mail_language):
        subject = _("%(num)d reminders, the first: %(label)s, %(title)s", num=len(items),
                    label=items[0].label, title=items[0].title)  # fmt: skip
    return render(
        "digest", person, subject=subject, items=list(items),
        settings=absolute("/account/reminders"),
    )  # fmt: skip


def post(lang: str, items: Sequence[DigestItem], plan_id: int | None) -> Post:
    """Everything that a chat group is told at one time, in its language."""
    with in_language(lang):
        lines = []
        for item in items:
            said = _("%(label)s: %(title)s", label=item.label, title=item.title)
            names = _(", ").join(item.names)
            lines.append(_("%(said)s (%(names)s)", said=said, names=names) if names else said)
            lines.append(item.text)
        title = items[0].label if len(items) == 1 else _("%(num)d reminders", num=len(items))
        link = items[0].link if len(items) == 1 else absolute(f"/plans/{plan_id}")
        return Post(title, tuple(line for line in lines if line), link, _("Open it"))


def instead_of_post(
    reason: dict[str, Any], url: str, plan_id: int | None, person: Addressee
) -> tuple[str, str, str]:
    """A mail to somebody whose group could not be reached: what the post would have said."""
    lang = person.mail_language
    return render(
        "notice", person, label=reason["label"][lang],
        title=LocalText.of(reason["title"]).in_language(lang), text=reason["fact"][lang],
        why=reason["why"][lang], link=absolute(url),
        ledger=absolute(f"/plans/{plan_id}/reminders"),
    )  # fmt: skip


def notice(
    kind: str, person: Person, title: LocalText, text: LocalText, reason: LocalText, url: str,
    plan_id: int | None,
) -> Words:  # fmt: skip
    """A notice that follows an event."""
    with in_language(person.mail_language):
        name, said = label(kind), formats.words(text)
        head, why = formats.words(title), formats.words(reason)
    ledger = absolute(f"/plans/{plan_id}/reminders") if plan_id else ""
    subject, body, html = render(
        "notice", person, label=name, title=head, text=said, why=why, link=absolute(url),
        ledger=ledger,
    )  # fmt: skip
    return Words(
        subject, body, html,
        {
            "title": title.to_plain(),
            "label": in_all(lambda: label(kind)),
            "why": {lang: reason.in_language(lang) for lang in LANGUAGES},
            "fact": {lang: text.in_language(lang) for lang in LANGUAGES},
        },
    )  # fmt: skip


def secret_mail(kind: str, person: Person) -> Words:
    """A mail whose link is made when it leaves (a new password, an invitation)."""
    subject, text, html = render(kind, person, link=SECRET_LINK)
    why = in_all(
        lambda: (
            _("An administrator invited you.")
            if kind == "invitation"
            else _("A new password was asked for.")
        )
    )
    return Words(subject, text, html, {"why": why})
