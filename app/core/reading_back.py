"""What was written down, read back by the types of the fields: JSON values, or the text itself.

The mirror of `core.snapshots.to_plain` and `pieces`.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from app.core.json_text import JsonText
from app.core.localtext import LocalText

T = TypeVar("T")

# Texts of fewer characters are mostly words that come again.
SHORT = 16
# What reading raises where the shape is another one.
WRONG = (KeyError, ValueError, TypeError, AttributeError)


class Unreadable(ValueError):
    """What was written down has another shape than what reads it; the message says where."""


def read_plain(kind: type[T], plain: Any) -> T:
    """The dataclass tree of type `kind` that `to_plain` wrote.

    A field that the text lacks takes its default. Raises Unreadable where one has none or a value
    is not of its field's type: it was written by a program that knew another shape.
    """
    try:
        found: T = _reader(kind)(plain)
    except WRONG as problem:
        raise Unreadable(f"{kind.__name__}: {problem}") from problem
    return found


def read_pieces(kind: type[T], chunks: Iterable[str]) -> T:
    """The same from the canonical text in chunks: each row of a list is made as soon as it is
    there, as `pieces` wrote it, and neither the text nor its JSON is ever whole in memory.

    Raises Unreadable as `read_plain` does, and where the text is not canonical JSON.
    """
    text = JsonText(chunks)
    try:
        found: T = _piece(kind, text)
        text.end()
    except WRONG as problem:
        raise Unreadable(f"{kind.__name__}: {problem}") from problem
    return found


def _piece(kind: Any, text: JsonText) -> Any:
    """The next value of the text: dataclasses by their fields and lists by their rows, whatever
    is inside of those at once."""
    args, begins = get_args(kind), text.peek()
    if is_dataclass(kind) and kind is not LocalText and begins == "{":
        types = _types(kind)
        values = {name: _piece(types.get(name, Any), text) for name in text.members()}
        return kind(**{name: value for name, value in values.items() if name in types})
    if get_origin(kind) is tuple and args[1:] == (Ellipsis,) and begins == "[":
        read = _reader(args[0])
        return tuple(read(text.value()) for _row in text.rows())
    return _reader(kind)(text.value())


@lru_cache(maxsize=512)
def _types(kind: Any) -> dict[str, Any]:
    """The types of the fields that a dataclass is made of."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind) if f.init}


@lru_cache(maxsize=512)
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What turns a JSON value into a value of the type."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda plain: plain
    if origin in (Union, UnionType):
        return _union_reader(args)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            each = _reader(args[0])
            return lambda plain: tuple(each(value) for value in _list(plain))
        readers = [_reader(arg) for arg in args]
        return lambda plain: tuple(
            read(value) for read, value in zip(readers, _list(plain), strict=True)
        )
    if origin in (dict, Mapping):
        key, each = _reader(args[0]), _reader(args[1])
        to_key = int if args[0] is int else key
        return lambda plain: {to_key(k): each(v) for k, v in plain.items()}
    if kind is LocalText:
        return _text
    if is_dataclass(kind):
        return _class_reader(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is date:
        return date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind is float:
        return lambda plain: _checked((int, float), plain)
    if kind is str:
        return _words
    return lambda plain: _checked(kind, plain)


def _union_reader(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    """None, or the first of the types that takes the value."""
    readers = [_reader(arg) for arg in args if arg is not NoneType]
    may_be_none = NoneType in args

    def read(plain: Any) -> Any:
        if plain is None and may_be_none:
            return None
        for reader in readers[:-1]:
            try:
                return reader(plain)
            except WRONG:
                continue
        return readers[-1](plain)

    return read


def _class_reader(kind: Any) -> Callable[[Any], Any]:
    known = [(name, _reader(type_)) for name, type_ in _types(kind).items()]

    def read(plain: Any) -> Any:
        return kind(**{name: reader(plain[name]) for name, reader in known if name in plain})

    return read


def _list(plain: Any) -> list[Any]:
    return list(_checked(list, plain))


def _text(plain: Any) -> LocalText:
    return LocalText.of(_checked((dict, str), plain))


def _words(plain: Any) -> str:
    """A text. Short ones, such as weeks and standings, come a hundred thousand times and are then
    the same object."""
    text: str = _checked(str, plain)
    return sys.intern(text) if len(text) < SHORT else text


def _checked(kind: Any, plain: Any) -> Any:
    if not isinstance(plain, kind) or (isinstance(plain, bool) and kind is not bool):
        raise TypeError(f"{plain!r} is no {kind}")
    return plain
