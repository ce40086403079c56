"""Risk appetite: points (amount, probability, horizon) held against an exceedance curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hygie.core.errors import ModelError
from hygie.loss.bands import correct_exceedance, count_exceedances, read_band
from hygie.loss.curves import read_quantile
from hygie.loss.figures import Figure
from hygie.loss.tables import Basis, YearLossTable

__all__ = ["AppetitePoint", "AppetiteVerdict", "check_appetite", "compare_with_appetite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppetitePoint:
    """Within `horizon_y` years, a year that costs more than `amount_eur` may come with probability `probability`."""

    amount_eur: float
    probability: float
    horizon_y: float = 1.0

    @property
    def yearly(self) -> float:
        """The same probability for one year, years taken alike and independent."""
        return float(-np.expm1(np.log1p(-self.probability) / self.horizon_y))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppetiteVerdict:
    """One point against the curve.

    Parameters
    ----------
    probability
        Probability within the horizon that a year costs more than the amount, with band and Monte Carlo error.
    loss_eur
        Loss of a year that is exceeded with the tolerated yearly probability.
    exceeded
        Whether the probability is above the tolerated one.
    excess_eur
        How far that loss lies above the amount, 0 when it does not [EUR_2024].
    certain
        Whether the whole band lies on the same side.
    """

    point: AppetitePoint
    probability: Figure
    loss_eur: Figure
    exceeded: bool
    excess_eur: float
    certain: bool


def check_appetite(points: Sequence[AppetitePoint]) -> tuple[AppetitePoint, ...]:
    """Return the points by amount.

    Raises
    ------
    ModelError
        No point, a value out of its range, two points at one amount, or an appetite that decreases: a larger loss that
        may come more often than a smaller one, or a smaller loss for a rarer year.
    """
    if not points:
        raise ModelError(
            "an appetite needs a point", field="points", allowed="1 or more", repair="add an amount and a probability"
        )
    for point in points:
        if not 0.0 < point.amount_eur < np.inf:
            raise ModelError(
                "an amount is not above 0",
                field="amount_eur",
                value=point.amount_eur,
                allowed="above 0, finite [EUR_2024]",
                repair="write the loss that may be exceeded",
            )
        if not 0.0 < point.probability < 1.0:
            raise ModelError(
                "a tolerated probability is outside (0, 1)",
                field="probability",
                value=point.probability,
                allowed="above 0 and below 1",
                repair="write 0.01 for 1 %",
            )
        if not 1.0 <= point.horizon_y <= 100.0:
            raise ModelError(
                "a horizon is outside 1 to 100 years",
                field="horizon_y",
                value=point.horizon_y,
                allowed="1 to 100 [y]",
                repair="leave it out for one year",
            )
    ordered = tuple(sorted(points, key=lambda point: (point.amount_eur, -point.yearly)))
    for lower, upper in pairwise(ordered):
        if upper.amount_eur == lower.amount_eur or upper.yearly >= lower.yearly:
            raise ModelError(
                "the appetite decreases: it accepts a larger loss as often as a smaller one, or more often",
                field="points",
                value=f"{lower.amount_eur:,.0f} EUR at {lower.yearly:.3g} a year, "
                f"{upper.amount_eur:,.0f} EUR at {upper.yearly:.3g} a year",
                allowed="the larger the amount, the smaller its probability a year",
                repair="remove the point that another makes useless, or exchange the two probabilities",
            )
    return ordered


def compare_with_appetite(
    table: YearLossTable, points: Sequence[AppetitePoint], *, basis: Basis = "AEP"
) -> list[AppetiteVerdict]:
    """Return a verdict per point, by amount.

    Over a horizon of h years the probability is 1 - mean over draws of (1 - p_k)^h: the same belief holds for all
    years, so that they are not independent when it is unknown.

    Raises
    ------
    ModelError
        See `check_appetite`.

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> table = build_year_loss_table([1, 5, 9], [5.0, 2.0, 9.0], years_per_draw=[10])
    >>> point = AppetitePoint(amount_eur=4.0, probability=0.15)
    >>> [(verdict.exceeded, verdict.excess_eur) for verdict in compare_with_appetite(table, [point])]
    [(True, 1.0)]
    """
    ordered = check_appetite(points)
    values = table.select_basis(basis)
    amounts = np.unique(np.array([point.amount_eur for point in ordered], dtype=np.float64))
    corrected = correct_exceedance(values, table=table, loss_eur=amounts)
    count = count_exceedances(values, draw=table.row_draws(), draws=table.draws, loss_eur=amounts)
    years = table.years_per_draw.astype(np.float64)
    verdicts = []
    for point in ordered:
        place = int(np.searchsorted(amounts, point.amount_eur))
        yearly = float(count[:, place].sum()) / table.n_years
        horizon = point.horizon_y
        within = -np.expm1(horizon * np.log1p(-np.minimum(corrected[:, place], 1.0 - 1e-12)))
        weight = years / years.sum()
        value = yearly if horizon == 1.0 else float((weight * within).sum())
        low, quartile_low, quartile_high, high = (float(level) for level in read_band(within))
        share = count[:, place] / years
        error = float(np.sqrt((years * share * (1.0 - share)).sum())) / table.n_years
        probability = Figure(
            value=value,
            low=low,
            high=high,
            quartile_low=quartile_low,
            quartile_high=quartile_high,
            mc_error=error * horizon * (1.0 - yearly) ** (horizon - 1.0),
            unit="share",
        )
        loss = read_quantile(table, point.yearly, basis=basis)
        exceeded = value > point.probability
        verdicts.append(
            AppetiteVerdict(
                point=point,
                probability=probability,
                loss_eur=loss,
                exceeded=exceeded,
                excess_eur=max(0.0, loss.value - point.amount_eur) if exceeded else 0.0,
                certain=low > point.probability if exceeded else high <= point.probability,
            )
        )
    return verdicts
