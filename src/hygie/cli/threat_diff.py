"""``hygie threat diff``: why the frequencies and the loss of a facility changed, cause by cause."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.threat_options import check_threads, parse_day, read_request, run_calmly

__all__ = ["diff"]


def diff(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    from_: Annotated[str | None, typer.Option("--from", help="First date, YYYY-MM-DD; the second by default.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Second date, YYYY-MM-DD; today by default.")] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out, on the second side: the ref of evidence, an incident, a count, a campaign or a state of "
            "the sector, or actor@date for a state of an actor; may be repeated."
        ),
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(help="Add, on the second side: a YAML file of incidents, counts…, or a pack; may be repeated."),
    ] = None,
    before: Annotated[
        Path | None, typer.Option(help="Facility file as it was on the first side; the same by default.")
    ] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack on both sides; may be repeated.")] = None,
    loss: Annotated[bool, typer.Option("--loss/--no-loss", help="Also split the loss, by simulation.")] = True,
    years: Annotated[int, typer.Option(help="Simulated years of each simulation.")] = 20_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed; both sides share it, and so their luck.")] = 1,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Explain a change of frequencies and loss: one sentence per cause, and causes sum to the change."""
    from hygie.service.requests import ThreatDiffRequest
    from hygie.service.threat_diff import diff_threat

    language = parse_language(lang)
    check_threads(threads)
    last = parse_day(to, "--to")
    request = read_request(
        ThreatDiffRequest,
        {
            "facility": str(facility),
            "before": None if before is None else str(before),
            "from": last if from_ is None else parse_day(from_, "--from"),
            "to": last,
            "packs": tuple(str(path) for path in pack or ()),
            "add": tuple(str(path) for path in add or ()),
            "without": tuple(without or ()),
            "loss": loss,
            "years": years,
            "draws": draws,
            "seed": seed,
            "language": language,
        },
    )
    view = run_calmly(
        lambda progress: diff_threat(request, threads=threads or os.cpu_count() or 1, progress=progress), language
    )
    if as_json:
        print_json(view.model_dump(mode="json", by_alias=True))
        return
    from hygie.cli.threat_pages import print_diff

    print_diff(view)
