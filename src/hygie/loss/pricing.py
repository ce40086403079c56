"""Technical premium of a layer: expected loss, a load for its volatility or its capital, expenses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hygie.core.errors import ModelError
from hygie.loss.bands import estimate_draw_moments
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk
from hygie.loss.tables import YearLossTable

__all__ = ["Principle", "TechnicalPremium", "compute_technical_premium"]

Principle = Literal["standard_deviation", "capital"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalPremium:
    """A premium and its parts [EUR_2024/y].

    Parameters
    ----------
    premium
        (expected + load + fixed expenses) / (1 - expense share); the band moves with the expected loss, the load stays.
    expected
        Average annual loss of the layer.
    load, expenses
        Parts of the premium.
    """

    premium: Figure
    expected: Figure
    load: float
    expenses: float


def compute_technical_premium(
    table: YearLossTable,
    *,
    principle: Principle,
    rate: float,
    expense_share: float = 0.0,
    expense_fixed_eur: float = 0.0,
    capital_level: float = 0.99,
) -> TechnicalPremium:
    """Return the technical premium of what a table says is paid each year.

    Parameters
    ----------
    table
        Annual payments of the layer, beliefs mixed: the premium pays for what is not known, too.
    principle
        ``standard_deviation``: load = rate × standard deviation of the annual payment;
        ``capital``: load = rate × (TVaR - AAL), the cost of the capital that a bad year would need.
    rate
        Share of the standard deviation, or yearly cost of capital.
    expense_share, expense_fixed_eur
        Expenses as a share of the premium, in [0, 1), and as an amount [EUR_2024/y].
    capital_level
        Level of the TVaR.

    Raises
    ------
    ModelError
        A parameter is out of its range.

    References
    ----------
    Standard deviation principle: Mata (2000), ASTIN Bulletin 30 (2), 349-368. Cost of capital on TVaR: Kreps
    (1990), “Reinsurer risk loads from marginal surplus requirements”, PCAS 77; Acerbi & Tasche (2002) for TVaR.

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> table = build_year_loss_table([1], [10.0], years_per_draw=[10])
    >>> done = compute_technical_premium(table, principle="standard_deviation", rate=0.2, expense_share=0.2)
    >>> round(done.load, 6), round(done.premium.value, 6)
    (0.632456, 2.040569)
    """
    if principle not in get_args(Principle):
        raise ModelError(
            f"unknown premium principle “{principle}”",
            field="principle",
            value=principle,
            allowed=", ".join(get_args(Principle)),
            repair="choose one of the two",
        )
    for name, value, ok, allowed in (
        ("rate", rate, 0.0 <= rate < np.inf, "0 or more"),
        ("expense_share", expense_share, 0.0 <= expense_share < 1.0, "from 0 to below 1"),
        ("expense_fixed_eur", expense_fixed_eur, 0.0 <= expense_fixed_eur < np.inf, "0 or more"),
    ):
        if not ok:
            raise ModelError(
                f"“{name}” is out of its range", field=name, value=value, allowed=allowed, repair="check the sign"
            )
    expected = estimate_aal(table)
    if principle == "standard_deviation":
        load = rate * _total_deviation(table)
    else:
        tail = estimate_tail_value_at_risk(table, capital_level).value
        load = rate * max(0.0, tail - expected.value)
    keep = 1.0 - expense_share

    def charge(amount: float) -> float:
        return (amount + load + expense_fixed_eur) / keep

    premium = charge(expected.value)
    return TechnicalPremium(
        premium=Figure(
            value=premium,
            low=charge(expected.low),
            high=charge(expected.high),
            quartile_low=charge(expected.quartile_low),
            quartile_high=charge(expected.quartile_high),
            mc_error=expected.mc_error / keep,
            unit=expected.unit,
        ),
        expected=expected,
        load=load,
        expenses=premium - expected.value - load,
    )


def _total_deviation(table: YearLossTable) -> float:
    """Return the standard deviation of one year, chance and belief together."""
    mean, variance = estimate_draw_moments(table.annual_sum, table=table)
    weight = table.years_per_draw / float(table.n_years)
    centre = float((weight * mean).sum())
    return float(np.sqrt((weight * (variance + (mean - centre) ** 2)).sum()))
