"""The ways out of the house in one run of the dispatcher: a claimed parcel becomes a letter or a
post, and is handed to its channel.

What it says was frozen when it was written; only several things in one are put together here, a
secret link is made here, since it rests nowhere, and a file is fetched here, for whoever may still
read it.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from markupsafe import escape

from app.accounts.resets import issue_reset_token, link_of
from app.comms import wording
from app.comms.channels import Attachment, Letter, Post
from app.comms.channels import Channel as MailOutlet
from app.comms.claims import Claimed, Parcel
from app.comms.models import SECRET_KINDS
from app.comms.readers import Addressee, addressees
from app.comms.robot_channels import RobotOutlet
from app.comms.wording import ENCLOSED, SECRET_LINK, DigestItem
from app.core.localtext import LocalText
from app.core.registries import Enclosure, enclosures
from app.core.unit_of_work import reading, rollback, unit_of_work


class Outlets:
    """The mail server of a run, if there is one, and the robots as they are needed."""

    def __init__(
        self, mail: MailOutlet | None, robot: Callable[[int], RobotOutlet] | None = None
    ) -> None:
        self.mail = mail
        self._make_robot = robot
        self._robots: dict[int, RobotOutlet] = {}
        self._people: dict[int, Addressee] = {}

    def look_up(self, parcels: Iterable[Parcel]) -> None:
        """Read at once to whom these go."""
        self._people = addressees(
            row.recipient_id for p in parcels for row in p.rows if row.recipient_id is not None
        )
        rollback()

    def prepared(self, parcel: Parcel, now: datetime) -> Callable[[], str]:
        """What hands it over and answers what the other side said, or raises NotSent: everything
        but the talking is done here. Raises LinkDead, or Refused for what nobody would take."""
        if parcel.first.robot_id is not None:
            robot, post = self._robot(parcel.first.robot_id), post_of(parcel.rows)
            return lambda: robot.send(post, now)
        if self.mail is None:
            raise RuntimeError("a mail was claimed without a mail server")
        mail, letter = self.mail, self._letter(parcel, now)
        return lambda: mail.send(letter)


    def close(self) -> None:
        for outlet in (self.mail, *self._robots.values()):
            if outlet is not None:
                outlet.close()

    def _robot(self, robot_id: int) -> RobotOutlet:
        if self._make_robot is None:
            raise RuntimeError("a post was claimed without a way to robots")
        if robot_id not in self._robots:
            self._robots[robot_id] = self._make_robot(robot_id)
        return self._robots[robot_id]

    def _letter(self, parcel: Parcel, now: datetime) -> Letter:
        first = parcel.first
        person = self._people[first.recipient_id or 0]
        subject, text, html, message_id = first.subject, first.text, first.html, first.message_id
        if len(parcel.rows) > 1:
            subject, text, html = _digest(parcel.rows, person)
            message_id = _bundle_id(parcel)
        elif first.kind in SECRET_KINDS:
            link = _fresh_link(first, now)
            text, html = text.replace(SECRET_LINK, link), html.replace(SECRET_LINK, link)
        files: list[Attachment] = []
        for row in parcel.rows:
            if (found := _enclosed(row)) is not None:
                text = text.replace(ENCLOSED, found.note)
                html = html.replace(ENCLOSED, str(escape(found.note)))
                if found.content:
                    files.append(Attachment(found.filename, found.mime, found.content))
        return Letter(
            to_address=person.email, to_name=person.name, subject=subject, text=text, html=html,
            language=first.language, message_id=message_id, at=now, files=tuple(files),
        )  # fmt: skip


def _enclosed(row: Claimed) -> Enclosure | None:
    """What goes along with the row, asked of the feature that wrote it; None where it may not have
    any."""
    ask = enclosures.get(row.kind)
    if ask is None:
        return None
    with reading():
        found = ask(row.plan_id or 0, row.object_key, row.recipient_id or 0, row.language)
    return found or Enclosure("")


def _digest(rows: Sequence[Claimed], person: Addressee) -> tuple[str, str, str]:
    return wording.digest(person, [_item(row, person.mail_language) for row in rows])


def _item(row: Claimed, lang: str) -> DigestItem:
    reason = row.reason

    def said(name: str) -> str:
        return (reason.get(name) or {}).get(lang, "")

    own = reason.get("own") or {}
    return DigestItem(
        label=said("label"),
        title=own.get("subject")
        or LocalText.of(reason.get("title", row.subject)).in_language(lang),
        text=own.get("text") or said("fact"),
        link=wording.absolute(row.url),
        why=said("why"),
        part=said("part"),
        next_step=said("next"),
        names=tuple(reason.get("names", ())),
    )


def _bundle_id(parcel: Parcel) -> str:
    """Stable over retries, so that what is sent twice after a crash is known as the same mail, and
    another one for other rows, so that no receiver takes a second mail for the first."""
    host = parcel.first.message_id.rpartition("@")[2]
    rows = " ".join(sorted(row.message_id for row in parcel.rows))
    return f"<{hashlib.sha256(rows.encode()).hexdigest()[:32]}@{host}>"


def post_of(rows: Sequence[Claimed]) -> Post:
    """Everything that a group is told at one time."""
    lang = rows[0].language
    return wording.post(lang, [_item(row, lang) for row in rows], rows[0].plan_id)


def _fresh_link(row: Claimed, now: datetime) -> str:
    """The secret link, made now and kept nowhere; its hash is committed before the mail leaves.
    Raises LinkDead."""
    reset_id = int(row.object_key.split(":")[1])
    with unit_of_work():
        return link_of(issue_reset_token(reset_id, now))
