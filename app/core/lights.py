"""Red, amber, green, grey: what health looks like. They mean health and nothing else."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l


class Light(StrEnum):
    """Health of a task, an indicator or a plan."""

    green = "green"
    amber = "amber"
    red = "red"
    grey = "grey"

    @property
    def label(self) -> Any:
        return {
            "green": _l("Green"), "amber": _l("Amber"), "red": _l("Red"), "grey": _l("Grey"),
        }[self.value]  # fmt: skip

    @property
    def badness(self) -> int:
        """Grey is no news: it never worsens anything."""
        return {"grey": 0, "green": 1, "amber": 2, "red": 3}[self.value]


def worst(*lights: Light) -> Light:
    """The worst of the lights; grey when there is none or all are grey."""
    return max(lights, key=lambda light: light.badness, default=Light.grey)
