"""Which pictures may be a logo: PNG and JPEG, told by their bytes and never by their name.

Pure: bytes in, an answer out; nothing is unpacked. PNG: https://www.w3.org/TR/png-3/ ;
JPEG: ITU-T T.81, annex B.
"""

import struct
import zlib
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# Markers that stand alone, without a length behind them.
_ALONE = {0x01, *range(0xD0, 0xD8)}
_START_OF_SCAN = 0xDA
# Start of frame: the size stands there. C4, C8 and CC are something else.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Picture:
    """A whole picture: its MIME type, width and height in pixels."""

    mime: str
    width: int
    height: int


def read_picture(content: bytes) -> Picture | None:
    """What picture the bytes are; None for anything else, and for one that is cut off."""
    try:
        if content.startswith(_PNG):
            return _png(content)
        if content.startswith(_JPEG):
            return _jpeg(content)
    except (struct.error, IndexError):
        return None
    return None


def _png(content: bytes) -> Picture | None:
    size, at = None, len(_PNG)
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", content, at + 8 + length)
        if crc != zlib.crc32(kind + body):
            return None
        if size is None:
            if kind != b"IHDR" or length != 13:
                return None
            size = struct.unpack_from(">II", body)
        if kind == _PNG_END:
            # What follows the end would travel along unseen.
            return _of_size("image/png", *size) if at + 12 + length == len(content) else None
        at += 12 + length
    return None


def _jpeg(content: bytes) -> Picture | None:
    at, size = 2, None
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (0xFF, *_ALONE):
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            size = (width, height)
        if marker == _START_OF_SCAN:
            is_whole = size is not None and content.rstrip(b"\x00").endswith(_JPEG_END)
            return _of_size("image/jpeg", *size) if size and is_whole else None
        at += 2 + max(length, 2)
    return None


def _of_size(mime: str, width: int, height: int) -> Picture | None:
    return Picture(mime, width, height) if width and height else None
