"""A drawn register in the terminal: its sums beside those published."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.synthetic import SumView, SyntheticView

__all__ = ["print_synthetic"]

_BEDS = ("beds_mco", "places", "beds_ssr", "beds_psy", "beds_usld")


def print_synthetic(report: SyntheticView, language: str) -> None:
    """Print what was drawn, how far it is from what is published, and what comes next."""
    _ = translator(language)
    console = Console(highlight=False)
    place = report.region or "France"
    title = _("Synthetic register · {place} · {year} · seed {seed}", place=place, year=report.year, seed=report.seed)
    console.print(Text(title, style="bold"))
    console.print(
        _(
            "Sites: {sites} · legal entities: {entities} · territorial groups: {groups}",
            sites=format_count(report.sites, language),
            entities=format_count(report.entities, language),
            groups=format_count(report.groups, language),
        )
    )
    console.print()
    console.print(_list_figures(report, language))
    if report.region is None:
        console.print()
        console.print(_list_regions(report, language))
        console.print()
        console.print(_list_classes(report, language))
        console.print()
        strays = format_count(report.strays, language)
        entities = format_count(report.all_entities, language)
        console.print(
            _("Outside the size band that they were drawn in: {n} of {total} legal entities", n=strays, total=entities)
        )
    else:
        console.print(
            Text(_("Sums are of the sites that stand there; the register keeps legal entities whole."), style="dim")
        )
    absent = _("Nursing homes and laboratories are absent, like in the yearly statistics (SAE).")
    console.print(Text(absent, style="dim"))
    _print_kept(report, _, console)


def _print_kept(report: SyntheticView, _: Translate, console: Console) -> None:
    if report.path is not None:
        console.print(Text(_("Written to {path}", path=report.path)))
    if report.new is not None:
        text = _("Imported") if report.new else _("Already there: nothing was changed")
        console.print(Text(f"{text} · {_('synthetic')}"))
        command = 'hygie facility find "synthetic"'
    elif report.path is not None:
        command = f"hygie facility import {report.path}"
    else:
        command = "hygie facility synthesize --import"
    console.print(Text(_("Next: {command}", command=command), style="dim"))


def _list_figures(report: SyntheticView, language: str) -> Table:
    _ = translator(language)
    names = {
        "entities": _("legal entities"),
        "sites": _("sites"),
        "beds_mco": _("acute beds"),
        "places": _("day places"),
        "beds_ssr": _("rehabilitation beds"),
        "beds_psy": _("psychiatric beds"),
        "beds_usld": _("long-stay beds"),
        "beds_icu": _("intensive-care beds"),
        "stays": _("stays"),
        "bed_days": _("days in acute beds"),
        "emergency_visits": _("emergency visits"),
        "operating_rooms": _("operating rooms"),
        "had_places": _("home-hospitalisation places"),
        "mri": _("MRI scanners"),
        "ct_scanners": _("CT scanners"),
        "fte": _("staff (FTE)"),
    }
    table = _make_table("", _("drawn"), _("published"), _("difference"))
    for name, sums in report.sums.items():
        table.add_row(
            names[name],
            format_count(sums.drawn, language),
            format_count(sums.published, language),
            _difference(sums, language),
        )
    return table


def _list_regions(report: SyntheticView, language: str) -> Table:
    _ = translator(language)
    table = _make_table(
        _("Region"), _("legal entities"), _("sites"), _("beds"), _("staff (FTE)"), _("largest difference"), whole=True
    )
    for place in report.regions:
        sums = place.sums
        largest = max(sums.values(), key=lambda one: abs(one.difference))
        table.add_row(
            Text(place.region),
            format_count(sums["entities"].drawn, language),
            format_count(sums["sites"].drawn, language),
            format_count(_beds(sums).drawn, language),
            format_count(sums["fte"].drawn, language),
            _difference(largest, language),
        )
    return table


def _list_classes(report: SyntheticView, language: str) -> Table:
    _ = translator(language)
    statuses = {"public": _("public"), "private": _("private")}
    table = _make_table(
        _("Category"), _("legal entities"), _("beds"), _("difference"), _("staff (FTE)"), _("difference")
    )
    for one in report.classes:
        beds, staff = _beds(one.sums), one.sums["fte"]
        table.add_row(
            Text(f"{one.name}, {statuses[one.status]}"),
            format_count(one.sums["entities"].drawn, language),
            format_count(beds.drawn, language),
            _relative(beds, language),
            format_count(staff.drawn, language),
            _relative(staff, language),
        )
    return table


def _beds(sums: Mapping[str, SumView]) -> SumView:
    parts = [sums[name] for name in _BEDS]
    return SumView(drawn=sum(part.drawn for part in parts), published=sum(part.published for part in parts))


def _difference(sums: SumView, language: str) -> str:
    """Return a difference that is not rounded away: hundredths of an FTE are differences too."""
    if sums.difference == 0.0:
        return "0"
    text = format_count(abs(sums.difference), language)
    return f"{'+' if sums.difference > 0 else '−'}{text if abs(sums.difference) >= 1.0 else '<1'}"


def _relative(sums: SumView, language: str) -> str:
    if sums.difference == 0.0 or sums.published == 0.0:
        return "0"
    share = sums.difference / sums.published
    return f"{'+' if share > 0 else '−'}{format_percent(abs(share), language, digits=1)}"


def _make_table(*columns: str, whole: bool = False) -> Table:
    """Return an empty table; `whole`: its first column is not broken into lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left", header_style="dim", no_wrap=whole and not index)
    return table
