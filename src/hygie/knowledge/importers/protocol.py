"""What an importer is: a function from one source to records and refusals, one at a time.

An importer never touches the store. It reads its source as a stream, yields each object as soon as it is whole,
refuses single objects that it cannot read (and says why), and raises when the source as a whole cannot be
trusted; the store is then left as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from hygie.core.errors import Finding
from hygie.knowledge.kinds import IntelRecord, Kind
from hygie.store.byte_sources import ByteSource

__all__ = ["ImportItem", "ImportOptions", "Importer", "Refusal", "Release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Choices of one import.

    Parameters
    ----------
    received_on
        Day of the import; the reading date of sources that the import creates.
    keep_names
        True to keep victim names that leak sites publish; they are pseudonymised otherwise.
    pseudonym_key
        Secret of the workspace from which pseudonyms are derived (HMAC-SHA-256).
    column_map, sheet
        For tables: the file that maps columns to fields, and the sheet of a workbook.
    """

    received_on: date
    keep_names: bool = False
    pseudonym_key: bytes = field(default=b"", repr=False)
    column_map: Path | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One object that was not taken, and why. `dropped` marks what is left out on purpose, such as revoked ids."""

    ref: str
    finding: Finding
    kind: Kind | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The source is a release of a whole catalogue: it replaces other releases of the same name."""

    name: str
    version: str


ImportItem = IntelRecord | Refusal | Release


class Importer(Protocol):
    """Read one source.

    Raises
    ------
    DataError
        The source is not what it claims, breaks off, or passes a limit; nothing of it may be kept.
    """

    def __call__(self, source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]: ...
