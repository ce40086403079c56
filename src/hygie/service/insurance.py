"""price(): a programme on the events of a stored result, computed; words are in ``service/insurance_view.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.programmes import ACCRUING_FORMS, Coverage, Layer, Programme
from hygie.core.tables import FORMS
from hygie.loss.curves import ExceedanceCurve, build_exceedance_curve, loss_at_return_period
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.pricing import TechnicalPremium, compute_technical_premium
from hygie.loss.reinsurance import CededLosses, apply_treaties
from hygie.loss.tables import Basis, YearLossTable, build_year_loss_table
from hygie.loss.terms import InsuredLosses, apply_programme, find_reinstatement_premium
from hygie.service.complaints import draw_complaints
from hygie.service.loss_tables import StoredLosses, number_events
from hygie.service.programme_files import PricingEntry, ProgrammeFile

__all__ = ["RETURN_PERIODS", "LayerFigures", "PricedProgramme", "TreatyFigures", "charge_premium", "price_programme"]

FloatArray = NDArray[np.float64]

RETURN_PERIODS = (10, 50, 100, 200)
# A limit is used up when what is left of it is lost in rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """One layer, priced."""

    layer: Layer
    paid: Figure
    attachment: Figure
    exhaustion: Figure
    extra: float
    pure_premium: float
    technical: TechnicalPremium | None


@dataclass(frozen=True, slots=True)
class TreatyFigures:
    """One treaty, measured."""

    ceded: Figure
    attachment: Figure


@dataclass(frozen=True, slots=True)
class PricedProgramme:
    """Everything that a programme does to a result."""

    losses: StoredLosses
    file: ProgrammeFile
    programme: Programme
    insured: InsuredLosses
    retained: FloatArray
    figures: Mapping[str, Figure]
    curves: Mapping[str, tuple[ExceedanceCurve, ExceedanceCurve]]
    periods: Mapping[tuple[str, int], tuple[Figure, Figure]]
    layers: tuple[LayerFigures, ...]
    treaties: tuple[TreatyFigures, ...]
    technical: TechnicalPremium | None
    coverage_loss: tuple[tuple[float, float], ...]
    form_loss: Mapping[str, float]


def price_programme(losses: StoredLosses, file: ProgrammeFile) -> PricedProgramme:
    """Apply a programme to every stored event and measure what is paid, what stays and what it should cost.

    Raises
    ------
    ModelError
        The terms contradict each other.
    """
    programme = file.programme()
    filed = draw_complaints(losses.columns, plan=losses.plan, labels=losses.labels, filed=programme.complaint_filed)
    insured = apply_programme(losses.columns, programme, filed=filed)
    held = losses.amounts("loss_own_eur" if programme.basis == "own" else "loss_eur")
    # Shares and rounding: what is paid never exceeds the loss.
    paid = np.minimum(insured.paid, held)
    retained = held - paid
    before, after, taken = (losses.sum_years(values) for values in (held, retained, paid))
    figures = {
        "aal_before": estimate_aal(before),
        "aal_insured": estimate_aal(taken),
        "aal_after": estimate_aal(after),
        "p_payment": _probability(losses, insured.year, insured.annual.sum(axis=0) > 0.0),
    }
    for level in (95, 99):
        for name, table in (("before", before), ("after", after)):
            figures[f"var_{level}_{name}"] = estimate_value_at_risk(table, level / 100.0)
            figures[f"tvar_{level}_{name}"] = estimate_tail_value_at_risk(table, level / 100.0)
    if filed is not None:
        always = apply_programme(losses.columns, programme)
        full = losses.sum_years(always.paid)
        # By year: a payment that fails leaves room under an annual limit for the next one.
        missed = np.maximum(0.0, full.annual_sum - losses.sum_years(insured.paid).annual_sum)
        figures["aal_complaint"] = estimate_aal(_sum_insured_years(losses, full.year, missed))
    curves: dict[str, tuple[ExceedanceCurve, ExceedanceCurve]] = {}
    periods: dict[tuple[str, int], tuple[Figure, Figure]] = {}
    basis: Basis
    for basis in ("OEP", "AEP"):
        curve = build_exceedance_curve(before, basis=basis)
        grid = curve.loss_eur
        curves[basis] = (curve, build_exceedance_curve(after, basis=basis, loss_eur=grid) if grid.size else curve)
        for period in RETURN_PERIODS:
            periods[basis, period] = (
                loss_at_return_period(before, float(period), basis=basis),
                loss_at_return_period(after, float(period), basis=basis),
            )
    share = np.divide(held, losses.amounts("loss_eur"), out=np.zeros_like(held), where=losses.amounts("loss_eur") > 0.0)
    return PricedProgramme(
        losses=losses,
        file=file,
        programme=programme,
        insured=insured,
        retained=retained,
        figures=figures,
        curves=curves,
        periods=periods,
        layers=tuple(
            _measure_layer(losses, insured, index, layer, file) for index, layer in enumerate(programme.layers)
        ),
        treaties=tuple(_measure_treaty(losses, item) for item in _reinsure(losses, file, paid)),
        technical=charge_premium(taken, file),
        coverage_loss=tuple(_measure_coverage(losses, coverage, share) for coverage in programme.coverages),
        form_loss={
            form: float((losses.amounts(f"loss_{form}_eur") * share).sum()) / losses.plan.years for form in FORMS
        },
    )


def _reinsure(losses: StoredLosses, file: ProgrammeFile, paid: FloatArray) -> list[CededLosses]:
    if not file.reinsurance:
        return []
    columns = losses.columns
    return apply_treaties(paid, file.treaties(), year=columns["year"], day=columns["day"], event=number_events(columns))


def _measure_treaty(losses: StoredLosses, item: CededLosses) -> TreatyFigures:
    table = losses.sum_years(item.ceded)
    return TreatyFigures(estimate_aal(table), _probability(losses, table.year, table.annual_sum > 0.0))


def charge_premium(table: YearLossTable, file: ProgrammeFile) -> TechnicalPremium | None:
    """Return the technical premium of what a table says is paid; None when the file says nothing of pricing."""
    pricing: PricingEntry | None = file.pricing
    if pricing is None:
        return None
    return compute_technical_premium(
        table,
        principle=pricing.principle,
        rate=pricing.rate,
        capital_level=pricing.capital_level,
        expense_share=pricing.expense_share,
        expense_fixed_eur=pricing.expense_fixed,
    )


def _measure_layer(
    losses: StoredLosses, insured: InsuredLosses, index: int, layer: Layer, file: ProgrammeFile
) -> LayerFigures:
    annual = np.ascontiguousarray(insured.annual[index])
    table = _sum_insured_years(losses, insured.year, annual)
    limit = layer.annual_limit_eur
    used = annual >= layer.share * limit * (1.0 - _ROUNDING) if limit < np.inf else insured.full[index] & (annual > 0.0)
    return LayerFigures(
        layer=layer,
        paid=estimate_aal(table),
        attachment=_probability(losses, insured.year, annual > 0.0),
        exhaustion=_probability(losses, insured.year, np.asarray(used)),
        extra=float(insured.extra[index].sum()) / losses.plan.years,
        pure_premium=find_reinstatement_premium(layer, annual, n_years=losses.plan.years),
        technical=charge_premium(table, file),
    )


def _sum_insured_years(losses: StoredLosses, year: NDArray[np.int64], values: FloatArray) -> YearLossTable:
    """Return the table of one amount per insured year; several facilities have several rows of one year."""
    order = np.argsort(year, kind="stable")
    return build_year_loss_table(year[order], values[order], years_per_draw=losses.plan.years_per_draw())


def _probability(losses: StoredLosses, year: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Figure:
    picked = np.sort(year[chosen])
    table = build_year_loss_table(
        picked, np.ones(picked.size), years_per_draw=losses.plan.years_per_draw(), unit="share"
    )
    curve = build_exceedance_curve(table, basis="OEP", loss_eur=[0.5])
    return Figure(
        value=float(curve.probability[0]),
        low=float(curve.band_low[0]),
        high=float(curve.band_high[0]),
        quartile_low=float(curve.quartile_low[0]),
        quartile_high=float(curve.quartile_high[0]),
        mc_error=float(curve.mc_error[0]),
        unit="share",
    )


def _measure_coverage(losses: StoredLosses, coverage: Coverage, share: FloatArray) -> tuple[float, float]:
    """Return the mean annual loss of a coverage's forms, and what is left after its own terms."""
    outage = losses.amounts("outage_h")
    whole = np.zeros_like(outage)
    kept = np.zeros_like(outage)
    for form in coverage.forms:
        amount = losses.amounts(f"loss_{form}_eur") * share
        whole += amount
        if form in ACCRUING_FORMS and coverage.waiting_h > 0.0:
            late = np.maximum(0.0, outage - coverage.waiting_h)
            amount = amount * np.divide(late, outage, out=np.zeros_like(outage), where=outage > 0.0)
        kept += amount
    claim = np.clip(kept - coverage.deductible_eur, 0.0, coverage.sub_limit_eur)
    return float(whole.sum()) / losses.plan.years, float(claim.sum()) / losses.plan.years
