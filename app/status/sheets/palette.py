"""The colours of a pack and its font: one look for each purpose."""

from app.core.lights import Light

FONT = "微软雅黑"
INK, INK_2, INK_3 = "#1B2326", "#465156", "#626E73"
LINE, HAIR, BRAND, SOFT, GREY = "#C7CFD1", "#E3E7E8", "#0F6670", "#BCD8DA", "#87949A"
TINT, SUNKEN = "#E9F3F4", "#F1F4F4"
# The line under each row of a table.
HAIRLINE = {"bottom": 1, "bottom_color": HAIR}
LIGHT_COLOURS = {
    Light.red: ("#B3261E", "#FBEAE8"), Light.amber: ("#835400", "#FDF1D8"),
    Light.green: ("#1D6B38", "#E6F3E9"), Light.grey: ("#566267", "#EDF0F1"),
}  # fmt: skip
BANDS = {
    "low": (INK, "#FFFFFF"), "medium": (INK, "#E4E9EA"), "high": ("#FFFFFF", "#59666B"),
    "critical": ("#FFFFFF", "#1B2326"),
}  # fmt: skip
# The cells of a risk map, by the band of their score.
MAP_CELLS = {"low": "#F7F8F8", "medium": "#ECEFF0", "high": "#DDE2E4", "critical": "#C8D0D3"}
