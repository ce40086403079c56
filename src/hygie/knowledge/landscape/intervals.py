r"""Exact intervals for small numbers: counts, shares, ratios of rates.

All three invert a distribution, none uses a normal approximation: with three or ten events the approximation is what
would mislead.

- **Counts** (F. Garwood 1936, *Fiducial limits for the Poisson distribution*, Biometrika 28, 437–442,
  doi:10.1093/biomet/28.3-4.437): quantiles of the gamma distribution with shapes :math:`n` and :math:`n + 1`.
- **Shares** (C. J. Clopper, E. S. Pearson 1934, Biometrika 26, 404–413, doi:10.1093/biomet/26.4.404): quantiles of the
  beta distribution. Victims of one event share its fate: they are weighed by the effective number
  :math:`n^2 / \sum_e m_e^2` (L. Kish 1965, *Survey sampling*, with full correlation inside an event), put into the
  same limits as in E. L. Korn, B. I. Graubard 1998, Survey Methodology 24, 193–201.
- **Ratios of rates** (J. Przyborowski, H. Wilenski 1940, Biometrika 31, 313–323, doi:10.1093/biomet/31.3-4.313): given
  the sum of two Poisson counts, one of them is binomial; the limits are those of Clopper and Pearson (M. P. Fay 2010,
  The R Journal 2(1), 53–58, doi:10.32614/RJ-2010-008).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.special import betaincinv, gammaincinv

from hygie.core.errors import ModelError

__all__ = ["LEVEL", "Interval", "RateRatio", "compare_rates", "effective_number", "poisson_interval", "share_interval"]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper limit."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Ratio of two rates and its limits; None where nothing bounds it."""

    ratio: float | None
    low: float
    high: float | None

    @property
    def excludes_one(self) -> bool:
        """True when chance alone hardly explains the difference."""
        return self.low > 1.0 or (self.high is not None and self.high < 1.0)


def poisson_interval(count: int, *, level: float = LEVEL) -> Interval:
    """Return the exact central interval of the mean of a Poisson count (Garwood 1936).

    Parameters
    ----------
    count
        Number of independent events [1].

    Raises
    ------
    ModelError
        A negative count, or a level outside ]0, 1[.

    >>> interval = poisson_interval(10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (4.795, 18.39)
    """
    _check(count >= 0, "a count cannot be negative", count, "0 or more")
    tail = _tail(level)
    low = float(gammaincinv(count, tail)) if count else 0.0
    return Interval(low, float(gammaincinv(count + 1, 1.0 - tail)))


def share_interval(successes: float, trials: float, *, level: float = LEVEL) -> Interval:
    """Return the exact central interval of a share (Clopper & Pearson 1934).

    Parameters
    ----------
    successes, trials
        Numbers [1]; fractions are allowed for effective numbers (Korn & Graubard 1998).

    Raises
    ------
    ModelError
        More successes than trials, a negative number, or a level outside ]0, 1[.

    >>> interval = share_interval(0, 10)
    >>> interval.low, round(interval.high, 4)
    (0.0, 0.3085)
    """
    _check(0 <= successes <= trials, "a share needs between 0 and all of its trials", successes, f"0 to {trials}")
    tail = _tail(level)
    low = float(betaincinv(successes, trials - successes + 1.0, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1.0, trials - successes, 1.0 - tail)) if successes < trials else 1.0
    return Interval(low, high)


def effective_number(sizes: Iterable[int]) -> float:
    """Return how many independent victims clusters of these sizes are worth, when a cluster shares one fate (Kish).

    >>> effective_number([1, 1, 1]), effective_number([3])
    (3.0, 1.0)
    """
    listed = list(sizes)
    squares = sum(size * size for size in listed)
    return sum(listed) ** 2 / squares if squares else 0.0


def compare_rates(
    after: int, before: int, *, after_exposure: float, before_exposure: float, level: float = LEVEL
) -> RateRatio:
    """Return the ratio of two Poisson rates, after over before, with its exact conditional interval.

    Parameters
    ----------
    after, before
        Numbers of independent events [1].
    after_exposure, before_exposure
        How long each was watched, in one unit.

    Raises
    ------
    ModelError
        A negative count, an exposure that is not positive, or a level outside ]0, 1[.

    Notes
    -----
    Przyborowski & Wilenski 1940: given :math:`a + b`, the count :math:`a` is binomial with
    :math:`p = r E_a / (r E_a + E_b)`; its Clopper–Pearson limits become limits of :math:`r`.

    >>> change = compare_rates(10, 5, after_exposure=1.0, before_exposure=1.0)
    >>> change.ratio, change.excludes_one
    (2.0, False)
    """
    _check(after >= 0 and before >= 0, "a count cannot be negative", (after, before), "0 or more")
    _check(
        after_exposure > 0 and before_exposure > 0,
        "a rate needs a positive exposure",
        (after_exposure, before_exposure),
        "above 0",
    )
    if after + before == 0:
        _tail(level)
        return RateRatio(None, 0.0, None)
    share = share_interval(after, after + before, level=level)
    scale = before_exposure / after_exposure
    ratio = scale * after / before if before else None
    high = scale * share.high / (1.0 - share.high) if share.high < 1.0 else None
    return RateRatio(ratio, scale * share.low / (1.0 - share.low), high)


def _tail(level: float) -> float:
    _check(0.0 < level < 1.0, "the level of an interval lies between 0 and 1", level, "]0, 1[")
    return (1.0 - level) / 2.0


def _check(holds: bool, message: str, value: object, allowed: str) -> None:
    if not holds:
        raise ModelError(message, value=value, allowed=allowed)
