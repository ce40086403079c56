"""``hygie backup`` and ``hygie restore``: a whole workspace in one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

if TYPE_CHECKING:
    from hygie.service.backup import BackupReport

__all__ = ["backup", "restore"]

_WORKSPACE = typer.Option(
    "--workspace", envvar="HYGIE_WORKSPACE", help="Folder of the workspace; the user's by default."
)
_DATABASE = typer.Option(
    "--database",
    envvar="HYGIE_DATABASE",
    show_envvar=True,
    help="Address of a PostgreSQL database; a SQLite file in the workspace by default.",
)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    workspace: Annotated[Path | None, _WORKSPACE] = None,
    database: Annotated[str | None, _DATABASE] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Write all organisations of a workspace, with their results, to one file; work may go on meanwhile."""
    from hygie.service.backup import back_up
    from hygie.service.workspace import open_plain_workspace
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    with open_plain_workspace(workspace, database=database) as opened:
        report = back_up(opened, file, overwrite=force)
    _tell(report, as_json, _("Saved in {path}: {rows} rows, {files} files.", **_values(report)))


def restore(
    file: Annotated[Path, typer.Argument(help="File that `hygie backup` wrote.", show_default=False)],
    workspace: Annotated[Path | None, _WORKSPACE] = None,
    database: Annotated[str | None, _DATABASE] = None,
    force: Annotated[bool, typer.Option("--force", help="Put it in the place of what is there.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup into an empty workspace, on either database: checked first, then whole or not at all."""
    from hygie.service.restore import restore as put_back
    from hygie.service.workspace import choose_folder
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    report = put_back(file, choose_folder(workspace), database=database, force=force)
    _tell(report, as_json, _("Restored from {path}: {rows} rows, {files} files.", **_values(report)))


def _values(report: BackupReport) -> dict[str, object]:
    return {"path": report.path, "rows": sum(report.rows.values()), "files": report.files}


def _tell(report: BackupReport, as_json: bool, text: str) -> None:
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(text)
