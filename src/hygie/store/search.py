"""Full-text search, the same on SQLite and PostgreSQL: words are split and folded here, databases only look them up."""

from __future__ import annotations

from sqlalchemy import ColumnElement, cast, false, func, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from hygie.store.schema import record
from hygie.store.text_folding import fold_words

__all__ = ["match_text"]

MAX_QUERY_WORDS = 64


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
