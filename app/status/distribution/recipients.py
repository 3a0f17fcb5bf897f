"""Who gets a schedule's pack: those of its audience who may read packs at this moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.comms.readers import Addressee, Reader, Readers, readers_of
from app.core.matrix import eyes_key
from app.core.permissions import Role, Viewer
from app.status.distribution.models import Audience, PackSchedule

READ = "pack:read"
ROLES = {Audience.executives: Role.executive, Audience.managers: Role.manager}


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets the pack: their eyes, and the language of their pack and its cover."""

    person: Addressee
    viewer: Viewer
    language: str

    @property
    def key(self) -> tuple[str, str]:
        """Those with the same key read the same, and share a pack."""
        return eyes_key(self.viewer), self.language

    @property
    def addressee(self) -> Addressee:
        """The person as somebody who is written to in the pack's language."""
        person = self.person
        return Addressee(person.id, person.name, person.email, self.language)


def recipients_of(schedule: PackSchedule) -> list[Recipient]:
    """Everybody whom the schedule reaches now, by id; two statements."""
    return reached(schedule, readers_of(schedule.plan_id))


def reached(schedule: PackSchedule, readers: Readers) -> list[Recipient]:
    """The same among these readers of the plan."""
    return [
        Recipient(reader.person, reader.viewer, schedule.language or reader.person.mail_language)
        for person_id, reader in sorted(readers.items())
        if reader.viewer.may(READ) and _is_meant(schedule, person_id, reader)
    ]


def _is_meant(schedule: PackSchedule, person_id: int, reader: Reader) -> bool:
    if schedule.audience is Audience.chosen:
        return person_id in schedule.person_ids
    return reader.viewer.has(ROLES[schedule.audience])


def may_be_chosen(readers: Readers) -> dict[int, str]:
    """The names of those who may read packs, by id."""
    rows = [row for row in readers.values() if row.viewer.may(READ)]
    return {row.person.id: row.person.name for row in sorted(rows, key=lambda r: r.person.name)}


def together(recipients: Iterable[Recipient]) -> dict[tuple[str, str], list[Recipient]]:
    """The recipients by what they read and in which language: one pack for each."""
    groups: dict[tuple[str, str], list[Recipient]] = {}
    for recipient in recipients:
        groups.setdefault(recipient.key, []).append(recipient)
    return groups


def eyes_of(groups: Mapping[tuple[str, str], list[Recipient]]) -> dict[str, Recipient]:
    """Through whose eyes the packs of each kind of reader are made: the same in every language."""
    found: dict[str, Recipient] = {}
    for (eyes, _language), members in groups.items():
        first = min(members, key=lambda recipient: recipient.person.id)
        if eyes not in found or first.person.id < found[eyes].person.id:
            found[eyes] = first
    return found
