"""The words of reminders and notices, in the recipient's language.

Each kind of message has its folder under templates/mails with subject, text and HTML. A link is
always under the installation's own base address: what a request named as its host never enters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import Person
from app.comms.due import DueMessage, To
from app.comms.rules import explain, label
from app.core import formats
from app.core.i18n import LANGUAGES, in_language
from app.core.localtext import LocalText
from app.core.permissions import Viewer
from app.core.text import clean_line, shortened

SUBJECT_LENGTH = 200
# Stands in a body for a link that is made at the moment of sending.
SECRET_LINK = "[[link]]"
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


def render(folder: str, person: Person, **values: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of a folder's templates, in the person's language.

    Rendered without a request: a mail knows nothing of who is signed in.
    """
    environment = current_app.jinja_env
    values = {"person": person, **values}
    with in_language(person.mail_language):
        subject, text, html = (
            environment.get_template(f"mails/{folder}/{name}").render(values)
            for name in ("subject.txt", "body.txt", "body.html")
        )
    return shortened(clean_line(subject), SUBJECT_LENGTH), text.strip() + "\n", html


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


def fact_of(message: DueMessage) -> str:
    """What is true when the reminder is written."""
    deadline, rule = message.deadline, message.rule
    when = due_when(deadline.due_at)
    if rule.kind == "meeting":
        return _("Takes place on %(when)s.", when=when)
    if message.at > deadline.due_at:
        return _("Was due on %(when)s and is still open.", when=when)
    return _("Due on %(when)s.", when=when)


def part_of(message: DueMessage, viewer: Viewer) -> str:
    """Why it is this person."""
    if message.rule.to is To.responsible:
        if message.rule.kind == "meeting":
            return _("asked to the meeting")
        return _("the one who answers for it")
    roles = _(", ").join(
        str(role.label) for role in sorted(viewer.roles) if role.value in ("manager", "head",
                                                                          "executive")
    )  # fmt: skip
    return _("among those told when it stays undone: %(roles)s", roles=roles or _("named for it"))


def reminder(message: DueMessage, person: Person, viewer: Viewer, owners: list[str]) -> Words:
    """A reminder for this person; `owners` are the names of those who answer for the thing."""
    deadline = message.deadline
    with in_language(person.mail_language):
        fact, part, why = fact_of(message), part_of(message, viewer), explain(message.rule)
        name, title = label(message.rule.key), formats.words(deadline.title)
    subject, text, html = render(
        "escalation" if message.rule.to is To.escalation else "reminder", person,
        label=name, title=title, fact=fact, why=why, part=part, owners=owners,
        link=absolute(deadline.url),
        ledger=absolute(f"/plans/{deadline.plan_id}/reminders"),
    )  # fmt: skip
    reason = {
        "rule": message.rule.key,
        "due_at": deadline.due_at.isoformat(),
        "planned_at": message.at.isoformat(),
        "title": deadline.title.to_plain(),
        "why": in_all(lambda: explain(message.rule)),
        "fact": in_all(lambda: fact_of(message)),
        "part": in_all(lambda: part_of(message, viewer)),
    }
    return Words(subject, text, html, reason)


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
