"""What `hygie threat diff` and `hygie threat watch` show in the terminal."""

from __future__ import annotations

from hygie.cli.threat_printer import Printer
from hygie.views.landscape_words import date_label
from hygie.views.numbers import format_euros, format_number, format_percent
from hygie.views.threat import DiffView, FigureChangeView, WatchView

__all__ = ["print_diff", "print_watch"]

_SHARES = 6
_ROWS = 12
_USERS = 3
_MINUS = "\u2212"


def print_diff(view: DiffView) -> None:
    """Print a comparison: the figures, one sentence per cause, the table that sums, notes."""
    page = Printer(view.language)
    _ = page.translate
    page.blank()
    page.line(view.name, style="bold")
    days = [date_label(day, "day", view.language) for day in (view.from_, view.to)]
    page.line(
        _("As of {date}, with and without what is named below", date=days[1])
        if view.from_ == view.to
        else _("From {start} to {end}", start=days[0], end=days[1]),
        style="dim",
    )
    page.blank()
    page.items(view.headline)
    page.title(_("Why"))
    page.items([cause.sentence for cause in view.causes] or [_("Nothing differs between the two sides.")])
    figures = [row for row in view.figures if row.unit != "share" and row.change]
    if view.causes and figures:
        page.title(_("Causes sum to the change"))
        table = page.table("", *(_heading(row, page) for row in figures))
        page.row(table, _("before"), *(_show(row, row.before, page) for row in figures))
        for cause in view.causes:
            page.row(table, cause.label, *(_sign(row, cause.changes[row.id], page) for row in figures))
        page.row(table, _("after"), *(_show(row, row.after, page) for row in figures))
        page.draw(table)
        page.line(_("Frequencies per 1,000 years; loss in euros of 2024 a year."), style="dim")
    shares = sorted((row for row in view.figures if row.unit == "share" and row.change), key=lambda r: -abs(r.change))
    if shares:
        page.title(_("Who attacks"))
        table = page.table("", _("before"), _("after"))
        for row in shares[:_SHARES]:
            page.row(table, row.label, *(format_percent(value, view.language) for value in (row.before, row.after)))
        page.draw(table)
    page.blank()
    for note in view.notes:
        page.line(note, style="dim")
    page.again(view.reproduce)


def _heading(row: FigureChangeView, page: Printer) -> str:
    _ = page.translate
    return _("loss") if row.unit != "1/y" else row.label


def _show(row: FigureChangeView, value: float, page: Printer) -> str:
    if row.unit != "1/y":
        return format_euros(value, page.language, digits=3)
    return format_number(1_000 * value, page.language, digits=3)


def _sign(row: FigureChangeView, value: float, page: Printer) -> str:
    return f"{_MINUS if value < 0 else '+'}{_show(row, abs(value), page)}" if value else "–"


def print_watch(view: WatchView) -> None:
    """Print what moved the risk: actors with figures, techniques by association, vulnerabilities to read."""
    page = Printer(view.language)
    _ = page.translate
    page.blank()
    page.line(view.name, style="bold")
    days = [date_label(day, "day", view.language) for day in (view.since, view.to)]
    page.line(_("From {start} to {end}", start=days[0], end=days[1]), style="dim")
    page.blank()
    page.items(view.headline)
    page.title(_("Actors: figures"))
    table = page.table("", _("activity"), _("attempts"), _("loss a year"), _("change and noise"))
    for row in view.actors[:_ROWS]:
        page.row(
            table,
            row.name,
            page.arrow(*(_state(value, page) for value in (row.state_before, row.state_after))),
            page.arrow(*(format_percent(value, view.language) for value in (row.share_before, row.share_after))),
            page.arrow(*(format_euros(value, view.language) for value in (row.loss_before, row.loss_after))),
            f"{page.euros(row.change)} ± {format_euros(row.noise, view.language)}",
        )
    page.row(table, _("No actor: campaigns, providers"), "", "", "", page.euros(view.elsewhere))
    page.draw(table)
    page.more(len(view.actors), _ROWS)
    page.title(_("Techniques: association, not cause"))
    table = page.table("", _("actors known to use it"), _("loss through them"), left=2)
    for each in view.techniques[:_ROWS]:
        more = len(each.actors) - _USERS
        users = ", ".join(each.actors[:_USERS]) + (f" + {more}" if more > 0 else "")
        page.row(table, f"{each.id} {each.name}", users, page.euros(each.change))
    page.draw(table)
    page.more(len(view.techniques), _ROWS)
    page.title(_("Exploited vulnerabilities: a reading list"))
    for found in view.vulnerabilities[:_ROWS]:
        touched = f" · {', '.join(found.touches)}" if found.touches else ""
        ransom = f" · {_('used by ransomware')}" if found.ransomware_use == "known" else ""
        page.line(f"{found.ref} · {found.exploited_since} · {found.name}{ransom}{touched}", indent=1)
    if not view.vulnerabilities:
        page.line(_("None."), indent=1)
    page.more(len(view.vulnerabilities), _ROWS)
    page.blank()
    for note in view.notes:
        page.line(note, style="dim")
    page.again(view.reproduce)


def _state(value: float | None, page: Printer) -> str:
    return "–" if value is None else format_number(value, page.language)
