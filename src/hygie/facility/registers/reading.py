"""One door for every register: the file or the folder itself tells what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hygie.core.errors import DataError, DocumentError
from hygie.facility.registers.finess import is_directory, read_directory
from hygie.facility.registers.notes import Notebook, note_synthetic
from hygie.facility.registers.sae import find_sae_folder, list_sae_files, read_sae
from hygie.facility.registers.sites import Register, RegisterSite, build_register, check_entities
from hygie.facility.registers.table_columns import RegisterMap, read_register_map
from hygie.facility.registers.tables import read_site_table
from hygie.store.byte_sources import ByteSource
from hygie.store.xlsx_packages import is_workbook

__all__ = ["read_register"]

# Editions that a pack describes by an evidence entry.
_EVIDENCE = {("sae", 2023): ("sae-2023-register",), ("synthetic", 2023): ("synthetic-register",)}
# The only year for which the compact file was made.
_COMPACT_YEAR = 2023
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?:[01][0-9][0-3][0-9])?(?![0-9])")
_HEAD = 4096
# Findings of a file without a single site that are shown.
_SHOWN = 10


def read_register(
    path: Path,
    *,
    year: int | None = None,
    evidence: Sequence[str] | None = None,
    map: RegisterMap | Path | None = None,  # noqa: A002
) -> Register:
    """Read a register of establishments, and tell by itself what it is given.

    A file: the compact SAE, an extract of the FINESS directory, or one's own table (CSV or XLSX), possibly gzipped. A
    folder: SAE tables of one year, or extracts of the directory that complete each other. Values are never changed; one
    that cannot be right is left out and becomes a finding, and what can be read in one way only is read so and listed.

    Parameters
    ----------
    path
        A regular file of at most 64 MiB, or a folder of them.
    year
        Of the figures; by default what the columns, the file name or the folder says.
    evidence
        Evidence refs that facility files made from the register cite; by default those of a known edition.
    map
        Which column of one's own table is which field, or the YAML file that says it.

    Raises
    ------
    DocumentError
        No such file, too large, or none of these formats.
    SchemaError
        A column is missing or stands twice.
    DataError
        Nothing says which year the figures are of, or a folder holds several.
    UsageError
        A sheet of a workbook must be chosen.
    """
    notes = Notebook(str(path))
    if _is_folder(path):
        extracts = _find_extracts(path)
        if extracts and list_sae_files(path):
            raise DataError(
                "the folder holds tables of the SAE and extracts of the directory",
                file=str(path),
                value=Path(extracts[0].name).name,
                repair="put them into folders of their own, and import one after the other",
            )
        if extracts:
            return _finish_directory(extracts, path, year=year, evidence=evidence, notes=notes)
        folder, of = find_sae_folder(path, year=year)
        sites = read_sae(folder, year=of, notes=notes)
        _need_sites(sites, notes)
        return _finish(sites, kind="sae", year=of, evidence=evidence, notes=notes)
    source = ByteSource.from_path(path)
    if _begins_like_directory(source):
        return _finish_directory([source], path, year=year, evidence=evidence, notes=notes)
    plan = read_register_map(map) if isinstance(map, Path) else map
    table = read_site_table(source, table=plan, notes=notes)
    kind = "synthetic" if table.synthetic else "sae" if table.compact else "own"
    _need_sites(table.sites, notes)
    if table.synthetic:
        note_synthetic(notes, table.synthetic, of=len(table.sites))
    known = year or table.year or _find_year(path.name) or (_COMPACT_YEAR if table.compact else None)
    return _finish(table.sites, kind=kind, year=_need_year(known, path), evidence=evidence, notes=notes)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # A name that no file can have: reading it as a file says why.
        return False


def _begins_like_directory(source: ByteSource) -> bool:
    if is_workbook(source):
        return False
    with source.open() as stream:
        return is_directory(stream.read(_HEAD))


def _find_extracts(folder: Path) -> list[ByteSource]:
    sources = [
        ByteSource.from_path(path)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() in (".csv", ".gz")
    ]
    return [source for source in sources if _begins_like_directory(source)]


def _finish_directory(
    sources: Sequence[ByteSource], path: Path, *, year: int | None, evidence: Sequence[str] | None, notes: Notebook
) -> Register:
    directory = read_directory(sources, notes=notes)
    names = [_find_year(Path(source.name).name) for source in sources]
    known = year or directory.year or max((one for one in names if one), default=None)
    register = build_register(
        directory.sites, year=_need_year(known, path), evidence=tuple(evidence or ()), kind="finess"
    )
    # The directory gives no figure that could contradict another.
    return replace(register, findings=notes.findings)


def _finish(
    sites: Sequence[RegisterSite], *, kind: str, year: int, evidence: Sequence[str] | None, notes: Notebook
) -> Register:
    refs = _EVIDENCE.get((kind, year), ()) if evidence is None else tuple(evidence)
    register = build_register(sites, year=year, evidence=refs, kind=kind, synthetic=kind == "synthetic")
    check_entities(register, notes)
    return replace(register, findings=notes.findings)


def _need_sites(sites: Sequence[RegisterSite], notes: Notebook) -> None:
    if not sites:
        nothing = DocumentError(
            "no site could be read",
            file=notes.file,
            repair="check that this is a register, with one row per site; repair the findings below, if any",
        )
        raise DocumentError.from_findings([*nothing.findings, *notes.findings[:_SHOWN]])


def _find_year(name: str) -> int | None:
    """Return the year in a file name, None when there is none, or more than one."""
    found = {int(match[1]) for match in _YEAR.finditer(name)}
    return found.pop() if len(found) == 1 else None


def _need_year(year: int | None, path: Path) -> int:
    if year is None:
        raise DataError(
            "nothing says which year the figures are of",
            file=str(path),
            field="year",
            allowed="a column “year”, a year in the file name, “year:” in the column map, or the option",
            repair="say which year the figures are of",
        )
    return year
