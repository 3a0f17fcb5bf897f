"""Plan templates: data files that a person can copy to make another.

A template knows tasks, risks, indicators and words, and leaves people and dates open.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound

FOLDER = Path(__file__).parent / "templates_data"


def template_keys() -> list[str]:
    """The keys of the templates at hand, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load_template(key: str) -> dict[str, Any]:
    """The template's data. Raises NotFound on an unknown key."""
    if key not in template_keys():
        raise NotFound(_l("There is no plan template of that name."))
    with (FOLDER / f"{key}.toml").open("rb") as file:
        return tomllib.load(file)
