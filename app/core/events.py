"""Domain events: how a package tells those to its right that something happened.

Handlers run at once and in the same transaction, so that what is told and what happened stand or
fall together.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[E], handler: Callable[[E], None]) -> None:
    """Call `handler` for each event of `kind`; subscribing twice counts once."""
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)


def announce(event: object) -> None:
    """Tell everyone who subscribed to the event's kind."""
    for handler in _handlers[type(event)]:
        handler(event)
