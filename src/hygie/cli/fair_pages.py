"""Typed scenarios and pooled experts, in the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from hygie.core.errors import UsageError, suggest
from hygie.views.fair import FairView
from hygie.views.judgement import PoolView
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent

__all__ = ["print_fair_run", "print_pool"]

_NAME_WIDTH, _TEXT_WIDTH = 28, 20
"""Room that names keep on a narrow screen, and width from which a column holds text rather than figures."""

_FIELD_WIDTH = 22
_SHOWN = ("aal", "aep_10", "aep_100", "aep_200", "oep_100", "tvar_99", "aal_insured", "aal_retained", "var_99_retained")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", header_style="dim")
    return table


def _print_table(table: Table, console: Console) -> None:
    """Print a table; where it is too wide, headings of figures are wrapped, so that names keep their room."""
    cells = [max((cell_len(str(cell)) for cell in column.cells), default=0) for column in table.columns]
    headers = [str(column.header) for column in table.columns]
    words = [max((cell_len(word) for word in header.split()), default=0) for header in headers]
    names = max(cells[0], cell_len(headers[0]))
    gaps = 2 * (len(cells) - 1)
    for limit in (console.width, 12, 10, 8, 0):
        widths = [
            max(cell, word, min(cell_len(header), limit))
            for cell, word, header in zip(cells[1:], words[1:], headers[1:], strict=True)
        ]
        # Text, such as sources, is wrapped beside the names.
        widths = [min(width, _TEXT_WIDTH) for width in widths]
        if sum(widths) + gaps + min(names, _NAME_WIDTH) <= console.width:
            break
    for column, cell, width in zip(table.columns[1:], cells[1:], widths, strict=True):
        if limit < console.width and cell <= _TEXT_WIDTH:
            column.width = width
    console.print(table)
    console.print()


def print_fair_run(view: FairView, folder: Path | None, *, explain: str | None = None) -> None:
    """Print headline, figures, scenarios, forms, options, the shortcut and the checks of a run."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False, markup=False)

    def euros(value: float) -> str:
        return format_euros(value, language)

    console.print(f"\n{view.name}", style="bold")
    console.print(
        _(
            "{years} simulated years, {draws} draws, seed {seed}, as of {date}",
            years=format_count(view.years, language),
            draws=format_count(view.draws, language),
            seed=view.seed,
            date=view.as_of,
        ),
        style="dim",
    )
    console.print()
    for sentence in view.headline:
        console.print(Padding("• " + sentence, (0, 0, 0, 1)))
    console.print()
    table = _table(_("Figures (euros of 2024)"), "", _("value"), _("likely range"), _("noise"))
    for name in _SHOWN:
        if name in view.figures:
            figure = view.figures[name]
            noise = format_percent(figure.mc_error / figure.value, language, digits=1) if figure.value else "–"
            span = f"{euros(figure.low)} – {euros(figure.high)}"
            table.add_row(figure.label, euros(figure.value), span, f"± {noise}")
    _print_table(table, console)
    table = _table(
        _("Scenarios"), "", _("attempts a year"), _("become losses"), _("losses a year"), _("mean event"),
        _("euros a year"), _("share of the worst years"),
    )  # fmt: skip
    for row in view.scenarios:
        table.add_row(
            row.name,
            format_number(row.attempts_per_y, language),
            format_percent(row.loss_share, language),
            format_number(row.losses_per_y, language),
            euros(row.mean_event_eur),
            euros(row.aal_eur),
            format_percent(row.tail_share, language),
        )
    _print_table(table, console)
    if view.forms:
        table = _table(_("Average annual loss by form"), "", _("euros a year"), _("share"))
        for form in view.forms:
            table.add_row(form.label, euros(form.aal_eur), format_percent(form.share, language))
        _print_table(table, console)
    if view.options:
        table = _table(
            _("Controls that are not in place"), "", _("saves a year"), _("saves in the worst year in 100"),
            _("costs a year"), _("chance to be worth it"),
        )  # fmt: skip
        for option in view.options:
            table.add_row(
                option.name,
                f"{euros(option.aal_saved_eur)} ± {euros(option.aal_saved_mc_error)}",
                euros(option.tvar_99_saved_eur),
                "–" if option.cost_per_y is None else euros(option.cost_per_y),
                "–" if option.p_worth_it is None else format_percent(option.p_worth_it, language),
            )
        _print_table(table, console)
    if explain is not None:
        _print_ranges(view, explain, console)
    console.print(view.shortcut.sentence)
    for check in view.checks:
        console.print(f"{'✓' if check.ok else '!'} {check.sentence}")
    console.print()
    console.print(_("Digest: {digest}", digest=view.digest), style="dim", soft_wrap=True)
    if folder is not None:
        console.print(_("Result saved in {path}", path=str(folder)), soft_wrap=True)


def _print_ranges(view: FairView, owner: str, console: Console) -> None:
    owners = list(dict.fromkeys(row.owner for row in view.ranges))
    if owner != "all" and owner not in owners:
        raise UsageError(
            f"there is no scenario “{owner}”",
            field="--explain",
            value=owner,
            allowed=", ".join(["all", *owners]),
            repair=suggest(owner, owners) or "use an id of the register",
        )
    _ = translator(view.language)
    for name in owners if owner == "all" else [owner]:
        table = _table(
            _("Ranges of {name}", name=name), "", "5 %", _("mean"), "95 %", "", _("varies by event"), _("rests on")
        )
        for row in view.ranges:
            if row.owner == name:
                shown = (format_number(value, view.language, digits=3) for value in (row.p05, row.mean, row.p95))
                sources = ", ".join(view.sources.get(ref, ref) for ref in row.sources)
                mark = "✓" if row.varies == "event" else "–"
                # A long name breaks where its parts meet.
                field = row.field if len(row.field) <= _FIELD_WIDTH else row.field.replace(".", ".\n")
                table.add_row(field, *shown, row.unit.removesuffix("_2024"), mark, sources or row.method)
        _print_table(table, console)


def print_pool(view: PoolView, language: Language) -> None:
    """Print scores and weights of the experts, then the pooled ranges."""
    _ = translator(language)
    console = Console(highlight=False, markup=False)
    table = _table(_("Experts"), "", _("calibration"), _("information"), _("weight"))
    for expert in view.experts:
        table.add_row(
            expert.id,
            f"{expert.calibration:.3g}",
            format_number(expert.information, language, digits=3),
            format_percent(expert.weight, language),
        )
    _print_table(table, console)
    for pooled in view.quantities:
        table = _table(pooled.id, "", "5 %", "50 %", "95 %")
        for label, values in ((_("equal weights"), pooled.equal), (_("earned weights"), pooled.performance)):
            table.add_row(label, *(format_number(value, language, digits=3) for value in values))
        console.print(table)
    for note in view.notes:
        console.print(note)
