"""One reading of a page or a file: what was read once in it is not read again.

Home pages and packs ask every feature several times (the state, to-dos, the agenda, what comes
next), and each answer stands on the same registers. Inside `one_reading` a function marked
`read_once` answers the same arguments from memory. Nothing is kept outside of it, so that a use
case never sees what was read before its change.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_kept: ContextVar[dict[Any, Any] | None] = ContextVar("reading", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Read only: nothing may be changed inside. A reading inside a reading is a part of it."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def read_once(read: Callable[P, R]) -> Callable[P, R]:
    """Answer from memory within one reading, for equal arguments (what cannot be hashed, such as
    a calendar, must be the same object)."""

    @wraps(read)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return read(*args, **kwargs)
        key = (read, *map(_name, args), *((k, _name(v)) for k, v in sorted(kwargs.items())))
        if key not in kept:
            # The arguments are kept too, so that no other object can take their identity.
            kept[key] = (read(*args, **kwargs), args, kwargs)
        return kept[key][0]

    return remembered


def _name(argument: Any) -> Any:
    try:
        hash(argument)
    except TypeError:
        return ("the object", id(argument))
    return argument
