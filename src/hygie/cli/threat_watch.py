"""``hygie threat watch``: which actors, techniques and vulnerabilities moved a facility's risk since a date."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.base import with_base
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.threat_options import check_threads, parse_day, read_request, run_calmly

if TYPE_CHECKING:
    from hygie.service.workspace import Base

__all__ = ["watch"]


@with_base
def watch(
    base: Base,
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    since: Annotated[str, typer.Option(help="Date to look back to, YYYY-MM-DD.", show_default=False)],
    to: Annotated[str | None, typer.Option(help="Date to look from, YYYY-MM-DD; today by default.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack; may be repeated.")] = None,
    years: Annotated[int, typer.Option(help="Simulated years of each date.")] = 20_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed; both dates share it, and so their luck.")] = 1,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Rank what moved the risk of a facility since a date: actors, techniques, exploited vulnerabilities."""
    from hygie.service.requests import ThreatWatchRequest
    from hygie.service.threat_watch import watch_threat

    language = parse_language(lang)
    check_threads(threads)
    request = read_request(
        ThreatWatchRequest,
        {
            "facility": str(facility),
            "since": parse_day(since, "--since"),
            "to": parse_day(to, "--to"),
            "packs": tuple(str(path) for path in pack or ()),
            "years": years,
            "draws": draws,
            "seed": seed,
            "language": language,
        },
    )
    view = run_calmly(
        lambda progress: watch_threat(request, base=base, threads=threads or os.cpu_count() or 1, progress=progress),
        language,
    )
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from hygie.cli.threat_pages import print_watch

    print_watch(view)
