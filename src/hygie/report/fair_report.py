"""The report of a register of typed scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hygie.core.evidence import TLP
from hygie.report.blocks import (
    hide_rows,
    make_cell,
    make_key_figure,
    make_table,
    read_day,
    shorten_digest,
    show_figure,
    show_noise,
    show_picture,
    state_plan,
    tabulate_versions,
    write_bullets,
    write_note,
    write_paragraph,
)
from hygie.report.document import Block, Document, KeyFigures, Section
from hygie.report.document_words import write_date
from hygie.report.glossary import list_terms
from hygie.report.typography import mend_view
from hygie.report.units import show_quantity
from hygie.views.assessment import CurveView, FigureView
from hygie.views.charts_curve import draw_loss_exceedance
from hygie.views.charts_data import tabulate_curve
from hygie.views.charts_layout import NARROW
from hygie.views.fair import FairView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_euros, format_number, format_percent

__all__ = ["build_fair_report"]

_TERMS = ("aal", "aep", "oep", "var", "tvar", "digest", "fair", "likely_range", "monte_carlo_noise", "seed", "tlp")


@dataclass(frozen=True, slots=True)
class _Losses:
    """The losses before terms, as the curve wants them."""

    language: str
    figures: dict[str, FigureView]
    curves: list[CurveView]


def build_fair_report(view: FairView, *, tlp: TLP, reproduce: str) -> Document:
    """Return the report of a run of typed scenarios."""
    language: Language = "fr" if view.language == "fr" else "en"
    _ = translator(language)
    view = mend_view(view, language)
    return Document(
        id=f"fair-{view.id}",
        kind="report",
        language=language,
        title=view.name,
        subtitle=_("Typed scenarios over the next 12 months"),
        running=_("{name}: typed scenarios", name=view.name),
        tlp=tlp,
        stated_on=read_day(view.as_of),
        facts=(
            (_("As of"), write_date(view.as_of, language)),
            state_plan(view, language),
            (_("Version"), f"hygie {view.version}"),
            (_("Digest of the result"), shorten_digest(view.digest)),
        ),
        summary=tuple(_summarise(view, language, _)),
        sections=(
            _tell_losses(view, language, _),
            _tell_scenarios(view, language, _),
            *([_tell_options(view, language, _)] if view.options else []),
            _tell_validity(view, _),
            _tell_ranges(view, language, _),
            _tell_versions(view, _),
        ),
        glossary=list_terms(language, _TERMS),
        reproduce=reproduce,
        keywords=(view.name, "FAIR"),
    )


def _summarise(view: FairView, language: Language, _: Translate) -> Iterator[Block]:
    first, *others = view.headline
    yield write_paragraph(first, lead=True)
    yield from (write_paragraph(text) for text in others)
    yield KeyFigures(
        "key_figures",
        tuple(
            make_key_figure(view.figures[name], language, label=label)
            for name, label in (
                ("aal", _("cost of an average year")),
                ("aep_100", _("exceeded by the cost of one year in 100")),
                ("tvar_99", _("mean of the worst year in 100")),
            )
            if name in view.figures
        ),
    )


def _tell_losses(view: FairView, language: Language, _: Translate) -> Section:
    blocks: list[Block] = []
    losses = _Losses(language, view.figures, view.curves.gross)
    chart = draw_loss_exceedance(losses)
    if chart is None:
        blocks.append(write_paragraph(_("No loss was simulated: there is nothing to draw.")))
    else:
        english = tabulate_curve(_Losses("en", view.figures, view.curves.gross))[0]
        data = hide_rows("loss_exceedance_data", chart.title, tabulate_curve(losses), names=english)
        blocks.append(show_picture(chart, narrow=draw_loss_exceedance(losses, width=NARROW), data=data))
    rows = []
    for figure in view.figures.values():
        value, low, high = show_figure(figure, language)
        rows.append(
            (
                make_cell(figure.label),
                make_cell(value, figure.value),
                make_cell(low, figure.low),
                make_cell(high, figure.high),
                make_cell(show_noise(figure, language), figure.mc_error),
            )
        )
    columns = [
        ("figure", _("Figure")),
        ("value", _("value")),
        ("low", _("likely from")),
        ("high", _("to")),
        ("noise", _("noise")),
    ]
    blocks.append(make_table("figures", _("Key figures"), columns, rows, shares=(3.2, 1.1, 1.4, 0.9, 0.8)))
    blocks.append(write_note("reading", _("Why not frequency times severity"), [view.shortcut.sentence]))
    return Section("losses", _("How much a year could cost"), tuple(blocks))


def _tell_scenarios(view: FairView, language: Language, _: Translate) -> Section:
    columns = [
        ("scenario", _("Scenario")),
        ("attempts", _("attempts a year"), "1/y"),
        ("events", _("losses a year"), "1/y"),
        ("mean", _("mean of one event"), "EUR_2024"),
        ("loss", _("euros a year"), "EUR_2024/y"),
        ("share", _("share"), "share"),
        ("tail", _("in the worst 1% of years"), "share"),
    ]
    rows = [
        (
            make_cell(row.name),
            make_cell(format_number(row.attempts_per_y, language), row.attempts_per_y),
            make_cell(format_number(row.losses_per_y, language), row.losses_per_y),
            make_cell(format_euros(row.mean_event_eur, language), row.mean_event_eur),
            make_cell(format_euros(row.aal_eur, language), row.aal_eur),
            make_cell(format_percent(row.share, language), row.share),
            make_cell(format_percent(row.tail_share, language), row.tail_share),
        )
        for row in view.scenarios
    ]
    forms = [
        (
            make_cell(row.label),
            make_cell(format_euros(row.aal_eur, language), row.aal_eur),
            make_cell(format_percent(row.share, language), row.share),
        )
        for row in sorted(view.forms, key=lambda row: -row.aal_eur)
    ]
    form_columns = [("form", _("Form")), ("loss", _("euros a year"), "EUR_2024/y"), ("share", _("share"), "share")]
    return Section(
        "scenarios",
        _("What the loss is made of"),
        (
            make_table("scenario_figures", _("By scenario"), columns, rows, shares=(2.6, 1, 1, 1, 1, 0.8, 1)),
            make_table("forms", _("By form of loss"), form_columns, forms),
        ),
    )


def _tell_options(view: FairView, language: Language, _: Translate) -> Section:
    columns = [
        ("control", _("Control")),
        ("avoided", _("avoided a year"), "EUR_2024/y"),
        ("tail", _("avoided in the worst year in 100"), "EUR_2024"),
        ("cost", _("cost a year"), "EUR_2024/y"),
        ("worth", _("worth it in"), "share"),
    ]
    rows = [
        (
            make_cell(row.name),
            make_cell(format_euros(row.aal_saved_eur, language), row.aal_saved_eur),
            make_cell(format_euros(row.tvar_99_saved_eur, language), row.tvar_99_saved_eur),
            make_cell("–" if row.cost_per_y is None else format_euros(row.cost_per_y, language), row.cost_per_y),
            make_cell("–" if row.p_worth_it is None else format_percent(row.p_worth_it, language), row.p_worth_it),
        )
        for row in sorted(view.options, key=lambda row: -row.aal_saved_eur)
    ]
    sentence = _("Each control alone, on the same random numbers as without it; “worth it in” is a share of draws.")
    return Section(
        "controls",
        _("What controls are worth"),
        (make_table("control_figures", _("Controls, one by one"), columns, rows, sentence=sentence),),
    )


def _tell_validity(view: FairView, _: Translate) -> Section:
    careful = [check.sentence for check in view.checks if not check.ok]
    good = [check.sentence for check in view.checks if check.ok]
    blocks: list[Block] = []
    if careful:
        blocks.append(write_note("caution", _("With care"), careful, listed=True))
    if good:
        blocks += [write_paragraph(_("Checked and in order:")), write_bullets(good)]
    return Section("validity", _("How far to trust it"), tuple(blocks))


def _tell_ranges(view: FairView, language: Language, _: Translate) -> Section:
    names = {row.id: row.name for row in view.scenarios} | {row.id: row.name for row in view.options}
    columns = [
        ("scenario", _("Scenario")),
        ("field", _("field")),
        ("low", _("likely from")),
        ("mean", _("mean")),
        ("high", _("to")),
        ("basis", _("rests on")),
    ]
    rows = [
        (
            make_cell(names.get(row.owner, row.owner)),
            make_cell(row.field.replace("_", " ")),
            *(make_cell(show_quantity(value, row.unit, language), value) for value in (row.p05, row.mean, row.p95)),
            make_cell(", ".join(row.sources) if row.sources else _("a judgement")),
        )
        for row in view.ranges
    ]
    blocks: list[Block] = [
        write_paragraph(_("What was typed, as it was simulated: the mean, and the range that holds 9 chances in 10.")),
        make_table("typed_ranges", _("Typed ranges"), columns, rows, shares=(2.4, 1.6, 1, 1, 1, 1.2), words=2),
    ]
    if view.sources:
        blocks.append(write_bullets(f"{ref}: {text}" for ref, text in view.sources.items()))
    return Section("ranges", _("Typed ranges"), tuple(blocks))


def _tell_versions(view: FairView, _: Translate) -> Section:
    named = [
        (_("Version"), f"hygie {view.version}"),
        (_("Digest of the result"), view.digest),
        (_("Digest of the model"), view.model_digest),
    ]
    return Section("versions", _("Versions and digests"), (tabulate_versions(named, view.language),))
