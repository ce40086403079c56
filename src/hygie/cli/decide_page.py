"""Decisions in the terminal."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from hygie.cli.progress import ProgressLine
from hygie.views.decide import BundleView, ControlDecisionView, WorthView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent

__all__ = ["DecideProgress", "print_controls"]

_SHOWN = 15


class DecideProgress(ProgressLine):
    """Progress of a decision: controls one by one, then sets of them."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show a stage and how far it is."""
        if stage not in ("options", "sets"):
            super().__call__(stage, done, total)
            return
        if self._bar is None or self._task is None:
            return
        names = {"options": "Simulating each control", "sets": "Simulating sets of controls"}
        detail = f"{done} / {total}" if total else str(done)
        self._bar.update(
            self._task, description=self._translate(names[stage]), completed=done, total=total or None, detail=detail
        )


def print_controls(view: ControlDecisionView) -> None:
    """Print sentences, controls one by one, and the frontier of sets."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"\n[bold]{view.name}[/bold]")
    console.print(
        _(
            "Average annual loss {aal}, mean of the worst {share} of years {tvar}; {years} years, discounted at {rate}",
            aal=format_euros(view.aal_eur.value, language),
            share=format_percent(1.0 - view.tail_level, language),
            tvar=format_euros(view.tvar_eur.value, language),
            years=view.horizon_y,
            rate=format_percent(view.discount, language),
        ),
        style="dim",
    )
    console.print()
    for sentence in view.sentences:
        console.print(Padding("• " + sentence, (0, 0, 0, 1)))
    console.print()
    table = _table(_("Controls, one by one"), _)
    for row in view.options[:_SHOWN]:
        table.add_row(f"{row.name} ({row.id})", *_cells(row, language, _))
    console.print(table)
    if len(view.options) > _SHOWN:
        console.print(_("… and {count} more; --json shows all of them.", count=len(view.options) - _SHOWN), style="dim")
    if view.frontier:
        console.print()
        table = _table(_("Sets within the budget that no other beats on cost and loss"), _)
        for index, bundle in enumerate(view.frontier):
            table.add_row(
                _name_bundle(bundle, view.frontier[index - 1] if index else None, _), *_cells(bundle, language, _)
            )
        console.print(table)
        kind = _("every affordable set was simulated") if view.exact else _("the most promising sets were simulated")
        console.print(
            _("{count} sets: {kind}.", count=format_count(view.simulated_sets, language), kind=kind), style="dim"
        )
    console.print()
    console.print(
        _("{count} inputs are assumptions; care spared is never turned into euros.", count=view.assumed_inputs),
        style="dim",
    )
    console.print(view.reproduce, style="dim", soft_wrap=True)


def _table(title: str, _: Translate) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", ratio=2)
    for name in (
        _("avoided a year"),
        _("likely range"),
        _("bed-days a year"),
        _("cost"),
        _("net"),
        _("pays in"),
        _("worth it in"),
    ):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(row: WorthView, language: str, _: Translate) -> list[str]:
    gain = row.loss_avoided_eur_per_y
    return [
        format_euros(gain.value, language),
        f"{format_euros(gain.low, language)} – {format_euros(gain.high, language)}",
        format_count(row.bed_days_avoided_per_y.value, language),
        format_euros(row.cost_eur.value, language),
        format_euros(row.net_eur.value, language),
        "–" if row.payback_y is None else _("{years} y", years=format_number(row.payback_y, language)),
        format_percent(row.p_worth, language),
    ]


def _name_bundle(bundle: BundleView, previous: BundleView | None, _: Translate) -> str:
    if not bundle.controls:
        return _("nothing")
    names = dict(zip(bundle.controls, bundle.names, strict=True))
    before = set() if previous is None else set(previous.controls)
    if before and before < set(bundle.controls):
        text = "+ " + ", ".join(name for control, name in names.items() if control not in before)
    else:
        text = ", ".join(bundle.names)
    return f"{text} ★" if bundle.best else text
