"""A portfolio, and a provider that is down, in the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, round_significant
from hygie.views.portfolio import GroupRow, PortfolioView, WhatIfView

__all__ = ["print_portfolio", "print_whatif"]

_TOP = 10
_FIGURES = ("aal", "aal_own", "bed_days_per_y", "visits_diverted_per_y", "var_99", "tvar_99", "oep_100", "aep_200")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", header_style="dim")
    return table


def _count(value: float, language: str) -> str:
    return format_count(round_significant(value, 2), language) if value >= 10 else format_number(value, language)


def print_portfolio(view: PortfolioView, folder: Path) -> None:
    """Print the headline, the figures, where losses pile up, and the territories that lack most."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False)
    console.print(f"\n[bold]{view.name}[/bold]")
    console.print(
        _describe_size(view),
        style="dim",
    )
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
    for name in _FIGURES:
        figure = view.figures[name]
        show = format_euros if figure.unit.startswith("EUR") else _count
        noise = format_percent(figure.mc_error / figure.value, language, digits=1) if figure.value else "–"
        low, high = show(figure.low, language), show(figure.high, language)
        table.add_row(figure.label, show(figure.value, language), f"{low} – {high}", f"± {noise}")
    console.print(table)
    console.print()
    console.print(
        _(
            "Without links and providers the same years cost {alone} on average: {share} (± {error}) is from others.",
            alone=format_euros(view.alone_eur_per_y, language),
            share=format_percent(view.through_share, language),
            error=format_percent(view.through_error, language, digits=1),
        )
    )
    console.print()
    for title, rows in (
        (_("By origin"), view.by_origin),
        (_("By threat class"), view.by_class),
        (_("By provider"), view.by_provider),
        (_("By territorial group"), view.by_ght),
        (_("By region"), view.by_region),
        (_("By legal entity"), view.by_entity),
        (_("By organisation") if view.level == "entity" else _("By site"), view.by_organisation),
    ):
        if rows:
            console.print(_groups(title, rows, language))
            console.print()
    _print_areas(view, console)
    for line in view.assumptions:
        console.print(Padding("• " + line, (0, 0, 0, 1)), style="dim")
    console.print(_("Digest: {digest}", digest=view.digest), style="dim", soft_wrap=True)
    console.print(_("Result saved in {path}", path=str(folder)), soft_wrap=True)


def _describe_size(view: PortfolioView) -> str:
    language = view.language
    _ = translator(language)
    counted = {
        "organisations": format_count(view.organisations, language),
        "links": format_count(view.links, language),
        "clients": format_count(view.clients, language),
        "providers": format_count(view.providers, language),
    }
    if view.entities is None:
        return _(
            "{organisations} organisations, {links} links, {clients} contracts with {providers} shared providers",
            **counted,
        )
    return _(
        "{organisations} sites of {entities} legal entities, {links} links, {clients} contracts with {providers} "
        "shared providers",
        entities=format_count(view.entities, language),
        **counted,
    )


def _groups(title: str, rows: list[GroupRow], language: str) -> Table:
    _ = translator(language)
    with_members = any(row.members is not None for row in rows)
    with_widest = any(row.widest is not None for row in rows)
    table = _table(
        title,
        "",
        *([_("members")] if with_members else []),
        _("euros a year"),
        _("share"),
        _("in the worst 1% of years"),
        _("share"),
        *([_("most hit at once")] if with_widest else []),
    )
    for row in rows[:_TOP]:
        cells = [row.label]
        if with_members:
            cells.append(format_count(row.members or 0, language))
        cells += [
            format_euros(row.loss_eur_per_y, language),
            format_percent(row.share, language),
            format_euros(row.tail_eur, language),
            format_percent(row.tail_share, language),
        ]
        if with_widest:
            cells.append(format_count(row.widest or 0, language))
        table.add_row(*cells)
    if len(rows) > _TOP:
        table.caption = _("and {count} more", count=format_count(len(rows) - _TOP, language))
        table.caption_justify = "left"
    return table


def _print_areas(view: PortfolioView, console: Console) -> None:
    language = view.language
    _ = translator(language)
    *departments, country = view.areas
    worst = sorted(departments, key=lambda area: (-area.beds_lost_100, -area.beds_lost, area.code))[:_TOP]
    table = _table(
        _("Care that territories lack, per day"),
        "",
        _("beds"),
        _("beds lacking"),
        _("1 day in 100"),
        _("emergency visits"),
        _("turned away"),
        _("1 day in 100"),
    )
    for area in [*worst, country]:
        table.add_row(
            f"{area.code} {area.name}".strip(),
            format_count(area.beds, language),
            format_number(area.beds_lost, language),
            _count(area.beds_lost_100, language),
            _count(area.visits_per_day, language),
            format_number(area.visits_lost, language),
            _count(area.visits_lost_100, language),
        )
    console.print(table)
    console.print()


def print_whatif(view: WhatIfView) -> None:
    """Print what the outage of a provider costs, and who bears it."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False)
    console.print(
        "\n[bold]"
        + (
            _("{name} is struck", name=view.provider_name)
            if view.kind == "site"
            else _(
                "{provider} down for {days} days", provider=view.provider_name, days=format_number(view.days, language)
            )
        )
        + "[/bold]"
    )
    console.print(
        _(
            "When an attack stops services there, it stops them for {days} d in the median, and it reaches somebody "
            "else in {share} of the cases.",
            days=format_number(view.days, language),
            share=format_percent(view.spread_share or 0.0, language),
        )
        if view.kind == "site"
        else _(
            "{clients} clients; {touched} organisations lose a service, through a client they depend on among them",
            clients=format_count(view.clients, language),
            touched=format_count(view.touched, language),
        ),
        style="dim",
    )
    console.print()
    console.print(
        _(
            "In all: {loss} (from {low} to {high}), {bed_days} bed-days, {visits} emergency visits turned away.",
            loss=format_euros(view.loss_eur, language),
            low=format_euros(view.loss_low_eur, language),
            high=format_euros(view.loss_high_eur, language),
            bed_days=_count(view.bed_days, language),
            visits=_count(view.visits, language),
        )
    )
    console.print()
    table = _table("", "", _("outage, days"), _("bed-days"), _("visits"), _("loss"), _("likely range"), _("through"))
    for row in view.rows[:25]:
        table.add_row(
            row.name,
            format_number(row.outage_days, language),
            _count(row.bed_days, language),
            _count(row.visits, language),
            format_euros(row.loss_eur, language),
            f"{format_euros(row.loss_low_eur, language)} – {format_euros(row.loss_high_eur, language)}",
            row.through or ("" if view.kind == "site" else _("the provider")),
        )
    if len(view.rows) > 25:
        table.caption = _("and {count} more", count=format_count(len(view.rows) - 25, language))
        table.caption_justify = "left"
    console.print(table)
