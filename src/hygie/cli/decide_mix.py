"""``hygie decide mix``: controls and insurance chosen together."""

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

from hygie.cli.decide import parse_amount, parse_option, refuse_option
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.views.decide_mix import MixDecisionView, MixView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_euros, format_number

__all__ = ["decide_mix"]


def decide_mix(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    programme: Annotated[list[Path], typer.Option("--programme", help="Programme file; may be repeated.")],
    budget: Annotated[
        str, typer.Option(help="Most for controls and premiums over the horizon, present value, such as 500k.")
    ],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="A control, or control=coverage; may be repeated. All controls by default."),
    ] = None,
    alpha: Annotated[float, typer.Option(help="Price of one euro in the tail (TVaR), per year.")] = 0.1,
    appetite: Annotated[Path | None, typer.Option(help="Appetite file that the loss that stays must keep to.")] = None,
    horizon: Annotated[int, typer.Option(help="Years over which costs are added up.")] = 5,
    discount: Annotated[float | None, typer.Option(help="Yearly discount rate; that of the packs by default.")] = None,
    years: Annotated[int, typer.Option(help="Simulated years of each simulation.")] = 100_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the years.")] = 200,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack folder; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same figures.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Date of the decision, YYYY-MM-DD; today by default.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Choose controls and insurance together: least yearly cost with the tail, under a budget and an appetite."""
    from pydantic import ValidationError

    from hygie.cli.decide_page import DecideProgress
    from hygie.service.decide_mix import decide_mix as run
    from hygie.service.requests import DecideMixRequest

    language = parse_language(lang)
    try:
        request = DecideMixRequest.model_validate(
            {
                "facility": str(facility),
                "programmes": [str(path) for path in programme],
                "options": [parse_option(text) for text in option or ()],
                "budget_eur": parse_amount(budget, field="--budget"),
                "alpha": alpha,
                "appetite": None if appetite is None else str(appetite),
                "horizon_y": horizon,
                "discount": discount,
                "years": years,
                "draws": draws,
                "seed": seed,
                "as_of": parse_date(as_of),
                "language": language,
                "packs": [str(path) for path in pack or ()],
            }
        )
    except ValidationError as error:
        raise refuse_option(error, command="decide mix") from None
    with DecideProgress(language) as progress:
        result = run(request, threads=os.cpu_count() or 1, progress=progress)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _print(result)


def _print(view: MixDecisionView) -> None:
    _ = translator(view.language)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"\n[bold]{view.name}[/bold]\n")
    for sentence in view.sentences:
        console.print(Padding("• " + sentence, (0, 0, 0, 1)))
    console.print()
    title = _("Best with each programme, amounts of one year")
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", ratio=2)
    names = (_("controls"), _("premium"), _("loss that stays"), _("its worst years"), _("with the tail"), _("feasible"))
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for label, mix in ((_("today"), view.today), *((_name(mix, _), mix) for mix in view.per_programme)):
        table.add_row(label, *_cells(mix, view.language, _))
    console.print(table)
    console.print(
        _("With the tail: controls + premium + loss that stays + {alpha} × its worst years.",
          alpha=format_number(view.alpha, view.language)), style="dim",
    )  # fmt: skip
    kind = _("every affordable set was simulated") if view.exact else _("the most promising sets were simulated")
    console.print(_("{count} sets: {kind}.", count=str(view.simulated_sets), kind=kind), style="dim")
    console.print(view.reproduce, style="dim", soft_wrap=True)


def _name(mix: MixView, _: Translate) -> str:
    programme = mix.programme or _("no insurance")
    if mix.premium_basis is not None:
        basis = _("premium stated") if mix.premium_basis == "stated" else _("technical premium")
        programme = f"{programme} ({basis})"
    return f"{programme}: {', '.join(mix.names) or _('no new control')}"


def _cells(mix: MixView, language: str, _: Translate) -> list[str]:
    amounts = (mix.control_eur, mix.premium_eur, mix.retained_eur.value, mix.tail_eur.value, mix.objective_eur)
    return [*(format_euros(amount, language) for amount in amounts), _("yes") if mix.feasible else _("no")]
