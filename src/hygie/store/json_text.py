"""JSON as the database keeps it: the same content always gives the same text, on every database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.ids import digest_text

__all__ = ["clean_json", "clean_text", "digest_json", "encode_json"]

# PostgreSQL keeps neither NUL nor half a surrogate pair, writes 1e+22 as an integer and has no negative zero: what
# may hold one of these is put in the form that both databases give back.
_SUSPECT = ("\\u0000", "e+", "-0.0")
_LOST = re.compile("[\x00\ud800-\udfff]")


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_as_json
)


def encode_json(value: Any) -> str:
    """Return JSON with sorted keys and no spare space.

    Raises
    ------
    SchemaError
        Something in it is not JSON: a date, NaN, an infinite number.
    """
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(
            f"this cannot be kept as JSON: {error}", repair="give texts, finite numbers, lists and mappings only"
        ) from None


def clean_json(value: Any) -> tuple[Any, str]:
    """Return a value as it will be read back, and its JSON text."""
    text = encode_json(value)
    if not any(sign in text for sign in _SUSPECT) and (text.isascii() or not _LOST.search(text)):
        return value, text
    value = _clean(value)
    return value, encode_json(value)


def clean_text(text: str) -> str:
    """Return a text with what no database keeps replaced by U+FFFD."""
    return _LOST.sub("\ufffd", text)


def digest_json(value: Any) -> str:
    """Return the SHA-256 of the JSON text of a value."""
    return digest_text(encode_json(value))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and value.is_integer() and (value == 0 or abs(value) >= 1e16):
        return int(value) if value else 0.0
    if isinstance(value, Mapping):
        return {clean_text(key): _clean(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(part) for part in value]
    return value
