"""The folder of a portfolio run, read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hygie.core.errors import StoreError
from hygie.store.results import RESULT_FORMAT

__all__ = ["read_portfolio"]

_LIMIT = 64 * 2**20


def read_portfolio(folder: Path, *, language: str) -> dict[str, Any]:
    """Return the view of a portfolio run.

    Raises
    ------
    StoreError
        Not such a folder, unreadable, or of another format.
    """
    repair = "give the folder printed by `hygie portfolio run`"
    documents = []
    for name in ("manifest", f"portfolio.{language}"):
        file = folder / f"{name}.json"
        try:
            if file.stat().st_size > _LIMIT:
                raise StoreError("this file is too large to be a result", file=str(file), allowed="at most 64 MiB")
            data = json.loads(file.read_bytes())
        except FileNotFoundError:
            raise StoreError("this is not the result of a portfolio run", file=str(folder), repair=repair) from None
        except (OSError, ValueError, RecursionError) as error:
            raise StoreError("the result cannot be read", file=str(file), value=str(error), repair=repair) from error
        if not isinstance(data, dict):
            raise StoreError("the result cannot be read", file=str(file), repair=repair)
        documents.append(data)
    manifest, view = documents
    if manifest.get("format") != RESULT_FORMAT or manifest.get("kind") != "portfolio":
        raise StoreError("this result is of another kind or version", file=str(folder), repair=repair)
    return dict(view)
