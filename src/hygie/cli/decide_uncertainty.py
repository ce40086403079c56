"""``hygie decide uncertainty``: what is not known, and what it does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from hygie.cli.decide import parse_option, refuse_option
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import translator
from hygie.views.numbers import format_euros, format_number, format_percent

__all__ = ["decide_uncertainty"]


def decide_uncertainty(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="A control among which to choose, for the value of information; repeatable."),
    ] = None,
    horizon: Annotated[int, typer.Option(help="Years over which costs and gains are added up.")] = 5,
    years: Annotated[int, typer.Option(help="Simulated years of each simulation.")] = 200_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the years; at least 30.")] = 400,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack folder; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same figures.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Date of the decision, YYYY-MM-DD; today by default.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which unknowns move the result, where its variance comes from, and what knowing would be worth."""
    from pydantic import ValidationError

    from hygie.cli.decide_page import DecideProgress
    from hygie.service.decide_uncertainty import decide_uncertainty as run
    from hygie.service.requests import DecideUncertaintyRequest

    language = parse_language(lang)
    try:
        request = DecideUncertaintyRequest.model_validate(
            {
                "facility": str(facility),
                "options": [parse_option(text) for text in option or ()],
                "horizon_y": horizon,
                "years": years,
                "draws": draws,
                "seed": seed,
                "as_of": parse_date(as_of),
                "language": language,
                "packs": [str(path) for path in pack or ()],
            }
        )
    except ValidationError as error:
        raise refuse_option(error, command="decide uncertainty") from None
    with DecideProgress(language) as progress:
        result = run(request, threads=os.cpu_count() or 1, progress=progress)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _print(result)


def _print(view: UncertaintyView) -> None:
    language = view.language
    _ = translator(language)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"\n[bold]{view.name}[/bold]\n")
    for sentence in view.sentences:
        console.print(Padding("• " + sentence, (0, 0, 0, 1)))
    console.print()
    table = _table(_("What moves the average annual loss"), [_("correlation"), _("when low"), _("when high")])
    for swing in view.swings["aal_eur"]:
        low, high = (format_euros(value, language) for value in (swing.low, swing.high))
        table.add_row(f"{swing.description} ({swing.id})", format_number(swing.correlation, language), low, high)
    console.print(table)
    console.print(
        _("Chance alone reaches a correlation of {level}.", level=format_number(view.noise_level, language)),
        style="dim",
    )
    if view.shares:
        table = _table(_("Share of variance by source"), [_("alone"), "±", _("with interactions"), "±"])
        for row in view.shares:
            cells = (row.first, 2.0 * row.first_error, row.total, 2.0 * row.total_error)
            table.add_row(row.label, *(format_percent(value, language) for value in cells))
        console.print(table)
    if view.information:
        table = _table(_("Worth knowing before choosing"), [_("worth up to")])
        for item in view.information:
            table.add_row(f"{item.description} ({item.id})", format_euros(item.value_eur, language))
        console.print(table)
    console.print(view.reproduce, style="dim", soft_wrap=True)


def _table(title: str, names: list[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", ratio=2)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table
