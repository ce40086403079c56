"""Pages of ``hygie insure`` in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hygie.cli.threat_printer import Printer
from hygie.views.numbers import format_count, format_euros, format_percent, round_significant

if TYPE_CHECKING:
    from hygie.views.assessment import FigureView
    from hygie.views.messages import Language
    from hygie.views.programme import AppetiteView, PreviewView, ProgrammeView

__all__ = ["print_appetite", "print_notes", "print_preview", "print_programme", "print_saved", "print_terms"]


def _range(page: Printer, figure: FigureView) -> str:
    low, high = round_significant(figure.low), round_significant(figure.high)
    if figure.unit == "share":
        return f"{format_percent(low, page.language)} – {format_percent(high, page.language)}"
    return f"{format_euros(low, page.language)} – {format_euros(high, page.language)}"


def _value(page: Printer, figure: FigureView) -> str:
    show = format_percent if figure.unit == "share" else format_euros
    return show(figure.value, page.language)


def _maybe(page: Printer, amount: float | None) -> str:
    return "–" if amount is None else format_euros(amount, page.language)


def print_programme(view: ProgrammeView) -> None:
    """Print a priced programme: sentences, figures, tower, coverages, treaties, cautions."""
    page = Printer(view.language)
    _ = page.translate
    page.title(f"{view.name} · {view.subject}")
    page.line(
        _(
            "{years} simulated years, {draws} draws, seed {seed}; amounts in euros of 2024",
            years=format_count(view.years, view.language),
            draws=format_count(view.draws, view.language),
            seed=str(view.seed),
        ),
        style="dim",
    )
    page.blank()
    page.items(view.sentences)
    page.title(_("Before and after"))
    table = page.table(_("return period"), _("year, before"), _("year, after"), _("event, before"), _("event, after"))
    for row in view.periods:
        figures = (row.aep_before, row.aep_after, row.oep_before, row.oep_after)
        page.row(table, row.aep_before.label, *(_value(page, figure) for figure in figures))
    page.draw(table)
    page.title(_("Figures"))
    table = page.table("", _("value"), _("likely range"))
    for figure in view.figures.values():
        page.row(table, figure.label, _value(page, figure), _range(page, figure))
    page.draw(table)
    _print_tower(page, view)
    _print_coverages(page, view)
    if view.treaties:
        page.title(_("Reinsurance, in order"))
        table = page.table(_("treaty"), _("ceded a year"), _("likely range"), _("pays"), _("share"))
        for treaty in view.treaties:
            page.row(
                table,
                treaty.label,
                _value(page, treaty.ceded),
                _range(page, treaty.ceded),
                _value(page, treaty.attachment),
                format_percent(treaty.share_of_insured, view.language),
            )
        page.draw(table)
    page.blank()
    for text in (*view.cautions, view.note):
        if text:
            page.line(text, style="dim")
    page.again(view.reproduce)


def _print_tower(page: Printer, view: ProgrammeView) -> None:
    _ = page.translate
    page.title(_("Tower, from the top"))
    table = page.table(_("layer"), _("starts at"), _("ends at"), _("share"), _("premium"), _("technical premium"))
    for row in reversed(view.layers):
        top = None if row.limit_eur is None else row.attachment_eur + row.limit_eur
        page.row(
            table,
            row.label,
            _maybe(page, row.attachment_eur),
            _("no limit") if top is None else _maybe(page, top),
            format_percent(row.share, view.language, digits=3),
            _maybe(page, row.premium_eur),
            "–" if row.technical is None else _value(page, row.technical.premium),
        )
    page.draw(table)
    page.blank()
    table = page.table(_("layer"), _("paid a year"), _("likely range"), _("pays"), _("used up"), _("loss ratio"))
    for row in reversed(view.layers):
        page.row(
            table,
            row.label,
            _value(page, row.paid),
            _range(page, row.paid),
            _value(page, row.attachment),
            _value(page, row.exhaustion),
            "–" if row.loss_ratio is None else format_percent(row.loss_ratio, view.language),
        )
    page.draw(table)
    page.line(_("Pays, used up: in what share of years."), style="dim")


def _print_coverages(page: Printer, view: ProgrammeView) -> None:
    _ = page.translate
    page.title(_("Coverages"))
    table = page.table(
        _("cover"), _("forms"), _("deductible"), _("sub-limit"), _("loss a year"), _("after its terms"), left=2
    )
    for row in view.coverages:
        page.row(
            table,
            row.label,
            ", ".join(row.forms),
            _maybe(page, row.deductible_eur),
            _maybe(page, row.sub_limit_eur),
            _maybe(page, row.loss_eur_per_y),
            _maybe(page, row.claim_eur_per_y),
        )
    for row in view.uncovered:
        page.row(table, _("not covered"), row.label, "–", "–", _maybe(page, row.loss_eur_per_y), _maybe(page, 0.0))
    page.draw(table)


def print_terms(name: str, coverages: int, layers: int, treaties: int, language: Language) -> None:
    """Say that a programme file is fine."""
    page = Printer(language)
    _ = page.translate
    page.line(
        _(
            "{name}: {coverages} coverages, {layers} layers, {treaties} treaties; nothing contradicts.",
            name=name,
            coverages=format_count(coverages, language),
            layers=format_count(layers, language),
            treaties=format_count(treaties, language),
        )
    )


def print_appetite(view: AppetiteView) -> None:
    """Print an appetite against the curve."""
    page = Printer(view.language)
    _ = page.translate
    page.title(view.subject if view.programme is None else f"{view.subject} · {view.programme}")
    page.line(view.headline)
    page.blank()
    page.items(row.sentence for row in view.rows)


def print_preview(view: PreviewView) -> None:
    """Print a preview."""
    page = Printer(view.language)
    _ = page.translate
    page.title(view.subject)
    page.items(view.sentences)
    changed = ", ".join(f"{name} × {factor:g}" for name, factor in view.factors.items())
    page.blank()
    page.line(
        _(
            "Preview in {time} ms from stored events. Changed: {changed}.",
            time=format_count(max(view.milliseconds, 1.0), view.language),
            changed=changed or _("terms only"),
        ),
        style="dim",
    )


def print_saved(paths: Sequence[Path], language: Language) -> None:
    """Say what was written."""
    page = Printer(language)
    _ = page.translate
    for path in paths:
        page.line(_("Written: {path}", path=str(path)))


def print_notes(notes: Sequence[str], language: Language) -> None:
    """Print what an exchange format could not say."""
    page = Printer(language)
    _ = page.translate
    if notes:
        page.line(_("Not carried over:"))
        page.items(notes)
