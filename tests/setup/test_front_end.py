"""The front-end files that pages ask for are there, whole, and ask nobody else for anything."""

import base64
import hashlib
import json
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "app" / "static" / "vendor"


def test_each_file_is_what_the_manifest_says():
    manifest = json.loads((VENDOR / "manifest.json").read_bytes())
    listed = set()
    for package in manifest["packages"]:
        assert package["version"]
        assert (VENDOR / package["name"] / "LICENSE").stat().st_size > 200
        for file in package["files"]:
            data = (VENDOR / file["path"]).read_bytes()
            digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
            assert file["integrity"] == f"sha384-{digest}"
            assert b"sourceMappingURL" not in data
            listed.add(file["path"])
    assert {
        "@tabler/core/dist/css/tabler.min.css",
        "bootstrap-icons/font/bootstrap-icons.min.css",
        "dhtmlx-gantt/codebase/dhtmlxgantt.css",
        "dhtmlx-gantt/codebase/dhtmlxgantt.js",
        "htmx.org/dist/htmx.min.js",
    } <= listed


def test_no_style_sheet_asks_a_remote_host():
    for path in VENDOR.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//", text), path


def test_no_style_sheet_names_a_remote_address():
    sheets = list(VENDOR.rglob("dhtmlxgantt.css"))
    assert sheets
    for path in sheets:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:", text), path
        assert "@font-face" not in text, "the content policy refuses its fonts"
