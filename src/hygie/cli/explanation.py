"""An explanation, in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console, Group
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from hygie.views.assessment import EvidenceView
from hygie.views.explanation import EstimateView, ExplanationView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent

__all__ = ["print_explanation"]


def _amount(value: float, unit: str, language: str) -> str:
    if unit.startswith("EUR"):
        return format_euros(value, language)
    if unit == "share":
        return format_percent(value, language)
    return f"{format_number(value, language, digits=3)} {unit if unit != '1' else ''}".strip()


def _add_evidence(branch: Tree, evidence: list[EvidenceView], _: Translate) -> None:
    for item in evidence:
        where = item.link or _("no public link")
        date = f", {item.published_on}" if item.published_on else ""
        text = Text(f"[{item.grade}] {item.title} — {item.publisher}{date}")
        branch.add(Group(text, Text(where, style="dim", overflow="fold")))


def _describe(estimate: EstimateView, language: str, _: Translate) -> str:
    spread = " – ".join(_amount(value, estimate.unit, language) for value in (estimate.low, estimate.high))
    methods = {
        "published": _("published"),
        "fitted": _("fitted"),
        "elicited": _("judged from evidence"),
        "assumed": _("assumed"),
    }
    text = f"{escape(estimate.description)}: {_amount(estimate.median, estimate.unit, language)}"
    if estimate.low != estimate.high:
        text += f" ({spread})"
    return f"{text} [italic]{methods[estimate.method]}[/italic] [dim]{estimate.id}[/dim]"


def print_explanation(view: ExplanationView, language: str) -> None:
    """Print the way from the figure back to evidence as a tree."""
    _ = translator(language)
    # In a file or a pipe, addresses stay whole.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
    band = ""
    if view.low is not None and view.high is not None:
        low, high = (_amount(value, view.unit, language) for value in (view.low, view.high))
        band = f" ({low} – {high})"
    tree = Tree(
        f"[bold]{escape(view.label)}[/bold]: {_amount(view.value, view.unit, language)}{band}\n{view.definition}"
    )
    estimates = {estimate.id: estimate for estimate in view.estimates}
    for step in view.steps:
        branch = tree.add(f"[bold]{escape(step.title)}[/bold]")
        if step.id == "frequency":
            _add_counts(branch, view, _)
        if step.id == "actors":
            _add_incidents(branch, view, _)
        seen: set[str] = set()
        for column in step.columns:
            for name in column.estimates:
                if name not in seen:
                    seen.add(name)
                    leaf = branch.add(_describe(estimates[name], language, _))
                    _add_evidence(leaf, estimates[name].evidence, _)
    console.print(tree)
    console.print()
    console.print(
        _(
            "{assumed} of {all} inputs on this way are assumptions, marked as such above.",
            assumed=format_count(len(view.assumptions), language),
            all=format_count(len(view.estimates), language),
        )
    )
    console.print(_("Reproduce: {command}", command=view.reproduce), style="dim", soft_wrap=True)


def _add_counts(branch: Tree, view: ExplanationView, _: Translate) -> None:
    roles = {"level": _("places the level"), "check": _("check"), "nested": _("part of another count")}
    for count in view.counts:
        least = "≥ " if count.at_least else ""
        leaf = branch.add(
            f"{least}{count.count}, {count.window}: {escape(count.definition)} "
            f"[italic]{roles[count.role]}[/italic] [dim]{count.ref}[/dim]"
        )
        _add_evidence(leaf, count.evidence, _)


def _add_incidents(branch: Tree, view: ExplanationView, _: Translate) -> None:
    if not view.incidents:
        return
    group = branch.add(_("Incidents that inform the shares of actors ({count})", count=len(view.incidents)))
    for incident in view.incidents:
        leaf = group.add(
            f"{incident.date} {escape(incident.victim)}: {escape(incident.actor)} ({incident.confidence}) "
            f"[dim]{incident.ref}[/dim]"
        )
        _add_evidence(leaf, incident.evidence, _)
