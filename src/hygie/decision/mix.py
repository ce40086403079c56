"""Controls and insurance together: expected yearly cost plus a price of the tail, under a budget and an appetite.

The cost of a mix is J = C + P + E[R] + α · TVaR_q(R): controls C and premium P of a year, and the retained loss R of a
year, reinstatement premiums included. A mean and a TVaR weighed together is coherent for α ≥ 0 (Acerbi 2002,
doi:10.1016/S0378-4266(02)00281-9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hygie.core.errors import ModelError
from hygie.decision.paired import AnnualSums, compare_means, compare_tails
from hygie.decision.search import Bundle
from hygie.loss.appetite import AppetitePoint, AppetiteVerdict, compare_with_appetite
from hygie.loss.figures import Figure
from hygie.loss.tables import build_year_loss_table

__all__ = ["Mix", "MixRules", "choose_mix", "measure_mix"]

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRules:
    """What a mix is judged by.

    Parameters
    ----------
    alpha
        Price of one euro of TVaR, per year [1/y], at least 0.
    level
        Probability at which the tail begins.
    factor
        Annuity factor of the horizon.
    budget_eur
        Most that controls and premiums may cost over the horizon, present value.
    points
        Appetite for the retained loss of a year; none when empty.
    """

    alpha: float
    level: float
    factor: float
    budget_eur: float
    points: tuple[AppetitePoint, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.alpha < np.inf:
            raise ModelError("a price of the tail is at least 0", field="alpha", value=self.alpha, allowed="≥ 0")
        if not 0.0 <= self.budget_eur < np.inf:
            raise ModelError("a budget is at least 0", field="budget", value=self.budget_eur, allowed="≥ 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A set of controls with a programme, or without one.

    Parameters
    ----------
    controls, programme
        Options by number; number of the programme, or None.
    control_eur, premium_eur
        Cost of a year [EUR_2024/y].
    retained, tail
        Mean of the retained loss, and of its worst share of years.
    objective_eur
        What is minimised [EUR_2024/y].
    over_budget_eur
        By how much the present value of controls and premiums passes the budget.
    verdicts
        Appetite point by point.
    """

    controls: Bundle
    programme: int | None
    control_eur: float
    premium_eur: float
    retained: Figure
    tail: Figure
    objective_eur: float
    over_budget_eur: float
    verdicts: tuple[AppetiteVerdict, ...]

    @property
    def feasible(self) -> bool:
        """Whether budget and appetite hold."""
        return self.over_budget_eur <= 0.0 and not any(verdict.exceeded for verdict in self.verdicts)


def measure_mix(
    controls: Bundle,
    programme: int | None,
    *,
    retained: AnnualSums,
    control_eur: float,
    premium_eur: float,
    rules: MixRules,
) -> Mix:
    """Return the figures of one mix from its retained loss of each year."""
    nothing = AnnualSums(np.zeros_like(retained.values), retained.years_per_draw, retained.unit)
    mean = compare_means(retained, nothing)
    tail = compare_tails(retained, nothing, level=rules.level)
    verdicts: tuple[AppetiteVerdict, ...] = ()
    if rules.points:
        year = np.flatnonzero(retained.values > 0.0)
        table = build_year_loss_table(year, retained.values[year], years_per_draw=retained.years_per_draw)
        verdicts = tuple(compare_with_appetite(table, rules.points))
    over = rules.factor * (control_eur + premium_eur) - rules.budget_eur
    return Mix(
        controls=controls,
        programme=programme,
        control_eur=control_eur,
        premium_eur=premium_eur,
        retained=mean,
        tail=tail,
        objective_eur=control_eur + premium_eur + mean.value + rules.alpha * tail.value,
        over_budget_eur=over if over > _TOLERANCE * max(rules.budget_eur, 1.0) else 0.0,
        verdicts=verdicts,
    )


def choose_mix(mixes: Sequence[Mix], rules: MixRules) -> Mix:
    """Return the feasible mix of least objective; when none is feasible, the one that misses by the least.

    How much is missed is the largest relative excess: over the budget, or over the amount of an appetite point.
    """
    if not mixes:
        raise ModelError("no mix was tried")

    def missed(mix: Mix) -> float:
        parts = [mix.over_budget_eur / max(rules.budget_eur, 1.0)]
        parts += [verdict.excess_eur / verdict.point.amount_eur for verdict in mix.verdicts]
        return max(parts)

    def order(mix: Mix) -> tuple[float, ...]:
        programme = -1 if mix.programme is None else mix.programme
        return (mix.objective_eur, mix.control_eur + mix.premium_eur, programme, *sorted(mix.controls))

    feasible = [mix for mix in mixes if mix.feasible]
    if feasible:
        return min(feasible, key=order)
    return min(mixes, key=lambda mix: (missed(mix), *order(mix)))
