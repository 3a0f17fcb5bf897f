"""Which files may be shared, and whether a file is what its name says.

Pure: a name and bytes in, an answer out. A name decides how a computer opens a file, so what is
inside must match it; formats that carry programs are not on the list.
"""

import io
import zipfile

MOST_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")

# Extension → MIME type, and what the bytes begin with; the kind of package inside a zip; or text.
TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
}
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "doc": (_OLE,),
    "xls": (_OLE,),
    "ppt": (_OLE,),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    "zip": _ZIP,
}
_PACKAGES = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_TEXT = {"txt", "csv"}


def extension_of(filename: str) -> str:
    """The lower-case extension without its dot; empty for none."""
    stem, dot, ending = filename.rpartition(".")
    return ending.lower() if dot and stem else ""


def is_what_it_says(filename: str, content: bytes) -> bool:
    """Whether the bytes are of the kind that the extension names."""
    kind = extension_of(filename)
    if kind in _TEXT:
        return _is_text(content)
    if kind in _PACKAGES:
        names = _names_in(content)
        is_package = "[Content_Types].xml" in names
        return is_package and any(n.startswith(_PACKAGES[kind]) for n in names)
    if kind in ("odt", "ods", "odp"):
        return content.startswith(_ZIP) and TYPES[kind].encode() in content[:200]
    if kind == "webp" and content[8:12] != b"WEBP":
        return False
    return content.startswith(_BEGINNINGS.get(kind, ())) if kind in _BEGINNINGS else False


def mime_type(filename: str) -> str:
    """The type that a download is sent as."""
    return TYPES.get(extension_of(filename), "application/octet-stream")


def safe_name(filename: str) -> str:
    """The file's own name without folders, at most NAME_LENGTH characters with its extension."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip().strip(".")
    kind = extension_of(name)
    if len(name) > NAME_LENGTH:
        name = name[: NAME_LENGTH - len(kind) - 1].rstrip(". ") + (f".{kind}" if kind else "")
    return name[:NAME_LENGTH]


def _names_in(content: bytes) -> set[str]:
    """Names in a zip's table of contents; nothing is unpacked."""
    if not content.startswith(_ZIP):
        return set()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return set()


def _is_text(content: bytes) -> bool:
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    for encoding in ("utf-8", "gb18030", "utf-16"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
