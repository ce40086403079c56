"""Documents as files: page, PDF, workbook, tables; each whole or absent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from hygie.core.errors import StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.markings import exceeds_ceiling
from hygie.report.document import Document, Raw
from hygie.report.document_words import show_tlp
from hygie.report.render_html import render_html
from hygie.report.render_tables import FigureTable, name_file, render_csv_folder, render_workbook, tabulate_figures
from hygie.report.render_typst import render_pdf
from hygie.store.results import write_table
from hygie.store.text_files import replace_file

__all__ = ["DOCUMENT_FORMATS", "DocumentFormat", "check_markings", "render_parquet_folder", "save_document"]

DocumentFormat = Literal["html", "pdf", "xlsx", "csv", "parquet"]
DOCUMENT_FORMATS: tuple[DocumentFormat, ...] = get_args(DocumentFormat)

Progress = Callable[[str, int, int], None]


def save_document(
    document: Document,
    out: Path,
    *,
    formats: Sequence[DocumentFormat] = ("html", "pdf"),
    progress: Progress | None = None,
) -> list[Path]:
    """Write a document into a folder, made if need be, and return what was written, one path for each format.

    Parameters
    ----------
    out
        The folder. Files are named after the document and its language: ``study-fr.html``, ``study-fr.pdf``,
        ``study-fr.xlsx``; CSV and Parquet are folders, ``study-fr-csv`` and ``study-fr-parquet``. Those of the same
        name are replaced, each in one step.
    progress
        Called with the format, what is done and how many there are.

    Raises
    ------
    UsageError
        Something in the document is marked above the document; an unknown format.
    EvidenceError
        A citation leads to no source.
    StoreError
        The folder cannot be written; a file is there whole, or as it was before.
    """
    check_markings(document)
    chosen = _check_formats(formats)
    stem = f"{name_file(document.id)}-{document.language}"
    paths = []
    for done, form in enumerate(chosen):
        if progress is not None:
            progress(form, done, len(chosen))
        paths.append(_save(document, out, stem, form))
    if progress is not None:
        progress(chosen[-1], len(chosen), len(chosen))
    return paths


def check_markings(document: Document) -> None:
    """Refuse a document that holds a source marked above it.

    Raises
    ------
    UsageError
        Names the first such source and both markings.
    """
    for source in document.sources:
        marking = _read_tlp(source.tlp, document=document)
        if exceeds_ceiling(marking, ceiling=document.tlp):
            # The ref alone is named: the title of a restricted source may be restricted itself.
            raise UsageError(
                "a source of this document is marked above the document",
                file=document.id,
                field=f"sources.{source.ref}.tlp",
                value=show_tlp(marking),
                allowed=f"at most {show_tlp(document.tlp)}",
                repair="leave the source out, or mark the document as its strictest source",
            )


def _read_tlp(text: str, *, document: Document) -> TLP:
    name = show_tlp(text).removeprefix("TLP:").lower() or TLP.CLEAR.value
    name = TLP.CLEAR.value if name == "white" else name
    try:
        return TLP(name)
    except ValueError:
        raise UsageError(
            "unknown marking of a source",
            file=document.id,
            value=text,
            allowed=", ".join(show_tlp(tlp) for tlp in TLP),
            repair="mark it with one of these",
        ) from None


def _check_formats(formats: Sequence[str]) -> list[DocumentFormat]:
    for form in formats:
        if form not in DOCUMENT_FORMATS:
            raise UsageError(
                "unknown format of documents",
                field="format",
                value=form,
                allowed=", ".join(DOCUMENT_FORMATS),
                repair="choose among these, with commas between them",
            )
    chosen = [form for form in DOCUMENT_FORMATS if form in formats]
    if not chosen:
        raise UsageError(
            "no format is chosen", field="format", allowed=", ".join(DOCUMENT_FORMATS), repair="choose at least one"
        )
    return chosen


def _save(document: Document, out: Path, stem: str, form: DocumentFormat) -> Path:
    if form == "csv":
        files = render_csv_folder(document)
        return _save_folder(out / f"{stem}-csv", lambda folder: _write_files(files, folder))
    if form == "parquet":
        return _save_folder(out / f"{stem}-parquet", lambda folder: render_parquet_folder(document, folder))
    if form == "html":
        content = render_html(document).encode("utf-8")
    else:
        content = render_pdf(document) if form == "pdf" else render_workbook(document)
    _make_folder(out)
    path = out / f"{stem}.{form}"
    replace_file(path, content)
    return path


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refuse(out, error) from error


def _refuse(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the folder cannot be written: {error.strerror or error}",
        file=str(path),
        repair="choose another --out, or check its permissions and its free space",
    )


def _save_folder(place: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder beside the final one, then put it in its place."""
    _make_folder(place.parent)
    part: Path | None = None
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
        part.chmod(0o755)
        fill(part)
        old: Path | None = None
        if place.exists():
            if not _is_ours(place):
                raise StoreError(
                    "something else is in the place of this folder",
                    file=str(place),
                    repair="move it away, or choose another --out",
                )
            old = place.with_name(f"{part.name}.old")
            place.rename(old)
        try:
            part.rename(place)
        except OSError:
            if old is not None:
                old.rename(place)
            raise
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _refuse(place, error) from error
    finally:
        if part is not None:
            with suppress(OSError):
                shutil.rmtree(part, ignore_errors=True)
    return place


def _is_ours(place: Path) -> bool:
    """Tell whether a folder holds nothing but tables, so that replacing it loses nothing of the user's."""
    return place.is_dir() and all(entry.suffix in (".csv", ".parquet") for entry in place.iterdir())


def _write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def render_parquet_folder(document: Document, folder: Path) -> None:
    """Write each figure of a document as a Parquet file into a folder that is there.

    Columns have the ids of the document; title, marking, units and the sentence are in the metadata of each file.

    Raises
    ------
    StoreError
        The disk refuses.
    """
    shared = {
        "title": document.title,
        "marking": show_tlp(document.tlp),
        "stated_on": document.stated_on.isoformat(),
        "reproduce": document.reproduce,
    }
    for table in tabulate_figures(document):
        metadata = shared | {
            "heading": f"{table.heading} · {table.title}",
            "sentence": table.sentence,
            **{f"unit:{column.id}": column.unit for column in table.columns if column.unit},
        }
        write_table(folder / f"{name_file(table.id)}.parquet", _list_columns(table), metadata)


def _list_columns(table: FigureTable) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for at, column in enumerate(table.columns):
        name = column.id if column.id and column.id not in columns else f"{column.id}_{at + 1}"
        columns[name] = _pack([row[at] for row in table.rows])
    return columns


def _pack(values: list[Raw]) -> Any:
    """Return values as a typed column: whole numbers, numbers (absent is NaN), truths, else texts (absent is empty)."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present) and len(present) == len(values):
        return np.array(values, dtype=np.bool_)
    numeric = present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)
    if numeric and len(present) == len(values) and all(isinstance(value, int) for value in present):
        return np.array(values, dtype=np.int64)
    if numeric:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array(["" if value is None else str(value) for value in values], dtype=np.str_)
