"""Costs and gains of an option over a horizon: net value, return on security investment, payback.

Return on security investment (ROSI; Sonnenreich, Albanese & Stout 2006, *Journal of Research and Practice in
Information Technology* 38(1)) is (loss avoided − cost) / cost; here both are present values, draw by draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError

__all__ = ["CostFlow", "Worth", "annuity", "weigh"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CostFlow:
    """What an option costs.

    Parameters
    ----------
    setup_eur
        [draws] Once, at the start.
    yearly_eur
        [draws] At the end of each year.
    """

    setup_eur: FloatArray
    yearly_eur: FloatArray

    def present_value(self, factor: float) -> FloatArray:
        """Return set-up plus yearly costs times the annuity `factor` [draws]."""
        return self.setup_eur + factor * self.yearly_eur

    def __add__(self, other: CostFlow) -> CostFlow:
        return CostFlow(self.setup_eur + other.setup_eur, self.yearly_eur + other.yearly_eur)


@dataclass(frozen=True, slots=True)
class Worth:
    """What an option is worth over the horizon.

    Parameters
    ----------
    cost_eur, gain_eur, net_eur
        [draws] Present values; net = gain − cost.
    rosi
        [draws] Net over cost; NaN where nothing is paid.
    p_worth
        Share of draws in which the option is worth more than it costs.
    payback_y
        Years until the mean gain has paid the mean set-up cost; infinite when running costs eat the gain.
    """

    cost_eur: FloatArray
    gain_eur: FloatArray
    net_eur: FloatArray
    rosi: FloatArray
    p_worth: float
    payback_y: float


def annuity(horizon_y: int, rate: float) -> float:
    """Return the present value of one euro at the end of each of `horizon_y` years, discounted at `rate` a year.

    >>> round(annuity(5, 0.0), 12)
    5.0
    """
    if horizon_y < 1 or rate < 0.0:
        raise ModelError(
            "a horizon is at least one year, a discount rate at least 0",
            field="horizon" if horizon_y < 1 else "discount",
            value=horizon_y if horizon_y < 1 else rate,
            allowed="≥ 1 year; rate ≥ 0",
        )
    return float(sum((1.0 + rate) ** -t for t in range(1, horizon_y + 1)))


def weigh(cost: CostFlow, gain_per_y: FloatArray, *, factor: float) -> Worth:
    """Return what an option is worth.

    Parameters
    ----------
    gain_per_y
        [draws] Mean yearly loss avoided in each draw.
    factor
        Annuity factor of the horizon.
    """
    paid = cost.present_value(factor)
    gained = factor * gain_per_y
    net = gained - paid
    rosi = np.divide(net, paid, out=np.full_like(net, np.nan), where=paid > 0.0)
    margin = float(gain_per_y.mean() - cost.yearly_eur.mean())
    setup = float(cost.setup_eur.mean())
    payback = setup / margin if margin > 0.0 else (0.0 if setup <= 0.0 <= margin else np.inf)
    return Worth(paid, gained, net, rosi, float((net > 0.0).mean()), float(payback))
