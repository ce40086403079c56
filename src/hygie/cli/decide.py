"""``hygie decide``: what changes are worth, and which to choose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.core.errors import UsageError
from hygie.service.amounts import parse_amount

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["decide_app", "parse_amount", "parse_option", "refuse_option"]

decide_app = typer.Typer(help="Decide: what controls are worth, and which to take.", no_args_is_help=True)


@decide_app.command("controls")
def decide_controls(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="A control, or control=coverage; may be repeated. All controls by default."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Most to spend over the horizon, such as 500k; searches the best set.")
    ] = None,
    horizon: Annotated[int, typer.Option(help="Years over which costs and gains are added up.")] = 5,
    discount: Annotated[float | None, typer.Option(help="Yearly discount rate; that of the packs by default.")] = None,
    view: Annotated[str, typer.Option(help="Whose loss counts: economic, or own after compensation.")] = "economic",
    years: Annotated[int, typer.Option(help="Simulated years of each simulation.")] = 100_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the years.")] = 200,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack folder; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same figures.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Date of the decision, YYYY-MM-DD; today by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the result as JSON here.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what controls are worth, alone and together, on the same simulated years."""
    from pydantic import ValidationError

    from hygie.cli.decide_page import DecideProgress, print_controls
    from hygie.service.decide_controls import decide_controls as run
    from hygie.service.decide_preview import save_decision
    from hygie.service.requests import DecideControlsRequest

    language = parse_language(lang)
    try:
        request = DecideControlsRequest.model_validate(
            {
                "facility": str(facility),
                "options": [parse_option(text) for text in option or ()],
                "budget_eur": None if budget is None else parse_amount(budget, field="--budget"),
                "horizon_y": horizon,
                "discount": discount,
                "view": view,
                "years": years,
                "draws": draws,
                "seed": seed,
                "as_of": parse_date(as_of),
                "language": language,
                "packs": [str(path) for path in pack or ()],
            }
        )
    except ValidationError as error:
        raise refuse_option(error) from None
    with DecideProgress(language) as progress:
        result = run(request, threads=os.cpu_count() or 1, progress=progress)
    if out is not None:
        save_decision(result, out)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        print_controls(result)


@decide_app.command("preview")
def preview(
    decision: Annotated[Path, typer.Argument(help="File written by `hygie decide controls --out`.")],
    take: Annotated[list[str] | None, typer.Option(help="A control to take; may be repeated.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Guess what a set of controls leaves of the loss, at once, from what each leaves alone."""
    from hygie.service.decide_preview import load_decision, preview_loss
    from hygie.views.messages import translator
    from hygie.views.numbers import format_euros

    language = parse_language(lang)
    view = load_decision(decision)
    left = preview_loss(view, take or ())
    if as_json:
        print_json({"controls": list(take or ()), "aal_before_eur": view.aal_eur.value, "aal_after_eur": left})
        return
    _ = translator(language)
    typer.echo(
        _(
            "Average annual loss: about {after} instead of {before}. A guess from each control alone; "
            "`hygie decide controls` simulates the set.",
            after=format_euros(left, language),
            before=format_euros(view.aal_eur.value, language),
        )
    )


def parse_option(text: str) -> dict[str, Any]:
    """Return a control and the coverage asked for, from text such as mfa=0.95."""
    name, sign, coverage = text.partition("=")
    if not sign:
        return {"control": name}
    try:
        return {"control": name, "coverage": float(coverage)}
    except ValueError:
        raise UsageError(
            "this coverage is not a number", field="--option", value=text, allowed="control=coverage, above 0 to 1",
            repair="write mfa=0.95",
        ) from None  # fmt: skip


def refuse_option(error: ValidationError, *, command: str = "decide controls") -> UsageError:
    """Return what an option out of its range is refused with."""
    first = error.errors()[0]
    names = {"budget_eur": "budget", "horizon_y": "horizon", "options": "option", "programmes": "programme"}
    place = str(first["loc"][0])
    return UsageError(
        "this option is out of range",
        field=f"--{names.get(place, place).replace('_', '-')}",
        value=first["input"],
        allowed=first["msg"].removeprefix("Input should be "),
        repair=f"choose a value in the range; `hygie {command} --help` shows the defaults",
    )
