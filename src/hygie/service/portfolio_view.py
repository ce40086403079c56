"""From the sums of a portfolio run to what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import hygie
from hygie.core.tables import ORIGINS
from hygie.core.waists import SimulationPlan
from hygie.loss.accumulation import PortfolioTally, allocate_tail, summarise_group
from hygie.loss.curves import build_exceedance_curve, loss_at_return_period
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import build_year_loss_table
from hygie.loss.territory import DAYS, TerritoryTally
from hygie.service.evidence import mark_result, show_evidence
from hygie.service.portfolio_names import name_provider
from hygie.service.words import ORIGIN_LABELS
from hygie.views.assessment import CurveView, FigureView
from hygie.views.messages import LANGUAGES, Language, Translate, translator
from hygie.views.numbers import format_count, format_euros, format_percent
from hygie.views.portfolio import AreaView, GroupRow, PortfolioView
from hygie.views.tile_map import load_tiles

if TYPE_CHECKING:
    from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio

__all__ = ["build_views"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Codes = Mapping[str, tuple[IntArray, list[str]]]

_SHOWN = 200
_RETURN_PERIODS = (10, 50, 100, 200)
_THROUGH = (ORIGINS.index("neighbour"), ORIGINS.index("provider"))


def build_views(
    prepared: PreparedPortfolio,
    request: PortfolioRequest,
    plan: SimulationPlan,
    *,
    tally: PortfolioTally,
    territory: TerritoryTally,
    codes: Codes,
    tail: tuple[IntArray, FloatArray],
    facility_tail: FloatArray,
    digest: str,
    seconds: float,
    reproduce: str = "",
) -> dict[Language, PortfolioView]:
    """Return the view of a run in every language."""
    years = plan.years_per_draw()
    table = tally.year_table(years)
    figures: dict[str, Figure] = {"aal": estimate_aal(table)}
    for name, annual, unit in (
        ("aal_own", tally.own, "EUR_2024"),
        ("bed_days_per_y", tally.bed_days, "beds"),
        ("visits_diverted_per_y", tally.visits, "visits"),
    ):
        some = np.flatnonzero(annual > 0.0)
        figures[name] = estimate_aal(build_year_loss_table(some, annual[some], years_per_draw=years, unit=unit))
    figures["var_99"] = estimate_value_at_risk(table, 0.99)
    figures["tvar_99"] = estimate_tail_value_at_risk(table, 0.99)
    for period in _RETURN_PERIODS:
        figures[f"oep_{period}"] = loss_at_return_period(table, float(period), basis="OEP")
        figures[f"aep_{period}"] = loss_at_return_period(table, float(period), basis="AEP")
    curves = [
        CurveView(
            basis=basis,
            loss_eur=curve.loss_eur.tolist(),
            probability=curve.probability.tolist(),
            band_low=curve.band_low.tolist(),
            band_high=curve.band_high.tolist(),
            mc_error=curve.mc_error.tolist(),
        )
        for basis in ("OEP", "AEP")
        for curve in (build_exceedance_curve(table, basis=basis),)
    ]
    through = tally.by_origin[_THROUGH, :].sum(axis=0)
    total = float(tally.loss.sum()) or 1.0
    share = float(through.sum()) / total
    # Ratio estimator: the delta method on paired years (Cochran 1977, section 2.11).
    residual = through - share * tally.loss
    share_error = float(np.sqrt((residual**2).mean() / tally.years) / max(tally.loss.mean(), 1e-300))
    views: dict[Language, PortfolioView] = {}
    for language in LANGUAGES:
        _ = translator(language)
        views[language] = PortfolioView(
            language=language,
            name=prepared.roster.name,
            synthetic=prepared.roster.synthetic,
            level=prepared.roster.level,
            organisations=sum(node.assessed for node in prepared.roster.portfolio.nodes),
            entities=_count_entities(prepared),
            neighbours=sum(not node.assessed for node in prepared.roster.portfolio.nodes),
            sites=prepared.roster.sites,
            links=len(prepared.roster.portfolio.links),
            providers=len(prepared.model.labels.providers),
            clients=len(prepared.roster.portfolio.clients),
            years=plan.years,
            draws=plan.draws,
            seed=plan.seed,
            as_of=request.as_of.isoformat(),
            rows=tally.rows,
            headline=_write_headline(figures, share, tally, prepared.roster.level, language, _),
            figures={
                name: FigureView(
                    id=name,
                    label=_label(name, _),
                    value=figure.value,
                    low=figure.low,
                    high=figure.high,
                    mc_error=figure.mc_error,
                    unit=figure.unit,
                )
                for name, figure in figures.items()
            },
            curves=curves,
            alone_eur_per_y=(total - float(through.sum())) / tally.years,
            through_share=share,
            through_error=share_error,
            generations=tally.generations.tolist(),
            assumptions=_list_assumptions(prepared, language, _),
            evidence=[show_evidence(prepared.catalogue.evidence[ref], language) for ref in prepared.evidence],
            reproduce=reproduce,
            areas=_describe_areas(prepared, territory, codes, _),
            seconds=seconds,
            digest=digest,
            model_digest=prepared.model.digest,
            version=hygie.__version__,
            tlp=mark_result(prepared.catalogue),
            **_group_rows(prepared, tally, codes, tail, facility_tail, language, _),
        )
    return views


def _label(name: str, _: Translate) -> str:
    basis, _underscore, period = name.partition("_")
    if basis in ("oep", "aep"):
        kind = _("Largest event of the year") if basis == "oep" else _("Sum of the year")
        return _("{kind}, 1 year in {period}", kind=kind, period=period)
    return {
        "aal": _("Average annual loss"),
        "aal_own": _("Average annual loss after public compensation"),
        "bed_days_per_y": _("Bed-days lost a year"),
        "visits_diverted_per_y": _("Emergency visits diverted a year"),
        "var_99": _("Loss exceeded 1 year in 100 (VaR 99%)"),
        "tvar_99": _("Mean of the worst 1 year in 100 (TVaR 99%)"),
    }[name]


def _write_headline(
    figures: Mapping[str, Figure], share: float, tally: PortfolioTally, level: str, language: str, _: Translate
) -> list[str]:
    widest = np.sort(tally.widest)
    often = format_count(int(widest[int(0.9 * (widest.size - 1))]), language)
    return [
        _(
            "An average year costs the portfolio {mean}; 1 year in 100 costs more than {bad}.",
            mean=format_euros(figures["aal"].value, language),
            bad=format_euros(figures["var_99"].value, language),
        ),
        _(
            "{share} of the average annual loss comes through a neighbour or a provider.",
            share=format_percent(share, language),
        ),
        _("One year in 10, sites hit by one event: {count} or more.", count=often)
        if level == "site"
        else _("One year in 10, organisations hit by one event: {count} or more.", count=often),
    ]


def _group_rows(
    prepared: PreparedPortfolio,
    tally: PortfolioTally,
    codes: Codes,
    tail: tuple[IntArray, FloatArray],
    facility_tail: FloatArray,
    language: Language,
    _: Translate,
) -> dict[str, list[GroupRow]]:
    total = float(tally.loss.sum()) / tally.years or 1.0
    worst = float(tally.loss[tail[0]] @ tail[1]) or 1.0

    def rows(by_year: FloatArray, ids: list[str], labels: list[str], **more: object) -> list[GroupRow]:
        tails = allocate_tail(by_year, *tail)
        found = []
        for index, name in enumerate(ids):
            annual = by_year[index]
            group = summarise_group(annual, tail=float(tails[index]))
            extra = {key: values[index] for key, values in more.items()}  # type: ignore[index]
            found.append(
                GroupRow(
                    id=name,
                    label=labels[index],
                    loss_eur_per_y=group.aal,
                    loss_mc_error=group.aal_error,
                    share=group.aal / total,
                    loss_100_eur=group.loss_100,
                    tail_eur=group.tail,
                    tail_share=group.tail / worst,
                    p_hit=group.p_hit,
                    **extra,
                )
            )
        return sorted((row for row in found if row.loss_eur_per_y > 0.0), key=lambda row: (-row.tail_eur, row.id))

    labels = prepared.model.labels
    roster = prepared.roster
    members = {name: np.bincount(code[code >= 0], minlength=len(names)) for name, (code, names) in codes.items()}
    clients = np.bincount(
        np.asarray(prepared.model.arrays["client_provider"], np.int64), minlength=max(len(labels.providers), 1)
    )
    classes = {spec.id: spec.name.local().in_language(language) for spec in prepared.specs.classes}
    ght = codes["ght"][1]
    provider_names = [name_provider(prepared, name, language) for name in labels.providers]
    return {
        "by_origin": rows(
            tally.by_origin, [*ORIGINS, "own_site"],
            [*(_(ORIGIN_LABELS[name]) for name in ORIGINS), _("From another site of the entity")],
        ),
        "by_class": rows(tally.by_class, list(labels.classes), [classes[name] for name in labels.classes]),
        "by_provider": rows(
            tally.by_provider, list(labels.providers), provider_names,
            members=clients.tolist(), events_per_y=(tally.provider_events / tally.years).tolist(),
            widest=tally.provider_widest.tolist(),
        ),
        "by_ght": rows(
            tally.by_group["ght"], ght, [roster.group_names[code] for code in ght], members=members["ght"].tolist()
        ),
        "by_region": rows(
            tally.by_group["region"], codes["region"][1], codes["region"][1], members=members["region"].tolist()
        ),
        "by_entity": _entity_rows(prepared, tally, facility_tail, total=total, worst=worst),
        "by_organisation": _organisation_rows(prepared, tally, facility_tail, total=total, worst=worst),
    }  # fmt: skip


def _organisation_rows(
    prepared: PreparedPortfolio, tally: PortfolioTally, tails: FloatArray, *, total: float, worst: float
) -> list[GroupRow]:
    found = []
    for index in np.lexsort((np.arange(tails.size), -tails))[:_SHOWN]:
        organisation = prepared.roster.portfolio.nodes[int(index)].organisation
        mean = float(tally.facility_loss[index]) / tally.years
        if mean <= 0.0:
            continue
        found.append(
            GroupRow(
                id=organisation.id,
                label=organisation.name,
                loss_eur_per_y=mean,
                share=mean / total,
                tail_eur=float(tails[index]),
                tail_share=float(tails[index]) / worst,
                events_per_y=float(tally.facility_events[index]) / tally.years,
                through_share=float(tally.facility_through[index] / tally.facility_loss[index]),
            )
        )
    return found


def _count_entities(prepared: PreparedPortfolio) -> int | None:
    """Return how many legal entities the assessed sites make; None when organisations are not sites."""
    roster = prepared.roster
    if roster.level != "site":
        return None
    assessed = np.array([node.assessed for node in roster.portfolio.nodes])
    return int(np.unique(roster.ownership.owner[assessed]).size)


def _entity_rows(
    prepared: PreparedPortfolio, tally: PortfolioTally, tails: FloatArray, *, total: float, worst: float
) -> list[GroupRow]:
    """Return what legal entities lose, all their sites together; nothing when organisations are not sites."""
    if prepared.roster.level != "site":
        return []
    entities, owner = prepared.roster.ownership.entities, prepared.roster.ownership.owner
    members, loss, through, tail = (
        np.bincount(owner, values, minlength=len(entities))
        for values in (None, tally.facility_loss, tally.facility_through, tails)
    )
    return [
        GroupRow(
            id=entities[index].id,
            label=entities[index].name,
            members=int(members[index]),
            loss_eur_per_y=float(loss[index]) / tally.years,
            share=float(loss[index]) / tally.years / total,
            tail_eur=float(tail[index]),
            tail_share=float(tail[index]) / worst,
            through_share=float(through[index] / loss[index]),
        )
        for index in np.lexsort((np.arange(tail.size), -tail))[:_SHOWN]
        if loss[index] > 0.0
    ]


def _describe_areas(
    prepared: PreparedPortfolio, territory: TerritoryTally, codes: Codes, _: Translate
) -> list[AreaView]:
    code, names = codes["department"]
    nodes = prepared.roster.portfolio.nodes
    count, beds, visits = np.zeros(len(names) + 1, int), np.zeros(len(names) + 1, int), np.zeros(len(names) + 1)
    for index, node in enumerate(nodes):
        if not node.assessed:
            continue
        activity = node.organisation.activity
        for area in {int(code[index]), len(names)} - {-1}:
            count[area] += 1
            beds[area] += activity.beds
            visits[area] += activity.emergency_visits / DAYS
    known = {tile.code: tile.name for tile in load_tiles("departments", collectivities=True)}
    lost = {name: (territory.mean(name), territory.quantile(name, 0.01)) for name in territory.measures}
    return [
        AreaView(
            code=name,
            name=known.get(name, name) if name else _("Whole portfolio"),
            organisations=int(count[index]),
            beds=int(beds[index]),
            beds_lost=float(lost["beds"][0][index]),
            beds_lost_100=float(lost["beds"][1][index]),
            visits_lost=float(lost["visits"][0][index]),
            visits_lost_100=float(lost["visits"][1][index]),
            visits_per_day=float(visits[index]),
        )
        for index, name in enumerate([*names, ""])
    ]


def _list_assumptions(prepared: PreparedPortfolio, language: str, _: Translate) -> list[str]:
    roster = prepared.roster
    lines = []
    if roster.assumed_links:
        lines.append(
            _(
                "{count} links of territorial groups are assumed: between the largest public member and the others.",
                count=format_count(roster.assumed_links, language),
            )
        )
    if roster.level == "site":
        lines.append(
            _(
                "Sites share the frequency of attacks of their legal entity; {count} links between sites of one entity "
                "are assumed.",
                count=format_count(roster.site_links, language),
            )
        )
    if roster.assumed_clients:
        lines.append(
            _(
                "{count} contracts with shared providers are drawn from assumed market shares.",
                count=format_count(roster.assumed_clients, language),
            )
        )
    if roster.synthetic:
        lines.append(_("The register is synthetic: these organisations do not exist."))
    return lines
