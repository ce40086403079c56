"""DuckDB as a writer and reader of Parquet: what it raises, in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["pass_interrupts", "quote_text", "tell_reason"]


@contextmanager
def pass_interrupts() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: DuckDB turns one that comes during a query into an error of its own."""
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        # It says so itself, or quotes the KeyboardInterrupt that came while it read our columns.
        if isinstance(error, duckdb.InterruptException) or "interrupt" in str(error).lower():
            raise KeyboardInterrupt from error
        raise


def tell_reason(error: Exception) -> str:
    """Return what went wrong as one line: DuckDB gives some errors as JSON.

    >>> tell_reason(OSError("disk full"))
    'disk full'
    """
    text = str(error)
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("exception_message"), str):
        text = found["exception_message"]
    return text.splitlines()[0] if text else type(error).__name__


def quote_text(text: str) -> str:
    """Return a text as an SQL literal, where DuckDB takes no parameter.

    >>> quote_text("l'été")
    "'l''été'"
    """
    return "'" + text.replace("'", "''") + "'"
