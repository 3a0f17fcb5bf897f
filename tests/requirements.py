"""What a few tests need beyond Python, and what happens on a machine that lacks it.

Such a test begins with `needs("browser")`: without a browser it skips and says so, unless
YINGBIN_TEST_REQUIRE names it (as CI does), for a test that silently never runs proves nothing.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def _first_program(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _writer() -> str | None:
    """LibreOffice where it can also open documents: Debian parts it into packages."""
    office = _first_program("soffice", "libreoffice")
    if office is None:
        return None
    program = Path(office).resolve().parent
    return office if (program / "libswlo.so").exists() else None


def _postgres() -> str | None:
    url = os.environ.get("YINGBIN_TEST_DATABASE_URL", "")
    return url if url.startswith("postgresql") else None


FINDERS: dict[str, tuple[str, Callable[[], str | None]]] = {
    "browser": (
        "Chromium is not installed",
        lambda: _first_program("chromium", "chromium-browser", "google-chrome"),
    ),
    "office": ("LibreOffice is not installed", lambda: _first_program("soffice", "libreoffice")),
    "writer": ("LibreOffice Writer is not installed", _writer),
    "pdftotext": ("poppler-utils is not installed", lambda: _first_program("pdftotext")),
    "postgres": ("YINGBIN_TEST_DATABASE_URL names no PostgreSQL server", _postgres),
}


def required() -> set[str]:
    """What may not be missing on this machine."""
    return set(os.environ.get("YINGBIN_TEST_REQUIRE", "").replace(",", " ").split())


def needs(thing: str) -> str:
    """The path of the program, or the server's address; skips, or fails where it is required."""
    lack, find = FINDERS[thing]
    found = find()
    if found:
        return found
    if thing in required():
        pytest.fail(f"{lack}, and YINGBIN_TEST_REQUIRE asks for it")
    pytest.skip(lack)
