"""``hygie control``: the controls of the model, their figures, and the frameworks they answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

if TYPE_CHECKING:
    from hygie.views.controls import ControlCatalogueView, ControlView

__all__ = ["control_app"]

control_app = typer.Typer(
    help="Controls: what they do, what they cost, which frameworks they answer.", no_args_is_help=True
)


@control_app.command("list")
def list_all(
    framework: Annotated[
        str | None,
        typer.Option(
            help="Show the items of a framework: iso27002, cis8, nist_csf2, nist80053, anssi_hygiene, hds, nis2."
        ),
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """List the controls, and what a framework asks that they do not answer."""
    from hygie.service.controls import list_controls

    language = parse_language(lang)
    view = list_controls(framework=framework, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        _print_list(view, language)


@control_app.command("show")
def show_one(
    control: Annotated[str, typer.Argument(help="A control, such as mfa.", show_default=False)],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a control: effect, figures with their evidence, techniques, items of frameworks."""
    from hygie.service.controls import show_control

    language = parse_language(lang)
    view = show_control(control, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        _print_control(view, language)


def _print_list(view: ControlCatalogueView, language: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hygie.views.messages import translator
    from hygie.views.numbers import format_count

    _ = translator(language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("Control"), no_wrap=True)
    table.add_column(_("Function"), no_wrap=True)
    table.add_column(_("Name"))
    if view.framework is not None:
        table.add_column(view.framework.name)
    for row in view.controls:
        items = [", ".join(row.references)] if view.framework is not None else []
        table.add_row(row.id, row.function_label, row.name, *items)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print(table)
    if view.framework is None:
        return
    console.print(
        _(
            "{answered} of {items} items of {framework} ({edition}) are answered.",
            answered=format_count(view.framework.answered, language),
            items=format_count(view.framework.items, language),
            framework=view.framework.name,
            edition=view.framework.edition,
        )
    )
    if view.framework.open:
        console.print(_("No control here answers: {items}", items=", ".join(view.framework.open)))


def _print_control(view: ControlView, language: str) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from hygie.report.units import show_quantity
    from hygie.views.messages import translator

    _ = translator(language)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)

    def tell(label: str, text: str) -> None:
        if text:
            console.print(Text.assemble((label, "bold"), "  ", text))

    methods = {
        "published": _("published"),
        "fitted": _("fitted"),
        "elicited": _("judged from evidence"),
        "assumed": _("assumed"),
    }
    console.print(Text.assemble((view.name, "bold"), f"  {view.id}"))
    console.print(view.description)
    console.print()
    tell(_("Function"), view.function_label)
    tell(_("Resists"), ", ".join(item.name for item in view.crossings))
    tell(_("Moves"), ", ".join(item.name for item in view.levers))
    for label, figure in (
        (_("Efficacy when it works"), view.efficacy),
        (_("In place in the sector (median)"), view.coverage),
        (_("Cost to set up"), view.setup_cost),
        (_("Yearly cost"), view.yearly_cost),
    ):
        plain = figure.unit.partition("/")[0]
        text = _(
            "{median}, from {low} to {high}",
            median=show_quantity(figure.median, figure.unit, language),
            low=show_quantity(figure.low, plain, language),
            high=show_quantity(figure.high, plain, language),
        )
        tell(label, f"{text} ({methods[figure.method]})")
        for item in figure.evidence:
            console.print(Padding(Text(f"[{item.grade}] {item.title} — {item.publisher}"), (0, 0, 0, 4)))
        if figure.note:
            console.print(Padding(Text(figure.note, style="italic"), (0, 0, 0, 4)))
    tell("ATT&CK", ", ".join(view.mitigations))
    tell(_("Techniques ({count})", count=len(view.techniques)), ", ".join(view.techniques))
    for reference in view.references:
        tell(reference.name, ", ".join(reference.items))
        for number, reason in reference.unconfirmed.items():
            console.print(Padding(Text(f"{number}: {reason}", style="italic"), (0, 0, 0, 4)))
