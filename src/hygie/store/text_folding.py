"""Forms in which texts and names are compared: no case, no accents."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MAX_TEXT", "fold_text", "fold_words"]

MAX_TEXT = 200_000

# Longer words are cut into pieces, in the index and in queries: PostgreSQL has a limit.
_WORD = re.compile(r"[^\W_]{1,64}")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def fold_words(text: str) -> list[str]:
    """Return the distinct words of a text, without case or accents, in the order of first use.

    >>> fold_words("Hôpital d’Évreux, CVE-2024-3094 ; cœur, CŒUR")
    ['hopital', 'd', 'evreux', 'cve', '2024', '3094', 'coeur']
    """
    text = text[:MAX_TEXT]
    if text.isascii():
        text = text.lower()
    else:
        # Folding case may give letters that come apart again, as İ does.
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(letter for letter in text if not unicodedata.combining(letter)).translate(_LETTERS)
    return list(dict.fromkeys(_WORD.findall(text)))


def fold_text(text: str) -> str:
    """Return the form in which names are compared: no accents, no case, words divided by one space.

    >>> fold_text("  Établissement_de santé ")
    'etablissement de sante'
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(ch for ch in folded if not unicodedata.combining(ch))
    return " ".join("".join(ch if ch.isalnum() else " " for ch in plain).split())
