"""Which importer reads a file, judged by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from hygie.core.errors import UsageError
from hygie.facility.posture.importers.ciso_assistant import (
    import_ciso_document,
    import_ciso_table,
    is_ciso_document,
    is_ciso_header,
)
from hygie.facility.posture.importers.context import ImportContext
from hygie.facility.posture.importers.navigator import import_navigator, is_layer
from hygie.facility.posture.importers.oscal import import_oscal
from hygie.facility.posture.importers.tables import import_table
from hygie.facility.posture.readings import Imported
from hygie.store.byte_sources import ByteSource
from hygie.store.documents import MAX_BYTES, Document, read_document
from hygie.store.sheets import open_sheet

__all__ = ["FORMATS", "Format", "ImportContext", "read_posture"]

Format = Literal["csv", "oscal", "ciso-assistant", "navigator"]
FORMATS: tuple[Format, ...] = ("csv", "oscal", "ciso-assistant", "navigator")

_DOCUMENTS = (".json", ".yaml", ".yml")


def read_posture(path: Path, context: ImportContext, *, form: Format | None = None) -> tuple[Format, Imported]:
    """Read a posture from a file; return its format and what was found.

    Parameters
    ----------
    form
        Format of the file; guessed from its content by default, except a layer, which must be asked for.

    Raises
    ------
    DocumentError
        The file cannot be read, is too large, too deep, or is refused.
    SchemaError
        It is not what the format asks for.
    UsageError
        No importer knows it, or it must be named.
    """
    if path.suffix.lower() in _DOCUMENTS:
        document = read_document(path)
        return _read_document(document, context, form or _guess(document), name=path.name)
    source = ByteSource.from_path(path)
    if source.size > MAX_BYTES:
        raise UsageError(
            "the file is too large for a posture",
            file=str(path),
            allowed=f"at most {MAX_BYTES / 2**20:g} MiB",
            repair="check that this is the right file",
        )
    # A table compressed into little must stay as small when it is unpacked.
    source = ByteSource(name=source.name, path=source.path, max_bytes=8 * MAX_BYTES)
    if form is None:
        with open_sheet(source, sheet=context.sheet) as sheet:
            form = "ciso-assistant" if is_ciso_header(sheet.head.columns) else "csv"
    if form == "csv":
        return form, import_table(source, context, source_name=path.name)
    if form == "ciso-assistant":
        return form, import_ciso_table(source, context, source_name=path.name)
    raise UsageError(
        f"{form} is read from JSON or YAML", file=str(path), field="--format", repair="give the file its ending .json"
    )


def _read_document(document: Document, context: ImportContext, form: Format, *, name: str) -> tuple[Format, Imported]:
    if form == "oscal":
        return form, import_oscal(document, context, source_name=name)
    if form == "navigator":
        return form, import_navigator(document, context, source_name=name)
    if form == "ciso-assistant" and is_ciso_document(document.data):
        return form, import_ciso_document(document, context, source_name=name)
    raise _unknown(document.name, document.data)


def _guess(document: Document) -> Format:
    data = document.data
    if isinstance(data, dict) and "assessment-results" in data:
        return "oscal"
    if is_layer(data):
        raise UsageError(
            "a layer may show attacks as well as defences, and does not say which",
            file=document.name,
            field="--format",
            repair="add --format navigator if its scores are how far your defences cover each technique",
        )
    if is_ciso_document(data):
        return "ciso-assistant"
    raise _unknown(document.name, data)


def _unknown(name: str, data: Any) -> UsageError:
    found = ", ".join(str(key) for key in list(data)[:6]) if isinstance(data, dict) else "a list"
    return UsageError(
        "this is no posture that can be imported",
        file=name,
        value=found,
        allowed="a table with control and coverage, OSCAL assessment-results, requirement assessments of "
        "CISO Assistant, a Navigator layer",
        repair="check that this is the right file; answers to the questionnaire go to `hygie posture fill`",
    )
