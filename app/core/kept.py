"""What was made of what was read, kept in this process until something changes or time turns.

A thing is kept under a stamp (the revisions that it was read under) and for a span of time: from
the instant that it shows until the first one at which it would say something else although nobody
wrote anything. It is given out for the same stamp and an instant within the span, and never else.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A thing with what it holds for."""

    stamp: Hashable
    since: datetime
    until: datetime
    thing: T


class Shelf(Generic[T]):
    """The newest `most` things, by key; those longest not asked for make room."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._rows: OrderedDict[Hashable, Entry[T]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable, stamp: Hashable, now: datetime) -> T | None:
        """The thing as it stands at `now` under this stamp, if it is here."""
        with self._lock:
            entry = self._rows.get(key)
            if entry is None or entry.stamp != stamp or not entry.since <= now < entry.until:
                return None
            self._rows.move_to_end(key)
            return entry.thing

    def keep(
        self, key: Hashable, stamp: Hashable, since: datetime, until: datetime, thing: T
    ) -> None:
        """In the place of what was kept under the key."""
        with self._lock:
            self._rows[key] = Entry(stamp, since, until, thing)
            self._rows.move_to_end(key)
            while len(self._rows) > self.most:
                self._rows.popitem(last=False)


@dataclass(frozen=True)
class Holed:
    """A text with holes: `names[i]` stands between `texts[i]` and `texts[i + 1]`."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str, values: Mapping[str, str]) -> "Holed":
        """The text with a hole wherever one of the values, by name, stands in it. They must be
        such as stand nowhere by chance."""
        names = {value: name for name, value in values.items()}
        parts = re.split("|".join(map(re.escape, names)).join("()"), text)
        return cls(tuple(parts[::2]), tuple(names[value] for value in parts[1::2]))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with these values in its holes."""
        pieces = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            pieces += (values[name], text)
        return "".join(pieces)
