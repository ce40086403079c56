"""Checks that a result carries: agreement with theory, and enough simulated years behind the tail.

A check never stops a run. It returns a number, the limit it is held against and whether it holds; the words
that explain it to a reader belong to the views.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hygie.core.errors import ModelError
from hygie.loss.figures import Figure
from hygie.loss.tables import Basis, YearLossTable

__all__ = [
    "MAX_STANDARD_ERRORS",
    "MIN_TAIL_YEARS",
    "CheckResult",
    "check_expectation",
    "check_tail_mass",
    "check_tail_years",
]

MIN_TAIL_YEARS = 100
"""Simulated years that must lie beyond a figure: 100 leave an error of about 10 % in its probability."""

MAX_STANDARD_ERRORS = 4.0
"""Distance from theory that chance exceeds once in 16,000 times (two-sided normal tail)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check: a stable name, what was found, the limit, and whether it holds."""

    name: str
    value: float
    threshold: float
    ok: bool


def check_tail_years(table: YearLossTable, *, return_period_y: float, basis: Basis) -> CheckResult:
    """Check that at least 100 simulated years lie at or beyond the loss at a return period.

    Parameters
    ----------
    table
        Year loss table.
    return_period_y
        Return period T [y], above 1.
    basis
        ``OEP`` or ``AEP``.

    Returns
    -------
    CheckResult
        Value: the number of the worst years with a loss on which the figure rests, at most N / T.

    Raises
    ------
    ModelError
        When the return period is not above 1 or the basis is unknown.
    """
    if not 1.0 < return_period_y < np.inf:
        raise ModelError(
            "a return period is longer than one year",
            field="return_period_y",
            value=return_period_y,
            allowed="above 1 year, finite",
            repair="an annual probability p has the return period 1 / p",
        )
    positive = int(np.count_nonzero(table.select_basis(basis) > 0.0))
    # The slack keeps 1,000,000 / 200 at 5,000 whatever the rounding of the quotient.
    beyond = min(positive, int(np.floor(table.n_years / return_period_y * (1.0 + 1e-12))))
    return CheckResult(
        name=f"tail_years_{basis.lower()}_{return_period_y:g}",
        value=float(beyond),
        threshold=float(MIN_TAIL_YEARS),
        ok=beyond >= MIN_TAIL_YEARS,
    )


def check_tail_mass(table: YearLossTable, *, largest_share: float) -> CheckResult:
    """Check how much of the AAL rests on the worst 100 simulated years.

    Parameters
    ----------
    table
        Year loss table.
    largest_share
        Share of the AAL that may rest on them, in (0, 1].

    Returns
    -------
    CheckResult
        Value: share of all simulated loss that fell in the worst ``MIN_TAIL_YEARS`` years, 0 without losses.

    Raises
    ------
    ModelError
        When the limit is not in (0, 1].
    """
    if not 0.0 < largest_share <= 1.0:
        raise ModelError(
            "a limit on a share is outside (0, 1]",
            field="largest_share",
            value=largest_share,
            allowed="above 0, at most 1",
            repair="write 0.1 for 10 %",
        )
    ordered = np.sort(table.annual_sum)
    total = float(ordered.sum())
    share = float(ordered[-MIN_TAIL_YEARS:].sum()) / total if total > 0.0 else 0.0
    return CheckResult(name="tail_mass", value=share, threshold=largest_share, ok=share <= largest_share)


def check_expectation(figure: Figure, *, expected: float, name: str) -> CheckResult:
    """Check a simulated mean against its closed form, in Monte Carlo standard errors.

    Parameters
    ----------
    figure
        Simulated figure, such as the AAL.
    expected
        What theory says, such as Σ λ E[X] over draws, in the unit of the figure.
    name
        Stable name of the check.

    Returns
    -------
    CheckResult
        Value: distance in standard errors, 0 or infinite when the simulation has no error.

    Raises
    ------
    ModelError
        When the expectation is not finite.
    """
    if not np.isfinite(expected):
        raise ModelError(
            "an expectation is not finite",
            field="expected",
            value=expected,
            allowed="a finite number",
            repair="check that every severity has a mean",
        )
    gap = abs(figure.value - expected)
    distance = gap / figure.mc_error if figure.mc_error > 0.0 else (0.0 if gap == 0.0 else float(np.inf))
    return CheckResult(name=name, value=distance, threshold=MAX_STANDARD_ERRORS, ok=distance <= MAX_STANDARD_ERRORS)
