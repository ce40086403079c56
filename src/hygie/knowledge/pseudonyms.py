"""Pseudonyms of victims: the same victim always has the same one, and only the key of the workspace gives it.

HMAC-SHA-256 (RFC 2104, FIPS 198-1) of the normalised name. A plain hash of a name is no pseudonym: hashing a
directory of hospitals would give every name back; with a secret key that search is not possible. A pseudonym does
not make anonymous: who holds the public feed may still match a post by group, day and country.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from hygie.core.errors import UsageError

__all__ = ["MIN_KEY_BYTES", "check_key", "derive_keyed_id", "normalise_name", "pseudonymise_victim"]

# NIST SP 800-107 rev. 1, section 5.3.4: an HMAC key of at least 112 bits; 128 is the usual size.
MIN_KEY_BYTES = 16
PSEUDONYM_DIGITS = 12

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")


def normalise_name(name: str) -> str:
    """Return the form under which spellings of one name agree: no case, accents, punctuation, `https://`, `www.`.

    >>> normalise_name("  https://www.Clinique-Sainte-Odilé.fr/ ")
    'clinique sainte odile fr'
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(ch for ch in folded if not unicodedata.combining(ch)).strip()
    bare = _SCHEME.sub("", plain).removeprefix("www.")
    words = "".join(ch if ch.isalnum() else " " for ch in bare).split()
    # A name without a letter or digit is its own form: two of them must not fall together.
    return " ".join(words) or plain


def check_key(key: bytes) -> None:
    """Refuse a key that protects nothing.

    Raises
    ------
    UsageError
        No key, or one that is too short.
    """
    if len(key) < MIN_KEY_BYTES:
        raise UsageError(
            "there is no key to derive pseudonyms from" if not key else "the key of the pseudonyms is too short",
            field="pseudonym_key",
            value=f"{len(key)} bytes",
            allowed=f"at least {MIN_KEY_BYTES} random bytes",
            repair="import into a workspace: it holds a key of its own",
        )


def pseudonymise_victim(name: str, *, key: bytes) -> str:
    """Return the pseudonym of a victim, `victim-` and 12 hexadecimal digits.

    Raises
    ------
    UsageError
        No key, or one that is too short.

    >>> pseudonymise_victim("CH d’Exemple", key=b"0123456789abcdef") == pseudonymise_victim(
    ...     "ch d'exemple", key=b"0123456789abcdef"
    ... )
    True
    """
    return f"victim-{derive_keyed_id('victim', normalise_name(name), key=key)[:PSEUDONYM_DIGITS]}"


def derive_keyed_id(*parts: str, key: bytes) -> str:
    """Return the HMAC-SHA-256 of parts as hexadecimal digits; the first part says what they are.

    Raises
    ------
    UsageError
        No key, or one that is too short.
    """
    check_key(key)
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
