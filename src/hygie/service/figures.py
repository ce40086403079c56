"""Figures of an assessment, read from the loss table: every one with its band and its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.tables import OUTCOMES
from hygie.core.waists import YearEventLossTable
from hygie.loss.curves import ExceedanceCurve, build_exceedance_curve, loss_at_return_period
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import EventSummary, YearLossTable, build_year_loss_table, summarise_by_code

__all__ = ["RETURN_PERIODS", "LossFigures", "derive_figures"]

FloatArray = NDArray[np.float64]

RETURN_PERIODS = (10, 50, 100, 200)
_FIRST_ENCRYPTION = OUTCOMES.index("workstation")
_SERVER = OUTCOMES.index("server")
_SEVERAL = OUTCOMES.index("several_servers")
_OUTAGE = OUTCOMES.index("outage")


@dataclass(frozen=True, slots=True)
class LossFigures:
    """Figures by id, curves by basis, breakdowns by name, and the year loss table behind them."""

    table: YearLossTable
    figures: Mapping[str, Figure]
    curves: Mapping[str, ExceedanceCurve]
    breakdowns: Mapping[str, EventSummary]


def derive_figures(yelt: YearEventLossTable) -> LossFigures:
    """Return the figures of a loss table.

    Probabilities are those of at least one such event in a year; amounts in EUR of 2024; care in its own units.
    """
    columns = yelt.columns
    years = yelt.plan.years_per_draw()
    year = np.asarray(columns["year"], dtype=np.int64)

    def table_of(values: FloatArray, unit: str) -> YearLossTable:
        return build_year_loss_table(year, values, years_per_draw=years, unit=unit)

    def column(name: str) -> FloatArray:
        return np.asarray(columns[name], dtype=np.float64)

    def mean_of(name: str, unit: str) -> Figure:
        return estimate_aal(table_of(column(name), unit))

    # One table at a time: long runs have millions of rows, each column read when its turn comes.
    own = table_of(column("loss_own_eur"), "EUR_2024")
    own_aal, own_var = estimate_aal(own), estimate_value_at_risk(own, 0.99)
    del own
    beds = table_of(column("bed_days_lost"), "beds")
    beds_mean, beds_rare = estimate_aal(beds), loss_at_return_period(beds, 100.0, basis="AEP")
    del beds
    sent_away = table_of(column("visits_diverted") + column("stays_lost") + column("transfers"), "persons")
    away_mean, away_rare = estimate_aal(sent_away), loss_at_return_period(sent_away, 100.0, basis="AEP")
    del sent_away
    loss = column("loss_eur")
    table = table_of(loss, "EUR_2024")
    figures: dict[str, Figure] = {
        "aal": estimate_aal(table),
        "aal_own": own_aal,
        "aal_insured": mean_of("loss_insured_eur", "EUR_2024"),
        "bed_days_per_y": beds_mean,
        "operations_per_y": mean_of("operations_lost", "operations"),
        "visits_diverted_per_y": mean_of("visits_diverted", "visits"),
        "stays_per_y": mean_of("stays_lost", "stays"),
        "consultations_per_y": mean_of("consultations_lost", "consultations"),
        "ambulances_diverted_per_y": mean_of("ambulances_diverted", "visits"),
        "transfers_per_y": mean_of("transfers", "persons"),
        "exposed_bed_days_per_y": mean_of("exposed_bed_days", "beds"),
        "overtime_h_per_y": mean_of("overtime_h", "h"),
        "crisis_h_per_y": mean_of("crisis_h", "h"),
        "neighbour_load_per_y": away_mean,
        "var_95": estimate_value_at_risk(table, 0.95),
        "var_99": estimate_value_at_risk(table, 0.99),
        "tvar_95": estimate_tail_value_at_risk(table, 0.95),
        "tvar_99": estimate_tail_value_at_risk(table, 0.99),
        "var_99_own": own_var,
        "bed_days_1_in_100": beds_rare,
        "neighbour_load_1_in_100": away_rare,
    }
    for period in RETURN_PERIODS:
        figures[f"oep_{period}"] = loss_at_return_period(table, float(period), basis="OEP")
        figures[f"aep_{period}"] = loss_at_return_period(table, float(period), basis="AEP")
    outcome = np.asarray(columns["outcome"], dtype=np.int8)
    encrypted = (outcome >= _FIRST_ENCRYPTION) & (outcome < _OUTAGE)
    kinds = {
        "p_encryption": encrypted,
        "p_server_or_more": encrypted & (outcome >= _SERVER),
        "p_major": encrypted & (outcome >= _SEVERAL),
        "p_outage_week": column("outage_h") >= 7 * 24.0,
        "p_data_stolen": (column("data_stolen") > 0) & (outcome != _OUTAGE),
        "p_provider_theft": (column("data_stolen") > 0) & (outcome == _OUTAGE),
    }
    for name, chosen in kinds.items():
        figures[name] = _probability(year, chosen, years)
    curves = {basis: build_exceedance_curve(table, basis=basis) for basis in ("OEP", "AEP")}
    labels = yelt.labels
    codes = {
        "class": ("threat_class", len(labels.classes)),
        "origin": ("origin", 4),
        "outcome": ("outcome", len(OUTCOMES)),
    }
    breakdowns = {
        name: summarise_by_code(
            np.asarray(columns[code], dtype=np.int64), loss, n_codes=count, n_years=yelt.plan.years, year=year
        )
        for name, (code, count) in codes.items()
    }
    return LossFigures(table, figures, curves, breakdowns)


def _probability(year: NDArray[np.int64], chosen: NDArray[np.bool_], years: NDArray[np.int64]) -> Figure:
    table = build_year_loss_table(year[chosen], np.ones(int(chosen.sum())), years_per_draw=years, unit="share")
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
