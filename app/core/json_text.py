"""JSON text that arrives in chunks, taken value by value: what is taken is let go.

For the canonical spelling of `core.snapshots` alone, which has no spaces between its parts.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

# What can come after a value.
AFTER = frozenset(",:]}")

_decode = json.JSONDecoder().raw_decode


class JsonText:
    """A place in the text. Every method raises ValueError where the text goes on otherwise."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next character, which stays; empty at the end."""
        while self._at == len(self._text):
            if not self._has_more():
                return ""
        return self._text[self._at]

    def value(self) -> Any:
        """The next value, whole."""
        while True:
            try:
                found, end = _decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._has_more():
                    raise
                continue
            # Of a number the chunk may hold a part that is a number too.
            if self._text[end : end + 1] in AFTER or not self._has_more():
                self._at = end
                return found

    def members(self) -> Iterator[str]:
        """The names in an object; after each, the place is at its value, which must be taken."""
        for _member in self._between("{", "}"):
            name = self.value()
            self._take(":")
            yield name

    def rows(self) -> Iterator[None]:
        """Once for each row of a list; the place is at the row, which must be taken."""
        return self._between("[", "]")

    def end(self) -> None:
        """Nothing comes after what was taken."""
        if self.peek():
            raise ValueError("the text goes on after its end")

    def _between(self, first: str, last: str) -> Iterator[None]:
        self._take(first)
        if self.peek() == last:
            self._at += 1
            return
        while True:
            yield
            if self.peek() == last:
                self._at += 1
                return
            self._take(",")

    def _take(self, expected: str) -> None:
        found = self.peek()
        if found != expected:
            raise ValueError(f"{found!r} stands where {expected!r} should")
        self._at += 1

    def _has_more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text, self._at = self._text[self._at :] + chunk, 0
        return True
