"""A scenario on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.scenario import ChoiceView, PairedView, ScenarioListView, ScenarioView, SpreadView

__all__ = ["print_choices", "print_scenario"]

_FEW = 10.0
_SHOWN_ZONES = 12
_SHOWN_TECHNIQUES = 12


def _console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else 110)


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(columns):
        table.add_column(name, justify="left" if position == 0 else "right")
    return table


def print_choices(view: ScenarioListView) -> None:
    """Print what a scenario can suppose."""
    _ = translator(view.language)
    console = _console()
    occurs = {"attempt": _("one attempt"), "provider": _("one event at a provider"), "campaign": _("one campaign")}
    if view.facility is not None:
        console.print(Text(view.facility, style="bold"))
    for entry in view.classes:
        console.print()
        console.print(
            Text.assemble(("--class ", "dim"), (entry.id, "bold"), f"  {entry.label} ({occurs[entry.occurs]})")
        )
        for option, choices in (("--entry", entry.entries), ("--outcome", entry.outcomes), ("--target", entry.targets)):
            _print_choices(console, option, choices)
    console.print()
    for option, choices in (("--actor", view.actors), ("--provider", view.providers), ("--control", view.controls)):
        _print_choices(console, option, choices, indent=0)


def _print_choices(console: Console, option: str, choices: Sequence[ChoiceView], *, indent: int = 2) -> None:
    if choices:
        words = ", ".join(f"{choice.id} ({choice.label})" for choice in choices)
        console.print(Padding(Text.assemble((f"{option} ", "dim"), words), (0, 0, 0, indent)))


def print_scenario(view: ScenarioView) -> None:
    """Print a scenario: what is supposed, what follows, one event step by step."""
    _ = translator(view.language)
    console = _console()
    console.print(Text(view.title, style="bold"))
    for sentence in view.sentences:
        console.print(sentence)
    _print_ends(console, view, _)
    _print_figures(console, view, _)
    _print_zones(console, view, _)
    _print_event(console, view, _)
    _print_paired(console, view, _)
    _print_techniques(console, view, _)
    console.print()
    console.print(Text(view.plan.choice, style="dim"))
    console.print(Text(_("Reproduce: {command}", command=view.reproduce), style="dim"))
    console.print(Text(_("Digest: {digest}", digest=view.digest), style="dim"))


def _print_ends(console: Console, view: ScenarioView, _: Translate) -> None:
    table = _table([_("How it ends"), _("of 100 events"), "±", ""])
    for end in view.ends:
        table.add_row(
            end.label,
            format_number(end.per_100, view.language),
            format_number(end.error, view.language, digits=1),
            _("shown below") if end.kept else "",
        )
    console.print(table)


def _print_figures(console: Console, view: ScenarioView, _: Translate) -> None:
    table = _table([_("In the events shown"), "5 %", _("median"), "95 %", _("mean"), "±"])
    for figure in view.figures:
        show = _amount(figure, view.language)
        indent = "  " if figure.group == "form" else ""
        table.add_row(
            indent + figure.label,
            *(show(value) for value in (figure.low, figure.median, figure.high, figure.mean, figure.mean_error)),
        )
    console.print(table)
    for share in view.shares:
        console.print(_("{label}: {value}", label=share.label, value=format_percent(share.share, view.language)))


def _amount(figure: SpreadView | PairedView, language: str) -> Callable[[float], str]:
    def show(value: float) -> str:
        if figure.unit.startswith("EUR"):
            return format_euros(value, language)
        if figure.unit == "share":
            return format_percent(value, language)
        return format_number(value, language) if abs(value) < _FEW else format_count(value, language)

    return show


def _print_zones(console: Console, view: ScenarioView, _: Translate) -> None:
    zones = sorted(view.zones, key=lambda zone: (-zone.hit, -zone.reached, -zone.down_days[1]))
    shown = [zone for zone in zones if zone.hit or zone.reached or zone.down_days[2]][:_SHOWN_ZONES]
    if not shown:
        return
    table = _table([_("Zone"), _("held"), _("hit"), _("machines hit"), _("days down, median"), "95 %"])
    for zone in shown:
        table.add_row(
            zone.label,
            format_percent(zone.reached, view.language),
            format_percent(zone.hit, view.language),
            format_count(zone.hosts, view.language) if zone.hit else "–",
            format_number(zone.down_days[1], view.language),
            format_number(zone.down_days[2], view.language),
        )
    console.print(table)


def _print_event(console: Console, view: ScenarioView, _: Translate) -> None:
    event = view.event
    who = " · ".join(choice.label for choice in (event.outcome, event.actor, event.entry) if choice is not None)
    console.print()
    console.print(Text.assemble((_("One event, told"), "bold"), f"  {event.rule} {who}"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    table.add_column(style="dim")
    for step in event.steps:
        table.add_row(step.when, step.text, " ".join(step.techniques))
    console.print(table)
    for sentence in event.sentences:
        console.print(Padding(sentence, (0, 0, 0, 2)))


def _print_paired(console: Console, view: ScenarioView, _: Translate) -> None:
    if not view.paired:
        return
    table = _table([_("For each simulated event"), _("without"), _("with"), _("difference"), "±"])
    for pair in view.paired:
        show = _amount(pair, view.language)
        table.add_row(pair.label, *map(show, (pair.without, pair.with_controls, pair.difference, pair.error)))
    console.print(table)
    console.print(_("The same events with and without the controls, on the same random numbers."))


def _print_techniques(console: Console, view: ScenarioView, _: Translate) -> None:
    if not view.techniques:
        return
    table = _table([_("ATT&CK technique"), _("events that use it"), _("in the event told")])
    for technique in view.techniques[:_SHOWN_TECHNIQUES]:
        table.add_row(
            f"{technique.id} {technique.name}",
            format_percent(technique.share, view.language),
            _("yes") if technique.told else "",
        )
    console.print(table)
