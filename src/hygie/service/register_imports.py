"""Import of a public register: a file, a folder or an archive becomes an edition in the workspace, whole or not."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from hygie.core.errors import DataError, DocumentError, Finding, StoreError
from hygie.core.spreadsheets import neutralise_cell
from hygie.facility.registers import (
    FindingGroup,
    Register,
    join_groups,
    read_groups,
    read_register,
    read_register_map,
    select,
    summarise_findings,
)
from hygie.facility.registers.editions import count_register, to_edition
from hygie.facility.registers.notes import FindingKind
from hygie.store.archives import unpack_zip
from hygie.store.register_store import Edition, RegisterStore
from hygie.views.registers import FindingCount, RegisterImportView

__all__ = ["RegisterImport", "import_register", "save_findings"]

F = TypeVar("F", bound=Finding)

# The table that every year of the SAE has, and how many folders down it is looked for.
_IDENTITIES = "[Ii][Dd]_[0-9][0-9][0-9][0-9]*.[Cc][Ss][Vv]"
_DEEPEST = 4
# Stages of an import, told before each.
TellStage = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterImport:
    """What to import: a file or a folder, and which part of it.

    Parameters
    ----------
    column_map
        File that says which column of an own table is which field.
    groups
        List of the members of territorial groups (GHT), for registers that do not name them.
    year
        Year of the figures, when the file does not say it.
    region, department, ght
        Keep the legal entities of a region, of a department, of a territorial group only.
    """

    path: Path
    column_map: Path | None = None
    groups: Path | None = None
    year: int | None = None
    region: str | None = None
    department: str | None = None
    ght: str | None = None


def import_register(
    store: RegisterStore | None, request: RegisterImport, *, tell: TellStage | None = None
) -> tuple[RegisterImportView, list[Finding]]:
    """Import an edition of a register, all of it or nothing; return what was read, and every finding.

    Parameters
    ----------
    store
        None to read and report only, writing nothing.
    tell
        Told of each stage: `unpack`, `read`, `write`.

    Raises
    ------
    DataError
        The file cannot be trusted as a whole, or nothing in it is in the region or the group.
    StoreError
        The database cannot be written.
    """
    tell = tell or _ignore_stage
    columns = read_register_map(request.column_map) if request.column_map is not None else None
    with _open_path(request.path, tell) as path:
        tell("read")
        try:
            register = read_register(path, year=request.year, map=columns)
        except DataError as error:
            raise type(error).from_findings(_name_files(error.findings, path, request.path)) from None
        register = replace(register, findings=_name_files(register.findings, path, request.path))
        if request.groups is not None:
            register = join_groups(register, read_groups(request.groups))
    if request.region is not None or request.department is not None or request.ght is not None:
        register = select(register, region=request.region, department=request.department, ght=request.ght)
    name = " · ".join(filter(None, (request.path.name, request.region, request.department, request.ght)))
    edition, new = None, True
    if store is not None:
        tell("write")
        edition, new = store.add(to_edition(register, name=name))
    return _view_import(register, name=name, edition=edition, new=new), list(register.findings)


def _name_files(findings: Sequence[F], read: Path, given: Path) -> tuple[F, ...]:
    """Return findings that name what was given, not the place where an archive was unpacked for a moment."""
    if read == given or read.is_relative_to(given):
        return tuple(findings)
    return tuple(
        replace(finding, file=finding.file.replace(str(read), str(given), 1)) if finding.file else finding
        for finding in findings
    )


def _ignore_stage(stage: str) -> None:
    del stage


@contextmanager
def _open_path(path: Path, tell: TellStage) -> Iterator[Path]:
    """Yield what can be read: an archive of several tables is unpacked for as long as it takes."""
    head = _read_head(path)
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        raise DocumentError(
            "this is a 7z archive", file=str(path), repair="unpack it, with 7-Zip for example, and give the folder"
        )
    # A workbook is a ZIP archive, too, and is read as a workbook.
    if not head.startswith(b"PK\x03\x04") or path.suffix.lower() == ".xlsx":
        yield _find_tables(path)
        return
    tell("unpack")
    with tempfile.TemporaryDirectory(prefix="hygie-register-") as place:
        folder = Path(place) / path.stem
        unpacked = unpack_zip(path, folder)
        yield unpacked[0] if len(unpacked) == 1 else _find_tables(folder)


def _find_tables(path: Path) -> Path:
    """Return the folder with the tables of the SAE: its archive has it two folders down, beside the same in SAS."""
    try:
        if not path.is_dir():
            return path
    except OSError:
        # A name that no file can have: the reader says so.
        return path
    levels = ["*/" * depth + _IDENTITIES for depth in range(_DEEPEST)]
    for level in levels:
        if places := {table.parent for table in path.glob(level)}:
            # Several years side by side: the reader asks which one counts.
            return places.pop() if len(places) == 1 else path
    return path


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file; nothing of a folder, or of what the reader will refuse."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(6)
    except OSError:
        return b""


def save_findings(findings: Sequence[Finding], path: Path) -> None:
    """Write findings as CSV, one row each; cells that a spreadsheet would run are neutralised.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    rows = [asdict(finding) for finding in findings]
    header = list(rows[0]) if rows else [field.name for field in fields(Finding)]
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows([neutralise_cell(row[name]) for name in header] for row in rows)
    except OSError as error:
        raise StoreError(
            f"the findings cannot be written: {error.strerror}", file=str(path), repair="choose another file"
        ) from None


def _view_import(register: Register, *, name: str, edition: Edition | None, new: bool) -> RegisterImportView:
    regions = Counter(site.region for site in register.sites)
    summary = summarise_findings(register.findings)
    kinds: dict[FindingKind, tuple[FindingGroup, ...]] = {
        "missing": summary.missing,
        "doubtful": summary.doubtful,
        "repaired": summary.repaired,
    }
    return RegisterImportView(
        kind=register.kind,
        name=name,
        year=register.year,
        **count_register(register),
        regions=dict(sorted(regions.items())),
        findings=tuple(
            FindingCount(
                kind=kind,
                about=group.about,
                field=group.field,
                count=group.count,
                example=group.findings[0].render() if group.findings else None,
            )
            for kind, groups in kinds.items()
            for group in groups
        ),
        finding_count=sum(group.count for groups in kinds.values() for group in groups),
        dry_run=edition is None,
        new=new,
        number=edition.number if edition is not None else None,
    )
