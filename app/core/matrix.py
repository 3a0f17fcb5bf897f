"""The reading matrix: role × object × field.

One table decides what a person may read, and every list, page, mail and pack passes through it.
`own` means: what concerns the person (their task, their report, their department's risk, a meeting
they are asked to, an action they own). A person with several roles sees the most of them.
"""

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
