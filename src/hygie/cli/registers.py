"""``hygie facility import``, ``registers``, ``download``, ``find``: public registers, in the workspace or in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.service.registers import Registers, RegisterStore

__all__ = ["RegisterOption", "download_register", "find_facility", "import_register", "list_registers", "open_lookup"]

RegisterOption = Annotated[
    Path | None,
    typer.Option(
        "--register", help="File to look in, instead of the registers that were imported.", show_default=False
    ),
]
_MOST = 50


@contextmanager
def open_shelf(place: Place) -> Iterator[RegisterStore]:
    """Open the registers of a workspace."""
    from hygie.service.registers import open_registers

    with open_registers(
        place.workspace, database=place.database, organisation=place.organisation, author=place.author
    ) as store:
        yield store


@contextmanager
def open_lookup(place: Place, register: Path | None) -> Iterator[Registers]:
    """Open what organisations are looked up in: a file, or the registers of the workspace."""
    from hygie.service.registers import RegisterFile, RegisterShelf

    if register is not None:
        yield RegisterFile(register)
        return
    with open_shelf(place) as store:
        yield RegisterShelf(store)


@with_place
def import_register(
    place: Place,
    path: Annotated[
        Path, typer.Argument(help="File, folder of tables (SAE) or ZIP archive of one.", show_default=False)
    ],
    region: Annotated[str | None, typer.Option(help="Only the legal entities of a region.")] = None,
    department: Annotated[str | None, typer.Option(help="Only those of a department: its code.")] = None,
    ght: Annotated[str | None, typer.Option(help="Only those of a territorial group: its code or name.")] = None,
    groups: Annotated[
        Path | None, typer.Option(help="List of the members of territorial groups, when the register has none.")
    ] = None,
    columns: Annotated[Path | None, typer.Option("--map", help="Own table: file that maps columns to fields.")] = None,
    year: Annotated[int | None, typer.Option(help="Year of the figures, when the file does not say it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report everything, write nothing.")] = False,
    findings: Annotated[
        Path | None, typer.Option("--findings", help="Also write every finding to this CSV file.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Import a public register into the workspace: all of it, or nothing. Nothing in it is silently changed."""
    from hygie.cli.register_pages import StageLine, print_register_import
    from hygie.service.register_imports import RegisterImport, save_findings
    from hygie.service.register_imports import import_register as run_import
    from hygie.views.messages import translator

    language = parse_language(lang)
    request = RegisterImport(
        path=path, column_map=columns, groups=groups, year=year, region=region, department=department, ght=ght
    )
    try:
        with StageLine(language) as tell:
            if dry_run:
                report, made = run_import(None, request, tell=tell)
            else:
                with open_shelf(place) as store:
                    report, made = run_import(store, request, tell=tell)
    except KeyboardInterrupt:
        sys.stderr.write(translator(language)("Stopped. Nothing was written.") + "\n")
        raise typer.Exit(130) from None
    if findings is not None:
        save_findings(made, findings)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        print_register_import(report, language, saved=findings)


@with_place
def list_registers(place: Place, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """List the registers in the workspace; searches use those that are marked."""
    from hygie.cli.register_pages import print_editions
    from hygie.service.registers import list_registers as list_editions

    with open_shelf(place) as store:
        editions = list_editions(store)
    if as_json:
        print_json([edition.model_dump(mode="json") for edition in editions])
    else:
        print_editions(editions, parse_language(lang))


@with_place
def find_facility(
    place: Place,
    text: Annotated[str, typer.Argument(help="Part of a name, a town or a FINESS number.", show_default=False)],
    register: RegisterOption = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Find legal entities in public registers; accents and case do not matter."""
    from hygie.cli.register_pages import print_matches
    from hygie.service.registers import find_matches, view_match

    language = parse_language(lang)
    with open_lookup(place, register) as registers:
        matches = [view_match(found) for found in find_matches(registers, text)]
    if as_json:
        print_json([match.model_dump(mode="json") for match in matches])
    else:
        print_matches(matches, language, most=_MOST)
    if not matches:
        raise typer.Exit(1)


def download_register(
    source: Annotated[str, typer.Argument(help="sae (statistics) or finess (directory).", show_default=False)],
    year: Annotated[int | None, typer.Option(help="SAE: year of the figures; two years ago by default.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the file.")] = Path(),
    url: Annotated[
        str | None, typer.Option(help="Address of a mirror: of the archive (sae), of the dataset (finess).")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Fetch a public register from the national portals; what broke off is taken up again."""
    from hygie.cli.register_pages import DownloadLine, print_download
    from hygie.service.register_downloads import download_register as fetch
    from hygie.views.messages import translator

    language = parse_language(lang)
    if year is not None and not 1990 <= year <= 2100:
        raise UsageError("this option is out of range", field="--year", value=year, allowed="1990 to 2100")
    try:
        with DownloadLine(language) as progress:
            done = fetch(source, out, year=year, address=url, progress=progress, on_wait=progress.tell_wait)
    except KeyboardInterrupt:
        text = translator(language)("Stopped. What has come is kept; the same command goes on from there.")
        sys.stderr.write(text + "\n")
        raise typer.Exit(130) from None
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        print_download(done, language)
