"""``hygie pack``: check packs, and see what a new version changes before it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.base import with_base
from hygie.cli.findings import report_findings
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

if TYPE_CHECKING:
    from hygie.service.workspace import Base

__all__ = ["pack_app"]

pack_app = typer.Typer(help="Packs: evidence, parameters, zone graphs.", no_args_is_help=True)

Extra = Annotated[list[Path] | None, typer.Option("--pack", help="Extra pack folder; may be repeated.")]


@pack_app.command("check")
def check_pack(
    path: Annotated[
        list[Path] | None,
        typer.Argument(help="Extra pack folders, checked with the built-in ones.", show_default=False),
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every file of the packs: schema, units, evidence, duplicates."""
    from hygie.service.checks import check_pack_folders

    report_findings(check_pack_folders(path or ()), as_json=as_json, subject="packs", language=parse_language(lang))


@pack_app.command("diff")
@with_base
def diff_pack(base: Base, pack: Extra = None, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """Show what loading the installed packs would change in the base, and which edits it touches."""
    from hygie.cli.intel_pages import print_pack_diff
    from hygie.service.workspace import compare_packs

    diffs = compare_packs(base, extra_packs=pack or ())
    if as_json:
        print_json([diff.model_dump(mode="json") for diff in diffs])
    else:
        print_pack_diff(diffs, parse_language(lang))


@pack_app.command("upgrade")
@with_base
def upgrade_pack(base: Base, pack: Extra = None, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """Load the installed packs into the base; edits of analysts stay on top."""
    from hygie.cli.intel_pages import print_import
    from hygie.service.workspace import load_packs

    reports = load_packs(base, extra_packs=pack or ())
    if as_json:
        print_json([report.model_dump(mode="json") for report in reports])
    else:
        for report in reports:
            print_import(report, parse_language(lang))
