"""Takes a picture of every sheet of the demo's status pack, in both languages.

    .venv/bin/python scripts/pack_pictures.py [FOLDER]     by default docs/pack

Needs LibreOffice, pdftoppm and the fonts Noto Sans CJK and Liberation. The first page of each sheet
is kept as SHEET.LANGUAGE.png, named by the file of `app/status/sheets` that writes it; a page is
known by the sheet's name in its foot.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from app import create_app  # noqa: E402
from app.accounts.models import Person  # noqa: E402
from app.core.db import db  # noqa: E402
from app.core.i18n import in_language  # noqa: E402
from app.core.permissions import viewer_for  # noqa: E402
from app.core.settings import demo_settings  # noqa: E402
from app.ops.demo.making import demo_mark, make_demo  # noqa: E402
from app.ops.demo.stage import DOMAIN  # noqa: E402
from app.status.packs.making import Ask, make  # noqa: E402
from app.status.sheets.book import FONT  # noqa: E402
from app.status.sheets.cells import sheet_name  # noqa: E402
from app.status.sheets.workbook import SHEETS  # noqa: E402

# Thursday of the demo's ninth week, 16:20 in Shanghai.
NOW = datetime(2026, 11, 26, 8, 20, tzinfo=UTC)
DOTS = 110  # to the inch
# The packs name a font of Windows and Office. Where it is not installed, LibreOffice would draw its
# digits and Latin letters with a font far wider; these are about as wide.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <match target="pattern">
    <test name="family"><string>{name}</string></test>
    <edit name="family" mode="append" binding="same">{instead}</edit>
  </match>
</fontconfig>
"""
INSTEAD = {
    "zh": "<string>Noto Sans CJK SC</string>",
    "en": "<string>Liberation Sans</string><string>Noto Sans CJK SC</string>",
}


def pack_of_demo(folder: Path, language: str) -> tuple[bytes, dict[str, str]]:
    """The pack in the manager's eyes, and the file that writes each sheet by the sheet's name."""
    settings = demo_settings(folder, base_url="http://127.0.0.1:8000")
    app = create_app(settings)
    with app.app_context(), in_language(language):
        mark = demo_mark(NOW, language, app.config["PROGRAM_VERSION"], settings)
        make_demo(create_app, settings, mark, NOW, lambda _week: None)
        names = {
            sheet_name(room.sheet_title()): room.__name__.rsplit(".", 1)[1] for room in SHEETS
        }
    with create_app(settings).app_context():
        manager = db.session.scalars(select(Person).where(Person.email == f"pm@{DOMAIN}")).one()
        ask = Ask(viewer_for(manager, 1), manager.name, language, NOW, NOW)  # type: ignore[arg-type]
        return make(ask).content, names


def pages(pdf: Path) -> list[str]:
    """The text of each page."""
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    return text.split("\f")[:-1]


def take(folder: Path, language: str, out: Path) -> None:
    """Pictures of all sheets in one language."""
    content, names = pack_of_demo(folder, language)
    source = folder / "pack.xlsx"
    source.write_bytes(content)
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(name=FONT, instead=INSTEAD[language]), encoding="utf-8")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(folder), str(source)],
        check=True, capture_output=True, env=os.environ | {"FONTCONFIG_FILE": str(fonts)},
    )  # fmt: skip
    pdf = folder / "pack.pdf"
    taken: set[str] = set()
    for number, text in enumerate(pages(pdf), start=1):
        foot = text.rstrip().rsplit("\n", 1)[-1]
        found = [name for name in names if re.search(rf"\s{re.escape(name)}\s", foot)]
        if not found or names[max(found, key=len)] in taken:
            continue
        room = names[max(found, key=len)]
        taken.add(room)
        subprocess.run(
            ["pdftoppm", "-r", str(DOTS), "-f", str(number), "-l", str(number), "-singlefile",
             "-png", str(pdf), str(out / f"{room}.{language}")],
            check=True,
        )  # fmt: skip
    if missing := set(names.values()) - taken:
        raise SystemExit(f"no page was found of {', '.join(sorted(missing))} in {language}")


def main() -> None:
    """Both languages into the folder."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pack"
    out.mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        folder = Path(tempfile.mkdtemp())
        try:
            take(folder, language, out)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
