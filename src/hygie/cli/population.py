"""``hygie facility synthesize``: a register of establishments that do not exist, drawn from published totals."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.registers import open_shelf

__all__ = ["synthesize_facilities"]


@with_place
def synthesize_facilities(
    place: Place,
    seed: Annotated[int, typer.Option(help="The same seed draws the same register.")] = 1,
    region: Annotated[str | None, typer.Option(help="Only the legal entities of a region.")] = None,
    out: Annotated[Path | None, typer.Option(help="Table of the sites to write (CSV).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
    keep: Annotated[bool, typer.Option("--import", help="Also take the register into the workspace.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a register of organisations that do not exist, whose sums are those published; it says so everywhere."""
    from hygie.service.synthetic import SyntheticRequest, synthesize_population
    from hygie.views.messages import translator
    from hygie.views.registers import SYNTHETIC

    language = parse_language(lang)
    request = SyntheticRequest(seed=seed, as_of=date.today(), region=region, out=out, overwrite=overwrite)
    sys.stderr.write(translator(language)(SYNTHETIC) + "\n")
    if keep:
        with open_shelf(place) as store:
            report = synthesize_population(store, request, language=language)
    else:
        report = synthesize_population(None, request, language=language)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        from hygie.cli.population_page import print_synthetic

        print_synthetic(report, language)
