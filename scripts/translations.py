"""Keep the Chinese catalogues, one per package, in step with the code.

Each package of `app/` has its own catalogue, so that whoever writes a feature finds its words
beside it; `core` also keeps those of `app/templates` and of the factory. English is the text in
the code itself.

    python scripts/translations.py extract [--prune] [feature ...]
    python scripts/translations.py compile
    python scripts/translations.py check
"""

import argparse
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
LOCALE = "zh"
CATALOGUE = Path("translations") / LOCALE / "LC_MESSAGES" / "messages.po"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Headers that change at every run or name a person would show up in every diff.
VOLATILE_HEADERS = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By'
    rb"|Report-Msgid-Bugs-To|Project-Id-Version):.*\n",
    re.MULTILINE,
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!%)%[sd]")


def feature_of(name: str) -> str:
    """The package whose catalogue holds the texts of this file, named relative to `app/`."""
    first, _, rest = name.replace("\\", "/").partition("/")
    return first if rest and first not in {"templates", "static"} else "core"


def features() -> list[str]:
    """Every package of the app."""
    return sorted(p.parent.name for p in APP.glob("*/__init__.py"))


def extract(wanted: Iterable[str]) -> dict[str, Catalog]:
    """What the code of these packages says today: an empty catalogue for each."""
    catalogues = {feature: Catalog(locale=LOCALE, fuzzy=False) for feature in wanted}

    def is_wanted(folder: str | Path) -> bool:
        path = Path(folder)
        if path.name.startswith((".", "_")) or path.name in {"static", "translations"}:
            return False
        return path == APP or feature_of(path.relative_to(APP).as_posix() + "/x") in catalogues

    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(APP, methods, options, KEYWORDS, directory_filter=is_wanted)
    for name, _line, msgid, _comments, context in found:
        if (feature := feature_of(name)) in catalogues:
            catalogues[feature].add(msgid, context=context)
    return catalogues


def load(path: Path) -> Catalog:
    """The catalogue at this path, or an empty one."""
    if not path.exists():
        return Catalog(locale=LOCALE, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, abort_invalid=True)


def save(catalogue: Catalog, path: Path) -> None:
    """Write sorted, without line numbers or dates, so that a diff shows words only."""
    buffer = io.BytesIO()
    catalogue.header_comment = "# Chinese texts of this package."
    write_po(buffer, catalogue, width=0, no_location=True, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(VOLATILE_HEADERS.sub(b"", buffer.getvalue()))


def is_translated(message: Message) -> bool:
    """Whether every form of the message has words."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(forms) and all(forms)


def placeholders(text: str) -> list[str]:
    """What is to be filled into this text, in no order."""
    return sorted({match.group(1) or match.group(0) for match in PLACEHOLDER.finditer(text)})


def faults(code: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Each text of this package that a Chinese reader would miss or see broken."""
    for message in code:
        if not message.id:
            continue
        # A plural form has the number in its last form; Chinese has that one form alone.
        msgid = message.id if isinstance(message.id, str) else message.id[-1]
        known = catalogue.get(message.id, message.context)
        if known is None:
            yield f"missing: {msgid!r}"
        elif not is_translated(known):
            yield f"empty: {msgid!r}"
        elif known.fuzzy:
            yield f"fuzzy: {msgid!r}"
        else:
            forms = [known.string] if isinstance(known.string, str) else known.string
            for form in forms:
                if placeholders(form) != placeholders(msgid):
                    yield f"placeholders differ: {msgid!r} -> {form!r}"
    for message in catalogue:
        if message.id and code.get(message.id, message.context) is None:
            yield f"obsolete: {message.id!r}"
    for message in catalogue.obsolete.values():
        yield f"obsolete: {message.id!r}"


def run_extract(wanted: list[str], prune: bool) -> int:
    """Bring the catalogues up to the code; what the code no longer says is kept unless pruned."""
    if unknown := set(wanted) - set(features()):
        print(f"no such package: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for feature, code in extract(wanted or features()).items():
        path = APP / feature / CATALOGUE
        if not len(code) and not path.exists():
            continue
        catalogue = load(path)
        catalogue.update(code, no_fuzzy_matching=True)
        for key, message in list(catalogue.obsolete.items()):
            if prune or not is_translated(message):
                del catalogue.obsolete[key]
        save(catalogue, path)
        todo = sum(1 for message in catalogue if message.id and not is_translated(message))
        print(f"{feature}: {len(catalogue)} texts, {todo} to translate")
    return 0


def run_compile() -> int:
    """Write the .mo beside each .po."""
    for path in sorted(APP.glob(f"*/{CATALOGUE.as_posix()}")):
        buffer = io.BytesIO()
        write_mo(buffer, load(path))
        target = path.with_suffix(".mo")
        # Replaced in one go: a running server may be reading the old one.
        fresh = target.with_suffix(".mo.new")
        fresh.write_bytes(buffer.getvalue())
        fresh.replace(target)
    return 0


def run_check() -> int:
    """List every fault; note where two packages put one English text into different Chinese."""
    count = 0
    spoken: dict[tuple[object, object], dict[str, list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for feature, code in extract(features()).items():
        catalogue = load(APP / feature / CATALOGUE)
        for fault in faults(code, catalogue):
            print(f"{feature}: {fault}")
            count += 1
        for message in catalogue:
            if message.id and is_translated(message):
                spoken[message.id, message.context][str(message.string)].append(feature)
    for (msgid, _context), versions in spoken.items():
        if len(versions) > 1:
            told = "; ".join(f"{text} ({', '.join(who)})" for text, who in versions.items())
            print(f"note: {msgid!r} is said in several ways: {told}")
    print(f"translations: {count} faults" if count else "translations: complete")
    return 1 if count else 0


def main() -> int:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(description="Keep the Chinese catalogues in step.")
    commands = parser.add_subparsers(dest="command", required=True)
    extracting = commands.add_parser("extract", help="add new texts of the code to the catalogues")
    extracting.add_argument("features", nargs="*", metavar="feature")
    extracting.add_argument("--prune", action="store_true", help="drop texts that are gone")
    commands.add_parser("compile", help="write the .mo files")
    commands.add_parser("check", help="fail on missing, empty, fuzzy, obsolete or broken texts")
    arguments = parser.parse_args()
    if arguments.command == "extract":
        return run_extract(arguments.features, arguments.prune)
    return run_compile() if arguments.command == "compile" else run_check()


if __name__ == "__main__":
    sys.exit(main())
