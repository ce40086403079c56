"""``hygie scenario``: suppose that one event happens to a facility, and see what follows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.cli.threat_options import check_threads, parse_day, run_calmly
from hygie.core.errors import UsageError
from hygie.core.evidence import TLP

__all__ = ["scenario_app"]

scenario_app = typer.Typer(
    help="Scenarios: suppose that one event happens, and see what follows.", no_args_is_help=True
)

_OPTIONS = {"facility": "FACILITY", "packs": "--pack", "class": "--class", "threat_class": "--class"}


@scenario_app.command("list")
def list_choices(
    facility: Annotated[
        Path | None, typer.Argument(help="Facility file (YAML); the library of zones without one.", show_default=False)
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the facts, YYYY-MM-DD; today by default.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack; may be repeated.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """List what can be supposed: classes with their ways in, outcomes and targets; actors, providers, controls."""
    from hygie.service.scenario import list_scenarios

    language = parse_language(lang)
    view = list_scenarios(
        facility, as_of=parse_date(as_of), packs=tuple(str(path) for path in pack or ()), language=language
    )
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from hygie.cli.scenario_page import print_choices

    print_choices(view)


@scenario_app.command("run")
def run(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    threat_class: Annotated[str, typer.Option("--class", help="Threat class; see `hygie scenario list`.")],
    actor: Annotated[str | None, typer.Option(help="Who: ref, name or alias; drawn by default.")] = None,
    entry: Annotated[str | None, typer.Option(help="Way in; drawn by default.")] = None,
    provider: Annotated[str | None, typer.Option(help="Which provider, for --class provider.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Zone the attacker is after; may be repeated.")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="Only events that end so; may be repeated.")] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(help="What if: NAME=0 to NAME=1, how far a control is in place; may be repeated."),
    ] = None,
    event: Annotated[
        str, typer.Option(help="The event that is told: median, worst, or its rank from the dearest.")
    ] = "median",
    events: Annotated[int, typer.Option(help="Simulated events over all draws.")] = 50_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the events.")] = 200,
    replays: Annotated[int, typer.Option(help="Events replayed day by day, for the bands.")] = 300,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same digest.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Day of the question, YYYY-MM-DD; today by default.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack; may be repeated.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    tlp: Annotated[TLP, typer.Option(help="Marking of what is written.")] = TLP.AMBER,
    tlp_ceiling: Annotated[
        TLP, typer.Option(help="Attack Flow and Navigator files marked above this are not written.")
    ] = TLP.RED,
    out: Annotated[Path | None, typer.Option(help="Write views, events, pictures and exports to this folder.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Suppose that one event happens: how it ends, what is down and for how long, what care and money it takes."""
    from pydantic import ValidationError

    from hygie.service.scenario import run_scenario, save_scenario
    from hygie.service.scenario_request import ScenarioRequest
    from hygie.views.messages import translator

    language = parse_language(lang)
    check_threads(threads)
    fields = {
        "facility": str(facility),
        "class": _tidy(threat_class),
        "actor": actor,
        "entry": None if entry is None else _tidy(entry),
        "provider": provider,
        "target": tuple(_tidy(name) for name in target or ()),
        "outcome": tuple(_tidy(name) for name in outcome or ()),
        "control": dict(_read_control(text) for text in control or ()),
        "event": _read_event(event),
        "events": events,
        "draws": draws,
        "replays": replays,
        "seed": seed,
        "as_of": parse_day(as_of, "--as-of"),
        "packs": tuple(str(path) for path in pack or ()),
        "language": language,
        "tlp": tlp,
        "tlp_ceiling": tlp_ceiling,
    }
    try:
        request = ScenarioRequest.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise UsageError(
            "this option is out of range",
            field=_OPTIONS.get(name, f"--{name.replace('_', '-')}"),
            value=first["input"],
            allowed=first["msg"].removeprefix("Input should be "),
            repair="choose a value in the range; --help shows the defaults",
        ) from None
    scenario = run_calmly(
        lambda progress: run_scenario(request, threads=threads or os.cpu_count() or 1, progress=progress), language
    )
    _ = translator(language)
    place, held = (None, ()) if out is None else save_scenario(scenario, out)
    if as_json:
        more = {} if place is None else {"result": str(place), "withheld": list(held)}
        print_json({**scenario.view.model_dump(mode="json"), **more})
        return
    from hygie.cli.scenario_page import print_scenario

    print_scenario(scenario.view)
    if place is not None:
        typer.echo(_("Result saved in {path}", path=str(place)))
    if held:
        typer.echo(_("Held back by the TLP ceiling: {files}", files=", ".join(held)))


def _tidy(name: str) -> str:
    """Return an id as packs write it: people also write dashes."""
    return name.strip().lower().replace("-", "_")


def _read_event(text: str) -> str | int:
    if text in ("median", "worst"):
        return text
    if text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text) >= 1:
        return int(text)
    raise UsageError(
        "there is no such event",
        field="--event",
        value=text,
        allowed="median, worst, or a rank: 1 is the dearest",
        repair="write --event worst",
    )


def _read_control(text: str) -> tuple[str, float]:
    """Return what an option such as ``mfa=1`` asks."""
    name, sign, value = text.partition("=")
    try:
        share = float(value.replace(",", "."))
    except ValueError:
        share = -1.0
    if not sign or not name.strip() or not 0.0 <= share <= 1.0:
        raise UsageError(
            "this is no coverage of a control",
            field="--control",
            value=text,
            allowed="NAME= and a share from 0 (absent) to 1 (everywhere)",
            repair="write --control mfa=1",
        )
    return _tidy(name), share
