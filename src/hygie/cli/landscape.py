"""``hygie landscape``: the state of the threat in a sector, a country and a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.base import with_base
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.core.errors import UsageError
from hygie.core.evidence import TLP

if TYPE_CHECKING:
    from hygie.service.requests import LandscapeRequest
    from hygie.service.workspace import Base

__all__ = ["landscape"]

_MONTH = "YYYY-MM, or a day"


@with_base
def landscape(
    base: Base,
    from_: Annotated[str, typer.Option("--from", help=f"First month of the window: {_MONTH}.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help=f"Last month of the window: {_MONTH}.", show_default=False)],
    sector: Annotated[str, typer.Option(help="Sector of the victims.")] = "health",
    country: Annotated[str, typer.Option(help="Country of the victims, two letters.")] = "FR",
    region: Annotated[str | None, typer.Option(help="Only this region, by name or code.")] = None,
    department: Annotated[str | None, typer.Option(help="Only this department, by code or name.")] = None,
    threat_class: Annotated[
        list[str] | None, typer.Option("--class", help="Only this threat class; may be repeated.")
    ] = None,
    actor: Annotated[
        list[str] | None, typer.Option(help="Only this actor, by any of its names, or unknown; may be repeated.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of facility; may be repeated.")] = None,
    tlp_ceiling: Annotated[
        TLP | None, typer.Option(help="Nothing marked above this is used or shown; no ceiling by default.")
    ] = None,
    compare_from: Annotated[str | None, typer.Option(help="First month of a window to compare with.")] = None,
    compare_to: Annotated[str | None, typer.Option(help="Last month of a window to compare with.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the question, YYYY-MM-DD; today by default.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="List every incident with its evidence, too.")] = False,
    charts: Annotated[Path | None, typer.Option(help="Also write every chart as SVG, PNG and CSV here.")] = None,
    geojson: Annotated[
        Path | None, typer.Option(help="With --charts: boundaries of departments or regions, for a drawn map.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the state of the threat: published counts beside documented incidents, actors, months, what is missing."""
    from hygie.service.landscape import landscape as describe
    from hygie.service.landscape import load_base_knowledge, save_landscape_charts
    from hygie.views.messages import translator

    language = parse_language(lang)
    if geojson is not None and charts is None:
        raise UsageError(
            "boundaries are for charts only", field="--geojson", value=str(geojson), repair="give --charts too"
        )
    view = describe(
        _make_request(
            {
                "sector": sector,
                "country": country.upper(),
                "from": from_,
                "to": to,
                "region": region,
                "department": department,
                "classes": tuple(threat_class or ()),
                "actors": tuple(actor or ()),
                "kinds": tuple(kind or ()),
                "tlp_ceiling": tlp_ceiling,
                "compare_from": compare_from,
                "compare_to": compare_to,
                "language": language,
                "as_of": parse_date(as_of),
            }
        ),
        knowledge=load_base_knowledge(base),
    )
    written = [] if charts is None else save_landscape_charts(view, charts, geojson=geojson)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from hygie.cli.landscape_page import print_landscape

    print_landscape(view, evidence=evidence)
    if charts is not None:
        typer.echo(translator(language)("{count} chart files saved in {path}", count=len(written), path=str(charts)))


_ALLOWED = {"country": "a code of two letters (ISO 3166-1), such as FR"}
_OPTIONS = {"classes": "class", "actors": "actor", "kinds": "kind"}


def _make_request(fields: dict[str, Any]) -> LandscapeRequest:
    from pydantic import ValidationError

    from hygie.service.requests import LandscapeRequest

    try:
        return LandscapeRequest.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise UsageError(
            "this option is not well formed",
            field="--" + _OPTIONS.get(name, name).replace("_", "-"),
            value=first["input"],
            allowed=_ALLOWED.get(name, first["msg"].removeprefix("String should ").removeprefix("Input should ")),
            repair="`hygie landscape --help` shows what is expected",
        ) from None
