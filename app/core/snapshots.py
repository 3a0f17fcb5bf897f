"""Snapshots: a state of the plan written down as canonical JSON with its SHA-256.

`core.reading_back` makes the state of it again.
"""

import codecs
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from itertools import islice
from typing import Any

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.db import Instant, IntPk, db
from app.core.localtext import LocalText

PIECES_AT_ONCE = 1000
# So much of what is packed is unpacked at once; it grows to some ten times as much.
PACKED_AT_ONCE = 16_384


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
        return "".join(self.chunks())

    def chunks(self) -> Iterator[str]:
        """The text in the parts in which it is unpacked, so that a large one is never whole in
        memory. Raises zlib.error where the bytes are damaged, EOFError where they break off."""
        if self.packed is None:
            yield self.body
            return
        unpacker, decoder = zlib.decompressobj(), codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(self.packed), PACKED_AT_ONCE):
            part = unpacker.decompress(self.packed[start : start + PACKED_AT_ONCE])
            yield decoder.decode(part)
        if not unpacker.eof:
            raise EOFError("what was packed breaks off")


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
    return keep(
        Snapshot(
            plan_id=plan_id, taken_at=now, reason=reason, sha256=sha256_of(body), body=body
        )
    )  # fmt: skip


def packed_up(
    plan_id: int, value: Any, reason: str, now: datetime, *, eyes: str, figures: str
) -> Snapshot:
    """The same for a large dataclass tree, as somebody saw it: hashed and packed as it is spelt.

    It takes seconds for the tree of a long plan, and so writes nothing: `keep` does.
    """
    digest, packer, packed = hashlib.sha256(), zlib.compressobj(), []
    for batch in _batches(pieces(value)):
        digest.update(batch)
        packed.append(packer.compress(batch))
    packed.append(packer.flush())
    return Snapshot(
        plan_id=plan_id, taken_at=now, reason=reason, sha256=digest.hexdigest(), eyes=eyes,
        figures=figures, body="", packed=b"".join(packed),
    )  # fmt: skip


def digest_of(value: Any) -> str:
    """The hash that `packed_up` would give the tree under."""
    digest = hashlib.sha256()
    for batch in _batches(pieces(value)):
        digest.update(batch)
    return digest.hexdigest()


def _batches(texts: Iterator[str]) -> Iterator[bytes]:
    while batch := list(islice(texts, PIECES_AT_ONCE)):
        yield "".join(batch).encode()


def keep(snapshot: Snapshot) -> Snapshot:
    """Write it down, in the running transaction."""
    db.session.add(snapshot)
    db.session.flush()
    return snapshot
