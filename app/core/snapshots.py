"""Snapshots: a state of the plan written down as canonical JSON with its SHA-256."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from itertools import islice
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.db import Instant, IntPk, db
from app.core.localtext import LocalText

T = TypeVar("T")

PIECES_AT_ONCE = 1000


class Unreadable(ValueError):
    """What was written down has another shape than what reads it; the message says where."""


class Snapshot(db.Model):
    """What stood in a plan at an instant; never changed after it was written.

    A small one is text in `body`; a state, which may be sixty megabytes of it, is zlib in `packed`
    instead, and `body` is empty. `text` is either. The hash is that of the text.
    eyes: `core.matrix.eyes_key` of whoever it was read for; empty where it is nobody's sight.
    figures: the state's single figures as JSON, so that a trend need not read every body.
    """

    __tablename__ = "snapshots"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(index=True)
    taken_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    eyes: Mapped[str] = mapped_column(String(64), default="")
    figures: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = deferred(mapped_column(Text, nullable=False))
    packed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    @property
    def text(self) -> str:
        """What was written down."""
        return self.body if self.packed is None else zlib.decompress(self.packed).decode()


def to_plain(value: Any) -> Any:
    """A frozen dataclass tree as JSON values: keys are field names, dates are ISO 8601."""
    if isinstance(value, LocalText):
        return value.to_plain()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(to_plain(v) for v in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def canonical(value: Any) -> str:
    """The one spelling of a value: sorted keys, no spaces, no escapes of Chinese."""
    return json.dumps(to_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256_of(text: str) -> str:
    """The hash that a snapshot is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_plain(kind: type[T], plain: Any) -> T:
    """The dataclass tree of type `kind` that `to_plain` wrote.

    A field that the text lacks takes its default. Raises Unreadable where one has none or a value
    is not of its field's type: it was written by a program that knew another shape.
    """
    try:
        found: T = _reader(kind)(plain)
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise Unreadable(f"{kind.__name__}: {problem}") from problem
    return found


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
            except (KeyError, ValueError, TypeError, AttributeError):
                continue
        return readers[-1](plain)

    return read


def _class_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    known = [
        (f.name, _reader(hints[f.name]),
         f.default is not MISSING or f.default_factory is not MISSING)
        for f in fields(kind)
        if f.init
    ]  # fmt: skip

    def read(plain: Any) -> Any:
        values = {}
        for name, reader, has_default in known:
            if name not in plain and has_default:
                continue
            values[name] = reader(plain[name])
        return kind(**values)

    return read


def _list(plain: Any) -> list[Any]:
    return list(_checked(list, plain))


def _text(plain: Any) -> LocalText:
    return LocalText.of(_checked((dict, str), plain))


def _checked(kind: Any, plain: Any) -> Any:
    if not isinstance(plain, kind) or (isinstance(plain, bool) and kind is not bool):
        raise TypeError(f"{plain!r} is no {kind}")
    return plain


def pieces(value: Any) -> Iterator[str]:
    """`canonical(value)` piece by piece, so that a large tree is never a second one in memory: each
    row of a list is a piece."""
    if is_dataclass(value) and not isinstance(value, LocalText):
        for n, name in enumerate(sorted(f.name for f in fields(value))):
            yield f"{',' if n else '{'}{json.dumps(name)}:"
            yield from pieces(getattr(value, name))
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for n, row in enumerate(value):
            yield f",{canonical(row)}" if n else canonical(row)
        yield "]"
    else:
        yield canonical(value)


def take_snapshot(plan_id: int, value: Any, reason: str, now: datetime) -> Snapshot:
    """Write `value` down; the same value always has the same hash."""
    body = canonical(value)
    return _kept(
        Snapshot(
            plan_id=plan_id, taken_at=now, reason=reason, sha256=sha256_of(body), body=body
        )
    )  # fmt: skip


def take_packed(
    plan_id: int, value: Any, reason: str, now: datetime, *, eyes: str, figures: str
) -> Snapshot:
    """The same for a large dataclass tree, as somebody saw it: hashed and packed as it is spelt."""
    digest, packer, packed = hashlib.sha256(), zlib.compressobj(), []
    for batch in _batches(pieces(value)):
        digest.update(batch)
        packed.append(packer.compress(batch))
    packed.append(packer.flush())
    return _kept(
        Snapshot(
            plan_id=plan_id, taken_at=now, reason=reason, sha256=digest.hexdigest(), eyes=eyes,
            figures=figures, body="", packed=b"".join(packed),
        )
    )  # fmt: skip


def digest_of(value: Any) -> str:
    """The hash that `take_packed` would keep the tree under."""
    digest = hashlib.sha256()
    for batch in _batches(pieces(value)):
        digest.update(batch)
    return digest.hexdigest()


def _batches(texts: Iterator[str]) -> Iterator[bytes]:
    while batch := list(islice(texts, PIECES_AT_ONCE)):
        yield "".join(batch).encode()


def _kept(snapshot: Snapshot) -> Snapshot:
    db.session.add(snapshot)
    db.session.flush()
    return snapshot
