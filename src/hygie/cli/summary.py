"""The result of an assessment, in the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from hygie.views.assessment import AssessmentView, BreakdownRow, FigureView, ModuleView
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, round_significant
from hygie.views.posture import state_meter

__all__ = ["print_summary"]

_SHOWN = (
    "p_encryption",
    "p_major",
    "p_outage_week",
    "aal",
    "aal_own",
    "aep_10",
    "aep_100",
    "aep_200",
    "tvar_99",
    "bed_days_per_y",
    "bed_days_1_in_100",
    "consultations_per_y",
    "exposed_bed_days_per_y",
    "neighbour_load_1_in_100",
)


def _show(figure: FigureView, value: float, language: str) -> str:
    if figure.unit == "share":
        return format_percent(value, language)
    if figure.unit.startswith("EUR"):
        return format_euros(value, language)
    return format_count(round_significant(value, 2), language) if value >= 10 else format_number(value, language)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", header_style="dim")
    return table


def print_summary(view: AssessmentView, folder: Path) -> None:
    """Print the headline, the main figures with their bands, the parts, and where the result is."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False)
    console.print(f"\n[bold]{view.subject.name}[/bold] · {view.subject.category}")
    console.print(
        _(
            "{years} simulated years, {draws} draws, seed {seed}, as of {date}",
            years=format_count(view.plan.years, language),
            draws=format_count(view.plan.draws, language),
            seed=view.plan.seed,
            date=view.plan.as_of,
        ),
        style="dim",
    )
    console.print()
    for sentence in view.headline:
        console.print(Padding("• " + sentence, (0, 0, 0, 1)))
    console.print()
    table = _table(_("Figures (euros of 2024)"), "", _("value"), _("likely range"), _("noise"))
    for name in _SHOWN:
        figure = view.figures[name]
        low, high = (_show(figure, value, language) for value in (figure.low, figure.high))
        noise = format_percent(figure.mc_error / figure.value, language, digits=1) if figure.value else "–"
        table.add_row(figure.label, _show(figure, figure.value, language), f"{low} – {high}", f"± {noise}")
    console.print(table)
    console.print()
    for title, rows in (
        (_("Average annual loss by threat class"), view.by_class),
        (_("Average annual loss by form"), view.by_form),
        (_("Average annual loss by origin"), view.by_origin),
    ):
        console.print(_breakdown(title, rows, language))
        console.print()
        if rows is view.by_form and view.by_module:
            console.print(_modules(_("Average annual loss by FAIR-MAM module"), view.by_module, language))
            console.print()
    if view.mortality is not None:
        low, value, high = (
            format_number(x, language) for x in (view.mortality.low, view.mortality.value, view.mortality.high)
        )
        console.print(f"[bold]{_('Deaths, by evidence from abroad')}[/bold]")
        console.print(
            _("{value} deaths a year on average (likely between {low} and {high}).", value=value, low=low, high=high)
        )
        console.print(view.mortality.caveat, style="dim")
        console.print()
    console.print(view.validity)
    if view.subject.posture_known_share < 1.0:
        console.print(state_meter(view.subject.posture_known_share, view.language))
    console.print()
    console.print(_("Digest: {digest}", digest=view.digest), style="dim", soft_wrap=True)
    console.print(_("Result saved in {path}", path=str(folder)), soft_wrap=True)


def _modules(title: str, rows: list[ModuleView], language: str) -> Table:
    _ = translator(language)
    table = _table(title, "", _("euros a year"), _("left after compensation"), _("share"))
    for row in sorted(rows, key=lambda row: -row.loss_eur_per_y):
        amounts = (format_euros(amount, language) for amount in (row.loss_eur_per_y, row.loss_own_eur_per_y))
        table.add_row(row.label, *amounts, format_percent(row.share, language))
    return table


def _breakdown(title: str, rows: list[BreakdownRow], language: str) -> Table:
    _ = translator(language)
    with_frequency = any(row.frequency_per_y is not None for row in rows)
    columns = ["", *([_("events a year")] if with_frequency else []), _("euros a year"), _("share")]
    table = _table(title, *columns)
    for row in sorted(rows, key=lambda row: -row.loss_eur_per_y):
        cells = [row.label]
        if with_frequency:
            cells.append(format_number(row.frequency_per_y or 0.0, language))
        cells += [format_euros(row.loss_eur_per_y, language), format_percent(row.share, language)]
        table.add_row(*cells)
    return table
