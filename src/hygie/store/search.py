"""Full-text search, the same on SQLite and PostgreSQL: words are split and folded here, databases only look them up."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import ColumnElement, cast, false, func, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from hygie.store.schema import record

__all__ = ["fold_words", "match_text"]

MAX_TEXT = 200_000
MAX_QUERY_WORDS = 64

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


def match_text(text: str, *, dialect: str) -> ColumnElement[bool] | None:
    """Return the condition that a record has all words of a query, the last one as a beginning of a word.

    Any text is a query: what is neither letter nor digit only separates words. None for a blank one, which asks
    nothing; a query of signs alone finds nothing.
    """
    if not text.strip():
        return None
    words = fold_words(text)[-MAX_QUERY_WORDS:]
    if not words:
        return false()
    if dialect == "postgresql":
        query = " & ".join(f"'{word}'" for word in words) + ":*"
        vector = func.array_to_tsvector(func.string_to_array(record.c.words, literal_column("' '")))
        return vector.bool_op("@@")(cast(literal(query), TSQUERY))
    index = table("record_words")
    found = literal_column("record_words").bool_op("MATCH")(" ".join(f'"{word}"' for word in words) + "*")
    return record.c.id.in_(select(literal_column("rowid")).select_from(index).where(found))
