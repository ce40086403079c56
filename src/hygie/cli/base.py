"""Commands that work on the CTI base: the options that name it, and its opening."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from hygie.cli.options import parse_language

__all__ = ["Place", "with_base", "with_place"]

_FOLDER = typer.Option("--workspace", envvar="HYGIE_WORKSPACE", help="Folder of the workspace; the user's by default.")
_DATABASE = typer.Option(
    "--database",
    envvar="HYGIE_DATABASE",
    show_envvar=True,
    help="Address of a PostgreSQL database; a SQLite file in the workspace by default.",
)
_ORGANISATION = typer.Option("--organisation", envvar="HYGIE_ORGANISATION", help="Whose rows to work on.")
_AUTHOR = typer.Option("--author", envvar="HYGIE_AUTHOR", help="Who signs changes; the system's user by default.")

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "workspace": (Annotated[Path | None, _FOLDER], None),
    "database": (Annotated[str | None, _DATABASE], None),
    "organisation": (Annotated[str, _ORGANISATION], "default"),
    "author": (Annotated[str | None, _AUTHOR], None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command works, and who signs: opened only when the command needs it."""

    workspace: Path | None
    database: str | None
    organisation: str
    author: str | None


def with_place(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a workspace to a command, and pass it their values as first argument."""
    own = inspect.signature(command)
    hints = get_type_hints(command, include_extras=True, localns={"Base": Any})

    @wraps(command)
    def run(
        *, workspace: Path | None, database: str | None, organisation: str, author: str | None, **options: Any
    ) -> None:
        place = Place(workspace=workspace, database=database, organisation=organisation, author=author)
        command(place, **options)

    _, *rest = own.parameters.values()
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for name, (hint, default) in _OPTIONS.items()
    ]
    given = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[parameter.name]) for parameter in rest
    ]
    run.__signature__ = inspect.Signature([*given, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*given, *shared]}
    del run.__wrapped__
    return run


def with_base(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a base to a command, and pass it the open base as first argument."""

    @wraps(command)
    def run(place: Place, **options: Any) -> None:
        from hygie.service.workspace import open_base
        from hygie.views.messages import translator

        _ = translator(parse_language(options.get("lang")))

        def tell_loading(name: str) -> None:
            sys.stderr.write(_("First use: loading {name}", name=name) + "\n")

        def tell_outdated(packs: list[str]) -> None:
            names = ", ".join(packs)
            text = _("{packs}: the installed files are not those in this base; see `hygie pack diff`", packs=names)
            sys.stderr.write(text + "\n")

        with open_base(
            place.workspace,
            database=place.database,
            organisation=place.organisation,
            author=place.author,
            progress=tell_loading,
            notice=tell_outdated,
        ) as base:
            command(base, **options)

    return with_place(run)
