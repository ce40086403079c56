"""The report of a portfolio: its losses, where they pile up, the care its territories lack, a provider that is down."""

from __future__ import annotations

from collections.abc import Iterator

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
    write_note,
    write_paragraph,
)
from hygie.report.document import Block, Document, KeyFigure, KeyFigures, Picture, Section
from hygie.report.document_words import write_date
from hygie.report.house_terms import explain_terms
from hygie.report.portfolio_tables import tabulate_areas, tabulate_groups, tabulate_outages
from hygie.report.sources import list_sources
from hygie.report.typography import mend_view
from hygie.views.charts_curve import draw_loss_exceedance
from hygie.views.charts_data import tabulate_curve
from hygie.views.charts_layout import NARROW
from hygie.views.charts_portfolio import draw_lacking_beds, draw_origins, draw_tail
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.portfolio import GroupRow, PortfolioView, WhatIfView

__all__ = ["build_portfolio_report"]

_FIGURES = (
    "aal",
    "aal_own",
    "bed_days_per_y",
    "visits_diverted_per_y",
    "var_99",
    "tvar_99",
    *(f"{basis}_{period}" for basis in ("oep", "aep") for period in (10, 50, 100, 200)),
)
_TERMS = (
    *("aal", "aep", "oep", "var", "tvar", "accumulation", "likely_range", "monte_carlo_noise"),
    *("bed_day", "digest", "ght", "his", "rebound", "seed", "tlp"),
)


def build_portfolio_report(
    view: PortfolioView, *, outage: WhatIfView | None = None, tlp: TLP, reproduce: str
) -> Document:
    """Return the report of a portfolio.

    Parameters
    ----------
    outage
        What the outage of a provider would cost, where it was studied.
    tlp
        Its marking: that of all it is made from, or stricter.
    """
    language: Language = "fr" if view.language == "fr" else "en"
    _ = translator(language)
    view = mend_view(view, language)
    outage = None if outage is None else mend_view(outage, language)
    sections = [
        _tell_scope(view, _),
        _tell_losses(view, _),
        _tell_shared(view, _),
        _tell_accumulation(view, _),
        _tell_territory(view, _),
        *([_tell_outage(outage, _)] if outage is not None else []),
        _tell_method(view, _),
        _tell_versions(view, _),
    ]
    return Document(
        id="portfolio",
        kind="report",
        language=language,
        title=view.name,
        subtitle=_("Where cyber losses pile up over the next 12 months"),
        running=_("{name}: accumulation", name=view.name),
        tlp=tlp,
        stated_on=read_day(view.as_of),
        facts=(
            (_("As of"), write_date(view.as_of, language)),
            (_("Organisations"), format_count(view.organisations, language)),
            state_plan(view, language),
            (_("Version"), f"hygie {view.version}"),
            (_("Digest of the result"), shorten_digest(view.digest)),
        ),
        summary=tuple(_summarise(view, _)),
        sections=tuple(sections),
        sources=list_sources(view.evidence, language),
        glossary=explain_terms(language, _TERMS),
        reproduce=reproduce,
        keywords=(view.name,),
    )


def _summarise(view: PortfolioView, _: Translate) -> Iterator[Block]:
    first, *others = view.headline
    yield write_paragraph(first, lead=True)
    yield from (write_paragraph(text) for text in others)
    figures = view.figures
    language: Language = "fr" if view.language == "fr" else "en"
    yield KeyFigures(
        "key_figures",
        (
            make_key_figure(figures["aal"], language, label=_("cost of an average year, all organisations together")),
            make_key_figure(figures["aep_100"], language, label=_("exceeded by the cost of one year in 100")),
            make_key_figure(figures["oep_100"], language, label=_("exceeded by one single event, one year in 100")),
            KeyFigure(
                "through_share",
                format_percent(view.through_share, language),
                _("of the average loss comes through a neighbour or a provider"),
                raw=view.through_share,
                unit="share",
            ),
        ),
    )
    if view.synthetic:
        yield write_note("caution", _("Before you read"), [_("The organisations are invented: a synthetic register.")])


def _tell_scope(view: PortfolioView, _: Translate) -> Section:
    language = view.language
    rows = [
        (_("Organisations assessed"), view.organisations),
        (_("Neighbours that only pass attacks on"), view.neighbours),
        *([(_("Sites"), view.sites)] if view.sites is not None else []),
        (_("Links between organisations"), view.links),
        (_("Shared providers"), view.providers),
        (_("Contracts with them"), view.clients),
    ]
    table = make_table(
        "scope_figures",
        _("What the portfolio holds"),
        [("what", _("What")), ("number", _("number"))],
        [(make_cell(name), make_cell(format_count(number, language), number)) for name, number in rows],
    )
    blocks: list[Block] = [table]
    if view.assumptions:
        blocks.append(write_note("assumption", _("Assumed for this portfolio"), view.assumptions, listed=True))
    return Section("scope", _("Scope"), tuple(blocks))


def _tell_losses(view: PortfolioView, _: Translate) -> Section:
    language = view.language
    lead = _(
        "All organisations live the same simulated years: what hits many at once is added up as it would be. Amounts "
        "are euros of 2024, before any insurance."
    )
    blocks: list[Block] = [write_paragraph(lead)]
    chart = draw_loss_exceedance(view)
    if chart is None:
        blocks.append(write_paragraph(_("No loss was simulated: there is nothing to draw.")))
    else:
        english = tabulate_curve(view.model_copy(update={"language": "en"}))[0]
        data = hide_rows("loss_exceedance_data", chart.title, tabulate_curve(view), names=english)
        blocks.append(show_picture(chart, narrow=draw_loss_exceedance(view, width=NARROW), data=data))
    rows = []
    for figure in (view.figures[name] for name in _FIGURES if name in view.figures):
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
    blocks.append(make_table("figures", _("Figures of the portfolio"), columns, rows, shares=(3.2, 1.1, 1.4, 0.9, 0.8)))
    return Section("losses", _("How much a year could cost"), tuple(blocks))


def _tell_shared(view: PortfolioView, _: Translate) -> Section:
    language = view.language
    sentence = _(
        "Without links and providers the same years would cost {alone} on average: {share} (± {error}) is from others.",
        alone=format_euros(view.alone_eur_per_y, language),
        share=format_percent(view.through_share, language),
        error=format_percent(view.through_error, language, digits=1),
    )
    blocks: list[Block] = [write_paragraph(sentence)]
    chart = draw_origins(view.by_origin, language=language)
    if chart is not None:
        blocks.append(show_picture(chart, narrow=draw_origins(view.by_origin, language=language, width=NARROW)))
    if view.by_origin:
        blocks.append(tabulate_groups(view.by_origin, language, table_id="by_origin", title=_("By origin")))
    if sum(view.generations):
        total = sum(view.generations)
        rows = [
            (
                make_cell(
                    _("at home, or in a campaign")
                    if step == 0
                    else _("through one link")
                    if step == 1
                    else _("through {count} links", count=step)
                ),
                make_cell(format_count(count, language), count),
                make_cell(format_percent(count / total, language), count / total),
            )
            for step, count in enumerate(view.generations)
            if count
        ]
        columns = [("steps", _("How it came")), ("events", _("simulated events")), ("share", _("share"), "share")]
        blocks.append(make_table("generations", _("How far attacks travel"), columns, rows))
    return Section("shared", _("What comes through others"), tuple(blocks))


def _tell_accumulation(view: PortfolioView, _: Translate) -> Section:
    language = view.language
    lead = _(
        "Two readings of each group: its part of an average year, and its part of the worst 1% of years, where losses "
        "pile up. A group whose part grows in the worst years deserves attention first."
    )
    parts: list[Block | Section] = [write_paragraph(lead)]
    for name, title, chart_title, rows in (
        ("provider", _("By provider"), _("Providers in the worst 1% of years"), view.by_provider),
        ("ght", _("By territorial group"), _("Territorial groups in the worst 1% of years"), view.by_ght),
        ("region", _("By region"), _("Regions in the worst 1% of years"), view.by_region),
        ("class", _("By threat class"), "", view.by_class),
        ("organisation", _("By organisation"), _("Organisations in the worst 1% of years"), view.by_organisation),
    ):
        if not rows or (len(rows) == 1 and name in ("ght", "region")):
            continue
        inner: list[Block] = []
        if chart_title:
            picture = _show_tail(rows, name, chart_title, language)
            inner += [picture] if picture else []
        inner.append(tabulate_groups(rows, language, table_id=f"by_{name}", title=title))
        parts.append(Section(f"accumulation-{name}", title, tuple(inner)))
    if len(parts) == 1:
        parts.append(write_paragraph(_("No loss was simulated: there is nothing to draw.")))
    return Section("accumulation", _("Where losses pile up"), tuple(parts))


def _show_tail(rows: list[GroupRow], name: str, title: str, language: str) -> Picture | None:
    wide = draw_tail(rows, name=f"tail_by_{name}", title=title, language=language)
    if wide is None:
        return None
    narrow = draw_tail(rows, name=f"tail_by_{name}", title=title, language=language, width=NARROW)
    return show_picture(wide, narrow=narrow)


def _tell_territory(view: PortfolioView, _: Translate) -> Section:
    lead = _(
        "Beds and emergency visits that a department lacks on a day: on average over all days, and on the worst day in "
        "100. Days of outage only; what is postponed afterwards is not in it."
    )
    blocks: list[Block] = [write_paragraph(lead)]
    chart = draw_lacking_beds(view)
    if chart is not None:
        blocks.append(show_picture(chart))
    if view.areas:
        blocks.append(tabulate_areas(view.areas, view.language))
    return Section("territory", _("The care that territories lack"), tuple(blocks))


def _tell_outage(view: WhatIfView, _: Translate) -> Section:
    language = view.language
    days = format_number(view.days, language)
    title = (
        _("If {provider} were down for one day", provider=view.provider_name)
        if view.days == 1.0
        else _("If {provider} were down for {days} days", provider=view.provider_name, days=days)
    )
    sentence = _(
        "In all: {loss} (from {low} to {high}), {bed_days} bed-days, {visits} emergency visits turned away.",
        loss=format_euros(view.loss_eur, language),
        low=format_euros(view.loss_low_eur, language),
        high=format_euros(view.loss_high_eur, language),
        bed_days=format_count(view.bed_days, language),
        visits=format_count(view.visits, language),
    )
    lead = _(
        "{clients} clients; {touched} organisations lose a service, through a client they depend on among them",
        clients=format_count(view.clients, language),
        touched=format_count(view.touched, language),
    )
    blocks: list[Block] = [write_paragraph(f"{lead}."), write_paragraph(sentence)]
    if view.rows:
        blocks.append(tabulate_outages(view.rows, language))
    return Section("outage", title, tuple(blocks))


def _tell_method(view: PortfolioView, _: Translate) -> Section:
    method = [
        _(
            "Every organisation is simulated in the same years; an event at a provider or a neighbour reaches those "
            "that depend on it, so joint losses are counted as they would occur."
        ),
        _(
            "The part of a group in the worst years is its mean loss in the worst 1% of years of the portfolio "
            "(co-TVaR): the parts add up to the mean of these years."
        ),
        _(
            "The likely range holds 9 draws in 10 of what is not known; the noise is that of a finite number of "
            "simulated years."
        ),
    ]
    limits = [
        _("Who buys from which provider is rarely public: contracts that nobody described are drawn, not observed."),
        _("The defences of organisations that did not describe theirs are the average of their kind."),
        _("Beds of a neighbour that could take patients are not counted as help."),
    ]
    seen = _("{rows} simulated events with a loss.", rows=format_count(view.rows, view.language))
    return Section(
        "method",
        _("Method and limits"),
        (
            write_paragraph(seen),
            write_note("method", _("How it is computed"), method, listed=True),
            write_note("caution", _("What it cannot say"), limits, listed=True),
        ),
    )


def _tell_versions(view: PortfolioView, _: Translate) -> Section:
    named = [
        (_("Version"), f"hygie {view.version}"),
        (_("Digest of the result"), view.digest),
        (_("Digest of the model"), view.model_digest),
    ]
    return Section("versions", _("Versions and digests"), (tabulate_versions(named, view.language),))
