"""Intelligence in: import a file, look before it, find what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from hygie.core.errors import UsageError, suggest
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.registry import detect_format, find_importer
from hygie.knowledge.kinds import KINDS, Kind
from hygie.knowledge.loading import load_items
from hygie.service.summaries import summarise_import, summarise_record
from hygie.service.workspace import Base
from hygie.store.byte_sources import ByteSource
from hygie.views.intel import ImportSummary, PreviewSummary, RecordSummary

__all__ = ["find_records", "import_file", "parse_kind", "preview_file"]


def parse_kind(text: str) -> Kind:
    """Return a kind from its name.

    Raises
    ------
    UsageError
        No such kind.
    """
    for kind in KINDS:
        if text == kind:
            return kind
    raise UsageError(
        f"there is no kind “{text}”",
        field="kind",
        value=text,
        allowed=", ".join(KINDS),
        repair=suggest(text, KINDS) or "use one of these kinds",
    )


def import_file(
    base: Base,
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    dry_run: bool = False,
    keep_names: bool = False,
    column_map: Path | None = None,
    sheet: str | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> ImportSummary:
    """Import a file into the base: all of it, or nothing.

    Parameters
    ----------
    format
        Name of the format; told from the file by default.
    dry_run
        Read and compare everything, write nothing.
    keep_names
        Keep victim names that leak sites publish instead of pseudonyms.
    column_map, sheet
        For tables: the file that maps columns to fields, and the sheet of a workbook.
    on_bytes
        Called with the number of bytes read so far [bytes].

    Raises
    ------
    DataError
        The file cannot be trusted as a whole; the base is as it was.
    UsageError
        No such format.
    """
    source = ByteSource.from_path(path, progress=on_bytes)
    name = format or detect_format(source)
    importer = find_importer(name)
    options = ImportOptions(
        received_on=date.today(),
        keep_names=keep_names,
        pseudonym_key=base.workspace.pseudonym_key,
        column_map=column_map,
        sheet=sheet,
    )
    items = importer(source, options)
    return summarise_import(load_items(base.store, items, format=name, source=str(path), dry_run=dry_run))


def preview_file(
    path: Path, *, column_map: Path | None = None, sheet: str | None = None, rows: int = 10
) -> PreviewSummary:
    """Return how the first rows of a table would be read; nothing is opened but the file.

    Raises
    ------
    DataError
        The table or the map cannot be read.
    """
    from hygie.knowledge.importers.tables import preview_table

    preview = preview_table(ByteSource.from_path(path), column_map=column_map, sheet=sheet, rows=rows)
    return PreviewSummary(
        kind=preview.kind,
        columns=dict(preview.columns),
        unmapped=tuple(preview.unmapped),
        missing=tuple(preview.missing),
        rows=tuple(row.text for row in preview.rows),
    )


def find_records(
    base: Base, *, kind: Kind | None = None, text: str | None = None, limit: int | None = None
) -> Iterator[RecordSummary]:
    """Yield effective records: of a kind, with some words, or both."""
    for stored in base.store.find(kind, text=text, limit=limit):
        yield summarise_record(stored)
