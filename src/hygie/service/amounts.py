"""Amounts of euros as people write them: 500k, 1,5 M€, 2 000 000, €2,000,000."""

from __future__ import annotations

import re

from hygie.core.errors import UsageError

__all__ = ["parse_amount"]

_AMOUNT = re.compile(r"^€?(\d+(?:[.,]\d+)?)\s*(k|m|M|K)?\s*(?:€|eur|EUR)?$")
# No amount has thousandths of a euro: such commas part thousands.
_PARTED = re.compile(r"^€?\d{1,3}(?:,\d{3})+(?![\dkmMK,])")
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}


def parse_amount(text: str, *, field: str) -> float:
    """Return an amount in euros from text such as 500k, 1.5M or 2000000.

    Raises
    ------
    UsageError
        It is not an amount.

    >>> parse_amount("1,5 M€", field="budget")
    1500000.0
    >>> parse_amount("2,000,000", field="budget")
    2000000.0
    """
    plain = "".join(text.split()).replace("_", "")
    if _PARTED.match(plain):
        plain = plain.replace(",", "")
    found = _AMOUNT.match(plain) if len(plain) <= 40 else None
    if found is None:
        raise UsageError(
            "this is not an amount of euros",
            field=field,
            value=text[:40],
            allowed="such as 500k, 1.5M or 2000000, at least 0",
            repair="write 500k",
        )
    return float(found.group(1).replace(",", ".")) * _SCALES[(found.group(2) or "").lower()]
