"""``hygie study``: the state of the threat in a sector, a country and a window, as a document for others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.base import with_base
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.core.errors import UsageError
from hygie.core.evidence import TLP

if TYPE_CHECKING:
    from hygie.service.study_request import StudyRequest
    from hygie.service.workspace import Base

__all__ = ["parse_formats", "study"]

FORMATS = ("html", "pdf", "xlsx", "csv", "parquet")
_MONTH = "YYYY-MM, or a day"


@with_base
def study(
    base: Base,
    from_: Annotated[str, typer.Option("--from", help=f"First month of the window: {_MONTH}.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help=f"Last month of the window: {_MONTH}.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the study; made when it is not there.")] = Path("study"),
    formats: Annotated[
        str, typer.Option("--format", help="html, pdf, xlsx, csv, parquet; several with commas.")
    ] = "html,pdf",
    sector: Annotated[str, typer.Option(help="Sector of the victims.")] = "health",
    country: Annotated[str, typer.Option(help="Country of the victims, two letters.")] = "FR",
    region: Annotated[str | None, typer.Option(help="Only this region, by name or code.")] = None,
    department: Annotated[str | None, typer.Option(help="Only this department, by code or name.")] = None,
    tlp: Annotated[TLP, typer.Option(help="Nothing marked above this is used or shown.")] = TLP.CLEAR,
    as_of: Annotated[str | None, typer.Option(help="Day of the question, YYYY-MM-DD; today by default.")] = None,
    simulation: Annotated[
        bool, typer.Option("--simulation/--no-simulation", help="With what the model adds; half a minute.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same figures.")] = 1,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the state of the threat as a document: attacks, actors, care, losses, outlook, each figure sourced."""
    from hygie.cli.progress import ProgressLine
    from hygie.service.landscape import load_base_knowledge
    from hygie.service.study import save_study, study_sector
    from hygie.views.messages import translator

    language = parse_language(lang)
    wanted = parse_formats(formats)
    request = _make_request(
        {
            "sector": sector,
            "country": country.upper(),
            "from": from_,
            "to": to,
            "region": region,
            "department": department,
            "tlp_ceiling": tlp,
            "language": language,
            "as_of": parse_date(as_of),
            "simulation": simulation,
            "seed": seed,
        }
    )
    with ProgressLine(language) as progress:
        view = study_sector(
            request, knowledge=load_base_knowledge(base), threads=os.cpu_count() or 1, progress=progress
        )
        written = save_study(view, out, formats=wanted, progress=progress)
    if as_json:
        print_json({**view.model_dump(mode="json"), "files": [str(path) for path in written]})
        return
    _ = translator(language)
    for line in view.landscape.headline:
        typer.echo(f"• {line}")
    typer.echo("")
    for path in written:
        typer.echo(_("Result saved in {path}", path=str(path)))


def parse_formats(text: str) -> tuple[Any, ...]:
    """Return the formats of a list with commas, each once.

    Raises
    ------
    UsageError
        None, or one that does not exist.
    """
    found = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for part in found or ("",):
        if part not in FORMATS:
            raise UsageError(
                "there is no such format", field="--format", value=part or text, allowed=", ".join(FORMATS),
                repair="give one of these, or several with commas: html,pdf",
            )  # fmt: skip
    return found


_ALLOWED = {"country": "a code of two letters (ISO 3166-1), such as FR"}


def _make_request(fields: dict[str, Any]) -> StudyRequest:
    from pydantic import ValidationError

    from hygie.service.study_request import StudyRequest

    try:
        return StudyRequest.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise UsageError(
            "this option is not well formed",
            field="--" + name.replace("_", "-"),
            value=first["input"],
            allowed=_ALLOWED.get(name, first["msg"].removeprefix("String should ").removeprefix("Input should ")),
            repair="`hygie study --help` shows what is expected",
        ) from None
