"""Money as people write it, in cents as we keep it."""

import re
from decimal import Decimal

# Twelve digits of yuan: more than any plan has, and its cents fit a 64-bit column.
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?")
MOST_CENTS = 2**31 - 1
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def parse_yuan(text: str) -> int:
    """Cents of an amount in yuan: "12,000.50", "12000.5", "¥12,000", "12000 元".

    Raises ValueError on anything else, on more than two decimals, on a negative amount and on more
    than fits the database's integer (21,474,836.47 yuan).
    """
    plain = text.translate(_FULL_WIDTH).strip().removeprefix("¥").removeprefix("￥")
    plain = plain.removesuffix("元").strip()
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise ValueError(f"{text!r} is no amount of money")
    yuan, fraction = match.group(1).replace(",", ""), match.group(2) or ""
    cents = int(Decimal(yuan) * 100) + int(fraction.ljust(2, "0") or 0)
    if cents > MOST_CENTS:
        raise ValueError(f"{text!r} is more than can be kept")
    return cents


def yuan_text(cents: int | None) -> str:
    """The amount as a form shows it: 1200050 → "12,000.50", 1200000 → "12,000"."""
    if cents is None:
        return ""
    yuan, rest = divmod(cents, 100)
    return f"{yuan:,}" + (f".{rest:02d}" if rest else "")
