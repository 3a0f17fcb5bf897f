"""The reading matrix: role × object × field.

One table decides what a person may read, and every list, page, mail and pack passes through it.
`own` means: what concerns the person (their task, their report, their department's risk, a meeting
they are asked to, an action they own). A person with several roles sees the most of them.
"""

import hashlib
from enum import IntEnum

from app.core.permissions import Role, Viewer


class Sight(IntEnum):
    """How much of an object's field a viewer reads."""

    none = 0
    own = 1
    all = 2


_ORDER = (Role.manager, Role.owner, Role.head, Role.executive, Role.member)


def _row(word: str) -> dict[Role, Sight]:
    return {role: {"-": Sight.none, "o": Sight.own, "a": Sight.all}[c]
            for role, c in zip(_ORDER, word, strict=True)}  # fmt: skip


# Columns: manager, owner, head, executive, member; a = all, o = own, - = nothing.
MATRIX: dict[tuple[str, str], dict[Role, Sight]] = {
    ("plan", "document"): _row("aaaaa"),
    ("plan", "people"): _row("aaaaa"),
    ("task", "schedule"): _row("aaaaa"),
    ("task", "money"): _row("aooa-"),
    ("resource", "row"): _row("aaaa-"),
    ("report", "standing"): _row("aaaa-"),
    ("report", "text"): _row("aooa-"),
    ("report", "draft"): _row("-o---"),
    ("promise", "text"): _row("aooa-"),
    ("promise", "rate"): _row("aaaa-"),
    ("problem", "row"): _row("aaaa-"),
    ("risk", "register"): _row("aaaa-"),
    ("risk", "review"): _row("aoaa-"),
    ("inspection", "row"): _row("aaaao"),
    ("indicator", "row"): _row("aaaaa"),
    ("meeting", "row"): _row("aoaao"),
    ("meeting", "minutes"): _row("aoaao"),
    ("action", "row"): _row("aaaao"),
    ("file", "row"): _row("aaaaa"),
    ("practice", "row"): _row("aaaaa"),
    ("comms", "row"): _row("aaaaa"),
    ("message", "row"): _row("aoooo"),
    ("pack", "row"): _row("a--a-"),
    ("audit", "row"): _row("a----"),
}


def sight(viewer: Viewer, thing: str, field: str = "row") -> Sight:
    """How much of `thing.field` the viewer reads; Finance's head reads all money."""
    if (thing, field) == ("task", "money") and viewer.is_finance:
        return Sight.all
    row = MATRIX[(thing, field)]
    return max((row[role] for role in viewer.roles), default=Sight.none)


# What no state of a plan holds, so that it cannot make two readers' states differ.
_NOT_IN_A_STATE = {("report", "draft"), ("message", "row"), ("pack", "row"), ("audit", "row")}


def eyes_key(viewer: Viewer) -> str:
    """A hash of all that the viewer reads of a plan's state: two viewers with the same key see the
    same, and what was written down for one may be shown to the other.

    Whoever reads somewhere only their own shares a key with nobody.
    """
    sights = {key: sight(viewer, *key) for key in MATRIX if key not in _NOT_IN_A_STATE}
    said = [f"{thing}:{field}:{seen.name}" for (thing, field), seen in sorted(sights.items())]
    if Sight.own in sights.values():
        said += [f"person {viewer.person_id}", f"departments {sorted(viewer.department_ids)}"]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
