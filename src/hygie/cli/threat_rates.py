"""``hygie threat rates``: the yearly frequencies of a facility on a date, and what they rest on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.threat_options import check_threads, parse_day, read_request, run_calmly
from hygie.core.errors import UsageError

__all__ = ["rates"]


def rates(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    as_of: Annotated[str | None, typer.Option(help="Date of the question, YYYY-MM-DD; today by default.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack; may be repeated.")] = None,
    draws: Annotated[int, typer.Option(help="Epistemic draws.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    actor: Annotated[
        list[str] | None,
        typer.Option(help="What if: ACTOR=gone, ACTOR=returns or ACTOR=2 (twice as active); may be repeated."),
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="List the evidence with its grades, too.")] = False,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how often each threat class strikes this facility and the sector, and why."""
    from hygie.service.requests import RatesRequest
    from hygie.service.threat_rates import show_rates

    language = parse_language(lang)
    check_threads(threads)
    request = read_request(
        RatesRequest,
        {
            "facility": str(facility),
            "draws": draws,
            "seed": seed,
            "as_of": parse_day(as_of, "--as-of"),
            "language": language,
            "packs": tuple(str(path) for path in pack or ()),
            "changes": tuple(_read_change(text) for text in actor or ()),
        },
    )

    view = run_calmly(lambda _progress: show_rates(request, threads=threads or os.cpu_count() or 1), language)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from hygie.cli.threat_rates_page import print_rates

    print_rates(view, evidence=evidence)


def _read_change(text: str) -> dict[str, str | float]:
    """Return what an option such as ``lockbit=gone`` asks."""
    ref, sign, change = text.partition("=")
    if sign and change in ("gone", "returns"):
        return {"actor": ref, "change": change}
    try:
        factor = float(change)
    except ValueError:
        factor = -1.0
    if not sign or not ref or not 0.0 <= factor <= 100.0:
        raise UsageError(
            "this is no change of an actor",
            field="--actor",
            value=text,
            allowed="ACTOR=gone, ACTOR=returns, or ACTOR= and a factor from 0 to 100",
            repair="write --actor lockbit=gone",
        )
    return {"actor": ref, "change": factor}
