"""A figure as it is shown: value, epistemic band, Monte Carlo standard error, unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.loss.bands import read_band

__all__ = ["Figure", "build_figure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with its two uncertainties, never mixed.

    Parameters
    ----------
    value
        Figure over all simulated years, beliefs averaged.
    low, high
        Epistemic band: 5 % and 95 % quantiles over draws.
    quartile_low, quartile_high
        25 % and 75 % quantiles over draws. With very uneven draws the value can lie outside.
    mc_error
        Standard error from the finite number of simulated years, the draws taken as given. More years make it
        smaller; more evidence makes the band narrower.
    unit
        Unit of all of them.
    """

    value: float
    low: float
    high: float
    quartile_low: float
    quartile_high: float
    mc_error: float
    unit: str


def build_figure(value: float, per_draw: NDArray[np.float64], *, mc_error: float, unit: str) -> Figure:
    """Return the figure whose band is read from the corrected values of the draws [draws]."""
    low, quartile_low, quartile_high, high = (float(level) for level in read_band(per_draw))
    return Figure(
        value=value,
        low=low,
        high=high,
        quartile_low=quartile_low,
        quartile_high=quartile_high,
        mc_error=mc_error,
        unit=unit,
    )
