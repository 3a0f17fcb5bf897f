"""Money as people write it, in cents as we keep it."""

import re
from decimal import Decimal

# Twelve digits of yuan: more than any plan has, and its cents fit a 64-bit column.
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.([0-9]{1,6}))?(万?)")
MOST_CENTS = 2**31 - 1
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def parse_yuan(text: str) -> int:
    """Cents of an amount in yuan: "12,000.50", "12000.5", "¥12,000", "12000 元", "1.2 万元".

    Raises ValueError on anything else, on parts of a cent, on a negative amount and on more than
    fits the database's integer (21,474,836.47 yuan).
    """
    plain = text.translate(_FULL_WIDTH).strip().removeprefix("¥").removeprefix("￥").strip()
    plain = plain.removesuffix("元").strip()
    if plain.endswith("万"):
        plain = plain.removesuffix("万").strip() + "万"
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise ValueError(f"{text!r} is no amount of money")
    whole, fraction, myriads = match.groups()
    yuan = Decimal(f"{whole.replace(',', '')}.{fraction or '0'}")
    amount = yuan * (1_000_000 if myriads else 100)
    if amount != int(amount):
        raise ValueError(f"{text!r} has parts of a cent")
    cents = int(amount)
    if cents > MOST_CENTS:
        raise ValueError(f"{text!r} is more than can be kept")
    return cents


def yuan_text(cents: int | None) -> str:
    """The amount as a form shows it: 1200050 → "12,000.50", 1200000 → "12,000"."""
    if cents is None:
        return ""
    yuan, rest = divmod(cents, 100)
    return f"{yuan:,}" + (f".{rest:02d}" if rest else "")
