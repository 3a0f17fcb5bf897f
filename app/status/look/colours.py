"""Whether a colour can be read on white paper.

Pure: the contrast of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

import re

# What text of normal size needs, WCAG 2.2 success criterion 1.4.3.
LEAST_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def colour_or_none(text: str) -> str | None:
    """The colour as "#0F6670"; None for what is none."""
    return text.upper() if _COLOUR.fullmatch(text) else None


def contrast_on_white(colour: str) -> float:
    """From 1 (white itself) to 21 (black)."""
    return 1.05 / (_luminance(colour) + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
